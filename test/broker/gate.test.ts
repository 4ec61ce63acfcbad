/** What an entry must pass: each code is reached, and each bound is met with equality and missed by a lot. */
import { describe, expect, test } from 'vitest';
import { NO_COMMISSION } from '../../src/broker/policies.ts';
import { at } from '../worlds/scene.ts';
import { bps, tell } from './scene.ts';

const leverage = (n: number) => ({ kind: 'leverage', leverage: n }) as const;
const isIn = (told: readonly string[]) => told.map((line) => line.split(' ').slice(2, 4).join(' '));

describe('a lot', () => {
  test.each([
    [0.99, '1.2 A rejection 1 LOT 0 @ NaN'],
    [1, '1.2 A fill 1 buy open 1 @ 100 -> 1, 9900'],
  ])('is the least: %d gives %s', async (quantity, expected) => {
    const bars = { A: [at(100), at(100)] };
    const told = await tell({
      bars,
      *script(ctx) {
        ctx.buy(quantity);
        yield;
      },
    });
    expect(told).toEqual([expected]);
  });

  test('is asked for when the order is reached, of exits too, and not before', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100), [100, 111, 100, 100]] },
      *script(ctx) {
        ctx.buy(5);
        yield;
        ctx.sell(0.5, { limit: 110, reduceOnly: true });
        ctx.buy(0.5, { limit: 50, bracket: { stop: { offset: 1 } } });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 5 @ 100 -> 5, 9500',
      '3.2 A rejection 2 LOT 0 @ NaN',
      '3.7 A expiry 3 0',
      '3.7 A cancel 4 parent 0',
    ]);
  });
});

describe('a cash account', () => {
  test.each([
    // 100 × 100 + 100 × 1 = 10,100 for 100; 101 would be 10,201.
    [10_100, 100, '1.2 A fill 1 buy open 100 @ 100 -> 100, 0'],
    [10_099, 100, '1.2 A rejection 1 INSUFFICIENT_CASH 100 @ 100'],
    [10_200, 101, '1.2 A rejection 1 INSUFFICIENT_CASH 101 @ 100'],
    [10_201, 101, '1.2 A fill 1 buy open 101 @ 100 -> 101, 0'],
  ])('of %d pays for %d and 1 a share: %s', async (cash, quantity, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { cash, commission: { ...NO_COMMISSION, perShare: 1 } },
      *script(ctx) {
        ctx.buy(quantity);
        yield;
      },
    });
    expect(told).toEqual([expected]);
  });

  test('pays the price after slippage, times the multiplier', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { cash: 2_020, slippage: bps(100) },
      instrument: { multiplier: 2 },
      *script(ctx) {
        ctx.buy(11);
        ctx.buy(10);
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A rejection 1 INSUFFICIENT_CASH 11 @ 101',
      '1.2 A fill 2 buy open 10 @ 101 -> 10, 0',
    ]);
  });

  test('sells nothing that it does not hold, and says so before it counts money', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100)] },
      rules: { cash: 10 },
      *script(ctx) {
        ctx.sell(1_000, { maxOpenRiskPercent: 0, bracket: { stop: { offset: 1 } } });
        yield;
      },
    });
    expect(told).toEqual(['1.2 A rejection 1 NO_SHORT 1000 @ 100', '1.2 A cancel 2 parent 1000']);
  });

  test('refuses what is left of a sell beyond its holding', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(110)] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(11);
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000',
      '2.1 A fill 2 sell close 10 @ 110 -> 0, 10100',
      '2.1 A trade 1-2 10: 100 to 110, 100 less 0, signal',
      '2.2 A rejection 2 NO_SHORT 1 @ 110',
    ]);
  });

  test('is told of money before risk', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      *script(ctx) {
        const options = { bracket: { stop: { offset: 50 } }, maxOpenRiskPercent: 1 };
        ctx.buy(101, options);
        ctx.buy(100, options);
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A rejection 1 INSUFFICIENT_CASH 101 @ 100',
      '1.2 A cancel 2 parent 101',
      '1.2 A rejection 3 OPEN_RISK 100 @ 100',
      '1.2 A cancel 4 parent 100',
    ]);
  });
});

