/**
 * Each kind is checked to the last bit: against what the tools themselves answered on one stream made to tell the kinds
 * apart, and on random walks against a twin that knows the whole stream.
 */
import { describe, expect, test } from 'vitest';
import { SUM_KINDS, SummedAverage, type SumKind } from '../../src/rolling/summed-average.ts';
import { seeded } from '../support/random.ts';
import { grid, LENGTHS, SEEDS, walk } from './walk.ts';

/** Ties, a spike that wipes out digits, runs of equal values, both signs, the smallest double. */
// biome-ignore format: a stream reads as a table
const STREAM = [
  0.1, 0.2, 0.3, 0.7, 0.1, 0.2, 1e16, 0.3, -0.1, 1.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.7, -0.3, -0.1, -0.2, -0.2, -0.2, -0.3,
  5e-324, 0.3, 0.1, 0.2,
];
/** From the third value on, n = 3. 'compensated' by pandas 2.2.3 and 3.1.1, 'exact' by CPython 3.11, 'fresh' by numpy 2.2. */
// biome-ignore format: likewise
const ANSWERS: Readonly<Record<SumKind, readonly number[]>> = {
  running: [
    0.20000000000000004, 0.39999999999999997, 0.3666666666666667, 0.3333333333333333, 3333333333333333.5,
    3333333333333333.5, 3333333333333333.5, 0.6666666666666666, 0.6333333333333334, 0.7000000000000001,
    0.3666666666666667, 0.3333333333333334, 0.3333333333333334, 0.5333333333333333, 0.39999999999999997,
    0.3333333333333333, 0.03333333333333329, 0.06666666666666661, 0.03333333333333328, -4.625929269271486e-17,
    0.06666666666666662, 0.2333333333333333, 0.36666666666666664, 0.4333333333333333,
  ],
  compensated: [
    0.19999999999999998, 0.39999999999999997, 0.36666666666666664, 0.3333333333333333, 3333333333333333.5,
    3333333333333333.5, 3333333333333333.5, 0.43333333333333335, 0.39999999999999997, 0.46666666666666673,
    0.13333333333333333, 0.1, 0.1, 0.3, 0.16666666666666666, 0.10000000000000002, -0.19999999999999998,
    -0.16666666666666666, -0.2, -0.2333333333333333, -0.16666666666666666, 1.850371707708594e-17, 0.13333333333333333,
    0.19999999999999998,
  ],
  exact: [
    0.19999999999999998, 0.39999999999999997, 0.36666666666666664, 0.3333333333333333, 3333333333333333.5,
    3333333333333333.5, 3333333333333333.5, 0.43333333333333335, 0.4000000000000001, 0.46666666666666673,
    0.13333333333333333, 0.10000000000000002, 0.10000000000000002, 0.3, 0.16666666666666666, 0.09999999999999998,
    -0.19999999999999998, -0.16666666666666666, -0.20000000000000004, -0.2333333333333333, -0.16666666666666666, 0,
    0.13333333333333333, 0.19999999999999998,
  ],
  cumulated: [
    0.20000000000000004, 0.39999999999999997, 0.3666666666666667, 0.3333333333333333, 3333333333333333.5,
    3333333333333333.5, 3333333333333333.5, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ],
  fresh: [
    0.20000000000000004, 0.39999999999999997, 0.3666666666666667, 0.3333333333333333, 3333333333333333.5,
    3333333333333333.5, 3333333333333333.5, 0.43333333333333335, 0.39999999999999997, 0.46666666666666673,
    0.13333333333333333, 0.10000000000000002, 0.10000000000000002, 0.3, 0.16666666666666666, 0.09999999999999998,
    -0.20000000000000004, -0.16666666666666666, -0.20000000000000004, -0.2333333333333333, -0.16666666666666666, 0,
    0.13333333333333333, 0.20000000000000004,
  ],
};

const cents = (random: () => number): number => Math.floor(random() * 2_000) / 100;
const fewValues = (random: () => number): number => [0.1, 0.2, 0.3, 100.1][Math.floor(random() * 4)]!;
const halfway = (random: () => number): number =>
  [1, -1, 2 ** 53, -(2 ** 53), 2 ** -53, -(2 ** -54), 2 ** -105][Math.floor(random() * 7)]!;
const wide = (random: () => number): number => (random() - 0.5) * 2 ** Math.floor(random() * 600 - 300);
const STREAMS = { cents, fewValues, halfway, wide };

