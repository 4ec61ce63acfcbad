/** Throws at its tenth bar of BETA. */
import { type Bar, type Context, Strategy } from 'lockstep';

export default class Thrower extends Strategy {
  #bars = 0;

  override onTick(_bar: Bar, ctx: Context): void {
    if (ctx.symbol === 'BETA' && ++this.#bars === 10) this.#fail();
  }

  #fail(): never {
    throw new RangeError('no such level');
  }
}
