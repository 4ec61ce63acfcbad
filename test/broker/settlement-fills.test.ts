/** Single orders against single bars, through the engine: when they fill and at what price. */
import { describe, expect, test } from 'vitest';
import type { Context, OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { bps, LEVERAGE, type Quote, stage, tell } from './scene.ts';

const OPENED = '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000';

/** Ten bought at 100 on bar 1, and on bar 2 whatever the order does. */
async function exitOn(quote: Quote, options: OrderOptions, side: 'sell' | 'buy' = 'sell'): Promise<string[]> {
  const told = await tell({
    bars: { A: [at(100), at(100), quote] },
    *script(ctx) {
      ctx.buy(10);
      yield;
      ctx[side](10, options);
    },
  });
  expect(told[0]).toBe(OPENED);
  return told.slice(1);
}

describe('an exit', () => {
  test.each([
    ['a gap through a stop', { stop: 95 }, [90, 92, 88, 91], '2.1', 90, 'stop'],
    ['an open on a stop', { stop: 95 }, [95, 96, 94, 95], '2.1', 95, 'stop'],
    ['a stop within the bar', { stop: 95 }, [100, 101, 94, 99], '2.3', 95, 'stop'],
    ['a stop that the low touches', { stop: 95 }, [100, 101, 95, 99], '2.3', 95, 'stop'],
    ['a limit that the open has passed', { limit: 110 }, [115, 116, 105, 106], '2.1', 115, 'target'],
    ['a limit within the bar', { limit: 110 }, [100, 112, 99, 101], '2.3', 110, 'target'],
    ['a limit that the high touches', { limit: 110 }, [100, 110, 99, 101], '2.3', 110, 'target'],
    ['no price at all', {}, [97, 98, 96, 98], '2.1', 97, 'signal'],
  ] as const)(
    'with %s (%j, %j) is filled in %s at %d: %s',
    async (_, options, quote, when, price, reason) => {
      const pnl = 10 * (price - 100);
      expect(await exitOn(quote, options)).toEqual([
        `${when} A fill 2 sell close 10 @ ${price} -> 0, ${10_000 + pnl}`,
        `${when} A trade 1-2 10: 100 to ${price}, ${pnl} less 0, ${reason}`,
      ]);
    },
  );

  test.each([
    ['a stop', { stop: 95 }, [100, 105, 95.5, 99]],
    ['a limit', { limit: 110 }, [100, 109.5, 95, 99]],
  ] as const)('with %s that the bar does not reach waits', async (_, options, quote) => {
    expect(await exitOn(quote, options)).toEqual(['2.7 A expiry 2 10']);
  });
});

describe('an entry', () => {
  test.each([
    ['buy', { stop: 105 }, [110, 112, 109, 111], 110],
    ['buy', { stop: 105 }, [100, 106, 99, 101], 105],
    ['buy', { limit: 98 }, [95, 99, 94, 97], 95],
    ['buy', { limit: 98 }, [99, 100, 97, 99], 98],
    ['sell', { stop: 95 }, [90, 92, 88, 91], 90],
    ['sell', { stop: 95 }, [100, 101, 94, 99], 95],
    ['sell', { limit: 102 }, [105, 106, 101, 103], 105],
    ['sell', { limit: 102 }, [101, 103, 100, 101], 102],
  ] as const)('to %s with %j on %j is filled at %d', async (side, options, quote, price) => {
    const told = await tell({
      bars: { A: [at(100), quote] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx[side](10, options);
        yield;
      },
    });
    const signed = side === 'buy' ? 10 : -10;
    expect(told).toEqual([
      `1.2 A fill 1 ${side} open 10 @ ${price} -> ${signed}, ${10_000 - signed * price}`,
    ]);
  });

  test('never sees the bar on which it was decided, though that bar would fill it', async () => {
    const told = await tell({
      bars: { A: [[100, 120, 80, 100], at(100), [100, 120, 80, 101]] },
      *script(ctx) {
        ctx.buy(1, { limit: 90 });
        yield;
      },
    });
    expect(told).toEqual(['2.2 A fill 1 buy open 1 @ 90 -> 1, 9910']);
  });

  test.each([
    ['touch', '1.2 A fill 1 buy open 1 @ 99 -> 1, 9901'],
    ['through', '2.2 A fill 1 buy open 1 @ 98 -> 1, 9902'],
  ] as const)(
    'under `%s` a limit that is touched first and traded through later: %s',
    async (limitTouch, fill) => {
      const told = await tell({
        bars: { A: [at(100), [102, 103, 99, 101], [98, 99, 97, 98]] },
        rules: { limitTouch },
        *script(ctx) {
          ctx.buy(1, { limit: 99 });
          yield;
        },
      });
      expect(told).toEqual([fill]);
    },
  );

  test('is slipped against the trader, a limit never beyond its limit', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 104, 98, 100], [106, 107, 105, 106]] },
      rules: { slippage: bps(100), account: LEVERAGE },
      *script(ctx) {
        ctx.buy(1, { stop: 102 });
        ctx.buy(1, { limit: 98 });
        ctx.sell(1, { limit: 105.5 });
        yield;
        ctx.sell(4);
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 1 @ 103.02 -> 1, 9896.98',
      '1.2 A fill 2 buy open 1 @ 98 -> 2, 9798.98',
      '2.1 A fill 3 sell close 1 @ 105.5 -> 1, 9904.48',
      '2.1 A trade 1-3 1: 100.51 to 105.5, 4.99 less 0, target',
      '2.1 A fill 4 sell close 1 @ 104.94 -> 0, 10009.42',
      '2.1 A trade 1-4 1: 100.51 to 104.94, 4.43 less 0, signal',
      '2.2 A fill 4 sell open 3 @ 104.94 -> -3, 10324.24',
    ]);
  });
});

