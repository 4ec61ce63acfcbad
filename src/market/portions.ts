/**
 * Equal portions of a timeline: the k-th of n, by steps and not by time, so that weekends and gaps make none smaller.
 *
 * The portions tile the steps: each step is in exactly one, in order, first and last included. Where n does not divide the
 * number of steps, the first portions have one more, so sizes differ by one at most; with more portions than steps, the last
 * have none.
 */
import { assert } from '../kernel/assert.ts';

/** Which of how many. */
export interface Portion {
  /** Counted from 1. */
  readonly number: number;
  readonly count: number;
}

export const WHOLE: Portion = { number: 1, count: 1 };

/**
 * How many portions of that share there are: ⌊1/share⌋.
 *
 * Division alone would lose one: the double nearest to 1/49 is a little above it, and 1 over that is below 49. A share that is
 * the double nearest to 1/n was written as 1/n.
 */
export function portionsOf(share: number): number {
  assert(share > 0 && share <= 1, 'a share is above 0 and at most 1');
  const nearest = Math.round(1 / share);
  return 1 / nearest === share ? nearest : Math.floor(1 / share);
}

/** The steps of a portion: `first` ≤ step < `end`. */
export function stepsOf({ number, count }: Portion, steps: number): { first: number; end: number } {
  assert(number >= 1 && number <= count, 'there is such a portion');
  const size = Math.floor(steps / count);
  const longer = steps % count;
  const startOf = (index: number): number => index * size + Math.min(index, longer);
  return { first: startOf(number - 1), end: startOf(number) };
}
