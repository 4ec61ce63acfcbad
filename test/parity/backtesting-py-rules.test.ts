/** The rules of backtesting.py one by one, with figures that can be checked by hand. */
import { describe, expect, test } from 'vitest';
import { type Context, type OrderOptions, Strategy } from '../../src/index.ts';
import {
  DEFAULT_RULES,
  NO_COMMISSION,
  NO_LIMITS,
  NO_SLIPPAGE,
  REG_T,
  type Rules,
} from '../../src/broker/policies.ts';
import {
  BACKTESTING_PY_DEFAULTS,
  type BacktestingPySettings,
  settingsFrom,
} from '../../src/broker/presets/backtesting-py/rules.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import type { EventOf, RunEvent } from '../../src/record/records.ts';
import { marketOf, type Quote } from '../broker/scene.ts';
import { play } from '../support/play.ts';

/** What is done at a bar, by its index. */
type Moves = Readonly<Record<number, (ctx: Context) => void>>;
type Given = Partial<BacktestingPySettings> & { readonly cash?: number };

const at = (price: number): Quote => [price, price, price, price];
const AT_100 = at(100);

async function eventsOf(bars: Readonly<Record<string, readonly Quote[]>>, moves: Moves, given: Given = {}) {
  class Scripted extends Strategy {
    override onTick(_: unknown, ctx: Context) {
      moves[ctx.step]?.(ctx);
    }
  }
  const { cash = 10_000, ...settings } = given;
  const rules: Rules = { ...DEFAULT_RULES, cash, fills: { preset: 'backtesting.py', settings } };
  const { events } = await play(marketOf(bars), {
    strategies: [{ source: { strategyClass: Scripted }, params: {}, symbolParams: {} }],
    rules,
    instruments: Object.fromEntries(
      Object.keys(bars).map((name) => [name, { ...DEFAULT_INSTRUMENT, lot: 1 }]),
    ),
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  });
  return events;
}

const eventsOn = (bars: readonly Quote[], moves: Moves, given?: Given) => eventsOf({ X: bars }, moves, given);

/** Fills and ends of orders, a line each: step, what, the order. */
const story = (events: readonly RunEvent[]) => events.map(line).filter((text) => text !== '');
const tell = async (bars: readonly Quote[], moves: Moves, given?: Given) =>
  story(await eventsOn(bars, moves, given));

function line(event: RunEvent): string {
  const { kind, step } = event;
  if (kind === 'fill')
    return `${step} ${event.sequence} ${event.side} ${event.effect} ${event.quantity} @ ${event.price}`;
  if (kind === 'cancel') return `${step} ${event.sequence} cancelled: ${event.reason}`;
  if (kind === 'rejection') return `${step} ${event.sequence} ${event.code}`;
  return kind === 'expiry' ? `${step} ${event.sequence} expired: ${event.reason}` : '';
}

const ofKind = <Kind extends RunEvent['kind']>(events: readonly RunEvent[], kind: Kind) =>
  events.filter((event) => event.kind === kind) as unknown as EventOf<Kind>[];

describe('queue', () => {
  test('a closing order comes before an older order, which closes what is left, oldest trade first', async () => {
    const moves: Moves = {
      0: (ctx) => [ctx.buy(10), ctx.buy(4)],
      1: (ctx) => [ctx.sell(12), ctx.sell(3, { closes: 1 })],
    };
    expect(await tell([AT_100, AT_100, AT_100], moves)).toEqual([
      '1 1 buy open 10 @ 100',
      '1 2 buy open 4 @ 100',
      '2 4 sell close 3 @ 100',
      '2 3 sell close 7 @ 100',
      '2 3 sell close 4 @ 100',
      '2 3 sell open 1 @ 100',
    ]);
  });

  test('a stop-limit fills on the bar of its stop if its limit is beyond it, else waits as a limit', async () => {
    const bars: Quote[] = [AT_100, [100, 106, 100, 103], [103, 105, 103, 105]];
    const moves: Moves = {
      0: (ctx) => [ctx.buy(1, { stop: 105, limit: 104 }), ctx.buy(2, { stop: 105, limit: 107 })],
    };
    expect(await tell(bars, moves)).toEqual(['1 2 buy open 2 @ 105', '2 1 buy open 1 @ 103']);
  });

  test('an exclusive order passes over the order behind each one it cancels, and closes trades', async () => {
    const moves: Moves = {
      0: (ctx) => ctx.buy(10),
      // The first entry removes 2 and closes the trade by -1; the second removes -1, passes over 3, and closes by -2.
      1: (ctx) => [ctx.sell(3, { closes: 1 }), ctx.buy(1), ctx.buy(2)],
    };
    expect(await tell([AT_100, AT_100, AT_100], moves, { exclusiveOrders: true })).toEqual([
      '1 1 buy open 10 @ 100',
      '2 2 cancelled: replaced',
      '2 -1 cancelled: replaced',
      '2 -2 sell close 10 @ 100',
      '2 3 buy open 1 @ 100',
      '2 4 buy open 2 @ 100',
    ]);
  });

  test('members of an OCO group end with the first fill', async () => {
    const moves: Moves = {
      0: (ctx) => ctx.oco({ side: 'buy', quantity: 1, limit: 99 }, { side: 'buy', quantity: 1, stop: 101 }),
    };
    const bars: Quote[] = [AT_100, [100, 102, 99, 101], AT_100];
    expect(await tell(bars, moves)).toEqual(['1 1 buy open 1 @ 99', '1 2 cancelled: oco']);
  });
});

