/** What a run promises to strategies: which hooks are called, when, and what they can see. */
import { describe, expect, test } from 'vitest';
import {
  type Bar,
  type Candle,
  type CandleSeries,
  type Context,
  type Fill,
  type PortfolioContext,
  PortfolioStrategy,
  Strategy,
} from '../../src/index.ts';
import { RunEvents } from '../../src/engine/events.ts';
import { InputError } from '../../src/kernel/input-error.ts';
import { DEFAULT_RULES } from '../../src/record/plan.ts';
import type { EventOf, SideEvent } from '../../src/record/records.ts';
import { play } from '../support/play.ts';
import { flatMarket, marketOf, MINUTE, planWith, still, strategyAt, strategyOf, WAYS } from './stage.ts';
import './warm-threads.ts';

/** A strategy class out of hooks, and what they told. */
function scripted(hooks: Partial<Pick<Strategy, 'onStart' | 'onTick' | 'onCandle' | 'onFill' | 'onEnd'>>) {
  class Scripted extends Strategy {}
  Object.assign(Scripted.prototype, hooks);
  return strategyOf(Scripted);
}

describe('ticks', () => {
  /** Complete; starts late; ends early; has gaps; one bar alone. */
  const ragged = marketOf({
    A: [1, 2, 3, 4, 5, 6],
    B: [null, null, 3, 4, 5, 6],
    C: [1, 2, 3, null, null, null],
    D: [1, null, 3, null, null, 6],
    E: [null, null, null, 4, null, null],
  });

  test('are one for each bar, first and last included, late starters and gaps or not', async () => {
    const told: Record<string, number[]> = {};
    const onTick = (bar: Bar, ctx: Context) => {
      (told[ctx.symbol] ??= []).push(ctx.step);
      expect([bar.time, bar.close, ctx.time]).toEqual([ctx.time, ctx.step + 1, ctx.step * MINUTE]);
      expect(ctx.bars.count).toBe(told[ctx.symbol]!.length);
    };
    const { outcome } = await play(ragged, planWith([scripted({ onTick })]));
    expect(told).toEqual({
      A: [0, 1, 2, 3, 4, 5],
      B: [2, 3, 4, 5],
      C: [0, 1, 2],
      D: [0, 2, 5],
      E: [3],
    });
    expect(outcome).toMatchObject({ ticks: 17, steps: 6, symbols: ['A', 'B', 'C', 'D', 'E'], workers: 0 });
  });

  test.each(WAYS)('are as many with %s workers, and twice as many for two strategies', async (workers) => {
    const entries = [strategyAt('slow', { turns: 1 }), strategyAt('slow', { turns: 2 })];
    const { outcome } = await play(ragged, planWith(entries), { workers });
    expect([outcome.ticks, outcome.steps]).toEqual([34, 6]);
  });

  test('of a single bar are one', async () => {
    const { outcome } = await play(flatMarket(['A'], 1), planWith([scripted({})]));
    expect([outcome.ticks, outcome.steps]).toEqual([1, 1]);
  });

  test('do not come at empty steps of a grid, at which the account is marked all the same', async () => {
    const steps: number[] = [];
    const onTick = (_bar: Bar, ctx: Context) => void steps.push(ctx.step);
    const market = { interval: MINUTE, bars: { A: [still(2), still(5)] } };
    const grid = { start: 0, stepMs: MINUTE, count: 8 };
    const { events, outcome } = await play(market, planWith([scripted({ onTick })], { grid }));
    expect(steps).toEqual([2, 5]);
    expect(outcome.steps).toBe(8);
    expect(
      events.filter(({ kind }) => kind === 'equity').map((event) => (event as EventOf<'equity'>).time),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((step) => step * MINUTE));
  });

  test.each([
    ['before it', { start: 3 * MINUTE, stepMs: MINUTE, count: 8 }],
    ['after it', { start: 0, stepMs: MINUTE, count: 5 }],
    ['between two steps', { start: 0, stepMs: 2 * MINUTE, count: 8 }],
  ])('of a bar beside the grid (%s) there are none: it is an InputError', async (_, grid) => {
    const market = { interval: MINUTE, bars: { A: [still(2), still(5)] } };
    const running = play(market, planWith([scripted({})], { grid }));
    await expect(running).rejects.toThrow(InputError);
    await expect(running).rejects.toThrow(/A has a bar at 1970-01-01T00:0[25]/);
  });

  test('of a run without a strategy, or in warm-up for ever, there are none: an InputError', async () => {
    const market = flatMarket(['A'], 3);
    await expect(play(market, planWith([]))).rejects.toThrow(InputError);
    await expect(play(market, planWith([scripted({})], { warmupSteps: 3 }))).rejects.toThrow(InputError);
    await expect(play(market, planWith([scripted({})]), { workers: 0 })).rejects.toThrow(InputError);
  });
});

