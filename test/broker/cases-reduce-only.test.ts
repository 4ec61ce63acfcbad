/**
 * Reduce-only orders of every type, and what the record says of an order as it is sent.
 *
 * Worked by hand: an order that only reduces is cancelled at its turn if there is nothing to reduce, is complete with the position, and
 * waits like any other where the bar does not reach it.
 */
import { describe, expect, test } from 'vitest';
import type { Context, OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { LEVERAGE, stage, tell } from './scene.ts';

describe('what a record says of an order', () => {
  test.each([
    [{}, { type: 'market', price: NaN, limitPrice: NaN, level: '', distance: NaN }],
    [{ limit: 98 }, { type: 'limit', price: 98, limitPrice: NaN, level: '' }],
    [
      { stop: 102.3, limit: 103.7 },
      { type: 'stop-limit', price: 103, limitPrice: 103 },
    ],
    [{ trail: { percent: 5 } }, { type: 'trailing-stop', price: 105, level: 'percent', distance: 5 }],
    [{ onClose: true }, { type: 'market-on-close', price: NaN }],
    [{ allowPartial: true }, { allowPartial: 1, timeInForce: 'gtc', until: NaN, closes: 0 }],
    [{ timeInForce: 'ioc' }, { timeInForce: 'ioc', until: NaN }],
    [{ goodUntil: 123_456 }, { timeInForce: 'gtd', until: 123_456 }],
  ] as const)('%j: %j', async (options, expected) => {
    const { events } = await stage({
      bars: { A: [at(100), at(100)] },
      instrument: { tick: 1 },
      *script(ctx) {
        ctx.buy(10, options);
        yield;
      },
    });
    const order = events.find(({ kind }) => kind === 'order');
    expect(order).toMatchObject({ sizedIn: 'units', size: 10, portion: 1, ...expected });
  });
});

describe('a reduce-only order', () => {
  const reduce = (ctx: Context, options: OrderOptions) => ctx.buy(10, { ...options, reduceOnly: true });
  test.each([
    ['market', {}, '1.3 A cancel 1 reduce only 10'],
    ['on close', { onClose: true }, '1.3 A cancel 1 reduce only 10'],
    ['limit that is reached', { limit: 100 }, '1.3 A cancel 1 reduce only 10'],
    ['stop that is reached', { stop: 100 }, '1.3 A cancel 1 reduce only 10'],
    ['trail that is not reached', { trail: { offset: 1 } }, '1.7 A expiry 1 10'],
    ['stop-limit whose stop is reached within', { stop: 100.5, limit: 101 }, '1.7 A expiry 1 10'],
    ['limit that is not reached', { limit: 90 }, '1.7 A expiry 1 10'],
  ] as const)('with nothing to reduce, a %s: %j, %s', async (_, options, expected) => {
    const told = await tell({
      bars: { A: [at(100), [100, 100.5, 99.5, 100]] },
      *script(ctx) {
        reduce(ctx, options);
        yield;
      },
    });
    expect(told).toEqual([expected]);
  });

  test.each([
    [4, '2.1 A fill 2 buy close 4 @ 100 -> -6, 10600', 1],
    [10, '2.1 A fill 2 buy close 10 @ 100 -> 0, 10000', 1],
    [15, '2.1 A fill 2 buy close 10 @ 100 -> 0, 10000', 1], // Complete with the position; nothing is left of it.
  ])('of %d against 10: %s', async (quantity, expected, fills) => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100), at(100)] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.sell(10);
        yield;
        ctx.buy(quantity, { reduceOnly: true });
      },
    });
    expect(told[1]).toBe(expected);
    expect(told.filter((line) => line.includes(' 2 '))).toHaveLength(fills);
  });
});
