/** The naive simulator: what strategies get, and what must be true of the record of any world. */
import { describe, expect, test } from 'vitest';
import { type Context, OrderError, Strategy } from '../../src/index.ts';
import { DEFAULT_RULES } from '../../src/record/plan.ts';
import { simulate } from '../naive.ts';
import { checkInvariants } from './invariants.ts';
import { at, MINUTE, play, run, story } from './scene.ts';
import { planOf, randomWorld } from './world.ts';

describe('a strategy', () => {
  test('may do nothing in warm-up, whose steps count', () => {
    const ids: number[] = [];
    const events = play({
      bars: { A: [at(1), at(1), at(1), at(1)] },
      tick: (ctx: Context) => {
        ids.push(ctx.buy(1));
        expect(ctx.isWarmup).toBe(ctx.step < 2);
      },
      warmupSteps: 2,
    });
    expect(ids).toEqual([0, 0, 1, 2]);
    expect(story(events, 'equity')).toEqual([
      '2.4 equity 10000 10000',
      '3.2 A fill 1 buy open 1 @ 1 -> 1, 9999',
      '3.4 equity 9999 10000',
      '3.7 A expiry 2 1',
    ]);
  });

  test('gets an OrderError for what could never be right, and no number for it', () => {
    const wrong: ((ctx: Context) => void)[] = [
      (ctx) => ctx.buy(-1),
      (ctx) => ctx.buy(NaN),
      (ctx) => ctx.buy(1, { limit: 1, onClose: true }),
      (ctx) => ctx.buy(1, { trail: { percent: 100 } }),
      (ctx) => ctx.buy(1, { trail: { atr: 1, period: 1 } }),
      (ctx) => ctx.buy(1, { closes: 1 }),
      (ctx) => ctx.buy({ riskPercent: 1 }),
      (ctx) => ctx.protect({ stop: { percent: 1 }, trail: { percent: 1 } }),
      (ctx) => ctx.buy(1, { bracket: { stop: { price: 100 } } }),
      (ctx) => ctx.sell(1, { limit: 120, bracket: { target: { price: 125 } } }),
      (ctx) => ctx.buy(1, { bracket: { target: { multiple: 2 } } }),
      (ctx) => ctx.buy(1, { reduceOnly: true, bracket: { stop: { percent: 1 } } }),
      (ctx) => ctx.oco({ side: 'buy', quantity: 1 }, { side: 'sell', quantity: Infinity }),
      (ctx) => ctx.cancel(1),
      (ctx) => ctx.replace(7, { quantity: 1 }),
    ];
    const events = play({
      bars: { A: [at(100), at(100)] },
      tick: (ctx: Context) => {
        if (ctx.step !== 0) return;
        for (const call of wrong) expect(() => call(ctx)).toThrow(OrderError);
        expect(ctx.buy(1)).toBe(1);
        expect(() => ctx.replace(1, { price: 5 })).toThrow(OrderError);
        expect([ctx.cancel(1), ctx.cancel(1), ctx.replace(1, { quantity: 2 })]).toEqual([true, false, false]);
      },
    });
    expect(story(events, 'order')).toEqual(['0.5 A order 1 buy market 1', '0.5 A cancel 1 request 1']);
  });

  test('over all symbols comes last in a step, counts its orders over them and has books of its own', () => {
    const seen: number[] = [];
    const events = play({
      bars: { B: [at(10), at(10), at(11)], A: [at(20), null, at(20)] },
      tick: (ctx) => void (ctx.step === 0 && ctx.symbol === 'A' && ctx.buy(1)),
      step: (ctx) => {
        const { position, netQuantity, isPresent } = ctx.view('A');
        seen.push(position.quantity, netQuantity, isPresent ? 1 : 0, ctx.account.equity);
        if (ctx.step !== 0) return;
        ctx.buy('B', 5);
        ctx.buy('A', 2);
      },
    });
    expect(story(events, 'order')).toEqual([
      '0.5 A order 1 buy market 1',
      '0.6 A order 2 buy market 2',
      '0.6 B order 1 buy market 5',
      '1.2 B fill 1 buy open 5 @ 10 -> 5, 9950',
      '2.2 A fill 1 buy open 1 @ 20 -> 1, 9930',
      '2.2 A fill 2 buy open 2 @ 20 -> 2, 9890',
    ]);
    expect(seen).toEqual([0, 0, 1, 10_000, 0, 0, 0, 10_000, 2, 3, 1, 10_005]);
  });

  test('gets its candles when they end, or at the first bar after their end', () => {
    const told: string[] = [];
    class Candles extends Strategy {
      override onStart(ctx: Context) {
        ctx.candles('3m');
        ctx.candles('2m');
      }
      override onCandle({
        timeframe,
        time,
        open,
        high,
        low,
        close,
        volume,
      }: Parameters<Strategy['onCandle']>[0]) {
        const bar = [open, high, low, close, volume].join(' ');
        told.push(`${timeframe / MINUTE}m from ${time / MINUTE}: ${bar}, at ${this.ctx.step}`);
      }
    }
    const given = { rules: DEFAULT_RULES, instruments: {}, warmupSteps: 0 };
    // Minutes 0 to 7; minutes 3 and 5 are missing.
    run({ A: [at(1), at(3), at(2), null, at(5), null, at(7), at(6)] }, [Candles], given);
    expect(told).toEqual([
      '2m from 0: 1 3 1 3 2, at 1',
      '3m from 0: 1 3 1 2 3, at 2',
      '2m from 2: 2 2 2 2 1, at 3',
      '2m from 4: 5 5 5 5 1, at 4',
      '3m from 3: 5 5 5 5 1, at 4',
      '2m from 6: 7 7 6 6 2, at 5',
    ]);
  });
});

describe('in random worlds', () => {
  test('what must be true of every record is true', { timeout: 60_000 }, () => {
    for (let seed = 0; seed < 200; seed++) {
      const world = randomWorld(seed);
      const plan = planOf(world, 'class');
      const events = simulate(world.market, plan);
      expect(() => checkInvariants(world.market, plan, events), `world ${seed}`).not.toThrow();
    }
  });

  test('a second run has the same record', { timeout: 60_000 }, () => {
    for (let seed = 200; seed < 220; seed++) {
      const world = randomWorld(seed);
      const plan = planOf(world, 'class');
      expect(simulate(world.market, plan), `world ${seed}`).toEqual(simulate(world.market, plan));
    }
  });
});
