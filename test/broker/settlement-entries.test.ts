/** Entries in their order, what pays for them, and groups of which one may fill, as the engine settles them. */
import { describe, expect, test } from 'vitest';
import type { Context, OrderRequest } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { bps, LEVERAGE, type Quote, stage, tell } from './scene.ts';

describe('entries', () => {
  test('are served by step of submission, whatever their symbol, when cash runs short', async () => {
    const bars = [at(100), at(100), at(100), at(90)];
    const told = await tell({
      bars: { A: bars, B: bars, C: bars },
      script: {
        *A(ctx) {
          yield;
          yield;
          ctx.buy(60);
        },
        *B(ctx) {
          yield;
          ctx.buy(60, { limit: 90 });
        },
        *C(ctx) {
          ctx.buy(60, { limit: 90 });
          yield;
        },
      },
    });
    expect(told).toEqual([
      '3.2 A rejection 1 INSUFFICIENT_CASH 60 @ 90',
      '3.2 B rejection 1 INSUFFICIENT_CASH 60 @ 90',
      '3.2 C fill 1 buy open 60 @ 90 -> 60, 4600',
    ]);
  });

  test('of one step are served by symbol, strategy, sequence', async () => {
    const { events } = await stage({
      bars: { B: [at(100), at(100)], A: [at(100), at(100)] },
      rules: { cash: 600 },
      *script(ctx) {
        ctx.buy(1, { limit: 200 });
        ctx.buy(2);
        yield;
      },
      others: [
        function* second(ctx) {
          ctx.buy(1);
          yield;
        },
      ],
    });
    const fills = events.filter(({ kind }) => kind === 'fill' || kind === 'rejection');
    expect(
      fills.map(({ kind, symbol, strategy, event }) => `${kind} ${symbol} ${strategy} ${event}`),
    ).toEqual([
      'fill A 0 0',
      'fill A 0 1',
      'fill A 1 0',
      'fill B 0 0',
      'rejection B 0 1', // It wanted 200 of the last 100.
      'fill B 1 0',
    ]);
  });

  test('of a portfolio come after those of the strategies on the same symbol, and before those of the next', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)], B: [at(100), at(100)] },
      rules: { cash: 200 },
      script: function* buyer(ctx) {
        ctx.buy(1);
        yield;
      },
      *portfolio(ctx) {
        ctx.buy('B', 1);
        ctx.buy('A', 1);
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 1 @ 100 -> 1, 100',
      '1.2 A fill 2 buy open 1 @ 100 -> 1, 0',
      '1.2 B rejection 1 INSUFFICIENT_CASH 1 @ 100',
      '1.2 B rejection 1 INSUFFICIENT_CASH 1 @ 100',
    ]);
  });

  test('that were replaced are as old as the replace, and keep their id', async () => {
    const bars = [at(100), at(100), at(90)];
    const told = await tell({
      bars: { A: bars, B: bars },
      script: {
        *A(ctx) {
          ctx.buy(60, { limit: 90 });
          yield;
          expect(ctx.replace(1, { quantity: 80 })).toBe(true);
        },
        *B(ctx) {
          yield;
          ctx.buy(50, { limit: 90 });
        },
      },
      others: [
        {
          *B(ctx) {
            ctx.buy(40, { limit: 90 });
            yield;
          },
        },
      ],
    });
    expect(told).toEqual([
      '1.5 A replace 1 80 @ 90',
      '2.2 A rejection 1 INSUFFICIENT_CASH 80 @ 90',
      '2.2 B fill 1 buy open 50 @ 90 -> 50, 1900',
      '2.2 B fill 1 buy open 40 @ 90 -> 40, 6400',
    ]);
  });
});

describe('what pays for entries', () => {
  const bars = (b: Quote) => ({ A: [at(100), at(100), at(100), at(100)], B: [at(100), at(100), b, at(100)] });
  const holding = (exit: (ctx: Context) => void) => ({
    *A(ctx: Context) {
      yield;
      ctx.buy(50);
      yield;
      ctx.buy(50);
    },
    *B(ctx: Context) {
      ctx.buy(90);
      yield;
      exit(ctx);
    },
  });

  test('exits at the open do, though their symbol comes later', async () => {
    const told = await tell({ bars: bars(at(100)), script: holding((ctx) => ctx.sell(45)) });
    expect(told.slice(1)).toEqual([
      '2.1 B fill 2 sell close 45 @ 100 -> 45, 5500',
      '2.1 B trade 1-2 45: 100 to 100, 0 less 0, signal',
      '2.2 A fill 1 buy open 50 @ 100 -> 50, 500',
      '3.2 A rejection 2 INSUFFICIENT_CASH 50 @ 100',
    ]);
  });

  test.each([
    ['a limit', { limit: 105 }, [100, 106, 100, 100], 105],
    ['a stop', { stop: 95 }, [100, 100, 94, 100], 95],
  ] as const)('%s within the bar does not, before the next step', async (_, options, quote, price) => {
    const told = await tell({ bars: bars(quote), script: holding((ctx) => ctx.sell(90, options)) });
    const cash = 1_000 + 90 * price;
    expect(told.slice(1).filter((line) => !line.includes('trade'))).toEqual([
      '2.2 A rejection 1 INSUFFICIENT_CASH 50 @ 100',
      `2.3 B fill 2 sell close 90 @ ${price} -> 0, ${cash}`,
      `3.2 A fill 2 buy open 50 @ 100 -> 50, ${cash - 5_000}`,
    ]);
  });

  test('what is paid in within the bar is seen by onTick of the same step', async () => {
    const seen: number[] = [];
    await stage({
      bars: { A: [at(100), at(100), [100, 106, 100, 100]] },
      *script(ctx) {
        ctx.buy(50);
        yield;
        seen.push(ctx.account.cash);
        ctx.sell(50, { limit: 105 });
        yield;
        seen.push(ctx.account.cash, ctx.account.equity);
      },
    });
    expect(seen).toEqual([5_000, 10_250, 10_250]);
  });
});

