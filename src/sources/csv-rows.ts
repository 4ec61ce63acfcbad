/**
 * Rows of text become bars: the layout is decided, then every row takes the same way, in which no option is tested.
 *
 * Each row is either a candle or an InputError with its file, its line and the value. There is no third outcome: nothing
 * is skipped but blank lines, and nothing is filled in.
 */
import { InputError } from '../kernel/input-error.ts';
import type { BarColumnsBuilder } from '../market/bar-store.ts';
import { detectLayout, isFlat, type Layout, parseNumber, type Row } from './csv-layout.ts';
import { detectTimeFormat, formatTime, TIME_EXAMPLES, type TimeFormat } from './timestamp.ts';

/** Where a reader puts what it reads. */
export interface CandleSink {
  /**
   * Where the bars of this symbol go; '' if the file does not name it. Undefined: they are not wanted. Asked again, the
   * reader has started over, and the columns that it got before are to be thrown away.
   */
  columnsOf(symbol: string): BarColumnsBuilder | undefined;
  /** Told every 65,536 rows, and at the end. */
  progress(rows: number): void;
}

/** Thrown to leave a file that the sink does not want. */
export class Unwanted extends Error {
  override readonly name = 'Unwanted';
}

/** What is known once the first rows have been looked at. */
export interface Recognised {
  readonly layout: Layout;
  readonly time: TimeFormat;
  /** The columns of a symbol, '' in a file of one; undefined if they are not wanted. */
  readonly columnsOf: ColumnsOf;
}

type ColumnsOf = (symbol: string) => BarColumnsBuilder | undefined;

const PROGRESS_ROWS = 65_536;
/** Enough to decide the order of the prices; more are taken only while all prices of a row are equal. */
const SAMPLE_ROWS = 100;
const SAMPLE_ROWS_MAX = 10_000;

/** Rows become bars. Holds rows back until it knows the layout and the format of the times. */
export class RowLoader {
  rows = 0;
  readonly #file: string;
  readonly #sink: CandleSink;
  readonly #sample: Row[] = [];
  #isTold = false;
  #recognised: Recognised | undefined;
  #load: ((fields: readonly string[], line: number) => void) | undefined;

  constructor(file: string, sink: CandleSink) {
    this.#file = file;
    this.#sink = sink;
  }

