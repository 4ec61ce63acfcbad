/**
 * Buys a close above everything of the last hour (on minute bars) if more was traded than usual; leaves at a
 * stop or a target.
 *
 * The signal is judged on the close of a bar:
 *
 *     close > the highest high of the `lookback` bars before this one, and
 *     volume > the mean volume of the last `volumeLookback` bars, this one included
 *
 * so the first one possible is on the symbol's bar number `lookback` + 1. Flat and with no order under way, it
 * buys `quantity` at the market: filled at the open of the symbol's next bar, the entry bar.
 *
 * At the close of the entry bar, when it is told of the fill, it sends stop and target, measured from the price
 * of the fill. As orders of their own they are live from the bar after the entry bar, and a crash within the
 * entry bar itself is not stopped. (The children of a bracket would be live on the entry bar: see
 * `frame/bracket-trade.ts`.) One cancels the other. Both are reduce-only, so that not even a fault could make
 * an exit open a short position.
 *
 * Where volume is capped, what the first fill leaves of the entry is cancelled, and what a fill leaves of the target gets a stop and
 * a target anew: nothing is held without a stop.
 */
import {
  type Bar,
  type Context,
  type Fill,
  integer,
  number,
  type Rejection,
  RollingMaximum,
  SimpleMovingAverage,
  Strategy,
} from 'lockstep';

export default class VolumeBreakout extends Strategy.with({
  lookback: integer(60, { min: 1 }),
  volumeLookback: integer(20, { min: 1 }),
  quantity: number(10, { min: 1e-8 }),
  stopPercent: number(0.5, { min: 0, max: 99 }),
  targetPercent: number(1, { min: 0 }),
}) {
  readonly #highs = new RollingMaximum(this.params.lookback);
  readonly #volumes = new SimpleMovingAverage(this.params.volumeLookback);
  /** The order to buy while it is under way, else 0. */
  #entryId = 0;

  override onTick(bar: Bar, ctx: Context): void {
    const averageVolume = this.#volumes.update(bar.volume);
    const isLoud = this.#volumes.isReady && bar.volume > averageVolume;
    const isHighest = this.#highs.isReady && bar.close > this.#highs.value;
    this.#highs.update(bar.high); // After the question, which is about the bars before.

    if (isLoud && isHighest && ctx.position.isFlat && this.#entryId === 0)
      this.#entryId = ctx.buy(this.params.quantity);
  }

  override onFill(fill: Fill, ctx: Context): void {
    if (fill.effect === 'open') {
      this.#entryId = 0;
      ctx.cancel(fill.id);
      this.#protect(fill.quantity, fill.price, ctx);
    } else if (fill.type === 'limit' && !ctx.position.isFlat) {
      ctx.cancel(fill.id); // Its first part has cancelled the stop.
      this.#protect(ctx.position.quantity, ctx.position.averagePrice, ctx);
    }
  }

  #protect(quantity: number, price: number, ctx: Context): void {
    const stop = price * (1 - this.params.stopPercent / 100);
    const target = price * (1 + this.params.targetPercent / 100);
    ctx.oco(
      { side: 'sell', quantity, stop, reduceOnly: true },
      { side: 'sell', quantity, limit: target, reduceOnly: true },
    );
  }

  override onReject(_rejection: Rejection, _ctx: Context): void {
    this.#entryId = 0;
  }
}
