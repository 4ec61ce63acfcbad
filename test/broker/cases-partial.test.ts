/**
 * `allowPartial`: as much as the account can pay for, and the rest is rejected.
 *
 * Worked by hand: the most whole lots that pass the whole gate, commission included; without the option the order is refused whole.
 */
import { describe, expect, test } from 'vitest';
import type { Instrument } from '../../src/market/instrument.ts';
import { type CommissionSpec, NO_LIMITS, type Rules } from '../../src/broker/policies.ts';
import type { OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { fees, LEVERAGE, type Quote, stage, tell } from './scene.ts';

const CASH = { kind: 'cash' } as const;
const MARGIN = { kind: 'margin', initial: 0.5, maintenanceLong: 0.25, maintenanceShort: 0.3 } as const;
type Row = readonly [
  account: Rules['account'],
  cash: number,
  commission: Partial<CommissionSpec>,
  instrument: Partial<Instrument>,
  price: number,
  asked: number,
  filled: number,
];

describe('an order of which a part may be filled', () => {
  test.each<Row>([
    [CASH, 1_000, {}, {}, 100, 20, 10],
    [CASH, 999.99, {}, {}, 100, 20, 9],
    [CASH, 1_000, {}, {}, 100, 10, 10],
    [CASH, 1_000, {}, {}, 100, 11, 10],
    // q × 101 + 5 ≤ 1,000: 9.85.
    [CASH, 1_000, { perShare: 1, perOrder: 5 }, {}, 100, 20, 9],
    // q × 101 ≤ 909 and a cent less.
    [CASH, 909, { rate: 0.01 }, {}, 100, 20, 9],
    [CASH, 908.99, { rate: 0.01 }, {}, 100, 20, 8],
    // A minimum of 50 leaves 950.
    [CASH, 1_000, { perShare: 1, minimum: 50 }, {}, 100, 20, 9],
    [CASH, 949, { perShare: 1, minimum: 50 }, {}, 100, 20, 8],
    [CASH, 1_000, {}, { lot: 0.1 }, 3, 1_000, 333.3],
    [CASH, 1_000, {}, { lot: 5 }, 30, 1_000, 30],
    [CASH, 1_000, {}, { multiplier: 4 }, 30, 100, 8],
    [CASH, 99, {}, {}, 100, 20, 0],
    [CASH, 104, { perOrder: 5 }, {}, 100, 20, 0],
    // q × 50 + q ≤ 1,000: 19.6.
    [LEVERAGE, 1_000, { perShare: 1 }, {}, 100, 30, 19],
    [LEVERAGE, 1_000, {}, {}, 100, 30, 20],
    [MARGIN, 1_000, {}, {}, 100, 30, 20],
    [MARGIN, 1_000, { perOrder: 1 }, {}, 100, 30, 19],
  ])(
    '%j of %d, at %j, %j: of a price of %d and %d asked, %d',
    async (account, cash, commission, instrument, price, asked, filled) => {
      const scene = (options: OrderOptions) => ({
        bars: { A: [at(price), at(price)] },
        rules: { account, cash, commission: fees(commission) },
        instrument,
        *script(ctx: { buy(quantity: number, options: OrderOptions): number }) {
          ctx.buy(asked, options);
          yield;
        },
      });
      const code = account.kind === 'cash' ? 'INSUFFICIENT_CASH' : 'INSUFFICIENT_MARGIN';
      const told = (await tell(scene({ allowPartial: true }))).map((line) => line.split(' ->')[0]);
      const fill = filled > 0 ? [`1.2 A fill 1 buy open ${filled} @ ${price}`] : [];
      const left = Number((asked - filled).toFixed(9));
      const rejection = left > 0 ? [`1.2 A rejection 1 ${code} ${left} @ ${price}`] : [];
      expect(told).toEqual([...fill, ...rejection]);
      if (left > 0) expect(await tell(scene({}))).toEqual([`1.2 A rejection 1 ${code} ${asked} @ ${price}`]);
    },
  );

  test('may be a sell: short as much as margin allows', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { account: LEVERAGE, cash: 1_000 },
      *script(ctx) {
        ctx.sell(30, { allowPartial: true });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 sell open 20 @ 100 -> -20, 3000',
      '1.2 A rejection 1 INSUFFICIENT_MARGIN 10 @ 100',
    ]);
  });

  test.each([
    // 50 % of 1,000 is 500: a part that the account can pay for must pass the limits as well.
    [20, ['fill 1 buy open 5 @ 100 -> 5, 500', 'rejection 1 INSUFFICIENT_CASH 15 @ 100']],
    // Funds do for this one, so nothing is shrunk: the limit refuses it whole.
    [6, ['rejection 1 TRADE_SIZE 6 @ 100']],
    [5, ['fill 1 buy open 5 @ 100 -> 5, 500']],
  ])('%d: shrinks for want of funds alone', async (quantity, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { cash: 1_000, limits: { ...NO_LIMITS, tradePercent: 50 } },
      *script(ctx) {
        ctx.buy(quantity, { allowPartial: true });
        yield;
      },
    });
    expect(told).toEqual(expected.map((line) => `1.2 A ${line}`));
  });

  test('cannot be a part of a sell that a cash account does not hold', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      *script(ctx) {
        ctx.sell(5, { allowPartial: true });
        yield;
      },
    });
    expect(told).toEqual(['1.2 A rejection 1 NO_SHORT 5 @ 100']);
  });

  test('has a bracket for what it got', async () => {
    const { story, notices } = await stage({
      bars: { A: [at(100), at(100), [100, 101, 94, 95]] },
      rules: { cash: 1_000 },
      *script(ctx) {
        ctx.buy(20, { allowPartial: true, bracket: { stop: { offset: 5 }, target: { offset: 5 } } });
        yield;
      },
    });
    expect(story).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 0',
      '1.2 A rejection 1 INSUFFICIENT_CASH 10 @ 100',
      '2.3 A fill 2 sell close 10 @ 95 -> 0, 950',
      '2.3 A trade 1-2 10: 100 to 95, -50 less 0, stop',
      '2.3 A cancel 3 oco 10',
    ]);
    expect(notices.slice(0, 2)).toEqual([
      '1 A fill 1 market 10 100',
      '1 A rejection 1 market 10 INSUFFICIENT_CASH',
    ]);
  });

  const thin = (price: number, volume: number): Quote => [price, price, price, price, volume];
  test('waits for volume, and is refused only what the account cannot pay', async () => {
    const told = await tell({
      bars: { A: [at(100), thin(100, 40), thin(100, 999)] },
      rules: { cash: 1_000, maxVolume: 0.1 },
      *script(ctx) {
        ctx.buy(20, { allowPartial: true });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 4 @ 100 -> 4, 600',
      '2.2 A fill 1 buy open 6 @ 100 -> 10, 0',
      '2.2 A rejection 1 INSUFFICIENT_CASH 10 @ 100',
    ]);
  });

  test('leaves the next order what is left of the cash', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)], B: [at(30), at(30)] },
      rules: { cash: 1_040 },
      *script(ctx) {
        ctx.buy(20, { allowPartial: true });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 40',
      '1.2 A rejection 1 INSUFFICIENT_CASH 10 @ 100',
      '1.2 B fill 1 buy open 1 @ 30 -> 1, 10',
      '1.2 B rejection 1 INSUFFICIENT_CASH 19 @ 30',
    ]);
  });
});
