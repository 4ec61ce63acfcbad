/**
 * Every limit of an account, met and missed by a unit, and the order in which they are named.
 *
 * Worked by hand with 10,000 in cash and a price of 100 unless a row says otherwise: the numbers stand beside the rows.
 */
import { describe, expect, test } from 'vitest';
import { type LimitsSpec, NO_LIMITS } from '../../src/broker/policies.ts';
import type { Context } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { DAY, fees, LEVERAGE, type Quote, stage, tell } from './scene.ts';

const limited = (limits: Partial<LimitsSpec>) => ({ limits: { ...NO_LIMITS, ...limits } });
/** `fill 1`, `rejection 2 POSITIONS`, with the symbol before it. */
const short = (lines: readonly string[]) =>
  lines.flatMap((line) => {
    const [, symbol, what, sequence, code] = line.split(' ');
    if (what === 'rejection') return [`${symbol} ${sequence} ${code}`];
    return what === 'fill' ? [`${symbol} ${sequence}`] : [];
  });

describe('the value of one entry', () => {
  test.each([
    [50, 50, 1, 'A 1'],
    [50, 51, 1, 'A 1 TRADE_SIZE'],
    [50, 10, 5, 'A 1'],
    [50, 11, 5, 'A 1 TRADE_SIZE'],
    [0.99, 1, 1, 'A 1 TRADE_SIZE'],
    [1, 1, 1, 'A 1'],
  ])(
    'at most %d percent: %d of a multiplier of %d, %s',
    async (tradePercent, quantity, multiplier, expected) => {
      const told = await tell({
        bars: { A: [at(100), at(100)] },
        rules: limited({ tradePercent }),
        instrument: { multiplier },
        *script(ctx) {
          ctx.buy(quantity);
          yield;
        },
      });
      expect(short(told)).toEqual([expected]);
    },
  );

  test('is of each entry alone, and falls with E as commissions are paid', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { ...limited({ tradePercent: 20 }), commission: fees({ perOrder: 100 }) },
      *script(ctx) {
        ctx.buy(20); // 20 % of 10,000, before its own commission.
        ctx.buy(20); // 20 % of 9,900 is 1,980.
        ctx.buy(19);
        yield;
      },
    });
    expect(short(told)).toEqual(['A 1', 'A 2 TRADE_SIZE', 'A 3']);
  });
});

describe('positions', () => {
  const buyer = (quantity = 1) =>
    function* script(ctx: Context) {
      ctx.buy(quantity);
      ctx.buy(quantity);
      yield;
    };
  test.each([
    [1, ['A 1', 'A 2', 'B 1 POSITIONS', 'B 2 POSITIONS', 'C 1 POSITIONS', 'C 2 POSITIONS']],
    [2, ['A 1', 'A 2', 'B 1', 'B 2', 'C 1 POSITIONS', 'C 2 POSITIONS']],
    [3, ['A 1', 'A 2', 'B 1', 'B 2', 'C 1', 'C 2']],
  ])('at most %d: more of what is held is none more: %j', async (positions, expected) => {
    const bars = { A: [at(100), at(100)], B: [at(100), at(100)], C: [at(100), at(100)] };
    const told = await tell({ bars, rules: limited({ positions }), script: buyer() });
    expect(short(told).sort()).toEqual(expected);
  });

  test('of two strategies on one symbol are two', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: limited({ positions: 1 }),
      script: buyer(),
      others: [buyer(2)],
    });
    expect(short(told)).toEqual(['A 1', 'A 2', 'A 1 POSITIONS', 'A 2 POSITIONS']);
  });

  test('that are closed at the open make room at once; within the bar, for the next', async () => {
    const closing = async (options: object) =>
      short(
        await tell({
          bars: { A: [at(100), at(100), at(100), at(100)], B: [at(100), at(100), at(100), at(100)] },
          rules: limited({ positions: 1 }),
          script: {
            *A(ctx) {
              ctx.buy(1);
              yield;
              ctx.sell(1, options);
            },
            *B(ctx) {
              yield;
              ctx.buy(1);
              yield;
              ctx.buy(1);
            },
          },
        }),
      );
    expect(await closing({})).toEqual(['A 1', 'A 2', 'B 1', 'B 2']);
    expect(await closing({ onClose: true })).toEqual(['A 1', 'B 1 POSITIONS', 'A 2', 'B 2']);
  });
});

