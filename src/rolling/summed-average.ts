/**
 * Mean of the last n numbers by a stated way of summing, to the last bit.
 *
 * Two averages that are equal on paper differ in their last bit if they were summed in another order, and a rule that
 * compares them (a cross of two averages) then trades on another bar. So whoever compares results with another tool
 * chooses here the sum that the tool takes; whoever does not takes `SimpleMovingAverage`, which does not drift.
 *
 *     kind          the sum of the window                                              as in        cost of an update
 *     running       what comes is added, then what goes is subtracted                  textbooks    1
 *     compensated   what goes is taken off, then what comes is added, each with a      pandas       1
 *                   compensation of its own (Kahan, 1965)
 *     exact         kept without any rounding (Shewchuk, 1997), and rounded once       math.fsum    1
 *     cumulated     the sum of all so far less the sum of all up to n updates ago      vectorbt     1
 *     fresh         added anew at each update, oldest first                            numpy        n
 *
 * Each is divided by n. 'compensated' has two rules besides, those of `rolling(n).mean()` in pandas: the mean of n
 * equal values is that value, and where all values have one sign, a mean of the other sign becomes 0.
 *
 * Memory:
 *
 *     array        cell   name         holds
 *     #recent      0..n-1 -            the last n values, round and round; NaN for one that is missing or not finite
 *     #cells       0      MEAN         the mean of the window, NaN until there is one
 *     #cells       1      SUM          the sum of the window; 'cumulated': of all so far; 'fresh': not used
 *     #cells       2      CAME         the newest value, NaN if it is not finite
 *     #cells       3      GONE         the value that it took the place of, NaN if none, or not finite
 *     #cells       4      ADDING       'compensated': what rounding has added too much when values came
 *     #cells       5      TAKING_OFF   'compensated': the same when values went
 *     #sums        0..n-1 -            'cumulated': the sum up to each of these values
 *     #partials    0..    -            'exact': doubles without common bits, ascending, whose sum is the window's
 *
 * Invariants:
 *
 *  1. The value depends on the values since the start or the last `reset()` alone, never on when it was read.
 *  2. 'exact' and 'fresh' depend on the values in the window alone. The others carry the errors of all before.
 *  3. A value that is not finite is not summed. The mean is NaN for as long as it is in the window, and no longer.
 *  4. 'exact' is the double nearest to the true sum, ties to even, divided by n, as long as n + 1 values in a row have a
 *     sum of absolute values below the largest double.
 */
import { checkedLength } from './ring.ts';

/** All kinds of sums, for a parameter that offers them. */
export const SUM_KINDS = ['running', 'compensated', 'exact', 'cumulated', 'fresh'] as const;
export type SumKind = (typeof SUM_KINDS)[number];

const MEAN = 0;
const SUM = 1;
const CAME = 2;
const GONE = 3;
const ADDING = 4;
const TAKING_OFF = 5;
const CELLS = 6;

/** Partials at first. Prices and volumes need two or three; the list grows for a stream that needs more. */
const PARTIALS = 16;

export class SummedAverage {
  readonly length: number;
  readonly kind: SumKind;
  readonly #summing: Summing;
  readonly #recent: Float64Array;
  readonly #cells = new Float64Array(CELLS);
  #next = 0;
  #count = 0;
  /** Values in the window that are not finite. */
  #unfitCount = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up, or there is no such kind */
  constructor(length: number, kind: SumKind) {
    this.#recent = new Float64Array(checkedLength(length));
    this.#summing = summingOf(kind, this.#recent);
    this.length = length;
    this.kind = kind;
    this.reset();
  }

  /** Takes the next number and returns the mean of the last n, NaN until there are n. */
  update(x: number): number {
    this.#cells[CAME] = x;
    this.#slide(); // Apart, so that this much is inlined wherever it stands, and boxes nothing.
    return this.#cells[MEAN]!;
  }

  /** The mean of the last n, NaN before n numbers were seen. */
  get value(): number {
    return this.#cells[MEAN]!;
  }

