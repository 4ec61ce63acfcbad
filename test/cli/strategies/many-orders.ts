/** Sends orders of each kind, of sizes that chance and a parameter decide: nearly every flag of a run shows in what they do. */
import { type Bar, type Context, number, Strategy } from 'lockstep';

export default class ManyOrders extends Strategy.with({ size: number(10, { min: 1, max: 1_000 }) }) {
  #bars = 0;

  override onTick(bar: Bar, ctx: Context): void {
    const quantity = this.params.size * (1 + ctx.random()) * Math.exp(-0.5);
    const bracket = { stop: { percent: 0.02 }, target: { multiple: 1 } };
    const turn = this.#bars++ % 4;
    if (turn === 0) ctx.buy(quantity, { bracket, tag: 'market' });
    if (turn === 1) ctx.buy(quantity, { limit: bar.low, tag: 'limit' });
    if (turn === 2) ctx.sell(3 * quantity, { stop: bar.low, tag: 'stop' });
  }
}
