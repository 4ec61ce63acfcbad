/** Takes its time at every tick, without asking what time it is. */
import { integer, Strategy } from '../../../src/index.ts';

export const sink = new Float64Array(1);

export default class Slow extends Strategy.with({ turns: integer(10_000) }) {
  override onTick() {
    let sum = 0;
    for (let turn = 0; turn < this.params.turns; turn++) sum += Math.sqrt(turn);
    sink[0] = sum;
  }
}
