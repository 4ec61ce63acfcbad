/**
 * Follows a strong breakout from the reference range after its retest: buys above the range, sells below it.
 *
 * Long, after a candle that broke out above the range (short: mirrored):
 *
 *   retest         a later confirmation candle that comes down to the range's high and stays out of the range:
 *                  low ≤ high × (1 + `retestTolerance`), close ≥ high
 *   continuation   the first candle after the retest that closes above the range's high with volume ≥
 *                  `continuationVolumeMin` × the average before it: this is the signal
 *
 * A candle that continues, volume included, before there was a retest rejects the signal. So does, at the
 * continuation, a breakout that was not strong: its volume has to be ≥ `breakoutVolumeMin` × the average before
 * it. A candle that is both, coming back and closing beyond on high volume, is the retest.
 *
 * Orders are market orders with a bracket, decided on the close of the continuation and filled at the open of
 * the symbol's next bar. Range, timeout, size, stop and target: `frame/`.
 */
import { type Bar, type Candle, type Context, type Fill, number, Strategy } from 'lockstep';
import { BreakoutFrame, type BreakoutRules, FRAME_PARAMS, type Verdict } from './frame/breakout-frame.ts';
import type { BreakoutSide } from './frame/breakout-side.ts';

export default class TrueBreakout
  extends Strategy.with({
    ...FRAME_PARAMS,
    breakoutVolumeMin: number(1.5, { min: 0 }),
    continuationVolumeMin: number(1.3, { min: 0 }),
    retestTolerance: number(0.0015, { min: 0, max: 1 }),
  })
  implements BreakoutRules
{
  static override readonly account = 'leverage 10';

  readonly stance = 1;
  readonly #frame = new BreakoutFrame(this.params, this);

  observe(_candle: Bar): void {}

  judge(side: BreakoutSide, candle: Bar, average: number): Verdict {
    const { breakoutVolumeMin, continuationVolumeMin } = this.params;
    if (side.stage === 'broken' && this.#isRetest(side, candle)) return 'arm';
    const continues = side.isBeyond(candle.close) && candle.volume >= continuationVolumeMin * average;
    if (!continues) return 'wait';
    const isStrong = side.volume >= breakoutVolumeMin * side.average;
    return side.stage === 'armed' && isStrong ? 'signal' : 'reject';
  }

  reasons(): string {
    return 'strong retest continuation';
  }

  #isRetest(side: BreakoutSide, candle: Bar): boolean {
    const { direction, edge } = side;
    const nearest = direction > 0 ? candle.low : candle.high;
    const reach = edge * (1 + direction * this.params.retestTolerance);
    return direction * nearest <= direction * reach && !side.isBack(candle.close);
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
