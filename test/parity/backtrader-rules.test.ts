/** The distinctive rules of the backtrader preset, each on a few bars whose outcome is worked out by hand. */
import { describe, expect, test } from 'vitest';
import type { OrderOptions } from '../../src/broker/order.ts';
import {
  backtraderBroker,
  type BacktraderSettings,
  settingsFrom,
} from '../../src/broker/presets/backtrader.ts';
import { floorDivide } from '../../src/broker/presets/python.ts';
import { OrderError, PortfolioStrategy } from '../../src/index.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import { DEFAULT_RULES, type Rules } from '../../src/record/plan.ts';
import type { RunEvent } from '../../src/record/records.ts';
import type { PortfolioContext } from '../../src/strategy/context.ts';
import { play } from '../support/play.ts';

/** Open, high, low, close and, unless it is 1,000, volume; or no bar. */
type Quote = readonly [number, number, number, number] | readonly [number, number, number, number, number];
type Script = (ctx: PortfolioContext) => Generator<void, void, void>;

interface Scene {
  readonly bars: Readonly<Record<string, readonly (Quote | null)[]>>;
  readonly script: Script;
  readonly cash?: number;
  readonly settings?: Partial<BacktraderSettings>;
  readonly interval?: number;
}

const HOUR = 3_600_000;
const at = (price: number): Quote => [price, price, price, price];

