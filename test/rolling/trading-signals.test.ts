/**
 * Our averages and oscillators beside those of an independent package, trading-signals 8.3.0.
 *
 * Compared within a tolerance and after a warm-up, and not bit for bit from the first bar, because
 *
 *  - it sums each window anew and multiplies by 1 / n where we divide, so that last bits differ: 1e-9 of the value;
 *  - its ATR takes high - low as the true range of the first bar, where we wait for a close before, so that its seed is
 *    the mean of other bars. The difference dies out like ((n - 1) / n)^k: after 60·n bars it is e^-60 of what it was.
 *
 * Its EMA starts at the first price, as ours does, but it calls the average stable only after n, as our `isReady`
 * does. Its RSI seeds with the mean of the first n changes, as ours does, so these two are compared from bar n + 1.
 */
import { ATR, EMA, RSI, SMA } from 'trading-signals';
import { describe, expect, test } from 'vitest';
import { ExponentialMovingAverage, SimpleMovingAverage } from '../../src/rolling/averages.ts';
import { AverageTrueRange, RelativeStrengthIndex } from '../../src/rolling/oscillators.ts';
import { seeded } from '../support/random.ts';

const SEED = 11;
const BARS = 3_000;
const LENGTHS = [2, 5, 14, 20];

interface Candle {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

const candles: Candle[] = [];
{
  const random = seeded(SEED);
  let price = 100;
  for (let bar = 0; bar < BARS; bar++) {
    price *= 1 + 0.04 * (random() - 0.5);
    const high = price * (1 + 0.02 * random());
    const low = price * (1 - 0.02 * random());
    price = low + random() * (high - low);
    candles.push({ high, low, close: price });
  }
}

/** The largest difference, relative to theirs, over the bars after the warm-up. */
function compare(
  ours: (candle: Candle) => number,
  theirs: (candle: Candle) => number | null,
  warmup: number,
): { compared: number; differenceMax: number } {
  const result = { compared: 0, differenceMax: 0 };
  candles.forEach((candle, bar) => {
    const [mine, other] = [ours(candle), theirs(candle)];
    if (bar < warmup) return;
    result.compared++;
    const difference = other === null ? Number.NaN : Math.abs(mine - other) / Math.abs(other);
    result.differenceMax = Math.max(result.differenceMax, difference); // NaN stays.
  });
  return result;
}

describe.each(LENGTHS)('with a length of %d', (n) => {
  test('SimpleMovingAverage is theirs from the first full window', () => {
    const [ours, theirs] = [new SimpleMovingAverage(n), new SMA(n)];
    const result = compare(
      ({ close }) => ours.update(close),
      ({ close }) => theirs.add(close),
      n - 1,
    );
    expect(result.compared).toBe(BARS - n + 1);
    expect(result.differenceMax).toBeLessThan(1e-12);
  });

  test('ExponentialMovingAverage is theirs from the first bar', () => {
    const [ours, theirs] = [new ExponentialMovingAverage(n), new EMA(n)];
    const result = compare(
      ({ close }) => ours.update(close),
      ({ close }) => theirs.add(close),
      0,
    );
    expect(result.compared).toBe(BARS);
    expect(result.differenceMax).toBeLessThan(1e-12);
  });

  test('both call it ready at the same bar', () => {
    const [ours, theirs] = [new ExponentialMovingAverage(n), new EMA(n)];
    for (const { close } of candles.slice(0, 2 * n)) {
      ours.update(close);
      theirs.add(close);
      expect(ours.isReady).toBe(theirs.isStable);
    }
  });

  test('RelativeStrengthIndex is theirs from the first full window', () => {
    const [ours, theirs] = [new RelativeStrengthIndex(n), new RSI(n)];
    const result = compare(
      ({ close }) => ours.update(close),
      ({ close }) => theirs.add(close),
      n,
    );
    expect(result.compared).toBe(BARS - n);
    expect(result.differenceMax).toBeLessThan(1e-9);
  });

  test('AverageTrueRange is theirs once the seeds have died out', () => {
    const [ours, theirs] = [new AverageTrueRange(n), new ATR(n)];
    const result = compare(
      ({ high, low, close }) => ours.update(high, low, close),
      (candle) => theirs.add(candle),
      60 * n,
    );
    expect(result.compared).toBe(BARS - 60 * n);
    expect(result.differenceMax).toBeLessThan(1e-9);
  });
});
