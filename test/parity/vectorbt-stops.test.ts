/** The stops and targets of vectorbt: fractions of the price at entry, for every position. */
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/index.ts';
import type { Quote } from '../broker/scene.ts';
import { story } from '../worlds/scene.ts';
import { AT_100, at, eventsOf, type Given, type Moves, play, rulesOf, tell } from './vectorbt-scene.ts';

describe('stops', () => {
  const settings: Given = {
    price: 'open',
    stopLoss: 0.25,
    takeProfit: 0.5,
    stopUsesRange: true,
    stopEntryPrice: 'fillPrice',
  };
  const buy: Moves = { 0: (ctx) => ctx.buy(10) };
  const exitOf = async (quotes: readonly Quote[], given: Given = {}, moves = buy) =>
    (await tell(quotes, moves, { ...settings, ...given })).slice(1);

  test('are not read on the row of the fill, and the stop comes before the target', async () => {
    const wide: Quote = [100, 150, 75, 100];
    expect(await exitOf([wide, AT_100])).toEqual([]);
    expect(await exitOf([wide, wide])).toEqual([
      '1.3 X fill -1 sell close 10 @ 75 -> 0, 9750',
      '1.3 X trade 1--1 10: 100 to 75, -250 less 0, stop',
    ]);
    expect(await exitOf([wide, [100, 150, 76, 100]])).toEqual([
      '1.3 X fill -1 sell close 10 @ 150 -> 0, 10500',
      '1.3 X trade 1--1 10: 100 to 150, 500 less 0, target',
    ]);
  });

  test('that the open has passed fill there', async () => {
    expect((await exitOf([AT_100, at(70)]))[0]).toBe('1.3 X fill -1 sell close 10 @ 70 -> 0, 9700');
    expect((await exitOf([AT_100, at(160)]))[0]).toBe('1.3 X fill -1 sell close 10 @ 160 -> 0, 10600');
  });

  test('see the close alone where there is no range', async () => {
    const rows: Quote[] = [AT_100, [100, 100, 70, 80], [80, 80, 60, 60]];
    expect((await exitOf(rows, { stopUsesRange: false }))[0]).toBe(
      '2.3 X fill -1 sell close 10 @ 60 -> 0, 9600',
    );
  });

  test('take the place of the signals of their row', async () => {
    const moves: Moves = { ...buy, 1: (ctx) => ctx.sell(10) };
    expect(await exitOf([AT_100, [100, 100, 75, 80]], {}, moves)).toEqual([
      '1.3 X fill -1 sell close 10 @ 75 -> 0, 9750',
      '1.3 X trade 1--1 10: 100 to 75, -250 less 0, stop',
      '1.3 X cancel 2 ignored 10',
    ]);
  });

  test('pay slippage at the market and none as a limit', async () => {
    const rows: Quote[] = [AT_100, [100, 100, 75, 80]];
    const given: Given = { slippage: 0.5, stopEntryPrice: 'price' };
    expect((await exitOf(rows, given))[0]).toContain('@ 75 ');
    expect((await exitOf(rows, { ...given, stopExitPrice: 'stopMarket' }))[0]).toContain('@ 37.5 ');
  });

  test('that trail follow the high after it was tested against the base before', async () => {
    const rows: Quote[] = [AT_100, [100, 120, 85, 100], [100, 100, 89, 95]];
    expect(await exitOf(rows, { stopTrail: true })).toEqual([
      '2.3 X fill -1 sell close 10 @ 90 -> 0, 9900',
      '2.3 X trade 1--1 10: 100 to 90, -100 less 0, trailing',
    ]);
  });

  test('can reverse, and of a short lie above', async () => {
    const given: Given = { longShort: true, uponStopExit: 'reverse', size: 10 };
    expect(await exitOf([AT_100, [100, 100, 75, 75], [75, 94, 75, 80]], given)).toEqual([
      '1.3 X fill -1 sell close 10 @ 75 -> 0, 9750',
      '1.3 X trade 1--1 10: 100 to 75, -250 less 0, stop',
      '1.3 X fill -1 sell open 10 @ 75 -> -10, 10500',
      '2.3 X fill -2 buy close 10 @ 93.75 -> 0, 9562.5', // 75 × 1.25
      '2.3 X trade -1--2 -10: 75 to 93.75, -187.5 less 0, stop',
      '2.3 X fill -2 buy open 10 @ 93.75 -> 10, 8625',
    ]);
  });

  test('are told as orders of the house, once they are filled', async () => {
    const script = (ctx: Context) => play(buy, ctx);
    const bars = { X: [AT_100, [100, 100, 75, 80] as const] };
    const events = await eventsOf({ bars, script, rules: rulesOf(settings) });
    expect(story(events, 'order').filter((line) => line.includes('order -'))).toEqual([
      '1.3 X order -1 sell stop 10 @ 75',
    ]);
  });
});
