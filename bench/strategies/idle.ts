/** Looks at every bar and does nothing: what is left is the engine. */
import { type Bar, Strategy } from 'lockstep';

export default class Idle extends Strategy {
  #high = 0;

  override onTick(bar: Bar): void {
    if (bar.high > this.#high) this.#high = bar.high;
  }
}
