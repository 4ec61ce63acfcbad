/** Ends the process, or the thread that it runs on, and calls it success. */
import { type Bar, type Context, Strategy } from 'lockstep';

export default class Quitter extends Strategy {
  #bars = 0;

  override onTick(_bar: Bar, ctx: Context): void {
    if (ctx.symbol === 'BETA' && ++this.#bars === 10) process.exit(0);
  }
}
