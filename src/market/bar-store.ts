/**
 * All bars of a run: columns of Float64 in shared memory, attached by every worker, never copied or posted.
 *
 * Memory: one SharedArrayBuffer a symbol, cut into six columns of `capacity` numbers. Bars stand in time order, and the
 * ones that are ours are a stretch of each column, so that a slice of time is another (offset, count) on the same buffer.
 *
 *     byte 0                capacity × 8          2 × capacity × 8    …    5 × capacity × 8
 *     | time                | open                | high              | low | close | volume
 *     | offset |count × 8|  | offset |count × 8|  | …
 *
 * Written by the loader alone, before the first worker attaches; read by everyone, with plain loads, from then on.
 *
 * Invariants:
 *
 *  1. Symbols are sorted by name in code-unit order, and a symbol's index is its place in that order.
 *  2. Times of a symbol rise strictly.
 *  3. What lies outside (offset, count) is never read: it may be another slice or untouched memory.
 */
import { assert } from '../kernel/assert.ts';
import { InputError } from '../kernel/input-error.ts';
import { BAR_FIELDS, type Bar } from './bar.ts';

/** Where the bars of one symbol lie. Cloned to a worker it costs a few words: the buffer is shared. */
export interface BarColumns {
  readonly name: string;
  readonly buffer: SharedArrayBuffer;
  /** Numbers in a column, used or not: column c starts at byte c × capacity × 8. */
  readonly capacity: number;
  /** Bytes from the start of each column to its first bar. */
  readonly offset: number;
  /** Bars. */
  readonly count: number;
}

/** What goes to a worker: plain, and small. */
export interface SharedBars {
  /** Length of a bar in milliseconds. */
  readonly interval: number;
  readonly symbols: readonly BarColumns[];
}

export type Column = Float64Array<SharedArrayBuffer>;

/** The columns of one symbol as views of `count` numbers. */
export interface BarViews {
  readonly time: Column;
  readonly open: Column;
  readonly high: Column;
  readonly low: Column;
  readonly close: Column;
  readonly volume: Column;
  readonly count: number;
}

const BYTES = Float64Array.BYTES_PER_ELEMENT;
const BYTES_PER_BAR = BAR_FIELDS.length * BYTES;

export class BarStore {
  /** Post this, and `BarStore.attach` it on the other side. */
  readonly shared: SharedBars;
  readonly interval: number;
  readonly symbols: readonly BarColumns[];
  readonly names: readonly string[];
  readonly totalBars: number;
  /** What the bars take; the buffers behind them may be larger by pages that nobody touched. */
  readonly loadedBytes: number;
  readonly #views: readonly BarViews[];

  /** Attaches to bars that `of` or `create` arranged, here or in another thread. */
  static attach(shared: SharedBars): BarStore {
    return new BarStore(shared);
  }

  /** Arranges loaded symbols, in any order, into a store. */
  static of(interval: number, symbols: Iterable<BarColumns>): BarStore {
    return new BarStore({ interval, symbols: [...symbols].sort((a, b) => (a.name < b.name ? -1 : 1)) });
  }

  /** Copies bars into fresh shared memory. For tests and small data. */
  static create(given: { interval: number; bars: Readonly<Record<string, readonly Bar[]>> }): BarStore {
    const symbols = Object.entries(given.bars).map(([name, bars]) => {
      const builder = new BarColumnsBuilder(name, bars.length);
      for (const b of bars) builder.append(b.time, b.open, b.high, b.low, b.close, b.volume);
      return builder.slice();
    });
    return BarStore.of(given.interval, symbols);
  }

  private constructor(shared: SharedBars) {
    const { interval, symbols } = shared;
    assert(interval > 0, 'a bar has a length');
    for (let i = 1; i < symbols.length; i++) {
      assert(symbols[i - 1]!.name < symbols[i]!.name, 'symbols are sorted by name, each once');
    }
    this.shared = shared;
    this.interval = interval;
    this.symbols = symbols;
    this.names = symbols.map((symbol) => symbol.name);
    this.totalBars = symbols.reduce((sum, symbol) => sum + symbol.count, 0);
    this.loadedBytes = this.totalBars * BYTES_PER_BAR;
    this.#views = symbols.map(viewsOf);
  }

  /** The views of a symbol: the same objects at every call. */
  columns(symbolIndex: number): BarViews {
    const views = this.#views[symbolIndex];
    assert(views !== undefined, 'the store has this symbol');
    return views;
  }
}

/** Fresh views on a symbol's columns. Ask a store instead where there is one: it has made them already. */
export function viewsOf(symbol: BarColumns): BarViews {
  const { buffer, capacity, offset, count } = symbol;
  const view = (c: number): Column => new Float64Array(buffer, c * capacity * BYTES + offset, count);
  return {
    time: view(0),
    open: view(1),
    high: view(2),
    low: view(3),
    close: view(4),
    volume: view(5),
    count,
  };
}

