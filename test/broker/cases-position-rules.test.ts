/**
 * Position rules: the bracket that orders are sent with, the time exit, and the stop that moves to the average price.
 *
 * Worked by hand: they act as the strategy would, before `onTick`, so what they send at a bar is live from the next one. A position is
 * opened at step 1 in most cases; the tick of that step counts as bar 0 of it.
 */
import { describe, expect, test } from 'vitest';
import type { Context, PositionRules } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { quoteOn, SIDES } from './mirror.ts';
import { LEVERAGE, type Quote, stage, tell } from './scene.ts';

const flat = (count: number): Quote[] => Array.from({ length: count }, () => at(100));
const replaces = (told: readonly string[]) => told.filter((line) => line.includes('replace'));

describe('the bracket of position rules', () => {
  const sent = async (rules: PositionRules, send: (ctx: Context) => void) => {
    const { events } = await stage({
      bars: { A: flat(2) },
      rules: { account: LEVERAGE, cash: 1e6 },
      *script(ctx) {
        ctx.protect(rules);
        send(ctx);
        yield;
      },
    });
    return events.flatMap((event) =>
      event.kind === 'order'
        ? [`${event.sequence} ${event.type} of ${event.parent} ${event.level} ${event.distance}`]
        : [],
    );
  };
  const RULES: PositionRules = { stop: { offset: 5 }, target: { multiple: 2 } };
  const WITH = (of: number) => [`${of + 1} stop of ${of} offset 5`, `${of + 2} limit of ${of} multiple 2`];

  test.each<readonly [string, PositionRules, (ctx: Context) => void, string[]]>([
    ['market', RULES, (ctx) => ctx.buy(1), ['1 market of 0  NaN', ...WITH(1)]],
    ['short', RULES, (ctx) => ctx.sell(1), ['1 market of 0  NaN', ...WITH(1)]],
    ['limit', RULES, (ctx) => ctx.buy(1, { limit: 90 }), ['1 limit of 0  NaN', ...WITH(1)]],
    ['a target to hold', RULES, (ctx) => ctx.target({ quantity: 3 }), ['1 market of 0  NaN', ...WITH(1)]],
    [
      'members of a group, each its own',
      RULES,
      (ctx) => ctx.oco({ side: 'buy', quantity: 1, limit: 90 }, { side: 'buy', quantity: 1, stop: 110 }),
      ['1 limit of 0  NaN', ...WITH(1), '4 stop of 0  NaN', ...WITH(4)],
    ],
    [
      'not one of its own',
      RULES,
      (ctx) => ctx.buy(1, { bracket: { stop: { percent: 1 } } }),
      ['1 market of 0  NaN', '2 stop of 1 percent 1'],
    ],
    ['not one that reduces', RULES, (ctx) => ctx.sell(1, { reduceOnly: true }), ['1 market of 0  NaN']],
    [
      'trail',
      { trail: { percent: 3 } },
      (ctx) => ctx.buy(1),
      ['1 market of 0  NaN', '2 trailing-stop of 1 percent 3'],
    ],
    [
      'target alone',
      { target: { percent: 3 } },
      (ctx) => ctx.buy(1),
      ['1 market of 0  NaN', '2 limit of 1 percent 3'],
    ],
    ['rules without one', { maxBars: 5, breakevenAtR: 1 }, (ctx) => ctx.buy(1), ['1 market of 0  NaN']],
  ])('%s', async (_, rules, send, expected) => {
    expect(await sent(rules, send)).toEqual(expected);
  });

  test('sizes by risk', async () => {
    const { events } = await stage({
      bars: { A: flat(1) },
      *script(ctx) {
        ctx.protect({ stop: { offset: 5 } });
        ctx.buy({ riskPercent: 1 });
        yield;
      },
    });
    expect(events.find(({ kind }) => kind === 'order')).toMatchObject({ quantity: 20 });
  });

  test('is given from the next order on, and from null on no more; what has been sent keeps its own', async () => {
    const { events, story } = await stage({
      bars: { A: [...flat(4), [100, 100, 94, 96]] },
      *script(ctx) {
        ctx.buy(1);
        ctx.protect({ stop: { offset: 5 } });
        ctx.buy(2);
        yield;
        ctx.protect({ stop: { offset: 4 } });
        ctx.buy(3);
        yield;
        ctx.protect(null);
        ctx.buy(4);
      },
    });
    const children = events.flatMap((event) =>
      event.kind === 'order' && event.parent > 0 ? [[event.quantity, event.distance]] : [],
    );
    expect(children).toEqual([
      [2, 5],
      [3, 4],
    ]);
    expect(
      story
        .filter((line) => line.startsWith('4.3') && line.includes('fill'))
        .map((line) => line.split(' ->')[0]),
    ).toEqual(['4.3 A fill 3 sell close 2 @ 95', '4.3 A fill 5 sell close 3 @ 96']);
  });
});