  take(fields: readonly string[], line: number): void {
    if (fields.length === 1 && fields[0]!.trim() === '') return; // a line of blanks
    if (this.#load !== undefined) {
      this.#load(fields, line);
      this.count(1);
      return;
    }
    const row = { fields, line };
    this.#sample.push(row);
    this.#isTold ||= !isFlat(row);
    const { length } = this.#sample;
    if (length > SAMPLE_ROWS && (this.#isTold || length > SAMPLE_ROWS_MAX)) this.#decide();
  }

  /** Loads the rows that still wait. Throws InputError if there never was one. */
  finish(): Recognised {
    if (this.#recognised === undefined) this.#decide();
    return this.#recognised!;
  }

  /** Undefined while rows are held back. From then on a reader may load sound rows itself, and count them here. */
  get recognised(): Recognised | undefined {
    return this.#recognised;
  }

  /** How many rows there are until progress is to be told. */
  get rowsToProgress(): number {
    return PROGRESS_ROWS - (this.rows % PROGRESS_ROWS);
  }

  /** Rows that a reader has loaded itself, at most `rowsToProgress`. */
  count(rows: number): void {
    this.rows += rows;
    if (rows > 0 && this.rows % PROGRESS_ROWS === 0) this.#sink.progress(this.rows);
  }

  #decide(): void {
    const file = this.#file;
    const sample = this.#sample;
    if (sample.length === 0) throw new InputError('the file is empty', { file });
    const layout = detectLayout(sample, file);
    const first = sample[layout.header ? 1 : 0];
    if (first === undefined)
      throw new InputError('no rows below the header', { file, line: sample[0]!.line });

    const text = (first.fields[layout.columns.time] ?? '').trim();
    const time = detectTimeFormat(text);
    if (time === undefined) {
      throw new InputError(`time is ${quoted(text)}, which is not a time; write ${TIME_EXAMPLES}`, {
        file,
        line: first.line,
      });
    }
    this.#recognised = { layout, time, columnsOf: columnsOf(layout, this.#sink) };
    this.#load = makeLoad(file, this.#recognised);
    for (const { fields, line } of layout.header ? sample.slice(1) : sample) this.take(fields, line);
  }
}

/** Finds the columns of a symbol, and asks the sink once for each. */
function columnsOf({ symbolColumn }: Layout, sink: CandleSink): ColumnsOf {
  if (symbolColumn < 0) {
    const only = sink.columnsOf('');
    if (only === undefined) throw new Unwanted();
    return () => only;
  }
  const known = new Map<string, BarColumnsBuilder | undefined>();
  return (symbol) => {
    if (!known.has(symbol)) known.set(symbol, sink.columnsOf(symbol));
    return known.get(symbol);
  };
}

/** The way of every row, with the layout and the time format built in. */
function makeLoad(file: string, { layout, time: format, columnsOf }: Recognised) {
  const { columns, width, symbolColumn } = layout;
  const parseTime = format.parse;
  const [atTime, atOpen, atHigh, atLow] = [columns.time, columns.open, columns.high, columns.low];
  const [atClose, atVolume] = [columns.close, columns.volume];

  return (fields: readonly string[], line: number): void => {
    if (fields.length !== width && !isWidthHarmless(fields, width)) {
      throw new InputError(
        `${fields.length} ${fields.length === 1 ? 'column' : 'columns'}, where ${width} are needed: ${quoted(fields.join(' | '))}`,
        { file, line },
      );
    }
    const time = parseTime(fields[atTime]!);
    const open = parseNumber(fields[atOpen]!);
    const high = parseNumber(fields[atHigh]!);
    const low = parseNumber(fields[atLow]!);
    const close = parseNumber(fields[atClose]!);
    const volume = parseNumber(fields[atVolume]!);
    const bars = columnsFor(fields, line);
    const timeLast = bars === undefined ? Number.NEGATIVE_INFINITY : bars.timeLast;
    // One test for all that may be wrong. Comparisons with NaN are false, so every fact is stated as what must hold.
    const isSound =
      time > timeLast &&
      high >= open &&
      high >= close &&
      high >= low &&
      low <= open &&
      low <= close &&
      volume >= 0;
    if (!isSound) return explain(fields, line, timeLast);
    bars?.append(time, open, high, low, close, volume);
  };

  /** The columns that a row belongs to. */
  function columnsFor(fields: readonly string[], line: number): BarColumnsBuilder | undefined {
    if (symbolColumn < 0) return columnsOf('');
    const symbol = fields[symbolColumn]!.trim();
    if (symbol === '') throw new InputError('the symbol is empty', { file, line });
    return columnsOf(symbol);
  }

  /** Says what is wrong with a row, or loads it after all: times may have blanks round them. */
  function explain(fields: readonly string[], line: number, timeLast: number): void {
    const place = { file, line };
    const value = (at: number): string => quoted(fields[at]!);
    const time = parseTime(fields[atTime]!.trim());
    if (Number.isNaN(time)) {
      throw new InputError(
        `time is ${value(atTime)}, which is not ${article(format.name)} as on the first row`,
        place,
      );
    }
    for (const field of ['open', 'high', 'low', 'close', 'volume'] as const) {
      if (Number.isNaN(parseNumber(fields[columns[field]]!))) {
        throw new InputError(
          `${field} is ${value(columns[field])}, which is not a number; write digits with a decimal point, as in 1234.5`,
          place,
        );
      }
    }
    const [open, high, low, close, volume] = [atOpen, atHigh, atLow, atClose, atVolume].map((at) =>
      parseNumber(fields[at]!),
    ) as [number, number, number, number, number];
    if (high < low) throw new InputError(`high is ${value(atHigh)}, below low ${value(atLow)}`, place);
    for (const [name, price, at] of [
      ['open', open, atOpen],
      ['close', close, atClose],
    ] as const) {
      if (price > high || price < low) {
        throw new InputError(
          `${name} is ${value(at)}, outside of low ${value(atLow)} to high ${value(atHigh)}`,
          place,
        );
      }
    }
    if (volume < 0) throw new InputError(`volume is ${value(atVolume)}; it cannot be negative`, place);
    const before =
      layout.symbolColumn < 0 ? 'the row before' : `the row before of ${value(layout.symbolColumn)}`;
    if (time === timeLast) {
      throw new InputError(`time is ${value(atTime)}, the same as on ${before}; keep one of them`, place);
    }
    if (time < timeLast) {
      throw new InputError(
        `time is ${value(atTime)}, which is out of order: ${before} is at ${formatTime(timeLast)}; sort the rows by time`,
        place,
      );
    }
    columnsFor(fields, line)?.append(time, open, high, low, close, volume);
  }
}

/** Delimiters at the end of a row, with nothing between them, are no columns. */
function isWidthHarmless(fields: readonly string[], width: number): boolean {
  return fields.length > width && fields.slice(width).every((field) => field.trim() === '');
}

function article(name: string): string {
  return /^[aeio]/i.test(name) ? `an ${name}` : `a ${name}`;
}

const QUOTED_MAX = 60;

function quoted(text: string): string {
  return text.length > QUOTED_MAX ? `"${text.slice(0, QUOTED_MAX)}…"` : `"${text}"`;
}
