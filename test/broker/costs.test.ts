/** What fills cost, worked by hand to the cent. */
import { describe, expect, test } from 'vitest';
import { Costs, LinearCommission, Slippage } from '../../src/broker/costs.ts';
import { BUY, LIMIT, MARKET, SELL, STOP } from '../../src/broker/matching.ts';
import { DEFAULT_RULES, NO_SLIPPAGE } from '../../src/broker/policies.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import { at } from '../worlds/scene.ts';
import { bps, fees, LEVERAGE, stage, tell } from './scene.ts';

describe('the commission of a fill', () => {
  test.each([
    // rate, per share, per order; quantity, multiplier, price: the first fill of an order, the next
    [0.001, 0, 0, 10, 1, 101, 1.01, 1.01],
    [0, 0.005, 0, 300, 1, 20, 1.5, 1.5],
    [0, 0, 1, 300, 1, 20, 1, 0],
    [0.001, 0.01, 1, 10, 1, 101, 2.11, 1.11],
    [0.001, 0.01, 1, 10, 5, 101, 6.15, 5.15],
    [0.0005, 0.25, 4.5, 2, 50, 4_000, 205, 200.5],
    [0, 0, 0, 10, 1, 101, 0, 0],
    [-0.0001, 0, 0, 100, 1, 50, -0.5, -0.5],
  ])(
    'at rate %d, %d a share, %d an order, of %d × %d at %d: %d, and %d once the order has paid',
    (rate, perShare, perOrder, quantity, multiplier, price, first, next) => {
      const commission = new LinearCommission(fees({ rate, perShare, perOrder }));
      expect(commission.raw(quantity, multiplier, price, true)).toBeCloseTo(first, 10);
      expect(commission.raw(quantity, multiplier, price, false)).toBeCloseTo(next, 10);
    },
  );

  test('is added in one order: rate, shares, order', () => {
    const commission = new LinearCommission(fees({ rate: 0.1, perShare: 0.2, perOrder: 0.3 }));
    expect(commission.raw(1, 1, 1, true)).toBe(0.1 + 0.2 + 0.3);
    expect(0.1 + 0.2 + 0.3).not.toBe(0.1 + (0.2 + 0.3));
  });
});

describe('a minimum and a maximum are of the order in all', () => {
  test.each([
    // bounds; raw commission of each fill of one order; what each is charged
    [{ minimum: 1 }, [0.4], [1]],
    [{ minimum: 1 }, [1.5], [1.5]],
    [{ minimum: 1 }, [0.4, 0.4, 0.4], [1, 0, 0.2]],
    [{ minimum: 1 }, [0, 0, 0.4], [1, 0, 0]],
    [{ maximum: 2 }, [3], [2]],
    [{ maximum: 2 }, [1.5, 1.5, 1.5], [1.5, 0.5, 0]],
    [{ minimum: 1, maximum: 2 }, [0.25, 0.25, 1, 3], [1, 0, 0.5, 0.5]],
    [{ minimum: 1, maximum: 1 }, [0.25, 8], [1, 0]],
    [{}, [0.1, 0.2, 0.7], [0.1, 0.2, 0.7]], // As they are: (0.1 + 0.2) − 0.1 is another number than 0.2.
  ])('%j, raw %j: %j', (bounds, raws, expected) => {
    const commission = new LinearCommission(fees({ rate: 0.001, ...bounds }));
    let before = 0;
    let charged = 0;
    const charges = raws.map((raw) => {
      const charge = commission.charge(raw, before, charged);
      before += raw;
      charged += charge;
      return Object.keys(bounds).length === 0 ? charge : Number(charge.toFixed(10));
    });
    expect(charges).toEqual(expected);
  });
});

