/**
 * Time in force: to the end of the UTC day, to a given time, for the next bar alone, and whole or not at all.
 *
 * Worked by hand: an order ends before pass 1 of the first bar of its symbol that opens at or after its time; what has one bar only ends
 * after pass 3 of it; one that must be filled whole ends at its turn if the bar's volume does not do.
 */
import { describe, expect, test } from 'vitest';
import type { OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { DAY, fees, LEVERAGE, type Quote, stage, tell } from './scene.ts';

const MINUTE = 60_000;
const DIP: Quote = [100, 101, 90, 100];

/** Bars stand still at 100 but for one, on which a limit of 95 is filled; with a clock so that missing bars are steps too. */
async function dayOrder(
  sent: number,
  reached: number,
  missing: readonly number[],
  from: number,
  interval: number,
) {
  const steps = 6;
  const bars = Array.from({ length: steps }, (_, step): Quote => {
    if (missing.includes(step)) return null;
    return step === reached ? DIP : at(100);
  });
  const { story, events } = await stage({
    bars: { A: bars, CLOCK: Array.from({ length: steps }, () => at(1)) },
    from,
    interval,
    script: {
      *A(ctx) {
        while (ctx.step < sent) yield;
        ctx.buy(10, { limit: 95, timeInForce: 'day' });
        yield;
      },
    },
  });
  const expiry = events.find((event) => event.kind === 'expiry');
  return [story.map((line) => line.split(' ->')[0]), expiry?.kind === 'expiry' ? expiry.limit : null];
}

describe('an order for the day', () => {
  const fill = (step: number) => [[`${step}.2 A fill 1 buy open 10 @ 95`], null];
  const ends = (step: number, until: number) => [[`${step}.1 A expiry 1 10 day`], until];

  // Minutes: step 0 opens at 23:57, step 3 at midnight.
  test.each([
    [0, 1, [], fill(1)],
    [0, 2, [], fill(2)],
    [0, 3, [], ends(3, DAY)],
    [0, 5, [], ends(3, DAY)],
    [1, 2, [], fill(2)],
    [1, 3, [], ends(3, DAY)],
    [2, 3, [], fill(3)], // The bar of step 2 ends at midnight, so the order is of the next day.
    [2, 5, [], fill(5)],
    [3, 4, [], fill(4)],
    [0, 2, [1], fill(2)],
    [0, 4, [3], ends(4, DAY)], // No bar at midnight: it is told at the next.
    [0, 5, [1, 2, 3, 4], ends(5, DAY)],
    [0, 9, [3, 4, 5], [['5.7 A expiry 1 10'], NaN]], // The data ends before a bar of the next day comes.
  ] as const)(
    'of minutes, sent at %d, reached at %d, no bar at %j',
    async (sent, reached, missing, expected) => {
      expect(await dayOrder(sent, reached, missing, DAY - 3 * MINUTE, MINUTE)).toEqual(expected);
    },
  );

  // Days: each ends at a midnight, so an order is good for the next day's bar and no other.
  test.each([
    [0, 1, [], fill(1)],
    [0, 2, [], ends(2, 2 * DAY)],
    [1, 2, [], fill(2)],
    [1, 3, [], ends(3, 3 * DAY)],
    [0, 2, [1], ends(2, 2 * DAY)],
    [0, 3, [1, 2], ends(3, 2 * DAY)],
  ] as const)(
    'of days, sent at %d, reached at %d, no bar at %j',
    async (sent, reached, missing, expected) => {
      expect(await dayOrder(sent, reached, missing, 0, DAY)).toEqual(expected);
    },
  );

  test('keeps its end when it is replaced', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100), at(100)] },
      from: DAY - 3 * MINUTE,
      *script(ctx) {
        ctx.buy(10, { limit: 95, timeInForce: 'day' });
        yield;
        yield;
        ctx.replace(1, { price: 96 }); // On the bar that ends at midnight.
      },
    });
    expect(told).toEqual(['2.5 A replace 1 10 @ 96', '3.1 A expiry 1 10 day']);
  });
});

