/**
 * Replacing and cancelling the orders that are more than one thing in their lives: stop-limits, trailing stops, orders in parts, sleeping
 * children.
 *
 * Worked by hand: `price` is what the order stands at now: the stop of a stop-limit, and its limit once it is a limit; a quantity is what
 * is still to be filled; what follows the price, or has none, has nothing to replace.
 */
import { describe, expect, test } from 'vitest';
import type { Context, OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { LEVERAGE, type Quote, type Script, stage, tell } from './scene.ts';

const heardFrom = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return (error as Error).message;
  }
};
const fillsOf = (told: readonly string[]) =>
  told.filter((line) => line.includes('fill')).map((line) => line.split(' ->')[0]);

/** Sends ten, changes them after bar `afterBar`, and says what was answered and what was told. */
async function changed(
  options: OrderOptions,
  quotes: readonly Quote[],
  change: (ctx: Context) => unknown,
  afterBar = 0,
) {
  const heard: unknown[] = [];
  const told = await tell({
    bars: { A: [at(100), ...quotes] },
    rules: { account: LEVERAGE, maxVolume: 1 },
    *script(ctx) {
      ctx.buy(10, options);
      for (let bar = 0; bar < afterBar; bar++) yield;
      heard.push(heardFrom(() => change(ctx)));
      yield;
    },
  });
  return { heard: heard[0], told };
}

