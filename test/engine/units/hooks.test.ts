/** What an instance is told, when, and in what order: notices, candles, the bar. */
import { describe, expect, test } from 'vitest';
import type { Bar, Cancellation, Candle, Context, Expiry, Fill, Rejection } from '../../../src/index.ts';
import { Strategy } from '../../../src/index.ts';
import { definesHook } from '../../../src/engine/instance.ts';
import { MovingBar, MovingHistory, moveBar } from '../../../src/engine/sight.ts';
import { BarStore } from '../../../src/market/bar-store.ts';
import { DEFAULT_RULES, type Plan } from '../../../src/record/plan.ts';
import { SYMBOL_STRATEGY } from '../../../src/strategy/strategy.ts';
import { marketOf, type Quote } from '../../broker/scene.ts';
import { play } from '../../support/play.ts';
import { at } from '../../worlds/scene.ts';

/** Writes down all that it is told. */
class Diary extends Strategy {
  static told: string[] = [];
  #write(ctx: Context, words: string) {
    Diary.told.push(`${ctx.step} ${ctx.symbol} ${words}`);
  }
  override onFill({ id, side, type, quantity, price, effect, tag }: Fill, ctx: Context) {
    this.#write(ctx, `fill ${id} ${side} ${type} ${quantity} @ ${price} ${effect} ${tag}`);
  }
  override onReject({ id, reason, quantity }: Rejection, ctx: Context) {
    this.#write(ctx, `reject ${id} ${reason} ${quantity}`);
  }
  override onCancel({ id, reason, quantity, symbol }: Cancellation, ctx: Context) {
    this.#write(ctx, `cancel ${id} ${reason} ${quantity} of ${symbol}`);
  }
  override onExpire({ id, reason, type }: Expiry, ctx: Context) {
    this.#write(ctx, `expire ${id} ${reason} ${type}`);
  }
  override onCandle({ time, close }: Candle, ctx: Context) {
    this.#write(ctx, `candle ${time / 60_000} ${close}`);
  }
  override onTick(bar: Bar, ctx: Context) {
    this.#write(ctx, `tick ${bar.close}`);
    this.act(ctx);
  }
  override onEnd(ctx: Context) {
    this.#write(ctx, 'end');
  }
  act(_ctx: Context): void {}
}

async function diaryOf(strategyClass: typeof Diary, bars: Readonly<Record<string, readonly Quote[]>>) {
  const plan: Plan = {
    strategies: [{ source: { strategyClass }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: 1_000 },
    instruments: {},
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
  Diary.told = [];
  await play(marketOf(bars), plan);
  return Diary.told;
}

describe('an instance', () => {
  test('is told notices as they happened, then the candles that closed, then the bar', async () => {
    class Acts extends Diary {
      override onStart(ctx: Context) {
        ctx.candles('2m');
      }
      override act(ctx: Context) {
        if (ctx.step === 0) {
          const bracket = { stop: { offset: 5 }, target: { offset: 5 } };
          ctx.buy(1, { bracket, tag: 'dip' });
          ctx.buy(100);
          ctx.buy(1, { limit: 10 });
        }
      }
    }
    expect(await diaryOf(Acts, { A: [at(100), [100, 101, 94, 96], at(97)] })).toEqual([
      '0 A tick 100',
      '1 A fill 1 buy market 1 @ 100 open dip',
      '1 A reject 4 INSUFFICIENT_CASH 100',
      '1 A fill 2 sell stop 1 @ 95 close dip',
      '1 A cancel 3 oco 1 of A',
      '1 A candle 0 96',
      '1 A tick 96',
      '2 A tick 97',
      '2 A expire 5 end of data limit',
      '2 A end',
    ]);
  });

  test('is told nothing of its own cancels, and may act on what it is told', async () => {
    class Acts extends Diary {
      override onFill(fill: Fill, ctx: Context) {
        super.onFill(fill, ctx);
        if (fill.effect === 'open') ctx.sell(fill.quantity, { limit: 103 });
      }
      override act(ctx: Context) {
        if (ctx.step !== 0) return;
        ctx.buy(2);
        ctx.cancel(ctx.buy(1, { limit: 90 }));
      }
    }
    expect(await diaryOf(Acts, { A: [at(100), at(101), at(104)] })).toEqual([
      '0 A tick 100',
      '1 A fill 1 buy market 2 @ 101 open ',
      '1 A tick 101',
      '2 A fill 3 sell limit 2 @ 104 close ',
      '2 A tick 104',
      '2 A end',
    ]);
  });

  test('of a symbol without a bar ticks at its own bars alone', async () => {
    class Acts extends Diary {
      override act(ctx: Context) {
        if (ctx.step === 0) ctx.buy(1);
      }
    }
    expect(await diaryOf(Acts, { A: [at(1), null, at(2)], B: [null, at(5), null] })).toEqual([
      '0 A tick 1',
      '1 B tick 5',
      '2 A fill 1 buy market 1 @ 2 open ',
      '2 A tick 2',
      '2 A end',
      '2 B end',
    ]);
  });
});

describe('a hook', () => {
  class Middle extends Strategy {
    override onTick() {}
  }
  class Leaf extends Middle {
    override onFill() {}
  }
  class Inherits extends Strategy.with({}) {}

  test.each([
    [Strategy, 'onTick', false],
    [Middle, 'onTick', true],
    [Leaf, 'onTick', true],
    [Leaf, 'onFill', true],
    [Leaf, 'onCandle', false],
    [Inherits, 'onTick', false],
  ])('of %o: %s is defined: %s', (strategyClass, hook, expected) => {
    const strategy = new strategyClass({ params: {}, symbol: 'A', ctx: null });
    expect(definesHook(strategy, hook, SYMBOL_STRATEGY)).toBe(expected);
  });

  test('may be a field of the object', () => {
    const strategy = new Strategy({ params: {}, symbol: 'A', ctx: null });
    strategy.onTick = () => {};
    expect(definesHook(strategy, 'onTick', SYMBOL_STRATEGY)).toBe(true);
  });
});

describe('past bars', () => {
  const bars = BarStore.create(marketOf({ A: [at(10), at(11), at(12)] })).columns(0);
  const bar = new MovingBar(bars);
  const history = new MovingHistory(bar, bars);

  test('are NaN before the first', () => {
    moveBar(bar, -1);
    expect([bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume]).toEqual(Array(6).fill(NaN));
    expect([history.count, history.close(0)]).toEqual([0, NaN]);
  });

  test('are counted back from the newest, and stop at the oldest', () => {
    moveBar(bar, 1);
    expect([history.count, history.close(0), history.close(1), history.close(2)]).toEqual([2, 11, 10, NaN]);
    expect(history.time(1)).toBe(0);
  });

  test.each([-1, 0.5, NaN, -Infinity])('are not had %d ago', (ago) => {
    moveBar(bar, 1);
    expect(() => history.close(ago)).toThrow('a bar to come is not known');
  });
});
