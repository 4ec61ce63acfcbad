/**
 * A cap on volume, and orders that are filled in parts: what is left, whose turn it is, and what a bracket makes of it.
 *
 * Worked by hand: with `maxVolume` 0.1 the fills of a symbol on one bar take lots(0.1 × volume) together. What is left stays live: a market
 * order as it was, a limit as a limit, a stop that was reached as a market order.
 */
import { describe, expect, test } from 'vitest';
import type { OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { allFillsOf, optionsOn, other, quoteOn, SIDES, type Side } from './mirror.ts';
import { LEVERAGE, type Quote, stage, tell } from './scene.ts';

const RULES = { account: LEVERAGE, cash: 1e6, maxVolume: 0.1 };
const still = (price: number, volume: number): Quote => [price, price, price, price, volume];

/** What is filled of ten, from bar 1 on. `step.pass quantity @ price`; a step later, and with the passes of an exit, if it closes. */
const PARTS: readonly (readonly [
  what: string,
  OrderOptions,
  readonly Quote[],
  entry: string,
  exit: string,
])[] = [
  ['market, enough', {}, [still(100, 100)], '1.2 10 @ 100', '2.1 10 @ 100'],
  [
    'market, one unit short',
    {},
    [still(100, 99), still(101, 99)],
    '1.2 9 @ 100, 2.2 1 @ 101',
    '2.1 9 @ 100, 3.1 1 @ 101',
  ],
  [
    'market, three bars',
    {},
    [still(100, 40), still(101, 50), still(102, 40)],
    '1.2 4 @ 100, 2.2 5 @ 101, 3.2 1 @ 102',
    '2.1 4 @ 100, 3.1 5 @ 101, 4.1 1 @ 102',
  ],
  ['market, nothing, then all', {}, [still(100, 9), still(101, 100)], '2.2 10 @ 101', '3.1 10 @ 101'],
  ['market, no volume at all', {}, [still(100, 0), still(101, 100)], '2.2 10 @ 101', '3.1 10 @ 101'],
  [
    'limit, in parts',
    { limit: 98 },
    [
      [100, 101, 97, 99, 40],
      [99, 100, 98.5, 99, 999],
      [97, 98, 96, 97, 999],
    ],
    '1.2 4 @ 98, 3.2 6 @ 97',
    '2.3 4 @ 98, 4.1 6 @ 97',
  ],
  [
    'limit, nothing: it stays a limit',
    { limit: 98 },
    [
      [100, 101, 97, 99, 9],
      [99, 100, 98.5, 99, 999],
      [99, 100, 98, 99, 999],
    ],
    '3.2 10 @ 98',
    '4.3 10 @ 98',
  ],
  [
    'limit, gap, then at its limit',
    { limit: 98 },
    [
      [95, 99, 94, 99, 40],
      [99, 100, 98, 99, 999],
    ],
    '1.2 4 @ 95, 2.2 6 @ 98',
    '2.1 4 @ 95, 3.3 6 @ 98',
  ],
  [
    'stop, the rest at the market',
    { stop: 102 },
    [[100, 103, 99, 100, 40], still(90, 999)],
    '1.2 4 @ 102, 2.2 6 @ 90',
    '2.3 4 @ 102, 3.1 6 @ 90',
  ],
  [
    'stop, nothing: all at the market',
    { stop: 102 },
    [[100, 103, 99, 100, 9], still(90, 999)],
    '2.2 10 @ 90',
    '3.1 10 @ 90',
  ],
  [
    'stop, gap',
    { stop: 102 },
    [[105, 106, 104, 105, 40], still(90, 999)],
    '1.2 4 @ 105, 2.2 6 @ 90',
    '2.1 4 @ 105, 3.1 6 @ 90',
  ],
  [
    'stop, gap and nothing',
    { stop: 102 },
    [[105, 106, 104, 105, 9], still(90, 999)],
    '2.2 10 @ 90',
    '3.1 10 @ 90',
  ],
  [
    'trail, the rest at the market',
    { trail: { offset: 2 } },
    [[100, 103, 99, 100, 40], still(90, 999)],
    '1.2 4 @ 102, 2.2 6 @ 90',
    '2.3 4 @ 102, 3.1 6 @ 90',
  ],
  [
    'trail, nothing: all at the market',
    { trail: { offset: 2 } },
    [[100, 103, 99, 100, 9], still(90, 999)],
    '2.2 10 @ 90',
    '3.1 10 @ 90',
  ],
  [
    'stop-limit, the rest a limit',
    { stop: 102, limit: 103 },
    [
      [102.5, 104, 101, 104, 40],
      [104, 105, 103.5, 104, 999],
      [104, 105, 103, 104, 999],
    ],
    '1.2 4 @ 102.5, 3.2 6 @ 103',
    '2.1 4 @ 102.5, 4.3 6 @ 103',
  ],
  [
    'on close, the rest on the next close',
    { onClose: true },
    [
      [100, 101, 99, 99.5, 40],
      [98, 99, 97, 97.5, 999],
    ],
    '1.2 4 @ 99.5, 2.2 6 @ 97.5',
    '2.3 4 @ 99.5, 3.3 6 @ 97.5',
  ],
  [
    'on close, nothing',
    { onClose: true },
    [
      [100, 101, 99, 99.5, 9],
      [98, 99, 97, 97.5, 999],
    ],
    '2.2 10 @ 97.5',
    '3.3 10 @ 97.5',
  ],
];

async function parts(side: Side, options: OrderOptions, quotes: readonly Quote[], isExit: boolean) {
  const before = isExit ? [at(100), at(100)] : [at(100)];
  const staged = await stage({
    bars: { A: [...before, ...quotes.map((quote) => quoteOn(side, quote))] },
    rules: RULES,
    *script(ctx) {
      if (isExit) {
        ctx[other(side)](10);
        yield;
      }
      ctx[side](10, optionsOn(side, options));
      yield;
    },
  });
  const own = isExit ? ' 2: ' : ' 1: ';
  return allFillsOf(staged, side)
    .filter((fill) => fill.includes(own))
    .map((fill) => fill.replace(own, ' '))
    .join(', ');
}

describe.each(SIDES)('a %s of ten, filled in parts', (side) => {
  test.each(PARTS)('%s: %j on %j', async (_, options, quotes, entry, exit) => {
    expect(await parts(side, options, quotes, false)).toBe(entry);
    expect(await parts(side, options, quotes, true)).toBe(exit);
  });
});

test.each([
  [0.1, 0.1, 12.34, 1.2],
  [0.1, 0.1, 0.9, 0],
  [1, 0.25, 39, 9],
  [1, 1, 7, 7],
  [5, 0.1, 140, 10],
])('whole lots of %d: %d of a volume of %d is %d', async (lot, maxVolume, volume, filled) => {
  const staged = await stage({
    bars: { A: [at(100), still(100, volume)] },
    rules: { ...RULES, maxVolume },
    instrument: { lot },
    *script(ctx) {
      ctx.buy(1_000);
      yield;
    },
  });
  expect(allFillsOf(staged)).toEqual(filled === 0 ? [] : [`1.2 1: ${filled} @ 100`]);
});

describe('the volume of one bar', () => {
  test('goes to orders in their turn, and the next bar to those that are left', async () => {
    const staged = await stage({
      bars: { A: [at(100), still(100, 100), still(101, 100), still(102, 100)] },
      rules: RULES,
      *script(ctx) {
        for (let i = 0; i < 3; i++) ctx.buy(6);
        yield;
      },
    });
    expect(allFillsOf(staged)).toEqual([
      '1.2 1: 6 @ 100',
      '1.2 2: 4 @ 100',
      '2.2 2: 2 @ 101',
      '2.2 3: 6 @ 101',
    ]);
  });

  test('goes to exits at the open first, then to entries, then to exits within the bar; of every strategy', async () => {
    const { story } = await stage({
      bars: { A: [at(100), still(100, 999), [100, 111, 99, 100, 100]] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(10, { limit: 110 });
      },
      others: [
        function* second(ctx) {
          ctx.buy(3);
          yield;
          ctx.close();
        },
        function* third(ctx) {
          yield;
          ctx.buy(5);
        },
      ],
    });
    expect(
      story
        .filter((line) => line.startsWith('2.') && line.includes('fill'))
        .map((line) => line.split(' @')[0]),
    ).toEqual(['2.1 A fill 2 sell close 3', '2.2 A fill 1 buy open 5', '2.3 A fill 2 sell close 2']);
  });

  test('is the symbol’s own', async () => {
    const staged = await stage({
      bars: { A: [at(100), still(100, 40)], B: [at(100), still(100, 60)] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10);
        yield;
      },
    });
    expect(allFillsOf(staged)).toEqual(['1.2 1: 4 @ 100', '1.2 1: 6 @ 100']);
  });
});

