/**
 * Sizes in money, percent and risk, and targets: how many units come out.
 *
 * Worked by hand: money / (multiplier × p), where p is the order's stop, else its limit, rounded, else the last close of 50; risk by the
 * distance from p to the stop. Rounded down to the lot. A target is what is to be held less what is held, its p not rounded.
 */
import { describe, expect, test } from 'vitest';
import type { OrderOptions, OrderSize, Target } from '../../src/index.ts';
import type { Instrument } from '../../src/market/instrument.ts';
import { at } from '../worlds/scene.ts';
import { LEVERAGE, stage, tell } from './scene.ts';

const stop = (level: object) => ({ bracket: { stop: level } }) as OrderOptions;

describe('a size', () => {
  test.each<readonly [OrderSize, OrderOptions, Partial<Instrument>, number]>([
    [{ cash: 1_000 }, {}, {}, 20],
    [{ cash: 1_049.99 }, {}, {}, 20],
    [{ cash: 999.99 }, {}, {}, 19],
    [{ cash: 49.99 }, {}, {}, 0],
    [{ cash: 1_000 }, {}, { multiplier: 5 }, 4],
    [{ cash: 1_000 }, {}, { lot: 0.1, multiplier: 7 }, 2.8],
    [{ cash: 1_000 }, {}, { lot: 8 }, 16],
    [{ cash: 1_000 }, { limit: 40 }, {}, 25],
    [{ cash: 1_000 }, { limit: 40.9 }, { tick: 1 }, 25], // A buy limit is rounded down to 40.
    [{ cash: 1_000 }, { stop: 60 }, {}, 16],
    [{ cash: 1_000 }, { stop: 60.5 }, { tick: 2.5 }, 16], // A buy stop is rounded up to 62.5.
    [{ cash: 1_000 }, { stop: 60, limit: 70 }, {}, 16],
    [{ cash: 1_000 }, { trail: { offset: 12.5 } }, {}, 16], // It starts at 62.5.
    [{ cash: 1_000 }, { onClose: true }, {}, 20],
    [{ percent: 10 }, {}, {}, 20],
    [{ percent: 10.49 }, {}, {}, 20],
    [{ percent: 200 }, {}, {}, 400],
    [{ percent: 10 }, { limit: 40 }, { multiplier: 5 }, 5],
    // 1 % of 10,000 is 100, by the distance to the stop.
    [{ riskPercent: 1 }, stop({ offset: 5 }), {}, 20],
    [{ riskPercent: 1 }, stop({ offset: 5 }), { multiplier: 2 }, 10],
    [{ riskPercent: 1 }, stop({ percent: 10 }), {}, 20],
    [{ riskPercent: 1 }, stop({ price: 46 }), {}, 25],
    [{ riskPercent: 1 }, { limit: 48, ...stop({ price: 46 }) }, {}, 50],
    [{ riskPercent: 1 }, { limit: 48, ...stop({ percent: 10 }) }, {}, 20], // 4.80: 20.83.
    [{ riskPercent: 1 }, { stop: 60, ...stop({ price: 40 }) }, {}, 5],
    [{ riskPercent: 1 }, { bracket: { trail: { offset: 4 } } }, {}, 25],
    [{ riskPercent: 1 }, { bracket: { trail: { percent: 8 } } }, {}, 25],
    [{ riskPercent: 0.25 }, { bracket: { stop: { offset: 5 }, target: { multiple: 2 } } }, {}, 5],
  ])('%j with %j of %j is %d', async (size, options, instrument, units) => {
    const { events } = await stage({
      bars: { A: [at(50)] },
      rules: { account: LEVERAGE },
      instrument,
      *script(ctx) {
        ctx.buy(size, options);
        yield;
      },
    });
    const [sizedIn, given] = Object.entries(size)[0]!;
    const order = events.find(({ kind }) => kind === 'order');
    expect(order).toMatchObject({ quantity: units, sizedIn, size: given });
  });

  test('of less than a lot is an order that is refused, not one of another size', async () => {
    const told = await tell({
      bars: { A: [at(50), at(50)] },
      *script(ctx) {
        ctx.buy({ cash: 49 });
        yield;
      },
    });
    expect(told).toEqual(['1.2 A rejection 1 LOT 0 @ NaN']);
  });

  test('is of equity as it was last marked, and not changed after the call', async () => {
    const { events } = await stage({
      bars: { A: [at(50), at(50), [50, 80, 50, 80], [100, 100, 100, 100]] },
      *script(ctx) {
        ctx.buy(100);
        yield;
        yield;
        ctx.sell({ percent: 10 }); // 13,000 at 80: 16.25.
      },
    });
    expect(events.findLast(({ kind }) => kind === 'order')).toMatchObject({ quantity: 16 });
    expect(events.findLast(({ kind }) => kind === 'fill')).toMatchObject({ quantity: 16, price: 100 });
  });

  test('of a part of less than nothing is nothing', async () => {
    const { events } = await stage({
      bars: { A: [at(50), at(50), at(1)] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.buy(400); // Equity is 10,000 − 400 × 49 = −9,600.
        yield;
        yield;
        ctx.buy({ percent: 10 });
        ctx.buy({ riskPercent: 1 }, { bracket: { stop: { percent: 10 } } });
      },
    });
    const sizes = events.flatMap((event) =>
      event.kind === 'order' && event.parent === 0 ? [event.quantity] : [],
    );
    expect(sizes).toEqual([400, 0, 0]);
  });

  test('may be that of a member of a group, and of a portfolio’s order', async () => {
    const { events } = await stage({
      bars: { A: [at(50)], B: [at(20)] },
      script: {
        *A(ctx) {
          ctx.oco(
            { side: 'buy', quantity: { cash: 400 }, limit: 40 },
            { side: 'buy', quantity: { percent: 1 } },
          );
          yield;
        },
      },
      *portfolio(ctx) {
        ctx.buy('B', { cash: 1_000 });
        ctx.target('A', { percent: 10 });
        yield;
      },
    });
    const orders = events.filter((event) => event.kind === 'order');
    expect(orders.map(({ symbol, quantity, sizedIn }) => [symbol, quantity, sizedIn])).toEqual([
      ['A', 10, 'cash'],
      ['A', 2, 'percent'],
      ['A', 20, 'target percent'],
      ['B', 50, 'cash'],
    ]);
  });
});

