/**
 * From what a strategy wants to risk, spend or hold to units: pure functions of the account as it is at the call.
 *
 *     cash         money / (multiplier × price)
 *     percent      equity × percent / 100 / (multiplier × price)
 *     riskPercent  equity × percent / 100 / (multiplier × |price − stop|)
 *     target       what is to be held minus what is held; value and percent as cash and percent
 *
 * The price is the order's limit or stop, else the symbol's last close: the fill may differ, and the units do not change
 * after the call. Nothing is rounded here: the order is, down to the lot.
 */
import { checkFinite, checkNames, checkPositive } from './checks.ts';
import { OrderError, type OrderSize, SIZE_KINDS, type SizeKind, type Target } from './order.ts';

/** The account and the symbol as they are at a call. */
export interface Quote {
  /** NaN before the symbol's first bar. */
  readonly lastClose: number;
  readonly multiplier: number;
  readonly equity: number;
  /** Mean true range of the symbol's last bars. @throws {OrderError} if there are not as many */
  atr(period: number): number;
}

/** A size as it was given. */
export interface GivenSize {
  /** Place in SIZE_KINDS. */
  readonly kind: number;
  readonly size: number;
  /** If it has been counted already: what a target leaves to be traded. */
  readonly units?: number;
}

const NAMES = ['cash', 'percent', 'riskPercent'];
const TARGET_NAMES = ['quantity', 'value', 'percent'];

/** @throws {OrderError} for what is no size */
export function readSize(given: OrderSize): GivenSize {
  if (typeof given !== 'object') {
    checkPositive('quantity', given);
    return { kind: SIZE_KINDS.indexOf('units'), size: given };
  }
  const [name, size] = onlyField(given, NAMES, 'a size');
  checkPositive(`the ${name} of a size`, size);
  return { kind: SIZE_KINDS.indexOf(name as SizeKind), size };
}

/** @throws {OrderError} for what is no target */
export function readTarget(given: Target): GivenSize {
  const [name, size] = onlyField(given, TARGET_NAMES, 'a target to hold');
  checkFinite(`the ${name} of a target`, size);
  return { kind: SIZE_KINDS.indexOf(`target ${name}` as SizeKind), size };
}

/**
 * @param price at which it is expected to fill
 * @param riskPerUnit from there to its stop, in price; NaN without a stop
 * @throws {OrderError} where there is nothing to size by
 */
export function unitsOf(
  { kind, size, units: counted }: GivenSize,
  price: number,
  riskPerUnit: number,
  { equity, multiplier }: Quote,
): number {
  if (counted !== undefined) return counted;
  const word = SIZE_KINDS[kind]!;
  if (word === 'units' || word === 'target quantity') return size;
  if (word === 'riskPercent') {
    if (!(riskPerUnit > 0))
      throw new OrderError('riskPercent needs a bracket with a stop: it counts the distance to it');
    return Math.max(0, (equity * size) / 100 / (multiplier * riskPerUnit));
  }
  if (!(price > 0))
    throw new OrderError(`a size in ${word} needs a price above 0 to be counted at, which is ${price}`);
  const money = word === 'cash' || word === 'target value' ? size : (equity * size) / 100;
  const units = money / (multiplier * price);
  return word.startsWith('target') ? units : Math.max(0, units);
}

function onlyField(given: object, names: readonly string[], what: string): readonly [string, number] {
  checkNames(given, names, what);
  const fields = Object.entries(given) as [string, number][];
  if (fields.length !== 1) throw new OrderError(`${what} is one of ${names.join(', ')}`);
  return fields[0]!;
}