describe('a replace', () => {
  const NO_PRICE = 'an order at the market or on the close has no price to replace';
  const FOLLOWS = 'a trailing stop follows the price: cancel it and send another';
  const price = (value: number) => (ctx: Context) => ctx.replace(1, { price: value });
  const quantity = (value: number) => (ctx: Context) => ctx.replace(1, { quantity: value });
  const thin = (quote: readonly [number, number, number, number], volume: number): Quote => [
    ...quote,
    volume,
  ];

  test.each<
    readonly [string, OrderOptions, readonly Quote[], (ctx: Context) => unknown, number, unknown, string[]]
  >([
    // Stop 102, limit 103: the stop is what is moved, to 105, and the limit is as it was.
    [
      'stop-limit: its stop',
      { stop: 102, limit: 103 },
      [at(102.5), at(105), at(101)],
      price(105),
      0,
      true,
      ['3.2 A fill 1 buy open 10 @ 101'],
    ],
    // It was reached on bar 1 and is a limit of 103 now: 100 is a limit too.
    [
      'stop-limit that is a limit: its limit',
      { stop: 102, limit: 103 },
      [[101, 102, 101, 102], at(101), at(99.5)],
      price(100),
      1,
      true,
      ['3.2 A fill 1 buy open 10 @ 99.5'],
    ],
    [
      'stop-limit: its quantity',
      { stop: 102, limit: 103 },
      [at(102.5)],
      quantity(4),
      0,
      true,
      ['1.2 A fill 1 buy open 4 @ 102.5'],
    ],
    [
      'trail: no price',
      { trail: { offset: 5 } },
      [at(105)],
      price(103),
      0,
      FOLLOWS,
      ['1.2 A fill 1 buy open 10 @ 105'],
    ],
    // A low of 96 has taken it to 101, and that is where it stays.
    [
      'trail: its quantity, and the mark is kept',
      { trail: { offset: 5 } },
      [[100, 100, 96, 97], at(101)],
      quantity(4),
      1,
      true,
      ['2.2 A fill 1 buy open 4 @ 101'],
    ],
    [
      'on close: no price',
      { onClose: true },
      [at(105)],
      price(103),
      0,
      NO_PRICE,
      ['1.2 A fill 1 buy open 10 @ 105'],
    ],
    [
      'on close: its quantity',
      { onClose: true },
      [at(105)],
      quantity(4),
      0,
      true,
      ['1.2 A fill 1 buy open 4 @ 105'],
    ],
    ['market: its quantity', {}, [at(105)], quantity(4), 0, true, ['1.2 A fill 1 buy open 4 @ 105']],
    // Four of ten are filled; the rest is a market order.
    [
      'stop in parts: no price any more',
      { stop: 102 },
      [thin([100, 102, 100, 102], 4), at(90)],
      price(95),
      1,
      NO_PRICE,
      ['1.2 A fill 1 buy open 4 @ 102', '2.2 A fill 1 buy open 6 @ 90'],
    ],
    [
      'stop in parts: what is left of it',
      { stop: 102 },
      [thin([100, 102, 100, 102], 4), at(90)],
      quantity(1),
      1,
      true,
      ['1.2 A fill 1 buy open 4 @ 102', '2.2 A fill 1 buy open 1 @ 90'],
    ],
    [
      'limit in parts: both',
      { limit: 98 },
      [thin([100, 100, 98, 99], 4), at(97), at(95)],
      (ctx) => ctx.replace(1, { price: 96, quantity: 20 }),
      1,
      true,
      ['1.2 A fill 1 buy open 4 @ 98', '3.2 A fill 1 buy open 20 @ 95'],
    ],
    ['filled: nothing', {}, [at(105), at(105)], quantity(4), 1, false, ['1.2 A fill 1 buy open 10 @ 105']],
    ['expired: nothing', { limit: 90, timeInForce: 'ioc' }, [at(100), at(90)], price(95), 1, false, []],
    [
      'gtd: what it is good for',
      { limit: 90, goodUntil: 120_000 },
      [at(100), at(95), at(95)],
      price(95),
      1,
      true,
      [],
    ],
    [
      'fok: still whole or not at all',
      { limit: 90, timeInForce: 'fok' },
      [thin([95, 95, 95, 95], 9)],
      price(95),
      0,
      true,
      [],
    ],
  ])('of a %s', async (_, options, quotes, change, afterBar, answer, fills) => {
    const { heard, told } = await changed(options, quotes, change, afterBar);
    expect(heard).toBe(answer);
    expect(fillsOf(told)).toEqual(fills);
    expect(told.some((line) => line.includes('replace'))).toBe(answer === true);
  });

  test('that throws for its price leaves the quantity as it was', async () => {
    const { told } = await changed({ trail: { offset: 5 } }, [at(105)], (ctx) =>
      ctx.replace(1, { quantity: 3, price: 101 }),
    );
    expect(told).toEqual(['1.2 A fill 1 buy open 10 @ 105 -> 10, 8950']);
  });

  test('does not make a sleeping trail anything else, nor wake it', async () => {
    const { heard, told } = await changed(
      { limit: 90, bracket: { trail: { offset: 5 } } },
      [at(100), [100, 100, 90, 100]],
      (ctx) => [heardFrom(() => ctx.replace(2, { price: 80 })), ctx.replace(2, { quantity: 4 })],
    );
    expect(heard).toEqual([FOLLOWS, true]);
    expect(told).toEqual([
      '0.5 A replace 2 4 @ NaN',
      '2.2 A fill 1 buy open 10 @ 90 -> 10, 9100',
      '2.7 A expiry 2 4',
    ]);
  });

  test('of a sleeping target takes its place, whatever its multiple was', async () => {
    const { told } = await changed(
      { bracket: { stop: { offset: 5 }, target: { multiple: 2 } } },
      [at(100), [100, 107, 100, 107]],
      (ctx) => ctx.replace(3, { price: 106 }),
    );
    expect(fillsOf(told)[1]).toBe('2.3 A fill 3 sell close 10 @ 106');
  });
});

