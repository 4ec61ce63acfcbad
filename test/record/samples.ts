/** An event of every kind, and a run in which everything happens: for tests of whatever is done with records. */
import type { RecordKind, RunEvent } from '../../src/record/records.ts';
import { NO_COMMISSION } from '../../src/broker/policies.ts';
import { type Bar, type Context, Strategy } from '../../src/index.ts';
import { DEFAULT_RULES, type Plan, type Rules } from '../../src/record/plan.ts';
import type { Market } from '../support/market.ts';

const KEY = { step: 7, phase: 2, symbol: 'B', strategy: 1, event: 3 };

export const SAMPLES: { readonly [Kind in RecordKind]: Extract<RunEvent, { kind: Kind }> } = {
  order: {
    kind: 'order',
    ...KEY,
    sequence: 3,
    parent: 1,
    group: 2,
    side: 'buy',
    type: 'limit',
    quantity: 10,
    sizedIn: 'percent',
    size: 25,
    portion: 0.5,
    price: 99.5,
    limitPrice: 99,
    timeInForce: 'gtd',
    until: 480_000,
    level: 'price',
    distance: 0.5,
    reduceOnly: 0,
    allowPartial: 1,
    closes: 2,
    maxOpenRiskPercent: 2,
    tag: 'dip',
  },
  replace: { kind: 'replace', ...KEY, sequence: 3, quantity: 4, price: 98 },
  fill: {
    kind: 'fill',
    ...KEY,
    sequence: 3,
    side: 'buy',
    effect: 'open',
    quantity: 4,
    price: 98,
    commission: 0.1,
    position: 4,
    cash: 607.9,
  },
  rejection: { kind: 'rejection', ...KEY, sequence: 3, code: 'LOT', quantity: 4, price: 98 },
  expiry: { kind: 'expiry', ...KEY, sequence: 3, reason: 'end of data', quantity: 4, limit: 1_000 },
  cancel: { kind: 'cancel', ...KEY, sequence: 3, reason: 'oco', quantity: 4 },
  trade: {
    kind: 'trade',
    ...KEY,
    entry: 3,
    exit: 4,
    entryStep: 5,
    entryTime: 300_000,
    quantity: 4,
    entryPrice: 98,
    exitPrice: 101,
    pnl: 12,
    commission: 0.2,
    reason: 'target',
    entryTag: 'dip',
    exitTag: 'done',
  },
  equity: {
    kind: 'equity',
    step: 7,
    phase: 4,
    symbol: '',
    strategy: -1,
    event: 0,
    time: 420_000,
    cash: 600,
    equity: 1_000,
  },
};

export const MINUTE = 60_000;
/** A Monday. */
export const MONDAY = Date.UTC(2024, 0, 1);

/** Bars that open where they say and do not move, unless a close is given. */
export function flatBars(
  prices: readonly (number | readonly [number, number])[],
  interval = MINUTE,
  from = MONDAY,
): Bar[] {
  return prices.map((price, i) => {
    const [open, close] = typeof price === 'number' ? [price, price] : price;
    return {
      time: from + i * interval,
      open,
      high: Math.max(open, close),
      low: Math.min(open, close),
      close,
      volume: 1_000,
    };
  });
}

export type Tick = (ctx: Context) => void;

export function planOf(tick: Tick, rules: Partial<Rules> = {}, more: Partial<Plan> = {}): Plan {
  class Scripted extends Strategy {
    override onTick(_: Bar, ctx: Context): void {
      tick(ctx);
    }
  }
  return {
    strategies: [{ source: { strategyClass: Scripted }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: 1_000, ...rules },
    instruments: {},
    seed: 0,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
    ...more,
  };
}

/** Two symbols, and an event of every kind, a line of the log and a plot; texts that want quoting. */
export const BUSY_MARKET: Market = {
  interval: MINUTE,
  bars: {
    A: flatBars([100, 101, 102, 103, 104, 105]),
    'B,"2"': flatBars([[50, 51], 52, 53, 54, 55, 56]),
  },
};

export const BUSY_PLAN = planOf(
  (ctx) => {
    ctx.log(`step ${ctx.step}, "${ctx.symbol}"\nü😀`);
    ctx.log('two\r\nlines');
    ctx.plot('close', ctx.step === 0 ? NaN : -0);
    if (ctx.step === 0)
      ctx.buy(2, { tag: 'a, "b"', bracket: { stop: { percent: 10 }, target: { offset: 1.5 } } });
    if (ctx.step === 1) ctx.buy(1_000, { tag: 'too much' });
    if (ctx.step === 2) {
      const id = ctx.buy(1, { limit: 10 });
      ctx.replace(id, { price: 11 });
      ctx.cancel(id);
    }
    if (ctx.step === 3) ctx.buy(1, { limit: 1, tag: 'never' });
    if (ctx.step === 4 && ctx.symbol === 'A') ctx.buy(1);
  },
  { commission: { ...NO_COMMISSION, rate: 0.001, perOrder: 0.25 } },
);
