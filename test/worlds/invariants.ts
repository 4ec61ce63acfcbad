/**
 * What must be true of the record of any run, found by replaying it: no simulator is asked.
 *
 * Events of one instance stand in the order in which they happened; those of several are sorted by symbol, so cash is
 * replayed in the order of settlement, which the record tells too.
 */
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import type { Plan } from '../../src/record/plan.ts';
import { compareKeys, type EventOf, PHASE, type RunEvent } from '../../src/record/records.ts';
import type { Market } from '../support/market.ts';

type Fill = EventOf<'fill'>;
interface OrderState {
  readonly order: EventOf<'order'>;
  /** Of submission or of the last replace. */
  step: number;
  remaining: number;
  price: number;
  isReplaced: boolean;
  isEnded: boolean;
  hasFilled: boolean;
  /** Step of the fill that opened something; NaN if none did. */
  openedAt: number;
  openedPrice: number;
}
interface BookState {
  readonly symbol: string;
  readonly strategy: number;
  quantity: number;
  average: number;
  carried: number;
}

function claim(fact: boolean, text: string, event?: RunEvent): asserts fact {
  if (!fact) throw new Error(`${text}${event ? `: ${JSON.stringify(event)}` : ''}`);
}

/** Throws at the first thing that cannot be. */
export function checkInvariants(market: Market, plan: Plan, events: readonly RunEvent[]): void {
  const timeline = timesOf(market, plan);
  checkKeys(plan, timeline, events);
  const orders = new Orders(events);
  checkOrders(market, plan, timeline, events, orders);
  checkMoney(market, plan, timeline, events);
}

function timesOf({ bars }: Market, { grid }: Plan): number[] {
  if (grid) return Array.from({ length: grid.count }, (_, step) => grid.start + step * grid.stepMs);
  return [...new Set(Object.values(bars).flatMap((list) => list.map(({ time }) => time)))].sort(
    (a, b) => a - b,
  );
}

function checkKeys({ warmupSteps }: Plan, timeline: readonly number[], events: readonly RunEvent[]) {
  let before: RunEvent | null = null;
  let equityCount = 0;
  for (const event of events) {
    const { step, phase, symbol, strategy } = event;
    claim(
      before === null || compareKeys(before, event) < 0,
      'events are sorted and their keys unique',
      event,
    );
    const isNext =
      before?.step === step &&
      before.phase === phase &&
      before.symbol === symbol &&
      before.strategy === strategy;
    claim(event.event === (isNext ? before!.event + 1 : 0), 'events of a key are counted from 0', event);
    claim(
      step >= warmupSteps && step < timeline.length,
      'nothing happens in warm-up or off the timeline',
      event,
    );
    if (event.kind === 'equity') {
      claim(step === warmupSteps + equityCount++, 'there is one equity point a step', event);
      claim(event.time === timeline[step], 'an equity point has the time of its step', event);
    }
    before = event;
  }
  claim(equityCount === Math.max(0, timeline.length - warmupSteps), 'there is an equity point at every step');
}

const lotOf = ({ instruments }: Plan, { symbol }: RunEvent) =>
  (instruments[symbol] ?? DEFAULT_INSTRUMENT).lot;

/** What the record says of each order, up to some event. */
class Orders {
  readonly #states = new Map<string, OrderState>();

  constructor(events: readonly RunEvent[]) {
    for (const order of events) {
      if (order.kind !== 'order') continue;
      const id = Orders.#id(order, order.sequence);
      claim(!this.#states.has(id), 'ids are unique', order);
      const { step, quantity: remaining, price } = order;
      const fresh = { isReplaced: false, isEnded: false, hasFilled: false, openedAt: NaN, openedPrice: NaN };
      this.#states.set(id, { order, step, remaining, price, ...fresh });
    }
  }

  static #id({ symbol, strategy }: RunEvent, sequence: number): string {
    return JSON.stringify([symbol, strategy, sequence]);
  }

