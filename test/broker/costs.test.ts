/** What fills cost, worked by hand to the cent. */
import { describe, expect, test } from 'vitest';
import { LinearCommission } from '../../src/broker/costs.ts';
import { at } from '../worlds/scene.ts';
import { LEVERAGE, stage, tell } from './scene.ts';

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
      const commission = new LinearCommission({ rate, perShare, perOrder });
      expect(commission.of(quantity, multiplier, price, true)).toBeCloseTo(first, 10);
      expect(commission.of(quantity, multiplier, price, false)).toBeCloseTo(next, 10);
    },
  );

  test('is added in one order: rate, shares, order', () => {
    const commission = new LinearCommission({ rate: 0.1, perShare: 0.2, perOrder: 0.3 });
    expect(commission.of(1, 1, 1, true)).toBe(0.1 + 0.2 + 0.3);
    expect(0.1 + 0.2 + 0.3).not.toBe(0.1 + (0.2 + 0.3));
  });
});

describe('through the engine', () => {
  const commission = { rate: 0.001, perShare: 0.01, perOrder: 1 };

  test('cash pays the fill, then the commission, and the trade carries both ends', async () => {
    const told = await tell({
      bars: { A: [at(90), [100, 101, 99, 100], at(110)] },
      rules: { commission, slippageBps: 100 },
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
      rules: { commission: { rate: 0, perShare: 0, perOrder: 4 } },
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
});
