/**
 * Moving averages: simple, exponential, and Wilder's.
 *
 * The recursive two are written as `x + keep·(value - x)`, which is (1 - keep)·x + keep·value with one product less. So
 * a stream of equal values leaves the average at that value to the last bit, and no two averages of different length
 * cross in a market that stands still; and a length of 1 follows the stream exactly.
 *
 * Memory of the recursive two: one Float64Array, as a double that changes is boxed anew in a field of an object unless
 * the engine proves that it need not be. The simple one holds a `RollingSum`.
 *
 *     cell   name    holds
 *     0      VALUE   the average
 *     1      KEEP    the weight of what was, against what comes
 *
 * Invariants: `value` is NaN before the first update and from the first one on an average of what was seen; `isReady`
 * says when it was n. A value that is not finite makes the simple average NaN while in the window, the recursive
 * ones until `reset()`, as they forget nothing.
 */
import { checkedLength } from './ring.ts';
import { RollingSum } from './rolling-sum.ts';

const VALUE = 0;
const KEEP = 1;
const CELLS = 2;

/** The mean of the last n values, or of those seen if they are fewer. Its error is that of `RollingSum`. */
export class SimpleMovingAverage {
  readonly length: number;
  readonly #sum: RollingSum;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.#sum = new RollingSum(length);
    this.length = length;
  }

  /** Takes the next value and returns the average. */
  update(x: number): number {
    this.#sum.update(x);
    return this.#sum.mean;
  }

  /** The average, NaN before the first update. */
  get value(): number {
    return this.#sum.mean;
  }

  /** True once n values were seen. */
  get isReady(): boolean {
    return this.#sum.isReady;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#sum.count;
  }

  reset(): void {
    this.#sum.reset();
  }
}

/**
 * The average in which a value k updates ago weighs (1 - alpha)^k, with alpha = 2 / (n + 1).
 *
 * Seed: the first value. From the second: value = x + (1 - alpha)·(value - x). The alpha is the one for which the
 * values are as old on average as in a simple average of n, (n - 1) / 2 updates. Others seed with the mean of the
 * first n; the difference dies out like (1 - alpha)^k.
 */
export class ExponentialMovingAverage {
  readonly length: number;
  readonly #cells = new Float64Array(CELLS);
  #count = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.length = checkedLength(length);
    this.#cells[KEEP] = (length - 1) / (length + 1);
    this.reset();
  }

  /** Takes the next value and returns the average. */
  update(x: number): number {
    const cells = this.#cells;
    const value = this.#count++ === 0 ? x : x + cells[KEEP]! * (cells[VALUE]! - x);
    cells[VALUE] = value;
    return value;
  }

  /** The average, NaN before the first update. */
  get value(): number {
    return this.#cells[VALUE]!;
  }

  /** True once n values were seen. */
  get isReady(): boolean {
    return this.#count >= this.length;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#count;
  }

  reset(): void {
    this.#cells[VALUE] = Number.NaN;
    this.#count = 0;
  }
}

/**
 * Wilder's average ("New Concepts in Technical Trading Systems", 1978), also called smoothed or modified: exponential
 * with alpha = 1 / n.
 *
 * Seed: the plain mean of the first n values, kept up as they come: value = x + (k - 1)/k·(value - x) at the k-th,
 * which is the mean of k values but for rounding. From there on, with k = n: value = x + (n - 1)/n·(value - x),
 * Wilder's ((n - 1)·value + x) / n.
 */
export class WilderAverage {
  readonly length: number;
  readonly #cells = new Float64Array(CELLS);
  #count = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.length = checkedLength(length);
    this.reset();
  }

  /** Takes the next value and returns the average. */
  update(x: number): number {
    const cells = this.#cells;
    const count = ++this.#count;
    if (count <= this.length) cells[KEEP] = (count - 1) / count;
    const value = count === 1 ? x : x + cells[KEEP]! * (cells[VALUE]! - x);
    cells[VALUE] = value;
    return value;
  }

  /** The average, NaN before the first update. */
  get value(): number {
    return this.#cells[VALUE]!;
  }

  /** True once n values were seen. */
  get isReady(): boolean {
    return this.#count >= this.length;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#count;
  }

  reset(): void {
    this.#cells[VALUE] = Number.NaN;
    this.#count = 0;
  }
}
