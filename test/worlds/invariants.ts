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

/** Half a lot, or what doubles of that size leave unsaid. */
const nearOf = (plan: Plan, event: RunEvent, quantity: number) =>
  Math.max(lotOf(plan, event) / 2, 1e-12 * Math.abs(quantity));
const lotOf = ({ instruments }: Plan, { symbol }: RunEvent) =>
  (instruments[symbol] ?? DEFAULT_INSTRUMENT).lot;

/** What is read again and again while the orders are replayed. */
interface Replay {
  readonly market: Market;
  readonly plan: Plan;
  readonly timeline: readonly number[];
  readonly orders: Orders;
  /** Units filled of a symbol on a bar. */
  readonly traded: Map<string, number>;
}

function checkOrders(
  market: Market,
  plan: Plan,
  timeline: readonly number[],
  events: readonly RunEvent[],
  orders: Orders,
) {
  checkSequences(orders);
  const replay: Replay = { market, plan, timeline, orders, traded: new Map() };
  const winners = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'equity' || event.kind === 'trade' || event.kind === 'order') continue;
    const state = orders.of(event, event.sequence);
    claim(!state.isEnded, 'nothing happens to an order after its end', event);
    checkLife(replay, state, event);
    if (event.kind === 'replace') {
      const isUnsure = state.isUnsure || state.order.parent !== 0;
      Object.assign(state, { step: event.step, remaining: event.quantity, isReplaced: true, isUnsure });
      if (!Number.isNaN(event.price)) state.price = event.price;
    } else if (event.kind === 'fill') {
      checkFill(replay, state, event);
      const { order } = state;
      if (order.group !== 0 && order.parent === 0) {
        const key = JSON.stringify([order.symbol, order.strategy, order.group]);
        const winner = winners.get(key) ?? order.sequence;
        claim(winner === order.sequence, 'two members of an OCO group never both fill', event);
        winners.set(key, winner);
      }
    } else {
      state.isEnded = true;
      const isWhole = Math.abs(event.quantity - state.remaining) <= nearOf(plan, event, event.quantity);
      claim(isWhole || state.isUnsure, 'an order ends with what was still to be filled', event);
    }
  }
  for (const { order, isEnded, isUnsure, charged } of orders.all()) {
    claim(isEnded || (isUnsure && !Number.isNaN(charged)), 'every order has an end', order);
    const { minimum, maximum } = plan.rules.costs[order.symbol]?.commission ?? plan.rules.commission;
    const near = 1e-9 * Math.max(1, Math.abs(charged));
    const isWithin = charged >= minimum - near && charged <= (maximum ?? Infinity) + near;
    claim(Number.isNaN(charged) || isWithin, `an order costs between ${minimum} and ${maximum}`, order);
  }
}

/** From 1 up for an instance, and from −1 down what the broker sends for it. */
function checkSequences(orders: Orders) {
  const all = orders.all().map(({ order }) => order);
  const portfolio = all.find(({ phase }) => phase === PHASE.portfolio)?.strategy ?? -1;
  const sequences = new Map<string, number[]>();
  for (const { phase, symbol, strategy, sequence } of all) {
    const isHouse = phase === PHASE.mark;
    claim(isHouse === sequence < 0, 'the broker counts down, strategies count up');
    claim(isHouse || (phase === PHASE.portfolio) === (strategy === portfolio), 'a portfolio is no symbol');
    const key = JSON.stringify([isHouse, strategy === portfolio ? '' : symbol, strategy]);
    sequences.set(key, [...(sequences.get(key) ?? []), Math.abs(sequence)]);
  }
  for (const list of sequences.values())
    for (const [index, sequence] of list.sort((a, b) => a - b).entries())
      claim(sequence === index + 1, 'sequences count from 1 without a gap');
}

/** How long an order may be there at all. */
function checkLife({ market, timeline }: Replay, { order }: OrderState, event: RunEvent) {
  const { symbol, step, timeInForce, until } = order;
  const isOneBar = timeInForce === 'ioc' || timeInForce === 'fok';
  const first = market.bars[symbol]!.find(({ time }) => time > timeline[step]!)?.time ?? Infinity;
  claim(!isOneBar || timeline[event.step]! <= first, 'IOC and FOK live for one bar', event);
  const isInTime = event.kind !== 'fill' || Number.isNaN(until) || timeline[event.step]! < until;
  claim(isInTime, 'nothing is filled at or after its end', event);
}

