/** Candles of higher timeframes: when they close, in what order, and that nothing of what is to come is in them. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import type { Bar } from '../../src/market/bar.ts';
import { CandleSet } from '../../src/market/candles.ts';
import { seeded } from '../support/random.ts';

const MINUTE = 60_000;

/** A bar of minute n around a price. */
function bar(minute: number, close = 100 + minute, [high, low] = [close + 2, close - 3]): Bar {
  return { time: minute * MINUTE, open: close - 1, high, low, close, volume: 10 + minute };
}

/** What closes with each bar, as `timeframe@start`, both in minutes. */
function closings(timeframes: readonly string[], minutes: readonly number[], interval = MINUTE): string[] {
  const set = new CandleSet(interval);
  for (const timeframe of timeframes) set.subscribe(timeframe);
  return minutes.map((minute) => {
    const closed: string[] = [];
    set.update(bar(minute), ({ timeframe, time }) => closed.push(`${timeframe / MINUTE}@${time / MINUTE}`));
    return closed.join(' ');
  });
}

describe('a candle', () => {
  test('closes with the bar that ends when it does', () => {
    expect(closings(['5m'], [0, 1, 2, 3, 4, 5, 9, 10])).toEqual(['', '', '', '', '5@0', '', '5@5', '']);
  });

  test('closes at the first bar after, if its last minute has none', () => {
    expect(closings(['5m'], [0, 3, 5, 6, 12, 30])).toEqual(['', '', '5@0', '', '5@5', '5@10']);
  });

  test('closes twice at one bar: the one that was waiting, then the one that ends with it', () => {
    expect(closings(['5m'], [3, 9])).toEqual(['', '5@0 5@5']);
  });

  test('of each timeframe closes older first, then shorter first', () => {
    // At 9 the 5m of 5 ends; at 14 the 5m of 10 and the 15m of 0; at 29 so do those of 25 and 15.
    expect(closings(['15m', '5m'], [9, 14, 29])).toEqual(['5@5', '5@10 15@0', '5@25 15@15']);
    // Waiting: the 5m of 10 and the 15m of 0 ended together, shorter first; the 1m of 20 ended with its bar.
    expect(closings(['15m', '1m', '5m'], [12, 20])).toEqual(['1@12', '5@10 15@0 1@20']);
    // Waiting: the 10m of 0 ended at 10, the 15m of 0 at 15.
    expect(closings(['15m', '10m'], [3, 40])).toEqual(['', '10@0 15@0']);
    // The 3m of 12 ended at 15, the 10m of 10 at 20: the older one is the shorter one here, and there it is not.
    expect(closings(['10m', '3m'], [13, 25])).toEqual(['', '3@12 10@10']);
    expect(closings(['3m', '10m'], [9, 10, 25])).toEqual(['10@0', '', '3@9 10@10']);
    expect(closings(['4m', '6m'], [4, 23])).toEqual(['', '6@0 4@4 4@20 6@18']);
  });

  test('is not made where there are no bars', () => {
    expect(closings(['5m'], [4, 100, 104]).join(' ').trim()).toBe('5@0  5@100');
  });

  test('of the length of a bar closes with each bar', () => {
    expect(closings(['1m'], [0, 1, 7])).toEqual(['1@0', '1@1', '1@7']);
  });

  test('starts at whole multiples since the epoch, before it too', () => {
    expect(closings(['1h'], [-1, 0, 59])).toEqual(['60@-60', '', '60@0']);
    expect(closings(['1d'], [1_439, 2_879])).toEqual(['1440@0', '1440@1440']);
  });

  test('holds the first open, the extremes, the last close and all volume', () => {
    const set = new CandleSet(MINUTE);
    const { closed, forming } = set.subscribe('5m');
    const bars = [bar(0, 100, [103, 98]), bar(2, 105, [109, 104]), bar(4, 95, [96, 90])];
    for (const next of bars) set.update(next, () => {});
    const { timeframe, time, endTime, open, high, low, close, volume } = closed;
    expect([timeframe, time, endTime]).toEqual([5 * MINUTE, 0, 5 * MINUTE]);
    expect([open, high, low, close, volume]).toEqual([99, 109, 90, 95, 10 + 12 + 14]);
    expect([forming.time, forming.open, forming.high, forming.volume]).toEqual([NaN, NaN, NaN, NaN]);
  });

  test('that is forming contains what has been seen, and does not touch the closed one', () => {
    const set = new CandleSet(MINUTE);
    const series = set.subscribe('5m');
    const { closed, forming } = series;
    expect([series.count, closed.close, forming.close, series.end]).toEqual([0, NaN, NaN, Infinity]);
    set.update(bar(4, 50), () => {});
    set.update(bar(5, 60), () => {});
    set.update(bar(6, 70), () => {});
    expect([series.count, closed.close, closed.high]).toEqual([1, 50, 52]);
    expect([forming.time, forming.open, forming.high, forming.low, forming.close]).toEqual([
      5 * MINUTE,
      59,
      72,
      57,
      70,
    ]);
    expect(series.end).toBe(10 * MINUTE);
  });

  test('that was waiting is told before the bar is added: it does not know it', () => {
    const set = new CandleSet(MINUTE);
    const { forming } = set.subscribe('5m');
    const told: unknown[] = [];
    set.update(bar(0, 50), () => {});
    set.update(bar(8, 999), (candle) => told.push(candle.close, candle.high, forming.close));
    expect(told).toEqual([50, 52, NaN]);
  });
});