  /** Order of that sequence of the instance that the event belongs to. */
  of(event: RunEvent, sequence: number): OrderState {
    const state = this.#states.get(Orders.#id(event, sequence));
    claim(state !== undefined, `there is an order ${sequence}`, event);
    return state;
  }

  all(): OrderState[] {
    return [...this.#states.values()];
  }
}

function checkOrders(
  market: Market,
  plan: Plan,
  timeline: readonly number[],
  events: readonly RunEvent[],
  orders: Orders,
) {
  const portfolio = plan.strategies.length - 1;
  const sequences = new Map<string, number[]>();
  for (const { order } of orders.all()) {
    // A portfolio strategy counts over all symbols; which one is the last index, the order's phase tells.
    const owner = order.phase === PHASE.portfolio ? '' : order.symbol;
    const key = JSON.stringify([owner, order.strategy]);
    sequences.set(key, [...(sequences.get(key) ?? []), order.sequence]);
    claim(order.phase !== PHASE.portfolio || order.strategy === portfolio, 'the portfolio is last', order);
  }
  for (const list of sequences.values())
    for (const [index, sequence] of list.sort((a, b) => a - b).entries())
      claim(sequence === index + 1, 'sequences count from 1 without a gap');
  const winners = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'equity' || event.kind === 'trade' || event.kind === 'order') continue;
    const state = orders.of(event, event.sequence);
    claim(!state.isEnded, 'nothing happens to an order after its end', event);
    if (event.kind === 'replace') {
      Object.assign(state, { step: event.step, remaining: event.quantity, isReplaced: true });
      if (!Number.isNaN(event.price)) state.price = event.price;
    } else if (event.kind === 'fill') {
      checkFill(market, plan, timeline, orders, state, event);
      const { order } = state;
      if (order.group !== 0) {
        const key = JSON.stringify([order.symbol, order.strategy, order.group]);
        const winner = winners.get(key) ?? order.sequence;
        claim(winner === order.sequence, 'two members of an OCO group never both fill', event);
        winners.set(key, winner);
      }
    } else {
      state.isEnded = true;
      const isWhole = Math.abs(event.quantity - state.remaining) <= lotOf(plan, event) / 2;
      claim(isWhole, 'an order ends with what was still to be filled', event);
    }
  }
  for (const { order, isEnded } of orders.all()) claim(isEnded, 'every order has an end', order);
}

function checkFill(
  market: Market,
  plan: Plan,
  timeline: readonly number[],
  orders: Orders,
  state: OrderState,
  fill: Fill,
) {
  const { order } = state;
  const bar = market.bars[fill.symbol]!.find(({ time }) => time === timeline[fill.step]);
  claim(bar !== undefined, 'a symbol without a bar is not filled', fill);
  claim(fill.step > state.step, 'an order is not filled at the step of its submission', fill);
  claim(fill.side === order.side, 'a fill is on the side of its order', fill);
  claim(
    fill.quantity > 0 && fill.quantity <= state.remaining + lotOf(plan, fill) / 2,
    'no more is filled than was asked',
    fill,
  );
  claim(fill.effect === 'close' || order.reduceOnly === 0, 'a reduce-only order never opens', fill);
  claim(fill.effect === 'close' || order.parent === 0, 'a child never opens', fill);
  if (order.parent !== 0)
    claim(orders.of(fill, order.parent).openedAt <= fill.step, 'a child fills after its parent', fill);
  checkPrice(plan, orders, state, fill, bar);
  state.remaining -= fill.quantity;
  if (state.remaining < lotOf(plan, fill) / 2 || order.reduceOnly === 1) state.isEnded = true;
  state.hasFilled = true;
  if (fill.effect === 'open') [state.openedAt, state.openedPrice] = [fill.step, fill.price];
}

