/** Divergence on hand-written swings, and against a search that starts from nothing at every candle. */
import { describe, expect, it } from 'vitest';
import { RelativeStrengthIndex } from '../../src/rolling/oscillators.ts';
import { Divergence } from '../../strategies/frame/divergence.ts';
import { seeded } from '../support/random.ts';

interface Candle {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}
const candleOf = (low: number, close: number, high = close): Candle => ({
  time: 0,
  open: close,
  high,
  low,
  close,
  volume: 1,
});
/** The same, upside down: highs for lows. */
const mirrored = ({ low, close, high }: Candle): Candle => candleOf(200 - high, 200 - close, 200 - low);

/** A fall on the closes to a first low, a recovery, and a lower low that hardly moves the close. */
const DIVERGING = [
  candleOf(104, 105),
  candleOf(103, 106),
  candleOf(101, 102),
  candleOf(95, 96),
  candleOf(98, 99),
  candleOf(99, 101),
  candleOf(94, 100),
  candleOf(98, 101),
];

function after(candles: readonly Candle[], lookback = 20, period = 3): Divergence {
  const divergence = new Divergence(period, lookback);
  for (const candle of candles) divergence.update(candle);
  return divergence;
}

describe('divergence', () => {
  it('favours a long at a lower low with a higher RSI, and nothing else', () => {
    expect(after(DIVERGING).favours(1)).toBe(true);
    expect(after(DIVERGING).favours(-1)).toBe(false);
  });

  it('favours a short in the mirror', () => {
    const divergence = after(DIVERGING.map(mirrored));
    expect(divergence.favours(-1)).toBe(true);
    expect(divergence.favours(1)).toBe(false);
  });

  it('is none if the RSI made a lower low too', () => {
    const candles = DIVERGING.with(6, candleOf(60, 60));
    expect(after(candles).favours(1)).toBe(false);
  });

  it('is none at a higher low', () => {
    expect(after(DIVERGING.with(6, candleOf(95.5, 100))).favours(1)).toBe(false);
  });

  it('needs the candle after the second low, as it is no swing before', () => {
    expect(after(DIVERGING.slice(0, -1)).favours(1)).toBe(false);
  });

  it('looks no further back than it was told', () => {
    // The first low is candle 3 of 8: with both neighbours that takes the last six.
    expect(after(DIVERGING, 6).favours(1)).toBe(true);
    expect(after(DIVERGING, 5).favours(1)).toBe(false);
  });

  it('is none before the RSI has seen its period', () => {
    expect(after(DIVERGING, 20, 3).favours(1)).toBe(true);
    expect(after(DIVERGING, 20, 4).favours(1)).toBe(false);
  });

  it.each([1, 2, 3])('is what a search through all candles finds (seed %i)', (seed) => {
    const random = seeded(seed);
    const divergence = new Divergence(5, 12);
    const index = new RelativeStrengthIndex(5);
    const seen: { candle: Candle; strength: number }[] = [];
    let price = 100;
    let found = 0;
    for (let i = 0; i < 3_000; i++) {
      price += Math.round((random() - 0.5) * 8);
      const candle = candleOf(price - Math.round(random() * 3), price, price + Math.round(random() * 3));
      const strength = index.update(candle.close);
      seen.push({ candle, strength: index.isReady ? strength : Number.NaN });
      divergence.update(candle);

      const recent = seen.slice(-12);
      for (const direction of [1, -1] as const) {
        const depth = (at: number) => (direction > 0 ? -recent[at]!.candle.low : recent[at]!.candle.high);
        const swings = recent
          .map((_, at) => at)
          .slice(1, -1)
          .filter((at) => depth(at) > depth(at - 1) && depth(at) > depth(at + 1));
        const [older, newer] = swings.slice(-2);
        const expected =
          older !== undefined &&
          newer !== undefined &&
          depth(newer) > depth(older) &&
          direction * (recent[newer]!.strength - recent[older]!.strength) > 0;
        expect(divergence.favours(direction), `candle ${i}, direction ${direction}`).toBe(expected);
        if (expected) found++;
      }
    }
    expect(found).toBeGreaterThan(50);
  });
});