describe('a subscription', () => {
  test('to the same timeframe is the same series, however it is written', () => {
    const set = new CandleSet(MINUTE);
    expect(set.subscribe('60m')).toBe(set.subscribe('1h'));
    expect(set.subscribe('1H')).not.toBe(set.subscribe('2h'));
    expect(set.size).toBe(2);
  });

  test.each([
    [5 * MINUTE, '3m', 'candles of 3m cannot be built from bars of 5m'],
    [5 * MINUTE, '12m', 'candles of 12m cannot be built from bars of 5m'],
    [MINUTE, '30s', 'candles of 30s cannot be built from bars of 1m'],
    [MINUTE, '5 minutes', '"5 minutes" is not a duration'],
  ])('from bars of %d ms to %s is an input error', (interval, timeframe, message) => {
    const set = new CandleSet(interval);
    expect(() => set.subscribe(timeframe)).toThrow(InputError);
    expect(() => set.subscribe(timeframe)).toThrow(message);
    expect(set.size).toBe(0);
  });
});

test('random bars fall into candles as a grouping of all bars would have them, seed 21', () => {
  const random = seeded(21);
  const timeframes = [3, 5, 15, 60];
  const set = new CandleSet(MINUTE);
  for (const timeframe of timeframes.toReversed()) set.subscribe(`${timeframe}m`);
  const seen: Bar[] = [];
  let expected: { timeframe: number; start: number }[] = [];
  let told = 0;
  for (let minute = 0; minute < 6_000; minute += 1 + Math.floor(random() ** 8 * 120)) {
    const price = 100 + Math.floor(random() * 50);
    const next = bar(minute, price, [price + Math.floor(random() * 9), price - 1 - Math.floor(random() * 9)]);
    // Ended before this bar, then with it: each by end, then by length.
    const closing = expected.filter(({ start, timeframe }) => start + timeframe <= minute);
    closing.sort((a, b) => a.start + a.timeframe - b.start - b.timeframe || a.timeframe - b.timeframe);
    expected = expected.filter((candle) => !closing.includes(candle));
    for (const timeframe of timeframes) {
      const start = Math.floor(minute / timeframe) * timeframe;
      if (expected.every((candle) => candle.timeframe !== timeframe)) expected.push({ timeframe, start });
    }
    const ending = expected.filter(({ start, timeframe }) => start + timeframe === minute + 1);
    ending.sort((a, b) => a.timeframe - b.timeframe);
    expected = expected.filter((candle) => !ending.includes(candle));
    seen.push(next);

    const now: unknown[] = [];
    set.update(next, (candle) => {
      const { timeframe, time, open, high, low, close, volume } = candle;
      now.push([timeframe / MINUTE, time / MINUTE, open, high, low, close, volume]);
    });
    const due = [...closing, ...ending].map(({ timeframe, start }) => {
      const inside = seen.filter(({ time }) => time >= start * MINUTE && time < (start + timeframe) * MINUTE);
      const high = Math.max(...inside.map((known) => known.high));
      const low = Math.min(...inside.map((known) => known.low));
      const volume = inside.reduce((sum, known) => sum + known.volume, 0);
      return [timeframe, start, inside[0]!.open, high, low, inside.at(-1)!.close, volume];
    });
    expect(now, `minute ${minute}`).toEqual(due);
    told += due.length;
  }
  expect(told).toBeGreaterThan(500);
});
