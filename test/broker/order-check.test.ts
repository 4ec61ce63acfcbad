/**
 * Every order that could never be right, as a strategy would send it: what it is told, and that nothing is left of it.
 *
 * Each is sent to a running engine, at a close of 100 with ticks of 1; the good order behind it must be the first.
 */
import { describe, expect, test } from 'vitest';
import { OrderError, type OrderRequest, PortfolioStrategy, Strategy } from '../../src/index.ts';
import type { Context } from '../../src/index.ts';
import { wholeLots } from '../../src/broker/order-check.ts';
import { Grain } from '../../src/broker/rounding.ts';
import { StrategyError } from '../../src/engine/failure.ts';
import { DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import { play } from '../support/play.ts';
import { at } from '../worlds/scene.ts';
import { marketOf, stage, tell } from './scene.ts';

/** The context as untyped code has it. */
interface Loose {
  buy(quantity: unknown, options?: unknown): number;
  sell(quantity: unknown, options?: unknown): number;
  oco(...orders: readonly unknown[]): readonly number[];
  cancel(id: unknown): boolean;
  replace(id: unknown, change: unknown): boolean;
}
type Call = (ctx: Loose) => unknown;

const ORDER_NAMES =
  'it may have limit, stop, trail, onClose, timeInForce, goodUntil, reduceOnly, allowPartial, closes, bracket, maxOpenRiskPercent, tag';
const LEVEL_NAMES = 'price, offset, percent, multiple';
const STOP_LEVEL_NAMES = 'price, offset, percent';

const MALFORMED: readonly (readonly [what: string, call: Call, message: string])[] = [
  ['no quantity', (ctx) => ctx.buy(undefined), 'quantity must be a number, was undefined'],
  ['a quantity of 0', (ctx) => ctx.buy(0), 'quantity must be above 0, was 0'],
  ['a negative quantity', (ctx) => ctx.sell(-3), 'quantity must be above 0, was -3'],
  ['a quantity of NaN', (ctx) => ctx.buy(NaN), 'quantity must be a number, was NaN'],
  ['an infinite quantity', (ctx) => ctx.buy(Infinity), 'quantity must be a number, was Infinity'],
  ['a quantity in words', (ctx) => ctx.buy('10'), 'quantity must be a number, was 10'],

  ['a limit of NaN', (ctx) => ctx.buy(1, { limit: NaN }), 'limit must be a number, was NaN'],
  ['a stop of NaN', (ctx) => ctx.sell(1, { stop: NaN }), 'stop must be a number, was NaN'],
  ['an infinite limit', (ctx) => ctx.buy(1, { limit: -Infinity }), 'limit must be a number, was -Infinity'],
  ['a limit in words', (ctx) => ctx.buy(1, { limit: '99' }), 'limit must be a number, was 99'],
  ['a stop of null', (ctx) => ctx.buy(1, { stop: null }), 'stop must be a number, was null'],

  [
    'a misspelt limit',
    (ctx) => ctx.buy(1, { limt: 99 }),
    `an order has no "limt" (did you mean "limit"?); ${ORDER_NAMES}`,
  ],
  [
    'a misspelt reduceOnly',
    (ctx) => ctx.sell(1, { reduceonly: true }),
    `an order has no "reduceonly" (did you mean "reduceOnly"?); ${ORDER_NAMES}`,
  ],
  [
    'an option of another engine',
    (ctx) => ctx.buy(1, { takeProfitPrice: 110 }),
    `an order has no "takeProfitPrice"; ${ORDER_NAMES}`,
  ],
  [
    'reduceOnly in words',
    (ctx) => ctx.sell(1, { reduceOnly: 'yes' }),
    'reduceOnly is true or false, was yes',
  ],
  ['a tag that is no text', (ctx) => ctx.buy(1, { tag: 5 }), 'tag is a text, was number'],
  [
    'an open risk of NaN',
    (ctx) => ctx.buy(1, { maxOpenRiskPercent: NaN }),
    'maxOpenRiskPercent must be a number, was NaN',
  ],
  [
    'an open risk in words',
    (ctx) => ctx.buy(1, { maxOpenRiskPercent: '2' }),
    'maxOpenRiskPercent must be a number, was 2',
  ],
  [
    'an open risk below 0',
    (ctx) => ctx.buy(1, { maxOpenRiskPercent: -1 }),
    'maxOpenRiskPercent must not be below 0, was -1',
  ],
  [
    'reduceOnly with a bracket',
    (ctx) => ctx.sell(1, { reduceOnly: true, bracket: { stop: { offset: 1 } } }),
    'an order that only reduces opens nothing to put a bracket on',
  ],

  [
    'an empty bracket',
    (ctx) => ctx.buy(1, { bracket: {} }),
    'a bracket has a stop (or a trail), a target (or targets), or both',
  ],
  [
    'a misspelt child',
    (ctx) => ctx.buy(1, { bracket: { stp: { offset: 5 } } }),
    'a bracket has no "stp" (did you mean "stop"?); it may have stop, trail, target, targets',
  ],
  [
    'two keys in a stop',
    (ctx) => ctx.buy(1, { bracket: { stop: { price: 95, offset: 5 } } }),
    `the stop of a bracket is one of ${STOP_LEVEL_NAMES}`,
  ],
  [
    'two keys in a target',
    (ctx) => ctx.buy(1, { bracket: { stop: { offset: 5 }, target: { percent: 5, multiple: 2 } } }),
    `the target of a bracket is one of ${LEVEL_NAMES}`,
  ],
  [
    'no key in a stop',
    (ctx) => ctx.buy(1, { bracket: { stop: {} } }),
    `the stop of a bracket is one of ${STOP_LEVEL_NAMES}`,
  ],
  [
    'a number for a stop',
    (ctx) => ctx.buy(1, { bracket: { stop: 95 } }),
    'the stop of a bracket is an object, was 95',
  ],
  [
    'a misspelt level',
    (ctx) => ctx.buy(1, { bracket: { stop: { ofset: 5 } } }),
    `the stop of a bracket has no "ofset" (did you mean "offset"?); it may have ${STOP_LEVEL_NAMES}`,
  ],
  [
    'an offset of 0',
    (ctx) => ctx.buy(1, { bracket: { stop: { offset: 0 } } }),
    'the offset of the stop must be above 0, was 0',
  ],
  [
    'a negative offset',
    (ctx) => ctx.sell(1, { bracket: { target: { offset: -5 } } }),
    'the offset of the target must be above 0, was -5',
  ],
  [
    'a negative percent',
    (ctx) => ctx.buy(1, { bracket: { stop: { percent: -2 } } }),
    'the percent of the stop must be above 0, was -2',
  ],
  [
    'a multiple of 0',
    (ctx) => ctx.buy(1, { bracket: { stop: { offset: 5 }, target: { multiple: 0 } } }),
    'the multiple of the target must be above 0, was 0',
  ],
  [
    'an offset of NaN',
    (ctx) => ctx.buy(1, { bracket: { stop: { offset: NaN } } }),
    'the offset of the stop must be a number, was NaN',
  ],
  [
    'a child at NaN',
    (ctx) => ctx.buy(1, { bracket: { target: { price: NaN } } }),
    'the price of the target must be a number, was NaN',
  ],
  [
    'a multiple without a stop',
    (ctx) => ctx.buy(1, { bracket: { target: { multiple: 2 } } }),
    'a target of a multiple needs a stop: it counts the distance from the fill to the stop',
  ],
  [
    'a side that contradicts the call',
    (ctx) => ctx.buy(1, { side: 'sell' } as never),
    `an order has no "side"; ${ORDER_NAMES}`,
  ],
  ['no options at all', (ctx) => ctx.buy(1, null as never), 'an order is an object, was null'],
  [
    'a bracket of nothing',
    (ctx) => ctx.buy(1, { bracket: null } as never),
    'a bracket is an object, was null',
  ],
  [
    'a stop that is a multiple',
    (ctx) => ctx.buy(1, { bracket: { stop: { multiple: 2 } } }),
    `the stop of a bracket has no "multiple"; it may have ${STOP_LEVEL_NAMES}`,
  ],

  ['an OCO group of none', (ctx) => ctx.oco(), 'an OCO group has at least one order'],
  ['a side that is none', (ctx) => ctx.oco({ side: 'long', quantity: 1 }), 'side must be "buy" or "sell"'],
  [
    'a bad member behind a good one',
    (ctx) => ctx.oco({ side: 'buy', quantity: 1, limit: 90 }, { side: 'buy', quantity: -1 }),
    'quantity must be above 0, was -1',
  ],
  [
    'a cancel of what was never sent',
    (ctx) => ctx.cancel(1),
    '1 is not the id of an order of this instance; it has sent 0',
  ],
  [
    'a cancel of half an order',
    (ctx) => ctx.cancel(0.5),
    '0.5 is not the id of an order of this instance; it has sent 0',
  ],
  [
    'a replace of what was never sent',
    (ctx) => ctx.replace(-1, { price: 5 }),
    '-1 is not the id of an order of this instance; it has sent 0',
  ],
  [
    'a change of nothing',
    (ctx) => ctx.replace(1, {}),
    'a change of an order has a quantity, a price or both',
  ],
  [
    'a misspelt change',
    (ctx) => ctx.replace(1, { prize: 5 }),
    'a change of an order has no "prize" (did you mean "price"?); it may have quantity, price',
  ],
  [
    'a change to a quantity of 0',
    (ctx) => ctx.replace(1, { quantity: 0 }),
    'quantity must be above 0, was 0',
  ],
  ['a change to NaN', (ctx) => ctx.replace(1, { price: NaN }), 'price must be a number, was NaN'],
];

/** Entries of either side at 100 (ticks of 1), and a child that does not stand on its side of it. */
const WRONG_SIDE = (
  [
    ['buy', 'limit', 'stop', 100, 'below'],
    ['buy', 'limit', 'stop', 101, 'below'],
    ['buy', 'limit', 'target', 100, 'above'],
    ['buy', 'limit', 'target', 99, 'above'],
    ['buy', 'stop', 'stop', 100, 'below'],
    ['buy', 'stop', 'target', 99, 'above'],
    ['buy', 'market', 'stop', 100, 'below'],
    ['buy', 'market', 'stop', 105, 'below'],
    ['buy', 'market', 'target', 100, 'above'],
    ['sell', 'limit', 'stop', 100, 'above'],
    ['sell', 'limit', 'stop', 99, 'above'],
    ['sell', 'limit', 'target', 100, 'below'],
    ['sell', 'limit', 'target', 101, 'below'],
    ['sell', 'stop', 'stop', 99, 'above'],
    ['sell', 'stop', 'target', 100, 'below'],
    ['sell', 'market', 'stop', 100, 'above'],
    ['sell', 'market', 'target', 105, 'below'],
  ] as const
).map(([side, type, child, price, where]) => {
  const call: Call = (ctx) => {
    const entry = type === 'market' ? {} : { [type]: 100 };
    return ctx[side](1, { ...entry, bracket: { [child]: { price } } });
  };
  const message = `the ${child} of a ${side} must be ${where} its entry at 100, was ${price}`;
  return [`${side} ${type} at 100, ${child} at ${price}`, call, message] as const;
});

function* isRefused(ctx: Context, call: Call, heard: unknown[]) {
  try {
    heard.push(call(ctx as unknown as Loose));
  } catch (error) {
    heard.push(error instanceof OrderError ? error.message : error);
  }
  heard.push(ctx.buy(7, { tag: 'good' }));
  yield;
}

describe('an order that could never be right', () => {
  test.each([...MALFORMED, ...WRONG_SIDE])('%s', async (_, call, message) => {
    const heard: unknown[] = [];
    const bars = { A: [at(100), at(100)] };
    const { events } = await stage({
      bars,
      script: (ctx) => isRefused(ctx, call, heard),
      instrument: { tick: 1 },
    });
    expect(heard).toEqual([message, 1]);
    const left = events.filter(({ kind }) => kind !== 'equity');
    expect(left.map((event) => [event.kind, 'sequence' in event ? event.sequence : 0, event.event])).toEqual([
      ['order', 1, 0],
      ['fill', 1, 0],
    ]);
  });

  test('is measured after rounding: a stop between two ticks may be the entry itself', async () => {
    const heard: unknown[] = [];
    const call: Call = (ctx) => ctx.buy(1, { limit: 99.4, bracket: { stop: { price: 99.7 } } });
    await stage({
      bars: { A: [at(100), at(100)] },
      script: (ctx) => isRefused(ctx, call, heard),
      instrument: { tick: 1 },
    });
    expect(heard).toEqual(['the stop of a buy must be below its entry at 99, was 99', 1]);
  });

  test('has its market entry measured from the last close, not the open', async () => {
    const heard: unknown[] = [];
    const call: Call = (ctx) => ctx.buy(1, { bracket: { stop: { price: 97 } } });
    await stage({
      bars: { A: [[100, 101, 95, 96], at(96)] },
      script: (ctx) => isRefused(ctx, call, heard),
    });
    expect(heard[0]).toBe('the stop of a buy must be below its entry at 96, was 97');
  });

  test('has no price to replace if it is a market order', async () => {
    const heard: string[] = [];
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      *script(ctx) {
        ctx.buy(7);
        try {
          ctx.replace(1, { quantity: 5, price: 99 });
        } catch (error) {
          heard.push((error as Error).message);
        }
        yield;
      },
    });
    expect(heard).toEqual(['an order at the market or on the close has no price to replace']);
    expect(told).toEqual(['1.2 A fill 1 buy open 7 @ 100 -> 7, 9300']);
  });

  test('ends the run if the strategy does not catch it, saying who, when and why', async () => {
    const scene = {
      bars: { A: [at(100), at(100)] },
      *script(ctx: Context) {
        yield;
        ctx.buy(-1);
      },
    };
    const failure = stage(scene);
    await expect(failure).rejects.toThrow(StrategyError);
    await expect(failure).rejects.toThrow(
      'strategy Scripted on A threw at 1970-01-01T00:01:00.000Z (step 1): OrderError: quantity must be above 0, was -1',
    );
  });
});

