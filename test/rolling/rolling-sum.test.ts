/**
 * The bounds are checked against exact sums, in whole numbers of any size, of the slice that should be in the window.
 * A sum that adds what comes and subtracts what goes fails most of these.
 */
import { describe, expect, test } from 'vitest';
import { RollingSum } from '../../src/rolling/rolling-sum.ts';
import { RollingVariance } from '../../src/rolling/rolling-variance.ts';
import { seeded } from '../support/random.ts';
import { exactSums, grid, LENGTHS, ratio, SCALE, SEEDS, walk } from './walk.ts';

const BOUND = 1e-12;
const whole = (random: () => number): number => Math.floor(random() * 1e6);
const STREAMS = {
  'whole volumes': whole,
  'prices of a stock': (random: () => number): number => grid(100 + random()),
  'both signs': (random: () => number): number => grid(random() - 0.5),
  'small ones after huge ones': (random: () => number): number =>
    grid(random() < 0.05 ? 1e15 * random() : random()),
};

describe.each(Object.entries(STREAMS))('of %s', (_, draw) => {
  test.each(SEEDS)('sum and mean are those of the slice (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const window = new RollingSum(length);
      const result = walk(window, { seed, length, steps: 3_000, draw }, (slice) => {
        const { sum, absolute, count } = exactSums(slice);
        const errorMax = 1e-15 * ratio(absolute, SCALE); // The bound that the file claims, not the looser one.
        if (Math.abs(window.value - ratio(sum, SCALE)) > errorMax) return `sum ${window.value} of ${slice}`;
        const mean = ratio(sum, SCALE * count);
        return Math.abs(window.mean - mean) > errorMax ? `mean ${window.mean}, not ${mean}` : null;
      });
      expect(result).toBe('ok');
    }
  });

  test.each(SEEDS)('variance and mean are those of the slice (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const window = new RollingVariance(length);
      const result = walk(window, { seed, length, steps: 3_000, draw }, (slice) => {
        const { sum, squares, absolute, count } = exactSums(slice);
        const variance = ratio(count * squares - sum * sum, count * count * SCALE * SCALE);
        const errorMax = 1e-13 * ratio(squares, SCALE * SCALE);
        if (Math.abs(window.value - variance) > errorMax) return `variance ${window.value}, not ${variance}`;
        if (window.deviation !== Math.sqrt(window.value)) return `deviation ${window.deviation}`;
        const mean = ratio(sum, SCALE * count);
        const meanErrorMax = 1e-14 * ratio(absolute, SCALE);
        return Math.abs(window.mean - mean) > meanErrorMax ? `mean ${window.mean}, not ${mean}` : null;
      });
      expect(result).toBe('ok');
    }
  });
});

/** Whole numbers so large that n of them still have an exact sum, for n up to 128. */
const large = (random: () => number): number => Math.floor(random() * 2 ** 46);

describe('RollingSum', () => {
  test.each(SEEDS)('is exact for whole volumes, and its mean is rounded once (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const window = new RollingSum(length);
      const result = walk(window, { seed, length, steps: 3_000, draw: large }, (slice) => {
        const sum = slice.reduce((a, b) => a + b, 0);
        if (window.value !== sum) return `sum ${window.value}, not ${sum}`;
        return window.mean === sum / slice.length ? null : `mean ${window.mean}, not ${sum / slice.length}`;
      });
      expect(result).toBe('ok');
    }
  });

  test('depends on the stream alone, not on when it is read', () => {
    const random = seeded(4);
    const read = new RollingSum(7);
    const unread = new RollingSum(7);
    for (let step = 0; step < 1_000; step++) {
      const x = random() * 10 ** Math.floor(random() * 20);
      read.update(x);
      unread.update(x);
      if (step % 3 === 0) expect(Number.isFinite(read.value + read.mean)).toBe(true);
    }
    expect(read.value).toBe(unread.value);
  });
});

