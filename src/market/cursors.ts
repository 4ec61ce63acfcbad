/**
 * One reader's place in every symbol: the last bar at or before its step.
 *
 * Each thread has cursors of its own over the shared columns, so no reader ever depends on how far another has come. A
 * cursor only moves forward, and never beyond the step's time: what it shows is known.
 */
import type { BarStore } from './bar-store.ts';

export class Cursors {
  /** Index of the last bar at or before the step; −1 before the first. */
  readonly index: Int32Array;
  /** Time of the next bar; infinity after the last. */
  readonly #nextTime: Float64Array;
  readonly #times: readonly Float64Array[];

  constructor(store: BarStore) {
    this.#times = store.symbols.map((_, symbol) => store.columns(symbol).time);
    this.index = new Int32Array(this.#times.length).fill(-1);
    this.#nextTime = Float64Array.from(this.#times, (time) => time[0] ?? Infinity);
  }

  /** Moves one symbol to `time` and says whether it has just come to a bar of that very time. Times must not fall. */
  advance(symbol: number, time: number): boolean {
    if (this.#nextTime[symbol]! > time) return false;
    const times = this.#times[symbol]!;
    let index = this.index[symbol]! + 1;
    while (index + 1 < times.length && times[index + 1]! <= time) index++;
    this.index[symbol] = index;
    // Not `a ? b : c`: V8 boxes a double wherever one of the two comes from memory and the other is a constant.
    if (index + 1 < times.length) this.#nextTime[symbol] = times[index + 1]!;
    else this.#nextTime[symbol] = Infinity;
    return times[index]! === time;
  }
}