describe('an order until a time', () => {
  test.each([
    // Sent at 0:00; bars open each minute, and the one at 0:02 reaches it.
    [2 * MINUTE - 1, '2.1 A expiry 1 10 gtd'],
    [2 * MINUTE, '2.1 A expiry 1 10 gtd'],
    [2 * MINUTE + 1, '2.2 A fill 1 buy open 10 @ 95 -> 10, 9050'],
    [1 * MINUTE, '1.1 A expiry 1 10 gtd'],
    [0, '1.1 A expiry 1 10 gtd'],
    [-5, '1.1 A expiry 1 10 gtd'],
    [100 * MINUTE, '2.2 A fill 1 buy open 10 @ 95 -> 10, 9050'],
  ])('%d: %s', async (goodUntil, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100), DIP, at(100)] },
      *script(ctx) {
        ctx.buy(10, { limit: 95, goodUntil });
        yield;
      },
    });
    expect(told).toEqual([expected]);
  });

  test('takes its sleeping children with it, and tells the instance', async () => {
    const { story, notices, events } = await stage({
      bars: { A: [at(100), at(100)] },
      *script(ctx) {
        const bracket = { stop: { offset: 1 }, target: { offset: 1 } };
        ctx.buy(10, { limit: 100, goodUntil: MINUTE, bracket });
        yield;
      },
    });
    expect(story).toEqual(['1.1 A expiry 1 10 gtd', '1.1 A cancel 2 parent 10', '1.1 A cancel 3 parent 10']);
    expect(notices).toEqual([
      '1 A expiry 1 limit 10 gtd',
      '1 A cancel 2 stop 10 parent',
      '1 A cancel 3 limit 10 parent',
    ]);
    expect(events.find(({ kind }) => kind === 'expiry')).toMatchObject({ limit: MINUTE });
  });

  test('ends before anything of its bar: an exit that is too old lets its position be', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100), at(50)] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(10, { stop: 90, goodUntil: 3 * MINUTE });
      },
    });
    expect(told.slice(1)).toEqual(['3.1 A expiry 2 10 gtd']);
  });
});

type Row = readonly [
  what: string,
  options: OrderOptions,
  quotes: readonly Quote[],
  expected: readonly string[],
];

/** Ten units, of which half of a bar's volume is the most. What is left after the one bar ends in pass 3. */
const ONE_BAR: readonly Row[] = [
  ['market', {}, [at(100)], ['1.2 fill 10 @ 100']],
  ['limit, reached', { limit: 95 }, [DIP], ['1.2 fill 10 @ 95']],
  ['limit, not reached', { limit: 95 }, [at(100), DIP], ['1.3 expiry 10']],
  ['stop, reached', { stop: 101 }, [DIP], ['1.2 fill 10 @ 101']],
  ['stop, not reached', { stop: 102 }, [DIP, at(103)], ['1.3 expiry 10']],
  ['trail, reached', { trail: { offset: 1 } }, [DIP], ['1.2 fill 10 @ 101']],
  ['trail, not reached', { trail: { offset: 2 } }, [DIP, at(103)], ['1.3 expiry 10']],
  ['on close', { onClose: true }, [[100, 101, 90, 93]], ['1.2 fill 10 @ 93']],
  ['stop-limit, gap', { stop: 101, limit: 102 }, [[101.5, 103, 100, 102]], ['1.2 fill 10 @ 101.5']],
  // It is a limit from the next bar on, and has none.
  ['stop-limit, reached within', { stop: 101, limit: 102 }, [DIP, at(100)], ['1.3 expiry 10']],
  ['stop-limit, gap beyond', { stop: 101, limit: 102 }, [at(105), at(100)], ['1.3 expiry 10']],
  ['no bar, then reached', { limit: 95 }, [null, DIP], ['2.2 fill 10 @ 95']],
  ['no bar, then not', { limit: 95 }, [null, at(100), DIP], ['2.3 expiry 10']],
  ['no bar any more', { limit: 95 }, [null, null], ['6.7 expiry 10']],
];

const oneBar = async (options: OrderOptions, quotes: readonly Quote[], quantity = 10) => {
  const { story, events } = await stage({
    bars: { A: [at(100), ...quotes], CLOCK: Array.from({ length: 7 }, () => at(1)) },
    rules: { maxVolume: 0.5 },
    script: {
      *A(ctx) {
        ctx.buy(quantity, options);
        yield;
      },
    },
  });
  for (const event of events) if (event.kind === 'expiry') expect(event.limit).toBeNaN();
  return story.map((line) =>
    line
      .replace(/ A (\w+) 1/, ' $1')
      .replace(/ (buy open|->.*$)/g, '')
      .replace(/ \d+$/, '$&'),
  );
};

describe.each(['ioc', 'fok'] as const)('an order that is `%s`', (timeInForce) => {
  test.each(ONE_BAR)('%s: %j on %j: %j', async (_, options, quotes, expected) => {
    const told = await oneBar({ ...options, timeInForce }, quotes);
    const word = (line: string) =>
      line.includes('expiry') && !line.includes('.7') ? `${line} ${timeInForce}` : line;
    expect(told).toEqual(expected.map(word));
  });
});

