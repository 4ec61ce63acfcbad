import { describe, expect, test } from 'vitest';
import { checkedLength, Ring } from '../../src/rolling/ring.ts';
import { LENGTHS, SEEDS, walk } from './walk.ts';

const draw = (random: () => number): number => random();

describe('Ring', () => {
  test.each(SEEDS)('holds the last n numbers by age, and nothing else (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const ring = new Ring(length);
      const result = walk(ring, { seed, length, steps: 2_000, draw }, (slice) => {
        for (let age = -1; age <= 2 * length; age++) {
          const expected = slice[slice.length - 1 - age] ?? Number.NaN;
          if (!Object.is(ring.at(age), expected)) return `at(${age}) is ${ring.at(age)}, not ${expected}`;
        }
        const oldest = slice.length === length ? slice[0]! : Number.NaN;
        return Object.is(ring.oldest, oldest) ? null : `oldest is ${ring.oldest}, not ${oldest}`;
      });
      expect(result).toBe('ok');
    }
  });

  test('is empty before the first update and after a reset', () => {
    const ring = new Ring(3);
    expect([ring.value, ring.oldest, ring.at(0), ring.count, ring.isReady]).toEqual([
      NaN,
      NaN,
      NaN,
      0,
      false,
    ]);
    for (const x of [1, 2, 3, 4]) ring.update(x);
    expect([ring.value, ring.oldest, ring.count, ring.isReady]).toEqual([4, 2, 4, true]);
    ring.reset();
    expect([ring.value, ring.oldest, ring.at(0), ring.count, ring.isReady]).toEqual([
      NaN,
      NaN,
      NaN,
      0,
      false,
    ]);
  });

  test('does not make up a number for an age between two', () => {
    const ring = new Ring(3);
    ring.update(1);
    expect([ring.at(0.5), ring.at(-1), ring.at(1e9)]).toEqual([NaN, NaN, NaN]);
  });
});

describe('checkedLength', () => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'rejects %d, and says so',
    (length) => {
      expect(() => checkedLength(length)).toThrow(RangeError);
      expect(() => new Ring(length)).toThrow(
        `the length of a window is a whole number from 1 up, was ${length}`,
      );
    },
  );

  test('rejects what only looks like a number', () => {
    expect(() => checkedLength('3' as unknown as number)).toThrow(RangeError);
    expect(() => checkedLength(undefined as unknown as number)).toThrow('was undefined');
  });
});
