/**
 * Wilder's relative strength index and average true range ("New Concepts in Technical Trading Systems", 1978).
 *
 * Both look at a bar and the close before it, so the first bar gives nothing and n + 1 bars are needed for n values.
 * Both smooth with `WilderAverage`: its seed is the plain mean of the first n values, and so is the first ready
 * value of these.
 *
 * Memory: one Float64Array each, besides that of the averages inside.
 *
 *     cell   name     holds
 *     0      CLOSE    the close before; not read before there is one
 *     1      VALUE    RSI only: the index
 *
 * Invariants: `value` is NaN until there is a close before, that is before and at the first update. Then it is that of
 * the bars seen, and `isReady` once they are n + 1. Both remember for ever, so a value that is not finite makes
 * them NaN until `reset()`.
 */
import { WilderAverage } from './averages.ts';

const CLOSE = 0;
const VALUE = 1;

/**
 * The share of rises in all movement of the close, from 0 (only falls) to 100 (only rises).
 *
 * With change = close - close before, gain = the Wilder average of max(change, 0) and loss = that of max(-change, 0):
 *
 *     RSI = 100·gain / (gain + loss)      Wilder's 100 - 100 / (1 + gain / loss), without its division by 0
 *
 * As long as the close has never moved, gain and loss are both 0 and Wilder gives no value. We say 50, neither high
 * nor low; others say 100 or 0, which would trigger an order in a market that stands still.
 */
export class RelativeStrengthIndex {
  readonly length: number;
  readonly #gain: WilderAverage;
  readonly #loss: WilderAverage;
  readonly #cells = new Float64Array(2).fill(Number.NaN);
  #count = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.#gain = new WilderAverage(length);
    this.#loss = new WilderAverage(length);
    this.length = length;
  }

  /** Takes the next close and returns the index, NaN at the first. */
  update(close: number): number {
    const cells = this.#cells;
    const change = close - cells[CLOSE]!;
    cells[CLOSE] = close;
    if (this.#count++ === 0) return Number.NaN;

    const gain = this.#gain.update(Math.max(change, 0));
    const loss = this.#loss.update(Math.max(-change, 0));
    const movement = gain + loss;
    const value = movement === 0 ? 50 : (100 * gain) / movement;
    cells[VALUE] = value;
    return value;
  }

  /** The index, NaN before the second update. */
  get value(): number {
    return this.#cells[VALUE]!;
  }

  /** True once n + 1 closes were seen. */
  get isReady(): boolean {
    return this.#count > this.length;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#count;
  }

  reset(): void {
    this.#gain.reset();
    this.#loss.reset();
    this.#cells.fill(Number.NaN);
    this.#count = 0;
  }
}

/**
 * The Wilder average of the true range, in the unit of the price: how far it moves in a bar, gaps included.
 *
 *     true range = the largest of high - low, |high - close before|, |low - close before|
 *
 * The first bar has no close before, and no true range. (Some start with its high - low, one bar early; the difference
 * dies out like ((n - 1) / n)^k.)
 */
export class AverageTrueRange {
  readonly length: number;
  readonly #average: WilderAverage;
  readonly #cells = new Float64Array(1);
  #count = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.#average = new WilderAverage(length);
    this.length = length;
  }

  /** Takes the next bar and returns the average, NaN at the first. */
  update(high: number, low: number, close: number): number {
    const cells = this.#cells;
    const before = cells[CLOSE]!;
    cells[CLOSE] = close;
    if (this.#count++ === 0) return Number.NaN;
    // The same as the largest of the three, as high >= low: the bar, stretched to the close before.
    return this.#average.update(Math.max(high, before) - Math.min(low, before));
  }

  /** The average, NaN before the second update. */
  get value(): number {
    return this.#average.value;
  }

  /** True once n + 1 bars were seen. */
  get isReady(): boolean {
    return this.#count > this.length;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#count;
  }

  reset(): void {
    this.#average.reset();
    this.#count = 0;
  }
}
