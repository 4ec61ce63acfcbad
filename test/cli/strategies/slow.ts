/** Takes its time: a tenth of a second a bar. */
import { writeSync } from 'node:fs';
import { type Bar, Strategy } from 'lockstep';

export default class Slow extends Strategy {
  #bars = 0;

  override onTick(_bar: Bar): void {
    if (this.#bars++ === 0) writeSync(2, 'at work\n');
    const end = performance.now() + 100;
    while (performance.now() < end);
  }
}