function checkPrice(
  { rules }: Plan,
  orders: Orders,
  state: OrderState,
  fill: Fill,
  { open, high, low }: Bar,
) {
  const { order } = state;
  const sign = fill.side === 'buy' ? 1 : -1;
  const slip = 1 + (sign * rules.slippageBps) / 10_000;
  if (order.type === 'market') claim(fill.price === open * slip, 'a market order fills at the open', fill);
  if (order.type === 'stop') {
    const raw = fill.price / slip;
    claim(raw <= high * (1 + 1e-9) && raw >= low * (1 - 1e-9), 'a stop fills within the bar', fill);
  }
  if (order.type !== 'limit') return;
  const limit = Number.isNaN(state.price) ? targetOf(orders, order) : state.price;
  const isWorse = sign * (fill.price - limit) > Math.abs(limit) * 1e-12;
  claim(Number.isNaN(limit) || !isWorse, `a limit is never filled worse than ${limit}`, fill);
}

/** Where a target goes, before rounding, which only takes it further away; NaN if the record does not tell. */
function targetOf(orders: Orders, { parent: sequence, ...order }: EventOf<'order'>): number {
  const parent = orders.of(order as RunEvent, sequence);
  const sign = order.side === 'sell' ? 1 : -1;
  const fill = parent.openedPrice;
  if (order.level === 'offset') return fill + sign * order.distance;
  if (order.level === 'percent') return fill + (sign * fill * order.distance) / 100;
  const stop = orders.of(order as RunEvent, sequence + 1);
  if (stop.isReplaced) return NaN;
  const { level, distance, price } = stop.order;
  const away =
    level === 'offset' ? distance : level === 'percent' ? (fill * distance) / 100 : Math.abs(fill - price);
  return fill + sign * order.distance * away;
}

/** In the order of settlement: within a pass by submission (ii), or put-off orders before children of entries (iii). */
function settled(events: readonly RunEvent[]): Fill[] {
  const orders = new Orders(events);
  const keyed: { fill: Fill; rank: readonly [number, number, number] }[] = [];
  for (const event of events) {
    if (event.kind === 'replace') orders.of(event, event.sequence).step = event.step;
    if (event.kind !== 'fill') continue;
    const state = orders.of(event, event.sequence);
    if (event.effect === 'open') state.openedAt = event.step;
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

function checkMoney(market: Market, plan: Plan, timeline: readonly number[], events: readonly RunEvent[]) {
  const symbols = Object.keys(market.bars).sort((a, b) => (a < b ? -1 : 1));
  const indices = plan.strategies.map((_, strategy) => strategy);
  const books: BookState[] = symbols.flatMap((symbol) =>
    indices.map((strategy) => ({ symbol, strategy, quantity: 0, average: NaN, carried: 0 })),
  );
  const fills = settled(events);
  const trades = events.filter((event) => event.kind === 'trade');
  const tradeAfter = new Map(trades.map((trade) => [placeOf(trade, trade.event), trade]));
  const points = events.filter((event) => event.kind === 'equity');
  let cash = plan.rules.cash;
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
      claim(
        fill.phase !== PHASE.enter || plan.rules.account.kind !== 'cash' || cash >= -1e-9 * turnover,
        'a cash account pays its entries',
        fill,
      );
      turnover += Math.abs(signed * multiplier * fill.price);
      commissions += fill.commission;
      const before = book.quantity;
      const isClose = before * signed < 0;
      claim(isClose === (fill.effect === 'close'), 'what opposes the position closes', fill);
      claim(!isClose || fill.quantity <= Math.abs(before), 'a closing fill does not reverse', fill);
      claim(Math.abs(before + signed - fill.position) <= lot / 2, 'positions are replayed from fills', fill);
      claim(!Object.is(fill.position, -0), 'flat is 0', fill);
      claim(plan.rules.account.kind !== 'cash' || fill.position >= 0, 'a cash account is never short', fill);
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
        claim(Math.abs(book.carried) <= 1e-6 || book.quantity !== 0, 'a closed book carries nothing', trade);
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
