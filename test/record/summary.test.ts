/** What a summary says, against runs small enough to work out by hand, and against the record of random ones. */
import { describe, expect, test } from 'vitest';
import { type Counts, noCounts } from '../../src/broker/broker.ts';
import { EXIT_REASONS } from '../../src/broker/order.ts';
import { NO_COMMISSION } from '../../src/broker/policies.ts';
import { Strategy } from '../../src/index.ts';
import { BarStore } from '../../src/market/bar-store.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import type { Plan } from '../../src/record/plan.ts';
import type { RunEvent } from '../../src/record/records.ts';
import { type Summary, SummaryBuilder, type SummaryGiven } from '../../src/record/summary.ts';
import type { Market } from '../support/market.ts';
import { playStore } from '../support/play.ts';
import { planOf as planOfWorld, randomWorld } from '../worlds/world.ts';
import { pass } from './rows.ts';
import { BUSY_MARKET, BUSY_PLAN, flatBars, MINUTE, planOf, SAMPLES } from './samples.ts';

function givenOf(store: BarStore, plan: Plan, more: Partial<SummaryGiven> = {}): SummaryGiven {
  return {
    digest: 'd',
    strategies: plan.strategies.map((_, index) => `S${index}`),
    steps: 0,
    bars: store.totalBars,
    ticks: 0,
    counts: noCounts(),
    intrabar: plan.rules.intrabar,
    conventions: ['ours'],
    warnings: [],
    workers: 0,
    block: 1,
    timing: { loadMs: 0, runMs: 0, digestMs: 0, writeMs: 0, wallMs: 0 },
    memory: { peakRssBytes: 0, loadedBytes: 0 },
    interval: store.interval,
    lastCloses: store.symbols.map((_, symbol) => store.columns(symbol).close.at(-1)!),
    instruments: store.names.map((name) => plan.instruments[name] ?? DEFAULT_INSTRUMENT),
    ...more,
  };
}

async function summarise(market: Market, plan: Plan): Promise<{ summary: Summary; events: RunEvent[] }> {
  const store = BarStore.create(market);
  const builder = new SummaryBuilder(store.names, plan.rules.cash);
  const { events } = await playStore(store, plan, { listeners: [builder.listen] });
  return { summary: builder.finish(givenOf(store, plan)), events };
}

