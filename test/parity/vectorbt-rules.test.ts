/** The rules of vectorbt one by one, with figures that can be checked by hand. */
import { describe, expect, test } from 'vitest';
import type { VectorbtSettings } from '../../src/broker/presets/vectorbt.ts';
import type { Context } from '../../src/index.ts';
import type { PortfolioContext } from '../../src/strategy/context.ts';
import type { Quote, Scene } from '../broker/scene.ts';
import { story } from '../worlds/scene.ts';
import {
  AT_100,
  at,
  eventsOf,
  type Given,
  type Moves,
  play,
  type PortfolioMoves,
  rulesOf,
  tell,
  tellOfAll,
} from './vectorbt-scene.ts';

describe('an order', () => {
  const bar: Quote = [100, 120, 90, 110];

  test('fills on the bar on which it is sent, at its close or its open', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(10) };
    expect(await tell([bar, AT_100], moves)).toEqual(['0.3 X fill 1 buy open 10 @ 110 -> 10, 8900']);
    expect(await tell([bar, AT_100], moves, { price: 'open' })).toEqual([
      '0.3 X fill 1 buy open 10 @ 100 -> 10, 9000',
    ]);
  });

  test('pays a slipped price, a rate of the value and a fixed fee', async () => {
    const costs = { slippage: 0.5, fees: 0.25, fixedFees: 3 };
    const moves: Moves = { 0: (ctx) => ctx.buy(10), 1: (ctx) => ctx.sell(10) };
    expect(await tell([AT_100, at(200)], moves, costs)).toEqual([
      '0.3 X fill 1 buy open 10 @ 150 -> 10, 8122', // 10,000 − 1,500 − 375 − 3
      '1.3 X fill 2 sell close 10 @ 100 -> 0, 8869', // 8,122 + 1,000 − 250 − 3
      '1.3 X trade 1-2 10: 150 to 100, -500 less 631, signal',
    ]);
  });

  test('is cut to what cash covers, and what is cut off is gone', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(20) };
    const cut = ['0.3 X fill 1 buy open 8 @ 100 -> 8, 0']; // (1,000 / 1.25) / 100
    expect(await tell([AT_100, AT_100], moves, { fees: 0.25 }, 1000)).toEqual(cut);
    expect(await tell([AT_100, AT_100], moves, { fees: 0.25, size: null }, 1000)).toEqual(cut);
    expect(await tell([AT_100, AT_100], moves, { fees: 0.25, allowPartial: false }, 1000)).toEqual([
      '0.3 X rejection 1 INSUFFICIENT_CASH 20 @ 100',
    ]);
  });

  test('is cut to whole grains and to maxSize, and refused below minSize', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(20) };
    expect(await tell([AT_100], moves, { granularity: 1 }, 790)).toEqual([
      '0.3 X fill 1 buy open 7 @ 100 -> 7, 90',
    ]);
    expect(await tell([AT_100], moves, { maxSize: 5 })).toEqual(['0.3 X fill 1 buy open 5 @ 100 -> 5, 9500']);
    expect(await tell([AT_100], moves, { minSize: 8 }, 790)).toEqual(['0.3 X rejection 1 LOT 20 @ 100']);
    const lessThanOne = ['0.3 X rejection 1 LOT 20 @ 100'];
    expect(await tell([AT_100], moves, { granularity: 1 }, 90)).toEqual(lessThanOne);
    const none = ['0.3 X fill 1 buy open 0 @ 100 -> 0, 89']; // The fault: 0 units, and the fee.
    expect(await tell([AT_100], moves, { granularity: 1, minSize: 0, fixedFees: 1 }, 90)).toEqual(none);
  });

  test('is refused where the fee is above what it brings', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(1), 1: (ctx) => ctx.sell(1) };
    const lines = await tell([AT_100, at(5)], moves, { fixedFees: 6 });
    expect(lines[1]).toBe('1.3 X rejection 2 INSUFFICIENT_CASH 1 @ 5');
  });

  test('that costs next to nothing more than there is takes all of it', async () => {
    const script = (ctx: Context) => play({ 0: (now: Context) => now.buy(1) }, ctx);
    const events = await eventsOf({ bars: { X: [at(0.1 + 0.2)] }, script, rules: rulesOf({}, 0.3) });
    expect(events.find((event) => event.kind === 'fill')).toMatchObject({ quantity: 1, cash: 0 });
  });

  test('that closes and opens does so in two parts that add up to it exactly', async () => {
    const script = (ctx: Context) =>
      play({ 0: (now: Context) => now.buy(3.3), 1: (now: Context) => now.sell(15.4) }, ctx);
    const rules = rulesOf({ source: 'orders', fees: 0.0007 });
    const events = await eventsOf({ bars: { X: [AT_100, AT_100] }, script, rules });
    const parts = events.filter((event) => event.kind === 'fill').filter(({ sequence }) => sequence === 2);
    const sum = (field: 'quantity' | 'commission') => parts.reduce((total, part) => total + part[field], 0);
    expect(parts).toHaveLength(2);
    expect(3.3 + (15.4 - 3.3)).not.toBe(15.4);
    expect(sum('quantity')).toBe(15.4);
    expect(sum('commission')).toBe(15.4 * 100 * 0.0007);
  });

  test('that adds to a position moves its average price, and one that takes off it takes its share of the fees', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(10), 1: (ctx) => ctx.buy(30), 2: (ctx) => ctx.sell(10) };
    const lines = await tell([AT_100, at(200), at(200)], moves, { accumulate: true, fees: 0.25 }, 100_000);
    // (10 × 100 + 30 × 200) / 40; a quarter of 250 + 1,500, and 500.
    expect(lines.at(-1)).toBe('2.3 X trade 1-3 10: 175 to 200, 250 less 937.5, signal');
  });

  test('for a symbol without a bar is gone', async () => {
    const bars = { A: [AT_100, AT_100, AT_100], B: [AT_100, null, AT_100] };
    const moves: PortfolioMoves = { 1: (ctx) => [ctx.buy('A', 1), ctx.buy('B', 1)] };
    expect(await tellOfAll(bars, moves, {})).toEqual([
      '1.3 A fill 1 buy open 1 @ 100 -> 1, 9900',
      '1.3 B cancel 2 no price 1',
    ]);
  });

  test('of nearly all that is held closes all of it', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(10), 1: (ctx) => ctx.sell(9.999999999) };
    const [, closing] = await tell([AT_100, AT_100], moves, { source: 'orders' });
    expect(closing).toContain('sell close 9.999999999 @ 100 -> 0');
  });
});