describe('hooks', () => {
  test('come in the order start, then by step, symbol, strategy and portfolio, then end', async () => {
    const told: string[] = [];
    const named = (name: string) => {
      const tell = (hook: string, ctx: Context) =>
        void told.push(`${ctx.step} ${ctx.symbol} ${name} ${hook}`);
      return scripted({
        onStart: (ctx) => tell('start', ctx),
        onTick: (_bar, ctx) => tell('tick', ctx),
        onEnd: (ctx) => tell('end', ctx),
      });
    };
    class Portfolio extends PortfolioStrategy {
      override onStart(ctx: PortfolioContext) {
        told.push(`${ctx.step} portfolio start`);
      }
      override onStep(ctx: PortfolioContext) {
        told.push(`${ctx.step} portfolio step`);
      }
      override onEnd(ctx: PortfolioContext) {
        told.push(`${ctx.step} portfolio end`);
      }
    }
    const market = marketOf({ B: [1, 2], A: [null, 2] });
    await play(market, planWith([named('x'), named('y'), strategyOf(Portfolio)]));
    expect(told).toEqual([
      '-1 A x start',
      '-1 A y start',
      '-1 B x start',
      '-1 B y start',
      '-1 portfolio start',
      '0 B x tick',
      '0 B y tick',
      '0 portfolio step',
      '1 A x tick',
      '1 A y tick',
      '1 B x tick',
      '1 B y tick',
      '1 portfolio step',
      '1 A x end',
      '1 A y end',
      '1 B x end',
      '1 B y end',
      '1 portfolio end',
    ]);
  });

  test('tell notices before candles before the bar, and the last ones before the end', async () => {
    const told: string[] = [];
    class All extends Strategy {
      override onStart(ctx: Context) {
        ctx.candles('2m');
      }
      override onTick(_bar: Bar, ctx: Context) {
        told.push(`${ctx.step} tick`);
        if (ctx.step === 0) ctx.oco({ side: 'buy', quantity: 1 }, { side: 'buy', quantity: 2, limit: 50 });
        if (ctx.step === 1) ctx.buy(1e9);
        if (ctx.step === 2) ctx.buy(1, { limit: 1 });
      }
      override onCandle(_candle: Candle, ctx: Context) {
        told.push(`${ctx.step} candle`);
      }
      override onFill({ id, quantity, price, effect }: Fill, ctx: Context) {
        told.push(`${ctx.step} fill ${id} ${effect} ${quantity} @ ${price}`);
      }
      override onCancel({ id, reason }: { id: number; reason: string }, ctx: Context) {
        told.push(`${ctx.step} cancel ${id} ${reason}`);
      }
      override onReject({ id, reason }: { id: number; reason: string }, ctx: Context) {
        told.push(`${ctx.step} reject ${id} ${reason}`);
      }
      override onExpire({ id, reason }: { id: number; reason: string }, ctx: Context) {
        told.push(`${ctx.step} expire ${id} ${reason}`);
      }
      override onEnd(ctx: Context) {
        told.push(`${ctx.step} end`);
      }
    }
    await play(flatMarket(['A'], 3), planWith([strategyOf(All)]));
    expect(told).toEqual([
      '0 tick',
      '1 fill 1 open 1 @ 100',
      '1 cancel 2 oco',
      '1 candle',
      '1 tick',
      '2 reject 3 INSUFFICIENT_CASH',
      '2 tick',
      '2 expire 4 end of data',
      '2 end',
    ]);
  });

  test('of an absent symbol wait for its next tick, or for the end', async () => {
    const told: string[] = [];
    class Asks extends PortfolioStrategy {
      override onStep(ctx: PortfolioContext) {
        if (ctx.step === 0) ctx.buy('A', 1);
      }
      override onFill({ symbol }: Fill, ctx: PortfolioContext) {
        told.push(`portfolio: ${symbol} filled, told at ${ctx.step}`);
      }
    }
    const onTick = (_bar: Bar, ctx: Context) => void (ctx.step === 0 && ctx.symbol === 'A' && ctx.buy(1));
    const onFill = (_fill: Fill, ctx: Context) => void told.push(`A filled, told at ${ctx.step}`);
    const market = marketOf({ A: [1, null, null, 4], B: [1, 2, 3, 4] });
    await play(market, planWith([scripted({ onTick, onFill }), strategyOf(Asks)]));
    expect(told).toEqual(['A filled, told at 3', 'portfolio: A filled, told at 3']);
  });
});

