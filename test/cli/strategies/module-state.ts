/** What one must not do: count in the module, which symbols on one thread share and symbols on two do not. */
import { type Bar, type Context, Strategy } from 'lockstep';

let bars = 0;

export default class ModuleState extends Strategy {
  override onTick(_bar: Bar, ctx: Context): void {
    if (++bars % 10 === 0) ctx.buy(1);
  }
}
