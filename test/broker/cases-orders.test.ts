/**
 * One order and the bars it meets: where and at what price each type is filled, as an entry and as an exit.
 *
 * Worked by hand from the table of "reached", "passed by the open" and "raw price": an order is decided on at the close of 100 on bar 0
 * and meets bar 1. As an entry it fills in pass 2; as an exit (the same order, with the opposite position held) it fills in pass 1 if
 * the open has passed it and in pass 3 if not. Each case is also played mirrored, for a sell.
 */
import { describe, expect, test } from 'vitest';
import type { LimitTouch } from '../../src/broker/policies.ts';
import type { OrderOptions } from '../../src/index.ts';
import type { EventOf } from '../../src/record/records.ts';
import { at } from '../worlds/scene.ts';
import { fillsOf, optionsOn, other, quoteOn, SIDES, type Side } from './mirror.ts';
import { LEVERAGE, type Quote, stage } from './scene.ts';

/** With so much cash that none of it matters, and a close of 100 to start from. */
const RULES = { account: LEVERAGE, cash: 1e6 };
/** A symbol with a bar at every step, so that a step goes on where the other has none. */
const CLOCK = Array.from({ length: 6 }, () => at(1));

async function asEntry(side: Side, options: OrderOptions, quotes: readonly Quote[], limitTouch: LimitTouch) {
  const staged = await stage({
    bars: { A: [at(100), ...quotes.map((quote) => quoteOn(side, quote))], CLOCK },
    rules: { ...RULES, limitTouch },
    script: {
      *A(ctx) {
        ctx[side](10, optionsOn(side, options));
        yield;
      },
    },
  });
  return fillsOf(staged, side, 1);
}

/** The order closes what was opened the other way a bar before; so its bar is the second. */
async function asExit(side: Side, options: OrderOptions, quotes: readonly Quote[], limitTouch: LimitTouch) {
  const staged = await stage({
    bars: { A: [at(100), at(100), ...quotes.map((quote) => quoteOn(side, quote))], CLOCK },
    rules: { ...RULES, limitTouch },
    script: {
      *A(ctx) {
        ctx[other(side)](10);
        yield;
        ctx[side](10, optionsOn(side, options));
      },
    },
  });
  return fillsOf(staged, side, 2);
}

const LIMIT = { limit: 98 };
const STOP = { stop: 102 };

/** Buys. The pass is the exit's; in all of these the entry fills at the same price. `-` is no fill. */
const ONE_BAR: readonly (readonly [what: string, OrderOptions, Quote, touch: string, through: string])[] = [
  ['market', {}, [97, 99, 96, 98], '1 97', '1 97'],
  ['on close', { onClose: true }, [97, 99, 96, 98], '3 98', '3 98'],
  ['on close, flat', { onClose: true }, [97, 97, 97, 97], '3 97', '3 97'],

  ['limit, gap through', LIMIT, [95, 97, 94, 96], '1 95', '1 95'],
  ['limit, gap through and back above', LIMIT, [95, 101, 94, 100], '1 95', '1 95'],
  ['limit, open at, lower later', LIMIT, [98, 99, 97, 98.5], '1 98', '3 98'],
  ['limit, open at, not lower', LIMIT, [98, 99, 98, 98.5], '1 98', '-'],
  ['limit, touched', LIMIT, [100, 101, 98, 99], '3 98', '-'],
  ['limit, traded through', LIMIT, [100, 101, 97, 99], '3 98', '3 98'],
  ['limit, closes beyond', LIMIT, [100, 101, 96, 96], '3 98', '3 98'],
  ['limit, not reached', LIMIT, [100, 101, 98.5, 99], '-', '-'],

  ['stop, gap through', STOP, [105, 106, 104, 105], '1 105', '1 105'],
  ['stop, gap through and back below', STOP, [105, 106, 99, 99], '1 105', '1 105'],
  ['stop, open at', STOP, [102, 103, 101, 102], '1 102', '1 102'],
  ['stop, open at, the high of the bar', STOP, [102, 102, 101, 101], '1 102', '1 102'],
  ['stop, touched', STOP, [100, 102, 99, 100], '3 102', '3 102'],
  ['stop, traded through', STOP, [100, 104, 99, 100], '3 102', '3 102'],
  ['stop, not reached', STOP, [100, 101.5, 99, 100], '-', '-'],

  // A stop that the market has passed before it was sent is "out at the next open", whatever that is.
  ['stop behind the market, open above', { stop: 95 }, [99, 100, 98, 99], '1 99', '1 99'],
  ['stop behind the market, open below', { stop: 95 }, [93, 96, 92, 94], '3 95', '3 95'],
  ['limit beyond the market', { limit: 105 }, [101, 102, 100, 101], '1 101', '1 101'],
  ['limit beyond the market, open above', { limit: 105 }, [107, 108, 104, 106], '3 105', '3 105'],
];

