/**
 * Orders that could never be right, of the types, times and brackets that are more than a limit or a stop: what each is told, to
 * the letter, and that nothing of it is recorded. `order-check.test.ts` has the plain ones.
 *
 * Each is sent at a close of 100 with ticks of 1; the good order behind it must be the first. The sides of children are worked by hand:
 * a stop is below the entry of a buy, a target above, where the entry is the limit, the stop (also of a stop-limit), where a trailing stop
 * starts, or the last close.
 */
import { describe, expect, test } from 'vitest';
import { type Call, type Case, type Loose, ORDER_NAMES, refused } from './refused.ts';

const bracket = (given: unknown) => (ctx: Loose) => ctx.buy(1, { bracket: given });
const trail = (given: unknown) => (ctx: Loose) => ctx.buy(1, { trail: given });
const REQUEST_NAMES = `${ORDER_NAMES}, side, quantity`;
const A_TRAIL = 'a trail is an offset, a percent, or an atr with its period';
const TRAIL_ALONE = 'a trailing stop has no limit or stop of its own: it follows the price';
const CLOSE_ALONE = 'an order on the close has no limit, stop or trail';
const half = { offset: 5, portion: 0.5 };

const TYPES: readonly Case[] = [
  ['a limit with a trail', (ctx) => ctx.buy(1, { limit: 99, trail: { offset: 1 } }), TRAIL_ALONE],
  ['a stop with a trail', (ctx) => ctx.buy(1, { stop: 99, trail: { offset: 1 } }), TRAIL_ALONE],
  ['a limit on the close', (ctx) => ctx.buy(1, { limit: 99, onClose: true }), CLOSE_ALONE],
  ['a stop on the close', (ctx) => ctx.buy(1, { stop: 99, onClose: true }), CLOSE_ALONE],
  ['a trail on the close', (ctx) => ctx.buy(1, { trail: { offset: 1 }, onClose: true }), CLOSE_ALONE],
  ['a close in words', (ctx) => ctx.buy(1, { onClose: 'yes' }), 'onClose is true or false, was yes'],
  [
    'a stop-limit with a limit of NaN',
    (ctx) => ctx.buy(1, { stop: 99, limit: NaN }),
    'limit must be a number, was NaN',
  ],
  [
    'a stop-limit with a stop of NaN',
    (ctx) => ctx.buy(1, { stop: NaN, limit: 99 }),
    'stop must be a number, was NaN',
  ],
  [
    'a misspelt trail',
    (ctx) => ctx.buy(1, { trial: { offset: 1 } }),
    `an order has no "trial" (did you mean "trail"?); ${ORDER_NAMES}`,
  ],
  [
    'a misspelt close',
    (ctx) => ctx.buy(1, { onclose: true }),
    `an order has no "onclose" (did you mean "onClose"?); ${ORDER_NAMES}`,
  ],
  [
    'a misspelt part',
    (ctx) => ctx.buy(1, { allowPartials: true }),
    `an order has no "allowPartials" (did you mean "allowPartial"?); ${ORDER_NAMES}`,
  ],
  ['a part in words', (ctx) => ctx.buy(1, { allowPartial: 1 }), 'allowPartial is true or false, was 1'],
  [
    'a misspelt option in a group',
    (ctx) => ctx.oco({ side: 'buy', quantity: 1, limt: 9 }),
    `an order has no "limt" (did you mean "limit"?); ${REQUEST_NAMES}`,
  ],
  ['a group of nothing', (ctx) => ctx.oco(null), 'an order is an object, was null'],
  ['a trail that is a number', trail(5), 'a trail is an object, was 5'],
  ['a trail of nothing', trail({}), A_TRAIL],
  ['a trail of two', trail({ offset: 1, percent: 1 }), A_TRAIL],
  ['a trail of ranges without a period', trail({ atr: 2 }), A_TRAIL],
  ['a period without ranges', trail({ period: 2 }), A_TRAIL],
  ['an offset with a period', trail({ offset: 1, period: 2 }), A_TRAIL],
  [
    'a misspelt trail distance',
    trail({ ofset: 1 }),
    'a trail has no "ofset" (did you mean "offset"?); it may have offset, percent, atr, period',
  ],
  ['a trail of 0', trail({ offset: 0 }), 'the offset of a trail must be above 0, was 0'],
  ['a negative trail', trail({ percent: -1 }), 'the percent of a trail must be above 0, was -1'],
  ['a trail of NaN', trail({ offset: NaN }), 'the offset of a trail must be a number, was NaN'],
  ['a trail of 100 %', trail({ percent: 100 }), 'the percent of a trail is below 100, was 100'],
  ['a trail of no ranges', trail({ atr: 0, period: 1 }), 'the atr of a trail must be above 0, was 0'],
  ['a period of 0', trail({ atr: 1, period: 0 }), 'the period of an atr is a whole number from 1, was 0'],
  [
    'a period of one and a half',
    trail({ atr: 1, period: 1.5 }),
    'the period of an atr is a whole number from 1, was 1.5',
  ],
  [
    'a period beyond the bars',
    trail({ atr: 1, period: 2 }),
    'an atr over 2 bars needs 3 bars, and there are 2',
  ],
  ['ranges of 0', trail({ atr: 1, period: 1 }), 'an atr of 0 leaves a trail no distance'],
];