describe('slippage', () => {
  test.each([
    // bps, price, spreads, the spread; side, raw: where it goes
    [10, 0, 0, 0, BUY, 100, 100.1],
    [10, 0, 0, 0, SELL, 100, 99.9],
    [0, 0.05, 0, 0, BUY, 100, 100.05],
    [0, 0.05, 0, 0, SELL, 100, 99.95],
    [0, 0, 0.5, 0.5, BUY, 100, 100.25],
    [0, 0, 0.5, 0.5, SELL, 100, 99.75],
    [0, 0, 1, 0.5, BUY, 100, 100.5],
    [0, 0, 0.5, 0, BUY, 100, 100],
    [10, 0.05, 0.5, 0.5, BUY, 200, 200.5],
    [10, 0.05, 0.5, 0.5, SELL, 200, 199.5],
    [0, 0, 0, 0.5, BUY, 100, 100],
  ])(
    'of %d bps, %d in price, %d spreads of %d moves a %d from %d to %d',
    (given, price, spreads, spread, side, raw, expected) => {
      const slippage = new Slippage({ bps: given, price, spreads }, spread);
      expect(slippage.slipped(raw, MARKET, side, NaN)).toBeCloseTo(expected, 10);
      expect(slippage.slipped(raw, STOP, side, raw)).toBeCloseTo(expected, 10);
    },
  );

  test.each([
    ['bps', bps(10)],
    ['price', { ...NO_SLIPPAGE, price: 0.1 }],
    ['spread', { ...NO_SLIPPAGE, spreads: 0.5 }],
  ])('never takes a limit beyond its limit: %s', (_, spec) => {
    const slippage = new Slippage(spec, 0.2);
    expect(slippage.slipped(100, LIMIT, BUY, 100)).toBe(100);
    expect(slippage.slipped(100, LIMIT, BUY, 100.04)).toBe(100.04);
    expect(slippage.slipped(100, LIMIT, BUY, 101)).toBeCloseTo(100.1, 10);
    expect(slippage.slipped(100, LIMIT, SELL, 100)).toBe(100);
    expect(slippage.slipped(100, LIMIT, SELL, 99.96)).toBe(99.96);
    expect(slippage.slipped(100, LIMIT, SELL, 99)).toBeCloseTo(99.9, 10);
  });
});

test('a symbol has its own commission, its own slippage, or those of the run, each with its own spread', () => {
  const wide = { ...DEFAULT_INSTRUMENT, spread: 0.5 };
  const narrow = { ...DEFAULT_INSTRUMENT, spread: 0.25 };
  const costs = new Costs(['A', 'B', 'C', 'constructor'], [wide, wide, narrow, narrow], {
    ...DEFAULT_RULES,
    commission: fees({ perOrder: 1 }),
    slippage: { ...NO_SLIPPAGE, spreads: 1 },
    costs: { A: { commission: fees({ rate: 0.01 }) }, B: { slippage: bps(100) } },
  });
  const raws = costs.commissions.map((commission) => commission.raw(1, 1, 100, true));
  expect(raws).toEqual([1, 1, 1, 1]); // 1 % of 100, or 1 an order.
  expect(costs.commissions.map((commission) => commission.raw(2, 1, 100, false))).toEqual([2, 0, 0, 0]);
  expect(costs.slippages.map((slippage) => slippage.slipped(100, MARKET, BUY, NaN))).toEqual([
    100.5, 101, 100.25, 100.25,
  ]);
});