describe('the summary', () => {
  test('of a run with a win, a loss, a rejection and a position left', async () => {
    const market = {
      interval: MINUTE,
      bars: { A: flatBars([100, 100, 110, 110, 105, 105]), B: flatBars([50, 50, 50, 50, 40, 45]) },
    };
    const plan = planOf(
      (ctx) => {
        if (ctx.symbol === 'B') {
          if (ctx.step === 0) ctx.buy(2, { tag: 'first' });
          if (ctx.step === 3) ctx.buy(1, { tag: 'more' });
          return;
        }
        if (ctx.step === 0) ctx.buy(4, { tag: 'up' });
        if (ctx.step === 1) ctx.close('out');
        if (ctx.step === 2) ctx.buy(4, { tag: 'up' });
        if (ctx.step === 3) ctx.close('stopped');
        if (ctx.step === 4) ctx.buy(1_000);
      },
      { commission: { ...NO_COMMISSION, perOrder: 1 } },
    );
    const { summary } = await summarise(market, plan);
    // A: 4 × (110 − 100) − 2 = 38, then 4 × (105 − 110) − 2 = −22. B: 2 at 50 and 1 at 40, average 140/3, last close 45.
    expect(summary).toMatchObject({
      symbols: ['A', 'B'],
      from: '2024-01-01T00:00:00.000Z',
      to: '2024-01-01T00:06:00.000Z',
      orders: 7,
      fills: 6,
      rejections: 1,
      rejectionsByCode: { INSUFFICIENT_CASH: 1 },
      cancels: 0,
      expiries: 0,
      trades: 2,
      startEquity: 1_000,
      finalCash: 1_000 + 38 - 22 - 2 - 140,
      finalEquity: 1_000 + 38 - 22 - 2 - 140 + 135,
      total: { symbol: '', trades: 2, wins: 1, longs: 2, shorts: 0, grossPnl: 20, commission: 6, netPnl: 16 },
      byEntryTag: [{ tag: 'up', trades: 2, wins: 1, netPnl: 16 }],
      byExitTag: [
        { tag: 'out', trades: 1, wins: 1, netPnl: 38 },
        { tag: 'stopped', trades: 1, wins: 0, netPnl: -22 },
      ],
      byExitReason: { signal: 2, stop: 0, target: 0 },
    });
    expect(summary.rejectionsByCode).toEqual({ INSUFFICIENT_CASH: 1 });
    expect(summary.bySymbol[0]).toEqual({
      symbol: 'A',
      trades: 2,
      wins: 1,
      longs: 2,
      shorts: 0,
      grossPnl: 20,
      commission: 4,
      netPnl: 16,
    });
    expect(summary.bySymbol[1]).toMatchObject({ symbol: 'B', trades: 0, commission: 2, netPnl: 0 });
    expect(summary.openPositions).toEqual([
      {
        symbol: 'B',
        strategy: 'S0',
        quantity: 3,
        averagePrice: 140 / 3,
        lastClose: 45,
        unrealisedPnl: 3 * (45 - 140 / 3),
      },
    ]);
    // 1 of 6 marks is before the first fill.
    expect(summary.metrics['exposure']!.value).toBe(5 / 6);
    expect(summary.metrics['winRate']!.value).toBe(0.5);
    expect(summary.conventions[0]).toBe('ours');
    expect(summary.conventions.join()).toContain('annualisation: daily marked equity');
  });

  test('of a busy run counts every kind, and survives JSON', async () => {
    const { summary, events } = await summarise(BUSY_MARKET, BUSY_PLAN);
    const count = (kind: string): number => events.filter((event) => event.kind === kind).length;
    for (const [field, kind] of [
      ['orders', 'order'],
      ['fills', 'fill'],
      ['rejections', 'rejection'],
      ['cancels', 'cancel'],
      ['expiries', 'expiry'],
      ['trades', 'trade'],
    ] as const) {
      expect(count(kind), kind).toBeGreaterThan(0);
      expect(summary[field], field).toBe(count(kind));
    }
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  test('a reversal: the average begins anew with the opening part', async () => {
    const market = { interval: MINUTE, bars: { A: flatBars([100, 100, 120, 130]) } };
    const plan = planOf(
      (ctx) => {
        if (ctx.step === 0) ctx.buy(1);
        if (ctx.step === 1) ctx.sell(3);
      },
      { account: { kind: 'leverage', leverage: 4 } },
      { instruments: { A: { ...DEFAULT_INSTRUMENT, multiplier: 2 } } },
    );
    const { summary } = await summarise(market, plan);
    expect(summary.openPositions).toMatchObject([
      { quantity: -2, averagePrice: 120, lastClose: 130, unrealisedPnl: -40 },
    ]);
  });

  test('a trade of exactly 0 after commission is neither a win nor a loss', () => {
    const builder = new SummaryBuilder(['A', 'B'], 1_000);
    const trade = { ...SAMPLES.trade, pnl: 2, commission: 2 };
    pass([trade, { ...trade, event: 9, pnl: -2, quantity: -4 }], ['A', 'B'], builder.listen);
    const store = BarStore.create({ interval: MINUTE, bars: { A: flatBars([1]), B: flatBars([1]) } });
    const { total, metrics } = builder.finish(
      givenOf(
        store,
        planOf(() => {}),
      ),
    );
    expect(total).toMatchObject({ trades: 2, wins: 0, longs: 1, shorts: 1, netPnl: -4 });
    expect(metrics['averageLoss']!.value).toBe(-4);
  });

  test('a run of which nothing came', async () => {
    class Idle extends Strategy {}
    const idle = { source: { strategyClass: Idle }, params: {}, symbolParams: {} };
    const plan = planOf(() => {}, {}, { strategies: [idle] });
    const { summary } = await summarise({ interval: MINUTE, bars: { A: flatBars([1, 2]) } }, plan);
    expect(summary).toMatchObject({ orders: 0, trades: 0, openPositions: [], finalEquity: 1_000 });
    expect(summary.metrics['winRate']!.value).toBeNull();
    expect(summary.metrics['totalReturn']!.value).toBe(0);
  });
});

describe('what the other policies would have made of it', () => {
  const idle = (): { store: BarStore; plan: Plan } => {
    const store = BarStore.create({ interval: MINUTE, bars: { A: flatBars([1]) } });
    return { store, plan: planOf(() => {}) };
  };
  const summaryOf = (given: Partial<SummaryGiven>): Summary => {
    const { store, plan } = idle();
    const builder = new SummaryBuilder(['A'], 1_000);
    pass([SAMPLES.equity], ['A'], builder.listen);
    return builder.finish(givenOf(store, plan, given));
  };
  const counts: Counts = {
    ...noCounts(),
    ambiguousBars: 2,
    underPolicy: { pessimistic: -3.25, optimistic: 12.5, path: 0 },
  };

  test.each([
    ['pessimistic', { optimistic: 1_012.5, path: 1_000 }],
    ['optimistic', { pessimistic: 996.75, path: 1_000 }],
    ['path', { pessimistic: 996.75, optimistic: 1_012.5 }],
    [null, {}],
  ] as const)('of a run under %s: %j', (intrabar, expected) => {
    const summary = summaryOf({ counts, intrabar });
    expect(summary.finalEquity).toBe(1_000);
    expect(summary.finalEquityUnder).toEqual(expected);
    expect(summary).not.toHaveProperty('intrabar');
  });
});

test('every reason for an exit is counted under its name', () => {
  const builder = new SummaryBuilder(['A', 'B'], 1_000);
  const trades = EXIT_REASONS.flatMap((reason, i) =>
    Array.from({ length: i + 1 }, (_, event) => ({ ...SAMPLES.trade, reason, event: 10 * i + event })),
  );
  pass(trades, ['A', 'B'], builder.listen);
  const store = BarStore.create({ interval: MINUTE, bars: { A: flatBars([1]), B: flatBars([1]) } });
  const summary = builder.finish(
    givenOf(
      store,
      planOf(() => {}),
    ),
  );
  expect(summary.byExitReason).toEqual(Object.fromEntries(EXIT_REASONS.map((reason, i) => [reason, i + 1])));
  expect(Object.keys(summary.byExitReason)).toContain('liquidation');
});

describe('money is conserved', () => {
  test('to the cent when flat: net results of trades are the change of equity', async () => {
    let step = 0;
    const prices = Array.from({ length: 400 }, () => {
      step = (step * 16_807 + 11) % 2_147_483_647;
      return 90 + (step % 2_000) / 100;
    });
    const plan = planOf(
      (ctx) => {
        if (ctx.step % 5 === 0 && ctx.step < 380) ctx.buy(1.37 + (ctx.step % 3));
        if (ctx.step % 15 === 12) ctx.close();
        if (ctx.step === 390 && !ctx.position.isFlat) ctx.close();
      },
      {
        cash: 10_000,
        commission: { rate: 0.001, perShare: 0.01, perOrder: 0.35, minimum: 0.4, maximum: 3 },
        slippage: { bps: 3, price: 0.01, spreads: 0.5 },
      },
      { instruments: { A: { ...DEFAULT_INSTRUMENT, spread: 0.02 } } },
    );
    const { summary } = await summarise({ interval: MINUTE, bars: { A: flatBars(prices) } }, plan);
    expect(summary.trades).toBeGreaterThan(20);
    expect(summary.openPositions).toEqual([]);
    expect(summary.startEquity + summary.total.netPnl).toBeCloseTo(summary.finalEquity, 2);
    expect(summary.startEquity + summary.total.grossPnl - summary.total.commission).toBeCloseTo(
      summary.finalEquity,
      2,
    );
    expect(summary.finalCash).toBe(summary.finalEquity);
  });

  test('in random worlds, with what is still open', async () => {
    let openPositions = 0;
    for (let seed = 0; seed < 150; seed++) {
      const world = randomWorld(seed);
      const { summary } = await summarise(world.market, planOfWorld(world, 'class'));
      const unrealised = summary.openPositions.reduce((sum, { unrealisedPnl }) => sum + unrealisedPnl, 0);
      openPositions += summary.openPositions.length;
      const { startEquity, total, finalEquity } = summary;
      const expected = startEquity + total.grossPnl - total.commission + unrealised;
      expect(Math.abs(expected - finalEquity), `seed ${seed}`).toBeLessThan(1e-9 * (startEquity + 1e3));
    }
    expect(openPositions).toBeGreaterThan(50);
  });
});

test('exposure counts the marks with a position, in random worlds too', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const world = randomWorld(seed);
    const { summary, events } = await summarise(world.market, planOfWorld(world, 'class'));
    const held = new Map<string, number>();
    let marks = 0;
    let exposed = 0;
    for (const event of events) {
      if (event.kind === 'fill') held.set(`${event.symbol} ${event.strategy}`, event.position);
      if (event.kind !== 'equity') continue;
      marks++;
      exposed += [...held.values()].some((quantity) => quantity !== 0) ? 1 : 0;
    }
    expect(summary.metrics['exposure']!.value, `seed ${seed}`).toBe(exposed / marks);
  }
});
