/** Says at every tick who is present, as a word of 0 and 1, one for each symbol in canonical order. */
import { type Context, Strategy, type SymbolView } from '../../../src/index.ts';

export default class RollCall extends Strategy {
  #views: readonly SymbolView[] = [];

  override onStart(ctx: Context) {
    this.#views = ctx.symbols.map((symbol) => ctx.view(symbol));
  }

  override onTick(_bar: unknown, ctx: Context) {
    ctx.log(this.#views.map(({ isPresent }) => (isPresent ? '1' : '0')).join(''));
  }
}
