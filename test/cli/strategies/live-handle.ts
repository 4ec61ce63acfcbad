/** Keeps a timer of its own for ever, and gives each order a tag of its own: more to say than a pipe holds. */
import { type Bar, type Context, Strategy } from 'lockstep';

setInterval(() => {}, 1_000);

export default class LiveHandle extends Strategy {
  #bars = 0;

  override onTick(_bar: Bar, ctx: Context): void {
    const tag = `order ${this.#bars++} of ${ctx.symbol}\n${'with a name that no other order has '.repeat(50)}`;
    if (ctx.position.isFlat) ctx.buy(1, { tag });
    else ctx.sell(1, { tag });
  }
}
