/**
 * Sum and mean of the last n numbers, in O(1) an update, without drift.
 *
 * The textbook way adds what comes and subtracts what goes. Each subtraction leaves a rounding error behind that
 * nothing takes away again, and one value of 1e15 on its way through wipes out all digits of the small ones around
 * it. So here nothing is ever subtracted. Updates are counted in cycles of n, and a window that ends i updates into
 * a cycle is a tail of the cycle before and a head of this one:
 *
 *     last cycle   . . . . . [ i .. n-1 ]      OLDER[i]: from i to the end, summed when the cycle ended
 *     this cycle   [ 0 .. i-1 ] . . . . .      NEWER: summed as the values come
 *
 * At the end of each cycle the n values are summed once, newest first, which is one addition more an update. (The
 * block scheme of van Herk and of Gil and Werman, 1992/93, known for extremes.)
 *
 * Memory: a ring of n values, and
 *
 *     array     cell   name       holds
 *     #older    0..n   OLDER      sum of the last cycle's values from here to its end; 0 at n, and before there is one
 *     #cells    0, 1   NEWER      sum of this cycle's values so far, and its rounding errors
 *     #cells    2      VALUE      the sum of the window
 *
 * Invariants:
 *
 *  1. The value depends on the values since the start or the last `reset()` alone, never on when it was read.
 *  2. Both parts are sums of values in the window. With compensated sums (Ogita, Rump and Oishi, "Accurate sum and dot
 *     product", 2005, proposition 4.5) each is off by at most u·|sum| + (n·u)²·Σ|x|, u = 2^-53; with the three
 *     roundings that follow, by less than 1e-15·Σ|x| of the window for any n up to 1e7, after any number of updates.
 *  3. Exact where the values are whole numbers and Σ|x| < 2^53, since then no operation rounds.
 *  4. A value that is not finite makes the sum NaN for as long as it is in the window, and no longer.
 */
import { Ring } from './ring.ts';

const NEWER = 0;
const VALUE = 2;
const MEAN = 3;
const CELLS = 4;

export class RollingSum {
  readonly length: number;
  readonly #ring: Ring;
  readonly #older: Float64Array;
  readonly #cells = new Float64Array(CELLS);
  #index = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.#ring = new Ring(length);
    this.#older = new Float64Array(length + 1);
    this.length = length;
    this.reset();
  }

  /** Takes the next number and returns the sum of the last n, or of those seen if they are fewer. */
  update(x: number): number {
    const cells = this.#cells;
    const next = this.#index + 1;
    this.#ring.update(x);
    addTo(cells, NEWER, x);
    const value = cells[NEWER]! + this.#older[next]! + cells[NEWER + 1]!;
    cells[VALUE] = value;
    // Kept rather than computed when asked for: a getter that only reads is inlined wherever it stands, and boxes nothing.
    cells[MEAN] = value / Math.min(this.#ring.count, this.length);
    this.#index = next;
    if (next === this.length) this.#endCycle();
    return value;
  }

  /** The sum, NaN before the first update. */
  get value(): number {
    return this.#cells[VALUE]!;
  }

  /** The sum over the number of values in the window, NaN before the first update. */
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
    this.#older.fill(0);
    this.#cells.fill(0);
    this.#cells[VALUE] = this.#cells[MEAN] = Number.NaN;
    this.#index = 0;
  }

  /** Sums the cycle from its end, for the windows to come, and starts the next. */
  #endCycle(): void {
    sumTails(this.#ring, this.#older);
    this.#cells[NEWER] = this.#cells[NEWER + 1] = 0;
    this.#index = 0;
  }
}

/** Sums a full ring from its newest value back: `tails[i]` becomes the sum of all but the i oldest. */
function sumTails(ring: Ring, tails: Float64Array): void {
  const { length } = ring;
  let sum = tails[length]!; // The sum of none: 0, as a double.
  let error = sum;
  for (let index = length - 1; index >= 0; index--) {
    const x = ring.at(length - 1 - index);
    const next = sum + x;
    const part = next - sum;
    error += sum - (next - part) + (x - part);
    sum = next;
    tails[index] = sum + error;
  }
}

/**
 * Adds `x` to the compensated sum in two cells: `cell` holds the sum, rounded, and the next one what rounding took
 * off. (Knuth's exact addition: `error` is the difference to the last bit, whichever of the two is larger.)
 */
export function addTo(cells: Float64Array, cell: number, x: number): void {
  const sum = cells[cell]!;
  const next = sum + x;
  const part = next - sum;
  const error = sum - (next - part) + (x - part);
  cells[cell] = next;
  cells[cell + 1] = cells[cell + 1]! + error;
}