/** What happened, one line an event with its step before it, and the equity points. */
async function trade({ bars, script, cash = 10_000, settings = {}, interval = 60_000 }: Scene) {
  class Scripted extends PortfolioStrategy {
    #rest: Generator<void, void, void> | undefined;
    override onStep(ctx: PortfolioContext) {
      (this.#rest ??= script(ctx)).next();
    }
  }
  const columns = Object.entries(bars).map(([symbol, quotes]) => {
    const known = quotes.flatMap((quote, index) => {
      if (quote === null) return [];
      const [open, high, low, close, volume = 1_000] = quote;
      return [{ time: index * interval, open, high, low, close, volume }];
    });
    return [symbol, known] as const;
  });
  const { events } = await play(
    { interval, bars: Object.fromEntries(columns) },
    {
      strategies: [{ source: { strategyClass: Scripted }, params: {}, symbolParams: {} }],
      rules: { ...DEFAULT_RULES, cash, fills: { preset: 'backtrader', settings } },
      instruments: Object.fromEntries(
        Object.keys(bars).map((symbol) => [symbol, { ...DEFAULT_INSTRUMENT, lot: 0 }]),
      ),
      seed: 0,
      warmupSteps: 0,
      grid: null,
      deterministic: false,
    },
  );
  const equity = events.flatMap((event) => (event.kind === 'equity' ? [[event.cash, event.equity]] : []));
  return { lines: events.flatMap(lineOf), equity, events };
}

function lineOf(event: RunEvent): string[] {
  switch (event.kind) {
    case 'fill':
      return [`${event.step} ${event.sequence} ${event.effect} ${event.quantity} @ ${event.price}`];
    case 'rejection':
      return [`${event.step} ${event.sequence} ${event.code}`];
    case 'cancel':
      return [`${event.step} ${event.sequence} cancelled: ${event.reason}`];
    case 'expiry':
      return [`${event.step} ${event.sequence} expired: ${event.reason}`];
    default:
      return [];
  }
}

describe('the queue', () => {
  test('a limit is tried again on the bar on which it was sent while there is no newer one; a market order waits', async () => {
    const { lines } = await trade({
      bars: { A: [[10, 12, 8, 11], null, [11, 11, 11, 11]], B: [at(5), at(5), at(5)] },
      *script(ctx) {
        ctx.buy('A', 1, { limit: 9 });
        ctx.buy('A', 2);
        yield;
      },
    });
    expect(lines).toEqual(['1 1 open 1 @ 9', '2 2 open 2 @ 11']);
  });

  test('orders of all symbols have their turns by age, so an older one takes the cash', async () => {
    const { lines } = await trade({
      bars: { A: [at(10), at(11)], B: [at(10), at(11)] },
      cash: 105,
      settings: { checkSubmit: false },
      *script(ctx) {
        ctx.buy('B', 9);
        ctx.buy('A', 9);
        yield;
      },
    });
    expect(lines).toEqual(['1 2 INSUFFICIENT_CASH', '1 1 open 9 @ 11']); // By symbol in the record.
  });

  test('a cancel at the step of the order does nothing, unless orders are accepted unchecked', async () => {
    const script: Script = function* (ctx) {
      ctx.cancel(ctx.buy('A', 1));
      yield;
    };
    const bars = { A: [at(10), at(11)] };
    expect((await trade({ bars, script })).lines).toEqual(['1 1 open 1 @ 11']);
    const unchecked = await trade({ bars, script, settings: { checkSubmit: false } });
    expect(unchecked.lines).toEqual(['1 1 cancelled: request']);
  });

  test('a cancel takes the OCO partner along, and of a bracket all that is left', async () => {
    const { lines } = await trade({
      bars: { A: [at(10), at(10), at(10)] },
      *script(ctx) {
        ctx.oco('A', { side: 'sell', quantity: 1, stop: 8 }, { side: 'sell', quantity: 1, limit: 12 });
        ctx.buy('A', 1, { limit: 9, bracket: { stop: { price: 8 }, target: { price: 11 } } });
        yield;
        ctx.cancel(2);
        ctx.cancel(4);
        yield;
      },
    });
    expect(lines).toEqual([
      '2 2 cancelled: request',
      '2 1 cancelled: oco',
      '2 4 cancelled: request',
      '2 3 cancelled: request',
      '2 5 cancelled: request',
    ]);
  });

  test('children wake one step after their entry; the stop is the older one where both are touched', async () => {
    const { lines } = await trade({
      bars: { A: [at(100), [100, 120, 80, 100], [100, 120, 80, 100]] },
      *script(ctx) {
        ctx.buy('A', 3, { bracket: { stop: { price: 95 }, target: { price: 110 } } });
        yield;
      },
    });
    expect(lines).toEqual(['1 1 open 3 @ 100', '2 2 close 3 @ 95', '2 3 cancelled: oco']);
  });

  test('a child is a full order: the stop of a position that is gone opens one', async () => {
    const { lines } = await trade({
      bars: { A: [at(100), at(100), at(100), at(100), at(90), at(90)] },
      *script(ctx) {
        ctx.buy('A', 3, { bracket: { stop: { price: 95 }, target: { price: 110 } } });
        yield;
        ctx.close('A');
        yield;
      },
    });
    expect(lines).toEqual(['1 1 open 3 @ 100', '2 4 close 3 @ 100', '4 2 open 3 @ 90', '4 3 cancelled: oco']);
  });
});

describe('cash', () => {
  const two: Script = function* (ctx) {
    ctx.buy('A', 200);
    ctx.buy('A', 10);
    yield;
  };

  test('is not put back on paper after a refusal', async () => {
    const bars = { A: [at(10), at(10)] };
    const checked = await trade({ bars, script: two, cash: 1_000 });
    expect(checked.lines).toEqual(['1 1 INSUFFICIENT_CASH', '1 2 INSUFFICIENT_CASH']);
    const unchecked = await trade({ bars, script: two, cash: 1_000, settings: { checkSubmit: false } });
    expect(unchecked.lines).toEqual(['1 1 INSUFFICIENT_CASH', '1 2 open 10 @ 10']);
  });

  test('a refused entry takes its children along, each by its own rule', async () => {
    const { lines } = await trade({
      bars: { A: [at(10), at(10)] },
      cash: 100,
      *script(ctx) {
        ctx.buy('A', 11, { bracket: { stop: { price: 9 }, target: { price: 11 } } });
        yield;
      },
    });
    expect(lines).toEqual(['1 1 INSUFFICIENT_CASH', '1 2 BRACKET', '1 3 BRACKET']);
  });

  test('of a reversal that it does not cover, the closing part stands', async () => {
    // 10 bought at 10 leave 0; closing returns 100; 20 short would cost 200.
    const { lines, equity } = await trade({
      bars: { A: [at(10), at(10), at(10)] },
      cash: 100,
      settings: { checkSubmit: false, shortCash: false },
      *script(ctx) {
        ctx.buy('A', 10);
        yield;
        ctx.sell('A', 30);
        yield;
      },
    });
    expect(lines).toEqual(['1 1 open 10 @ 10', '2 2 close 10 @ 10', '2 2 INSUFFICIENT_CASH']);
    expect(equity).toEqual([
      [100, 100],
      [0, 100],
      [100, 100],
    ]);
  });

  test('leverage divides what longs cost, not what they win', async () => {
    // 1000 / 2 leave 100; at 110: (1100 − 100) / 2 + 100.
    const { equity } = await trade({
      bars: { A: [at(100), [100, 110, 100, 110]] },
      cash: 600,
      settings: { leverage: 2 },
      *script(ctx) {
        ctx.buy('A', 10);
        yield;
      },
    });
    expect(equity[1]).toEqual([100, 700]);
  });

  test('contracts tie up their margin and are settled to every close', async () => {
    // 10000 − 2 × 300 − 2 × 2 + 2 × (101 − 100) × 5, and of worth (600 − 10) + 10; then 2 × (99 − 101) × 5.
    const { equity } = await trade({
      bars: { A: [at(100), [100, 101, 100, 101], at(99)] },
      settings: { commission: { kind: 'perContract', amount: 2, margin: 300, multiplier: 5 } },
      *script(ctx) {
        ctx.buy('A', 2);
        yield;
      },
    });
    expect(equity.slice(1)).toEqual([
      [9_406, 10_006],
      [9_386, 9_986],
    ]);
  });
});

describe('prices', () => {
  const sent = (options: OrderOptions, side: 'buy' | 'sell' = 'buy'): Script =>
    function* (ctx) {
      if (side === 'buy') ctx.buy('A', 30, options);
      else ctx.sell('A', 30, options);
      yield;
    };

  test('a trailing stop is tested, and then follows the close', async () => {
    // 100 − 2 = 98 is not reached; 103 − 2 = 101 is.
    const { lines } = await trade({
      bars: { A: [at(100), [100, 104, 99, 103], [102, 105, 100.5, 104]] },
      script: sent({ trail: { offset: 2 } }, 'sell'),
    });
    expect(lines).toEqual(['2 1 open 30 @ 101']);
  });

  test('a percentage is the decimal that is meant', async () => {
    // 10 − 10 × 0.178 is 8.22; 17.8 / 100 is a little more than 0.178, and would end at 8.219999999999999.
    const { lines } = await trade({
      bars: { A: [at(10), [10, 10, 8, 8]] },
      script: sent({ trail: { percent: 17.8 } }, 'sell'),
    });
    expect(lines).toEqual(['1 1 open 30 @ 8.22']);
  });

  test.each([
    // The stop at 100 is touched inside the bar, the limit lies beyond it.
    ['a rising bar fills it at the stop', [98, 103, 97, 102], 101, ['1 1 open 30 @ 100']],
    // The limit below the stop is reached by the close of a falling bar only.
    ['a falling bar may reach a limit within the stop', [99.5, 101, 98, 98.5], 99, ['1 1 open 30 @ 99']],
    ['a rising bar does not', [98, 103, 97, 98.5], 99, ['1 1 expired: end of data']],
  ] as const)('stop-limit: %s', async (_, bar, limit, expected) => {
    const { lines } = await trade({ bars: { A: [at(98), bar] }, script: sent({ stop: 100, limit }) });
    expect(lines).toEqual(expected);
  });

  test('an order on close fills on the first bar of the next day, at the last close of its own', async () => {
    const { lines } = await trade({
      interval: 6 * HOUR,
      bars: { A: [at(10), at(11), at(12), [13, 15, 13, 14], [20, 20, 20, 21]] },
      script: sent({ onClose: true }),
    });
    expect(lines).toEqual(['4 1 open 30 @ 14']);
  });

  test('orders expire by the time of a bar of their symbol, before it is tried', async () => {
    const bars = { A: [at(10), at(10), at(8)] };
    const until = await trade({ bars, script: sent({ limit: 9, goodUntil: 90_000 }) });
    expect(until.lines).toEqual(['2 1 expired: gtd']);
    const day = await trade({ bars, interval: 12 * HOUR, script: sent({ limit: 9, timeInForce: 'day' }) });
    expect(day.lines).toEqual(['2 1 expired: day']);
  });

  const slippage = { percent: 0.01, fixed: 0, open: true, match: true, limit: true, out: false };
  test.each([
    ['is cut to the high', {}, ['1 1 open 30 @ 100.5']],
    ['keeps the order from filling', { match: false }, ['2 1 open 30 @ 101']],
    ['stands', { out: true }, ['1 1 open 30 @ 101']],
    ['is none at the open', { open: false }, ['1 1 open 30 @ 100']],
  ])('slippage beyond the high %s', async (_, change, expected) => {
    const { lines } = await trade({
      bars: { A: [at(100), [100, 100.5, 99, 100], [100, 102, 99, 100]] },
      settings: { slippage: { ...slippage, ...change } },
      script: sent({}),
    });
    expect(lines).toEqual(expected);
  });

  test('close on creation takes the close that was known, one step later', async () => {
    const { lines } = await trade({
      bars: { A: [[10, 10, 10, 9], at(12)] },
      settings: { closeOnCreation: true },
      script: sent({}),
    });
    expect(lines).toEqual(['1 1 open 30 @ 9']);
  });

  test('a filler takes a whole number of units of each bar, and a part ends an OCO partner', async () => {
    // 20 % of 57 are 11.4, of 70 they are 14; 5 are left.
    const { lines } = await trade({
      bars: { A: [at(10), [10, 10, 10, 10, 57], [10, 10, 10, 10, 70], at(10)] },
      settings: { volumeFillerPercent: 20 },
      *script(ctx) {
        ctx.oco('A', { side: 'buy', quantity: 30, limit: 10 }, { side: 'buy', quantity: 30, stop: 11 });
        yield;
      },
    });
    expect(lines).toEqual(['1 1 open 11 @ 10', '1 2 cancelled: oco', '2 1 open 14 @ 10', '3 1 open 5 @ 10']);
  });

  test("whole parts are Python's", () => {
    expect(floorDivide(1, 0.1)).toBe(9); // 1 / 0.1 is 10.
    expect(floorDivide(7, 2)).toBe(3);
    expect(floorDivide(-7, 2)).toBe(-4);
  });
});

describe('settings', () => {
  const from = (rules: Partial<Rules>): BacktraderSettings => settingsFrom({ ...DEFAULT_RULES, ...rules });

  test('follow from the rules of the run', () => {
    expect(
      from({
        cash: 500,
        account: { kind: 'leverage', leverage: 3 },
        commission: { ...DEFAULT_RULES.commission, rate: 0.001 },
        slippage: { ...DEFAULT_RULES.slippage, bps: 20 },
        maxVolume: 0.2,
      }),
    ).toEqual({
      cash: 500,
      commission: { kind: 'percent', rate: 0.001 },
      slippage: { percent: 0.002, fixed: 0, open: true, match: true, limit: true, out: false },
      closeOnCreation: false,
      checkSubmit: true,
      shortCash: true,
      leverage: 3,
      volumeFillerPercent: 20,
    });
  });

  test('that are given go before them', () => {
    const fills = { preset: 'backtrader', settings: { leverage: 4, slippage: null } } as const;
    const slipping = { ...DEFAULT_RULES.slippage, spreads: 1 };
    expect(from({ fills, slippage: slipping })).toMatchObject({ leverage: 4, slippage: null });
  });

  const { commission, slippage, limits } = DEFAULT_RULES;
  test.each<[Partial<Rules>, RegExp]>([
    [{ commission: { ...commission, perOrder: 1 } }, /the nearest is a rate of 0/],
    [{ slippage: { ...slippage, spreads: 0.5 } }, /take bps or a price/],
    [{ slippage: { ...slippage, bps: 5, price: 1 } }, /take 5 bps or 1/],
    [
      { account: { kind: 'margin', initial: 0.5, maintenanceLong: 0.25, maintenanceShort: 0.3 } },
      /leverage 2/,
    ],
    [{ limits: { ...limits, positions: 3 } }, /leave out positions/],
    [{ costs: { A: {} } }, /no costs by symbol/],
    [{ intrabar: 'path' }, /"path"/],
    [{ limitTouch: 'through' }, /"touch"/],
    [{ fills: { preset: 'backtrader', settings: { leverege: 2 } } }, /did you mean "leverage"/],
    [{ fills: { preset: 'backtrader', settings: { cash: 1 } } }, /cash of the run, 100000/],
    [{ fills: { preset: 'backtrader', settings: { leverage: 0 } } }, /above 0/],
    [{ fills: { preset: 'backtrader', settings: { shortCash: 1 } } }, /true or false for shortCash, not 1/],
    [
      { fills: { preset: 'backtrader', settings: { commission: { kind: 'flat' } } } },
      /percent or perContract/,
    ],
    [{ fills: { preset: 'backtrader', settings: { slippage: { percent: 0.1 } } } }, /slippage\.fixed/],
  ])('say what they cannot express: %j', (rules, message) => {
    expect(() => from(rules)).toThrow(message);
  });

  test('are said in sentences', () => {
    const sentences = backtraderBroker.conventions(DEFAULT_RULES);
    expect(sentences.join('\n')).toMatch(/a fault: its prices were known[^]*no slippage/);
  });

  test('a contract of another multiplier than theirs is an error', async () => {
    const run = play(
      { interval: 60_000, bars: { A: [{ time: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 }] } },
      {
        strategies: [{ source: { strategyClass: PortfolioStrategy }, params: {}, symbolParams: {} }],
        rules: { ...DEFAULT_RULES, fills: { preset: 'backtrader', settings: {} } },
        instruments: { A: { ...DEFAULT_INSTRUMENT, multiplier: 50 } },
        seed: 0,
        warmupSteps: 0,
        grid: null,
        deterministic: false,
      },
    );
    await expect(run).rejects.toThrow(/A has a multiplier of 50/);
  });
});

describe('the desk refuses what the tool does not have', () => {
  test.each<[OrderOptions, RegExp]>([
    [{ limit: 9, reduceOnly: true }, /no reduce-only/],
    [{ allowPartial: true }, /as a whole/],
    [{ closes: 1 }, /no trades/],
    [{ maxOpenRiskPercent: 1 }, /no open risk/],
    [{ limit: 9, timeInForce: 'ioc' }, /no order that is ioc/],
    [{ goodUntil: 60_000 }, /never expires/],
    [{ bracket: { stop: { percent: 1 } } }, /are prices/],
    [{ bracket: { stop: { price: 9 }, target: { multiple: 2 } } }, /are prices/],
    [{ bracket: { targets: [{ price: 11, portion: 0.5 }] } }, /one target/],
  ])('%j', async (options, message) => {
    let error: unknown;
    const { lines } = await trade({
      bars: { A: [at(10), at(10)] },
      *script(ctx) {
        try {
          ctx.buy('A', 1, options);
        } catch (thrown) {
          error = thrown;
        }
        yield;
      },
    });
    expect(error).toBeInstanceOf(OrderError);
    expect((error as Error).message).toMatch(message);
    expect(lines).toEqual([]);
  });

  test('a replace', async () => {
    const played = trade({
      bars: { A: [at(10), at(10)] },
      *script(ctx) {
        ctx.replace(ctx.buy('A', 1, { limit: 9 }), { price: 8 });
        yield;
      },
    });
    await expect(played).rejects.toThrow(/no replace/);
  });
});
