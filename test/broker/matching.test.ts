/** When an order meets a bar, and at what price, written out row by row. */
import { describe, expect, test } from 'vitest';
import {
  BUY,
  exitRank,
  isPassedBy,
  isReached,
  LIMIT,
  MARKET,
  rawPrice,
  SELL,
  STOP,
  waitsAbove,
} from '../../src/broker/matching.ts';
import { Slippage } from '../../src/broker/costs.ts';
import type { LimitTouch } from '../../src/broker/policies.ts';
import { bps } from './scene.ts';

const PERCENT = new Slippage(bps(100), 0);
const NONE = new Slippage(bps(0), 0);
const PRICE = 100;
const TYPES = { market: MARKET, limit: LIMIT, stop: STOP } as const;
const SIDES = { buy: BUY, sell: SELL } as const;

type Row = [
  touch: LimitTouch,
  side: keyof typeof SIDES,
  type: keyof typeof TYPES,
  where: string,
  open: number,
  high: number,
  low: number,
  reached: boolean,
  passed: boolean,
  raw: number,
  slipped: number,
];

/** All orders are at 100; a bar is open, high, low; slippage is 1 %. */
const TABLE: readonly Row[] = [
  //                                       open   high   low    reached passed  raw    slipped
  ['touch', 'buy', 'market', 'anywhere', 99, 101, 98, true, true, 99, 99.99],
  ['touch', 'sell', 'market', 'anywhere', 99, 101, 98, true, true, 99, 98.01],

  ['touch', 'buy', 'limit', 'gap far below', 97, 99, 96, true, true, 97, 97.97],
  ['touch', 'buy', 'limit', 'gap just below', 99.5, 101, 96, true, true, 99.5, 100],
  ['touch', 'buy', 'limit', 'open on it', 100, 101, 99, true, true, 100, 100],
  ['touch', 'buy', 'limit', 'through it', 103, 104, 98, true, false, 100, 100],
  ['touch', 'buy', 'limit', 'touched', 103, 104, 100, true, false, 100, 100],
  ['touch', 'buy', 'limit', 'not reached', 103, 104, 100.5, false, false, NaN, NaN],

  ['touch', 'sell', 'limit', 'gap far above', 103, 104, 101, true, true, 103, 101.97],
  ['touch', 'sell', 'limit', 'gap just above', 100.5, 104, 99, true, true, 100.5, 100],
  ['touch', 'sell', 'limit', 'open on it', 100, 101, 99, true, true, 100, 100],
  ['touch', 'sell', 'limit', 'through it', 97, 102, 96, true, false, 100, 100],
  ['touch', 'sell', 'limit', 'touched', 97, 100, 96, true, false, 100, 100],
  ['touch', 'sell', 'limit', 'not reached', 97, 99.5, 96, false, false, NaN, NaN],

  ['touch', 'buy', 'stop', 'gap above', 103, 104, 102, true, true, 103, 104.03],
  ['touch', 'buy', 'stop', 'open on it', 100, 101, 99, true, true, 100, 101],
  ['touch', 'buy', 'stop', 'through it', 97, 102, 96, true, false, 100, 101],
  ['touch', 'buy', 'stop', 'touched', 97, 100, 96, true, false, 100, 101],
  ['touch', 'buy', 'stop', 'not reached', 97, 99.5, 96, false, false, NaN, NaN],

  ['touch', 'sell', 'stop', 'gap below', 97, 98, 96, true, true, 97, 96.03],
  ['touch', 'sell', 'stop', 'open on it', 100, 101, 99, true, true, 100, 99],
  ['touch', 'sell', 'stop', 'through it', 103, 104, 98, true, false, 100, 99],
  ['touch', 'sell', 'stop', 'touched', 103, 104, 100, true, false, 100, 99],
  ['touch', 'sell', 'stop', 'not reached', 103, 104, 100.5, false, false, NaN, NaN],

  ['through', 'buy', 'market', 'anywhere', 99, 101, 98, true, true, 99, 99.99],
  ['through', 'buy', 'limit', 'gap below', 97, 99, 96, true, true, 97, 97.97],
  ['through', 'buy', 'limit', 'open on it, lower later', 100, 101, 99, true, false, 100, 100],
  ['through', 'buy', 'limit', 'open on it, not lower', 100, 101, 100, false, false, NaN, NaN],
  ['through', 'buy', 'limit', 'touched', 103, 104, 100, false, false, NaN, NaN],
  ['through', 'sell', 'limit', 'gap above', 103, 104, 101, true, true, 103, 101.97],
  ['through', 'sell', 'limit', 'open on it, higher later', 100, 101, 99, true, false, 100, 100],
  ['through', 'sell', 'limit', 'open on it, not higher', 100, 100, 99, false, false, NaN, NaN],
  ['through', 'sell', 'limit', 'touched', 97, 100, 96, false, false, NaN, NaN],
  ['through', 'buy', 'stop', 'touched', 97, 100, 96, true, false, 100, 101],
  ['through', 'buy', 'stop', 'open on it', 100, 101, 99, true, true, 100, 101],
  ['through', 'sell', 'stop', 'touched', 103, 104, 100, true, false, 100, 99],
  ['through', 'sell', 'stop', 'open on it', 100, 101, 99, true, true, 100, 99],
];

