/**
 * OCO groups: two entries reached by one bar, two exits reached by one bar, of every type, under each policy.
 *
 * Worked by hand. Of two entries a bar takes one: pessimistic the one that is worth less at the close, optimistic the one that is worth
 * more, path the one that comes first (on close last). Of two exits: pessimistic market, stop, limit, on close; optimistic market, limit,
 * stop, on close; path by time. What the open has passed comes before all that. A rising bar walks open-low-high-close.
 */
import { describe, expect, test } from 'vitest';
import { INTRABAR_POLICIES } from '../../src/broker/policies.ts';
import type { OrderOptions, OrderRequest } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { allFillsOf, optionsOn, other, quoteOn, SIDES, type Side } from './mirror.ts';
import { LEVERAGE, type Quote, stage } from './scene.ts';

type Member = readonly [side: Side, options: OrderOptions];
/** Which of the two is filled, and at what price. */
type Won = '-' | `${'first' | 'second'} ${number}`;

const RISING: Quote = [100, 106, 94, 101];
const FALLING: Quote = [100, 106, 94, 99];
const UP: Member = ['buy', { stop: 105 }];
const DOWN: Member = ['sell', { stop: 95 }];
const DIP: Member = ['buy', { limit: 95 }];
const PEAK: Member = ['sell', { limit: 105 }];
const NOW: Member = ['buy', {}];
const CLOSE: Member = ['buy', { onClose: true }];
const TRAIL_UP: Member = ['buy', { trail: { offset: 5 } }];
const TRAIL_DOWN: Member = ['sell', { trail: { offset: 5 } }];
const STOP_LIMIT: Member = ['buy', { stop: 102, limit: 103 }];

/** Marks at the close in the comments: what one unit is worth there. Whether the bar is in doubt, then what each policy takes. */
const ENTRIES: readonly (readonly [
  first: Member,
  second: Member,
  quote: Quote,
  ambiguousBars: number,
  pessimistic: Won,
  optimistic: Won,
  path: Won,
])[] = [
  [UP, DOWN, RISING, 1, 'second 95', 'first 105', 'second 95'], // −4, −6; the low is first.
  [UP, DOWN, FALLING, 1, 'first 105', 'second 95', 'first 105'], // −6, −4; the high is first.
  [DIP, PEAK, RISING, 1, 'second 105', 'first 95', 'first 95'], // 6, 4.
  [DIP, PEAK, FALLING, 1, 'first 95', 'second 105', 'second 105'], // 4, 6.
  [DIP, UP, RISING, 1, 'second 105', 'first 95', 'first 95'], // 6, −4.
  [NOW, DIP, RISING, 1, 'first 100', 'second 95', 'first 100'], // 1, 6; the open is first.
  [NOW, UP, RISING, 1, 'second 105', 'first 100', 'first 100'], // 1, −4.
  [CLOSE, DIP, RISING, 1, 'first 101', 'second 95', 'second 95'], // 0, 6; the close is last.
  [CLOSE, UP, RISING, 1, 'second 105', 'first 101', 'second 105'], // 0, −4.
  [CLOSE, NOW, RISING, 1, 'first 101', 'second 100', 'second 100'], // 0, 1.
  [TRAIL_UP, DOWN, RISING, 1, 'second 95', 'first 105', 'second 95'], // −4, −6.
  [TRAIL_UP, TRAIL_DOWN, FALLING, 1, 'first 105', 'second 95', 'first 105'], // −6, −4.
  // A stop-limit whose stop is reached within the bar waits for the next one: nothing to choose.
  [STOP_LIMIT, DIP, RISING, 0, 'second 95', 'second 95', 'second 95'],
  [STOP_LIMIT, UP, RISING, 0, 'second 105', 'second 105', 'second 105'],
  // Passed by the open it is a limit of this bar.
  [STOP_LIMIT, DIP, [102.5, 106, 94, 101], 1, 'first 102.5', 'second 95', 'first 102.5'], // −1.5, 6.
  [STOP_LIMIT, UP, [105, 106, 102, 104], 1, 'second 105', 'first 103', 'second 105'], // 1 at 103, −1 at 105.
  // One of them alone.
  [UP, DOWN, [100, 104, 94, 99], 0, 'second 95', 'second 95', 'second 95'],
  [UP, DOWN, [106, 107, 96, 99], 0, 'first 106', 'first 106', 'first 106'],
  [UP, DOWN, [100, 104, 96, 99], 0, '-', '-', '-'],
  // A gap over one of them, and the other within the bar.
  [UP, DOWN, [107, 108, 94, 101], 1, 'first 107', 'first 107', 'first 107'], // −6, −6.
  [DIP, UP, [93, 106, 92, 101], 1, 'second 105', 'first 93', 'first 93'], // 8, −4.
];