describe('signals', () => {
  const threeRows = [AT_100, AT_100, AT_100];

  test('in a position: an entry is ignored and an exit closes all, unless they accumulate', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(5), 1: (ctx) => ctx.buy(4), 2: (ctx) => ctx.sell(1) };
    expect(await tell(threeRows, moves)).toEqual([
      '0.3 X fill 1 buy open 5 @ 100 -> 5, 9500',
      '1.3 X cancel 2 ignored 4',
      '2.3 X fill 3 sell close 5 @ 100 -> 0, 10000',
      '2.3 X trade 1-3 5: 100 to 100, 0 less 0, signal',
    ]);
    expect(await tell(threeRows, moves, { accumulate: true })).toEqual([
      '0.3 X fill 1 buy open 5 @ 100 -> 5, 9500',
      '1.3 X fill 2 buy open 4 @ 100 -> 9, 9100',
      '2.3 X fill 3 sell close 1 @ 100 -> 8, 9200',
      '2.3 X trade 1-3 1: 100 to 100, 0 less 0, signal',
    ]);
  });

  test('only add, or only take off, if they accumulate one way', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(5), 1: (ctx) => ctx.buy(4), 2: (ctx) => ctx.sell(1) };
    const held = async (accumulate: VectorbtSettings['accumulate']) =>
      (await tell(threeRows, moves, { accumulate })).filter((line) => !line.includes('trade'));
    expect((await held('addOnly')).slice(1)).toEqual([
      '1.3 X fill 2 buy open 4 @ 100 -> 9, 9100',
      '2.3 X fill 3 sell close 9 @ 100 -> 0, 10000',
    ]);
    expect((await held('removeOnly')).slice(1)).toEqual([
      '1.3 X cancel 2 ignored 4',
      '2.3 X fill 3 sell close 1 @ 100 -> 4, 9600',
    ]);
  });

  test.each<[VectorbtSettings['uponOppositeEntry'], string]>([
    ['reverseReduce', 'close 3 @ 100 -> 2'],
    ['closeReduce', 'close 3 @ 100 -> 2'],
    ['reverse', 'open 3 @ 100 -> -3'],
    ['close', 'close 5 @ 100 -> 0'],
  ])('that accumulate, against the position: %s', async (uponOppositeEntry, expected) => {
    const moves: Moves = { 0: (ctx) => ctx.buy(5), 1: (ctx) => ctx.sell(3) };
    const settings: Given = { accumulate: true, longShort: true, uponOppositeEntry };
    const fills = (await tell(threeRows, moves, settings)).filter((line) => line.includes('fill 2'));
    expect(fills.at(-1)).toContain(expected);
  });

  test('that contradict each other are ignored, and so is a second one alike', async () => {
    const both = (ctx: Context) => [ctx.buy(5), ctx.sell(5, { reduceOnly: true })];
    const entries = (ctx: Context) => [ctx.buy(5), ctx.sell(5)];
    const twice = (ctx: Context) => [ctx.buy(5), ctx.buy(6)];
    const ignored = ['0.3 X cancel 1 ignored 5', '0.3 X cancel 2 ignored 5'];
    expect(await tell([AT_100], { 0: both })).toEqual(ignored);
    expect(await tell([AT_100], { 0: entries }, { longShort: true })).toEqual(ignored);
    expect(await tell([AT_100], { 0: twice })).toEqual([
      '0.3 X fill 1 buy open 5 @ 100 -> 5, 9500',
      '0.3 X cancel 2 ignored 6',
    ]);
  });

  test('against the position reverse, close, or are ignored', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(5), 1: (ctx) => ctx.sell(3) };
    const settings = { longShort: true, fees: 0.25 };
    const [, ...reversed] = await tell([AT_100, AT_100], moves, settings);
    expect(reversed).toEqual([
      '1.3 X fill 2 sell close 5 @ 100 -> 0, 9750', // 9,375 + 500 − 125
      '1.3 X trade 1-2 5: 100 to 100, 0 less 250, signal',
      '1.3 X fill 2 sell open 3 @ 100 -> -3, 9975',
    ]);
    const [, closed] = await tell([AT_100, AT_100], moves, { ...settings, uponOppositeEntry: 'close' });
    expect(closed).toBe('1.3 X fill 2 sell close 5 @ 100 -> 0, 9750');
    const [, ignored] = await tell([AT_100, AT_100], moves, { ...settings, uponOppositeEntry: 'ignore' });
    expect(ignored).toBe('1.3 X cancel 2 ignored 3');
  });

  test('of a fixed size do not care for what the order says', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(1) };
    expect(await tell([AT_100], moves, { size: 20 })).toEqual(['0.3 X fill 1 buy open 20 @ 100 -> 20, 8000']);
    expect(await tell([AT_100], moves, { size: 500, sizeType: 'value' })).toEqual([
      '0.3 X fill 1 buy open 5 @ 100 -> 5, 9500',
    ]);
    expect(await tell([AT_100], moves, { size: 0.5, sizeType: 'percent' })).toEqual([
      '0.3 X fill 1 buy open 50 @ 100 -> 50, 5000',
    ]);
  });

  test('of a percent of cash cannot reverse', async () => {
    const moves: Moves = { 0: (ctx) => ctx.buy(1), 1: (ctx) => ctx.sell(1) };
    const settings: Given = { size: 0.5, sizeType: 'percent', longShort: true };
    await expect(tell([AT_100, AT_100], moves, settings)).rejects.toThrow('percent cannot reverse');
  });
});

