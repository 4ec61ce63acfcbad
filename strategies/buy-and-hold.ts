/**
 * Buys once and holds: what any other strategy has to beat.
 *
 * Decided on the close of the symbol's first bar after the warm-up, filled at the open of its next one. The
 * cash at the start is shared equally by the symbols, so that the order in which they begin to trade does not
 * matter. An order that the cash does not cover is rejected, never shrunk, and the next open may lie above this
 * close: `headroomPercent` of the share stays in cash for that and for the commission. A rejected order is not
 * sent again; the run's log says so.
 */
import { type Bar, type Context, number, type Rejection, Strategy } from 'lockstep';

export default class BuyAndHold extends Strategy.with({
  cashPercent: number(100, { min: 0.01, max: 100 }),
  headroomPercent: number(2, { min: 0, max: 99 }),
}) {
  #budget = 0;
  #hasBought = false;

  override onStart(ctx: Context): void {
    const share = ctx.account.cash / ctx.symbols.length;
    this.#budget = share * (this.params.cashPercent / 100) * (1 - this.params.headroomPercent / 100);
  }

  override onTick(bar: Bar, ctx: Context): void {
    if (this.#hasBought || ctx.isWarmup) return;
    this.#hasBought = true;
    ctx.buy(this.#budget / (bar.close * ctx.instrument.multiplier));
  }

  override onReject(rejection: Rejection, ctx: Context): void {
    ctx.log(`nothing to hold: the order for ${rejection.quantity} was rejected (${rejection.reason})`);
  }
}
