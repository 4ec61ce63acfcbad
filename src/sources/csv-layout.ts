/**
 * Which column of a candle file is which, decided on its first rows before any is loaded.
 *
 * With a header, names decide. Without one, the columns are time, four prices, volume and whatever follows, and the
 * prices decide their own order: a high is never below, and a low never above, an open or a close. Rows that fit both
 * orders we know have four equal prices, so a choice that fits every sampled row cannot be wrong and stay unnoticed.
 * Anything else is an error that asks for a header, never a guess.
 */
import { didYouMean, InputError, type Place } from '../kernel/input-error.ts';
import { BAR_FIELDS, type BarField } from '../market/bar.ts';
import { detectTimeFormat } from './timestamp.ts';

export interface Row {
  readonly fields: readonly string[];
  /** Where it ends in the file, from 1. */
  readonly line: number;
}

export interface Layout {
  /** For the run's header. */
  readonly name: string;
  readonly header: boolean;
  /** Place of each column, from 0. */
  readonly columns: Readonly<Record<BarField, number>>;
  /** Place of the column that names the symbol, -1 if the file is of one symbol. */
  readonly symbolColumn: number;
  /** Fields that each row must have. */
  readonly width: number;
}

/** Header names by what they mean, as `plain` writes them. "adj close" is never a close. */
const ALIASES: Readonly<Record<BarField | 'symbol', readonly string[]>> = {
  time: words(
    'time timestamp date datetime date_time unix unix_timestamp t gmt_time utc utc_time time_(utc) open_time opentime',
    'window_start ts_event',
  ),
  open: words('open o 1._open'),
  high: words('high h max 2._high'),
  low: words('low l min 3._low'),
  close: words('close c last 4._close'),
  volume: words('volume vol vol. v 5._volume tickvol tick_volume volume_(btc) volume_btc basevolume'),
  symbol: words('symbol ticker sym name'),
};

/** Tab and semicolon first: a file that has them may use the comma for something else. */
export function detectDelimiter(line: string): string {
  const needed = BAR_FIELDS.length - 2; // between five columns; with fewer there is nothing to read anyway
  for (const delimiter of ['\t', ';']) {
    if (line.split(delimiter).length > needed) return delimiter;
  }
  return ',';
}

/** The strict syntax of numbers, whose value is `Number(text)`; NaN for anything else, `''` and `0x10` included. */
export function parseNumber(text: string): number {
  const length = text.length;
  let mantissa = 0;
  let point = -1;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
    else if (digit === -2 && point < 0) point = i;
    else return parseNumberSlowly(text);
  }
  // Exact: below 2^53 no digit was lost on the way, powers of ten are doubles up to 10^22, and one division rounds once.
  const decimals = point < 0 ? 0 : length - 1 - point;
  if (mantissa > Number.MAX_SAFE_INTEGER || decimals > 22 || length === (point < 0 ? 0 : 1)) {
    return parseNumberSlowly(text);
  }
  return mantissa / POWERS_OF_TEN[decimals]!;
}

/** 10^0 to 10^22, all exact. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

function parseNumberSlowly(text: string): number {
  const trimmed = text.trim();
  const value = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Throws InputError where the rows do not say which column is which. `rows` has at least one. */
export function detectLayout(rows: readonly Row[], file: string): Layout {
  const first = rows[0]!;
  const isData = first.fields.some(
    (field) => !Number.isNaN(parseNumber(field)) || detectTimeFormat(field.trim()) !== undefined,
  );
  return isData ? headerlessLayout(rows, file) : headerLayout(first, file);
}

function headerLayout(header: Row, file: string): Layout {
  const place = { file, line: header.line };
  const names = header.fields.map((field) => field.trim());
  const find = (role: BarField | 'symbol'): number => {
    const matches = names.flatMap((name, i) => (ALIASES[role].includes(plain(name)) ? [i] : []));
    if (matches.length > 1) {
      const both = matches.map((i) => `"${names[i]}"`).join(' and ');
      throw new InputError(`${both} could both be the ${role}; one column for each is needed`, place);
    }
    return matches[0] ?? -1;
  };
  const symbolColumn = find('symbol');
  const columns = recordOf(find);
  const missing = BAR_FIELDS.filter((field) => columns[field] < 0);
  if (missing.length > 0)
    throw missingColumn(missing[0]!, names, [...Object.values(columns), symbolColumn], place);
  const name = symbolColumn < 0 ? 'header' : 'header with symbol column';
  return { name, header: true, columns, symbolColumn, width: names.length };
}