describe('a symbol without a bar', () => {
  test('is not filled, whatever its last bar said, and the others are', async () => {
    const told = await tell({
      bars: { A: [at(100), null, null, at(104)], B: [at(50), at(51), at(52), at(53)] },
      *script(ctx) {
        ctx.buy(1);
        if (ctx.symbol === 'A') ctx.buy(1, { limit: 100 });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 B fill 1 buy open 1 @ 51 -> 1, 9949',
      '3.2 A fill 1 buy open 1 @ 104 -> 1, 9845',
      '3.7 A expiry 2 1',
    ]);
  });

  test('keeps a portfolio order of it waiting, which may be replaced and cancelled meanwhile', async () => {
    const told = await tell({
      bars: { A: [at(100), null, null, [104, 104, 90, 95]], B: [at(50), at(51), at(52), at(53)] },
      *portfolio(ctx) {
        ctx.buy('A', 1, { limit: 50 });
        ctx.buy('A', 2);
        ctx.buy('B', 3);
        yield;
        ctx.replace(1, { price: 94 });
        yield;
        ctx.cancel(2);
      },
    });
    expect(told).toEqual([
      '1.2 B fill 3 buy open 3 @ 51 -> 3, 9847',
      '1.6 A replace 1 1 @ 94',
      '2.6 A cancel 2 request 2',
      '3.2 A fill 1 buy open 1 @ 94 -> 1, 9753',
    ]);
  });

  test('is marked at its last close, never at a later one', async () => {
    const told = await tell(
      {
        bars: { A: [at(100), [100, 130, 100, 120], null, at(10)], B: [at(1), at(1), at(1), at(1)] },
        script: {
          *A(ctx) {
            ctx.buy(10);
            yield;
          },
        },
      },
      'equity',
    );
    expect(told.filter((line) => line.includes('equity'))).toEqual([
      '0.4 equity 10000 10000',
      '1.4 equity 9000 10200',
      '2.4 equity 9000 10200',
      '3.4 equity 9000 9100',
    ]);
  });
});

describe('what a run counts', () => {
  const market = (quantity: number) =>
    function* script(ctx: Context) {
      ctx.buy(quantity);
      yield;
    };

  test('fills that slippage takes outside their bar', async () => {
    const bars = { A: [at(100), [100, 101, 99, 100], [100, 100, 99, 100], at(100)] } as const;
    const { outcome } = await stage({
      bars,
      rules: { slippage: bps(100) },
      *script(ctx) {
        ctx.buy(1); // 101, the high itself.
        yield;
        ctx.buy(1); // 101, above it.
        yield;
        ctx.sell(2); // 99, below the only price.
      },
    });
    expect(outcome.counts).toEqual({
      ambiguousBars: 0,
      stopsPassedAtEntry: 0,
      fillsOutsideBar: 2,
      fillsAboveTenthOfVolume: 0,
      liquidations: 0,
      underPolicy: { pessimistic: 0, optimistic: 0, path: 0 },
    });
  });

  test.each([
    [10, 0],
    [11, 1],
  ])('fills of more than a tenth of the volume of 100: %d gives %d', async (quantity, count) => {
    const { outcome } = await stage({
      bars: { A: [at(100), [100, 100, 100, 100, 100]] },
      script: market(quantity),
    });
    expect(outcome.counts.fillsAboveTenthOfVolume).toBe(count);
  });

  test('a bar once, however many orders it leaves in doubt', async () => {
    const bars = { A: [at(100), at(100), [100, 111, 94, 101], [100, 111, 94, 101], at(100)] } as const;
    const { outcome, story } = await stage({
      bars,
      *script(ctx) {
        ctx.buy(10);
        yield;
        for (let i = 0; i < 2; i++)
          ctx.oco({ side: 'sell', quantity: 2, limit: 110 }, { side: 'sell', quantity: 2, stop: 95 });
        yield;
        ctx.oco({ side: 'sell', quantity: 2, limit: 110 }, { side: 'sell', quantity: 2, stop: 95 });
      },
    });
    expect(story.filter((line) => line.includes(' fill '))).toEqual([
      OPENED,
      '2.3 A fill 3 sell close 2 @ 95 -> 8, 9190',
      '2.3 A fill 5 sell close 2 @ 95 -> 6, 9380',
      '3.3 A fill 7 sell close 2 @ 95 -> 4, 9570',
    ]);
    expect(outcome.counts.ambiguousBars).toBe(2);
  });

  test('no bar as ambiguous when the open has already decided', async () => {
    const { outcome } = await stage({
      bars: { A: [at(100), at(100), [94, 111, 90, 101]] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.oco({ side: 'sell', quantity: 10, limit: 110 }, { side: 'sell', quantity: 10, stop: 95 });
      },
    });
    expect(outcome.counts.ambiguousBars).toBe(0);
  });
});

describe('the end', () => {
  test('expires what is alive at the last step, tells it, and leaves positions open', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)], B: [at(100), null] },
      *script(ctx) {
        ctx.buy(1, { limit: 50, bracket: { stop: { offset: 1 }, target: { offset: 1 } } });
        ctx.buy(2);
        yield;
        ctx.sell(2);
      },
    });
    expect(told).toEqual([
      '1.2 A fill 4 buy open 2 @ 100 -> 2, 9800',
      '1.7 A expiry 1 1',
      '1.7 A cancel 2 parent 1',
      '1.7 A cancel 3 parent 1',
      '1.7 A expiry 5 2',
      '1.7 B expiry 1 1',
      '1.7 B cancel 2 parent 1',
      '1.7 B cancel 3 parent 1',
      '1.7 B expiry 4 2',
    ]);
  });
});

test('a hundred thousand orders of one tick all come to their turn, in order', {
  timeout: 20_000,
}, async () => {
  const count = 100_000;
  const { events, outcome } = await stage({
    bars: { A: [at(1), [1, 1, 1, 1, 1e9]] },
    rules: { cash: count - 1 },
    areInvariantsChecked: false,
    *script(ctx) {
      for (let i = 0; i < count; i++) ctx.buy(1);
      yield;
    },
  });
  const ends = events.filter(({ kind }) => kind === 'fill' || kind === 'rejection');
  expect(ends.length).toBe(count);
  expect(ends.every((event, index) => 'sequence' in event && event.sequence === index + 1)).toBe(true);
  expect(ends.at(-1)).toMatchObject({ kind: 'rejection', code: 'INSUFFICIENT_CASH', sequence: count });
  expect(outcome.steps).toBe(2);
});
