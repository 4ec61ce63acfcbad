/**
 * The last n numbers of a stream, in a fixed array that is written round and round.
 *
 * Memory: one Float64Array of n cells, allocated once. The newest number is in the cell before `#next`,
 * the oldest, once n were seen, in `#next` itself. A cell that was not written yet holds NaN.
 *
 * Invariants:
 *
 *  1. `#next` = count mod n.
 *  2. `at(age)` is the number that came `age` updates ago, or NaN if the ring does not hold it.
 */

/** The length of a window, as given. Throws a RangeError unless it is a whole number from 1 up. */
export function checkedLength(length: number): number {
  if (Number.isSafeInteger(length) && length > 0) return length;
  throw new RangeError(`the length of a window is a whole number from 1 up, was ${length}`);
}

export class Ring {
  readonly length: number;
  readonly #cells: Float64Array;
  #next = 0;
  #count = 0;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.length = checkedLength(length);
    this.#cells = new Float64Array(length).fill(Number.NaN);
  }

  /** Takes the next number, in place of the oldest if n are held. Returns it. */
  update(x: number): number {
    const next = this.#next;
    this.#cells[next] = x;
    this.#next = next + 1 === this.length ? 0 : next + 1;
    this.#count++;
    return x;
  }

  /** The number that came `age` updates ago, 0 for the newest. NaN if the ring does not hold it. */
  at(age: number): number {
    if (age < 0 || age >= this.length) return Number.NaN;
    const cell = this.#next - 1 - age;
    return this.#cells[cell >= 0 ? cell : cell + this.length] ?? Number.NaN;
  }

  /** The newest number, NaN before the first. */
  get value(): number {
    return this.at(0);
  }

  /** The number that the next update drops, NaN as long as it drops none. */
  get oldest(): number {
    return this.at(this.length - 1);
  }

  /** True once n numbers were seen. */
  get isReady(): boolean {
    return this.#count >= this.length;
  }

  /** Updates since the start, or since the last `reset()`. May exceed the length. */
  get count(): number {
    return this.#count;
  }

  reset(): void {
    this.#cells.fill(Number.NaN);
    this.#next = 0;
    this.#count = 0;
  }
}