describe.each(SUM_KINDS)('%s', (kind) => {
  test('gives the answers of the tool that sums so', () => {
    const average = new SummedAverage(3, kind);
    const answers = STREAM.map((x) => average.update(x)).slice(2);
    expect(answers).toEqual(ANSWERS[kind]);
  });

  test.each(SEEDS)('follows its window, and starts anew after a reset (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const average = new SummedAverage(length, kind);
      const draw = (random: () => number): number => Math.floor(random() * 1_000) - 300;
      const result = walk(average, { seed, length, steps: 2_000, draw }, (slice) => {
        // Sums of whole numbers do not round, so all kinds agree, and must not remember what a reset has wiped out.
        const mean = slice.length < length ? NaN : slice.reduce((a, b) => a + b, 0) / length;
        return Object.is(average.value, mean) ? null : `${average.value}, not ${mean}`;
      });
      expect(result).toBe('ok');
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'is NaN while %d is in the window, and no longer',
    (x) => {
      for (let before = 0; before < 6; before++) {
        const average = new SummedAverage(3, kind);
        for (let k = 0; k < before; k++) average.update(1);
        const values = [x, 2, 4, 6, 8].map((value) => average.update(value));
        expect(values, `${before} before`).toEqual([NaN, NaN, NaN, 4, 6]);
        average.reset();
        expect([1, 2, 3].map((value) => average.update(value))).toEqual([NaN, NaN, 2]);
      }
    },
  );

  test('follows the stream with a length of 1', () => {
    const average = new SummedAverage(1, kind);
    for (const x of [3, 0.25, -7, 0, 12]) expect(average.update(x)).toBe(x);
  });

  test('says what it is', () => {
    const average = new SummedAverage(3, kind);
    expect([average.value, average.count, average.isReady]).toEqual([NaN, 0, false]);
    expect([average.length, average.kind]).toEqual([3, kind]);
    expect(() => new SummedAverage(0, kind)).toThrow(RangeError);
  });
});

describe.each(Object.entries(STREAMS))('of %s', (_, draw) => {
  test.each(SEEDS)("'exact' is the nearest double to the sum, divided once (seed %d)", (seed) => {
    for (const length of LENGTHS) {
      const average = new SummedAverage(length, 'exact');
      const result = walk(average, { seed, length, steps: 1_000, draw }, (slice) => {
        const mean = slice.length < length ? NaN : roundedSum(slice) / length;
        return Object.is(average.value, mean) ? null : `${average.value}, not ${mean}`;
      });
      expect(result).toBe('ok');
    }
  });

  test.each(SEEDS)("'running', 'cumulated' and 'fresh' add and subtract in their order (seed %d)", (seed) => {
    const random = seeded(seed);
    const stream = Array.from({ length: 500 }, () => draw(random));
    for (const length of LENGTHS) {
      const [running, cumulated, fresh] = (['running', 'cumulated', 'fresh'] as const).map(
        (kind) => new SummedAverage(length, kind),
      );
      stream.forEach((x, k) => {
        const values = [running!.update(x), cumulated!.update(x), fresh!.update(x)];
        if (k + 1 < length) return;
        const seen = stream.slice(0, k + 1);
        const sums = [
          runningSum(seen, length),
          plain(seen) - plain(seen.slice(0, -length)),
          plain(seen.slice(-length)),
        ];
        expect(values, `seed ${seed}, length ${length}, step ${k}`).toEqual(sums.map((sum) => sum / length));
      });
    }
  });
});

describe("'compensated'", () => {
  test('is the value itself where all values are equal, whatever came before', () => {
    const average = new SummedAverage(3, 'compensated');
    for (const x of [1e16, 0.7, 0.1, 0.1]) average.update(x);
    expect(average.update(0.1)).toBe(0.1);
    expect(average.update(0.1)).toBe(0.1);
    expect(average.update(0.2)).not.toBe(0.2);
  });

  test('never has the sign that none of the values has', () => {
    const [up, down] = [new SummedAverage(2, 'compensated'), new SummedAverage(2, 'compensated')];
    const stream = [1e300, 1e16, 0.7, 0, 0.1]; // What is left of rounding is −0.6.
    expect(stream.map((x) => up.update(x)).at(-1)).toBe(0);
    expect(stream.map((x) => down.update(-x)).at(-1)).toBe(0);
  });
});

test("'exact' keeps as many parts as the stream needs", () => {
  const stream = Array.from({ length: 19 }, (_, k) => 2 ** (54 * k - 390)); // No two of them fit into one double.
  const average = new SummedAverage(19, 'exact');
  for (const x of stream) average.update(x);
  expect(average.value).toBe(roundedSum(stream) / 19);
  for (const [k, x] of stream.toReversed().entries()) {
    const expected = [
      ...stream.slice(k + 1),
      ...stream
        .toReversed()
        .slice(0, k)
        .map((y) => -y),
      -x,
    ];
    expect(average.update(-x), `after ${k}`).toBe(roundedSum(expected) / 19);
  }
});

test('a kind that there is not is refused', () => {
  expect(() => new SummedAverage(3, 'windowed' as SumKind)).toThrow('one of running, compensated');
});

const plain = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);

function runningSum(values: readonly number[], length: number): number {
  let sum = 0;
  values.forEach((x, k) => {
    sum += x;
    if (k >= length) sum -= values[k - length]!;
  });
  return sum;
}

/** By whole numbers of any size, which `Number` rounds to the nearest double, ties to even. */
function roundedSum(slice: readonly number[]): number {
  const sum = slice.reduce((total, x) => total + scaled(x), 0n);
  return Number(sum) / 2 ** 400;
}

/** x × 2^400 as a whole number; x must be 0 or have an exponent above −348. */
function scaled(x: number): bigint {
  let exponent = 0;
  let whole = x;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    exponent++;
  }
  return BigInt(whole) << BigInt(400 - exponent);
}

test('the twin of the walk is exact itself', () => {
  expect(roundedSum([0.1, 0.2])).toBe(0.1 + 0.2);
  expect(roundedSum([grid(3.25), 1e20])).toBe(1e20 + 3.25);
  expect(roundedSum([1, 2 ** -53])).toBe(1);
  expect(roundedSum([1, 2 ** -53, 2 ** -105])).toBe(1 + 2 ** -52);
});