describe('candles', () => {
  test('close older first and shorter first; empty ones are not made; a forming one knows no more', async () => {
    const told: string[] = [];
    class Candles extends Strategy {
      #series: readonly CandleSeries[] = [];
      override onStart(ctx: Context) {
        if (ctx.symbol !== 'A') return;
        const three = ctx.candles('3m');
        this.#series = [ctx.candles('2m'), three];
        expect(ctx.candles('3m')).toBe(three);
      }
      override onCandle({ timeframe, time, open, close, volume, endTime }: Candle, ctx: Context) {
        expect(endTime).toBe(time + timeframe);
        told.push(`${ctx.step}: ${timeframe / MINUTE}m of ${time / MINUTE}, ${open} to ${close}, ${volume}`);
      }
      override onTick(bar: Bar, ctx: Context) {
        const forming = this.#series.map(({ forming: { open, close } }) => `${open}-${close}`);
        const counts = this.#series.map(({ count }) => count);
        if (ctx.symbol === 'A')
          told.push(`${ctx.step}: ${bar.close}, forming ${forming.join(' ')}, ${counts}`);
      }
    }
    // Minutes 0 1 2 and 8 9: nothing from 3 to 7. B makes the steps.
    const market = marketOf({
      A: [10, 11, 12, null, null, null, null, null, 18, 19],
      B: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    });
    await play(market, planWith([strategyOf(Candles)]));
    expect(told).toEqual([
      '0: 10, forming 10-10 10-10, 0,0',
      '1: 2m of 0, 10 to 11, 2000',
      '1: 11, forming NaN-NaN 10-11, 1,0',
      '2: 3m of 0, 10 to 12, 3000',
      '2: 12, forming 12-12 NaN-NaN, 1,1',
      '8: 2m of 2, 12 to 12, 1000', // Ended at minute 4, which had no bar.
      '8: 3m of 6, 18 to 18, 1000', // Ends with this very bar.
      '8: 18, forming 18-18 NaN-NaN, 2,2',
      '9: 2m of 8, 18 to 19, 2000',
      '9: 19, forming NaN-NaN 19-19, 3,2',
    ]);
  });

  test('that bars do not fill, or that are asked for too late, are refused', async () => {
    const asked: unknown[] = [];
    const onStart = (ctx: Context) => {
      try {
        ctx.candles('90s');
      } catch (error) {
        asked.push(error);
      }
    };
    const onTick = (_bar: Bar, ctx: Context) => void ctx.candles('2m');
    const running = play(flatMarket(['A'], 2), planWith([scripted({ onStart, onTick })]));
    await expect(running).rejects.toThrow(/candles are asked for in onStart/);
    expect(asked[0]).toBeInstanceOf(InputError);
  });
});

describe('warm-up', () => {
  test('runs windows and candles, drops and counts orders, and has no equity points', async () => {
    const ids: number[] = [];
    const seen: string[] = [];
    const onStart = (ctx: Context) => void ctx.candles('2m');
    const onCandle = ({ time }: Candle, ctx: Context) => void seen.push(`candle ${time} ${ctx.isWarmup}`);
    const onTick = (_bar: Bar, ctx: Context) => {
      seen.push(`tick ${ctx.step} ${ctx.isWarmup} ${ctx.bars.count}`);
      ids.push(ctx.buy(1), ...ctx.oco({ side: 'buy', quantity: 1 }, { side: 'buy', quantity: 1, limit: 90 }));
      expect(ctx.cancel(0)).toBe(false);
    };
    const plan = planWith([scripted({ onStart, onCandle, onTick })], { warmupSteps: 2 });
    const { events, outcome } = await play(flatMarket(['A'], 4), plan);
    expect(seen).toEqual([
      'tick 0 true 1',
      'candle 0 true',
      'tick 1 true 2',
      'tick 2 false 3',
      `candle ${2 * MINUTE} false`,
      'tick 3 false 4',
    ]);
    expect(ids).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
    expect(outcome.droppedOrders).toBe(6);
    expect(events.every(({ step }) => step >= 2)).toBe(true);
    expect(events.filter(({ kind }) => kind === 'equity').map(({ step }) => step)).toEqual([2, 3]);
  });
});