describe('the time exit', () => {
  test.each([
    // In at the open of bar 1. After n more bars the tick sends the exit, and the next open fills it.
    [1, 3],
    [2, 4],
    [3, 5],
  ])('after %d bars is at the open of bar %d', async (maxBars, step) => {
    for (const side of SIDES) {
      const { events } = await stage({
        bars: { A: flat(7) },
        rules: { account: LEVERAGE },
        *script(ctx) {
          ctx.protect({ maxBars });
          ctx[side](10, { tag: 'in' });
          yield;
        },
      });
      const trades = events.filter((event) => event.kind === 'trade');
      expect(trades).toMatchObject([
        { step, phase: 1, exit: 2, reason: 'time', entryTag: 'in', exitTag: '' },
      ]);
      const exit = events.findLast((event) => event.kind === 'order');
      expect(exit).toMatchObject({
        step: step - 1,
        phase: 5,
        reduceOnly: 1,
        quantity: 10,
        type: 'market',
        sizedIn: 'units',
      });
    }
  });

  test('counts bars of its symbol, not steps', async () => {
    const { events } = await stage({
      bars: { A: [at(100), at(100), null, null, at(100), at(100), at(100)], B: flat(7) },
      script: {
        *A(ctx) {
          ctx.protect({ maxBars: 2 });
          ctx.buy(10);
          yield;
        },
      },
    });
    expect(events.filter(({ kind }) => kind === 'trade')).toMatchObject([{ step: 6, reason: 'time' }]);
  });

  test('is not put off by more of the same position, and takes all of it', async () => {
    const { events } = await stage({
      bars: { A: flat(7) },
      *script(ctx) {
        ctx.protect({ maxBars: 3 });
        ctx.buy(10);
        yield;
        yield;
        ctx.buy(5);
      },
    });
    expect(events.filter(({ kind }) => kind === 'trade')).toMatchObject([{ step: 5, quantity: 15 }]);
  });

  test('counts anew from a reversal, and from a new entry', async () => {
    const reversal = await stage({
      bars: { A: flat(9) },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.protect({ maxBars: 3 });
        ctx.buy(10); // In at 1.
        yield;
        yield;
        ctx.sell(20); // Short from 3 on: out after 6, at 7.
      },
    });
    expect(reversal.events.filter(({ kind }) => kind === 'trade')).toMatchObject([
      { step: 3, reason: 'signal' },
      { step: 7, reason: 'time', quantity: -10 },
    ]);
    const again = await stage({
      bars: { A: flat(10) },
      *script(ctx) {
        ctx.protect({ maxBars: 3 });
        ctx.buy(10);
        yield;
        ctx.close(); // Out at 2.
        yield;
        ctx.buy(10); // In at 3.
      },
    });
    expect(again.events.filter(({ kind }) => kind === 'trade')).toMatchObject([
      { step: 2 },
      { step: 7, reason: 'time' },
    ]);
  });

  test('is sent once, and again only if it is no longer alive', async () => {
    const { events } = await stage({
      bars: { A: [...flat(3), [100, 100, 100, 100, 5], at(100), at(100)] },
      rules: { maxVolume: 1 },
      *script(ctx) {
        ctx.protect({ maxBars: 1 });
        ctx.buy(10);
        yield;
        yield; // Sent at bar 2, half of it filled at bar 3.
        yield;
        ctx.cancel(2);
        ctx.protect({ maxBars: 1 });
      },
    });
    const orders = events.filter((event) => event.kind === 'order');
    expect(orders.map(({ step, quantity }) => [step, quantity])).toEqual([
      [0, 10],
      [2, 10],
      [4, 5],
    ]);
    expect(events.filter(({ kind }) => kind === 'trade')).toMatchObject([
      { step: 3, quantity: 5 },
      { step: 5, quantity: 5 },
    ]);
  });

  test('is no more after null', async () => {
    const told = await tell({
      bars: { A: flat(6) },
      *script(ctx) {
        ctx.protect({ maxBars: 3 });
        ctx.buy(10);
        yield;
        yield;
        ctx.protect(null);
      },
    });
    expect(told).toEqual(['1.2 A fill 1 buy open 10 @ 100 -> 10, 9000']);
  });
});