describe('an order that is well formed', () => {
  const requests: readonly (readonly [string, OrderRequest])[] = [
    ['a stop a tick below a buy', { side: 'buy', quantity: 1, limit: 90, bracket: { stop: { price: 89 } } }],
    ['a target a tick above', { side: 'buy', quantity: 1, limit: 90, bracket: { target: { price: 91 } } }],
    [
      'a stop a tick above a sell',
      { side: 'sell', quantity: 1, limit: 120, bracket: { stop: { price: 121 } } },
    ],
    ['no open risk at all', { side: 'buy', quantity: 1, limit: 90, maxOpenRiskPercent: 0 }],
    ['a limit of 0', { side: 'buy', quantity: 1, limit: 0 }],
    ['an empty tag', { side: 'buy', quantity: 1, limit: 90, tag: '' }],
  ];

  test.each(requests)('may have %s', async (_, request) => {
    const ids: (readonly number[])[] = [];
    await stage({
      bars: { A: [at(100), at(100)] },
      *script(ctx) {
        ids.push(ctx.oco(request));
        yield;
      },
      instrument: { tick: 1 },
    });
    expect(ids).toEqual([[1]]);
  });

  test('numbers parent, stop, target, and the members of a group in their order', async () => {
    const ids: unknown[] = [];
    const bracket = { stop: { percent: 10 }, target: { multiple: 1 } } as const;
    const told = await tell(
      {
        bars: { A: [at(100)] },
        *script(ctx) {
          ids.push(ctx.buy(1, { limit: 90, bracket, tag: 'dip' }));
          ids.push(
            ctx.oco(
              { side: 'buy', quantity: 2, limit: 80, bracket: { stop: { price: 70 } } },
              { side: 'buy', quantity: 3, stop: 120 },
            ),
          );
          yield;
        },
      },
      'order',
    );
    expect(ids).toEqual([1, [4, 6]]);
    expect(told.slice(0, 6)).toEqual([
      '0.5 A order 1 buy limit 1 @ 90',
      '0.5 A order 2 sell stop 1 percent 10 child of 1 group 2',
      '0.5 A order 3 sell limit 1 multiple 1 child of 1 group 2',
      '0.5 A order 4 buy limit 2 @ 80 group 4',
      '0.5 A order 5 sell stop 2 @ 70 child of 4 group 5',
      '0.5 A order 6 buy stop 3 @ 120 group 4',
    ]);
  });

  test('is rounded at the call: quantities down, limits to protect, stops to hurt', async () => {
    const told = await tell(
      {
        bars: { A: [at(100)] },
        instrument: { lot: 0.1, tick: 0.5 },
        *script(ctx) {
          ctx.buy(0.1 + 0.2, { limit: 90.9 });
          ctx.sell(0.39, { limit: 110.1 });
          ctx.buy(1.05, { stop: 110.1 });
          ctx.sell(2, { stop: 90.9 });
          yield;
        },
      },
      'order',
    );
    expect(told.slice(0, 4)).toEqual([
      '0.5 A order 1 buy limit 0.3 @ 90.5',
      '0.5 A order 2 sell limit 0.3 @ 110.5',
      '0.5 A order 3 buy stop 1 @ 110.5',
      '0.5 A order 4 sell stop 2 @ 90.5',
    ]);
  });
});

