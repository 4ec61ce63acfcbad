import { describe, expect, test } from 'vitest';
import { ExponentialMovingAverage, SimpleMovingAverage, WilderAverage } from '../../src/rolling/averages.ts';
import { seeded } from '../support/random.ts';
import { LENGTHS, SEEDS, walk } from './walk.ts';

const price = (random: () => number): number => 100 * (random() + 0.5);
const near = (value: number, expected: number): boolean => Math.abs(value - expected) <= 1e-12 * expected;

/** The average of the whole stream so far, by the definition in words: so long a sum that nobody would use it. */
function weighted(stream: readonly number[], alpha: number, seed: number, seedCount: number): number {
  const rest = stream.slice(seedCount);
  let value = seed * (1 - alpha) ** rest.length;
  rest.forEach((x, k) => (value += alpha * (1 - alpha) ** (rest.length - 1 - k) * x));
  return value;
}

const mean = (slice: readonly number[]): number => slice.reduce((a, b) => a + b, 0) / slice.length;

describe('SimpleMovingAverage', () => {
  test.each(SEEDS)('is the mean of the last n, or of those seen (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const average = new SimpleMovingAverage(length);
      const result = walk(average, { seed, length, steps: 2_000, draw: price }, (slice) =>
        near(average.value, mean(slice)) ? null : `${average.value}, not ${mean(slice)}`,
      );
      expect(result).toBe('ok');
    }
  });
});

describe('ExponentialMovingAverage', () => {
  test.each(SEEDS)('weighs each value by its age, and the first one by what is left (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const random = seeded(seed);
      const average = new ExponentialMovingAverage(length);
      const stream: number[] = [];
      for (let step = 0; step < 300; step++) {
        stream.push(price(random));
        const value = average.update(stream.at(-1)!);
        const expected = weighted(stream, 2 / (length + 1), stream[0]!, 1);
        expect(near(value, expected), `seed ${seed}, length ${length}, step ${step}: ${value}`).toBe(true);
      }
    }
  });

  test('is its recursion from the first value, to the last bit', () => {
    const average = new ExponentialMovingAverage(9);
    const random = seeded(1);
    let expected = Number.NaN;
    for (let step = 0; step < 1_000; step++) {
      const x = price(random);
      expected = step === 0 ? x : x + 0.8 * (expected - x);
      expect(average.update(x), `step ${step}`).toBe(expected);
    }
  });
});

describe('WilderAverage', () => {
  test.each(SEEDS)('is the mean of the first n, then weighs by 1/n (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const random = seeded(seed);
      const average = new WilderAverage(length);
      const stream: number[] = [];
      for (let step = 0; step < 300; step++) {
        stream.push(price(random));
        const value = average.update(stream.at(-1)!);
        const seedCount = Math.min(stream.length, length);
        const expected = weighted(stream, 1 / length, mean(stream.slice(0, seedCount)), seedCount);
        expect(near(value, expected), `seed ${seed}, length ${length}, step ${step}: ${value}`).toBe(true);
      }
    }
  });

  test('follows the worked example 1, 2, 3 then 8 with n = 3: seed 2, then (2·2 + 8) / 3', () => {
    const average = new WilderAverage(3);
    const values = [1, 2, 3, 8].map((x) => average.update(x));
    [1, 1.5, 2, 4].forEach((expected, k) => expect(values[k]).toBeCloseTo(expected, 14));
  });
});

describe.each([
  ['SimpleMovingAverage', SimpleMovingAverage],
  ['ExponentialMovingAverage', ExponentialMovingAverage],
  ['WilderAverage', WilderAverage],
] as const)('%s', (name, Average) => {
  test('is NaN before the first update, starts at the first value, and is ready after n', () => {
    const average = new Average(3);
    expect([average.value, average.count, average.isReady]).toEqual([NaN, 0, false]);
    expect(average.update(7)).toBe(7);
    const readings = [8, 9, 10].map((x) => [
      average.update(x) === average.value,
      average.count,
      average.isReady,
    ]);
    expect(readings).toEqual([
      [true, 2, false],
      [true, 3, true],
      [true, 4, true],
    ]);
  });

  test('starts anew after a reset, also after NaN', () => {
    const [used, fresh] = [new Average(4), new Average(4)];
    for (const x of [1e12, -5, Number.NaN, 3, 2, 1]) used.update(x);
    used.reset();
    expect([used.value, used.count, used.isReady]).toEqual([NaN, 0, false]);
    for (let k = 0; k < 12; k++) expect(used.update(k * k)).toBe(fresh.update(k * k));
  });

  test('follows the stream exactly with a length of 1', () => {
    const average = new Average(1);
    for (const x of [1e16, 1, 0.1, -3e-9, 1e16]) expect(average.update(x)).toBe(x);
  });

  test(`${name === 'SimpleMovingAverage' ? 'forgets' : 'never forgets'} a NaN`, () => {
    const average = new Average(2);
    const values = [1, Number.NaN, 1, 1, 1].map((x) => average.update(x));
    expect(Number.isNaN(values.at(-1)!)).toBe(name !== 'SimpleMovingAverage');
  });

  test.each([0, 2.5])('rejects a length of %d', (length) => {
    expect(() => new Average(length)).toThrow(`whole number from 1 up, was ${length}`);
  });
});

test.each([
  ['ExponentialMovingAverage', ExponentialMovingAverage],
  ['WilderAverage', WilderAverage],
] as const)('%s stays at the price of a market that stands still, to the last bit', (_, Average) => {
  for (const length of [1, 2, 9, 10, 14, 50, 200]) {
    const average = new Average(length);
    for (let step = 0; step < 500; step++) expect(average.update(100.1)).toBe(100.1);
  }
});
