/** Buys so many at the first bar, or sells them if they are less than none, and waits: what is left then is all of the account's making. */
import { type Bar, type Context, number, Strategy } from 'lockstep';

export default class Holder extends Strategy.with({ quantity: number(10, { min: -10_000, max: 10_000 }) }) {
  override onTick(_: Bar, ctx: Context): void {
    if (ctx.bars.count > 1) return;
    const { quantity } = this.params;
    if (quantity < 0) ctx.sell(-quantity);
    else ctx.buy(quantity);
  }
}
