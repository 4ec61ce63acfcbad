/** Exits within a bar, reversals and reduce-only orders, as the engine settles them. */
import { describe, expect, test } from 'vitest';
import type { Context, OrderRequest } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { LEVERAGE, stage, tell } from './scene.ts';

const OPENED = '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000';
/** Both 110 and 95 lie in it. */
const RISING = [100, 111, 94, 101] as const;
const FALLING = [100, 111, 94, 99] as const;

const STOPPED = [
  '2.3 A fill 3 sell close 10 @ 95 -> 0, 9950',
  '2.3 A trade 1-3 10: 100 to 95, -50 less 0, stop',
];
const REACHED = [
  '2.3 A fill 2 sell close 10 @ 110 -> 0, 10100',
  '2.3 A trade 1-2 10: 100 to 110, 100 less 0, target',
];

const CASES = [
  ['pessimistic', RISING, 'stop'],
  ['pessimistic', FALLING, 'stop'],
  ['optimistic', RISING, 'target'],
  ['optimistic', FALLING, 'target'],
  ['path', RISING, 'stop'],
  ['path', FALLING, 'target'],
] as const;

describe('a stop and a target that are both touched', () => {
  const limit: OrderRequest = { side: 'sell', quantity: 10, limit: 110, reduceOnly: true };
  const stop: OrderRequest = { side: 'sell', quantity: 10, stop: 95, reduceOnly: true };

  test.each(CASES)(
    'as a group, under `%s` in %j: the %s, and the other is cancelled',
    async (intrabar, quote, first) => {
      const { story, outcome } = await stage({
        bars: { A: [at(100), at(100), quote, RISING] },
        rules: { intrabar },
        *script(ctx) {
          ctx.buy(10);
          yield;
          ctx.oco(limit, stop);
        },
      });
      const expected =
        first === 'stop' ? [...STOPPED, '2.3 A cancel 2 oco 10'] : [...REACHED, '2.3 A cancel 3 oco 10'];
      expect(story).toEqual([OPENED, ...expected]);
      expect(outcome.counts.ambiguousBars).toBe(1);
    },
  );

  test.each(CASES)(
    'as two orders, under `%s` in %j: the %s, and the other finds nothing',
    async (intrabar, quote, first) => {
      const { story, outcome } = await stage({
        bars: { A: [at(100), at(100), quote] },
        rules: { intrabar, account: LEVERAGE },
        *script(ctx) {
          ctx.buy(10);
          yield;
          const { side: _, quantity, ...options } = limit;
          ctx.sell(quantity, options);
          ctx.sell(10, { stop: 95, reduceOnly: true });
        },
      });
      const expected =
        first === 'stop'
          ? [...STOPPED, '2.3 A cancel 2 reduce only 10']
          : [...REACHED, '2.3 A cancel 3 reduce only 10'];
      expect(story).toEqual([OPENED, ...expected]);
      expect(outcome.counts.ambiguousBars).toBe(1);
    },
  );

  test.each(CASES)('of a short, under `%s` in %j, are taken the same way', async (intrabar, quote, first) => {
    const { story } = await stage({
      bars: { A: [at(100), at(100), quote] },
      rules: { intrabar, account: LEVERAGE },
      *script(ctx) {
        ctx.sell(10);
        yield;
        // The stop stands above and the target below: on the path they have changed places.
        ctx.oco({ side: 'buy', quantity: 10, limit: 95 }, { side: 'buy', quantity: 10, stop: 110 });
      },
    });
    const isStop = intrabar === 'path' ? first === 'target' : first === 'stop';
    expect(story.slice(1)).toEqual(
      isStop
        ? [
            '2.3 A fill 3 buy close 10 @ 110 -> 0, 9900',
            '2.3 A trade 1-3 -10: 100 to 110, -100 less 0, stop',
            '2.3 A cancel 2 oco 10',
          ]
        : [
            '2.3 A fill 2 buy close 10 @ 95 -> 0, 10050',
            '2.3 A trade 1-2 -10: 100 to 95, 50 less 0, target',
            '2.3 A cancel 3 oco 10',
          ],
    );
  });

  test('on one leg of the path come by their distance, at one price by sequence', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 111, 94, 101]] },
      rules: { intrabar: 'path' },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(1, { stop: 95 });
        ctx.sell(2, { stop: 97 });
        ctx.sell(3, { stop: 95 });
        ctx.sell(4, { limit: 105 });
      },
    });
    expect(told.filter((line) => line.includes('fill')).slice(1)).toEqual([
      '2.3 A fill 3 sell close 2 @ 97 -> 8, 9194',
      '2.3 A fill 2 sell close 1 @ 95 -> 7, 9289',
      '2.3 A fill 4 sell close 3 @ 95 -> 4, 9574',
      '2.3 A fill 5 sell close 4 @ 105 -> 0, 9994',
    ]);
  });
});