const request = (side: Side, [mine, options]: Member, quantity: number): OrderRequest => ({
  side: side === 'buy' ? mine : other(mine),
  quantity,
  ...optionsOn(side, options),
});

describe.each(SIDES)('two entries of a group, seen by a %s', (side) => {
  test.each(ENTRIES)('%j and %j on %j', async (first, second, quote, ambiguousBars, ...won) => {
    for (const [index, intrabar] of INTRABAR_POLICIES.entries()) {
      const staged = await stage({
        bars: { A: [at(100), quoteOn(side, quote)] },
        rules: { account: LEVERAGE, cash: 1e6, intrabar },
        *script(ctx) {
          ctx.oco(request(side, first, 10), request(side, second, 10));
          yield;
        },
      });
      const [which, price] = won[index]!.split(' ');
      const sequence = which === 'first' ? 1 : 2;
      const fills = which === '-' ? [] : [`1.2 ${sequence}: 10 @ ${price}`];
      expect(allFillsOf(staged, side), intrabar).toEqual(fills);
      expect(staged.outcome.counts.ambiguousBars, intrabar).toBe(ambiguousBars);
      const cancels = staged.story.filter((line) => line.includes('cancel'));
      expect(cancels, intrabar).toEqual(which === '-' ? [] : [`1.2 A cancel ${3 - sequence} oco 10`]);
    }
  });
});

test.each([
  [UP, DOWN, 'pessimistic', '1.2 1: 10 @ 105'],
  [UP, DOWN, 'optimistic', '1.2 1: 10 @ 105'],
  [UP, DOWN, 'path', '1.2 2: 10 @ 95'],
  [DOWN, UP, 'pessimistic', '1.2 1: 10 @ 95'],
  [DOWN, UP, 'optimistic', '1.2 1: 10 @ 95'],
  [DOWN, UP, 'path', '1.2 1: 10 @ 95'],
] as const)(
  'a bar that closes where it opened: %j and %j are −5 each, so the smaller sequence, and %s walks it as a rising one: %s',
  async (first, second, intrabar, expected) => {
    const staged = await stage({
      bars: { A: [at(100), [100, 106, 94, 100]] },
      rules: { account: LEVERAGE, intrabar },
      *script(ctx) {
        ctx.oco(request('buy', first, 10), request('buy', second, 10));
        yield;
      },
    });
    expect(allFillsOf(staged)).toEqual([expected]);
  },
);

describe('two entries of one group and different sizes', () => {
  test.each([
    // −4 × 10 and −6 × 5: the larger loss counts, not the worse price.
    [10, 5, '1.2 1: 10 @ 105', '1.2 2: 5 @ 95'],
    [10, 10, '1.2 2: 10 @ 95', '1.2 1: 10 @ 105'],
  ])('%d up and %d down: pessimistic %s, optimistic %s', async (up, down, ...expected) => {
    for (const [index, intrabar] of (['pessimistic', 'optimistic'] as const).entries()) {
      const staged = await stage({
        bars: { A: [at(100), RISING] },
        rules: { account: LEVERAGE, intrabar },
        *script(ctx) {
          ctx.oco(request('buy', UP, up), request('buy', DOWN, down));
          yield;
        },
      });
      expect(allFillsOf(staged)).toEqual([expected[index]]);
    }
  });
});

const STOP_OUT: Member = ['sell', { stop: 95 }];
const TAKE: Member = ['sell', { limit: 110 }];
const TRAIL_OUT: Member = ['sell', { trail: { offset: 5 } }];
const MARKET_OUT: Member = ['sell', {}];
const CLOSE_OUT: Member = ['sell', { onClose: true }];
const STOP_LIMIT_OUT: Member = ['sell', { stop: 95, limit: 94 }];