const TIMES: readonly Case[] = [
  [
    'two times in force',
    (ctx) => ctx.buy(1, { goodUntil: 5, timeInForce: 'day' }),
    'an order is good until a time or day, not both',
  ],
  [
    'a time with gtc',
    (ctx) => ctx.buy(1, { goodUntil: 5, timeInForce: 'gtc' }),
    'an order is good until a time or gtc, not both',
  ],
  ['a time of NaN', (ctx) => ctx.buy(1, { goodUntil: NaN }), 'goodUntil must be a number, was NaN'],
  [
    'a time that is a date',
    (ctx) => ctx.buy(1, { goodUntil: '2024-01-01' }),
    'goodUntil must be a number, was 2024-01-01',
  ],
  [
    'gtd without a time',
    (ctx) => ctx.buy(1, { timeInForce: 'gtd' }),
    'timeInForce is gtc or day or ioc or fok, or goodUntil a time, was "gtd" (did you mean "gtc"?)',
  ],
  [
    'a misspelt time in force',
    (ctx) => ctx.buy(1, { timeInForce: 'dya' }),
    'timeInForce is gtc or day or ioc or fok, or goodUntil a time, was "dya" (did you mean "day"?)',
  ],
  [
    'a time in force of another engine',
    (ctx) => ctx.buy(1, { timeInForce: 'OnOpening' }),
    'timeInForce is gtc or day or ioc or fok, or goodUntil a time, was "OnOpening"',
  ],
];

const NO_TRADES =
  'these fill rules have one position a symbol and no trades to close one by one; use reduceOnly';
const CLOSES: readonly Case[] = [
  ['a trade to close', (ctx) => ctx.sell(1, { closes: 1 }), NO_TRADES],
  ['a negative trade', (ctx) => ctx.sell(1, { closes: -1 }), 'closes is the id of an order, was -1'],
  ['half a trade', (ctx) => ctx.sell(1, { closes: 0.5 }), 'closes is the id of an order, was 0.5'],
  ['a trade in a group', (ctx) => ctx.oco({ side: 'sell', quantity: 1, closes: 3 }), NO_TRADES],
];