describe('open risk', () => {
  test.each([
    // 10 a unit: 1 % is ten units. The smaller limit counts, the order's or the run's.
    [1, undefined, 10, 'A 1'],
    [1, undefined, 11, 'A 1 OPEN_RISK'],
    [undefined, 1, 10, 'A 1'],
    [undefined, 1, 11, 'A 1 OPEN_RISK'],
    [2, 1, 10, 'A 1'],
    [2, 1, 11, 'A 1 OPEN_RISK'],
    [1, 2, 10, 'A 1'],
    [1, 2, 11, 'A 1 OPEN_RISK'],
    [2, 2, 20, 'A 1'],
    [2, 2, 21, 'A 1 OPEN_RISK'],
  ])('run %d percent, order %d percent: %d, %s', async (run, order, quantity, expected) => {
    for (const stop of [{ stop: { offset: 10 } }, { stop: { price: 90 } }, { trail: { percent: 10 } }]) {
      const told = await tell({
        bars: { A: [at(100), at(100)] },
        rules: limited({ openRiskPercent: run ?? null }),
        *script(ctx) {
          ctx.buy(quantity, { bracket: stop, ...(order !== undefined && { maxOpenRiskPercent: order }) });
          yield;
        },
      });
      expect(short(told)).toEqual([expected]);
    }
  });

  test('of a run counts what is held, whoever holds it, and nothing for what has no stop', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100)], B: [at(100), at(100), at(100)] },
      rules: limited({ openRiskPercent: 1 }),
      script: {
        *A(ctx) {
          ctx.buy(6, { bracket: { stop: { offset: 10 } } });
          yield;
          ctx.buy(1);
        },
        *B(ctx) {
          yield;
          ctx.buy(5, { bracket: { stop: { offset: 10 } } });
          ctx.buy(4, { bracket: { stop: { offset: 10 } } });
        },
      },
    });
    expect(short(told)).toEqual(['A 1', 'A 3', 'B 1 OPEN_RISK', 'B 3']);
  });
});

