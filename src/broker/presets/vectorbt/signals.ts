/**
 * From the signals of one column and row to the one order that vectorbt makes of them, and whether a stop comes before them.
 *
 *     position   signal        accumulate off                  accumulate on
 *     flat       either entry  size                            size
 *     long       long entry    nothing                         + size       (also `addOnly`)
 *                long exit     all of it                       − size       (also `removeOnly`)
 *                short entry   all of it, and size beyond      − size       (also `removeOnly`)
 *     short      the mirror image
 *
 * An entry and an exit of one direction undo each other, and so do a long and a short entry. Of signals that are left, one against
 * the position comes first: the opposite entry, then the exit.
 */
import { InputError } from '../../../kernel/input-error.ts';
import type { Direction } from './order.ts';
import type { SizeType, VectorbtSettings } from './settings.ts';

/** Each signal with whoever gave it; null where it was not given. */
export interface Signals<Giver> {
  longEntry: Giver | null;
  longExit: Giver | null;
  shortEntry: Giver | null;
  shortExit: Giver | null;
}

export interface Size {
  readonly size: number;
  readonly sizeType: SizeType;
}

export interface Intent<Giver> extends Size {
  readonly direction: Direction;
  readonly giver: Giver;
}

type Accumulate = VectorbtSettings['accumulate'];

export function noSignals<Giver>(): Signals<Giver> {
  return { longEntry: null, longExit: null, shortEntry: null, shortExit: null };
}

/** What is left of a row's signals, and how the order accumulates. Changes `signals`. */
export function resolve<Giver>(
  signals: Signals<Giver>,
  position: number,
  { uponOppositeEntry, accumulate }: VectorbtSettings,
): Accumulate {
  if (signals.longEntry === null && signals.shortEntry === null) return accumulate;
  if (signals.longEntry !== null && signals.longExit !== null) signals.longEntry = signals.longExit = null;
  if (signals.shortEntry !== null && signals.shortExit !== null)
    signals.shortEntry = signals.shortExit = null;
  if (signals.longEntry !== null && signals.shortEntry !== null)
    signals.longEntry = signals.shortEntry = null;

  const [entry, exit] =
    position > 0 ? (['shortEntry', 'longExit'] as const) : (['longEntry', 'shortExit'] as const);
  if (position === 0 || signals[entry] === null) return accumulate;
  if (uponOppositeEntry === 'ignore') signals[entry] = null;
  if (uponOppositeEntry === 'close' || uponOppositeEntry === 'closeReduce') {
    signals[exit] ??= signals[entry];
    signals[entry] = null;
  }
  return uponOppositeEntry === 'close' || uponOppositeEntry === 'reverse' ? false : accumulate;
}

/** The signal of a stop that was hit, and how its order accumulates. */
export function stopSignals<Giver>(
  giver: Giver,
  position: number,
  { uponStopExit, accumulate }: VectorbtSettings,
): { signals: Signals<Giver>; accumulate: Accumulate } {
  const isClosing = uponStopExit === 'close' || uponStopExit === 'closeReduce';
  const isLong = position > 0;
  const signals = noSignals<Giver>();
  if (isClosing) signals[isLong ? 'longExit' : 'shortExit'] = giver;
  else signals[isLong ? 'shortEntry' : 'longEntry'] = giver;
  return { signals, accumulate: uponStopExit === 'close' || uponStopExit === 'reverse' ? false : accumulate };
}

/** Null if there is nothing to do. @param sizeOf what a signal of this giver trades */
export function intentOf<Giver>(
  signals: Signals<Giver>,
  position: number,
  accumulate: Accumulate,
  valuation: number,
  sizeOf: (giver: Giver) => Size,
): Intent<Giver> | null {
  if (position === 0) {
    const giver = signals.longEntry ?? signals.shortEntry;
    if (giver === null) return null;
    const { size, sizeType } = sizeOf(giver);
    return { size: signals.longEntry === null ? -size : size, sizeType, direction: 'both', giver };
  }
  const isLong = position > 0;
  const sign = isLong ? 1 : -1;
  const own = isLong ? 'long' : 'short';
  const isAdding = accumulate === true || accumulate === 'addOnly';
  const isReducing = accumulate === true || accumulate === 'removeOnly';

  const opposite = isLong ? signals.shortEntry : signals.longEntry;
  if (opposite !== null) {
    const { size, sizeType } = sizeOf(opposite);
    if (isReducing) return { size: -sign * size, sizeType, direction: 'both', giver: opposite };
    if (sizeType === 'percent') throw new InputError('signals of sizeType percent cannot reverse a position');
    const beyond = sizeType === 'value' ? size / valuation : size;
    return {
      size: -sign * (Math.abs(position) + beyond),
      sizeType: 'amount',
      direction: 'both',
      giver: opposite,
    };
  }
  const exit = isLong ? signals.longExit : signals.shortExit;
  if (exit !== null) {
    if (!isReducing) return { size: -position, sizeType: 'amount', direction: own, giver: exit };
    const { size, sizeType } = sizeOf(exit);
    return { size: -sign * size, sizeType, direction: own, giver: exit };
  }
  const entry = isLong ? signals.longEntry : signals.shortEntry;
  if (entry === null || !isAdding) return null;
  const { size, sizeType } = sizeOf(entry);
  return { size: sign * size, sizeType, direction: own, giver: entry };
}

/** Open, high, low and close, as far as stops see them. */
export interface Range {
  readonly open: number;
  readonly high: number;
  readonly low: number;
}

/**
 * The price at which a level is hit: the open if that is beyond it, the level if the bar trades through it; NaN if neither.
 *
 * @param fraction of the base, from there to the level
 * @param isBelow whether the level is below the base
 */
export function hitPrice(
  base: number,
  fraction: number,
  isBelow: boolean,
  { open, high, low }: Range,
): number {
  const level = levelOf(base, fraction, isBelow);
  if (isBelow ? open <= level : open >= level) return open;
  return low <= level && level <= high ? level : NaN;
}

export function levelOf(base: number, fraction: number, isBelow: boolean): number {
  return isBelow ? base * (1 - fraction) : base * (1 + fraction);
}

/** What an order would trade, roughly: by which a row is sorted, sales first. */
export function roughValue(
  { size, sizeType, direction }: Size & { readonly direction: Direction },
  position: number,
  valuation: number,
  cash: number,
  freeCash: number,
  value: number,
): number {
  const held = position * valuation;
  switch (sizeType) {
    case 'amount':
      return size * valuation;
    case 'value':
      return size;
    case 'targetAmount':
      return size * valuation - held;
    case 'targetValue':
      return size - held;
    case 'targetPercent':
      return size * value - held;
    case 'percent':
      if (size >= 0) return size * cash;
      return direction === 'long' ? size * held : size * (2 * Math.max(held, 0) + Math.max(freeCash, 0));
  }
}

/** Ascending, what has no value last; equal ones stay as they are. */
export function compareValues(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