const BRACKETS: readonly Case[] = [
  [
    'a stop and a trail',
    bracket({ stop: { offset: 5 }, trail: { offset: 5 } }),
    'a bracket has a stop or a trailing one, not both',
  ],
  [
    'a target and targets',
    bracket({ target: { offset: 5 }, targets: [half] }),
    'a bracket has a target or several targets, not both',
  ],
  [
    'a stop that is nothing',
    bracket({ stop: undefined }),
    'a bracket has a stop (or a trail), a target (or targets), or both',
  ],
  ['a trail of 100 %', bracket({ trail: { percent: 100 } }), 'the percent of a trail is below 100, was 100'],
  [
    'a trail at a price',
    bracket({ trail: { price: 90 } }),
    'a trail has no "price"; it may have offset, percent, atr, period',
  ],
  [
    'a multiple without a stop',
    bracket({ targets: [{ multiple: 2, portion: 1 }] }),
    'a target of a multiple needs a stop: it counts the distance from the fill to the stop',
  ],
  ['no targets', bracket({ targets: [] }), 'targets is a list of at least one target'],
  ['targets that are one', bracket({ targets: half }), 'targets is a list of at least one target'],
  ['a target that is nothing', bracket({ targets: [null] }), 'a target is an object, was null'],
  [
    'a target without a portion',
    bracket({ targets: [{ offset: 5 }] }),
    'the portion of a target must be a number, was undefined',
  ],
  [
    'a portion of 0',
    bracket({ targets: [{ offset: 5, portion: 0 }] }),
    'the portion of a target must be above 0, was 0',
  ],
  [
    'a negative portion',
    bracket({ targets: [{ offset: 5, portion: -0.5 }] }),
    'the portion of a target must be above 0, was -0.5',
  ],
  [
    'a portion above 1',
    bracket({ targets: [{ offset: 5, portion: 1.5 }] }),
    'the portions of the targets add up to more than 1: 1.5',
  ],
  [
    'portions above 1',
    bracket({ targets: [half, half, { offset: 9, portion: 0.25 }] }),
    'the portions of the targets add up to more than 1: 1.25',
  ],
  [
    'a misspelt portion',
    bracket({ targets: [{ offset: 5, potion: 0.5 }] }),
    'a target has no "potion" (did you mean "portion"?); it may have price, offset, percent, multiple, portion',
  ],
  [
    'two levels in a target',
    bracket({ targets: [{ offset: 5, percent: 5, portion: 0.5 }] }),
    'the target of a bracket is one of price, offset, percent, multiple',
  ],
  [
    'no level in a target',
    bracket({ targets: [{ portion: 0.5 }] }),
    'the target of a bracket is one of price, offset, percent, multiple',
  ],
  [
    'a misspelt trail in a bracket',
    bracket({ trial: { offset: 5 } }),
    'a bracket has no "trial" (did you mean "trail"?); it may have stop, trail, target, targets',
  ],
  [
    'one target of several on the wrong side',
    bracket({ targets: [half, { price: 99, portion: 0.5 }] }),
    'the target of a buy must be above its entry at 100, was 99',
  ],
  // On the close the last close is the entry; of a stop-limit the stop; of a trail where it starts.
  [
    'on the close, a stop at it',
    (ctx) => ctx.buy(1, { onClose: true, bracket: { stop: { price: 100 } } }),
    'the stop of a buy must be below its entry at 100, was 100',
  ],
  [
    'of a stop-limit, a stop at its stop',
    (ctx) => ctx.buy(1, { stop: 110, limit: 115, bracket: { stop: { price: 110 } } }),
    'the stop of a buy must be below its entry at 110, was 110',
  ],
  [
    'of a stop-limit, a target at its stop',
    (ctx) => ctx.sell(1, { stop: 90, limit: 85, bracket: { target: { price: 90 } } }),
    'the target of a sell must be below its entry at 90, was 90',
  ],
  [
    'of a trail, a stop where it starts',
    (ctx) => ctx.buy(1, { trail: { offset: 10 }, bracket: { stop: { price: 110 } } }),
    'the stop of a buy must be below its entry at 110, was 110',
  ],
  [
    'of a trail, a target where it starts',
    (ctx) => ctx.sell(1, { trail: { percent: 10 }, bracket: { target: { price: 90 } } }),
    'the target of a sell must be below its entry at 90, was 90',
  ],
  [
    'reduceOnly with a bracket that trails',
    (ctx) => ctx.sell(1, { reduceOnly: true, bracket: { trail: { offset: 1 } } }),
    'an order that only reduces opens nothing to put a bracket on',
  ],
];

describe.each([
  ['an order', TYPES],
  ['a time in force', TIMES],
  ['a trade to close', CLOSES],
  ['a bracket', BRACKETS],
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

test.each([
  ['an order', (ctx: Loose) => ctx.buy(1, null)],
  ['a member of a group', (ctx: Loose) => ctx.oco(null)],
])('%s with no options at all is told so under position rules too', async (_, call) => {
  const { heard } = await refused((ctx) => {
    ctx.protect({ stop: { offset: 5 } });
    return call(ctx);
  });
  expect(heard[0]).toBe('an order is an object, was null');
});

describe('an order that is well formed', () => {
  test.each<readonly [string, Call]>([
    ['a stop-limit whose limit is behind its stop', (ctx) => ctx.buy(1, { stop: 110, limit: 90 })],
    ['portions of three thirds', bracket({ targets: [1, 2, 3].map((n) => ({ offset: n, portion: 1 / 3 })) })],
    ['portions of less than 1', bracket({ targets: [{ offset: 5, portion: 0.1 }] })],
    ['a trail of almost 100 %', trail({ percent: 99.99 })],
    ['a time that is over', (ctx) => ctx.buy(1, { goodUntil: -1 })],
    [
      'a bracket with a stop just below where its trail starts',
      (ctx) => ctx.buy(1, { trail: { offset: 10 }, bracket: { stop: { price: 109 } } }),
    ],
    ['closes: 0', (ctx) => ctx.buy(1, { closes: 0 })],
    ['a target to hold of a value below 0', (ctx) => ctx.target({ value: -500 })],
  ])('%s', async (_, call) => {
    const { heard } = await refused(call);
    expect(heard[0]).toBe(1);
    expect(heard[1]).toBeGreaterThan(1);
  });
});
