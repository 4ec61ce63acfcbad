/** What one must not do: ask the machine for chance. */
import { type Bar, type Context, Strategy } from 'lockstep';

export default class Chance extends Strategy {
  override onTick(_bar: Bar, ctx: Context): void {
    if (ctx.position.isFlat) ctx.buy(1 + Math.floor(1_000 * Math.random()));
  }
}