function checkFill(replay: Replay, state: OrderState, fill: Fill) {
  const { market, plan, timeline, orders, traded } = replay;
  const { order } = state;
  const half = nearOf(plan, fill, fill.quantity);
  const bar = market.bars[fill.symbol]!.find(({ time }) => time === timeline[fill.step]);
  claim(bar !== undefined, 'a symbol without a bar is not filled', fill);
  claim(fill.step > state.step, 'an order is not filled at the step of its submission', fill);
  claim(fill.side === order.side, 'a fill is on the side of its order', fill);
  const isAsked = fill.quantity > 0 && fill.quantity <= state.remaining + half;
  claim(isAsked, `no more is filled than was asked, ${state.remaining}`, fill);
  claim(fill.effect === 'close' || order.reduceOnly === 0, 'a reduce-only order never opens', fill);
  claim(fill.effect === 'close' || order.parent === 0, 'a child never opens', fill);
  const isWhole = Math.abs(fill.quantity - state.remaining) <= half;
  const isAll = isWhole || (fill.effect === 'close' && fill.position === 0);
  claim(order.timeInForce !== 'fok' || isAll, 'FOK fills whole or not at all', fill);
  if (order.parent !== 0)
    claim(orders.of(fill, order.parent).openedAt <= fill.step, 'a child fills after its parent', fill);
  checkPrice(plan, orders, state, fill, bar);
  const key = JSON.stringify([fill.symbol, fill.step]);
  const sum = (traded.get(key) ?? 0) + fill.quantity;
  traded.set(key, sum);
  const cap = (plan.rules.maxVolume ?? Infinity) * bar.volume;
  claim(!(sum > cap * (1 + 1e-9)), `fills of a bar take at most ${cap}`, fill);
  state.remaining -= fill.quantity;
  state.charged = (Number.isNaN(state.charged) ? 0 : state.charged) + fill.commission;
  const isGone = order.reduceOnly === 1 && fill.position === 0;
  if (isGone || (state.remaining < half && !state.isUnsure)) state.isEnded = true;
  if (fill.effect === 'open') checkOpening(plan, orders, state, fill);
  if (order.parent === 0 || order.type !== 'limit') return;
  for (const sibling of orders.childrenOf(orders.of(fill, order.parent)))
    if (sibling.order.type !== 'limit') sibling.remaining = Math.max(0, sibling.remaining - fill.quantity);
}

/** What was opened is what the children have to protect. */
function checkOpening(plan: Plan, orders: Orders, state: OrderState, fill: Fill) {
  if (Number.isNaN(state.openedAt)) [state.openedAt, state.openedPrice] = [fill.step, fill.price];
  const isFirst = state.opened === 0;
  state.opened += fill.quantity;
  for (const child of orders.childrenOf(state)) {
    if (child.isEnded) continue;
    const isPart = child.order.portion < 1;
    const share = child.order.portion * fill.quantity + (isPart ? lotOf(plan, fill) : 0);
    child.isUnsure ||= child.isReplaced || isPart;
    // Of one that was replaced, at most so much: by quantity or by price alone the record does not say.
    child.remaining = (isFirst && !child.isReplaced ? 0 : child.remaining) + share;
  }
}

function checkPrice(plan: Plan, orders: Orders, state: OrderState, fill: Fill, bar: Bar) {
  const { rules, instruments } = plan;
  const { order } = state;
  const { bps, price, spreads } = rules.costs[fill.symbol]?.slippage ?? rules.slippage;
  const fixed = price + spreads * (instruments[fill.symbol] ?? DEFAULT_INSTRUMENT).spread;
  const sign = fill.side === 'buy' ? 1 : -1;
  const factor = 1 + (sign * bps) / 10_000;
  const slipped = (raw: number) => Math.max(0, raw * factor + sign * fixed);
  const [best, worst] = sign > 0 ? [bar.low, bar.high] : [bar.high, bar.low];
  const isNear = (at: number, wanted: number) => Math.abs(at - wanted) <= 1e-9 * Math.abs(wanted);
  if (order.type === 'market') claim(isNear(fill.price, slipped(bar.open)), 'a market order: open', fill);
  if (order.type === 'market-on-close')
    claim(isNear(fill.price, slipped(bar.close)), 'an order on close fills at the close', fill);
  const isBeyond = (at: number, bound: number) => sign * (at - bound) > 1e-9 * Math.abs(bound);
  claim(!isBeyond(fill.price, slipped(worst)), 'nothing fills above the bar, but for slippage', fill);
  claim(!isBeyond(best, fill.price), 'nothing fills below the bar', fill);
  const limit = limitOf(orders, state);
  claim(
    Number.isNaN(limit) || !isBeyond(fill.price, limit),
    `a limit is not filled worse than ${limit}`,
    fill,
  );
}

/** NaN if it has none, or if the record does not tell. */
function limitOf(orders: Orders, { order, isReplaced, price }: OrderState): number {
  if (order.type === 'stop-limit') return isReplaced ? NaN : order.limitPrice;
  if (order.type !== 'limit') return NaN;
  return Number.isNaN(price) ? targetOf(orders, order) : price;
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