describe('a cancel', () => {
  const multiples = {
    stop: { offset: 5 },
    targets: [
      { multiple: 1, portion: 0.3 },
      { offset: 8, portion: 0.3 },
      { multiple: 3, portion: 0.4 },
    ],
  } as const;

  test.each<readonly [string, OrderOptions, number, string[]]>([
    ['a stop-limit', { stop: 110, limit: 111 }, 1, ['0.5 A cancel 1 request 10']],
    ['a trail', { trail: { offset: 50 } }, 1, ['0.5 A cancel 1 request 10']],
    [
      'a parent, and its children with it',
      { limit: 90, bracket: multiples },
      1,
      [
        '0.5 A cancel 1 request 10',
        '0.5 A cancel 2 parent 10',
        '0.5 A cancel 3 parent 3',
        '0.5 A cancel 4 parent 3',
        '0.5 A cancel 5 parent 4',
      ],
    ],
    [
      'a sleeping stop, and what is counted from it',
      { limit: 90, bracket: multiples },
      2,
      ['0.5 A cancel 2 request 10', '0.5 A cancel 3 request 3', '0.5 A cancel 5 request 4'],
    ],
    [
      'a sleeping trail likewise',
      { limit: 90, bracket: { trail: { offset: 5 }, target: { multiple: 2 } } },
      2,
      ['0.5 A cancel 2 request 10', '0.5 A cancel 3 request 10'],
    ],
    [
      'a sleeping target, and nothing else',
      { limit: 90, bracket: multiples },
      3,
      ['0.5 A cancel 3 request 3'],
    ],
  ])('of %s', async (_, options, id, expected) => {
    const { heard, told } = await changed(options, [at(100)], (ctx) => ctx.cancel(id));
    expect(heard).toBe(true);
    expect(told.filter((line) => line.startsWith('0.5'))).toEqual(expected);
  });

  test('of a target that was a multiple and has a price of its own stays out of it', async () => {
    const { told } = await changed(
      { limit: 90, bracket: { stop: { offset: 5 }, target: { multiple: 2 } } },
      [at(100)],
      (ctx) => ctx.replace(3, { price: 120 }) && ctx.cancel(2),
    );
    expect(told.filter((line) => line.includes('cancel') && line.startsWith('0.5'))).toEqual([
      '0.5 A cancel 2 request 10',
    ]);
  });

  test('of a live stop lets its targets be: they know where they are', async () => {
    const { told } = await changed(
      { bracket: { stop: { offset: 5 }, target: { multiple: 2 } } },
      [at(100), [100, 111, 90, 100]],
      (ctx) => ctx.cancel(2),
      1,
    );
    expect(fillsOf(told)[1]).toBe('2.3 A fill 3 sell close 10 @ 110');
  });

  test('of what is left of a parent leaves what it has opened, and its children', async () => {
    const { heard, told } = await changed(
      { limit: 100, bracket: { stop: { offset: 5 } } },
      [
        [100, 100, 100, 100, 4],
        [100, 100, 95, 96],
      ],
      (ctx) => ctx.cancel(1),
      1,
    );
    expect(heard).toBe(true);
    expect(told).toEqual([
      '1.2 A fill 1 buy open 4 @ 100 -> 4, 9600',
      '1.5 A cancel 1 request 6',
      '2.3 A fill 2 sell close 4 @ 95 -> 0, 9980',
      '2.3 A trade 1-2 4: 100 to 95, -20 less 0, stop',
    ]);
  });

  test('of what has ended is false, and of what never was an error', async () => {
    const heard: unknown[] = [];
    const script: Script = function* (ctx) {
      ctx.buy(1, { limit: 50, goodUntil: 60_000 });
      ctx.buy(1, { trail: { offset: 1 } });
      heard.push(ctx.cancel(2), ctx.cancel(2), ctx.cancel(0));
      yield;
      heard.push(
        ctx.cancel(1),
        heardFrom(() => ctx.cancel(3)),
      );
    };
    await stage({ bars: { A: [at(100), at(100)] }, script });
    expect(heard).toEqual([
      true,
      false,
      false,
      false,
      '3 is not the id of an order of this instance; it has sent 2',
    ]);
  });
});