describe('views', () => {
  test('show of another symbol its last bar, its presence and what is settled', async () => {
    const told: string[] = [];
    const onTick = (_bar: Bar, ctx: Context) => {
      if (ctx.symbol === 'B' && ctx.step === 1) ctx.buy(2);
      if (ctx.symbol !== 'A') return;
      const { isPresent, bar, netQuantity, position } = ctx.view('B');
      told.push(
        `${ctx.step}: ${isPresent} ${bar.close} ${bar.time / MINUTE} ${netQuantity} ${position.quantity}`,
      );
    };
    // B opens at step 1, is gone at 2 and back at 3.
    const market = marketOf({ A: [1, 2, 3, 4, 5], B: [null, 20, null, 40, null] });
    await play(market, planWith([scripted({ onTick })]));
    expect(told).toEqual([
      '0: false NaN NaN 0 0',
      '1: true 20 1 0 0',
      '2: false 20 1 0 0',
      '3: true 40 3 2 2',
      '4: false 40 3 2 2',
    ]);
  });

  test('of past bars count back from the newest; the future is a RangeError', async () => {
    const onTick = (_bar: Bar, { bars, step }: Context) => {
      expect([bars.close(0), bars.close(step), bars.close(step + 1)]).toEqual([step + 1, 1, NaN]);
      for (const wrong of [-1, 0.5, NaN, -Infinity]) {
        for (const field of ['time', 'open', 'high', 'low', 'close', 'volume'] as const)
          expect(() => bars[field](wrong)).toThrow(RangeError);
      }
    };
    const { outcome } = await play(marketOf({ A: [1, 2, 3] }), planWith([scripted({ onTick })]));
    expect(outcome.ticks).toBe(3);
  });

  test('of a symbol that the run has not are refused, with what was meant', async () => {
    const onStart = (ctx: Context) => void ctx.view('ALPHS');
    const running = play(flatMarket(['ALPHA', 'B'], 2), planWith([scripted({ onStart })]));
    await expect(running).rejects.toThrow(/no symbol "ALPHS" \(did you mean "ALPHA"\?\)/);
  });
});

describe('books', () => {
  test('are one for each strategy and symbol, and all share the account', async () => {
    const seen: string[] = [];
    const trader = (quantity: number) =>
      scripted({
        onTick: (_bar, ctx) => {
          if (ctx.step === 0) ctx.buy(quantity);
          if (ctx.step === 2)
            seen.push(
              `${ctx.symbol} ${ctx.position.quantity} of ${ctx.view(ctx.symbol).netQuantity}, ${ctx.account.cash}`,
            );
        },
      });
    class Portfolio extends PortfolioStrategy {
      override onStep(ctx: PortfolioContext) {
        if (ctx.step === 0) ctx.buy('B', 5);
        if (ctx.step === 2)
          seen.push(...ctx.universe.map(({ name, position }) => `portfolio ${name} ${position.quantity}`));
      }
    }
    const plan = planWith([trader(1), trader(2), strategyOf(Portfolio)]);
    const { events } = await play(flatMarket(['A', 'B'], 3), plan);
    const cash = 100_000 - 100 * (1 + 2 + 1 + 2 + 5);
    expect(seen).toEqual([
      `A 1 of 3, ${cash}`,
      `A 2 of 3, ${cash}`,
      `B 1 of 8, ${cash}`,
      `B 2 of 8, ${cash}`,
      'portfolio A 0',
      'portfolio B 5',
    ]);
    expect(
      events.filter(({ kind }) => kind === 'fill').map(({ symbol, strategy }) => symbol + strategy),
    ).toEqual(['A0', 'A1', 'B0', 'B1', 'B2']);
  });

  test('of two portfolio strategies there are none: a run has one at most, and it comes last', async () => {
    const portfolio = strategyOf(class extends PortfolioStrategy {});
    const market = flatMarket(['A'], 2);
    await expect(play(market, planWith([portfolio, portfolio]))).rejects.toThrow(InputError);
    await expect(play(market, planWith([portfolio, scripted({})]))).rejects.toThrow(InputError);
  });
});

