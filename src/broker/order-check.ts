/**
 * Reads an order as a strategy wrote it, and refuses what could never be right, saying what would be.
 *
 * A typed caller cannot misspell an option; a JavaScript one can, and a `limt` that nobody reads would be a market order. So names
 * are checked too. Nothing is recorded or remembered here: an order that throws has left no trace.
 */
import { didYouMean } from '../kernel/input-error.ts';
import { roundPrice } from './execution.ts';
import { BUY, LIMIT, MARKET, SELL, STOP } from './matching.ts';
import {
  type Bracket,
  LEVELS,
  OrderError,
  type OrderOptions,
  type StopLevel,
  type TargetLevel,
} from './order.ts';
import { LEVEL_MULTIPLE, LEVEL_PRICE } from './order-table.ts';
import type { Grain } from './rounding.ts';

/** A child's level: an index into LEVELS and a number. */
export interface CheckedLevel {
  readonly level: number;
  readonly distance: number;
}

/** An order with nothing left to doubt: rounded, its type known. */
export interface CheckedOrder {
  readonly side: number;
  readonly type: number;
  readonly quantity: number;
  /** NaN for a market order. */
  readonly price: number;
  readonly isReduceOnly: boolean;
  readonly stop: CheckedLevel | null;
  readonly target: CheckedLevel | null;
  /** NaN for none. */
  readonly openRiskMax: number;
  readonly tag: string;
}

export const OPTION_NAMES: readonly string[] = [
  'limit',
  'stop',
  'reduceOnly',
  'bracket',
  'maxOpenRiskPercent',
  'tag',
];
/** A member of an OCO group says in the same object what else an order's call says in arguments. */
export const REQUEST_NAMES: readonly string[] = [...OPTION_NAMES, 'side', 'quantity'];
const BRACKET_NAMES = ['stop', 'target'];
const LEVEL_NAMES = LEVELS.slice(LEVEL_PRICE);
/** A stop cannot be a multiple of itself. */
const STOP_LEVEL_NAMES = LEVEL_NAMES.filter((name) => name !== 'multiple');

/**
 * @param names the properties that `options` may have.
 * @param lastClose what a bracket around a market order is measured from; NaN before the symbol's first bar.
 */
export function checkOrder(
  side: number,
  quantity: number,
  options: OrderOptions,
  names: readonly string[],
  lot: Grain,
  tick: Grain,
  lastClose: number,
): CheckedOrder {
  checkNames(options, names, 'an order');
  const { limit, stop, reduceOnly = false, bracket, maxOpenRiskPercent, tag = '' } = options;
  if (side !== BUY && side !== SELL) throw new OrderError('side must be "buy" or "sell"');
  checkPositive('quantity', quantity);
  if (limit !== undefined && stop !== undefined)
    throw new OrderError('an order has a limit or a stop, not both');
  if (limit !== undefined) checkFinite('limit', limit);
  if (stop !== undefined) checkFinite('stop', stop);
  if (typeof reduceOnly !== 'boolean') throw new OrderError(`reduceOnly is true or false, was ${reduceOnly}`);
  if (typeof tag !== 'string') throw new OrderError(`tag is a text, was ${typeof tag}`);
  if (maxOpenRiskPercent !== undefined) checkFinite('maxOpenRiskPercent', maxOpenRiskPercent);
  if (maxOpenRiskPercent! < 0)
    throw new OrderError(`maxOpenRiskPercent must not be below 0, was ${maxOpenRiskPercent}`);
  if (reduceOnly && bracket !== undefined)
    throw new OrderError('an order that only reduces opens nothing to put a bracket on');

  const type = limit !== undefined ? LIMIT : stop !== undefined ? STOP : MARKET;
  const given = limit ?? stop ?? NaN;
  const price = type === MARKET ? NaN : roundPrice(given, type === LIMIT, side, tick);
  const children =
    bracket === undefined
      ? NO_CHILDREN
      : checkBracket(bracket, side, tick, type === MARKET ? lastClose : price);
  return {
    side,
    type,
    quantity: wholeLots(quantity, lot),
    price,
    isReduceOnly: reduceOnly,
    ...children,
    openRiskMax: maxOpenRiskPercent ?? NaN,
    tag,
  };
}

/** Rounded down, and still a number: a quantity can be too large to be counted in lots. */
export function wholeLots(quantity: number, lot: Grain): number {
  const whole = lot.down(quantity);
  if (Number.isFinite(whole)) return whole;
  throw new OrderError(`quantity ${quantity} is too large to be counted in lots of ${lot.size}`);
}

export function checkPositive(name: string, value: unknown): void {
  checkFinite(name, value);
  if (!((value as number) > 0)) throw new OrderError(`${name} must be above 0, was ${value}`);
}

export function checkFinite(name: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new OrderError(`${name} must be a number, was ${value}`);
}

export function checkNames(given: object, names: readonly string[], what: string): void {
  if (typeof given !== 'object' || given === null) throw new OrderError(`${what} is an object, was ${given}`);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw new OrderError(
      `${what} has no "${name}"${didYouMean(name, names)}; it may have ${names.join(', ')}`,
    );
  }
}

type Children = Pick<CheckedOrder, 'stop' | 'target'>;
const NO_CHILDREN: Children = { stop: null, target: null };

function checkBracket(bracket: Bracket, side: number, tick: Grain, entry: number): Children {
  checkNames(bracket, BRACKET_NAMES, 'a bracket');
  if (bracket.stop === undefined && bracket.target === undefined)
    throw new OrderError('a bracket has a stop, a target or both');
  const stop = bracket.stop === undefined ? null : checkLevel('stop', bracket.stop, STOP, side, tick, entry);
  const target =
    bracket.target === undefined ? null : checkLevel('target', bracket.target, LIMIT, side, tick, entry);
  if (target?.level === LEVEL_MULTIPLE && stop === null) {
    throw new OrderError(
      'a target of a multiple needs a stop: it counts the distance from the fill to the stop',
    );
  }
  return { stop, target };
}

/** @param parentSide of the entry; the child is of the other. */
function checkLevel(
  name: 'stop' | 'target',
  given: StopLevel | TargetLevel,
  type: number,
  parentSide: number,
  tick: Grain,
  entry: number,
): CheckedLevel {
  const names = type === STOP ? STOP_LEVEL_NAMES : LEVEL_NAMES;
  checkNames(given, names, `the ${name} of a bracket`);
  const keys = Object.keys(given);
  if (keys.length !== 1) throw new OrderError(`the ${name} of a bracket is one of ${names.join(', ')}`);
  const level = LEVELS.indexOf(keys[0] as (typeof LEVELS)[number]);
  const value = Object.values(given)[0] as number;
  if (level !== LEVEL_PRICE) {
    checkPositive(`the ${keys[0]} of the ${name}`, value);
    return { level, distance: value };
  }
  checkFinite(`the price of the ${name}`, value);
  const price = roundPrice(value, type === LIMIT, -parentSide, tick);
  const isBelow = (type === STOP) === (parentSide === BUY);
  if (isBelow ? price >= entry : price <= entry) {
    const word = parentSide === BUY ? 'buy' : 'sell';
    const where = isBelow ? 'below' : 'above';
    throw new OrderError(`the ${name} of a ${word} must be ${where} its entry at ${entry}, was ${price}`);
  }
  return { level, distance: price };
}