describe('a reversal', () => {
  const open = (ctx: Context) => ctx.buy(10);
  const rules = { account: LEVERAGE } as const;

  test('at the open closes in (i) and opens in (ii)', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(110)] },
      rules,
      *script(ctx) {
        open(ctx);
        yield;
        ctx.sell(15);
      },
    });
    expect(told).toEqual([
      OPENED,
      '2.1 A fill 2 sell close 10 @ 110 -> 0, 10100',
      '2.1 A trade 1-2 10: 100 to 110, 100 less 0, signal',
      '2.2 A fill 2 sell open 5 @ 110 -> -5, 10650',
    ]);
  });

  test.each([
    ['stop', { stop: 95 }, [90, 92, 88, 91], 90],
    ['limit', { limit: 105 }, [108, 109, 100, 101], 108],
  ] as const)('by a %s that the open has passed is wholly at the open', async (_, options, quote, price) => {
    const told = await tell({
      bars: { A: [at(100), at(100), quote] },
      rules,
      *script(ctx) {
        open(ctx);
        yield;
        ctx.sell(15, options);
      },
    });
    expect(told.filter((line) => line.includes('fill'))).toEqual([
      OPENED,
      `2.1 A fill 2 sell close 10 @ ${price} -> 0, ${9_000 + 10 * price}`,
      `2.2 A fill 2 sell open 5 @ ${price} -> -5, ${9_000 + 15 * price}`,
    ]);
  });

  test('of what was opened in (ii) itself waits for (iii), and opens at the next bar', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(104)] },
      rules,
      *script(ctx) {
        open(ctx);
        ctx.sell(15);
        yield;
      },
    });
    expect(told).toEqual([
      OPENED,
      '1.3 A fill 2 sell close 10 @ 100 -> 0, 10000',
      '1.3 A trade 1-2 10: 100 to 100, 0 less 0, signal',
      '2.2 A fill 2 sell open 5 @ 104 -> -5, 10520',
    ]);
  });

  test.each([
    // A stop that was reached is a market order for what is left; a limit stays one.
    [
      'stop',
      { stop: 95 },
      [98, 99, 94, 96],
      [97, 98, 96, 97],
      95,
      '3.2 A fill 2 sell open 5 @ 97 -> -5, 10435',
    ],
    [
      'limit',
      { limit: 105 },
      [98, 106, 97, 99],
      [104, 106, 103, 105],
      105,
      '3.2 A fill 2 sell open 5 @ 105 -> -5, 10575',
    ],
    ['limit', { limit: 105 }, [98, 106, 97, 99], [97, 98, 96, 97], 105, '3.7 A expiry 2 5'],
  ] as const)(
    'within the bar by a %s %j on %j opens at %j',
    async (type, options, quote, next, price, last) => {
      const told = await tell({
        bars: { A: [at(100), at(100), quote, next] },
        rules,
        *script(ctx) {
          open(ctx);
          yield;
          ctx.sell(15, options);
        },
      });
      const reason = type === 'stop' ? 'stop' : 'target';
      expect(told).toEqual([
        OPENED,
        `2.3 A fill 2 sell close 10 @ ${price} -> 0, ${9_000 + 10 * price}`,
        `2.3 A trade 1-2 10: 100 to ${price}, ${10 * (price - 100)} less 0, ${reason}`,
        last,
      ]);
    },
  );

  test('keeps its step of submission for the rest, ahead of what came later', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [98, 99, 94, 96], at(97)], AA: [at(97), at(97), at(97), at(97)] },
      rules: { account: { kind: 'leverage', leverage: 1 } },
      script: {
        *A(ctx) {
          open(ctx);
          yield;
          ctx.sell(60, { stop: 95 });
          yield;
          ctx.sell(50);
        },
        *AA(ctx) {
          yield;
          yield;
          ctx.buy(60);
        },
      },
    });
    // E is 9,950: 50 of the rest at 97 fit, another 50 do not, of either symbol.
    expect(told.slice(3)).toEqual([
      '3.2 A fill 2 sell open 50 @ 97 -> -50, 14800',
      '3.2 A fill 3 sell open 50 @ 97 -> -100, 19650',
      '3.2 AA rejection 1 INSUFFICIENT_MARGIN 60 @ 97',
    ]);
  });

  test('wakes its bracket when it opens, not when it closes', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(110), [110, 116, 110, 112]] },
      rules,
      *script(ctx) {
        open(ctx);
        yield;
        ctx.sell(15, { bracket: { stop: { offset: 5 } } });
      },
    });
    expect(told).toEqual([
      OPENED,
      '2.1 A fill 2 sell close 10 @ 110 -> 0, 10100',
      '2.1 A trade 1-2 10: 100 to 110, 100 less 0, signal',
      '2.2 A fill 2 sell open 5 @ 110 -> -5, 10650',
      '3.3 A fill 3 buy close 5 @ 115 -> 0, 10075',
      '3.3 A trade 2-3 -5: 110 to 115, -25 less 0, stop',
    ]);
  });
});