/** Sent at the close of 100; several bars. Entry: pass 2 throughout; the exit's passes are in the last column, a step later. */
const SEVERAL_BARS: readonly (readonly [
  what: string,
  OrderOptions,
  readonly Quote[],
  entry: string,
  exit: string,
])[] = [
  // Stop 102, limit 103. Passed by the open: the limit is tested on the same bar.
  ['stop-limit, gap between', { stop: 102, limit: 103 }, [[102.5, 104, 101, 103]], '1.2 102.5', '2.1 102.5'],
  ['stop-limit, open at the stop', { stop: 102, limit: 103 }, [[102, 104, 101, 103]], '1.2 102', '2.1 102'],
  ['stop-limit, open at the limit', { stop: 102, limit: 103 }, [[103, 104, 101, 103]], '1.2 103', '2.1 103'],
  [
    'stop-limit, gap over both, back',
    { stop: 102, limit: 103 },
    [[105, 106, 102, 103]],
    '1.2 103',
    '2.3 103',
  ],
  ['stop-limit, gap over, touched', { stop: 102, limit: 103 }, [[105, 106, 103, 104]], '1.2 103', '2.3 103'],
  [
    'stop-limit, gap over, back a bar later',
    { stop: 102, limit: 103 },
    [
      [105, 106, 104, 105],
      [104, 105, 102, 103],
    ],
    '2.2 103',
    '3.3 103',
  ],
  ['stop-limit, gap over, never back', { stop: 102, limit: 103 }, [[105, 106, 104, 105], at(106)], '', ''],
  // Reached within the bar: a limit from the next bar on, though this bar traded below 103 too.
  [
    'stop-limit, touched within',
    { stop: 102, limit: 103 },
    [[100, 102, 99, 100], at(101)],
    '2.2 101',
    '3.1 101',
  ],
  ['stop-limit, through within', { stop: 102, limit: 103 }, [[100, 106, 99, 100]], '', ''],
  [
    'stop-limit, through within, next above the limit, then back',
    { stop: 102, limit: 103 },
    [
      [100, 106, 99, 105],
      [105, 106, 104, 105],
      [105, 106, 101, 102],
    ],
    '3.2 103',
    '4.3 103',
  ],
  // Once a limit, it needs no stop any more: bar 2 opens far below 102.
  ['stop-limit, for good', { stop: 102, limit: 103 }, [[100, 103, 99, 100], at(90)], '2.2 90', '3.1 90'],
  [
    'stop-limit, not reached',
    { stop: 102, limit: 103 },
    [
      [100, 101.5, 99, 100],
      [101, 101.5, 99, 100],
    ],
    '',
    '',
  ],
  [
    'stop-limit, limit below its stop',
    { stop: 102, limit: 101 },
    [[102.5, 104, 100, 103]],
    '1.2 101',
    '2.3 101',
  ],
  [
    'stop-limit, a bar missing',
    { stop: 102, limit: 103 },
    [null, [102.5, 104, 101, 103]],
    '2.2 102.5',
    '3.1 102.5',
  ],

  // Trails by 5 from a close of 100: a buy stands at 105 and follows the lows down.
  ['trail, gap through', { trail: { offset: 5 } }, [[106, 107, 104, 105]], '1.2 106', '2.1 106'],
  ['trail, open at', { trail: { offset: 5 } }, [[105, 107, 104, 105]], '1.2 105', '2.1 105'],
  ['trail, touched', { trail: { offset: 5 } }, [[100, 105, 99, 100]], '1.2 105', '2.3 105'],
  ['trail, traded through', { trail: { offset: 5 } }, [[100, 108, 99, 100]], '1.2 105', '2.3 105'],
  ['trail, not reached', { trail: { offset: 5 } }, [[100, 104.5, 100, 104], at(104)], '', ''],
  [
    'trail, level carried into the bar: 105, then 102',
    { trail: { offset: 5 } },
    [
      [100, 104, 97, 98],
      [98, 101.5, 98, 100],
      [100, 103, 99, 100],
    ],
    '3.2 102',
    '4.3 102',
  ],
  [
    'trail, a fall and a rise in one bar are tested against the old level alone',
    { trail: { offset: 5 } },
    [
      [100, 104, 90, 104],
      [104, 104, 103, 103],
    ],
    '2.2 104',
    '3.1 104',
  ],
  [
    'trail, never loosens as the lows rise',
    { trail: { offset: 5 } },
    [
      [98, 99, 95, 96],
      [97, 99.5, 96.5, 99],
      [99, 100, 98, 99],
    ],
    '3.2 100',
    '4.3 100',
  ],
  [
    'trail, follows through a missing bar',
    { trail: { offset: 5 } },
    [[98, 99, 96, 97], null, [97, 101, 96.5, 100]],
    '3.2 101',
    '4.3 101',
  ],
];

