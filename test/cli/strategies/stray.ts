/** Fails where nobody called it: in a promise, a microtask or a timer, in the middle of the run or at its last bar. */
import { type Bar, choice, type Context, Strategy } from 'lockstep';

/** When KAPPA, the one with the last bar, ends. */
const LAST_BAR = Date.UTC(2024, 2, 4, 13, 59);

const HOWS = [
  'rejection',
  'microtask',
  'timer',
  'immediate',
  'rejection at the last bar',
  'timer at the last bar',
];

function fail(): never {
  throw new RangeError('too late');
}

export default class Stray extends Strategy.with({ how: choice('rejection', HOWS) }) {
  #bars = 0;

  override onTick(bar: Bar, ctx: Context): void {
    this.#bars++;
    const [how, isLast] = this.params.how.split(' at the ');
    if (isLast === undefined ? ctx.symbol !== 'BETA' || this.#bars !== 10 : bar.time !== LAST_BAR) return;
    if (how === 'rejection') void Promise.resolve().then(fail);
    if (how === 'microtask') queueMicrotask(() => fail());
    if (how === 'timer') setTimeout(() => fail(), 0);
    if (how === 'immediate') setImmediate(() => fail());
  }
}