  /** True once n numbers were seen. */
  get isReady(): boolean {
    return this.#count >= this.length;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#count;
  }

  reset(): void {
    this.#recent.fill(Number.NaN);
    this.#cells.fill(0);
    this.#cells[MEAN] = Number.NaN;
    this.#summing.reset();
    this.#next = 0;
    this.#count = 0;
    this.#unfitCount = 0;
  }

  #slide(): void {
    const cells = this.#cells;
    const recent = this.#recent;
    const index = this.#next;
    const count = ++this.#count;
    cells[GONE] = recent[index]!;
    if (!Number.isFinite(cells[CAME])) {
      cells[CAME] = Number.NaN;
      this.#unfitCount++;
    }
    if (count > this.length && Number.isNaN(cells[GONE])) this.#unfitCount--;
    recent[index] = cells[CAME]!;
    this.#next = index + 1 === this.length ? 0 : index + 1;
    this.#summing.slide(cells, index);
    if (count < this.length || this.#unfitCount > 0) cells[MEAN] = Number.NaN;
  }
}

/**
 * A way of summing. `slide` takes in CAME and lets go of GONE, either NaN if there is none, and leaves the mean of n in
 * MEAN; of a window that is not full, or holds what is not finite, that may be anything. `index` is the cell of the newest
 * value in a ring of n. (Numbers go by cells: a double in a call may be boxed.)
 */
interface Summing {
  slide(cells: Float64Array, index: number): void;
  reset(): void;
}

function summingOf(kind: SumKind, recent: Float64Array): Summing {
  const { length } = recent;
  switch (kind) {
    case 'running':
      return new RunningSum(length);
    case 'compensated':
      return new CompensatedSum(length);
    case 'exact':
      return new ExactSum(length);
    case 'cumulated':
      return new CumulatedSum(length);
    case 'fresh':
      return new FreshSum(recent);
    default:
      throw new RangeError(`a sum is one of ${SUM_KINDS.join(', ')}, was "${kind}"`);
  }
}

class RunningSum implements Summing {
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  slide(cells: Float64Array): void {
    if (!Number.isNaN(cells[CAME])) cells[SUM] = cells[SUM]! + cells[CAME]!;
    if (!Number.isNaN(cells[GONE])) cells[SUM] = cells[SUM]! - cells[GONE]!;
    cells[MEAN] = cells[SUM]! / this.#length;
  }

  reset(): void {}
}

class CompensatedSum implements Summing {
  readonly #length: number;
  /** The last finite value, and how many of them in a row were equal to it. */
  readonly #last = new Float64Array(1);
  #equalCount = 0;
  /** Values in the window with a minus sign, -0 included. */
  #negativeCount = 0;

  constructor(length: number) {
    this.#length = length;
  }