describe('an order that is `ioc` takes what there is', () => {
  const thin = (volume: number): Quote => [100, 101, 99, 100, volume];
  test.each([
    [20, ['1.2 fill 10 @ 100']],
    [19, ['1.2 fill 9 @ 100', '1.3 expiry 1 ioc']],
    [2, ['1.2 fill 1 @ 100', '1.3 expiry 9 ioc']],
    [1, ['1.3 expiry 10 ioc']],
    [0, ['1.3 expiry 10 ioc']],
  ])('of a volume of %d: %j', async (volume, expected) => {
    expect(await oneBar({ timeInForce: 'ioc' }, [thin(volume), thin(1_000)])).toEqual(expected);
  });

  test('and has no second bar because it was passed over for another of its group', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 106, 94, 101], [100, 106, 94, 101]] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        ctx.oco(
          { side: 'buy', quantity: 1, limit: 95, timeInForce: 'ioc' },
          { side: 'buy', quantity: 10_000, stop: 105 },
        );
        yield;
      },
    });
    // The larger loss is taken, and refused; the other had its turn before that.
    expect(told).toEqual(['1.2 A rejection 2 INSUFFICIENT_MARGIN 10000 @ 105', '1.3 A expiry 1 1 ioc']);
  });
});

describe('an order that is `fok`', () => {
  const thin = (volume: number): Quote => [100, 101, 99, 100, volume];
  test.each([
    [20, 10, ['1.2 fill 10 @ 100']],
    [20, 11, ['1.2 expiry 11 fok']],
    [19, 10, ['1.2 expiry 10 fok']],
    [0, 1, ['1.2 expiry 1 fok']],
  ])('with a volume of %d for %d: %j', async (volume, quantity, expected) => {
    expect(await oneBar({ timeInForce: 'fok' }, [thin(volume), thin(1_000)], quantity)).toEqual(expected);
  });

  test.each([
    // Long 10, and half of 20 may be sold. Quantity, options, and what becomes of it.
    [10, {}, ['2.1 A fill 2 sell close 10']],
    [11, {}, ['2.1 A expiry 2 11 fok']], // It would reverse, and all of it must find volume.
    [11, { reduceOnly: true }, ['2.1 A fill 2 sell close 10']], // Only ten are to be closed.
    [10, { limit: 100.5 }, ['2.3 A fill 2 sell close 10']],
    [11, { limit: 100.5 }, ['2.3 A expiry 2 11 fok']],
    [10, { stop: 99.5 }, ['2.3 A fill 2 sell close 10']],
    [10, { limit: 102 }, ['2.3 A expiry 2 10 fok']],
    [10, { onClose: true }, ['2.3 A fill 2 sell close 10']],
  ] as const)('that closes %d with %j: %j', async (quantity, options, expected) => {
    const told = await tell({
      bars: { A: [at(100), at(100), thin(20), thin(1_000)] },
      rules: { account: LEVERAGE, maxVolume: 0.5 },
      *script(ctx) {
        ctx.buy(10);
        yield;
        ctx.sell(quantity, { ...options, timeInForce: 'fok' });
      },
    });
    const lines = told.slice(1).filter((line) => !line.includes('trade'));
    expect(lines.map((line) => line.split(' @')[0])).toEqual(expected);
  });

  test('counts what is left of the volume at its turn', async () => {
    const told = await tell({
      bars: { A: [at(100), thin(20)] },
      rules: { maxVolume: 0.5 },
      *script(ctx) {
        ctx.buy(5);
        ctx.buy(6, { timeInForce: 'fok', bracket: { stop: { offset: 1 } } });
        ctx.buy(5, { timeInForce: 'fok' });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A fill 1 buy open 5 @ 100 -> 5, 9500',
      '1.2 A expiry 2 6 fok',
      '1.2 A cancel 3 parent 6',
      '1.2 A fill 4 buy open 5 @ 100 -> 10, 9000',
    ]);
  });

  test('is refused whole by the account, whatever it allows', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100)] },
      rules: { commission: fees({ perOrder: 1 }) },
      *script(ctx) {
        ctx.buy(100, { timeInForce: 'fok', allowPartial: true });
        ctx.buy(99, { timeInForce: 'fok', allowPartial: true });
        yield;
      },
    });
    expect(told).toEqual([
      '1.2 A rejection 1 INSUFFICIENT_CASH 100 @ 100',
      '1.2 A fill 2 buy open 99 @ 100 -> 99, 99',
    ]);
  });
});
