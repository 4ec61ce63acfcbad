/**
 * Sizes, targets and position rules that could never be right: what each is told, to the letter, and that nothing of it is recorded.
 *
 * Each is sent at a close of 100; the good order behind it must be the first.
 */
import { describe, expect, test } from 'vitest';
import { at } from '../worlds/scene.ts';
import { type Case, ORDER_NAMES, refused } from './refused.ts';
import { stage } from './scene.ts';

const SIZES = 'cash, percent, riskPercent';
const HELD = 'quantity, value, percent';
const QUANTITIES: readonly Case[] = [
  ['a size of nothing', (ctx) => ctx.buy({}), `a size is one of ${SIZES}`],
  ['a size of null', (ctx) => ctx.buy(null), 'a size is an object, was null'],
  ['a size of two', (ctx) => ctx.buy({ cash: 5, percent: 5 }), `a size is one of ${SIZES}`],
  [
    'a misspelt size',
    (ctx) => ctx.buy({ precent: 5 }),
    `a size has no "precent" (did you mean "percent"?); it may have ${SIZES}`,
  ],
  ['a size of 0', (ctx) => ctx.buy({ cash: 0 }), 'the cash of a size must be above 0, was 0'],
  ['a negative size', (ctx) => ctx.sell({ percent: -5 }), 'the percent of a size must be above 0, was -5'],
  [
    'a size of NaN',
    (ctx) => ctx.buy({ riskPercent: NaN }),
    'the riskPercent of a size must be a number, was NaN',
  ],
  [
    'risk without a stop',
    (ctx) => ctx.buy({ riskPercent: 1 }),
    'riskPercent needs a bracket with a stop: it counts the distance to it',
  ],
  [
    'risk with a target alone',
    (ctx) => ctx.buy({ riskPercent: 1 }, { bracket: { target: { offset: 5 } } }),
    'riskPercent needs a bracket with a stop: it counts the distance to it',
  ],
  [
    'cash at a price of 0',
    (ctx) => ctx.buy({ cash: 5 }, { limit: 0 }),
    'a size in cash needs a price above 0 to be counted at, which is 0',
  ],
  [
    'percent at a price below 0',
    (ctx) => ctx.buy({ percent: 5 }, { limit: -1 }),
    'a size in percent needs a price above 0 to be counted at, which is -1',
  ],
  [
    'a member of a group by risk without a stop',
    (ctx) => ctx.oco({ side: 'buy', quantity: { riskPercent: 1 } }),
    'riskPercent needs a bracket with a stop: it counts the distance to it',
  ],
  ['a target to hold that is a number', (ctx) => ctx.target(5), 'a target to hold is an object, was 5'],
  ['a target to hold of nothing', (ctx) => ctx.target({}), `a target to hold is one of ${HELD}`],
  [
    'a target to hold of two',
    (ctx) => ctx.target({ value: 5, percent: 5 }),
    `a target to hold is one of ${HELD}`,
  ],
  [
    'a misspelt target to hold',
    (ctx) => ctx.target({ valeu: 5 }),
    `a target to hold has no "valeu" (did you mean "value"?); it may have ${HELD}`,
  ],
  [
    'a target to hold of NaN',
    (ctx) => ctx.target({ percent: NaN }),
    'the percent of a target must be a number, was NaN',
  ],
  [
    'a target at a price of 0',
    (ctx) => ctx.target({ value: 5 }, { limit: 0 }),
    'a size in target value needs a price above 0 to be counted at, which is 0',
  ],
  [
    'a target with no options at all',
    (ctx) => ctx.target({ quantity: 5 }, null),
    'an order is an object, was null',
  ],
  [
    'a target that is met, with a misspelt option',
    (ctx) => ctx.target({ quantity: 0 }, { limt: 5 }),
    `an order has no "limt" (did you mean "limit"?); ${ORDER_NAMES}`,
  ],
  [
    'a target with a misspelt option',
    (ctx) => ctx.target({ quantity: 5 }, { tga: '' }),
    `an order has no "tga" (did you mean "tag"?); ${ORDER_NAMES}`,
  ],
];

const RULES: readonly Case[] = [
  [
    'a misspelt rule',
    (ctx) => ctx.protect({ maxbars: 5 }),
    'position rules has no "maxbars" (did you mean "maxBars"?); it may have stop, trail, target, maxBars, breakevenAtR',
  ],
  ['rules that are a number', (ctx) => ctx.protect(5), 'position rules is an object, was 5'],
  ['a stop that is a number', (ctx) => ctx.protect({ stop: 5 }), 'the stop of a bracket is an object, was 5'],
  [
    'a stop that is null',
    (ctx) => ctx.protect({ stop: null }),
    'the stop of a bracket is an object, was null',
  ],
  [
    'a misspelt offset',
    (ctx) => ctx.protect({ target: { ofset: 1 } }),
    'the target of a bracket has no "ofset" (did you mean "offset"?); it may have price, offset, percent, multiple',
  ],
  [
    'a trail and a stop',
    (ctx) => ctx.protect({ stop: { offset: 1 }, trail: { offset: 1 } }),
    'a bracket has a stop or a trailing one, not both',
  ],
  ['no bars', (ctx) => ctx.protect({ maxBars: 0 }), 'maxBars is a whole number from 1, was 0'],
  ['half a bar', (ctx) => ctx.protect({ maxBars: 2.5 }), 'maxBars is a whole number from 1, was 2.5'],
  ['break-even at 0', (ctx) => ctx.protect({ breakevenAtR: 0 }), 'breakevenAtR must be above 0, was 0'],
  [
    'break-even in words',
    (ctx) => ctx.protect({ breakevenAtR: '1' }),
    'breakevenAtR must be a number, was 1',
  ],
  [
    'a stop at a price',
    (ctx) => ctx.protect({ stop: { price: 95 } }),
    'position rules hold for every entry: give an offset or a percent, not a price',
  ],
  [
    'a target at a price',
    (ctx) => ctx.protect({ target: { price: 105 } }),
    'position rules hold for every entry: give an offset or a percent, not a price',
  ],
];

describe.each([
  ['a size', QUANTITIES],
  ['position rules', RULES],
] as const)('%s that could never be right', (_, cases) => {
  test.each(cases)('%s', async (_what, call, message) => {
    const { heard, left, notices } = await refused(call);
    expect(heard).toEqual([message, 1]);
    expect(left).toEqual([
      ['order', 1],
      ['fill', 1],
    ]);
    expect(notices).toEqual(['2 A fill 1 market 7 100']);
  });
});

describe('before the first bar of a symbol, a portfolio', () => {
  test.each([
    ['trails nothing', { trail: { offset: 1 } }, 1, 'a trailing stop needs a bar to start from'],
    [
      'has no ranges',
      { trail: { atr: 1, period: 1 } },
      1,
      'an atr over 1 bars needs 2 bars, and there are 0',
    ],
    [
      'counts no cash',
      {},
      { cash: 5 },
      'a size in cash needs a price above 0 to be counted at, which is NaN',
    ],
  ] as const)('%s', async (_, options, size, message) => {
    const heard: unknown[] = [];
    await stage({
      bars: { A: [null, at(100)], B: [at(1), at(1)] },
      *portfolio(ctx) {
        try {
          heard.push(ctx.buy('A', size, options));
        } catch (error) {
          heard.push((error as Error).message);
        }
        heard.push(ctx.buy('A', { cash: 500 }, { limit: 50 }), ctx.buy('B', 1));
        yield;
      },
    });
    expect(heard).toEqual([message, 1, 2]);
  });
});