function missingColumn(
  field: BarField,
  names: readonly string[],
  taken: readonly number[],
  place: Place,
): InputError {
  const free = names.filter((name, i) => !taken.includes(i) && !/adj/i.test(name));
  const found = names.map((name) => `"${name}"`).join(', ');
  const adjusted = field === 'close' && names.some((name) => /adj/i.test(name));
  const notes = [
    adjusted ? '; an adjusted close is not taken for the close' : '',
    field === 'volume' ? '; candles without a volume cannot be read yet' : '',
  ];
  return new InputError(
    `no ${field} column among ${found}${didYouMean(field, free)}${notes.join('')}`,
    place,
  );
}

/** The orders of headerless files, in the order in which they are tried. */
const ORDERS: readonly (readonly BarField[])[] = [
  ['time', 'open', 'high', 'low', 'close', 'volume'], // Binance, Kraken, Kaiko
  ['time', 'open', 'close', 'high', 'low', 'volume'], // Bitfinex
];
const BINANCE_WIDTH = 12;
const BINANCE_CLOSE_TIME = 6;

function headerlessLayout(rows: readonly Row[], file: string): Layout {
  const { fields, line } = rows[0]!;
  const width = fields.length;
  if (width < BAR_FIELDS.length) {
    throw new InputError(
      `${width} ${width === 1 ? 'column' : 'columns'} and no header; time, open, high, low, close and volume are needed`,
      { file, line },
    );
  }
  const candidates = ORDERS.map((order) => recordOf((field) => order.indexOf(field)));
  const contradictions = candidates.map((columns) => rows.find((row) => contradicts(row, columns)));
  const chosen = contradictions.indexOf(undefined);
  if (chosen < 0) {
    const reasons = ORDERS.map((order, i) => `${order.join(',')} (not line ${contradictions[i]!.line})`);
    throw new InputError(
      `there is no header and the prices fit neither ${reasons.join(' nor ')}; add a header line such as time,open,high,low,close,volume`,
      { file, line },
    );
  }
  const isBinance =
    chosen === 0 && width === BINANCE_WIDTH && rows.every(({ fields }) => closesLater(fields));
  const name = isBinance ? 'Binance klines' : `headerless ${ORDERS[chosen]!.join(',')}`;
  return { name, header: false, columns: candidates[chosen]!, symbolColumn: -1, width };
}

/** Whether all four prices are equal, or not numbers: such a row fits every order and tells nothing. */
export function isFlat(row: Row): boolean {
  const prices = row.fields.slice(1, 5).map(parseNumber);
  return prices.some(Number.isNaN) || prices.every((price) => price === prices[0]);
}

/** A row whose fields are not numbers contradicts nothing here: it is an error of its own when it is loaded. */
function contradicts({ fields }: Row, columns: Layout['columns']): boolean {
  const [open, high, low, close] = [columns.open, columns.high, columns.low, columns.close].map((column) =>
    parseNumber(fields[column] ?? ''),
  ) as [number, number, number, number];
  return high < Math.max(open, close) || low > Math.min(open, close);
}

function closesLater(fields: readonly string[]): boolean {
  const opened = fields[0]!.trim();
  const closed = (fields[BINANCE_CLOSE_TIME] ?? '').trim();
  return opened.length === closed.length && parseNumber(closed) > parseNumber(opened);
}

/** In lower case, without angle brackets, with underscores for blanks. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[<>]/g, '').trim().replace(/\s+/g, '_');
}

function words(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(' '));
}

function recordOf(place: (field: BarField) => number): Record<BarField, number> {
  return Object.fromEntries(BAR_FIELDS.map((field) => [field, place(field)])) as Record<BarField, number>;
}
