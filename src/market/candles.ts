/**
 * Candles of a higher timeframe, from bars as they come: what is closed and what is still forming are kept apart.
 *
 * A candle starts at a whole multiple of its timeframe since the epoch (UTC), holds the bars that open within it, and exists only if
 * there is one. It closes with the bar that ends when it does, or, if that minute had no bar, at the first bar after. So a
 * closed candle never changes, and a forming one knows nothing of what is to come.
 */
import { InputError } from '../kernel/input-error.ts';
import { type Bar, formatDuration, parseDuration } from './bar.ts';

const TIME = 0;
const OPEN = 1;
const HIGH = 2;
const LOW = 3;
const CLOSE = 4;
const VOLUME = 5;
const FIELDS = 6;

/** One candle that the builder writes and everyone else reads; NaN throughout while there is none. */
export class CandleView implements Bar {
  readonly timeframe: number;
  readonly #cells = new Float64Array(FIELDS).fill(NaN);

  constructor(timeframe: number) {
    this.timeframe = timeframe;
  }

  get time(): number {
    return this.#cells[TIME]!;
  }
  get endTime(): number {
    return this.#cells[TIME]! + this.timeframe;
  }
  get open(): number {
    return this.#cells[OPEN]!;
  }
  get high(): number {
    return this.#cells[HIGH]!;
  }
  get low(): number {
    return this.#cells[LOW]!;
  }
  get close(): number {
    return this.#cells[CLOSE]!;
  }
  get volume(): number {
    return this.#cells[VOLUME]!;
  }

  /** As a plain object, for logs. */
  toJSON(): Bar & { readonly timeframe: number } {
    const { time, open, high, low, close, volume, timeframe } = this;
    return { time, open, high, low, close, volume, timeframe };
  }

  /** Begins with a bar's prices, at the candle's own start. */
  begin(start: number, bar: Bar): void {
    const cells = this.#cells;
    cells[TIME] = start;
    cells[OPEN] = bar.open;
    cells[HIGH] = bar.high;
    cells[LOW] = bar.low;
    cells[CLOSE] = bar.close;
    cells[VOLUME] = bar.volume;
  }

  add(bar: Bar): void {
    const cells = this.#cells;
    if (bar.high > cells[HIGH]!) cells[HIGH] = bar.high;
    if (bar.low < cells[LOW]!) cells[LOW] = bar.low;
    cells[CLOSE] = bar.close;
    cells[VOLUME] = cells[VOLUME]! + bar.volume;
  }

  copyFrom(other: CandleView): void {
    this.#cells.set(other.#cells);
  }

  clear(): void {
    this.#cells.fill(NaN);
  }
}

export class CandleBuilder {
  readonly timeframe: number;
  readonly closed: CandleView;
  readonly forming: CandleView;
  #count = 0;
  /** End of the forming candle; infinity while there is none. */
  #end = Infinity;

  constructor(timeframe: number) {
    this.timeframe = timeframe;
    this.closed = new CandleView(timeframe);
    this.forming = new CandleView(timeframe);
  }

  get count(): number {
    return this.#count;
  }

  /** When the forming candle ends; infinity if none is forming. */
  get end(): number {
    return this.#end;
  }

  /** Adds a bar. Whatever ended before it must have been closed. */
  add(bar: Bar): void {
    if (this.#end !== Infinity) {
      this.forming.add(bar);
    } else {
      const start = Math.floor(bar.time / this.timeframe) * this.timeframe;
      this.forming.begin(start, bar);
      this.#end = start + this.timeframe;
    }
  }

  /** What was forming is closed now. */
  close(): void {
    this.closed.copyFrom(this.forming);
    this.forming.clear();
    this.#end = Infinity;
    this.#count++;
  }
}

/** The candles of one instance: all its timeframes, shorter first. */
export class CandleSet {
  readonly #interval: number;
  readonly #builders: CandleBuilder[] = [];

  constructor(interval: number) {
    this.#interval = interval;
  }

  get size(): number {
    return this.#builders.length;
  }

  /** The candles of a timeframe, the same for every call. Throws InputError if bars do not fill it evenly. */
  subscribe(timeframe: string): CandleBuilder {
    const ms = parseDuration(timeframe);
    if (ms % this.#interval !== 0) {
      throw new InputError(
        `candles of ${timeframe} cannot be built from bars of ${formatDuration(this.#interval)}`,
      );
    }
    let builder = this.#builders.find((known) => known.timeframe === ms);
    if (builder === undefined) {
      builder = new CandleBuilder(ms);
      this.#builders.push(builder);
      this.#builders.sort((a, b) => a.timeframe - b.timeframe);
    }
    return builder;
  }

  /** Moves on by one bar, telling of each candle that closes: older first, then shorter first. */
  update(bar: Bar, onClose: (candle: CandleView) => void): void {
    const builders = this.#builders;
    for (let oldest = this.#oldestEnded(bar.time); oldest !== null; oldest = this.#oldestEnded(bar.time)) {
      oldest.close();
      onClose(oldest.closed);
    }
    const end = bar.time + this.#interval;
    for (let i = 0; i < builders.length; i++) builders[i]!.add(bar);
    for (let i = 0; i < builders.length; i++) {
      const builder = builders[i]!;
      if (builder.end > end) continue;
      builder.close();
      onClose(builder.closed);
    }
  }

  #oldestEnded(time: number): CandleBuilder | null {
    let oldest: CandleBuilder | null = null;
    const builders = this.#builders;
    for (let i = 0; i < builders.length; i++) {
      const builder = builders[i]!;
      if (builder.end <= time && (oldest === null || builder.end < oldest.end)) oldest = builder;
    }
    return oldest;
  }
}
