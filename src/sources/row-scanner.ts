/**
 * Whole lines of bytes become bars: plain rows straight into the columns, all others as text the way of `RowLoader`.
 *
 * The first rows go to the loader until it knows the layout. From then on a row whose every field is plain and whose bar
 * is sound is written here; any other, a blank line or a bad price, goes to the loader as well, which loads it, skips it or
 * says what is wrong with it. So there is one place that refuses, and a row means the same on both ways.
 *
 * Lines are cut at newlines, with one carriage return before them or none, and fields at every delimiter: right for a file
 * without quotes, and whoever calls has looked for those.
 */
import { assert } from '../kernel/assert.ts';
import { BarColumnsBuilder } from '../market/bar-store.ts';
import { type CandleSink, type Recognised, RowLoader } from './csv-rows.ts';
import { NEWLINE, type RowShape, rowShape, scanRow } from './scan-fields.ts';

/** Thrown where the scanner cannot promise the result of csv-parse; the message says what it met. */
export class Declined extends Error {
  override readonly name = 'Declined';
}

/** Where the rows of a symbol go. */
interface Target {
  /** The bytes that name it, as they stand in the file; none if it has one symbol, and then every row is of it. */
  readonly symbol: Uint8Array;
  readonly columns: BarColumnsBuilder;
  /** 1, or 0 if it is not wanted: then every row is written over the one before. */
  readonly step: 0 | 1;
}

export class RowScanner {
  readonly #bytes: Buffer;
  readonly #delimiter: string;
  readonly #loader: RowLoader;
  readonly #targets = new Map<string, Target>();
  #line = 0;
  #shape: RowShape | undefined;
  #target: Target | undefined;

  /** `bytes` is the memory in which all lines will stand. */
  constructor(file: string, sink: CandleSink, bytes: Buffer, delimiter: string) {
    this.#bytes = bytes;
    this.#delimiter = delimiter;
    this.#loader = new RowLoader(file, sink);
  }

  get rows(): number {
    return this.#loader.rows;
  }

  /** Loads the lines from `at` to `end`, behind a newline. Throws InputError and Unwanted, as the loader does, and Declined. */
  scan(at: number, end: number): void {
    assert(at === end || this.#bytes[end - 1] === NEWLINE, 'lines are scanned whole');
    while (at < end) {
      if (this.#shape !== undefined) at = this.#scanPlain(this.#shape, at, end);
      if (at < end) at = this.#takeLine(at);
    }
  }

  finish(): Recognised {
    return this.#loader.finish();
  }

  /** Gives one line to the loader and returns where the next one begins. */
  #takeLine(at: number): number {
    const newline = this.#bytes.indexOf(NEWLINE, at);
    const line = this.#bytes.toString('utf8', at, newline).replace(/\r$/, '');
    // To csv-parse it is no end of a row, but one of a line.
    if (line.includes('\r')) throw new Declined('a carriage return without a newline');
    this.#line++;
    if (line !== '') this.#loader.take(line.split(this.#delimiter), this.#line);
    const { recognised } = this.#loader;
    if (this.#shape === undefined && recognised !== undefined) {
      const { layout, time } = recognised;
      this.#shape = rowShape(this.#bytes, this.#delimiter.charCodeAt(0), layout, time);
      if (layout.symbolColumn < 0) this.#target = targetOf('', recognised.columnsOf(''));
    }
    return newline + 1;
  }

  /**
   * Loads rows until the end, or the first that is not plain and sound, and returns where that begins. The inner loop is a
   * stretch of rows of one symbol, within the room of its columns and the rows until progress is told.
   */
  #scanPlain(shape: RowShape, at: number, end: number): number {
    const loader = this.#loader;
    const { row } = shape;
    let newline = scanRow(shape, at);
    while (newline >= 0) {
      if (!this.#switchTarget(shape)) break;
      const { columns, step, symbol } = this.#target!;
      const { time, open, high, low, close, volume, count: capacity } = columns.room();
      let n = columns.count;
      let timeLast = columns.timeLast;
      const rowsMax = Math.min(loader.rowsToProgress, capacity - n);
      let rows = 0;
      let isSound = true;
      do {
        const t = row[0]!;
        const o = row[1]!;
        const h = row[2]!;
        const l = row[3]!;
        const c = row[4]!;
        const v = row[5]!;
        // The test of `RowLoader`: comparisons with NaN are false.
        isSound = t > timeLast && h >= o && h >= c && h >= l && l <= o && l <= c && v >= 0;
        if (!isSound) break;
        time[n] = t;
        open[n] = o;
        high[n] = h;
        low[n] = l;
        close[n] = c;
        volume[n] = v;
        n += step;
        if (step === 1) timeLast = t;
        rows++;
        at = newline + 1;
        newline = at < end ? scanRow(shape, at) : -1;
      } while (newline >= 0 && rows < rowsMax && isSymbol(shape, symbol));
      columns.commit(n);
      loader.count(rows);
      this.#line += rows;
      if (!isSound) break;
    }
    return at;
  }

  /** The target of the row that was scanned last; false where there is no name. */
  #switchTarget(shape: RowShape): boolean {
    if (this.#target !== undefined && isSymbol(shape, this.#target.symbol)) return true;
    const { symbolStart, symbolEnd } = shape;
    const key = this.#bytes.toString('latin1', symbolStart, symbolEnd);
    let target = this.#targets.get(key);
    if (target === undefined) {
      const symbol = this.#bytes.toString('utf8', symbolStart, symbolEnd).trim();
      if (symbol === '') return false;
      target = targetOf(key, this.#loader.recognised!.columnsOf(symbol));
      this.#targets.set(key, target);
    }
    this.#target = target;
    return true;
  }
}

function targetOf(key: string, columns: BarColumnsBuilder | undefined): Target {
  return {
    symbol: Buffer.from(key, 'latin1'),
    columns: columns ?? new BarColumnsBuilder(key, 1),
    step: columns === undefined ? 0 : 1,
  };
}

function isSymbol(shape: RowShape, symbol: Uint8Array): boolean {
  const { bytes, symbolStart, symbolEnd } = shape;
  if (symbolEnd - symbolStart !== symbol.length) return false;
  for (let i = 0; i < symbol.length; i++) if (bytes[symbolStart + i] !== symbol[i]) return false;
  return true;
}
