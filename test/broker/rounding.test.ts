/** Whole lots and ticks, against decimals worked in whole numbers. */
import { describe, expect, test } from 'vitest';
import { BUY, SELL } from '../../src/broker/matching.ts';
import { Grain, roundPrice } from '../../src/broker/rounding.ts';
import { seeded } from '../support/random.ts';

describe('a grain', () => {
  test.each([
    // size, value, down, up, nearest
    [1, 2.9, 2, 3, 3],
    [1, 2.1, 2, 3, 2],
    [1, 2.5, 2, 3, 3],
    [1, 0.999, 0, 1, 1],
    [0.25, 0.74, 0.5, 0.75, 0.75],
    [0.25, 0.5, 0.5, 0.5, 0.5],
    [0.001, 0.3, 0.3, 0.3, 0.3],
    [0.001, 0.0019999, 0.001, 0.002, 0.002],
    [0.001, 4.35, 4.35, 4.35, 4.35],
    [0.01, 1.15, 1.15, 1.15, 1.15],
    [1e-8, 1.234567899, 1.23456789, 1.2345679, 1.2345679],
    [1e-8, 0.1 + 0.2, 0.3, 0.3, 0.3],
    [1e-8, 5e-9, 0, 1e-8, 1e-8],
    [0.1, 0.1 + 0.2, 0.3, 0.3, 0.3],
    [0.1, 0.1 + 0.7, 0.8, 0.8, 0.8],
    [0.3, 1, 3 * 0.3, 4 * 0.3, 3 * 0.3],
    [0.3, 0.9, 3 * 0.3, 3 * 0.3, 3 * 0.3],
    [0.3, 2.1, 7 * 0.3, 7 * 0.3, 7 * 0.3],
    [5, 14, 10, 15, 15],
    [5, 12, 10, 15, 10],
    [5, 15, 15, 15, 15],
    [0, 0.123456789, 0.123456789, 0.123456789, 0.123456789],
    [0.1, -0.1 - 0.2, -0.3, -0.3, -0.3],
    [1, -2.1, -3, -2, -2],
  ])('of %d takes %d down to %d, up to %d, to the nearest %d', (size, value, down, up, nearest) => {
    const grain = new Grain(size);
    expect(grain.down(value)).toBe(down);
    expect(grain.up(value)).toBe(up);
    expect(grain.nearest(value)).toBe(nearest);
  });

  test('takes a value within 2⁻⁵⁰ of a whole number as that number, and no more', () => {
    const grain = new Grain(1);
    const edge = 8 * 2 ** -50;
    expect(grain.down(8 - edge)).toBe(8);
    expect(grain.down(8 - 2 * edge)).toBe(7);
    expect(grain.up(8 + edge)).toBe(8);
    expect(grain.up(8 + 2 * edge)).toBe(9);
  });

  test('has no near in absolute terms: a tiny value is not nothing', () => {
    expect(new Grain(1).up(1e-18)).toBe(1);
    expect(new Grain(1).down(1e-18)).toBe(0);
  });

  test('works by the inverse only where that is whole to a part in 10⁹', () => {
    expect(new Grain(1 / 3).nearest(1)).toBe(1);
    expect(new Grain(1 / 3).nearest(2 / 3)).toBe(2 / 3);
    const size = 1 / (7 + 8e-9); // A little more than 10⁻⁹ of 7 away.
    expect(new Grain(size).nearest(3 * size)).toBe(3 * size);
    expect(new Grain(size).nearest(3 * size)).not.toBe(3 / 7);
    expect(new Grain(1 / (7 + 6e-9)).nearest(3 / 7)).toBe(3 / 7);
  });

  test('makes nothing of what is left of nothing', () => {
    const grain = new Grain(0.1);
    expect(0.3 - 0.2 - 0.1).not.toBe(0);
    expect(grain.nearest(0.3 - 0.2 - 0.1) === 0).toBe(true);
    expect(grain.nearest(grain.nearest(0.3 - 0.2) - 0.1)).toBe(0);
  });
});

/** How a whole number of lots is written: the double nearest to the decimal that is meant. */
const LOTS: readonly (readonly [lot: number, worth: (count: bigint) => number])[] = [
  [1, (count) => Number(count)],
  [0.25, (count) => Number(count * 25n) / 100],
  [0.001, (count) => Number(`${count}e-3`)],
  [1e-8, (count) => Number(`${count}e-8`)],
  [0.3, (count) => Number(count) * 0.3],
  [5, (count) => Number(count * 5n)],
];

describe('a lot', () => {
  test.each(LOTS)('of %d never drifts in 20,000 trades, seed 7', (lot, worth) => {
    const random = seeded(7);
    const grain = new Grain(lot);
    let count = 0n;
    let held = 0;
    for (let i = 0; i < 20_000; i++) {
      const traded = BigInt(Math.floor(random() * 1e6)) + 1n;
      const isBuy = random() < 0.5;
      count += isBuy ? traded : -traded;
      const quantity = grain.down(worth(traded));
      expect(quantity, `trade ${i}`).toBe(worth(traded));
      held = grain.nearest(isBuy ? held + quantity : held - quantity);
      expect(held, `after trade ${i}`).toBe(worth(count));
    }
    expect(count).not.toBe(0n);
    const rest = count < 0n ? -count : count;
    expect(grain.nearest(held - Math.sign(held) * worth(rest)) === 0).toBe(true);
  });

  test('of 1e-8 cuts twelve decimals down as whole numbers do, 20,000 times, seed 9', () => {
    const random = seeded(9);
    const grain = new Grain(1e-8);
    for (let i = 0; i < 20_000; i++) {
      const units = BigInt(Math.floor(random() * 1e13)); // Of 10⁻¹².
      const value = Number(`${units}e-12`);
      expect(grain.down(value), `${value}`).toBe(Number(`${units / 10_000n}e-8`));
      expect(grain.up(value), `${value}`).toBe(Number(`${(units + 9_999n) / 10_000n}e-8`));
    }
  });
});

describe('a tick of 0.05', () => {
  const tick = new Grain(0.05);
  test.each([
    ['buy', 'limit', 100.07, 100.05],
    ['sell', 'limit', 100.07, 100.1],
    ['buy', 'stop', 100.07, 100.1],
    ['sell', 'stop', 100.07, 100.05],
    ['buy', 'limit', 100.1, 100.1],
    ['sell', 'limit', 100.15, 100.15],
    ['buy', 'stop', 100.35, 100.35],
    ['sell', 'stop', 100.6, 100.6],
  ])('moves a %s %s at %d to %d', (side, type, given, expected) => {
    expect(roundPrice(given, type === 'limit', side === 'buy' ? BUY : SELL, tick)).toBe(expected);
  });

  test('of 0 moves nothing', () => {
    expect(roundPrice(100.0123, true, BUY, new Grain(0))).toBe(100.0123);
  });
});
