/** Gaps of a symbol, counted by hand. */
import { expect, test } from 'vitest';
import { findGaps } from '../../src/market/gaps.ts';

test.each([
  ['none in a row of bars', [0, 10, 20], { count: 0, missing: 0, longest: null }],
  ['none of one bar', [70], { count: 0, missing: 0, longest: null }],
  ['none of no bars', [], { count: 0, missing: 0, longest: null }],
  ['one of one bar', [0, 20], { count: 1, missing: 1, longest: { from: 0, to: 20, missing: 1 } }],
  [
    'the longest, and the first of equals',
    [0, 20, 60, 70, 110],
    { count: 3, missing: 7, longest: { from: 20, to: 60, missing: 3 } },
  ],
])('%s', (_, times, expected) => {
  expect(findGaps(times, 10)).toEqual(expected);
});

test('is of bars, not of milliseconds', () => {
  expect(findGaps([0, 60_000], 60_000).missing).toBe(0);
  expect(findGaps([0, 60_000], 20_000).missing).toBe(2);
});