describe('a margin account', () => {
  test.each([
    // 4 times 10,000 buy 400 at 100.
    ['buy', 4, 1, 400, 'fill 1'],
    ['buy', 4, 1, 401, 'rejection 1'],
    ['sell', 4, 1, 400, 'fill 1'],
    ['sell', 4, 1, 401, 'rejection 1'],
    // 5 × 100 a unit, a tenth of it to put up: 200 units.
    ['buy', 10, 5, 200, 'fill 1'],
    ['buy', 10, 5, 201, 'rejection 1'],
    ['buy', 1, 1, 100, 'fill 1'],
    ['buy', 1, 1, 101, 'rejection 1'],
    ['sell', 2.5, 1, 250, 'fill 1'],
    ['sell', 2.5, 1, 251, 'rejection 1'],
  ] as const)(
    'lets a %s at leverage %d and multiplier %d of %d: %s',
    async (side, n, multiplier, quantity, expected) => {
      const told = await tell({
        bars: { A: [at(100), at(100)] },
        rules: { account: leverage(n) },
        instrument: { multiplier },
        *script(ctx) {
          ctx[side](quantity);
          yield;
        },
      });
      expect(isIn(told)).toEqual([expected]);
      if (expected.startsWith('rejection'))
        expect(told).toEqual([`1.2 A rejection 1 INSUFFICIENT_MARGIN ${quantity} @ 100`]);
    },
  );

  test.each([
    // Commission of 0.5 a share counts with its own entry: 199 × (100 / 2 + 0.5) = 10,049.5 is too much.
    [198, 'fill 1'],
    [199, 'rejection 1'],
  ])('counts the commission of the entry itself: %d, %s', async (quantity, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { account: leverage(2), commission: { ...NO_COMMISSION, perShare: 0.5 } },
      *script(ctx) {
        ctx.buy(quantity);
        yield;
      },
    });
    expect(isIn(told)).toEqual([expected]);
  });

  test.each([
    // Long 100 from 100. At an open of 120: E = 0 + 12,000, U = 6,000, and 100 more at 60 each reach E.
    [100, 'fill 2'],
    [101, 'rejection 2'],
  ])('values what is held at the opens of the step: %d more, %s', async (quantity, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100), [120, 120, 50, 60]] },
      rules: { account: leverage(2) },
      *script(ctx) {
        ctx.buy(100);
        yield;
        ctx.buy(quantity);
      },
    });
    expect(isIn(told)).toEqual(['fill 1', expected]);
  });

  test.each([
    // B has no bar at step 2: its last close of 130 counts. E = 0 + 13,000; U = 6,500; 130 more at 50 reach E.
    [130, 'fill 1'],
    [131, 'rejection 1'],
  ])('values what has no bar at its last close: %d of another, %s', async (quantity, expected) => {
    const told = await tell({
      bars: {
        A: [at(100), at(100), at(100), at(100)],
        B: [at(100), [100, 130, 100, 130], null, at(10)],
      },
      rules: { account: leverage(2) },
      script: {
        *A(ctx) {
          yield;
          ctx.buy(quantity);
        },
        *B(ctx) {
          ctx.buy(100);
          yield;
        },
      },
    });
    expect(told[0]).toBe('1.2 B fill 1 buy open 100 @ 100 -> 100, 0');
    expect(isIn(told.slice(1))).toEqual([expected]);
  });

  test('marks a short against itself: its loss at the open is margin gone', async () => {
    // Short 100 from 100: cash 20,000. At 120: E = 20,000 − 12,000 = 8,000, U = 6,000: 33 × 60 = 1,980 fit, 34 do not.
    const told = await tell({
      bars: { A: [at(100), at(100), at(120)] },
      rules: { account: leverage(2) },
      *script(ctx) {
        ctx.sell(100);
        yield;
        ctx.sell(34);
        ctx.sell(33);
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 sell open 100 @ 100 -> -100, 20000',
      '2.2 A rejection 2 INSUFFICIENT_MARGIN 34 @ 120',
      '2.2 A fill 3 sell open 33 @ 120 -> -133, 23960',
    ]);
  });

  test.each([
    // 500 + 10 pass; then E = 990 and U = 500: 48 × 10 + 10 = 490 reach it.
    [48, 'fill 2'],
    [49, 'rejection 2'],
  ])(
    'counts what it has just let in, and loses its commission from E: then %d, %s',
    async (quantity, expected) => {
      const told = await tell({
        bars: { A: [at(10), at(10)] },
        rules: { cash: 1_000, account: leverage(1), commission: { ...NO_COMMISSION, perOrder: 10 } },
        *script(ctx) {
          ctx.buy(50);
          ctx.buy(quantity);
          yield;
        },
      });
      expect(isIn(told)).toEqual(['fill 1', expected]);
    },
  );

  test('takes E after the exits at the open: what they cost and free counts at once', async () => {
    // The exit brings 5,000 and costs 100: E = 4,900, which 96 × 50 and a fee of 100 reach.
    const told = await tell({
      bars: { A: [at(100), at(100), at(50)] },
      rules: { account: leverage(1), cash: 10_100, commission: { ...NO_COMMISSION, perOrder: 100 } },
      *script(ctx) {
        ctx.buy(100);
        yield;
        ctx.close();
        ctx.buy(97);
        ctx.buy(96);
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 100 @ 100 -> 100, 0',
      '2.1 A fill 2 sell close 100 @ 50 -> 0, 4900',
      '2.1 A trade 1-2 100: 100 to 50, -5000 less 200, signal',
      '2.2 A rejection 3 INSUFFICIENT_MARGIN 97 @ 50',
      '2.2 A fill 4 buy open 96 @ 50 -> 96, 0',
    ]);
  });
});

