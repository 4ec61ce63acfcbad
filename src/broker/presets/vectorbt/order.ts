/**
 * One order of vectorbt: from a size of some kind to a fill, or to a word for why there is none.
 *
 *     buy    a = price × (1 + slippage)   cost = size × a   fee = cost × fees + fixedFees   cash −= cost + fee
 *     sell   a = price × (1 − slippage)   gain = size × a   fee = gain × fees + fixedFees   cash += gain − fee
 *
 * What cash does not cover is cut: size = ((cash − fixedFees) / (1 + fees)) / a, the fee is what is left over, and cash is 0.
 * Additions that nearly vanish are 0, and comparisons have the same tolerance. The order of the operations is the tool's.
 *
 * Beside cash runs `freeCash`, which does not count what shorts have brought and holds as much again against each: a short sale of
 * value v takes 2v off it, buying it back gives 2 × (its share of `debt`, the value at which the short was sold). Only `lockCash`
 * and shorts "of all cash" read it.
 */
import { InputError } from '../../../kernel/input-error.ts';
import { BUY, SELL } from '../../matching.ts';
import { floorDivide } from '../python.ts';
import type { SizeType, VectorbtSettings } from './settings.ts';

/** Which positions an order may lead to; of the two last, orders against the position close at most all of it. */
export type Direction = 'both' | 'long' | 'short';

/** What all columns share. */
export interface Purse {
  cash: number;
  freeCash: number;
}

/** What a column holds. */
export interface Holding {
  position: number;
  debt: number;
}

export interface ColumnOrder {
  /** Signed; infinite for all that cash allows. */
  readonly size: number;
  readonly sizeType: SizeType;
  readonly direction: Direction;
  /** Before slippage; NaN if the column has none in this row. */
  readonly price: number;
  readonly slippage: number;
  readonly allowPartial: boolean;
}

export interface Filled {
  /** BUY or SELL. */
  readonly side: number;
  readonly size: number;
  readonly price: number;
  readonly fees: number;
}

export type Unfilled =
  | 'no price'
  | 'nothing to trade'
  | 'no value'
  | 'no cash'
  | 'no position'
  | 'above maxSize'
  | 'below minSize'
  | 'only a part';

type Limits = Pick<
  VectorbtSettings,
  'fees' | 'fixedFees' | 'lockCash' | 'granularity' | 'minSize' | 'maxSize'
>;

/** The tool's default: of a purchase that is cut to less than one grain nothing is left. */
const MIN_SIZE = 1e-8;

const RELATIVE = 1e-9;
const ABSOLUTE = 1e-12;

export function isClose(a: number, b: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  if (a === b) return true;
  return Math.abs(a - b) <= Math.max(RELATIVE * Math.max(Math.abs(a), Math.abs(b)), ABSOLUTE);
}

function isLess(a: number, b: number): boolean {
  return !isClose(a, b) && a < b;
}

/** a + b, or 0 where that is next to nothing beside them. */
export function add(a: number, b: number): number {
  const vanishes = Math.sign(a) === Math.sign(b) ? isClose(a + b, 0) : isClose(Math.abs(a), Math.abs(b));
  return vanishes ? 0 : a + b;
}

function snapped(value: number): number {
  return isClose(value, 0) ? 0 : value;
}

/**
 * Fills the order, and moves what is in the purse and held.
 *
 * @param valuation last known price of the column
 * @param value of all columns and cash, at the start of the row
 * @throws {InputError} for what the tool refuses to go on with
 */
export function execute(
  purse: Purse,
  holding: Holding,
  order: ColumnOrder,
  valuation: number,
  value: number,
  limits: Limits,
): Filled | Unfilled {
  purse.cash = snapped(purse.cash);
  purse.freeCash = snapped(purse.freeCash);
  holding.position = snapped(holding.position);
  holding.debt = snapped(holding.debt);
  if (Number.isNaN(order.price)) return 'no price';
  if (!(order.price > 0)) throw new InputError(`vectorbt has no orders at a price of ${order.price}`);

  let { size, sizeType } = order;
  if (sizeType === 'targetPercent') {
    if (!(snapped(value) > 0)) return 'no value';
    size *= value;
    sizeType = 'targetValue';
  }
  if (sizeType === 'value' || sizeType === 'targetValue') {
    if (Number.isNaN(valuation)) return 'no price';
    size /= valuation;
    sizeType = sizeType === 'value' ? 'amount' : 'targetAmount';
  }
  if (sizeType === 'targetAmount') {
    size -= holding.position;
    sizeType = 'amount';
  }
  if (sizeType === 'amount' && size === -Infinity && order.direction !== 'long') {
    size = -1;
    sizeType = 'percent';
  }
  let part = NaN;
  if (sizeType === 'percent') {
    part = Math.abs(size);
    size = Math.sign(size) * Infinity;
  }
  return size > 0
    ? buy(purse, holding, size, part, order, limits)
    : sell(purse, holding, -size, part, order, limits);
}

