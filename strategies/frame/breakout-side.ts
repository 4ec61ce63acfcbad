/**
 * One side of a range, and how far a breakout on that side has come.
 *
 *     idle ──detect──▶ broken ──arm──▶ armed ──accept──▶ silent
 *
 *     idle     no breakout; one may be detected
 *     broken   a candle opened within the range and closed beyond this edge
 *     armed    the strategy has seen what it needs before its signal: a reversal, or a retest
 *     silent   the signal was accepted; this breakout gives no second one
 *
 * `expire` leads from any of them back to idle when the breakout is too old, a new reference (`forget`) does at
 * once. A rejected signal (`reject`) sends broken and armed back to idle, on both sides. It leaves silence
 * alone, which lasts until the timeout or a new reference whatever the other side does.
 *
 * Age is time, in lengths of a candle: a breakout before a gap in the data is as old as the clock says.
 */
import type { Bar } from 'lockstep';
import type { Direction, ReferenceRange } from './range.ts';

export type Stage = 'idle' | 'broken' | 'armed' | 'silent';

export class BreakoutSide {
  readonly direction: Direction;
  #stage: Stage = 'idle';
  #edge = Number.NaN;
  #time = Number.NaN;
  #volume = Number.NaN;
  #average = Number.NaN;

  constructor(direction: Direction) {
    this.direction = direction;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** The edge of the range that was broken. */
  get edge(): number {
    return this.#edge;
  }

  /** When the candle of the breakout opened. */
  get time(): number {
    return this.#time;
  }

  /** Volume of the candle of the breakout, and the average of those before it. */
  get volume(): number {
    return this.#volume;
  }

  get average(): number {
    return this.#average;
  }

  /** Whether a price lies outside of the range on this side. The edge itself is inside. */
  isBeyond(price: number): boolean {
    return this.direction * price > this.direction * this.#edge;
  }

  /** Whether a price lies on the range's side of the edge. The edge itself is neither this nor beyond. */
  isBack(price: number): boolean {
    return this.direction * price < this.direction * this.#edge;
  }

  /** Forgets a breakout that opened more than `ageMax` milliseconds before `time`. */
  expire(time: number, ageMax: number): void {
    if (this.#stage !== 'idle' && time - this.#time > ageMax) this.forget();
  }

  /** Takes note of a breakout if there is none yet: the candle opens within the range and closes beyond the edge. */
  detect(candle: Bar, range: ReferenceRange, average: number): void {
    if (this.#stage !== 'idle' || !range.hasHeight || !range.includes(candle.open)) return;
    this.#edge = range.edge(this.direction);
    if (!this.isBeyond(candle.close)) return;
    this.#stage = 'broken';
    this.#time = candle.time;
    this.#volume = candle.volume;
    this.#average = average;
  }

  arm(): void {
    this.#stage = 'armed';
  }

  accept(): void {
    this.#stage = 'silent';
  }

  reject(): void {
    if (this.#stage !== 'silent') this.forget();
  }

  forget(): void {
    this.#stage = 'idle';
  }
}