  slide(cells: Float64Array): void {
    const length = this.#length;
    if (!Number.isNaN(cells[GONE])) {
      addCompensated(cells, GONE, -1, TAKING_OFF);
      if (isNegative(cells, GONE)) this.#negativeCount--;
    }
    if (!Number.isNaN(cells[CAME])) {
      addCompensated(cells, CAME, 1, ADDING);
      if (isNegative(cells, CAME)) this.#negativeCount++;
      this.#equalCount = cells[CAME] === this.#last[0] ? this.#equalCount + 1 : 1;
      this.#last[0] = cells[CAME]!;
    }
    const mean = cells[SUM]! / length;
    if (this.#equalCount >= length) cells[MEAN] = this.#last[0]!;
    else if (this.#negativeCount === 0) cells[MEAN] = mean < 0 ? 0 : mean;
    else if (this.#negativeCount === length) cells[MEAN] = mean > 0 ? 0 : mean;
    else cells[MEAN] = mean;
  }

  reset(): void {
    this.#last[0] = Number.NaN;
    this.#equalCount = 0;
    this.#negativeCount = 0;
  }
}

class ExactSum implements Summing {
  readonly #length: number;
  #partials = new Float64Array(PARTIALS);
  #count = 0;

  constructor(length: number) {
    this.#length = length;
  }

  slide(cells: Float64Array): void {
    if (this.#count + 2 > this.#partials.length) this.#grow();
    const partials = this.#partials;
    if (!Number.isNaN(cells[GONE])) {
      partials[this.#count] = -cells[GONE]!;
      this.#count = addLast(partials, this.#count);
    }
    if (!Number.isNaN(cells[CAME])) {
      partials[this.#count] = cells[CAME]!;
      this.#count = addLast(partials, this.#count);
    }
    roundSum(partials, this.#count, cells);
    cells[MEAN] = cells[SUM]! / this.#length;
  }

  reset(): void {
    this.#count = 0;
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#partials.length);
    grown.set(this.#partials);
    this.#partials = grown;
  }
}

class CumulatedSum implements Summing {
  /** The sums of all up to each of the last n values; 0 before there are so many. */
  readonly #sums: Float64Array;

  constructor(length: number) {
    this.#sums = new Float64Array(length);
  }

  slide(cells: Float64Array, index: number): void {
    const sums = this.#sums;
    if (!Number.isNaN(cells[CAME])) cells[SUM] = cells[SUM]! + cells[CAME]!;
    cells[MEAN] = (cells[SUM]! - sums[index]!) / sums.length;
    sums[index] = cells[SUM]!;
  }

  reset(): void {
    this.#sums.fill(0);
  }
}

class FreshSum implements Summing {
  readonly #recent: Float64Array;

  constructor(recent: Float64Array) {
    this.#recent = recent;
  }

  slide(cells: Float64Array, index: number): void {
    const recent = this.#recent;
    let sum = 0;
    for (let older = index + 1; older < recent.length; older++) sum += recent[older]!;
    for (let newer = 0; newer <= index; newer++) sum += recent[newer]!;
    cells[MEAN] = sum / recent.length;
  }

  reset(): void {}
}

function isNegative(cells: Float64Array, cell: number): boolean {
  return cells[cell]! < 0 || Object.is(cells[cell], -0);
}

/** Kahan's step: what rounding adds to the sum beyond the value of `cell` is taken off the next value. */
function addCompensated(cells: Float64Array, cell: number, sign: 1 | -1, compensation: number): void {
  const sum = cells[SUM]!;
  const y = sign * cells[cell]! - cells[compensation]!;
  const next = sum + y;
  cells[compensation] = next - sum - y;
  cells[SUM] = next;
}

/**
 * Adds what stands behind a list of `count` doubles without common bits, ascending, and leaves such a list, one longer at
 * most. Returns its length. (Shewchuk, "Adaptive precision floating-point arithmetic", 1997: grow-expansion without zeros.)
 */
function addLast(partials: Float64Array, count: number): number {
  let carried = partials[count]!;
  let kept = 0;
  for (let index = 0; index < count; index++) {
    const partial = partials[index]!;
    const isLarger = Math.abs(carried) >= Math.abs(partial);
    const large = isLarger ? carried : partial;
    const small = isLarger ? partial : carried;
    const sum = large + small;
    const error = small - (sum - large);
    if (error !== 0) partials[kept++] = error;
    carried = sum;
  }
  if (carried !== 0) partials[kept++] = carried;
  return kept;
}

/** Leaves in SUM the double nearest to the sum of such a list, ties to even. */
function roundSum(partials: Float64Array, count: number, cells: Float64Array): void {
  let index = count;
  let sum = 0;
  let error = 0;
  while (index > 0 && error === 0) {
    const partial = partials[--index]!;
    const next = sum + partial;
    error = partial - (next - sum);
    sum = next;
  }
  // Halfway between two doubles, and more of the same sign below: the tie that went to even belongs to the other one.
  if (index > 0 && error !== 0 && error < 0 === partials[index - 1]! < 0) {
    const further = sum + 2 * error;
    if (further - sum === 2 * error) sum = further;
  }
  cells[SUM] = sum;
}
