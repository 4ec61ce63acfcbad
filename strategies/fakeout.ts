/**
 * Fades a weak breakout from the reference range: sells after a break above that fails, buys after one below.
 *
 * Short, after a candle that broke out above the range (long: mirrored):
 *
 *   reversal       the first later confirmation candle that closes below the range's high
 *   confirmation   the first candle after the reversal that closes below it again: this is the signal
 *
 * What the signal has to pass, each noted in the order's tag:
 *
 *   weak        required       volume of the breakout ≤ `breakoutVolumeMax` × the average before it
 *   reversal    required       by the sequence above
 *   volume      required       volume of the confirmation ≥ `confirmationVolumeMin` × the average before it
 *   divergence  `divergence`   price and RSI disagree in favour of the trade (see `frame/divergence.ts`)
 *
 * A signal that fails a required one is rejected. `optional` only notes whether there was a divergence, `off`
 * does not look. Orders are market orders with a bracket, decided on the close of the confirmation and filled
 * at the open of the symbol's next bar. Range, timeout, size, stop and target: `frame/`.
 */
import { type Bar, type Candle, type Context, choice, type Fill, integer, number, Strategy } from 'lockstep';
import { BreakoutFrame, type BreakoutRules, FRAME_PARAMS, type Verdict } from './frame/breakout-frame.ts';
import type { BreakoutSide } from './frame/breakout-side.ts';
import { Divergence } from './frame/divergence.ts';
import type { Direction } from './frame/range.ts';

export default class Fakeout
  extends Strategy.with({
    ...FRAME_PARAMS,
    breakoutVolumeMax: number(0.8, { min: 0 }),
    confirmationVolumeMin: number(1.5, { min: 0 }),
    divergence: choice('optional', ['off', 'optional', 'required']),
    rsiPeriod: integer(14, { min: 1 }),
    divergenceLookback: integer(20, { min: 4 }),
  })
  implements BreakoutRules
{
  static override readonly account = 'leverage 10';

  readonly stance = -1;
  readonly #divergence = new Divergence(this.params.rsiPeriod, this.params.divergenceLookback);
  readonly #frame = new BreakoutFrame(this.params, this);
  #diverges = false;

  observe(candle: Bar): void {
    this.#divergence.update(candle);
  }

  judge(side: BreakoutSide, candle: Bar, average: number): Verdict {
    if (!side.isBack(candle.close)) return 'wait';
    if (side.stage === 'broken') return 'arm'; // The reversal; the next such candle is the confirmation.

    const { breakoutVolumeMax, confirmationVolumeMin, divergence } = this.params;
    const isWeak = side.volume <= breakoutVolumeMax * side.average;
    const isConfirmed = candle.volume >= confirmationVolumeMin * average;
    const direction: Direction = side.direction > 0 ? -1 : 1;
    this.#diverges = divergence !== 'off' && this.#divergence.favours(direction);
    const passes = isWeak && isConfirmed && (divergence !== 'required' || this.#diverges);
    return passes ? 'signal' : 'reject';
  }

  reasons(): string {
    return this.#diverges ? 'weak reversal volume divergence' : 'weak reversal volume';
  }

  override onStart(ctx: Context): void {
    this.#frame.onStart(ctx);
  }

  override onCandle(candle: Candle, ctx: Context): void {
    this.#frame.onCandle(candle, ctx);
  }

  override onTick(bar: Bar, ctx: Context): void {
    this.#frame.onTick(bar, ctx);
  }

  override onFill(fill: Fill): void {
    this.#frame.onFill(fill);
  }

  override onReject(): void {
    this.#frame.onReject();
  }
}
