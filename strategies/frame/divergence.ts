/**
 * Divergence: the price makes a lower low and its RSI a higher one (for a long; mirrored, highs, for a short).
 *
 * A swing low is a candle whose low is below the lows of both its neighbours, so it is known one candle later.
 * Compared are the two newest swing lows among the last `lookback` closed candles, the newest candle being no
 * more than the right neighbour of one. The RSI of a swing is the one at the close of its candle. Until the RSI
 * has seen its period it is NaN here, which diverges from nothing.
 *
 * Memory: three rings of `lookback` numbers. Finding a divergence looks at each of them once; it is asked for
 * only where there is a signal, not on every candle.
 */
import { type Bar, RelativeStrengthIndex, Ring } from 'lockstep';
import type { Direction } from './range.ts';

export class Divergence {
  readonly #lookback: number;
  readonly #index: RelativeStrengthIndex;
  readonly #highs: Ring;
  readonly #lows: Ring;
  readonly #strengths: Ring;

  constructor(period: number, lookback: number) {
    this.#lookback = lookback;
    this.#index = new RelativeStrengthIndex(period);
    this.#highs = new Ring(lookback);
    this.#lows = new Ring(lookback);
    this.#strengths = new Ring(lookback);
  }

  /** Takes the next closed candle. */
  update(candle: Bar): void {
    const strength = this.#index.update(candle.close);
    this.#highs.update(candle.high);
    this.#lows.update(candle.low);
    this.#strengths.update(this.#index.isReady ? strength : Number.NaN);
  }

  /** Whether price and RSI disagree in favour of a trade in this direction. */
  favours(direction: Direction): boolean {
    // A swing low is where −1 × low is highest, so one search serves both directions.
    const extremes = direction > 0 ? this.#lows : this.#highs;
    const newer = this.#nextSwing(extremes, -direction, 1);
    const older = this.#nextSwing(extremes, -direction, newer + 1);
    const isFurther = -direction * extremes.at(newer) > -direction * extremes.at(older);
    const isStronger = direction * this.#strengths.at(newer) > direction * this.#strengths.at(older);
    return isFurther && isStronger;
  }

  /** Age of the newest swing that is at least `age` candles old; the length of the rings if there is none. */
  #nextSwing(extremes: Ring, sign: number, age: number): number {
    const ageMax = this.#lookback - 2; // The oldest candle has no left neighbour to be compared with.
    for (; age <= ageMax; age++) {
      const extreme = sign * extremes.at(age);
      if (extreme > sign * extremes.at(age + 1) && extreme > sign * extremes.at(age - 1)) return age;
    }
    return this.#lookback;
  }
}