describe('RollingVariance', () => {
  test.each(SEEDS)('is exact for whole numbers but for the last division (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const window = new RollingVariance(length);
      const result = walk(window, { seed, length, steps: 3_000, draw: whole }, (slice) => {
        const { sum, squares, count } = exactSums(slice);
        const numerator = Number((count * squares - sum * sum) / (SCALE * SCALE));
        const expected = numerator / Number(count * count);
        return window.value === expected ? null : `variance ${window.value}, not ${expected}`;
      });
      expect(result).toBe('ok');
    }
  });

  test('is 0, and not about 0, where prices stand still, whatever came before', () => {
    const window = new RollingVariance(20);
    const random = seeded(5);
    for (let round = 0; round < 200; round++) {
      const price = random() * 10 ** Math.floor(random() * 12);
      for (let k = 0; k < 20 + (round % 7); k++) window.update(price);
      expect([window.value, window.mean]).toEqual([0, expect.closeTo(price, 3)]);
      for (let k = 0; k < round % 11; k++) expect(window.update(random() * 1e9)).toBeGreaterThanOrEqual(0);
    }
  });

  test('is 0, and not -0, of distances too small to have a square', () => {
    const window = new RollingVariance(4);
    for (const x of [0, 1.5e-162, 1.5e-162, 1.5e-162]) expect(window.update(x)).toBe(0);
    expect(window.deviation).toBe(0);
  });

  test('keeps 12 digits of a variance of 1/12 around prices of 1e9', () => {
    const window = new RollingVariance(50);
    const random = seeded(6);
    const slice: number[] = [];
    for (let step = 0; step < 2_000; step++) {
      const x = grid(1e9 + random());
      slice.push(x);
      window.update(x);
    }
    const { sum, squares, count } = exactSums(slice.slice(-50));
    const variance = ratio(count * squares - sum * sum, count * count * SCALE * SCALE);
    expect(Math.abs(window.value / variance - 1)).toBeLessThan(1e-12);
  });
});

describe.each([
  ['RollingSum', RollingSum],
  ['RollingVariance', RollingVariance],
] as const)('%s', (_, Window) => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'is NaN while %d is in the window, and no longer',
    (x) => {
      for (let before = 0; before < 8; before++) {
        const window = new Window(4);
        for (let k = 0; k < before; k++) window.update(k);
        const readings = [x, 1, 2, 3, 4, 5].map((value) => Number.isNaN(window.update(value)));
        expect(readings, `${before} before`).toEqual([true, true, true, true, false, false]);
      }
    },
  );

  test('starts anew after a reset', () => {
    const [used, fresh] = [new Window(5), new Window(5)];
    const random = seeded(7);
    for (let k = 0; k < 13; k++) used.update(1e15 * random());
    used.reset();
    expect([used.value, used.mean, used.count, used.isReady]).toEqual([NaN, NaN, 0, false]);
    for (let k = 0; k < 13; k++) {
      const x = random();
      expect([used.update(x), used.mean]).toEqual([fresh.update(x), fresh.mean]);
    }
  });

  test('rejects a length of 0', () => {
    expect(() => new Window(0)).toThrow(RangeError);
  });
});

test('after 10,000,000 updates of 1e9 and noise, with spikes of 1e15, errors are within 1e-12 of the slice', () => {
  const steps = 10_000_000;
  const seed = 8;
  const random = seeded(seed);
  const length = 200;
  const recent = new Float64Array(length);
  const sums = new RollingSum(length);
  const variances = new RollingVariance(length);
  const worst = { sum: 0, mean: 0, variance: 0 };

  for (let step = 0; step < steps; step++) {
    const noise = Math.floor(random() * 2 ** 20) / 2 ** 20;
    // A spike every 5,003 steps; long stretches around 1e9, and others around 0, where its traces would show.
    const x = step % 5_003 === 0 ? 1e15 + noise : step % 100_000 < 50_000 ? 1e9 + noise : noise;
    recent[step % length] = x;
    sums.update(x);
    variances.update(x);
    if (step % 9_973 !== 9_972 && step < steps - 1_000) continue;

    const { sum, squares, absolute, count } = exactSums(recent.subarray(0, step + 1));
    const variance = ratio(count * squares - sum * sum, count * count * SCALE * SCALE);
    const scale = ratio(absolute, SCALE);
    worst.sum = Math.max(worst.sum, Math.abs(sums.value - ratio(sum, SCALE)) / scale);
    worst.mean = Math.max(worst.mean, Math.abs(sums.mean - ratio(sum, SCALE * count)) / scale);
    const squaresScale = ratio(squares, SCALE * SCALE);
    worst.variance = Math.max(worst.variance, Math.abs(variances.value - variance) / squaresScale);
  }
  const message = `seed ${seed}: ${JSON.stringify(worst)}`;
  expect(sums.count, message).toBe(steps);
  expect(worst.sum, message).toBeLessThanOrEqual(BOUND);
  expect(worst.mean, message).toBeLessThanOrEqual(BOUND);
  expect(worst.variance, message).toBeLessThanOrEqual(BOUND);
}, 60_000);