describe('exposure', () => {
  const hold = (
    symbolLimits: Partial<LimitsSpec>,
    first: number,
    more: number,
    side: 'buy' | 'sell' = 'buy',
  ) => ({
    bars: { A: [at(100), at(100), [120, 121, 50, 60] as Quote], B: [at(100), at(100), at(100)] },
    rules: { ...limited(symbolLimits), account: LEVERAGE },
    script: {
      *A(ctx: Context) {
        ctx[side](first);
        yield;
        ctx[side](more);
      },
    },
  });
  test.each([
    // 30 at 120 are 3,600 and E is 10,600, of which half is 5,300: 14 more at 120 are 1,680, 15 are 1,800.
    ['buy', 30, 14, ['A 1', 'A 2']],
    ['buy', 30, 15, ['A 1', 'A 2 SYMBOL_EXPOSURE']],
    // Short 30: E is 9,400, of which half is 4,700: 9 more are 1,080, 10 are 1,200.
    ['sell', 30, 9, ['A 1', 'A 2']],
    ['sell', 30, 10, ['A 1', 'A 2 SYMBOL_EXPOSURE']],
  ] as const)(
    'of one symbol, 50 percent: a %s of %d and %d more: %j',
    async (side, first, more, expected) => {
      expect(short(await tell(hold({ symbolExposurePercent: 50 }, first, more, side)))).toEqual(expected);
    },
  );

  test.each([
    // Of all together 100 % of 10,000: A and B at 100 each; one more is too much, long or short.
    ['buy', 'buy', 50, ['A 1', 'B 1']],
    ['buy', 'buy', 51, ['A 1', 'B 1 GROSS_EXPOSURE']],
    ['buy', 'sell', 50, ['A 1', 'B 1']],
    ['buy', 'sell', 51, ['A 1', 'B 1 GROSS_EXPOSURE']],
    ['sell', 'sell', 51, ['A 1', 'B 1 GROSS_EXPOSURE']],
  ] as const)('of all: %s 50 of A, %s of B: %d, %j', async (ofA, ofB, quantity, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100), null], B: [at(100), null, at(100)] },
      rules: { ...limited({ grossExposurePercent: 100, symbolExposurePercent: 90 }), account: LEVERAGE },
      script: {
        *A(ctx) {
          ctx[ofA](50);
          yield;
        },
        *B(ctx) {
          ctx[ofB](quantity); // Fills a step later: A has no bar then, and counts at its last close.
          yield;
        },
      },
    });
    expect(short(told)).toEqual(expected);
  });

  test('counts what was let in a turn before, and all strategies', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: limited({ symbolExposurePercent: 50 }),
      *script(ctx) {
        ctx.buy(30);
        yield;
      },
      others: [
        function* second(ctx) {
          ctx.buy(21);
          ctx.buy(20);
          yield;
        },
      ],
    });
    expect(short(told)).toEqual(['A 1', 'A 1 SYMBOL_EXPOSURE', 'A 2']);
  });
});

/** Six hours a bar: steps 0 to 3 are the first day, 4 to 7 the second. */
const quarters = (closes: readonly number[]): Quote[] => closes.map((close) => [100, 200, 1, close]);

/** Fifty at 100 from step 1 on, then one unit asked for at every step: the steps at which it was let in, or why not. */
async function asked(limits: Partial<LimitsSpec>, closes: readonly number[]) {
  const { events } = await stage({
    bars: { A: quarters(closes) },
    interval: DAY / 4,
    rules: limited(limits),
    *script(ctx) {
      ctx.buy(50);
      yield;
      for (;;) {
        ctx.buy(1, { limit: 100 });
        ctx.sell(1, { stop: 1_000 }); // Out at the same open, so that the marks are of fifty.
        yield;
      }
    },
  });
  return events.flatMap((event) => {
    if (event.kind === 'rejection') return [`${event.step} ${event.code}`];
    return event.kind === 'fill' && event.effect === 'open' && event.step > 1 ? [`${event.step}`] : [];
  });
}

describe('the loss of a day', () => {
  test.each([
    // Of the last mark of the day before, 10,000: 2 % is lost at 9,800, which is 5,000 and 50 × 96.
    [
      [100, 100, 100, 100, 96, 96, 100, 100, 100, 100],
      ['2', '3', '4', '5 DAILY_LOSS', '6 DAILY_LOSS', '7 DAILY_LOSS', '8', '9'],
    ],
    [
      [100, 100, 100, 100, 96.01, 96.01, 100, 100, 100, 100],
      ['2', '3', '4', '5', '6', '7', '8', '9'],
    ],
    // On the first day it is of the starting cash.
    [
      [100, 100, 96, 100, 100, 100],
      ['2', '3 DAILY_LOSS', '4', '5'],
    ],
    [
      [100, 100, 96.01, 100, 100, 100],
      ['2', '3', '4', '5'],
    ],
    // Not of the highest mark of the day: 10,500 to 10,300 is more than 10,000 still.
    [
      [100, 100, 110, 106, 100, 100],
      ['2', '3', '4', '5 DAILY_LOSS'],
    ],
    // One per cent and one per cent are two: it is the day that counts, not the bar.
    [
      [100, 100, 100, 100, 98, 96, 97, 97, 97],
      ['2', '3', '4', '5', '6 DAILY_LOSS', '7 DAILY_LOSS', '8'],
    ],
    // The day before ended at 9,900, so 9,702 is the bound: 94.04, and 94.05 is above it.
    [
      [100, 100, 100, 98, 94.04, 98, 98, 98, 98],
      ['2', '3', '4', '5 DAILY_LOSS', '6 DAILY_LOSS', '7 DAILY_LOSS', '8'],
    ],
    [
      [100, 100, 100, 98, 94.05, 98, 98, 98, 98],
      ['2', '3', '4', '5', '6', '7', '8'],
    ],
  ])('closes of %j: %j', async (closes, expected) => {
    expect(await asked({ dailyLossPercent: 2 }, closes)).toEqual(expected);
  });
});

