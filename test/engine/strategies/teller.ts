/** Draws, logs, plots and orders at every tick: what is told must not depend on threads. */
import { type Bar, type Candle, type Context, integer, Strategy } from '../../../src/index.ts';

export default class Teller extends Strategy.with({ quiet: integer(0) }) {
  #told = 0;

  #tell(text: string, ctx: Context) {
    if (this.params.quiet === 0) ctx.log(`${this.#told++} ${text} at ${ctx.step}`);
  }

  override onStart(ctx: Context) {
    ctx.candles('3m');
    this.#tell('start', ctx);
  }
  override onTick(bar: Bar, ctx: Context) {
    const drawn = ctx.random();
    this.#tell(`tick ${drawn}`, ctx);
    if (this.params.quiet === 0) ctx.plot('close', bar.close);
    if (drawn < 0.3) ctx.buy(1);
    if (this.params.quiet === 0) ctx.plot(drawn < 0.5 ? 'low' : 'high', drawn);
  }
  override onCandle({ time }: Candle, ctx: Context) {
    this.#tell(`candle ${time}`, ctx);
  }
  override onFill({ price }: { price: number }, ctx: Context) {
    this.#tell(`fill ${price}`, ctx);
  }
  override onExpire({ id }: { id: number }, ctx: Context) {
    this.#tell(`expired ${id}`, ctx);
  }
  override onEnd(ctx: Context) {
    this.#tell('end', ctx);
  }
}