describe('what is told beside the record', { timeout: 30_000 }, () => {
  const market = marketOf({
    C: Array.from({ length: 9 }, (_, step) => 100 + step),
    A: Array.from({ length: 9 }, (_, step) => (step % 2 === 0 ? 50 + step : null)),
    B: Array.from({ length: 9 }, (_, step) => (step > 3 ? 20 + step : null)),
  });
  const entries = [strategyAt('teller'), strategyAt('teller')];

  test('is the same, draw by draw and line by line, on any number of threads', async () => {
    const inline = await play(market, planWith(entries));
    const lines = inline.side.flatMap((event) => (event.kind === 'log' ? [event.message] : []));
    expect(lines.filter((line) => line.includes('tick')).length).toBe(inline.outcome.ticks);
    expect(lines.some((line) => line.includes('candle')) && lines.some((line) => line.includes('fill'))).toBe(
      true,
    );
    for (const workers of WAYS) {
      const { side, outcome } = await play(market, planWith(entries), { workers });
      expect(side.map(withoutCount), String(workers)).toEqual(inline.side.map(withoutCount));
      expect(outcome.digest, String(workers)).toBe(inline.outcome.digest);
    }
    const draws = lines.flatMap((line) => /tick (\S+)/.exec(line)?.slice(1) ?? []);
    expect(new Set(draws).size).toBe(draws.length); // Each instance has a stream of its own.
    const reseeded = await play(market, planWith(entries, { seed: 2 }));
    expect(reseeded.side).not.toEqual(inline.side);
  });

  test('stands in the order of step, symbol, strategy and telling', async () => {
    const { side } = await play(market, planWith(entries), { workers: 3 });
    const logs = side.filter(({ kind }) => kind === 'log') as EventOf<'log'>[];
    const keys = logs.map(({ step, phase, symbol, strategy }) => [step, phase, symbol, strategy]);
    expect(keys).toEqual(keys.toSorted(compareKey));
    for (const strategy of [0, 1]) {
      const ofOne = logs.filter((log) => log.symbol === 'A' && log.strategy === strategy);
      expect(ofOne.map(({ message }) => Number(message.split(' ')[0]))).toEqual(ofOne.map((_, i) => i));
    }
  });

  /** Known: at the end the conductor counts expiries where an instance's own thread counts lines. */
  test('counts its lines the same on any number of threads', async () => {
    const [one, two] = [
      await play(market, planWith(entries)),
      await play(market, planWith(entries), { workers: 2 }),
    ];
    expect(two.side).toEqual(one.side);
  });

  /** Known: lines and events of a key share one count, so a line before an order renumbers the order. */
  test('is no part of the digest: a strategy may say more and do the same', async () => {
    const quiet = entries.map((entry) => ({ ...entry, params: { quiet: 1 } }));
    const [loud, silent] = [await play(market, planWith(entries)), await play(market, planWith(quiet))];
    expect(silent.side).toEqual([]);
    expect(silent.outcome.digest).toBe(loud.outcome.digest);
  });

  test('are the events of a run: start, progress, fills in order, end', async () => {
    for (const workers of ['inline', 2] as const) {
      const events = new RunEvents();
      const told: string[] = [];
      events.start.subscribe(({ symbols, steps, bars }) => told.push(`start ${symbols} ${steps} ${bars}`));
      events.fill.subscribe(({ symbol, step }) => told.push(`fill ${symbol} ${step}`));
      events.end.subscribe(({ digest }) => told.push(`end ${digest}`));
      events.error.subscribe({ next: () => told.push('error'), complete: () => told.push('complete') });
      const { events: record, outcome } = await play(market, planWith(entries), { workers, events });
      const fills = record.filter(({ kind }) => kind === 'fill');
      expect(told).toEqual([
        'start A,B,C 9 19',
        ...fills.map(({ symbol, step }) => `fill ${symbol} ${step}`),
        `end ${outcome.digest}`,
        'complete',
      ]);
    }
  });
});

const withoutCount = (event: SideEvent) => ({ ...event, event: 0 });

function compareKey(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [place, left] of a.entries()) {
    const right = b[place]!;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

describe('tables', { timeout: 60_000 }, () => {
  const ORDERS = 100_000;

  test('grow while others read them: 100,000 orders in one tick', async () => {
    const entry = strategyAt('flood', {}, { B: { orders: ORDERS }, C: { orders: 1 } });
    const rules = { ...DEFAULT_RULES, cash: 1e9 };
    const market = marketOf({
      A: [100, 100, 100, 100],
      B: [100, 100, 85, 85],
      C: [100, 100, 100, 100],
    });
    const digests = new Set<string>();
    for (const workers of ['inline', 2] as const) {
      const counts: Record<string, number> = {};
      const { outcome } = await play(market, planWith([entry], { rules }), {
        workers,
        listeners: [
          ({ rows }) => {
            for (const { kind, count } of Object.values(rows)) counts[kind] = (counts[kind] ?? 0) + count;
          },
        ],
      });
      digests.add(outcome.digest);
      // A third at the market, a third as stops that are passed at once, a third as limits at step 2: 85 is below 90.
      expect(counts).toMatchObject({ order: ORDERS + 1, fill: ORDERS + 1, cancel: 0, expiry: 0 });
    }
    expect(digests.size).toBe(1);
  });
});