describe('a drawdown', () => {
  test.each([
    // The highest mark is 11,000; a tenth below is 9,900: 98. From then on there is nothing more, on any day.
    [
      [100, 100, 120, 98, 120, 120, 120, 120, 120],
      [
        '2',
        '3',
        '4 DRAWDOWN_HALT',
        '5 DRAWDOWN_HALT',
        '6 DRAWDOWN_HALT',
        '7 DRAWDOWN_HALT',
        '8 DRAWDOWN_HALT',
      ],
    ],
    [
      [100, 100, 120, 98.01, 120, 120],
      ['2', '3', '4', '5'],
    ],
    // At first the highest is the starting cash: 9,000 is at 80.
    [
      [100, 100, 80, 100],
      ['2', '3 DRAWDOWN_HALT'],
    ],
    [
      [100, 100, 80.01, 100],
      ['2', '3'],
    ],
  ])('closes of %j: %j', async (closes, expected) => {
    expect(await asked({ drawdownPercent: 10 }, closes)).toEqual(expected);
  });

  test('lets every exit through', async () => {
    const told = await tell({
      bars: { A: quarters([100, 100, 50, 50, 50]) },
      interval: DAY / 4,
      rules: limited({ drawdownPercent: 10, dailyLossPercent: 1 }),
      *script(ctx) {
        ctx.buy(50);
        yield;
        yield;
        ctx.sell(60);
      },
    });
    expect(short(told)).toEqual(['A 1', 'A 2', 'A 2 NO_SHORT']);
  });
});

describe('an order that breaks several limits', () => {
  const CODES: readonly (readonly [string, Partial<LimitsSpec>])[] = [
    ['OPEN_RISK', { openRiskPercent: 0.1 }],
    ['TRADE_SIZE', { tradePercent: 1 }],
    ['POSITIONS', { positions: 1 }],
    ['SYMBOL_EXPOSURE', { symbolExposurePercent: 1 }],
    ['GROSS_EXPOSURE', { grossExposurePercent: 1 }],
    ['DAILY_LOSS', { dailyLossPercent: 0.5 }],
    ['DRAWDOWN_HALT', { drawdownPercent: 0.5 }],
  ];
  test.each(CODES.map(([code], index) => [code, index] as const))(
    'is told %s before what follows',
    async (code, from) => {
      const limits = Object.assign({}, ...CODES.slice(from).map(([, limit]) => limit));
      const bars = { A: [at(100), at(100), at(1), at(1)], B: [at(100), at(100), at(100), at(100)] };
      const { events } = await stage({
        bars,
        rules: { ...limited(limits), cash: 1_000_000 },
        script: {
          *A(ctx) {
            ctx.buy(100); // 1 % of the cash, and almost all of that is lost on bar 2.
            yield;
          },
          *B(ctx) {
            yield;
            yield;
            ctx.buy(900, { bracket: { stop: { offset: 50 } } });
          },
        },
      });
      expect(events.flatMap((event) => (event.kind === 'rejection' ? [event.code] : []))).toEqual([code]);
    },
  );
});