describe('an order at 100 and a bar', () => {
  test.each(TABLE)(
    'under `%s`, a %s %s, %s: open %d, high %d, low %d: reached %s, passed by the open %s, %d, %d',
    (touch, sideName, typeName, _, open, high, low, reached, passed, raw, slipped) => {
      const side = SIDES[sideName];
      const type = TYPES[typeName];
      const price = type === MARKET ? NaN : PRICE;
      expect(isReached(type, side, price, high, low, touch)).toBe(reached);
      expect(isPassedBy(open, type, side, price, touch)).toBe(passed);
      if (!reached) return;
      expect(rawPrice(type, side, price, open, NaN)).toBe(raw);
      const paid = PERCENT.slipped(raw, type, side, price);
      expect(paid).toBeCloseTo(slipped, 10);
      expect(NONE.slipped(raw, type, side, price)).toBe(raw);
      if (type === LIMIT) expect(side * (price - paid)).toBeGreaterThanOrEqual(0);
    },
  );

  test('with no slippage left to take, a limit is filled at its limit exactly', () => {
    expect(PERCENT.slipped(100, LIMIT, BUY, 100)).toBe(100);
    expect(PERCENT.slipped(100, LIMIT, SELL, 100)).toBe(100);
  });

  test('a stop of 0 is a stop, and prices below 0 are prices', () => {
    expect(isReached(STOP, SELL, 0, 1, 0.5, 'touch')).toBe(false);
    expect(isReached(STOP, SELL, 0, 1, -0.5, 'touch')).toBe(true);
    expect(rawPrice(STOP, SELL, 0, -2, -1)).toBe(-2);
    expect(rawPrice(LIMIT, BUY, -3, 1, 1)).toBe(-3);
  });
});

describe('exits within a bar', () => {
  test.each([
    ['pessimistic', ['market', 'stop', 'limit']],
    ['optimistic', ['market', 'limit', 'stop']],
  ] as const)('rank under `%s` as %j', (policy, expected) => {
    const names = ['limit', 'stop', 'market'] as const;
    const ranked = names.toSorted((a, b) => exitRank(TYPES[a], policy) - exitRank(TYPES[b], policy));
    expect(ranked).toEqual(expected);
  });

  test.each([
    ['buy', 'stop', true],
    ['sell', 'limit', true],
    ['buy', 'limit', false],
    ['sell', 'stop', false],
  ] as const)('a %s %s waits above: %s', (side, type, expected) => {
    expect(waitsAbove(TYPES[type], SIDES[side])).toBe(expected);
  });
});
