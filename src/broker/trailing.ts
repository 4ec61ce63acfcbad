/**
 * Where a trailing stop stands: so far behind the best price since it is live, the water mark.
 *
 * A bar is tested against the level that was carried into it; only then the mark moves with the bar's extreme. What is unrealistic
 * about it: within a bar the stop does not follow, so a rise and a fall in one bar are tested against the old level alone.
 */
import type { BarViews } from '../market/bar-store.ts';
import { SELL } from './matching.ts';
import { type Grain, roundPrice } from './rounding.ts';

/** Rounded as a stop, against the trader. @param distance in price, or in percent of `best` */
export function trailLevel(
  best: number,
  side: number,
  isPercent: boolean,
  distance: number,
  tick: Grain,
): number {
  const away = isPercent ? (best * distance) / 100 : distance;
  return roundPrice(side === SELL ? best - away : best + away, false, side, tick);
}

/** The better of the mark and what bar `index` reached: the high for a stop that sells. */
export function markAfter(best: number, side: number, bars: BarViews, index: number): number {
  return side === SELL ? Math.max(best, bars.high[index]!) : Math.min(best, bars.low[index]!);
}
