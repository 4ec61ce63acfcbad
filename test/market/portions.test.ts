/** Portions of random timelines: every step in exactly one, in order, none lost. */
import { describe, expect, test } from 'vitest';
import { portionsOf, stepsOf } from '../../src/market/portions.ts';
import { seeded } from '../support/random.ts';

describe('portions of a share', () => {
  test.each([
    [1, 1],
    [0.7, 1],
    [0.5, 2],
    [0.4, 2],
    [1 / 3, 3],
    [0.34, 2],
    [0.333, 3],
    [0.1, 10],
    [0.07, 14],
  ])('of %d are %d', (share, count) => {
    expect(portionsOf(share)).toBe(count);
  });

  test('of 1/n are n, also where 1 / (1/n) is below n', () => {
    const counts = Array.from({ length: 100_000 }, (_, i) => i + 1);
    expect(counts.some((n) => Math.floor(1 / (1 / n)) !== n)).toBe(true);
    expect(counts.filter((n) => portionsOf(1 / n) !== n)).toEqual([]);
  });
});

describe('the steps of a portion', () => {
  test('are in order, each in exactly one, none lost at the end, sizes at most one apart, seed 11', () => {
    const random = seeded(11);
    const shares = [1, 1 / 3, 0.1, 0.07, ...Array.from({ length: 200 }, () => 1 - random())];
    for (const share of shares) {
      const steps = Math.floor(random() * 2_000);
      const count = portionsOf(share);
      const ranges = Array.from({ length: count }, (_, i) => stepsOf({ number: i + 1, count }, steps));
      const all = ranges.flatMap(({ first, end }) =>
        Array.from({ length: end - first }, (_, i) => first + i),
      );
      const what = `${steps} steps, share ${share}`;
      expect(all, what).toEqual(Array.from({ length: steps }, (_, step) => step));
      const sizes = ranges.map(({ first, end }) => end - first);
      expect(Math.max(...sizes) - Math.min(...sizes), what).toBeLessThanOrEqual(1);
      expect(sizes, 'the longer ones come first').toEqual(sizes.toSorted((a, b) => b - a));
    }
  });

  test('are none in the last portions, if there are more portions than steps', () => {
    const sizes = [1, 2, 3, 4, 5].map((number) => stepsOf({ number, count: 5 }, 3));
    expect(sizes.map(({ first, end }) => end - first)).toEqual([1, 1, 1, 0, 0]);
  });
});
