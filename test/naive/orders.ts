/**
 * Orders of the second simulator: how one is read, rounded and laid against a bar.
 *
 * Rules in brackets: "Settlement to the letter" in ARCHITECTURE.md.
 */
import * as asked from '../../src/broker/order.ts';
import type { Bar } from '../../src/market/bar.ts';
import type { Instrument } from '../../src/market/instrument.ts';
import type { Rules } from '../../src/record/plan.ts';
import type { EventKey, EventOf, RunEvent } from '../../src/record/records.ts';
import type { Instance } from './context.ts';

export type Unkeyed<Event> = Event extends RunEvent ? Omit<Event, keyof EventKey> : never;
/** An order as it is recorded. */
export type Draft = {
  -readonly [Field in keyof Unkeyed<EventOf<'order'>>]: Unkeyed<EventOf<'order'>>[Field];
};
export interface Order extends Draft {
  readonly me: Instance;
  readonly symbol: string;
  readonly sign: number;
  /** What it goes on as: a stop of which a part was filled is a market order. */
  now: asked.OrderType;
  state: 'dormant' | 'live' | 'done';
  /** Of submission, or of the last replace. */
  step: number;
  hasFilled: boolean;
}

/** A moment of the path through a bar: leg, and distance from the start of the leg [9]. */
export type Moment = readonly [leg: number, distance: number];

export function demand(fact: boolean, message: string): asserts fact {
  if (!fact) throw new asked.OrderError(message);
}
export const isPositive = (value: unknown) => Number.isFinite(value) && (value as number) > 0;

/** To whole units (lots, ticks), by `round` unless it is as good as whole [2]. */
export function toWhole(value: number, unit: number, round: (count: number) => number): number {
  const perOne = Math.round(1 / unit);
  const isInverse = Math.abs(1 / unit - perOne) <= 1e-9 * perOne;
  const count = isInverse ? value * perOne : value / unit;
  const nearest = Math.round(count);
  const whole = Math.abs(count - nearest) <= 2 ** -50 * Math.abs(nearest) ? nearest : round(count);
  return (isInverse ? whole / perOne : whole * unit) + 0;
}

/** Limits to the side that protects, stops to the side that hurts. */
export function toTick(price: number, { side, type }: Pick<Draft, 'side' | 'type'>, { tick }: Instrument) {
  const isDown = (type === 'limit') === (side === 'buy');
  return tick === 0 ? price : toWhole(price, tick, isDown ? Math.floor : Math.ceil);
}

function readLevel(given: asked.TargetLevel, names: string) {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const [name, value] = entries[0] ?? ['', NaN];
  demand(entries.length === 1 && names.split(' ').includes(name), `a level is one of: ${names}`);
  demand(name === 'price' ? Number.isFinite(value) : isPositive(value), `${name} ${value}`);
  return { level: name as Draft['level'], distance: value };
}

/** An order and its children, from the sequence on; throws at what could never be right [1, 2, 3]. */
export function readRequest(
  { side, quantity, limit, stop, reduceOnly, bracket, maxOpenRiskPercent, tag }: asked.OrderRequest,
  { sequence, group }: { readonly sequence: number; readonly group: number },
  instrument: Instrument,
  lastClose: number,
): Draft[] {
  demand(side === 'buy' || side === 'sell', 'the side is buy or sell');
  demand(isPositive(quantity), `quantity ${quantity}`);
  demand(limit === undefined || stop === undefined, 'limit and stop together');
  const type = limit !== undefined ? 'limit' : stop !== undefined ? 'stop' : 'market';
  const level = limit ?? stop ?? NaN;
  demand(type === 'market' || Number.isFinite(level), `price ${level}`);
  demand(!reduceOnly || bracket === undefined, 'a bracket cannot be reduce-only');
  const risk = maxOpenRiskPercent ?? NaN;
  demand(maxOpenRiskPercent === undefined || (Number.isFinite(risk) && risk >= 0), `open risk ${risk}`);
  const parent: Draft = {
    kind: 'order',
    sequence,
    parent: 0,
    group,
    side,
    type,
    quantity: toWhole(quantity, instrument.lot, Math.floor),
    price: type === 'market' ? NaN : toTick(level, { side, type }, instrument),
    level: '',
    distance: NaN,
    reduceOnly: reduceOnly ? 1 : 0,
    maxOpenRiskPercent: risk,
    tag: tag ?? '',
  };
  const children: Draft[] = [];
  const addChild = (type: 'stop' | 'limit', given: ReturnType<typeof readLevel>) => {
    const other = side === 'buy' ? 'sell' : 'buy';
    const child = {
      ...parent,
      parent: sequence,
      group: sequence + 1,
      side: other,
      type,
      reduceOnly: 1,
    } as const;
    const isPrice = given.level === 'price';
    const price = isPrice ? toTick(given.distance, child, instrument) : NaN;
    const distance = isPrice ? NaN : given.distance;
    const below = (type === 'stop') === (side === 'buy');
    const entry = parent.type === 'market' ? lastClose : parent.price;
    demand(
      !isPrice || (below ? price < entry : price > entry),
      `${type} ${price} against an entry at ${entry}`,
    );
    const own = { sequence: sequence + 1 + children.length, level: given.level, maxOpenRiskPercent: NaN };
    children.push({ ...child, ...own, price, distance });
  };
  if (bracket?.stop) addChild('stop', readLevel(bracket.stop, 'price offset percent'));
  if (bracket?.target) {
    const target = readLevel(bracket.target, 'price offset percent multiple');
    demand(target.level !== 'multiple' || children.length > 0, 'a multiple needs a stop');
    addChild('limit', target);
  }
  return [parent, ...children];
}

/** Whether a price fulfils an order. */
export function fulfils({ now, sign, price }: Order, at: number, { limitTouch }: Rules): boolean {
  const excess = now === 'limit' ? sign * (price - at) : sign * (at - price);
  const isEnough = now === 'stop' || limitTouch === 'touch';
  return now === 'market' || excess > 0 || (excess === 0 && isEnough);
}

/** When the path through a bar reaches an order, from a price on one of its legs; or null [9]. */
export function reach(order: Order, bar: Bar, rules: Rules, leg = 0, price = bar.open): Moment | null {
  const { open, high, low, close } = bar;
  const corners = close < open ? [open, high, low, close] : [open, low, high, close];
  if (fulfils(order, price, rules)) return [leg, leg === 0 ? 0 : Math.abs(price - corners[leg - 1]!)];
  for (let next = Math.max(leg, 1); next <= 3; next++)
    if (fulfils(order, corners[next]!, rules)) return [next, Math.abs(order.price - corners[next - 1]!)];
  return null;
}

/** Against the trader, but a limit never beyond its limit. */
export function slipped({ sign, now, price }: Order, raw: number, { slippageBps }: Rules): number {
  const paid = raw * (1 + (sign * slippageBps) / 10_000);
  return now !== 'limit' ? paid : sign > 0 ? Math.min(price, paid) : Math.max(price, paid);
}