describe('break-even', () => {
  const rules: PositionRules = { stop: { offset: 5 }, breakevenAtR: 1 };
  /** In at 100 with a stop at 95; then bars that close where they are told. */
  const moved = async (
    closes: readonly number[],
    given: PositionRules = rules,
    side: 'buy' | 'sell' = 'buy',
  ) => {
    const bars = closes.map(
      (close): Quote => quoteOn(side, [100, Math.max(100, close), Math.min(100, close), close]),
    );
    const told = await tell({
      bars: { A: [at(100), ...bars] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.protect(given);
        ctx[side](10);
        yield;
      },
    });
    return replaces(told);
  };

  test.each([
    [[100, 104.99, 104], []],
    [[100, 105, 104], ['2.5 A replace 2 10 @ 100']],
    [[105, 100.5, 104], ['1.5 A replace 2 10 @ 100']], // Its own bar may be the one.
    [[100, 105, 106, 107], ['2.5 A replace 2 10 @ 100']],
    [[100, 102, 108, 104], ['3.5 A replace 2 10 @ 100']],
  ])('after closes of %j: %j', async (closes, expected) => {
    expect(await moved(closes)).toEqual(expected);
    expect(await moved(closes, rules, 'sell')).toEqual(expected);
  });

  test.each([
    [{ ...rules, breakevenAtR: 2 }, [109.99], []],
    [{ ...rules, breakevenAtR: 2 }, [110], ['1.5 A replace 2 10 @ 100']],
    [{ ...rules, breakevenAtR: 0.5 }, [102.5], ['1.5 A replace 2 10 @ 100']],
    // A trailing stop moves by itself, and without a stop there is no risk to count.
    [{ trail: { offset: 5 }, breakevenAtR: 0.5 }, [103], []],
    [{ target: { offset: 50 }, breakevenAtR: 1 }, [106], []],
    [{ ...rules, target: { offset: 50 } }, [106], ['1.5 A replace 2 10 @ 100']],
  ] as const)('by %j after %j: %j', async (given, closes, expected) => {
    expect(await moved([...closes, 104], given)).toEqual(expected);
  });

  test.each(SIDES)('is live from the next bar on, for a %s', async (side) => {
    // Bar 2 falls back to 99 and is not stopped, for it is bar 2 that closes at 105; bar 3 is.
    const bars = [at(100), at(100), [100, 106, 99, 105], [105, 105, 99, 101]] as const;
    const { events } = await stage({
      bars: { A: bars.map((quote) => quoteOn(side, quote as Quote)) },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.protect(rules);
        ctx[side](10);
        yield;
      },
    });
    expect(events.filter(({ kind }) => kind === 'trade')).toMatchObject([
      { step: 3, exitPrice: 100, reason: 'stop' },
    ]);
  });

  test('never takes a stop further from the market than the strategy has put it', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [103, 104, 103, 104], [106, 107, 106, 106], at(106)] },
      *script(ctx) {
        ctx.protect(rules);
        ctx.buy(10);
        yield;
        yield;
        ctx.replace(2, { price: 102 });
      },
    });
    expect(replaces(told)).toEqual(['2.5 A replace 2 10 @ 102']);
  });

  test.each([
    ['buy', '1.5 A replace 2 10 @ 100'],
    ['sell', '1.5 A replace 2 10 @ 101'],
  ] as const)('is rounded as a stop: a %s at 100.4, %s', async (side, expected) => {
    const far = side === 'buy' ? 110 : 90;
    const told = await tell({
      bars: { A: [at(100), [100.4, 110, 90, far], at(far)] },
      instrument: { tick: 1 },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.protect({ stop: { offset: 12 }, breakevenAtR: 0.5 });
        ctx[side](10);
        yield;
      },
    });
    expect(replaces(told)).toEqual([expected]);
  });

  test('is the average of what is held, for the stops of every entry', async () => {
    // 10 at 100 and 10 at 110 average 105, risk 5 a unit: at 110 the gain is 5.
    const told = await tell({
      bars: { A: [at(100), at(100), [110, 110, 109, 109.5], [110, 110, 109, 110], at(110)] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.protect(rules);
        ctx.buy(10);
        yield;
        ctx.buy(10);
      },
    });
    // The second's stop stands at 105 already, the first's at 95.
    expect(replaces(told)).toEqual(['3.5 A replace 2 10 @ 105']);
  });

  test('moves a bracket of the strategy’s own too, in its place in the phase: before what onTick does', async () => {
    const told = await tell(
      {
        bars: { A: [at(100), at(100), [104, 106, 104, 106], at(106)] },
        *script(ctx) {
          ctx.protect({ breakevenAtR: 1 });
          ctx.buy(10, { bracket: { stop: { offset: 5 } } });
          yield;
          yield;
          ctx.buy(1, { limit: 50 });
        },
      },
      'order',
    );
    expect(told.filter((line) => line.startsWith('2.5'))).toEqual([
      '2.5 A replace 2 10 @ 100',
      '2.5 A order 3 buy limit 1 @ 50',
    ]);
  });
});