describe('a group of two entries, both reached', () => {
  const dip: OrderRequest = { side: 'buy', quantity: 1, limit: 95 };
  const breakout: OrderRequest = { side: 'buy', quantity: 1, stop: 105 };
  const breakdown: OrderRequest = { side: 'sell', quantity: 1, stop: 95 };

  test.each([
    // Marks at the close: a dip +6 and a breakout −4 of the rising bar, +4 and −6 of the falling one.
    ['pessimistic', [dip, breakout], [100, 106, 94, 101], 2],
    ['pessimistic', [dip, breakout], [100, 106, 94, 99], 2],
    ['optimistic', [dip, breakout], [100, 106, 94, 101], 1],
    ['optimistic', [breakout, dip], [100, 106, 94, 99], 2],
    ['path', [dip, breakout], [100, 106, 94, 101], 1],
    ['path', [dip, breakout], [100, 106, 94, 99], 2],
    // Above and below: −9 and −1 at a close of 96, −1 and −9 at one of 104.
    ['pessimistic', [breakout, breakdown], [100, 106, 94, 96], 1],
    ['pessimistic', [breakout, breakdown], [100, 106, 94, 104], 2],
    ['optimistic', [breakout, breakdown], [100, 106, 94, 96], 2],
    ['optimistic', [breakout, breakdown], [100, 106, 94, 104], 1],
    ['path', [breakout, breakdown], [100, 106, 94, 96], 1],
    ['path', [breakout, breakdown], [100, 106, 94, 104], 2],
    // Equal marks, equal times: the smaller sequence.
    ['pessimistic', [breakout, breakdown], [100, 106, 94, 100], 1],
    ['optimistic', [breakdown, breakout], [100, 106, 94, 100], 1],
    ['path', [breakout, breakout], [100, 106, 94, 101], 1],
    // A passed open comes first on the path.
    ['path', [dip, { side: 'buy', quantity: 1 }], [100, 106, 94, 101], 2],
  ] as const)('under `%s` of %j in %j gives one fill, of %d', async (intrabar, orders, quote, taken) => {
    const { events, outcome } = await stage({
      bars: { A: [at(100), quote, quote, quote] },
      rules: { intrabar, account: LEVERAGE },
      *script(ctx) {
        expect(ctx.oco(...orders)).toEqual([1, 2]);
        yield;
      },
    });
    const ends = events.filter(({ kind }) => kind === 'fill' || kind === 'cancel');
    expect(ends).toMatchObject([
      { kind: 'fill', step: 1, phase: 2, sequence: taken },
      { kind: 'cancel', step: 1, phase: 2, sequence: 3 - taken, reason: 'oco', quantity: 1 },
    ]);
    expect(outcome.counts.ambiguousBars).toBe(1);
  });

  test('is judged by the whole mark: the quantity counts in it', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 107, 99, 104]] },
      *script(ctx) {
        ctx.oco({ side: 'buy', quantity: 1, stop: 106 }, { side: 'buy', quantity: 4, stop: 105 });
        yield;
      },
    });
    // −1 each of four is worse than −2 of one.
    expect(told).toEqual(['1.2 A fill 2 buy open 4 @ 105 -> 4, 9580', '1.2 A cancel 1 oco 1']);
  });

  test('is judged after slippage', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 106, 94, 100]] },
      rules: { slippage: bps(100), account: LEVERAGE },
      *script(ctx) {
        ctx.oco(breakdown, breakout);
        yield;
      },
    });
    // −5 either way, but 1 % of 105 is more than 1 % of 95.
    expect(told).toEqual(['1.2 A fill 2 buy open 1 @ 106.05 -> 1, 9893.95', '1.2 A cancel 1 oco 1']);
  });

  test('fills the other at a later bar if the first was rejected, and never both', async () => {
    const bars = { A: [at(100), [100, 106, 94, 101], [101, 102, 94, 100]] as const };
    const told = await tell({
      bars,
      *script(ctx) {
        ctx.oco(dip, { side: 'buy', quantity: 1_000, stop: 105 });
        yield;
      },
    });
    // The dip was passed over at its turn, before the breakout was refused.
    expect(told).toEqual([
      '1.2 A rejection 2 INSUFFICIENT_CASH 1000 @ 105',
      '2.2 A fill 1 buy open 1 @ 95 -> 1, 9905',
    ]);
  });

  test('fills the other at once if its turn comes after the rejection', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 106, 94, 101]] },
      *script(ctx) {
        ctx.oco({ side: 'buy', quantity: 1_000, stop: 105 }, dip);
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A rejection 1 INSUFFICIENT_CASH 1000 @ 105',
      '1.2 A fill 2 buy open 1 @ 95 -> 1, 9905',
    ]);
  });

  test('only one of which is reached leaves nothing of the other', async () => {
    const { story, outcome } = await stage({
      bars: { A: [at(100), [100, 101, 94, 96], [100, 110, 90, 100]] },
      *script(ctx) {
        ctx.oco(breakout, dip);
        yield;
      },
    });
    expect(story).toEqual(['1.2 A fill 2 buy open 1 @ 95 -> 1, 9905', '1.2 A cancel 1 oco 1']);
    expect(outcome.counts.ambiguousBars).toBe(0);
  });

  test('cancels sleeping children with their parent', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 101, 94, 96]] },
      *script(ctx) {
        const bracket = { stop: { offset: 20 } };
        ctx.oco({ ...breakout, bracket }, { ...dip, bracket });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 3 buy open 1 @ 95 -> 1, 9905',
      '1.2 A cancel 1 oco 1',
      '1.2 A cancel 2 parent 1',
      '1.7 A expiry 4 1',
    ]);
  });
});