describe('a target', () => {
  type Sent = readonly [side: 'buy' | 'sell', quantity: number] | null;
  const targets: readonly (readonly [Target, OrderOptions, Partial<Instrument>, Sent])[] = [
    // Ten are held, at a close of 50 and an equity of 10,000.
    [{ quantity: 30 }, {}, {}, ['buy', 20]],
    [{ quantity: 10 }, {}, {}, null],
    [{ quantity: 10.9 }, {}, {}, null],
    [{ quantity: 11 }, {}, {}, ['buy', 1]],
    [{ quantity: 9.1 }, {}, {}, null],
    [{ quantity: 9 }, {}, {}, ['sell', 1]],
    [{ quantity: 0 }, {}, {}, ['sell', 10]],
    [{ quantity: -5 }, {}, {}, ['sell', 15]],
    [{ quantity: 10.19 }, {}, { lot: 0.1 }, ['buy', 0.1]],
    [{ value: 1_000 }, {}, {}, ['buy', 10]],
    [{ value: 500 }, {}, {}, null],
    [{ value: 549 }, {}, {}, null],
    [{ value: 450 }, {}, {}, ['sell', 1]],
    [{ value: 0 }, {}, {}, ['sell', 10]],
    [{ value: -500 }, {}, {}, ['sell', 20]],
    [{ value: 5_000 }, {}, { multiplier: 5 }, ['buy', 10]],
    [{ percent: 10 }, {}, {}, ['buy', 10]],
    [{ percent: 5 }, {}, {}, null],
    [{ percent: 0 }, {}, {}, ['sell', 10]],
    [{ percent: -5 }, {}, {}, ['sell', 20]],
    [{ percent: 150 }, {}, {}, ['buy', 290]],
    [{ value: 1_000 }, { limit: 40 }, {}, ['buy', 15]],
    [{ value: 1_000 }, { limit: 40.5 }, { tick: 1 }, ['buy', 14]], // At 40.50: 24.69. At 40 it would be 15.
    [{ value: 1_000 }, { stop: 62.5 }, {}, ['buy', 6]],
    [{ value: 1_000 }, { stop: 62.5, limit: 40 }, {}, ['buy', 6]],
    [{ percent: 10 }, { onClose: true }, {}, ['buy', 10]],
  ];
  test.each(targets)('%j with %j of %j: %j', async (target, options, instrument, sent) => {
    const ids: number[] = [];
    const { events } = await stage({
      bars: { A: [at(50), at(50), at(50)] },
      rules: { account: LEVERAGE },
      instrument,
      *script(ctx) {
        ctx.buy(10);
        yield;
        ids.push(ctx.target(target, options));
      },
    });
    const [kind, size] = Object.entries(target)[0]!;
    const orders = events.filter((event) => event.kind === 'order').slice(1);
    expect(ids).toEqual([sent === null ? 0 : 2]);
    if (sent === null) expect(orders).toEqual([]);
    else
      expect(orders).toMatchObject([
        { sequence: 2, side: sent[0], quantity: sent[1], sizedIn: `target ${kind}`, size },
      ]);
  });

  test('does not count what is on its way, and is met by what was sent for it', async () => {
    const told = await tell({
      bars: { A: [at(50), at(50), at(50)] },
      *script(ctx) {
        ctx.target({ quantity: 10 });
        ctx.target({ quantity: 10 });
        yield;
        ctx.target({ quantity: 10 });
      },
    });
    expect(told.filter((line) => line.includes('fill')).map((line) => line.split(' ->')[0])).toEqual([
      '1.2 A fill 1 buy open 10 @ 50',
      '1.2 A fill 2 buy open 10 @ 50',
      '2.1 A fill 3 sell close 10 @ 50',
    ]);
  });

  test('beyond 0 is one order: it closes and opens', async () => {
    const told = await tell({
      bars: { A: [at(50), at(50), at(50)] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.target({ quantity: -4 }, { tag: 'turn' });
      },
    });
    expect(told.filter((line) => line.includes(' fill 2')).map((line) => line.split(' @')[0])).toEqual([
      '2.1 A fill 2 sell close 10',
      '2.2 A fill 2 sell open 4',
    ]);
  });

  test('sends nothing in the warm-up', async () => {
    const ids: number[] = [];
    const { outcome } = await stage({
      bars: { A: [at(50), at(50), at(50)] },
      warmupSteps: 1,
      *script(ctx) {
        ids.push(ctx.target({ quantity: 5 }));
        yield;
        ids.push(ctx.target({ quantity: 5 }), ctx.target({ quantity: 0 }));
      },
    });
    expect(ids).toEqual([0, 1, 0]);
    expect(outcome.droppedOrders).toBe(1);
  });
});
