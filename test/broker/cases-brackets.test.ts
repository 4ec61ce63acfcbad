/**
 * Brackets with trailing stops and with several targets: the bar of entry and the bars after it, under each policy.
 *
 * Worked by hand: the parent is filled at R = 100 and the children's levels are counted from there. A rising bar walks
 * open-low-high-close, a falling one open-high-low-close. All cases are also played mirrored, for a sell.
 */
import { describe, expect, test } from 'vitest';
import { INTRABAR_POLICIES, type IntrabarPolicy, type Rules } from '../../src/broker/policies.ts';
import type { Bracket, OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { allFillsOf, optionsOn, quoteOn, SIDES, type Side } from './mirror.ts';
import { bps, LEVERAGE, type Quote, stage } from './scene.ts';

interface Case {
  readonly side: Side;
  readonly intrabar: IntrabarPolicy;
  readonly entry: OrderOptions;
  readonly bracket: Bracket;
  readonly quotes: readonly Quote[];
  readonly quantity?: number;
  readonly rules?: Partial<Rules>;
}

/** Fills of the children, `step.phase sequence: quantity @ price`, and how many bars the policy decided. */
async function played({ side, intrabar, entry, bracket, quotes, quantity = 10, rules }: Case) {
  const start = quoteOn(side, at(entry.stop === undefined ? 101 : 99));
  const staged = await stage({
    bars: { A: [start, ...quotes.map((quote) => quoteOn(side, quote))] },
    rules: { account: LEVERAGE, cash: 1e6, intrabar, ...rules },
    *script(ctx) {
      ctx[side](quantity, optionsOn(side, { ...entry, bracket }));
      yield;
    },
  });
  const [parent, ...children] = allFillsOf(staged, side);
  expect(parent).toMatch(/^1\.2 1: /);
  return { children, counts: staged.outcome.counts };
}

const TRAIL: Bracket = { trail: { offset: 5 }, target: { offset: 10 } };
const HALVES: Bracket = {
  stop: { offset: 5 },
  targets: [
    { offset: 6, portion: 0.5 },
    { offset: 10, portion: 0.5 },
  ],
};
const MARKET: OrderOptions = {};
const LIMIT: OrderOptions = { limit: 100 };
const STOP: OrderOptions = { stop: 100 };
const CLOSE: OrderOptions = { onClose: true };
const TRAILED = ['1.3 2: 10 @ 95'];
const TARGET = ['1.3 3: 10 @ 110'];
const ALL = ['1.3 2: 10 @ 95'];
const BOTH = ['1.3 3: 5 @ 106', '1.3 4: 5 @ 110'];
const ONE_THEN_STOP = ['1.3 3: 5 @ 106', '1.3 2: 5 @ 95'];
const NONE: string[] = [];

type Row = readonly [
  what: string,
  entry: OrderOptions,
  bracket: Bracket,
  quotes: readonly Quote[],
  ambiguousBars: number,
  pessimistic: readonly string[],
  optimistic: readonly string[],
  path: readonly string[],
];

/** After the columns for the case: how many bars are in doubt, then the fills under pessimistic, optimistic and path. */
const ENTRY_BAR: readonly Row[] = [
  ['trail, both touched, rising', MARKET, TRAIL, [[100, 112, 94, 101]], 1, TRAILED, TARGET, TRAILED],
  ['trail, both touched, falling', MARKET, TRAIL, [[100, 112, 94, 99]], 1, TRAILED, TARGET, TARGET],
  ['trail, touched exactly', MARKET, TRAIL, [[100, 104, 95, 99]], 0, TRAILED, TRAILED, TRAILED],
  ['trail, target touched exactly', MARKET, TRAIL, [[100, 110, 96, 99]], 0, TARGET, TARGET, TARGET],
  ['trail, neither', MARKET, TRAIL, [[100, 109, 96, 99]], 0, NONE, NONE, NONE],
  // Within the bar: 105 to 94 passes 100, then 95, then up to 112.
  ['trail, in by a limit, rising', LIMIT, TRAIL, [[105, 112, 94, 111]], 1, TRAILED, TARGET, TRAILED],
  // 112 comes before the fill: only the optimist sees it.
  ['trail, in by a limit, falling', LIMIT, TRAIL, [[105, 112, 96, 104]], 1, NONE, TARGET, NONE],
  // 98 to 94 first, which is before the fill at 100 on the way up; then 112.
  ['trail, in by a stop, rising', STOP, TRAIL, [[98, 112, 94, 111]], 1, TRAILED, TARGET, TARGET],
  ['trail, in by a stop, falling', STOP, TRAIL, [[98, 104, 94, 96]], 1, TRAILED, TRAILED, TRAILED],
  ['trail, in on the close', CLOSE, TRAIL, [[100, 112, 94, 100]], 0, NONE, NONE, NONE],

  ['halves, both targets', MARKET, HALVES, [[100, 111, 99, 110]], 0, BOTH, BOTH, BOTH],
  [
    'halves, one target',
    MARKET,
    HALVES,
    [[100, 109, 99, 108]],
    0,
    ['1.3 3: 5 @ 106'],
    ['1.3 3: 5 @ 106'],
    ['1.3 3: 5 @ 106'],
  ],
  ['halves, the stop alone', MARKET, HALVES, [[100, 105, 94, 96]], 0, ALL, ALL, ALL],
  ['halves, one and the stop, rising', MARKET, HALVES, [[100, 107, 94, 101]], 1, ALL, ONE_THEN_STOP, ALL],
  [
    'halves, one and the stop, falling',
    MARKET,
    HALVES,
    [[100, 107, 94, 99]],
    1,
    ALL,
    ONE_THEN_STOP,
    ONE_THEN_STOP,
  ],
  ['halves, all three, falling', MARKET, HALVES, [[100, 112, 94, 99]], 1, ALL, BOTH, BOTH],
  ['halves, in by a limit, rising', LIMIT, HALVES, [[105, 112, 99, 111]], 1, NONE, BOTH, BOTH],
  ['halves, in by a limit, falling', LIMIT, HALVES, [[105, 112, 99, 104]], 1, NONE, BOTH, NONE],
  ['halves, in by a limit, stop after', LIMIT, HALVES, [[105, 108, 94, 104]], 1, ALL, ONE_THEN_STOP, ALL],
  ['halves, in on the close', CLOSE, HALVES, [[100, 112, 94, 100]], 0, NONE, NONE, NONE],
];

/** Entered at 100 on a bar that stands still; bar 2 decides. Gaps are filled at the open, in pass 1. */
const LATER: readonly Row[] = [
  [
    'trail, both touched, rising',
    MARKET,
    TRAIL,
    [at(100), [100, 112, 94, 101]],
    1,
    ['2.3 2: 10 @ 95'],
    ['2.3 3: 10 @ 110'],
    ['2.3 2: 10 @ 95'],
  ],
  [
    'trail, both touched, falling',
    MARKET,
    TRAIL,
    [at(100), [100, 112, 94, 99]],
    1,
    ['2.3 2: 10 @ 95'],
    ['2.3 3: 10 @ 110'],
    ['2.3 3: 10 @ 110'],
  ],
  [
    'trail, gap through',
    MARKET,
    TRAIL,
    [at(100), [93, 112, 92, 101]],
    0,
    ['2.1 2: 10 @ 93'],
    ['2.1 2: 10 @ 93'],
    ['2.1 2: 10 @ 93'],
  ],
  [
    'trail, gap over the target',
    MARKET,
    TRAIL,
    [at(100), [111, 112, 94, 99]],
    0,
    ['2.1 3: 10 @ 111'],
    ['2.1 3: 10 @ 111'],
    ['2.1 3: 10 @ 111'],
  ],
  // A high of 104 on the entry bar is after a fill at its open: the stop stands at 99 on bar 2.
  [
    'trail, followed the entry bar',
    MARKET,
    TRAIL,
    [
      [100, 104, 96, 97],
      [100, 101, 99, 100],
    ],
    0,
    ['2.3 2: 10 @ 99'],
    ['2.3 2: 10 @ 99'],
    ['2.3 2: 10 @ 99'],
  ],
  // After a fill within the bar only the close of 103 is known to be after it: 98, though the high was 109.
  [
    'trail, followed the close',
    LIMIT,
    TRAIL,
    [
      [105, 109, 96, 103],
      [102, 103, 98, 100],
    ],
    0,
    ['2.3 2: 10 @ 98'],
    ['2.3 2: 10 @ 98'],
    ['2.3 2: 10 @ 98'],
  ],
  [
    'trail, the close was below the fill',
    LIMIT,
    TRAIL,
    [
      [105, 109, 96, 97],
      [97, 98, 95.5, 97],
      [97, 98, 95, 96],
    ],
    0,
    ['3.3 2: 10 @ 95'],
    ['3.3 2: 10 @ 95'],
    ['3.3 2: 10 @ 95'],
  ],
  [
    'trail, in on the close, follows from the next bar',
    CLOSE,
    TRAIL,
    [
      [100, 112, 94, 100],
      [100, 103, 96, 100],
      [100, 101, 98, 100],
    ],
    0,
    ['3.3 2: 10 @ 98'],
    ['3.3 2: 10 @ 98'],
    ['3.3 2: 10 @ 98'],
  ],
  [
    'halves, both touched, rising',
    MARKET,
    HALVES,
    [at(100), [100, 112, 94, 101]],
    1,
    ['2.3 2: 10 @ 95'],
    ['2.3 3: 5 @ 106', '2.3 4: 5 @ 110'],
    ['2.3 2: 10 @ 95'],
  ],
  [
    'halves, one and the stop, falling',
    MARKET,
    HALVES,
    [at(100), [100, 107, 94, 99]],
    1,
    ['2.3 2: 10 @ 95'],
    ['2.3 3: 5 @ 106', '2.3 2: 5 @ 95'],
    ['2.3 3: 5 @ 106', '2.3 2: 5 @ 95'],
  ],
  [
    'halves, open beyond one, stop within',
    MARKET,
    HALVES,
    [at(100), [107, 108, 94, 100]],
    0,
    ['2.1 3: 5 @ 107', '2.3 2: 5 @ 95'],
    ['2.1 3: 5 @ 107', '2.3 2: 5 @ 95'],
    ['2.1 3: 5 @ 107', '2.3 2: 5 @ 95'],
  ],
  [
    'halves, open beyond both',
    MARKET,
    HALVES,
    [at(100), [115, 116, 94, 100]],
    0,
    ['2.1 3: 5 @ 115', '2.1 4: 5 @ 115'],
    ['2.1 3: 5 @ 115', '2.1 4: 5 @ 115'],
    ['2.1 3: 5 @ 115', '2.1 4: 5 @ 115'],
  ],
  [
    'halves, open beyond the stop',
    MARKET,
    HALVES,
    [at(100), [93, 112, 92, 100]],
    0,
    ['2.1 2: 10 @ 93'],
    ['2.1 2: 10 @ 93'],
    ['2.1 2: 10 @ 93'],
  ],
  [
    'halves, one each bar',
    MARKET,
    HALVES,
    [at(100), [100, 106, 99, 105], [105, 110, 104, 109]],
    0,
    ['2.3 3: 5 @ 106', '3.3 4: 5 @ 110'],
    ['2.3 3: 5 @ 106', '3.3 4: 5 @ 110'],
    ['2.3 3: 5 @ 106', '3.3 4: 5 @ 110'],
  ],
  [
    'halves, one, then the stop for the rest',
    MARKET,
    HALVES,
    [at(100), [100, 106, 99, 100], [100, 101, 95, 96]],
    0,
    ['2.3 3: 5 @ 106', '3.3 2: 5 @ 95'],
    ['2.3 3: 5 @ 106', '3.3 2: 5 @ 95'],
    ['2.3 3: 5 @ 106', '3.3 2: 5 @ 95'],
  ],
];

describe.each(SIDES)('a bracket of a %s', (side) => {
  test.each([...ENTRY_BAR, ...LATER])(
    '%s: by %j with %j on %j',
    async (_, entry, bracket, quotes, ambiguousBars, pessimistic, optimistic, path) => {
      const expected = { pessimistic, optimistic, path };
      for (const intrabar of INTRABAR_POLICIES) {
        const { children, counts } = await played({ side, intrabar, entry, bracket, quotes });
        expect(children, intrabar).toEqual(expected[intrabar]);
        expect(counts, intrabar).toMatchObject({ ambiguousBars, stopsPassedAtEntry: 0 });
      }
    },
  );
});

describe('portions', () => {
  const targets = (...portions: number[]) =>
    portions.map((portion, index) => ({ offset: 5 * (index + 1), portion }));
  test.each([
    // Shares are what lies between whole lots of w × from and w × to.
    [10, 1, [0.5, 0.5], [5, 5]],
    [7, 1, [0.5, 0.5], [3, 4]],
    [10, 1, [1 / 3, 1 / 3, 1 / 3], [3, 3, 4]],
    [10, 1, [0.3333333333, 0.3333333333, 0.3333333333], [3, 3, 4]], // As good as 1.
    [1, 1, [0.5, 0.5], [0, 1]],
    [10, 1, [0.4, 0.2], [4, 2]],
    [10, 1, [0.25, 0.25, 0.25], [2, 3, 2]],
    [0.7, 0.1, [0.5, 0.5], [0.3, 0.4]],
    [9, 1, [0.1, 0.9], [0, 9]],
  ] as const)('of %d in lots of %d, %j, cover %j', async (quantity, lot, portions, shares) => {
    const { events, story } = await stage({
      bars: { A: [at(100), at(100), [100, 200, 100, 150]] },
      instrument: { lot },
      *script(ctx) {
        ctx.buy(quantity, { bracket: { stop: { offset: 50 }, targets: targets(...portions) } });
        yield;
      },
    });
    const orders = events.filter((event) => event.kind === 'order');
    expect(orders.slice(2).map((order) => order.quantity)).toEqual(shares);
    expect(orders.slice(2).map((order) => Number(order.portion.toFixed(9)))).toEqual(
      portions.map((portion) => Number(portion.toFixed(9))),
    );
    expect(orders[1]).toMatchObject({ type: 'stop', quantity, portion: 1 });
    const fills = events.filter((event) => event.kind === 'fill').slice(1);
    expect(fills.map((fill) => fill.quantity)).toEqual(shares.filter((share) => share > 0));
    const left = Number((quantity - shares.reduce<number>((sum, share) => sum + share, 0)).toFixed(9));
    // The stop covers what no target does; with nothing left it goes.
    expect(story.find((line) => /(cancel|expiry) 2 /.test(line))).toBe(
      left === 0 ? '2.3 A cancel 2 oco 0' : `2.7 A expiry 2 ${left}`,
    );
  });
});

test('a multiple counts the distance that a trailing stop has at the fill', async () => {
  const bracket: Bracket = { trail: { percent: 4 }, target: { multiple: 2.5 } };
  const quotes: Quote[] = [at(100), [100, 110, 97, 105]];
  const { children } = await played({ side: 'buy', intrabar: 'pessimistic', entry: {}, bracket, quotes });
  expect(children).toEqual(['2.3 3: 10 @ 110']);
});

test('a trailing stop that slippage alone takes beyond the market is filled at the raw entry, and counted', async () => {
  // Filled at 102; 1 behind is 101, which 100 has passed. Out at 100 less 2 %.
  const bracket: Bracket = { trail: { offset: 1 }, target: { offset: 1 } };
  const given = {
    side: 'buy',
    entry: {},
    bracket,
    quotes: [[100, 110, 99, 105]],
    rules: { slippage: bps(200) },
  } as const;
  for (const intrabar of INTRABAR_POLICIES) {
    const { children, counts } = await played({ ...given, intrabar });
    expect(children).toEqual(['1.3 2: 10 @ 98']);
    expect(counts).toMatchObject({ stopsPassedAtEntry: 1, ambiguousBars: 0 });
  }
});

test('a bracket ends with its position, whoever closes it, target by target', async () => {
  const { story } = await stage({
    bars: { A: [at(100), at(100), at(100)] },
    *script(ctx) {
      ctx.buy(10, { bracket: HALVES });
      yield;
      ctx.close();
    },
  });
  expect(story).toEqual([
    '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000',
    '2.1 A fill 5 sell close 10 @ 100 -> 0, 10000',
    '2.1 A trade 1-5 10: 100 to 100, 0 less 0, signal',
    '2.1 A cancel 2 position closed 10',
    '2.1 A cancel 3 position closed 5',
    '2.1 A cancel 4 position closed 5',
  ]);
});

test('a trade tells which child closed it: stop, trailing stop, target', async () => {
  const reasons = async (bracket: Bracket, quote: Quote) => {
    const { events } = await stage({
      bars: { A: [at(100), at(100), quote] },
      *script(ctx) {
        ctx.buy(10, { bracket });
        yield;
      },
    });
    return events.flatMap((event) => (event.kind === 'trade' ? [event.reason] : []));
  };
  expect(await reasons(HALVES, [100, 100, 94, 95])).toEqual(['stop']);
  expect(await reasons(TRAIL, [100, 100, 94, 95])).toEqual(['trailing']);
  expect(await reasons(HALVES, [100, 111, 99, 100])).toEqual(['target', 'target']);
});