describe('orders outside the run', () => {
  const plan = (
    strategyClass: Extract<Plan['strategies'][0]['source'], { strategyClass: unknown }>['strategyClass'],
  ): Plan => ({
    strategies: [{ source: { strategyClass }, params: {}, symbolParams: {} }],
    rules: DEFAULT_RULES,
    instruments: {},
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  });
  const market = marketOf({ A: [at(100), at(100)] });
  const closed = 'OrderError: orders are sent while the run is on: not in onStart, not in onEnd';

  class Early extends Strategy {
    override onStart(ctx: Context) {
      ctx.buy(1);
    }
  }
  class Late extends Strategy {
    override onEnd(ctx: Context) {
      ctx.cancel(1);
    }
  }
  class EarlyPortfolio extends PortfolioStrategy {
    override onStart() {
      this.ctx.oco('A', { side: 'buy', quantity: 1 });
    }
  }
  test.each([
    ['in onStart', Early, `strategy Early on A threw as it started: ${closed}`],
    ['in onEnd', Late, `strategy Late on A threw at 1970-01-01T00:01:00.000Z (step 1, the end): ${closed}`],
    [
      "in a portfolio's onStart",
      EarlyPortfolio,
      `portfolio strategy EarlyPortfolio threw as it started: ${closed}`,
    ],
  ])('%s throw', async (_, strategyClass, message) => {
    await expect(play(market, plan(strategyClass))).rejects.toThrow(message);
  });

  test('of a symbol that the run has not throw, and take no sequence', async () => {
    const heard: unknown[] = [];
    await stage({
      bars: { AB: [at(100)], CD: [at(100)] },
      *portfolio(ctx) {
        try {
          ctx.buy('AX', 1);
        } catch (error) {
          heard.push((error as Error).message);
        }
        heard.push(ctx.buy('CD', 1));
        yield;
      },
    });
    expect(heard).toEqual(['the run has no symbol "AX" (did you mean "AB"?); it has AB, CD', 1]);
  });

  test('in the warm-up are dropped and counted, answered with 0, and leave nothing', async () => {
    const heard: unknown[] = [];
    const { story, outcome } = await stage(
      {
        bars: { A: [at(100), at(100), at(100)] },
        warmupSteps: 1,
        *script(ctx) {
          const order = { side: 'buy', quantity: 1 } as const;
          heard.push(ctx.isWarmup, ctx.buy(1), ctx.oco(order, order), ctx.cancel(0));
          yield;
          heard.push(ctx.isWarmup, ctx.buy(1));
        },
      },
      'order',
    );
    expect(heard).toEqual([true, 0, [0, 0], false, false, 1]);
    expect(outcome.droppedOrders).toBe(3);
    expect(story).toEqual(['1.5 A order 1 buy market 1', '2.2 A fill 1 buy open 1 @ 100 -> 1, 9900']);
  });
});

test('a quantity of more lots than can be counted is refused, not recorded as infinite', () => {
  expect(wholeLots(1e299, new Grain(1e-8))).toBe(1e299);
  expect(() => wholeLots(1e305, new Grain(1e-8))).toThrow(
    new OrderError('quantity 1e+305 is too large to be counted in lots of 1e-8'),
  );
});
