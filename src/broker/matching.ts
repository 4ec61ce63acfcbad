/**
 * When exactly an order meets a bar, and at what price: free functions of numbers.
 *
 *     order          reached on the bar             passed by the open      price before slippage
 *     market         always                         always                  open
 *     limit, buy     low ≤ P  (through: low < P)    open ≤ P (open < P)     the better of P and the open
 *     stop, buy      high ≥ P                       open ≥ P                P, or the open beyond it
 *     stop-limit     as a stop                      as a stop               none: it becomes a limit
 *     trailing       as a stop, P carried into the bar
 *     on close       always                         never                   close
 *
 * and mirrored for a sell. What is unrealistic about it: a limit that the price only touches is filled in full, as if it
 * stood first in its queue (`through` asks for more), and a stop is filled at its price however thin the market.
 */
import type { IntrabarPolicy, LimitTouch } from './policies.ts';

/** Order types as they are held in a row. */
export const MARKET = 0;
export const LIMIT = 1;
export const STOP = 2;
export const STOP_LIMIT = 3;
export const TRAILING = 4;
export const ON_CLOSE = 5;
export const BUY = 1;
export const SELL = -1;

export function isReached(
  type: number,
  side: number,
  price: number,
  high: number,
  low: number,
  touch: LimitTouch,
): boolean {
  if (type === MARKET || type === ON_CLOSE) return true;
  if (type !== LIMIT) return side === BUY ? high >= price : low <= price;
  if (touch === 'through') return side === BUY ? low < price : high > price;
  return side === BUY ? low <= price : high >= price;
}

/** Whether the open alone is enough, so that the fill comes before anything else on the bar. */
export function isPassedBy(
  open: number,
  type: number,
  side: number,
  price: number,
  touch: LimitTouch,
): boolean {
  if (type === MARKET) return true;
  if (type === ON_CLOSE) return false;
  if (type !== LIMIT) return side === BUY ? open >= price : open <= price;
  if (touch === 'through') return side === BUY ? open < price : open > price;
  return side === BUY ? open <= price : open >= price;
}

/** Price of a reached order before slippage. `open` is the bar's, or what stands in its place on an entry bar. */
export function rawPrice(type: number, side: number, price: number, open: number, close: number): number {
  if (type === MARKET) return open;
  if (type === ON_CLOSE) return close;
  if ((type === LIMIT) === (side === BUY)) return Math.min(price, open);
  return Math.max(price, open);
}

/** Within a bar: the order in which exits of one position are taken. Lower first; path ranks by time instead. */
export function exitRank(type: number, policy: IntrabarPolicy): number {
  if (type === MARKET) return 0;
  if (type === ON_CLOSE) return 3;
  return (type !== LIMIT) === (policy === 'optimistic') ? 2 : 1;
}

/** A leg after the last. */
export const NEVER = 4;

/**
 * The walk that the policy `path` takes through a bar: O-H-L-C if it falls, O-L-H-C if it does not.
 *
 * A time on it is (leg, distance from the leg's start): leg 0 is the open itself. The object holds the last answer, so
 * that asking allocates nothing.
 */
export class BarPath {
  leg = 0;
  distance = 0;
  readonly #turns = new Float64Array(4);

  /** Walks the whole bar. */
  set(open: number, high: number, low: number, close: number): void {
    const turns = this.#turns;
    turns[0] = open;
    turns[1] = close < open ? high : low;
    turns[2] = close < open ? low : high;
    turns[3] = close;
  }

  /**
   * Finds when the price first stands at `price` or beyond, upwards or downwards. False if it never does.
   * @param strictly only a price beyond counts, though the time is that of the level itself.
   */
  find(price: number, upwards: boolean, strictly: boolean): boolean {
    const open = this.#turns[0]!;
    if (isBeyond(open, price, upwards, strictly)) return this.#at(0, 0);
    return this.#findFrom(1, price, upwards, strictly);
  }

  /** The same on what is left of the bar after it stood at `from` on that leg. */
  findAfter(leg: number, from: number, price: number, upwards: boolean, strictly: boolean): boolean {
    if (leg === 0) return this.find(price, upwards, strictly);
    if (isBeyond(from, price, upwards, strictly))
      return this.#at(leg, Math.abs(from - this.#turns[leg - 1]!));
    return this.#findFrom(leg, price, upwards, strictly);
  }

  /** From a price that is not beyond; so the first leg that ends beyond has crossed the level. */
  #findFrom(firstLeg: number, price: number, upwards: boolean, strictly: boolean): boolean {
    const turns = this.#turns;
    for (let leg = firstLeg; leg <= 3; leg++) {
      if (isBeyond(turns[leg]!, price, upwards, strictly))
        return this.#at(leg, Math.abs(price - turns[leg - 1]!));
    }
    this.#at(NEVER, 0);
    return false;
  }

  #at(leg: number, distance: number): true {
    this.leg = leg;
    this.distance = distance;
    return true;
  }
}

function isBeyond(price: number, level: number, upwards: boolean, strictly: boolean): boolean {
  if (strictly) return upwards ? price > level : price < level;
  return upwards ? price >= level : price <= level;
}

/** Which way the price must move to reach an order: a buy stop and a sell limit wait above. */
export function waitsAbove(type: number, side: number): boolean {
  return (type !== LIMIT) === (side === BUY);
}
