/** What must be true of cash, books, trades and equity: see `invariants.ts`. */
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import type { Plan } from '../../src/record/plan.ts';
import { compareKeys, type EventOf, PHASE, type RunEvent } from '../../src/record/records.ts';
import type { Market } from '../support/market.ts';
import { claim, Orders } from './replay.ts';

type Fill = EventOf<'fill'>;
interface BookState {
  readonly symbol: string;
  readonly strategy: number;
  quantity: number;
  average: number;
  carried: number;
}

/** In the order of settlement: within a pass by submission (ii), or put-off orders before children of entries (iii). */
function settled(events: readonly RunEvent[]): Fill[] {
  const orders = new Orders(events);
  const keyed: { fill: Fill; rank: readonly [number, number, number] }[] = [];
  for (const event of events) {
    if (event.kind === 'replace') orders.of(event, event.sequence).step = event.step;
    if (event.kind !== 'fill') continue;
    const state = orders.of(event, event.sequence);
    if (event.effect === 'open' && Number.isNaN(state.openedAt)) state.openedAt = event.step;
    const isEntryBar =
      state.order.parent !== 0 && orders.of(event, state.order.parent).openedAt === event.step;
    const within =
      event.phase === PHASE.enter ? state.step : event.phase === PHASE.close && isEntryBar ? 1 : 0;
    keyed.push({ fill: event, rank: [event.step, event.phase, within] });
  }
  keyed.sort((a, b) => {
    const [left, right] = [a.rank, b.rank];
    const bySettlement = left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
    return bySettlement || compareKeys(a.fill, b.fill);
  });
  return keyed.map(({ fill }) => fill);
}

/** Throws at the first sum that is not what the fills make of it. */
export function checkMoney(
  market: Market,
  plan: Plan,
  timeline: readonly number[],
  events: readonly RunEvent[],
) {
  const symbols = Object.keys(market.bars).sort((a, b) => (a < b ? -1 : 1));
  const indices = plan.strategies.map((_, strategy) => strategy);
  const books: BookState[] = symbols.flatMap((symbol) =>
    indices.map((strategy) => ({ symbol, strategy, quantity: 0, average: NaN, carried: 0 })),
  );
  const fills = settled(events);
  const trades = events.filter((event) => event.kind === 'trade');
  const tradeAfter = new Map(trades.map((trade) => [placeOf(trade, trade.event), trade]));
  const points = events.filter((event) => event.kind === 'equity');
  const isCash = plan.rules.account.kind === 'cash';
  let cash = plan.rules.cash;
  let exitCosts = 0;
  let [pnl, commissions, tradeCommissions, turnover] = [0, 0, 0, Math.abs(cash)];
  for (const [step, time] of timeline.entries()) {
    while (fills[0]?.step === step) {
      const fill = fills.shift()!;
      const { multiplier, lot } = plan.instruments[fill.symbol] ?? DEFAULT_INSTRUMENT;
      const book = books.find(
        ({ symbol, strategy }) => symbol === fill.symbol && strategy === fill.strategy,
      )!;
      const signed = fill.side === 'buy' ? fill.quantity : -fill.quantity;
      cash -= signed * multiplier * fill.price;
      cash -= fill.commission;
      claim(cash === fill.cash, `cash replayed from fills is ${cash}`, fill);
      // Nothing but the commission of an exit, which is never refused, takes cash below 0.
      if (fill.effect === 'close') exitCosts += fill.commission;
      const floor = -1e-9 * turnover - (fill.effect === 'open' ? 0 : exitCosts);
      claim(!isCash || cash >= floor, 'a cash account borrows nothing', fill);
      turnover += Math.abs(signed * multiplier * fill.price);
      commissions += fill.commission;
      const before = book.quantity;
      const isClose = before * signed < 0;
      claim(isClose === (fill.effect === 'close'), 'what opposes the position closes', fill);
      claim(!isClose || fill.quantity <= Math.abs(before), 'a closing fill does not reverse', fill);
      claim(Math.abs(before + signed - fill.position) <= lot / 2, 'positions are replayed from fills', fill);
      claim(!Object.is(fill.position, -0), 'flat is 0', fill);
      claim(!isCash || fill.position >= 0, 'a cash account is never short', fill);
      book.quantity = fill.position;
      const trade = tradeAfter.get(placeOf(fill, fill.event + 1));
      claim(isClose === (trade !== undefined), 'every closing fill, and no other, has its trade', fill);
      if (trade) {
        const { quantity, entryPrice, exitPrice } = trade;
        claim(trade.exit === fill.sequence && quantity === -signed, 'a trade is of its fill', trade);
        claim(exitPrice === fill.price, 'a trade ends at the price of its fill', trade);
        claim(
          Math.abs(entryPrice - book.average) <= 1e-9 * Math.abs(entryPrice),
          'entry is the average',
          trade,
        );
        claim(trade.pnl === quantity * multiplier * (exitPrice - entryPrice), 'profit is as declared', trade);
        claim(trade.entryTime === timeline[trade.entryStep], 'entry has its time', trade);
        pnl += trade.pnl;
        tradeCommissions += trade.commission;
        book.carried -= trade.commission - fill.commission;
        claim(
          Math.abs(book.carried) <= 1e-12 * turnover + 1e-6 || book.quantity !== 0,
          'a closed book carries nothing',
          trade,
        );
      } else {
        const cost = Math.abs(before) * (before === 0 ? 0 : book.average) + fill.quantity * fill.price;
        book.average = cost / Math.abs(fill.position);
        book.carried += fill.commission;
      }
    }
    const point = points.find((one) => one.step === step);
    if (!point) continue;
    const closeOf = (symbol: string) =>
      market.bars[symbol]!.findLast((bar) => bar.time <= time)?.close ?? NaN;
    let value = 0;
    let open = 0;
    for (const { symbol, quantity, average } of books) {
      if (quantity === 0) continue;
      const { multiplier } = plan.instruments[symbol] ?? DEFAULT_INSTRUMENT;
      value += quantity * multiplier * closeOf(symbol);
      open += quantity * multiplier * (closeOf(symbol) - average);
    }
    claim(point.cash === cash, `cash replayed from fills is ${cash}`, point);
    claim(point.equity === cash + value, `equity is cash and value, ${cash + value}`, point);
    const made = pnl + open - commissions;
    const cent = Math.max(0.005, turnover * 1e-12);
    claim(Math.abs(point.equity - plan.rules.cash - made) <= cent, `equity has changed by ${made}`, point);
  }
  claim(fills.length === 0, 'every fill is at a step');
  const carried = books.reduce((total, book) => total + book.carried, 0);
  const isPaid = Math.abs(tradeCommissions + carried - commissions) <= Math.max(0.005, turnover * 1e-12);
  claim(isPaid, 'trades and open books carry all commissions');
}

const placeOf = ({ step, phase, symbol, strategy }: RunEvent, event: number) =>
  JSON.stringify([step, phase, symbol, strategy, event]);
