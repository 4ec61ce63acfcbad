/**
 * Margin accounts: what opening takes, what keeping takes, and how a position is taken away.
 *
 * Worked by hand: an entry needs value × initial (and its commission); after each mark, equity below Σ value × maintenance sends a market
 * order for every position, each filled at its own symbol's next open.
 */
import { describe, expect, test } from 'vitest';
import { REG_T, type Rules } from '../../src/broker/policies.ts';
import type { Context } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { fees, LEVERAGE, type Quote, stage, tell } from './scene.ts';

const buying = (side: 'buy' | 'sell', quantity: number) =>
  function* script(ctx: Context) {
    ctx[side](quantity);
    yield;
  };
const margined = (more: Partial<Rules> = {}): Partial<Rules> => ({ account: REG_T, ...more });

describe('the initial margin', () => {
  test.each([
    ['buy', 0.5, 0, 200, true],
    ['buy', 0.5, 0, 201, false],
    ['sell', 0.5, 0, 200, true],
    ['sell', 0.5, 0, 201, false],
    ['buy', 0.4, 0, 250, true],
    ['buy', 0.4, 0, 251, false],
    ['sell', 1, 0, 100, true],
    ['sell', 1, 0, 101, false],
    // 199 × 50 and the commission of 50 is 10,000.
    ['buy', 0.5, 50, 199, true],
    ['buy', 0.5, 51, 199, false],
  ] as const)(
    'of a %s at %d with a commission of %d: %d, %s',
    async (side, initial, perOrder, quantity, isIn) => {
      const told = await tell({
        bars: { A: [at(100), at(100)] },
        rules: margined({ account: { ...REG_T, initial }, commission: fees({ perOrder }) }),
        script: buying(side, quantity),
      });
      const [, , what, , word] = told[0]!.split(' ');
      expect([what, word]).toEqual(isIn ? ['fill', side] : ['rejection', 'INSUFFICIENT_MARGIN']);
    },
  );

  test('is counted at the opens for what is held', async () => {
    // Long 100 from 100, at an open of 120: E is 12,000 and 6,000 are in use, so 100 more at 60 each.
    for (const [quantity, what] of [
      [100, 'fill'],
      [101, 'rejection'],
    ] as const) {
      const told = await tell({
        bars: { A: [at(100), at(100), at(120)] },
        rules: margined(),
        *script(ctx) {
          ctx.buy(100);
          yield;
          ctx.buy(quantity);
        },
      });
      expect(told[1]!.split(' ')[2]).toBe(what);
    }
  });

  test('gives the account its buying power', async () => {
    const powers: number[] = [];
    await stage({
      bars: { A: [at(100), at(100), at(100)] },
      rules: margined(),
      *script(ctx) {
        powers.push(ctx.account.buyingPower);
        ctx.buy(150);
        yield;
        powers.push(ctx.account.buyingPower);
      },
    });
    expect(powers).toEqual([20_000, 5_000]);
  });
});

describe('the maintenance margin', () => {
  test.each([
    // Long 100 from 100 with 5,500: 100 × c − 4,500 = 25 × c at c = 60.
    ['buy', 5_500, {}, 60, false],
    ['buy', 5_500, {}, 59.99, true],
    // Short 100 from 100 with 5,600: 15,600 − 100 × c = 30 × c at c = 120.
    ['sell', 5_600, {}, 120, false],
    ['sell', 5_600, {}, 120.01, true],
    // Each has its own fraction: 40 % of 75 for a long, 25 % of 124.80 for a short.
    ['buy', 5_500, { maintenanceLong: 0.4, maintenanceShort: 0.9 }, 75, false],
    ['buy', 5_500, { maintenanceLong: 0.4, maintenanceShort: 0.1 }, 74.99, true],
    ['sell', 5_600, { maintenanceLong: 0.9, maintenanceShort: 0.25 }, 124.8, false],
    ['sell', 5_600, { maintenanceLong: 0.1, maintenanceShort: 0.25 }, 124.81, true],
  ] as const)(
    'of a %s with %d and %j, at a close of %d: liquidated %s',
    async (side, cash, account, close, isTaken) => {
      const { story, outcome } = await stage(
        {
          bars: { A: [at(100), at(100), [100, 130, 50, close], at(90)] },
          rules: margined({ cash, account: { ...REG_T, ...account } }),
          script: buying(side, 100),
        },
        'order',
      );
      const out = side === 'buy' ? 'sell' : 'buy';
      const pnl = side === 'buy' ? -1_000 : 1_000;
      const signed = side === 'buy' ? 100 : -100;
      expect(story.slice(2)).toEqual(
        isTaken
          ? [
              `2.4 A order -1 ${out} market 100 reduce-only`,
              `3.1 A fill -1 ${out} close 100 @ 90 -> 0, ${cash + pnl}`,
              `3.1 A trade 1--1 ${signed}: 100 to 90, ${pnl} less 0, liquidation`,
            ]
          : [],
      );
      expect(outcome.counts.liquidations).toBe(isTaken ? 1 : 0);
    },
  );

  test('is of all positions together, with multipliers', async () => {
    // A long and B short, 20 × 5 each from 100, with 10,000: at 60 and 120 equity is 4,000; 1,500 and 3,600 are to be kept.
    const of = async (close: number) =>
      (
        await stage({
          bars: { A: [at(100), at(100), [100, 100, 60, 60]], B: [at(100), at(100), [100, 130, 100, close]] },
          instrument: { multiplier: 5 },
          rules: margined(),
          script: { A: buying('buy', 20), B: buying('sell', 20) },
        })
      ).outcome.counts.liquidations;
    expect(await of(110)).toBe(0); // 5,000 against 1,500 + 3,300.
    expect(await of(111)).toBe(0); // 4,900 against 1,500 + 3,330.
    expect(await of(112)).toBe(2); // 4,800 against 1,500 + 3,360.
  });

  test.each([
    ['a cash account', { account: { kind: 'cash' } as const, cash: 10_000 }],
    ['a leveraged one', { account: LEVERAGE, cash: 5_500 }],
  ])('is nothing to %s', async (_, rules) => {
    const { outcome } = await stage({
      bars: { A: [at(100), at(100), at(10), at(1)] },
      rules,
      script: buying('buy', 100),
    });
    expect(outcome.counts.liquidations).toBe(0);
  });
});

