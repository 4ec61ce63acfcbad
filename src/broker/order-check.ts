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

const OPTION_NAMES = ['limit', 'stop', 'reduceOnly', 'bracket', 'maxOpenRiskPercent', 'tag'];
const REQUEST_NAMES = [...OPTION_NAMES, 'side', 'quantity'];
const BRACKET_NAMES = ['stop', 'target'];
const LEVEL_NAMES = LEVELS.slice(LEVEL_PRICE);

/** @param lastClose what a bracket around a market order is measured from; NaN before the symbol's first bar. */
export function checkOrder(
  side: number,
  quantity: number,
  options: OrderOptions,
  lot: Grain,
  tick: Grain,
  lastClose: number,
): CheckedOrder {
  const { limit, stop, reduceOnly = false, bracket, maxOpenRiskPercent, tag = '' } = options;
  checkNames(options, REQUEST_NAMES, 'an order');
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
    quantity: lot.down(quantity),
    price,
    isReduceOnly: reduceOnly,
    ...children,
    openRiskMax: maxOpenRiskPercent ?? NaN,
    tag,
  };
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
  if (stop?.level === LEVEL_MULTIPLE)
    throw new OrderError('a stop cannot be a multiple of itself: price, offset or percent');
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
  const keys = Object.keys(given);
  checkNames(given, LEVEL_NAMES, `the ${name} of a bracket`);
  if (keys.length !== 1) throw new OrderError(`the ${name} of a bracket is one of ${LEVEL_NAMES.join(', ')}`);
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