test('a member of a group that is filled in part ends the others, and its rest goes on', async () => {
  const told = await tell({
    bars: { A: [at(100), [100, 101, 97, 99, 40], [99, 107, 98, 106, 999]] },
    rules: RULES,
    *script(ctx) {
      ctx.oco({ side: 'buy', quantity: 10, limit: 98 }, { side: 'buy', quantity: 10, stop: 105 });
      yield;
    },
  });
  expect(told).toEqual([
    '1.2 A fill 1 buy open 4 @ 98 -> 4, 999608',
    '1.2 A cancel 2 oco 10',
    '2.2 A fill 1 buy open 6 @ 98 -> 10, 999020',
  ]);
});

describe('a bracket of a parent that is filled in parts', () => {
  const bracket = { stop: { offset: 5 }, target: { offset: 10 } };

  test('grows with it, at the levels of the first part', async () => {
    const told = await tell({
      bars: { A: [at(100), still(100, 40), still(102, 40), still(103, 999), [104, 104, 94, 95, 999]] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10, { bracket });
        yield;
      },
    });
    // 4 at 100, 4 at 102, 2 at 103: 1,014 for ten.
    expect(told).toEqual([
      '1.2 A fill 1 buy open 4 @ 100 -> 4, 999600',
      '2.2 A fill 1 buy open 4 @ 102 -> 8, 999192',
      '3.2 A fill 1 buy open 2 @ 103 -> 10, 998986',
      '4.3 A fill 2 sell close 10 @ 95 -> 0, 999936',
      '4.3 A trade 1-2 10: 101.4 to 95, -64 less 0, stop',
      '4.3 A cancel 3 oco 10',
    ]);
  });

  test('gives each target its share of the new whole, less its share of the old', async () => {
    // Of 3 the halves are 1 and 2; of 6, 3 and 3: so 2 and 1 come to them.
    const targets = [
      { offset: 10, portion: 0.5 },
      { offset: 20, portion: 0.5 },
    ];
    const staged = await stage({
      bars: {
        A: [at(100), still(100, 30), still(100, 30), [100, 110, 99, 105, 999], [105, 120, 104, 119, 999]],
      },
      rules: RULES,
      *script(ctx) {
        ctx.buy(6, { bracket: { stop: { offset: 5 }, targets } });
        yield;
      },
    });
    expect(allFillsOf(staged)).toEqual([
      '1.2 1: 3 @ 100',
      '2.2 1: 3 @ 100',
      '3.3 3: 3 @ 110',
      '4.3 4: 3 @ 120',
    ]);
    expect(staged.story.at(-1)).toBe('4.3 A cancel 2 oco 0');
  });

  test('ends what is left of the parent when a child is filled', async () => {
    const told = await tell({
      bars: { A: [at(105), [101, 102, 99, 101, 40], [111, 112, 90, 95, 999]] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10, { limit: 100, bracket });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 4 @ 100 -> 4, 999600',
      '2.1 A fill 3 sell close 4 @ 111 -> 0, 1000044',
      '2.1 A trade 1-3 4: 100 to 111, 44 less 0, target',
      '2.1 A cancel 2 oco 0',
      '2.1 A cancel 1 children 6',
    ]);
  });

  test('of which a stop is filled ends its parent too, behind the targets', async () => {
    const told = await tell({
      bars: { A: [at(105), [101, 102, 99, 101, 40], [94, 95, 90, 95, 999]] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10, { limit: 100, bracket });
        yield;
      },
    });
    expect(told.slice(1)).toEqual([
      '2.1 A fill 2 sell close 4 @ 94 -> 0, 999976',
      '2.1 A trade 1-2 4: 100 to 94, -24 less 0, stop',
      '2.1 A cancel 3 oco 4',
      '2.1 A cancel 1 children 6',
    ]);
  });

  test('goes with its position, and the rest of the parent with the bracket', async () => {
    const told = await tell({
      bars: { A: [at(105), [101, 102, 99, 101, 40], still(101, 999)] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10, { limit: 100, bracket });
        yield;
        ctx.close();
      },
    });
    expect(told.slice(1)).toEqual([
      '2.1 A fill 4 sell close 4 @ 101 -> 0, 1000004',
      '2.1 A trade 1-4 4: 100 to 101, 4 less 0, signal',
      '2.1 A cancel 2 position closed 4',
      '2.1 A cancel 1 children 6',
      '2.1 A cancel 3 position closed 4',
    ]);
  });

  test('does not grow where the strategy has said how much', async () => {
    const staged = await stage({
      bars: { A: [at(100), still(100, 40), still(100, 60), [100, 101, 94, 95, 999]] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10, { bracket });
        yield;
        ctx.replace(2, { quantity: 3 });
      },
    });
    expect(allFillsOf(staged).at(-1)).toBe('3.3 2: 3 @ 95');
    expect(staged.story.at(-1)).toBe('3.3 A cancel 3 oco 10'); // A stop ends its targets, though seven are still held.
  });

  test('has a stop in parts of its own: what is left of it is out at the next open', async () => {
    const told = await tell({
      bars: { A: [at(100), still(100, 999), [100, 101, 94, 96, 40], still(97, 999)] },
      rules: RULES,
      *script(ctx) {
        ctx.buy(10, { bracket });
        yield;
      },
    });
    expect(told.slice(1)).toEqual([
      '2.3 A fill 2 sell close 4 @ 95 -> 6, 999380',
      '2.3 A trade 1-2 4: 100 to 95, -20 less 0, stop',
      '2.3 A cancel 3 oco 10',
      '3.1 A fill 2 sell close 6 @ 97 -> 0, 999962',
      '3.1 A trade 1-2 6: 100 to 97, -18 less 0, stop',
    ]);
  });
});
