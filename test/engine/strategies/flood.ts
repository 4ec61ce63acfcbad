/** Sends very many orders in one tick: a third at the market, a third as limits, a third as stops. */
import { type Context, integer, Strategy } from '../../../src/index.ts';

export default class Flood extends Strategy.with({ orders: integer(0) }) {
  override onTick(_bar: unknown, ctx: Context) {
    const { orders } = this.params;
    if (ctx.step === 0)
      for (let i = 0; i < orders; i++)
        ctx.buy(1, i % 3 === 0 ? {} : i % 3 === 1 ? { limit: 90 } : { stop: 80 });
  }
}