describe('open risk', () => {
  const risking = (offset: number, maxOpenRiskPercent = 1) => ({
    bracket: { stop: { offset } },
    maxOpenRiskPercent,
  });

  test.each([
    // 1 % of 10,000; the first risks 6 × 10, and 4 × 10 more reach it.
    [4, 'fill 1'],
    [5, 'rejection 1'],
  ])('is of all symbols together: then %d of another, %s', async (quantity, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100)], B: [at(100), at(100)] },
      script: {
        *A(ctx) {
          ctx.buy(6, risking(10));
          yield;
        },
        *B(ctx) {
          ctx.buy(quantity, risking(10));
          yield;
        },
      },
    });
    expect(told[0]).toBe('1.2 A fill 1 buy open 6 @ 100 -> 6, 9400');
    expect(isIn(told.slice(1, 2))).toEqual([expected]);
    if (quantity === 5) expect(told[1]).toBe('1.2 B rejection 1 OPEN_RISK 5 @ 100');
  });

  test('is of two instances on one symbol together, and of settled positions as of new ones', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100)] },
      *script(ctx) {
        ctx.buy(6, risking(10));
        yield;
      },
      others: [
        function* later(ctx) {
          yield;
          ctx.buy(5, risking(10));
          ctx.buy(4, risking(10));
        },
      ],
    });
    expect(told.slice(0, 4)).toEqual([
      '1.2 A fill 1 buy open 6 @ 100 -> 6, 9400',
      '2.2 A rejection 1 OPEN_RISK 5 @ 100',
      '2.2 A cancel 2 parent 5',
      '2.2 A fill 3 buy open 4 @ 100 -> 4, 9000',
    ]);
  });

  test('is fixed at the fill: a stop that is moved up later frees nothing', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100)] },
      *script(ctx) {
        ctx.buy(10, risking(10));
        yield;
        ctx.replace(2, { price: 99 });
        ctx.buy(1, risking(1));
      },
    });
    expect(told.slice(0, 3)).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000',
      '1.5 A replace 2 10 @ 99',
      '2.2 A rejection 3 OPEN_RISK 1 @ 100',
    ]);
  });

  test('shrinks with the position, and a unit of what is left risks what it did', async () => {
    // 20 a unit and 10 a unit average 15; after half is sold 10 × 15 are at risk, so 50 more reach 200.
    const told = await tell({
      bars: { A: [at(100), at(100), at(100), at(100)] },
      *script(ctx) {
        ctx.buy(10, { bracket: { stop: { offset: 20 } } });
        ctx.buy(10, { bracket: { stop: { offset: 10 } } });
        yield;
        ctx.sell(10);
        yield;
        ctx.buy(6, risking(10, 2));
        ctx.buy(5, risking(10, 2));
      },
    });
    expect(told.filter((line) => line.startsWith('3.2'))).toEqual([
      '3.2 A rejection 6 OPEN_RISK 6 @ 100',
      '3.2 A cancel 7 parent 6',
      '3.2 A fill 8 buy open 5 @ 100 -> 15, 8500',
    ]);
  });

  test('counts multipliers, and nothing for an order without a stop', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      instrument: { multiplier: 5 },
      *script(ctx) {
        ctx.buy(3, risking(10));
        ctx.buy(2, risking(10));
        ctx.buy(8, { maxOpenRiskPercent: 1 });
        ctx.buy(1, { maxOpenRiskPercent: 0 });
        yield;
      },
    });
    expect(isIn(told).slice(0, 5)).toEqual(['rejection 1', 'cancel 2', 'fill 3', 'fill 5', 'rejection 6']);
  });

  test.each([
    // E is taken before this entry's commission, and after those of earlier ones: 1 % of 9,900 is 99.
    [39, 'fill 3'],
    [40, 'rejection 3'],
  ])('is a percent of E, which falls by commissions: then %d, %s', async (quantity, expected) => {
    const told = await tell({
      bars: { A: [at(10), at(10)] },
      rules: { commission: { ...NO_COMMISSION, perOrder: 100 } },
      *script(ctx) {
        ctx.buy(60, risking(1));
        ctx.buy(quantity, risking(1));
        yield;
      },
    });
    expect(isIn(told).slice(0, 2)).toEqual(['fill 1', expected]);
  });

  test("is not yet less by this entry's own commission", async () => {
    const told = await tell({
      bars: { A: [at(10), at(10)] },
      rules: { commission: { ...NO_COMMISSION, perOrder: 100 } },
      *script(ctx) {
        ctx.buy(101, risking(1));
        ctx.buy(100, risking(1));
        yield;
      },
    });
    expect(isIn(told).slice(0, 3)).toEqual(['rejection 1', 'cancel 2', 'fill 3']);
  });

  test('measures to the rounded stop from the price after slippage', async () => {
    // Filled at 101; 5 % below is 95.95, a tick of 1 makes it 95: 6 a unit, and 16 × 6 = 96, 17 × 6 = 102.
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { slippage: bps(100) },
      instrument: { tick: 1 },
      *script(ctx) {
        const options = { bracket: { stop: { percent: 5 } }, maxOpenRiskPercent: 1 };
        ctx.buy(17, options);
        ctx.buy(16, options);
        yield;
      },
    });
    expect(isIn(told).slice(0, 3)).toEqual(['rejection 1', 'cancel 2', 'fill 3']);
  });

  test('is limited in a cash and in a margin account alike', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { account: leverage(3) },
      *script(ctx) {
        ctx.sell(11, risking(10));
        ctx.sell(10, risking(10));
        yield;
      },
    });
    expect(told.slice(0, 3)).toEqual([
      '1.2 A rejection 1 OPEN_RISK 11 @ 100',
      '1.2 A cancel 2 parent 11',
      '1.2 A fill 3 sell open 10 @ 100 -> -10, 11000',
    ]);
  });
});
