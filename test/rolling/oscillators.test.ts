import { describe, expect, test } from 'vitest';
import { AverageTrueRange, RelativeStrengthIndex } from '../../src/rolling/oscillators.ts';
import { seeded } from '../support/random.ts';

/** Wilder's worksheet as he tells it: a mean of the first n, then ((n - 1)·before + new) / n, over the whole stream. */
function wilder(values: readonly number[], n: number): number {
  const seed = values.slice(0, n);
  let average = seed.reduce((a, b) => a + b, 0) / seed.length;
  for (const value of values.slice(n)) average = ((n - 1) * average + value) / n;
  return average;
}

function naiveIndex(closes: readonly number[], n: number): number {
  const changes = closes.slice(1).map((close, k) => close - closes[k]!);
  const gain = wilder(
    changes.map((change) => (change > 0 ? change : 0)),
    n,
  );
  const loss = wilder(
    changes.map((change) => (change < 0 ? -change : 0)),
    n,
  );
  return loss === 0 ? 100 : 100 - 100 / (1 + gain / loss);
}

interface Candle {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

function naiveRange(candles: readonly Candle[], n: number): number {
  const ranges = candles.slice(1).map(({ high, low }, k) => {
    const { close } = candles[k]!;
    return Math.max(high - low, Math.abs(high - close), Math.abs(low - close));
  });
  return wilder(ranges, n);
}

/** A random walk in which every third bar or so opens with a gap, up or down. */
function candles(seed: number, count: number): Candle[] {
  const random = seeded(seed);
  let price = 100;
  return Array.from({ length: count }, () => {
    price += random() < 0.3 ? 8 * (random() - 0.5) : 0;
    const high = price + random();
    const low = price - random();
    price = low + random() * (high - low);
    return { high, low, close: price };
  });
}

const SEEDS = [1, 2, 3];
const LENGTHS = [1, 2, 5, 14];

describe('RelativeStrengthIndex', () => {
  test.each(SEEDS)('is that of the worksheet at every bar (seed %d)', (seed) => {
    const closes = candles(seed, 200).map(({ close }) => close);
    for (const length of LENGTHS) {
      const index = new RelativeStrengthIndex(length);
      closes.forEach((close, k) => {
        const value = index.update(close);
        const where = `seed ${seed}, length ${length}, bar ${k}`;
        if (k === 0) expect(value, where).toBeNaN();
        else expect(Math.abs(value - naiveIndex(closes.slice(0, k + 1), length)), where).toBeLessThan(1e-9);
        expect([index.value, index.count, index.isReady], where).toEqual([value, k + 1, k >= length]);
      });
    }
  });

  test.each([
    { closes: [1, 2, 3, 4, 5], expected: 100, why: 'only rises' },
    { closes: [5, 4, 3, 2, 1], expected: 0, why: 'only falls' },
    { closes: [3, 3, 3, 3, 3], expected: 50, why: 'never moved' },
    { closes: [3, 4, 3, 4, 3], expected: 50, why: 'rose as much as it fell' },
  ])('is $expected where the close $why', ({ closes, expected }) => {
    const index = new RelativeStrengthIndex(4);
    for (const close of closes) index.update(close);
    expect(index.value).toBe(expected);
  });

  test('is NaN before it has seen a change, and starts anew after a reset', () => {
    const [used, fresh] = [new RelativeStrengthIndex(3), new RelativeStrengthIndex(3)];
    expect(used.value).toBeNaN();
    for (const close of [1, 9, Number.NaN, 7, 5]) used.update(close);
    expect(used.value).toBeNaN();
    used.reset();
    expect([used.value, used.count, used.isReady]).toEqual([NaN, 0, false]);
    for (const close of [4, 5, 3, 6, 7, 7]) expect(used.update(close)).toBe(fresh.update(close));
    used.reset();
    expect(used.value).toBeNaN();
  });

  test('rejects a length of 0', () => {
    expect(() => new RelativeStrengthIndex(0)).toThrow(RangeError);
  });
});

describe('AverageTrueRange', () => {
  test.each(SEEDS)('is that of the worksheet at every bar, from the second (seed %d)', (seed) => {
    const bars = candles(seed, 200);
    for (const length of LENGTHS) {
      const range = new AverageTrueRange(length);
      bars.forEach(({ high, low, close }, k) => {
        const value = range.update(high, low, close);
        const where = `seed ${seed}, length ${length}, bar ${k}`;
        if (k === 0) expect(value, where).toBeNaN();
        else expect(Math.abs(value - naiveRange(bars.slice(0, k + 1), length)), where).toBeLessThan(1e-12);
        expect([range.value, range.count, range.isReady], where).toEqual([value, k + 1, k >= length]);
      });
    }
  });

  test.each([
    { bar: [12, 11, 11.5], expected: 2, why: 'reaches up to the high over a gap' },
    { bar: [9, 8, 8.5], expected: 2, why: 'reaches down to the low over a gap' },
    { bar: [11, 9, 10], expected: 2, why: 'is high - low without one' },
  ] as const)('$why', ({ bar: [high, low, close], expected }) => {
    const range = new AverageTrueRange(1);
    range.update(10.5, 9.5, 10);
    expect(range.update(high, low, close)).toBe(expected);
  });

  test('is NaN before it has seen a close before, and starts anew after a reset', () => {
    const range = new AverageTrueRange(2);
    expect(range.value).toBeNaN();
    for (const close of [1, 9, 7, 5]) range.update(close, close, close);
    range.reset();
    expect([range.value, range.count, range.isReady]).toEqual([NaN, 0, false]);
    expect(range.update(100, 99, 99)).toBeNaN();
    expect(range.update(100, 98, 99)).toBe(2);
  });

  test('rejects a length of 0', () => {
    expect(() => new AverageTrueRange(0)).toThrow(RangeError);
  });
});