describe.each(['touch', 'through'] as const)('under `%s`', (limitTouch) => {
  describe.each(SIDES)('a %s', (side) => {
    test.each(ONE_BAR)(
      '%s, %j on %j: %s (touch), %s (through)',
      async (_, options, quote, touch, through) => {
        const expected = limitTouch === 'touch' ? touch : through;
        const price = expected.split(' ')[1];
        expect(await asEntry(side, options, [quote], limitTouch)).toBe(
          expected === '-' ? '' : `1.2 ${price}`,
        );
        expect(await asExit(side, options, [quote], limitTouch)).toBe(
          expected === '-' ? '' : `2.${expected}`,
        );
        const reducing = { ...options, reduceOnly: true };
        expect(await asExit(side, reducing, [quote], limitTouch)).toBe(
          expected === '-' ? '' : `2.${expected}`,
        );
        expect(await asEntry(side, reducing, [quote], limitTouch)).toBe('');
      },
    );
  });
});

describe.each(SIDES)('a %s that waits', (side) => {
  test.each(SEVERAL_BARS)(
    '%s: %j on %j: %s as an entry, %s as an exit',
    async (_, options, quotes, entry, exit) => {
      expect(await asEntry(side, options, quotes, 'touch')).toBe(entry);
      expect(await asExit(side, options, quotes, 'touch')).toBe(exit);
    },
  );
});

test.each([
  // Passed by the open at 105, and 103 is touched: not under `through`; the next bar trades at 102.5.
  [
    [
      [105, 106, 103, 104],
      [104, 105, 102.5, 104],
    ],
    '2.2 103',
  ],
  // Opens at the limit, and nothing is lower: the stop was reached, the limit not.
  [
    [
      [103, 104, 103, 104],
      [104, 105, 103, 104],
    ],
    '',
  ],
  [[[103, 104, 102, 104]], '1.2 103'],
] as const)(
  'a stop-limit that has become a limit asks for a trade through it, on %j: %s',
  async (quotes, entry) => {
    const options = { stop: 102, limit: 103 };
    for (const side of SIDES) expect(await asEntry(side, options, quotes, 'through')).toBe(entry);
  },
);