/** @param part of the cash that may be spent, NaN for all */
function buy(
  purse: Purse,
  holding: Holding,
  size: number,
  part: number,
  { price: raw, slippage, direction, allowPartial }: ColumnOrder,
  limits: Limits,
): Filled | Unfilled {
  const { fees, fixedFees, granularity, minSize, maxSize } = limits;
  const { position, debt } = holding;
  const price = raw * (1 + slippage);
  let cash = Math.min(limits.lockCash ? unlockedCash(purse, holding, price, limits) : purse.cash, purse.cash);
  if (!Number.isNaN(part)) cash = Math.min(cash, part * cash);
  if (direction === 'short' && position === 0) return 'no position';
  if (direction !== 'short' && cash === 0) return 'no cash';

  let wanted = direction === 'short' ? Math.min(-position, size) : size;
  if (wanted === 0) return 'nothing to trade';
  if (maxSize !== null && wanted > maxSize) {
    if (!allowPartial) return 'above maxSize';
    wanted = maxSize;
  }
  wanted = inGrains(wanted, granularity);

  let bought = wanted;
  const cost = wanted * price;
  let paid = cost * fees + fixedFees;
  let spent = cost + paid;
  if (!isClose(spent, cash) && !(spent < cash)) {
    const most = add(cash, -fixedFees) / (1 + fees);
    if (most <= 0) return 'no cash';
    bought = inGrains(most / price, granularity);
    if (granularity === null) {
      paid = cash - most;
      spent = cash;
    } else {
      paid = bought * price * fees + fixedFees;
      spent = bought * price + paid;
    }
  }
  if (isClose(wanted, 0)) return 'nothing to trade';
  if (isLess(bought, minSize ?? MIN_SIZE)) return 'below minSize';
  if (Number.isFinite(size) && isLess(bought, size) && !allowPartial) return 'only a part';

  purse.cash = add(purse.cash, -spent);
  holding.position = add(position, bought);
  if (position < 0) {
    const covered = holding.position < 0 ? bought : Math.abs(position);
    const returned = covered * (debt / Math.abs(position));
    holding.debt = add(debt, -returned);
    purse.freeCash = add(purse.freeCash + 2 * returned, -spent);
  } else {
    purse.freeCash = add(purse.freeCash, -spent);
  }
  return { side: BUY, size: bought, price, fees: paid };
}

/** What a purchase may cost without touching what is held against shorts. */
function unlockedCash(purse: Purse, { position, debt }: Holding, price: number, limits: Limits): number {
  const { fees, fixedFees } = limits;
  if (position >= 0) return purse.freeCash;
  const needed = Math.abs(position) * price * (1 + fees) + fixedFees;
  const left = add(purse.freeCash + 2 * debt, -needed);
  if (left > 0) return purse.freeCash + 2 * debt;
  if (left === 0) return purse.cash;
  const coverable = (purse.freeCash - fixedFees) / (price * (1 + fees) - 2 * (debt / Math.abs(position)));
  return coverable * price * (1 + fees) + fixedFees;
}

/** @param part of what could be sold, NaN for all */
function sell(
  purse: Purse,
  holding: Holding,
  size: number,
  part: number,
  { price: raw, slippage, direction, allowPartial }: ColumnOrder,
  limits: Limits,
): Filled | Unfilled {
  const { fees, fixedFees, lockCash, granularity, minSize, maxSize } = limits;
  const { position, debt } = holding;
  const price = raw * (1 - slippage);
  const isOfAll = size === Infinity && !Number.isNaN(part);

  let sold = direction === 'long' ? Math.min(position, size) : size;
  let share = part;
  if (direction !== 'long' && (lockCash || isOfAll)) {
    const most = sellable(purse, position, price, limits);
    if (typeof most === 'string') return most;
    if (!lockCash) {
      sold = most;
    } else {
      const asked = isOfAll ? most : size;
      sold = Math.min(Number.isNaN(part) ? asked : part * asked, most);
      share = NaN;
    }
  }
  if (!Number.isNaN(share)) sold *= share;
  if (maxSize !== null && sold > maxSize) {
    if (!allowPartial) return 'above maxSize';
    sold = maxSize;
  }
  if (direction === 'long' && position === 0) return 'no position';
  sold = inGrains(sold, granularity);
  if (isClose(sold, 0)) return 'nothing to trade';
  if (isLess(sold, minSize ?? MIN_SIZE)) return 'below minSize';
  if (Number.isFinite(size) && isLess(sold, size) && !allowPartial) return 'only a part';

  const gain = sold * price;
  const paid = gain * fees + fixedFees;
  const kept = add(gain, -paid);
  if (kept < 0) return 'no cash';

  purse.cash += kept;
  holding.position = add(position, -sold);
  if (holding.position < 0) {
    const shorted = position < 0 ? sold : Math.abs(holding.position);
    const value = shorted * price;
    holding.debt = debt + value;
    purse.freeCash = add(purse.freeCash, add(kept, -2 * value));
  } else {
    purse.freeCash += kept;
  }
  return { side: SELL, size: sold, price, fees: paid };
}

/** What is held, and what free cash, with what the sale of it brings, allows to be sold short. */
function sellable(purse: Purse, position: number, price: number, limits: Limits): number | Unfilled {
  const { fees, fixedFees } = limits;
  const held = Math.max(position, 0);
  const free = add(purse.freeCash, held * price * (1 - fees));
  if (free <= 0) return position <= 0 ? 'no cash' : held;
  const most = add(held, add(free, -fixedFees) / (price * (1 + fees)));
  return most <= 0 ? 'no cash' : most;
}

function inGrains(size: number, granularity: number | null): number {
  return granularity === null ? size : floorDivide(size, granularity) * granularity;
}