describe('a liquidation', () => {
  const FALL: Quote = [100, 100, 30, 30];

  test('takes each position at its own next bar, and sends nothing twice while it waits', async () => {
    // 50 of each from 100 with 5,000. At 30 for A: 1,500 of equity against a quarter of 6,500.
    const { story, notices, outcome } = await stage(
      {
        bars: {
          A: [at(100), at(100), FALL, at(25), at(25), at(25)],
          B: [at(100), at(100), at(100), null, null, at(90)],
        },
        rules: margined({ cash: 5_000 }),
        script: buying('buy', 50),
      },
      'order',
    );
    expect(story.filter((line) => !/^[01]\./.test(line))).toEqual([
      '2.4 A order -1 sell market 50 reduce-only',
      '2.4 B order -1 sell market 50 reduce-only',
      '3.1 A fill -1 sell close 50 @ 25 -> 0, -3750',
      '3.1 A trade 1--1 50: 100 to 25, -3750 less 0, liquidation',
      '5.1 B fill -1 sell close 50 @ 90 -> 0, 750',
      '5.1 B trade 1--1 50: 100 to 90, -500 less 0, liquidation',
    ]);
    expect(notices.slice(2)).toEqual(['3 A fill -1 market 50 25', '5 B fill -1 market 50 90']);
    expect(outcome.counts.liquidations).toBe(2);
  });

  test('is carried out though equity recovers before', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), FALL, at(200)] },
      rules: margined({ cash: 5_500 }),
      script: buying('buy', 100),
    });
    expect(told.slice(1)).toEqual([
      '3.1 A fill -1 sell close 100 @ 200 -> 0, 15500',
      '3.1 A trade 1--1 100: 100 to 200, 10000 less 0, liquidation',
    ]);
  });

  test('of the same instance a second time is −2, and the strategy may cancel neither', async () => {
    const heard: string[] = [];
    const { events } = await stage({
      bars: { A: [at(100), at(100), FALL, at(100), at(100), FALL, at(100)] },
      rules: margined({ cash: 10_000 }),
      *script(ctx) {
        ctx.buy(200);
        yield;
        yield;
        try {
          ctx.cancel(-1);
        } catch (error) {
          heard.push((error as Error).message);
        }
        yield;
        ctx.buy(200);
      },
    });
    const fills = events.filter((event) => event.kind === 'fill');
    expect(fills.map(({ step, sequence, quantity }) => [step, sequence, quantity])).toEqual([
      [1, 1, 200],
      [3, -1, 200],
      [4, 2, 200],
      [6, -2, 200],
    ]);
    expect(heard).toEqual(['-1 is not the id of an order of this instance; it has sent 1']);
  });

  test('comes before an exit of the strategy at the same open, which finds nothing, and ends the bracket', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), FALL, at(25)] },
      rules: margined({ cash: 5_500 }),
      *script(ctx) {
        ctx.buy(100, { bracket: { target: { offset: 100 } } });
        yield;
        yield;
        ctx.close();
      },
    });
    expect(told.slice(1)).toEqual([
      '3.1 A fill -1 sell close 100 @ 25 -> 0, -2000',
      '3.1 A trade 1--1 100: 100 to 25, -7500 less 0, liquidation',
      '3.1 A cancel 2 position closed 100',
      '3.3 A cancel 3 reduce only 100',
    ]);
  });

  test('takes what the volume lets it, bar by bar', async () => {
    const thin = (price: number): Quote => [price, price, price, price, 600];
    const { story, outcome } = await stage({
      bars: { A: [at(100), at(100), FALL, thin(25), thin(24)] },
      rules: margined({ cash: 5_500, maxVolume: 0.1 }),
      script: buying('buy', 100),
    });
    expect(story.slice(1).filter((line) => line.includes('fill'))).toEqual([
      '3.1 A fill -1 sell close 60 @ 25 -> 40, -3000',
      '4.1 A fill -1 sell close 40 @ 24 -> 0, -2040',
    ]);
    expect(outcome.counts.liquidations).toBe(1);
  });

  test('pays slippage and commission as any order', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), FALL, at(25)] },
      rules: margined({
        cash: 5_510,
        commission: fees({ perOrder: 10 }),
        slippage: { bps: 0, price: 1, spreads: 0 },
      }),
      script: buying('buy', 100),
    });
    // Bought at 101: 5,510 − 10,100 − 10 = −4,600; sold at 24 less 10.
    expect(told.slice(1, 2)).toEqual(['3.1 A fill -1 sell close 100 @ 24 -> 0, -2210']);
  });

  test('of a portfolio strategy is told to it', async () => {
    const { events } = await stage({
      bars: { A: [at(100), at(100), FALL, at(25)], B: [at(100), at(100), at(100), at(100)] },
      rules: margined({ cash: 5_500 }),
      script: { *B() {} },
      *portfolio(ctx) {
        ctx.buy('A', 100);
        yield;
      },
    });
    const last = events.findLast((event) => event.kind === 'fill');
    expect(last).toMatchObject({ step: 3, symbol: 'A', strategy: 1, sequence: -1, position: 0 });
  });
});