describe('a trail in percent', () => {
  test.each([
    // Of the best price: 100 × 1.05 = 105; after a low of 80, 84; of a sell 95, and after a high of 120, 114.
    ['buy', [[100, 105, 99, 100]], '1.2 105'],
    [
      'buy',
      [
        [100, 104, 80, 82],
        [82, 84, 81, 83],
      ],
      '2.2 84',
    ],
    [
      'buy',
      [
        [100, 104, 80, 82],
        [82, 83.5, 81, 83],
      ],
      '',
    ],
    ['sell', [[100, 101, 95, 100]], '1.2 95'],
    [
      'sell',
      [
        [100, 120, 96, 118],
        [118, 119, 114, 115],
      ],
      '2.2 114',
    ],
    [
      'sell',
      [
        [100, 120, 96, 118],
        [118, 119, 114.5, 115],
      ],
      '',
    ],
  ] as const)('of a %s on %j: %s', async (side, quotes, expected) => {
    const staged = await stage({
      bars: { A: [at(100), ...quotes] },
      rules: RULES,
      *script(ctx) {
        ctx[side](10, { trail: { percent: 5 } });
        yield;
      },
    });
    expect(fillsOf(staged, 'buy', 1)).toBe(expected);
  });
});

describe('a trail in true ranges', () => {
  // Range of bar 1: 103 − 97 = 6. Of bar 2, whose gap counts: 102 (the close before) − 98 = 4. Mean 5; from a close of 100.
  const before: readonly Quote[] = [at(101), [101, 103, 97, 102], [99, 101, 98, 100]];
  test.each([
    ['buy', 2, 2, 110],
    ['sell', 2, 2, 90],
    ['buy', 1.5, 1, 106],
    ['sell', 0.5, 2, 97.5],
  ] as const)('of a %s, %d times over %d bars, starts at %d', async (side, atr, period, price) => {
    const { events } = await stage({
      bars: { A: [...before, at(100), [100, 120, 80, 100]] },
      rules: RULES,
      *script(ctx) {
        yield;
        yield;
        ctx[side](10, { trail: { atr, period } });
      },
    });
    const [order, fill] = ['order', 'fill'].map((kind) => events.find((event) => event.kind === kind));
    expect(order).toMatchObject({
      type: 'trailing-stop',
      price,
      level: 'offset',
      distance: Math.abs(price - 100),
    });
    expect(fill).toMatchObject({ step: 4, price });
  });

  test('is a distance from the call on: later ranges do not move it', async () => {
    const { events } = await stage({
      bars: { A: [...before, [100, 109, 80, 85], [85, 90, 84, 88]] },
      rules: RULES,
      *script(ctx) {
        yield;
        yield;
        ctx.buy(10, { trail: { atr: 2, period: 2 } });
      },
    });
    // The low of 80 takes it from 110 to 90.
    expect(events.find(({ kind }) => kind === 'fill')).toMatchObject({ step: 4, price: 90 });
  });
});

test('a trailing stop is rounded against the trader, wherever it stands', async () => {
  const levels = async (side: Side) => {
    const staged = await stage({
      bars: { A: [at(100), quoteOn(side, [100, 103, 98.5, 99]), quoteOn(side, [99, 120, 99, 110])] },
      rules: RULES,
      instrument: { tick: 1 },
      *script(ctx) {
        ctx[side](10, { trail: { offset: 4.5 } });
        yield;
      },
    });
    const order = staged.events.find(({ kind }) => kind === 'order') as EventOf<'order'>;
    return [order.price, fillsOf(staged, 'buy', 1)];
  };
  expect(await levels('buy')).toEqual([105, '2.2 103']); // 104.5 and 98.5 + 4.5.
  expect(await levels('sell')).toEqual([95, '2.2 97']);
});