describe('stop and target', () => {
  const bracket = { stop: { price: 95 }, target: { price: 104 } };
  const enter = (options: OrderOptions): Moves => ({ 0: (ctx) => ctx.buy(1, { ...options, bracket }) });

  test('of a market entry are tried on its own bar, the stop first', async () => {
    expect(await tell([AT_100, [100, 105, 94, 96]], enter({}))).toEqual([
      '1 1 buy open 1 @ 100',
      '1 2 sell close 1 @ 95',
      '1 3 cancelled: oco',
    ]);
  });

  test('of a limit entry wait for the next bar, where a gap fills at the open', async () => {
    expect(await tell([AT_100, [100, 105, 94, 96], [94, 94, 93, 93]], enter({ limit: 99 }))).toEqual([
      '1 1 buy open 1 @ 99',
      '2 2 sell close 1 @ 94',
      '2 3 cancelled: oco',
    ]);
  });

  test('of a stop entry are tried on its own bar only if the target was reached and the stop was not', async () => {
    const reached: Quote[] = [AT_100, [100, 105, 96, 103]];
    const both: Quote[] = [AT_100, [100, 105, 95, 103], AT_100];
    expect(await tell(reached, enter({ stop: 101 }))).toEqual([
      '1 1 buy open 1 @ 101',
      '1 3 sell close 1 @ 104',
      '1 2 cancelled: oco',
    ]);
    expect(await tell(both, enter({ stop: 101 }))).toEqual([
      '1 1 buy open 1 @ 101',
      '2 2 expired: end of data',
      '2 3 expired: end of data',
    ]);
  });

  test('are set anew by orders that name the trade, and shrink with it', async () => {
    const moves: Moves = {
      0: (ctx) => ctx.buy(10),
      1: (ctx) => ctx.sell(1, { closes: 1, stop: 90 }),
      2: (ctx) => [ctx.sell(1, { closes: 1, stop: 95 }), ctx.sell(6, { closes: 1 })],
    };
    const events = await eventsOn([AT_100, AT_100, AT_100, AT_100, [96, 96, 94, 94]], moves);
    expect(story(events)).toEqual([
      '1 1 buy open 10 @ 100',
      '3 2 cancelled: replaced',
      '3 4 sell close 6 @ 100',
      '4 3 sell close 4 @ 95',
    ]);
    const trades = ofKind(events, 'trade');
    expect(trades.map(({ entry, entryStep, pnl, reason }) => [entry, entryStep, pnl, reason])).toEqual([
      [1, 1, 0, 'signal'],
      [1, 1, -20, 'stop'],
    ]);
  });

  test('may be sent for an order that is still to open its trade, and go with it', async () => {
    const moves: Moves = {
      0: (ctx) => {
        ctx.sell(1, { stop: 99, closes: ctx.buy(1) });
        ctx.sell(1, { stop: 99, closes: ctx.buy(1_000) });
      },
    };
    expect(await tell([AT_100, [100, 100, 98, 98]], moves)).toEqual([
      '1 1 buy open 1 @ 100',
      '1 3 INSUFFICIENT_CASH',
      '1 4 cancelled: parent',
      '1 2 sell close 1 @ 99',
    ]);
  });
});

