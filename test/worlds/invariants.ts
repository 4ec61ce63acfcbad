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
import { checkMoney } from './money-invariants.ts';
import { claim, Orders, type OrderState } from './replay.ts';

type Fill = EventOf<'fill'>;
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
      claim(isWhole || state.isUnsure, 'an order ends with what was still to be filled', event);
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
  if (fill.effect !== 'open') return;
  [state.openedAt, state.openedPrice] = [fill.step, fill.price];
  for (const child of orders.childrenOf(state)) {
    child.isUnsure = child.isReplaced;
    child.remaining = child.isReplaced ? Math.max(child.remaining, fill.quantity) : fill.quantity;
  }
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
