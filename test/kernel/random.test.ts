import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/kernel/random.ts';

/** The first `count` numbers of a stream. */
function draw(stream: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.next());
}

describe('RandomStream', () => {
  // As another implementation gives them: xoroshiro128+ (24, 16, 37) on 64-bit integers, in another language.
  test.each<[number, number, string, number[]]>([
    [0, 0, '', [0.2471514019374944, 0.5498986112119002, 0.7412152134902408]],
    [42, 1, 'BTCUSDT', [0.9170630618859715, 0.4173917575284567, 0.6485681363184344]],
    [-1.5, 0, 'Ä"\n', [0.7173165088976228]],
  ])('gives the numbers that it always gave: %d, %d, %j', (runSeed, strategy, symbol, expected) => {
    expect(draw(new RandomStream(runSeed, strategy, symbol), expected.length)).toEqual(expected);
  });

  test('does not depend on what others draw', () => {
    const alone = draw(new RandomStream(7, 0, 'ETH'), 100);
    const stream = new RandomStream(7, 0, 'ETH');
    const other = new RandomStream(7, 1, 'ETH');
    const together = Array.from({ length: 100 }, () => {
      other.next();
      return stream.next();
    });
    expect(together).toEqual(alone);
  });

  test.each([
    ['run seed', new RandomStream(2, 1, 'A')],
    ['strategy', new RandomStream(1, 2, 'A')],
    ['symbol', new RandomStream(1, 1, 'B')],
    ['place of a comma', new RandomStream(1, 1, ',A')],
  ])('is another stream for another %s, and not correlated', (_, other) => {
    const count = 100_000;
    const one = draw(new RandomStream(1, 1, 'A'), count);
    const two = draw(other, count);
    expect(one.filter((value, i) => value === two[i])).toEqual([]);
    const covariance = one.reduce((sum, value, i) => sum + (value - 0.5) * (two[i]! - 0.5), 0) / count;
    expect(Math.abs(covariance * 12)).toBeLessThan(4 / Math.sqrt(count)); // Correlation: four standard deviations.
  });

  test('takes no digits of one number for another', () => {
    expect(draw(new RandomStream(1, 12, 'A'), 1)).not.toEqual(draw(new RandomStream(11, 2, 'A'), 1));
  });

  test('is uniform over [0, 1), in its high bits as in its low ones', () => {
    const count = 200_000;
    const numbers = draw(new RandomStream(2026, 0, 'UNIFORM'), count);
    expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(numbers.every((value) => Number.isInteger(value * 2 ** 53))).toBe(true);
    for (const shift of [0, 10, 20, 30, 40, 47]) {
      const buckets = Array<number>(64).fill(0);
      for (const value of numbers) {
        const bucket = Math.floor(((value * 2 ** shift) % 1) * 64);
        buckets[bucket] = buckets[bucket]! + 1;
      }
      const expected = count / 64;
      const chiSquare = buckets.reduce((sum, hits) => sum + (hits - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeGreaterThan(27); // 63 degrees of freedom: one in 10,000 is outside of either.
      expect(chiSquare).toBeLessThan(113);
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses the seed %d', (seed) => {
    expect(() => new RandomStream(seed, 0, 'A')).toThrow('the seed of a stream is finite');
  });
});