describe('money', () => {
  test('what may be opened is counted at the close of the bar that fills at its open', async () => {
    const moves: Moves = { 0: (ctx) => ctx.sell(5), 1: (ctx) => ctx.sell(8) };
    // Free: 1,000 + 5 × (100 − close) − 5 × close, which is 900 at 60 and 500 at 100. Eight at 100 cost 800.
    const falling = await tell([AT_100, AT_100, [100, 100, 60, 60]], moves, { cash: 1_000 });
    const still = await tell([AT_100, AT_100, AT_100], moves, { cash: 1_000 });
    expect(falling.at(-1)).toBe('2 2 sell open 8 @ 100');
    expect(still.at(-1)).toBe('2 2 INSUFFICIENT_CASH');
  });

  test('a size below 1 is a fraction of what is free, commission included, in whole units', async () => {
    const commission = { fixed: 0, rate: 0.001 };
    const bars = [AT_100, AT_100];
    // 3,000 / 100.1 is 29.97.
    expect(await tell(bars, { 0: (ctx) => ctx.sell(0.3) }, { commission })).toEqual([
      '1 1 sell open 29 @ 100',
    ]);
    const percent: Moves = { 0: (ctx) => ctx.buy({ percent: 30 }) };
    expect(await tell(bars, percent, { commission, margin: 0.25 })).toEqual(['1 1 buy open 119 @ 100']);
    expect(await tell(bars, { 0: (ctx) => ctx.buy(0.001) })).toEqual(['1 1 INSUFFICIENT_CASH']);
  });

  test('only what opens a trade pays the spread, and cash moves by commission and gain alone', async () => {
    const commission = { fixed: 1, rate: 0.01 };
    const moves: Moves = { 0: (ctx) => ctx.buy(10), 1: (ctx) => ctx.sell(14) };
    const events = await eventsOn([AT_100, AT_100, AT_100], moves, { commission, spread: 0.01 });
    expect(story(events)).toEqual([
      '1 1 buy open 10 @ 101',
      '2 2 sell close 10 @ 100',
      '2 2 sell open 4 @ 99',
    ]);
    // 1 + 1,010 × 1 %; 10 × (100 − 101) and 1 + 1,000 × 1 %; 1 + 396 × 1 %.
    const cash = ofKind(events, 'fill').map((fill) => Number(fill.cash.toFixed(9)));
    expect(cash).toEqual([9_988.9, 9_967.9, 9_962.94]);
    expect(ofKind(events, 'trade')[0]).toMatchObject({ quantity: 10, pnl: -10, commission: 22.1 });
  });

  test('with hedging both sides stay open and take up margin', async () => {
    const moves: Moves = { 0: (ctx) => [ctx.buy(10), ctx.sell(6), ctx.sell(1)] };
    expect(await tell([AT_100, AT_100], moves, { hedging: true, cash: 1_600 })).toEqual([
      '1 1 buy open 10 @ 100',
      '1 2 sell open 6 @ 100',
      '1 3 INSUFFICIENT_CASH',
    ]);
  });

  test('when equity is gone every other trade is closed at the close, and nothing is traded after', async () => {
    const moves: Moves = { 0: (ctx) => [ctx.buy(4), ctx.buy(4)], 2: (ctx) => ctx.buy(1) };
    const bars: Quote[] = [AT_100, AT_100, [100, 100, 80, 80], AT_100];
    const events = await eventsOn(bars, moves, { cash: 100, margin: 0.1 });
    expect(story(events).slice(2)).toEqual(['2 -1 sell close 4 @ 80', '3 3 INSUFFICIENT_MARGIN']);
    const points = ofKind(events, 'equity').map(({ cash, equity }) => [cash, equity]);
    expect(points.slice(1)).toEqual([
      [100, 100],
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('moments', () => {
  test('with tradeOnClose a market order fills at the close before, of that bar, and a stop starts there', async () => {
    const moves: Moves = { 0: (ctx) => [ctx.buy(1), ctx.buy(2, { stop: 101 })], 1: (ctx) => ctx.close() };
    const events = await eventsOn([AT_100, [103, 104, 102, 103], AT_100], moves, { tradeOnClose: true });
    expect(story(events)).toEqual([
      '1 1 buy open 1 @ 100',
      '1 2 buy open 2 @ 101',
      '2 3 sell close 2 @ 103',
      '2 3 sell close 1 @ 103',
    ]);
    expect(ofKind(events, 'trade').map(({ entry, entryStep }) => [entry, entryStep])).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  test('finalizeTrades closes at the open of the last bar, the oldest trade first', async () => {
    const moves: Moves = { 0: (ctx) => [ctx.buy(1), ctx.buy(2)] };
    const bars: Quote[] = [AT_100, AT_100, [101, 109, 101, 109]];
    const events = await eventsOn(bars, moves, { finalizeTrades: true });
    expect(story(events).slice(2)).toEqual(['2 -2 sell close 1 @ 101', '2 -1 sell close 2 @ 101']);
    expect(ofKind(events, 'trade').map(({ reason }) => reason)).toEqual(['end of data', 'end of data']);
    expect(await tell(bars, moves)).toHaveLength(2);
  });
});

describe('what it does not have', () => {
  const refused: readonly (readonly [string, (ctx: Context) => void, RegExp])[] = [
    ['orders on the close', (ctx) => ctx.buy(1, { onClose: true }), /no orders on the close/],
    ['trailing stops', (ctx) => ctx.sell(1, { trail: { offset: 1 } }), /no orders on the close or trailing/],
    ['times in force', (ctx) => ctx.buy(1, { timeInForce: 'day' }), /no times in force/],
    ['partial fills', (ctx) => ctx.buy(1, { allowPartial: true }), /no partial fills/],
    ['limits of risk', (ctx) => ctx.buy(1, { maxOpenRiskPercent: 1 }), /no limits of risk/],
    [
      'relative levels',
      (ctx) => ctx.buy(1, { bracket: { stop: { percent: 1 } } }),
      /levels other than prices/,
    ],
    ['half units', (ctx) => ctx.buy(1.5), /no parts of a unit/],
    ['more than everything', (ctx) => ctx.buy({ percent: 101 }), /no sizes above 100 percent/],
    ['replaces', (ctx) => ctx.replace(ctx.buy(1, { limit: 1 }), { price: 2 }), /no replace/],
    ['fractions of trades', (ctx) => ctx.sell(0.5, { closes: 1 }), /not in whole units/],
    [
      'brackets on what closes',
      (ctx) => ctx.sell(1, { closes: 1, bracket: { stop: { price: 101 } } }),
      /opens nothing/,
    ],
    ['stop-limits on trades', (ctx) => ctx.sell(1, { closes: 1, stop: 99, limit: 98 }), /a stop and a limit/],
    [
      'waiting reducers',
      (ctx) => ctx.sell(1, { reduceOnly: true, limit: 101 }),
      /reduceOnly except at the market/,
    ],
  ];
  test.each(refused)('%s', async (_name, send, message) => {
    let error: unknown;
    const catching = (ctx: Context) => {
      try {
        send(ctx);
      } catch (thrown) {
        error = thrown;
      }
    };
    await tell([AT_100, AT_100], { 0: catching });
    expect(String(error)).toMatch(message);
    expect((error as Error).name).toBe('OrderError');
  });

  test('a second symbol', async () => {
    await expect(eventsOf({ X: [AT_100], Y: [AT_100] }, {})).rejects.toThrow(/one symbol with one strategy/);
  });
});

describe('settings', () => {
  const from = (rules: Partial<Rules>, settings: object = {}) =>
    settingsFrom({ ...DEFAULT_RULES, fills: { preset: 'backtesting.py', settings }, ...rules });

  test('come from the rules of the run, and from its own where it has them', () => {
    expect(from({})).toEqual(BACKTESTING_PY_DEFAULTS);
    const rules: Partial<Rules> = {
      account: { kind: 'leverage', leverage: 4 },
      commission: { ...NO_COMMISSION, rate: 0.001, perOrder: 2 },
      slippage: { ...NO_SLIPPAGE, bps: 5 },
    };
    const translated = { commission: { fixed: 2, rate: 0.001 }, margin: 0.25, spread: 0.0005 };
    expect(from(rules)).toEqual({ ...BACKTESTING_PY_DEFAULTS, ...translated });
    expect(from(rules, { margin: 0.5, hedging: true })).toMatchObject({
      margin: 0.5,
      spread: 0.0005,
      hedging: true,
    });
  });

  test.each<[string, Partial<Rules>, object, RegExp]>([
    ['an unknown name', {}, { tradeOnClos: true }, /did you mean "tradeOnClose"/],
    ['another cash than that of the run', {}, { cash: 1 }, /cash 1, and the run starts with 100000/],
    ['a margin above 1', {}, { margin: 2 }, /margin of 2; .* above 0, up to 1/],
    ['a word for a switch', {}, { hedging: 'yes' }, /hedging is true or false/],
    ['a commission of half the value', {}, { commission: { fixed: 0, rate: 0.5 } }, /-0.1 to 0.1/],
    ['a commission per share', { commission: { ...NO_COMMISSION, perShare: 1 } }, {}, /per share/],
    ['a least commission', { commission: { ...NO_COMMISSION, minimum: 1 } }, {}, /least or most/],
    ['slippage in spreads', { slippage: { ...NO_SLIPPAGE, spreads: 1 } }, {}, /basis points/],
    ['maintenance margin', { account: REG_T }, {}, /leverage 2/],
    ['limits', { limits: { ...NO_LIMITS, positions: 3 } }, {}, /no limits of the account/],
    ['a cap on the volume', { maxVolume: 0.1 }, {}, /cap on the volume/],
    ['an intrabar policy', { intrabar: 'path' }, {}, /pessimistic/],
    ['limits that are traded through', { limitTouch: 'through' }, {}, /touch/],
  ])('are refused for %s', (_name, rules, settings, message) => {
    expect(() => from(rules, settings)).toThrow(message);
  });
});
