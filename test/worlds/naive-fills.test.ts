/** The naive simulator fills and rounds as written by hand. */
import { describe, expect, test } from 'vitest';
import { type Context, Strategy } from '../../src/index.ts';
import { DEFAULT_RULES } from '../../src/record/plan.ts';
import { NO_COMMISSION, NO_SLIPPAGE } from '../../src/broker/policies.ts';
import { at, LEVERAGE, play, run, story } from './scene.ts';

describe('the naive simulator fills', () => {
  test('a market order at the next open, with slippage and three kinds of commission', () => {
    const events = play({
      bars: { A: [at(90), [100, 100, 100, 105], at(110)] },
      rules: {
        slippage: { ...NO_SLIPPAGE, bps: 100 },
        commission: { ...NO_COMMISSION, rate: 0.001, perShare: 0.01, perOrder: 1 },
      },
      tick: (ctx) => {
        if (ctx.step === 0) ctx.buy(10);
        if (ctx.step === 1) ctx.close();
      },
    });
    // 10 × 101 × 0.001 + 0.1 + 1 = 2.11; then 10 × 108.9 × 0.001 + 1.1 = 2.189
    expect(story(events, 'equity', 'order')).toEqual([
      '0.4 equity 10000 10000',
      '0.5 A order 1 buy market 10',
      '1.2 A fill 1 buy open 10 @ 101 -> 10, 8987.89',
      '1.4 equity 8987.89 10037.89',
      '1.5 A order 2 sell market 10 reduce-only',
      '2.1 A fill 2 sell close 10 @ 108.9 -> 0, 10074.701',
      '2.1 A trade 1-2 10: 101 to 108.9, 79 less 4.299, signal',
      '2.4 equity 10074.701 10074.701',
    ]);
  });

  test.each([
    ['touch', 'a low on the limit', [102, 103, 99, 101], '1.2 A fill 1 buy open 1 @ 99 -> 1, 9901'],
    ['through', 'a low beyond the limit', [102, 103, 98, 101], '1.2 A fill 1 buy open 1 @ 99 -> 1, 9901'],
    ['through', 'a low on the limit', [102, 103, 99, 101], '1.7 A expiry 1 1'],
    ['touch', 'an open beyond the limit', [97, 103, 96, 101], '1.2 A fill 1 buy open 1 @ 97 -> 1, 9903'],
  ] as const)('a buy limit at 99 under `%s` with %s', (limitTouch, _, quote, expected) => {
    const bars = { A: [at(100), quote] };
    expect(
      story(
        play({
          bars,
          tick: (ctx: Context) => void (ctx.step === 0 && ctx.buy(1, { limit: 99 })),
          rules: { limitTouch },
        }),
      ),
    ).toEqual([expected]);
  });

  test('a stop at its level, or at an open beyond it; a limit never worse for slippage', () => {
    const events = play({
      bars: { A: [at(100), [100, 104, 98, 100], [106, 107, 105, 106]] },
      rules: { slippage: { ...NO_SLIPPAGE, bps: 100 }, account: LEVERAGE },
      tick: (ctx) => {
        if (ctx.step !== 0) return;
        ctx.buy(1, { stop: 102 });
        ctx.buy(1, { stop: 105 });
        ctx.buy(1, { limit: 98 });
      },
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 1 @ 103.02 -> 1, 9896.98',
      '1.2 A fill 3 buy open 1 @ 98 -> 2, 9798.98',
      '2.2 A fill 2 buy open 1 @ 107.06 -> 3, 9691.92',
    ]);
  });

  test('no order of a symbol that has no bar, and tells its notices at its next tick', () => {
    const told: string[] = [];
    class Waiting extends Strategy {
      override onTick(_: unknown, ctx: Context) {
        told.push(`${ctx.symbol} ticks at ${ctx.step}`);
        if (ctx.step === 0 && ctx.symbol === 'A') ctx.buy(1);
      }
      override onFill(_: unknown, ctx: Context) {
        told.push(`${ctx.symbol} filled, told at ${ctx.step}`);
      }
    }
    const given = { rules: DEFAULT_RULES, instruments: {}, warmupSteps: 0 };
    const events = run({ A: [at(1), null, at(2)], B: [at(5), at(5), null] }, [Waiting], given);
    expect(story(events)).toEqual(['2.2 A fill 1 buy open 1 @ 2 -> 1, 99998']);
    expect(told).toEqual([
      'A ticks at 0',
      'B ticks at 0',
      'B ticks at 1',
      'A filled, told at 2',
      'A ticks at 2',
    ]);
  });
});

describe('the naive simulator rounds', () => {
  test('down to the lot, limits to protect, stops to hurt', () => {
    const events = play({
      bars: { A: [at(100), at(100)] },
      instrument: { lot: 0.1, tick: 0.5 },
      tick: (ctx) => {
        if (ctx.step !== 0) return;
        ctx.buy(0.3, { limit: 90.9 });
        ctx.sell(0.39, { limit: 110.1 });
        ctx.buy(0.1 + 0.2, { stop: 110.1 });
        ctx.sell(1.05, { stop: 90.9 });
        ctx.buy(0.09);
      },
    });
    expect(story(events, 'order')).toEqual([
      '0.5 A order 1 buy limit 0.3 @ 90.5',
      '0.5 A order 2 sell limit 0.3 @ 110.5',
      '0.5 A order 3 buy stop 0.3 @ 110.5',
      '0.5 A order 4 sell stop 1 @ 90.5',
      '0.5 A order 5 buy market 0',
      '1.2 A rejection 5 LOT 0 @ NaN',
      '1.7 A expiry 1 0.3',
      '1.7 A expiry 2 0.3',
      '1.7 A expiry 3 0.3',
      '1.7 A expiry 4 1',
    ]);
  });

  test('positions, so that three tenths less three times a tenth is flat', () => {
    const events = play({
      bars: { A: Array.from({ length: 6 }, () => at(100)) },
      instrument: { lot: 0.1 },
      tick: (ctx) => void (ctx.step === 0 ? ctx.buy(0.3) : ctx.step < 4 && ctx.sell(0.1)),
    });
    const positions = events.filter((event) => event.kind === 'fill').map((event) => event.position);
    expect(positions).toEqual([0.3, 0.2, 0.1, 0]);
  });
});