describe('a group of an exit and an entry', () => {
  test('fills the entry, for its turn comes first, and never both', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 106, 94, 100], [100, 106, 94, 100]] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.oco({ side: 'sell', quantity: 10, limit: 105 }, { side: 'buy', quantity: 5, limit: 95 });
      },
    });
    expect(told.slice(1)).toEqual(['2.2 A fill 3 buy open 5 @ 95 -> 15, 8525', '2.2 A cancel 2 oco 10']);
  });

  test('fills the exit if the open has passed it', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [106, 106, 94, 100]] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.oco({ side: 'buy', quantity: 5, limit: 95 }, { side: 'sell', quantity: 10, limit: 105 });
      },
    });
    expect(told.slice(1)).toEqual([
      '2.1 A fill 3 sell close 10 @ 106 -> 0, 10060',
      '2.1 A trade 1-3 10: 100 to 106, 60 less 0, target',
      '2.1 A cancel 2 oco 5',
    ]);
  });
});

describe('cancel and replace', () => {
  test('act at the call: the next bar finds nothing, or the new price', async () => {
    const answers: boolean[] = [];
    const told = await tell({
      bars: { A: [at(100), at(100), at(90), at(90)] },
      *script(ctx) {
        const [kept, dropped] = [ctx.buy(5, { limit: 95 }), ctx.buy(7, { limit: 95 })];
        yield;
        answers.push(ctx.cancel(dropped), ctx.cancel(dropped), ctx.replace(dropped, { price: 99 }));
        answers.push(ctx.replace(kept, { price: 94.7, quantity: 6.9 }));
        yield;
        answers.push(ctx.replace(kept, { price: 80 }), ctx.cancel(kept));
      },
      instrument: { tick: 0.5 },
    });
    expect(answers).toEqual([true, false, false, true, false, false]);
    expect(told).toEqual([
      '1.5 A cancel 2 request 7',
      '1.5 A replace 1 6 @ 94.5',
      '2.2 A fill 1 buy open 6 @ 90 -> 6, 9460',
    ]);
  });

  test('round a stop against the trader, and a quantity below a lot to nothing', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 103, 100, 102]] },
      instrument: { tick: 0.5 },
      *script(ctx) {
        ctx.buy(5, { stop: 110 });
        yield;
        ctx.replace(1, { price: 102.1 });
        ctx.replace(1, { quantity: 0.9 });
      },
    });
    expect(told).toEqual([
      '1.5 A replace 1 5 @ 102.5',
      '1.5 A replace 1 0 @ 102.5',
      '2.2 A rejection 1 LOT 0 @ NaN',
    ]);
  });

  test('of one member leave the rest of its group alone', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(94)] },
      *script(ctx) {
        ctx.oco({ side: 'buy', quantity: 1, limit: 95 }, { side: 'buy', quantity: 1, stop: 105 });
        yield;
        ctx.cancel(2);
      },
    });
    expect(told).toEqual(['1.5 A cancel 2 request 1', '2.2 A fill 1 buy open 1 @ 94 -> 1, 9906']);
  });
});
