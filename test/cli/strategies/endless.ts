/** Never comes back from its tenth bar. What it writes says that it is there. */
import { writeSync } from 'node:fs';
import { type Bar, Strategy } from 'lockstep';

export default class Endless extends Strategy {
  #bars = 0;

  override onTick(_bar: Bar): void {
    if (++this.#bars < 10) return;
    writeSync(2, 'in the loop\n');
    for (;;);
  }
}
