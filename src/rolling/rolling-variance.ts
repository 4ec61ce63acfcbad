/**
 * Variance of the last n numbers, in O(1) an update: the mean square of their distances to their mean. (Of the
 * window as it is, divided by the count; times n / (n - 1) it is the estimate from a sample.)
 *
 * The window is cut in two as in `rolling-sum.ts`, a tail of the last cycle and a head of this one. Σx² - (Σx)²/n of
 * prices around 1e9 would have no digit left, so each part is summed as distances to a pivot, a value that is in the
 * window as long as the part is: the newest of the last cycle, and the first of this one. With d = x - pivot
 *
 *     variance = (n·Σd² - (Σd)²) / n²      after moving the older part to the newer pivot
 *
 * Memory: a ring of n values, and
 *
 *     array      cell   name        holds
 *     #sums      0..n-1 OLDER       Σd of the last cycle's values from here to its end; not read before there is one
 *     #squares   0..n-1 OLDER       Σd² of the same
 *     #cells     0, 1   SUM         Σd of this cycle's values so far, and its rounding errors
 *     #cells     2, 3   SQUARES     Σd² of the same, and its rounding errors
 *     #cells     4      PIVOT_OLD   the newest value of the last cycle
 *     #cells     5      PIVOT_NEW   the first value of this cycle
 *     #cells     6      VALUE       the variance of the window
 *     #cells     7      MEAN        the mean of the window
 *
 * Invariants:
 *
 *  1. The value depends on the values since the start or the last `reset()` alone.
 *  2. Off by less than 1e-13·Σx² of the window for any n up to 1e7. All sums are compensated, so what counts is a dozen
 *     roundings of terms that end up divided by n; as the pivots are in the window, each of these is at most 6·Σx².
 *     It is far better where no value is far out: prices of 1e9 that move by 1 keep 12 digits of their variance.
 *  3. Whole numbers with n·(max - min) < 2^26 round once, in the last division. Equal values have variance 0. None is
 *     negative.
 *  4. A value that is not finite makes both NaN for as long as it is in the window, and no longer.
 */
import { Ring } from './ring.ts';
import { addTo } from './rolling-sum.ts';

const SUM = 0;
const SQUARES = 2;
const PIVOT_OLD = 4;
const PIVOT_NEW = 5;
const VALUE = 6;
const MEAN = 7;
const CELLS = 8;

export class RollingVariance {
  readonly length: number;
  readonly #ring: Ring;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #cells = new Float64Array(CELLS);
  #index = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.#ring = new Ring(length);
    this.#sums = new Float64Array(length);
    this.#squares = new Float64Array(length);
    this.length = length;
    this.reset();
  }

  /** Takes the next number and returns the variance of the last n, or of those seen if they are fewer. */
  update(x: number): number {
    const cells = this.#cells;
    const next = this.#index + 1;
    this.#ring.update(x);
    if (next === 1) cells[PIVOT_NEW] = x;
    const pivot = cells[PIVOT_NEW]!;
    const d = x - pivot;
    addTo(cells, SUM, d);
    addTo(cells, SQUARES, d * d);

    const held = Math.min(this.#ring.count, this.length);
    let sum = cells[SUM]! + cells[SUM + 1]!;
    let squares = cells[SQUARES]! + cells[SQUARES + 1]!;
    const olderCount = held - next;
    if (olderCount > 0) {
      // Only then: an old pivot that is not finite may have left with the last of the older values.
      const shift = cells[PIVOT_OLD]! - pivot;
      const olderSum = this.#sums[next]!;
      const moved = olderCount * shift;
      sum += olderSum + moved;
      squares += this.#squares[next]! + shift * (2 * olderSum + moved);
    }
    const value = (held * squares - sum * sum) / (held * held);
    cells[VALUE] = Math.max(0, value); // Distances below 1e-161 have squares that are lost, and it may be -0.
    cells[MEAN] = (held * pivot + sum) / held;

    this.#index = next;
    if (next === this.length) this.#endCycle();
    return cells[VALUE]!;
  }

  /** The variance, NaN before the first update. */
  get value(): number {
    return this.#cells[VALUE]!;
  }

  /** The root of the variance, NaN before the first update. */
  get deviation(): number {
    return Math.sqrt(this.#cells[VALUE]!);
  }

  /** The mean, NaN before the first update. It may differ from `RollingSum.mean` in the last bit. */
  get mean(): number {
    return this.#cells[MEAN]!;
  }

  /** True once n numbers were seen. */
  get isReady(): boolean {
    return this.#ring.isReady;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#ring.count;
  }

  reset(): void {
    this.#ring.reset();
    this.#cells.fill(0);
    this.#cells[VALUE] = this.#cells[MEAN] = Number.NaN;
    this.#index = 0;
  }

  /** Sums the cycle from its end, for the windows to come, and starts the next. */
  #endCycle(): void {
    const cells = this.#cells;
    const ring = this.#ring;
    const sums = this.#sums;
    const squares = this.#squares;
    const pivot = ring.value;
    cells.fill(0, SUM, PIVOT_OLD);
    for (let index = this.length - 1, age = 0; index >= 0; index--, age++) {
      const d = ring.at(age) - pivot;
      addTo(cells, SUM, d);
      addTo(cells, SQUARES, d * d);
      sums[index] = cells[SUM]! + cells[SUM + 1]!;
      squares[index] = cells[SQUARES]! + cells[SQUARES + 1]!;
    }
    cells.fill(0, SUM, PIVOT_OLD);
    cells[PIVOT_OLD] = pivot;
    this.#index = 0;
  }
}