/** Enough for a day of minutes; a symbol with fewer bars wastes 70 kB at most. */
const CAPACITY_DEFAULT = 1_440;

/** Grows the columns of one symbol, bar by bar, in time order. */
export class BarColumnsBuilder {
  readonly name: string;
  #capacity: number;
  #count = 0;
  #views: BarViews;

  /** Estimate high: memory that is not touched is not taken, but growing copies everything. */
  constructor(name: string, capacity: number = CAPACITY_DEFAULT) {
    this.name = name;
    this.#capacity = Math.max(1, Math.ceil(capacity));
    this.#views = freshViews(this.#capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** -Infinity before the first bar. */
  get timeLast(): number {
    return this.#count === 0 ? Number.NEGATIVE_INFINITY : this.#views.time[this.#count - 1]!;
  }

  append(time: number, open: number, high: number, low: number, close: number, volume: number): void {
    const n = this.#count;
    assert(time > this.timeLast, 'bars are appended in time order');
    if (n === this.#capacity) this.#grow(2 * n);
    const views = this.#views;
    views.time[n] = time;
    views.open[n] = open;
    views.high[n] = high;
    views.low[n] = low;
    views.close[n] = close;
    views.volume[n] = volume;
    this.#count = n + 1;
  }

  /**
   * The columns to their full length, with room for one more bar at least: a loader that has a stretch of rows writes
   * them from `count` on and then says so with `commit`. Good until the next call of anything but a getter.
   */
  room(): BarViews {
    if (this.#count === this.#capacity) this.#grow(2 * this.#count);
    return this.#views;
  }

  /** The bars before `count` are there, in time order: the writer has seen to that within its stretch. */
  commit(count: number): void {
    const n = this.#count;
    assert(count >= n && count <= this.#capacity, 'a stretch of bars lies in the room that was given');
    assert(count === n || this.#views.time[n]! > this.timeLast, 'bars are appended in time order');
    this.#count = count;
  }

  /** Takes over a stretch of bars that another builder made; they must follow ours in time. */
  appendAll(bars: BarColumns): void {
    const n = this.#count;
    const source = viewsOf(bars);
    if (source.count === 0) return;
    assert(source.time[0]! > this.timeLast, 'bars are appended in time order');
    if (n + source.count > this.#capacity) this.#grow(Math.max(2 * n, n + source.count));
    for (const field of BAR_FIELDS) this.#views[field].set(source[field], n);
    this.#count = n + source.count;
  }

  /** The bars with `from` ≤ time < `to`, on the same memory. */
  slice(from: number = Number.NEGATIVE_INFINITY, to: number = Number.POSITIVE_INFINITY): BarColumns {
    const time = this.#views.time;
    const first = lowerBound(time, this.#count, from);
    const end = Math.max(first, lowerBound(time, this.#count, to));
    return {
      name: this.name,
      buffer: time.buffer,
      capacity: this.#capacity,
      offset: first * BYTES,
      count: end - first,
    };
  }

  #grow(capacity: number): void {
    const grown = freshViews(capacity);
    for (const field of BAR_FIELDS) grown[field].set(this.#views[field].subarray(0, this.#count));
    this.#views = grown;
    this.#capacity = capacity;
  }
}

function freshViews(capacity: number): BarViews {
  const buffer = new SharedArrayBuffer(capacity * BYTES_PER_BAR);
  return viewsOf({ name: '', buffer, capacity, offset: 0, count: capacity });
}

/** Index of the first of `count` times that is not below `time`. */
function lowerBound(times: Column, count: number, time: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The length of a bar: the most frequent difference between neighbouring times over all symbols, the smallest of those
 * that are equally frequent. Gaps do not mislead it as long as most bars have a neighbour. Throws InputError when no
 * symbol has two bars.
 */
export function detectInterval(symbols: Iterable<{ readonly time: ArrayLike<number> }>): number {
  const counts = new Map<number, number>();
  for (const { time } of symbols) {
    for (let i = 1; i < time.length; i++) {
      const difference = time[i]! - time[i - 1]!;
      counts.set(difference, (counts.get(difference) ?? 0) + 1);
    }
  }
  let interval = 0;
  let countMax = 0;
  for (const [difference, count] of counts) {
    if (count > countMax || (count === countMax && difference < interval)) {
      interval = difference;
      countMax = count;
    }
  }
  if (countMax === 0) {
    throw new InputError(
      'no symbol has two bars, so the length of a bar cannot be seen; give it: --interval 1m',
    );
  }
  return interval;
}
