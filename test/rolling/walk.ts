/**
 * What the tests of the windows share: a walk of a window beside a naive twin, which recomputes each value from the
 * slice of the stream that the window should hold.
 */
import { seeded } from '../support/random.ts';

export const SEEDS = [1, 2, 3];
export const LENGTHS = [1, 2, 3, 7, 20, 64];

export interface Window {
  update(x: number): number;
  readonly value: number;
  readonly isReady: boolean;
  readonly count: number;
  reset(): void;
}

export interface Walk {
  readonly seed: number;
  readonly length: number;
  readonly steps: number;
  /** Draws the next number of the stream. */
  readonly draw: (random: () => number) => number;
}

/**
 * Walks `window` and returns what went wrong first, or 'ok'. At each step `differs` gets the slice that the window
 * should hold, oldest first, and says what is wrong with it, if anything. Resets the window now and then.
 */
export function walk(
  window: Window,
  given: Walk,
  differs: (slice: readonly number[]) => string | null,
): string {
  const { seed, length, steps, draw } = given;
  const random = seeded(seed);
  let stream: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (random() < 1 / (20 * length)) {
      window.reset();
      stream = [];
    }
    const x = draw(random);
    stream.push(x);
    const returned = window.update(x);
    const ready = stream.length >= length;
    const where = `seed ${seed}, length ${length}, step ${step}`;
    if (!Object.is(returned, window.value)) return `${where}: returned ${returned}, value ${window.value}`;
    if (window.count !== stream.length) return `${where}: count ${window.count}, was ${stream.length}`;
    if (window.isReady !== ready) return `${where}: isReady ${window.isReady} after ${stream.length}`;
    const fault = differs(stream.slice(-length));
    if (fault !== null) return `${where}: ${fault}`;
  }
  return 'ok';
}

/** Sums of a slice in whole numbers of any size, so without rounding. Values must be multiples of 2^-20. */
export function exactSums(slice: Iterable<number>): {
  sum: bigint;
  squares: bigint;
  absolute: bigint;
  count: bigint;
} {
  const sums = { sum: 0n, squares: 0n, absolute: 0n, count: 0n };
  for (const x of slice) {
    const scaled = BigInt(x * 2 ** 20);
    sums.sum += scaled;
    sums.squares += scaled * scaled;
    sums.absolute += scaled < 0n ? -scaled : scaled;
    sums.count++;
  }
  return sums;
}

/** numerator / denominator as a double, right to the last bit or two. */
export function ratio(numerator: bigint, denominator: bigint): number {
  if (numerator < 0n) return -ratio(-numerator, denominator);
  const shift = BigInt(Math.max(0, 64 + denominator.toString(2).length - numerator.toString(2).length));
  return Number((numerator << shift) / denominator) / 2 ** Number(shift);
}

/** 2^20, and what the variance is scaled by: values in `exactSums` are whole multiples of 2^-20. */
export const SCALE = 2n ** 20n;

/** Rounds to a multiple of 2^-20. */
export function grid(x: number): number {
  return Math.round(x * 2 ** 20) / 2 ** 20;
}
