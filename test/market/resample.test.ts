/** Longer bars against a naive twin that groups objects, over random gaps, symbols and windows. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import type { Bar } from '../../src/market/bar.ts';
import { BarStore } from '../../src/market/bar-store.ts';
import { CandleSet } from '../../src/market/candles.ts';
import { partialBars, resample, windowStarts } from '../../src/market/resample.ts';
import { unionTimeline } from '../../src/market/timeline.ts';
import { seeded } from '../support/random.ts';

const MINUTE = 60_000;
const NINE = Date.UTC(2024, 2, 4, 9);
/** Weeks since 1970 begin on one. */
const THURSDAY = Date.UTC(2024, 2, 7);

/** Minutes of a random walk, some of them missing. */
function walk(random: () => number, start: number, minutes: number, density: number): Bar[] {
  let price = 100;
  const bars: Bar[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    const open = price;
    price += random() - 0.5;
    if (random() >= density) continue;
    const [high, low] = [Math.max(open, price) + random(), Math.min(open, price) - random()];
    bars.push({ time: start + minute * MINUTE, open, high, low, close: price, volume: random() * 10 });
  }
  return bars;
}

function barsOf(store: BarStore, symbol: number): Bar[] {
  const { time, open, high, low, close, volume } = store.columns(symbol);
  return Array.from(time, (_, i) => ({
    time: time[i]!,
    open: open[i]!,
    high: high[i]!,
    low: low[i]!,
    close: close[i]!,
    volume: volume[i]!,
  }));
}

function naive(bars: readonly Bar[], window: number): Bar[] {
  return [...Map.groupBy(bars, ({ time }) => Math.floor(time / window) * window)].map(([time, group]) => ({
    time,
    open: group[0]!.open,
    high: Math.max(...group.map(({ high }) => high)),
    low: Math.min(...group.map(({ low }) => low)),
    close: group.at(-1)!.close,
    volume: group.reduce((sum, { volume }) => sum + volume, 0),
  }));
}

describe('resampled bars', () => {
  test('are those of a naive twin, and the timeline is the starts of windows, seed 5', () => {
    const random = seeded(5);
    for (const window of [1, 2, 5, 7, 60, 1_440]) {
      for (const start of [NINE, NINE + 3 * MINUTE, -10 * MINUTE]) {
        const bars = {
          A: walk(random, start, 400, 1),
          B: walk(random, start, 400, 0.5),
          C: walk(random, start + 200 * MINUTE, 300, 0.05),
        };
        const store = BarStore.create({ interval: MINUTE, bars });
        const made = resample(store, window * MINUTE);
        expect(made.interval).toBe(window * MINUTE);
        for (const [i, name] of made.names.entries())
          expect(barsOf(made, i)).toEqual(naive(bars[name as 'A'], window * MINUTE));
        expect([...windowStarts(unionTimeline(store), window * MINUTE)]).toEqual([...unionTimeline(made)]);
      }
    }
  });

  test('are the candles that a strategy would build of the same bars', () => {
    const bars = walk(seeded(6), NINE + 2 * MINUTE, 300, 0.7);
    const made = resample(BarStore.create({ interval: MINUTE, bars: { A: bars } }), 5 * MINUTE);
    const candles = new CandleSet(MINUTE);
    candles.subscribe('5m');
    const closed: Bar[] = [];
    for (const bar of bars) {
      candles.update(bar, ({ time, open, high, low, close, volume }) => {
        closed.push({ time, open, high, low, close, volume });
      });
    }
    expect(closed.length).toBeGreaterThan(50);
    expect(barsOf(made, 0).slice(0, closed.length)).toEqual(closed);
  });

  test('do not change with what comes after their window', () => {
    const bars = walk(seeded(7), NINE, 100, 0.8);
    const whole = naive(bars, 5 * MINUTE);
    for (let count = 1; count < bars.length; count++) {
      const known = bars.slice(0, count);
      const made = barsOf(resample(BarStore.create({ interval: MINUTE, bars: { A: known } }), 5 * MINUTE), 0);
      const isOver = ({ time }: Bar) => time + 5 * MINUTE <= bars[count]!.time;
      expect(made.filter(isOver)).toEqual(whole.filter(isOver));
    }
  });
});

describe('bars at the edges that hold less than their window', () => {
  const at = (...minutes: number[]) =>
    minutes.map((m) => ({ time: NINE + m * MINUTE, open: 1, high: 1, low: 1, close: 1, volume: 1 }));
  const partialOf = (...minutes: number[]) =>
    partialBars(BarStore.create({ interval: MINUTE, bars: { A: at(...minutes) } }), 5 * MINUTE).map(
      ({ time, from, to }) => [time, from, to].map((t) => (t - NINE) / MINUTE),
    );

  test.each([
    ['whole', [0, 1, 2, 3, 4], []],
    ['whole, with gaps inside', [0, 4, 5, 9], []],
    ['a late start', [2, 4, 5, 9], [[0, 2, 5]]],
    ['an early end', [0, 4, 5, 7], [[5, 5, 8]]],
    [
      'both',
      [1, 6],
      [
        [0, 1, 5],
        [5, 5, 7],
      ],
    ],
    ['both in one window', [1, 3], [[0, 1, 4]]],
  ])('%s', (_, minutes, expected) => {
    expect(partialOf(...minutes)).toEqual(expected);
  });
});

describe('what cannot be resampled', () => {
  const store = (...times: number[]) =>
    BarStore.create({
      interval: 5 * MINUTE,
      bars: { A: times.map((time) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 1 })) },
    });

  test.each([
    [7, '--resample 7m is no multiple of the length of the bars, 5m; the nearest are 5m and 10m'],
    [1, '--resample 1m is no multiple of the length of the bars, 5m; the nearest is 5m'],
  ])('windows of %d minutes', (minutes, words) => {
    const make = () => resample(store(NINE), minutes * MINUTE);
    expect(make).toThrow(InputError);
    expect(make).toThrow(words);
  });

  test.each([
    ['a quarter of an hour', [NINE, NINE + 8 * MINUTE], 'the nearest that fits these bars is --resample 15m'],
    [
      'not even a week',
      [NINE, NINE + 8 * MINUTE, THURSDAY - 3 * MINUTE],
      'these bars fit no usual length; leave --resample out',
    ],
  ])('is a bar that ends after its window, known before it is over: %s', (_, times, words) => {
    const make = () => resample(store(...times), 10 * MINUTE);
    expect(make).toThrow(InputError);
    expect(make).toThrow('--resample 10m: "A" has a bar of 5m at 2024-03-04T09:08:00.000Z, which ends after');
    expect(make).toThrow(words);
  });
});
