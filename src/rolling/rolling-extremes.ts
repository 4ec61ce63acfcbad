/**
 * Minimum and maximum of the last n numbers, in O(1) an update on average, n at worst.
 *
 * A value cannot be the minimum any more once one that is not larger has come after it. The queue holds the others:
 * the oldest, at its head, is the minimum now, and each one behind it takes over when those before it have left. A
 * value enters once and leaves once, at one end or the other, so m updates take at most 2m moves.
 *
 * Memory: two Float64Arrays of n cells, a queue written round and round.
 *
 *     array      holds
 *     #values    what may still be the minimum, rising from head to tail
 *     #arrivals  the count at which each arrived, rising, too; a double, so exact up to 2^53 updates
 *
 * Invariants:
 *
 *  1. From head to tail the values rise strictly. Of equal values only the newest is held. (-0 equals 0: of the two
 *     the newer is reported.)
 *  2. All that is held is in the window: at most one value a time can leave it, for no two have the same arrival.
 *  3. Extremes are exact: the value is one of those given, never computed.
 *  4. NaN is in no order, so it is kept out of the queue. It makes the value NaN for as long as it is in the window, and
 *     no longer, as it does in the other windows. An infinity is a value like any other.
 */
import { checkedLength } from './ring.ts';

export class RollingMinimum {
  readonly length: number;
  readonly #values: Float64Array;
  readonly #arrivals: Float64Array;
  #head = 0;
  #held = 0;
  #count = 0;
  /** The count at which the newest NaN arrived. */
  #nanArrival: number;
  /** The minimum, kept so that reading it is one load. */
  readonly #minimum = new Float64Array([NaN]);

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.length = checkedLength(length);
    this.#values = new Float64Array(length);
    this.#arrivals = new Float64Array(length);
    this.#nanArrival = -length;
  }

  /** Takes the next number and returns the smallest of the last n, or of those seen if they are fewer. */
  update(x: number): number {
    const { length } = this;
    const values = this.#values;
    const arrivals = this.#arrivals;
    const count = ++this.#count;
    let head = this.#head;
    let held = this.#held;

    if (held > 0 && arrivals[head]! <= count - length) {
      head = head + 1 === length ? 0 : head + 1;
      held--;
    }
    if (Number.isNaN(x)) {
      this.#nanArrival = count;
    } else {
      while (held > 0 && !(values[wrapped(head + held - 1, length)]! < x)) held--;
      const tail = wrapped(head + held, length);
      values[tail] = x;
      arrivals[tail] = count;
      held++;
    }
    this.#head = head;
    this.#held = held;
    // Nothing is held while there are only NaNs in the window.
    if (held === 0 || this.#nanArrival > count - length) this.#minimum[0] = NaN;
    else this.#minimum[0] = values[head]!;
    return this.#minimum[0]!;
  }

  /** The minimum, NaN before the first update. */
  get value(): number {
    return this.#minimum[0]!;
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
    this.#head = 0;
    this.#held = 0;
    this.#count = 0;
    this.#nanArrival = -this.length;
    this.#minimum[0] = NaN;
  }
}

/** The minimum in a mirror: changing the sign is exact, so nothing is lost. */
export class RollingMaximum {
  readonly length: number;
  readonly #mirror: RollingMinimum;

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.#mirror = new RollingMinimum(length);
    this.length = length;
  }

  /** Takes the next number and returns the largest of the last n, or of those seen if they are fewer. */
  update(x: number): number {
    return -this.#mirror.update(-x);
  }

  /** The maximum, NaN before the first update. */
  get value(): number {
    return -this.#mirror.value;
  }

  /** True once n numbers were seen. */
  get isReady(): boolean {
    return this.#mirror.isReady;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#mirror.count;
  }

  reset(): void {
    this.#mirror.reset();
  }
}

/** A place less than twice round the queue, as a cell. */
function wrapped(place: number, length: number): number {
  return place >= length ? place - length : place;
}