/** Of a long position at 100; the pass stands before the price: 1 for what the open has passed. */
const EXITS: readonly (readonly [
  first: Member,
  second: Member,
  quote: Quote,
  ambiguousBars: number,
  pessimistic: `${1 | 2} ${string}` | '-',
  optimistic: `${1 | 2} ${string}` | '-',
  path: `${1 | 2} ${string}` | '-',
])[] = [
  // Which of the two, then `pass price`.
  [STOP_OUT, TAKE, [100, 112, 94, 101], 1, '1 3 95', '2 3 110', '1 3 95'],
  [STOP_OUT, TAKE, [100, 112, 94, 99], 1, '1 3 95', '2 3 110', '2 3 110'],
  [TAKE, STOP_OUT, [100, 112, 94, 101], 1, '2 3 95', '1 3 110', '2 3 95'],
  [TRAIL_OUT, TAKE, [100, 112, 94, 101], 1, '1 3 95', '2 3 110', '1 3 95'],
  [TRAIL_OUT, TAKE, [100, 112, 94, 99], 1, '1 3 95', '2 3 110', '2 3 110'],
  [STOP_OUT, TAKE, [100, 110, 96, 99], 0, '2 3 110', '2 3 110', '2 3 110'],
  [STOP_OUT, TAKE, [100, 109, 95, 99], 0, '1 3 95', '1 3 95', '1 3 95'],
  [STOP_OUT, TAKE, [100, 109, 96, 99], 0, '-', '-', '-'],
  [STOP_OUT, TAKE, [94, 112, 93, 99], 0, '1 1 94', '1 1 94', '1 1 94'],
  [STOP_OUT, TAKE, [111, 112, 93, 99], 0, '2 1 111', '2 1 111', '2 1 111'],
  [MARKET_OUT, TAKE, [100, 112, 94, 101], 0, '1 1 100', '1 1 100', '1 1 100'],
  [TAKE, MARKET_OUT, [100, 112, 94, 101], 0, '2 1 100', '2 1 100', '2 1 100'],
  // The close is last under every policy.
  [CLOSE_OUT, STOP_OUT, [100, 105, 94, 101], 0, '2 3 95', '2 3 95', '2 3 95'],
  [CLOSE_OUT, TAKE, [100, 112, 94, 101], 0, '2 3 110', '2 3 110', '2 3 110'],
  [CLOSE_OUT, TAKE, [100, 109, 94, 101], 0, '1 3 101', '1 3 101', '1 3 101'],
  // A stop-limit: reached within the bar it is for the next one; passed by the open it is a limit like another.
  [STOP_LIMIT_OUT, TAKE, [100, 112, 92, 101], 0, '2 3 110', '2 3 110', '2 3 110'],
  [STOP_LIMIT_OUT, TAKE, [94.5, 112, 92, 101], 0, '1 1 94.5', '1 1 94.5', '1 1 94.5'],
  [STOP_LIMIT_OUT, TAKE, [93, 112, 92, 101], 0, '1 3 94', '1 3 94', '1 3 94'],
];

describe.each(SIDES)('two exits of a group, of a %s', (side) => {
  test.each(EXITS)('%j and %j on %j', async (first, second, quote, ambiguousBars, ...won) => {
    for (const [index, intrabar] of INTRABAR_POLICIES.entries()) {
      const staged = await stage({
        bars: { A: [at(100), at(100), quoteOn(side, quote)] },
        rules: { account: LEVERAGE, cash: 1e6, intrabar },
        *script(ctx) {
          ctx[side](10);
          yield;
          ctx.oco(request(side, first, 10), request(side, second, 10));
        },
      });
      const [which, pass, price] = won[index]!.split(' ');
      const sequence = Number(which) + 1;
      const fills = which === '-' ? [] : [`2.${pass} ${sequence}: 10 @ ${price}`];
      expect(allFillsOf(staged, side).slice(1), intrabar).toEqual(fills);
      expect(staged.outcome.counts.ambiguousBars, intrabar).toBe(ambiguousBars);
      const cancels = staged.story.filter((line) => line.includes('cancel'));
      expect(cancels, intrabar).toEqual(which === '-' ? [] : [`2.${pass} A cancel ${5 - sequence} oco 10`]);
    }
  });
});

test('an exit and an entry of one group never both fill, whichever has its turn first', async () => {
  // Long 10; the group holds a stop that gets out and a stop that adds. Entries come first, and end the group.
  const { story } = await stage({
    bars: { A: [at(100), at(100), RISING] },
    rules: { account: LEVERAGE },
    *script(ctx) {
      ctx.buy(10);
      yield;
      ctx.oco(request('buy', DOWN, 10), request('buy', UP, 5));
    },
  });
  expect(story.slice(1, 3)).toEqual(['2.2 A fill 3 buy open 5 @ 105 -> 15, 8475', '2.2 A cancel 2 oco 10']);
});