describe('sizes', () => {
  test('of the order itself are a value, a percent of cash, or a target', async () => {
    const moves: Moves = {
      0: (ctx) => ctx.buy({ cash: 1000 }),
      1: (ctx) => ctx.sell(1),
      2: (ctx) => ctx.buy({ percent: 25 }),
      3: (ctx) => ctx.target({ percent: 50 }),
      4: (ctx) => ctx.target({ quantity: 0 }),
    };
    const fills = await tell([AT_100, AT_100, AT_100, AT_100, AT_100], moves);
    expect(fills.filter((line) => line.includes('fill'))).toEqual([
      '0.3 X fill 1 buy open 10 @ 100 -> 10, 9000',
      '1.3 X fill 2 sell close 10 @ 100 -> 0, 10000',
      '2.3 X fill 3 buy open 25 @ 100 -> 25, 7500',
      '3.3 X fill 4 buy open 25 @ 100 -> 50, 5000',
      '4.3 X fill 5 sell close 50 @ 100 -> 0, 10000',
    ]);
  });

  test('in units are whole lots if they are the order’s own; what cash allows is not rounded', async () => {
    const scene: Scene = {
      bars: { X: [AT_100] },
      script: (ctx: Context) => play({ 0: (now: Context) => now.buy(3.7) }, ctx),
      instrument: { lot: 1 },
    };
    const own = await eventsOf({ ...scene, rules: rulesOf({}) });
    expect(story(own)).toEqual(['0.3 X fill 1 buy open 3 @ 100 -> 3, 9700']);
    const cut = await eventsOf({ ...scene, rules: rulesOf({}, 150) });
    expect(story(cut)).toEqual(['0.3 X fill 1 buy open 1.5 @ 100 -> 1.5, 0']);
  });

  test('of plain orders are signed, and a number means what sizeType says', async () => {
    const moves: Moves = { 0: (ctx) => ctx.sell(3), 1: (ctx) => ctx.target({ quantity: -0.25 }) };
    expect(await tell([AT_100], moves, { source: 'orders' })).toEqual([
      '0.3 X fill 1 sell open 3 @ 100 -> -3, 10300',
    ]);
    expect(await tell([AT_100, AT_100], moves, { source: 'orders', sizeType: 'targetPercent' })).toEqual([
      '0.3 X fill 1 sell open 300 @ 100 -> -300, 40000', // Three times the value of 10,000, short.
      '1.3 X fill 2 buy close 275 @ 100 -> -25, 12500',
      '1.3 X trade 1-2 -275: 100 to 100, 0 less 0, signal',
    ]);
  });

  test('of shorts have no limit, unless cash is locked', async () => {
    const moves: Moves = { 0: (ctx) => ctx.sell(20), 1: (ctx) => ctx.sell(1) };
    const orders: Given = { source: 'orders' };
    expect(await tell([AT_100], moves, orders, 1000)).toEqual([
      '0.3 X fill 1 sell open 20 @ 100 -> -20, 3000',
    ]);
    expect(await tell([AT_100, AT_100], moves, { ...orders, lockCash: true }, 1000)).toEqual([
      '0.3 X fill 1 sell open 10 @ 100 -> -10, 2000', // As much as the cash of 1,000 can back.
      '1.3 X rejection 2 INSUFFICIENT_CASH 1 @ 100',
    ]);
    expect(await tell([AT_100], moves, { ...orders, lockCash: true, allowPartial: false }, 1000)).toEqual([
      '0.3 X rejection 1 INSUFFICIENT_CASH 20 @ 100',
    ]);
  });

  test('of orders that only reduce never open', async () => {
    const only = { reduceOnly: true };
    const moves: Moves = {
      0: (ctx) => ctx.buy(5),
      1: (ctx) => ctx.sell({ percent: 150 }, only),
      2: (ctx) => ctx.sell(9, only),
    };
    const lines = await tell([AT_100, AT_100, AT_100], moves, { source: 'orders' });
    expect(lines.filter((line) => !line.includes('trade')).slice(1)).toEqual([
      '1.3 X fill 2 sell close 5 @ 100 -> 0, 10000',
      '2.3 X cancel 3 ignored 9',
    ]);
  });
});