describe('through the engine', () => {
  const commission = fees({ rate: 0.001, perShare: 0.01, perOrder: 1 });

  test('cash pays the fill, then the commission, and the trade carries both ends', async () => {
    const told = await tell({
      bars: { A: [at(90), [100, 101, 99, 100], at(110)] },
      rules: { commission, slippage: bps(100) },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.close();
      },
    });
    // 10 × 101 × 0.001 + 0.10 + 1 = 2.11; 10 × 108.9 × 0.001 + 0.10 + 1 = 2.189.
    expect(told).toEqual([
      '1.2 A fill 1 buy open 10 @ 101 -> 10, 8987.89',
      '2.1 A fill 2 sell close 10 @ 108.9 -> 0, 10074.701',
      '2.1 A trade 1-2 10: 101 to 108.9, 79 less 4.299, signal',
    ]);
  });

  test('the fee per order is charged once for the two fills of a reversal', async () => {
    const { events, story } = await stage({
      bars: { A: [at(100), at(100), at(110), at(100)] },
      rules: { account: LEVERAGE, commission },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(25);
        yield;
        ctx.close();
      },
    });
    const fees = events.flatMap((event) => (event.kind === 'fill' ? [event.commission] : []));
    // 1 + 0.10 + 1; 1.10 + 0.10 + 1; 1.65 + 0.15; 1.50 + 0.15 + 1.
    expect(fees.map((fee) => Number(fee.toFixed(10)))).toEqual([2.1, 2.2, 1.8, 2.65]);
    expect(story).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 8997.9',
      '2.1 A fill 2 sell close 10 @ 110 -> 0, 10095.7',
      '2.1 A trade 1-2 10: 100 to 110, 100 less 4.3, signal',
      '2.2 A fill 2 sell open 15 @ 110 -> -15, 11743.9',
      '3.1 A fill 3 buy close 15 @ 100 -> 0, 10241.25',
      '3.1 A trade 2-3 -15: 110 to 100, 150 less 4.45, signal',
    ]);
  });

  test('entries are averaged, and what they cost is spread over the legs by quantity', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(104), at(110), at(90)] },
      rules: { commission: fees({ perOrder: 4 }) },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.buy(30);
        yield;
        ctx.sell(10);
        yield;
        ctx.close();
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 8996',
      '2.2 A fill 2 buy open 30 @ 104 -> 40, 5872',
      '3.1 A fill 3 sell close 10 @ 110 -> 30, 6968',
      '3.1 A trade 1-3 10: 103 to 110, 70 less 6, signal', // A quarter of 8, and 4.
      '4.1 A fill 4 sell close 30 @ 90 -> 0, 9664',
      '4.1 A trade 1-4 30: 103 to 90, -390 less 10, signal',
    ]);
  });

  test('a multiplier counts in cash, mark, commission and profit', async () => {
    const told = await tell(
      {
        bars: { A: [at(20), at(20), at(21)] },
        instrument: { multiplier: 50 },
        rules: { commission },
        *script(ctx) {
          ctx.buy(4);
          yield;
          ctx.sell(4);
        },
      },
      'equity',
    );
    // 4 × 50 × 20 = 4,000 and 4 + 0.04 + 1; 4 × 50 × 21 = 4,200 and 4.20 + 0.04 + 1.
    expect(told).toEqual([
      '0.4 equity 10000 10000',
      '1.2 A fill 1 buy open 4 @ 20 -> 4, 5994.96',
      '1.4 equity 5994.96 9994.96',
      '2.1 A fill 2 sell close 4 @ 21 -> 0, 10189.72',
      '2.1 A trade 1-2 4: 20 to 21, 200 less 10.28, signal',
      '2.4 equity 10189.72 10189.72',
    ]);
  });

  test('the minimum is asked once for all fills of an order, and no fill takes it below what is due', async () => {
    const { events, story } = await stage({
      bars: { A: [at(100), [10, 10, 10, 10, 40], [10, 10, 10, 10, 40], [10, 10, 10, 10, 100], at(10)] },
      rules: { maxVolume: 0.5, commission: fees({ perShare: 0.02, minimum: 0.9, maximum: 1 }) },
      *script(ctx) {
        ctx.buy(70);
        yield;
        yield;
        yield;
        ctx.sell(70);
      },
    });
    // 20, 20 and 30 at 0.02: 0.40 (0.90 is asked), 0.80 (is paid), 1.40 (1.00 is most); then 1.40 at once.
    const charged = events.flatMap((event) => (event.kind === 'fill' ? [event.commission] : []));
    expect(charged.map((fee) => Number(fee.toFixed(10)))).toEqual([0.9, 0, 0.1, 1]);
    expect(story).toEqual([
      '1.2 A fill 1 buy open 20 @ 10 -> 20, 9799.1',
      '2.2 A fill 1 buy open 20 @ 10 -> 40, 9599.1',
      '3.2 A fill 1 buy open 30 @ 10 -> 70, 9299',
      '4.1 A fill 2 sell close 70 @ 10 -> 0, 9998',
      '4.1 A trade 1-2 70: 10 to 10, 0 less 2, signal',
    ]);
  });

  test('slippage in price and in spreads moves markets and stops, and a limit up to its limit', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 105, 99, 104], at(104), [103, 103, 99, 100]] },
      rules: { slippage: { bps: 0, price: 0.25, spreads: 0.5 } },
      instrument: { spread: 0.5 },
      *script(ctx) {
        ctx.buy(1);
        ctx.buy(1, { stop: 103 });
        ctx.buy(1, { limit: 99 });
        yield;
        ctx.sell(1, { limit: 103.75 });
        yield;
        ctx.sell(2, { stop: 101 });
      },
    });
    // Half a spread of 0.50 and 0.25: half a point.
    expect(told.filter((line) => line.includes('fill'))).toEqual([
      '1.2 A fill 1 buy open 1 @ 100.5 -> 1, 9899.5',
      '1.2 A fill 2 buy open 1 @ 103.5 -> 2, 9796',
      '1.2 A fill 3 buy open 1 @ 99 -> 3, 9697',
      '2.1 A fill 4 sell close 1 @ 103.75 -> 2, 9800.75',
      '3.3 A fill 5 sell close 2 @ 100.5 -> 0, 10001.75',
    ]);
  });

  test('symbols with costs of their own pay these, the others those of the run', async () => {
    const { story } = await stage({
      bars: { A: [at(100), at(100)], B: [at(100), at(100)], C: [at(100), at(100)] },
      rules: {
        commission: fees({ perOrder: 1 }),
        slippage: bps(100),
        costs: { A: { commission: fees({ rate: 0.002 }) }, B: { slippage: { ...NO_SLIPPAGE, price: 0.5 } } },
      },
      *script(ctx) {
        ctx.buy(10);
        yield;
      },
    });
    // A: 10 × 101 and 2.02; B: 10 × 100.50 and 1; C: 10 × 101 and 1.
    expect(story).toEqual([
      '1.2 A fill 1 buy open 10 @ 101 -> 10, 8987.98',
      '1.2 B fill 1 buy open 10 @ 100.5 -> 10, 7981.98',
      '1.2 C fill 1 buy open 10 @ 101 -> 10, 6970.98',
    ]);
  });
});