describe('an order that only reduces', () => {
  test('closes what there is and is complete: nothing is left to open', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(110), at(120)] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(15, { reduceOnly: true });
      },
    });
    expect(told).toEqual([
      OPENED,
      '2.1 A fill 2 sell close 10 @ 110 -> 0, 10100',
      '2.1 A trade 1-2 10: 100 to 110, 100 less 0, signal',
    ]);
  });

  test('is cancelled at its turn if there is nothing to reduce, and not before', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 106, 100, 100]] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.sell(3, { reduceOnly: true });
        ctx.sell(4, { limit: 105, reduceOnly: true });
        yield;
      },
    });
    expect(told).toEqual(['1.3 A cancel 1 reduce only 3', '2.3 A cancel 2 reduce only 4']);
  });

  test('is cancelled if it would add to the position', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100)] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.buy(5, { reduceOnly: true });
      },
    });
    expect(told).toEqual([OPENED, '2.3 A cancel 2 reduce only 5']);
  });

  test('while one that may open stays live', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 105, 95, 100], at(100)] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(10, { limit: 105 });
        ctx.sell(10, { limit: 104, reduceOnly: true });
        ctx.sell(10, { stop: 95 });
      },
    });
    expect(told).toEqual([
      OPENED,
      '2.3 A fill 4 sell close 10 @ 95 -> 0, 9950',
      '2.3 A trade 1-4 10: 100 to 95, -50 less 0, stop',
      '2.3 A cancel 3 reduce only 10',
      '3.7 A expiry 2 10',
    ]);
  });

  test('closes with ctx.close whatever is held then, not what was held at the call', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 100, 94, 96], at(90)] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(4, { stop: 95 });
        yield;
        ctx.close('why');
      },
    });
    expect(told.at(-2)).toBe('3.1 A fill 3 sell close 6 @ 90 -> 0, 9920');
  });
});

test('positions of two strategies on one symbol are two', async () => {
  const told = await tell({
    bars: { A: [at(100), at(100), at(110), at(120)] },
    rules: { account: LEVERAGE },
    *script(ctx) {
      ctx.buy(10);
      yield;
      yield;
      ctx.close();
    },
    others: [
      function* other(ctx) {
        expect(ctx.close()).toBe(0);
        yield;
        ctx.sell(4);
      },
    ],
  });
  expect(told).toEqual([
    OPENED,
    '2.2 A fill 1 sell open 4 @ 110 -> -4, 9440',
    '3.1 A fill 2 sell close 10 @ 120 -> 0, 10640',
    '3.1 A trade 1-2 10: 100 to 120, 200 less 0, signal',
  ]);
});