describe('columns', () => {
  const bars = { A: [AT_100, AT_100], B: [AT_100, AT_100] };
  const moves: PortfolioMoves = {
    0: (ctx) => ctx.buy('B', 10),
    1: (ctx) => [ctx.buy('A', 5), ctx.sell('B', 5)],
  };

  test('are filled in their order, or sales first', async () => {
    const inOrder = await tellOfAll(bars, moves, { source: 'orders' }, 1000);
    expect(inOrder).toContain('1.3 A rejection 2 INSUFFICIENT_CASH 5 @ 100');
    expect(inOrder).toContain('1.3 B fill 3 sell close 5 @ 100 -> 5, 500');
    const sorted = await tellOfAll(bars, moves, { source: 'orders', callSequence: 'auto' }, 1000);
    expect(sorted).toContain('1.3 A fill 2 buy open 5 @ 100 -> 5, 0');
    const reversed = await tellOfAll(bars, moves, { source: 'orders', callSequence: 'reversed' }, 1000);
    expect(reversed).toContain('1.3 A fill 2 buy open 5 @ 100 -> 5, 0');
  });

  test('without a price come last', async () => {
    const three = { A: [AT_100, AT_100], B: [null, null, AT_100], C: [AT_100, AT_100] };
    const rebalance: PortfolioMoves = {
      0: (ctx) => ctx.buy('C', 10),
      1: (ctx) => [ctx.buy('A', 5), ctx.buy('B', 5), ctx.sell('C', 5)],
    };
    const settings: Given = { source: 'orders', callSequence: 'auto' };
    expect(await tellOfAll(three, rebalance, settings, 1000)).toContain(
      '1.3 A fill 2 buy open 5 @ 100 -> 5, 0',
    );
  });

  test('without common cash are run one by one', async () => {
    await expect(tellOfAll(bars, moves, { cashSharing: false })).rejects.toThrow('one symbol at a time');
  });
});

test('cash and equity are added up from the fills, at the last known closes', async () => {
  const portfolio = (ctx: PortfolioContext) =>
    play({ 0: (all: PortfolioContext) => [all.buy('A', 0.1), all.buy('B', 0.2)] }, ctx);
  const bars = { A: [at(1), at(2)], B: [at(1), null] };
  const events = await eventsOf({ bars, portfolio, rules: rulesOf({ source: 'orders' }, 0.7) });
  const points = events.filter((event) => event.kind === 'equity').map(({ cash, equity }) => [cash, equity]);
  // 0.7 + ((0 − 0.1) − 0.2) is not (0.7 − 0.1) − 0.2 in doubles.
  expect(points).toEqual([
    [0.7 + (-0.1 - 0.2), 0.7 + (-0.1 - 0.2) + (0.1 + 0.2)],
    [0.7 + (-0.1 - 0.2), 0.7 + (-0.1 - 0.2) + (0.2 + 0.2)],
  ]);
  expect(points[0]![0]).not.toBe(0.7 - 0.1 - 0.2);
});
