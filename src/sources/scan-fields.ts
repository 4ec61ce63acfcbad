/**
 * From the bytes of a row to its numbers, without a string on the way: the leaves of the scanner.
 *
 * What is read here is read to the same bits as `parseNumber` and `TimeFormat.parse` would read it from the field's text.
 * What is not plain enough for that (an exponent, seventeen digits, a blank, a fourth decimal of a second) goes to
 * those two, field by field; and a row in which one of them finds fault is left to the caller as a whole.
 *
 * Memory: `row` has a slot for each of BAR_FIELDS, in that order; a number is stored there rather than returned, since
 * V8 boxes a double that a function returns unless it inlines it.
 *
 * Bounds: every row ends in a newline, at which each loop stops, and behind the last newline lie `SLACK_BYTES` that may be
 * read: a time is looked at `TIME_BYTES_MAX` bytes ahead without asking where the row ends.
 */
import { BAR_FIELDS } from '../market/bar.ts';
import { type Layout, parseNumber, POWERS_OF_TEN } from './csv-layout.ts';
import { daysFromCivil, type TimeFormat } from './timestamp.ts';

/** `2018-01-31T09:30:00.000 +01:00`, and one more byte. */
const TIME_BYTES_MAX = 31;
export const SLACK_BYTES = 2 * TIME_BYTES_MAX;

export const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const COLON = 58;
const LETTER_T = 84;
const LETTER_Z = 90;

const TIME = 0;
/** Roles of columns: the index of a bar's field, or one of these. */
const SYMBOL = BAR_FIELDS.length;
const SKIPPED = SYMBOL + 1;

/** What a file's rows look like, and the row that was scanned last. */
export interface RowShape {
  readonly bytes: Buffer;
  readonly delimiter: number;
  /** Role of each column. */
  readonly roles: Uint8Array;
  /** Of the last row: its numbers, in the order of BAR_FIELDS. */
  readonly row: Float64Array;
  /** Of the last row: where the symbol lies, if the file names it. */
  symbolStart: number;
  symbolEnd: number;
  readonly scanTime: TimeScanner;
  readonly parseTime: TimeFormat['parse'];
}

/** Stores the time that begins at `at` in the row and returns where it ends, or -1 if it is not of the plain forms. */
type TimeScanner = (bytes: Uint8Array, at: number, row: Float64Array) => number;

export function rowShape(bytes: Buffer, delimiter: number, layout: Layout, format: TimeFormat): RowShape {
  const roles = new Uint8Array(layout.width).fill(SKIPPED);
  for (const [role, field] of BAR_FIELDS.entries()) roles[layout.columns[field]] = role;
  if (layout.symbolColumn >= 0) roles[layout.symbolColumn] = SYMBOL;
  return {
    bytes,
    delimiter,
    roles,
    row: new Float64Array(BAR_FIELDS.length),
    symbolStart: 0,
    symbolEnd: 0,
    scanTime: timeScanner(format.name),
    parseTime: format.parse,
  };
}

/** Reads the row that begins at `at` and returns where its newline is, or -1 for a row that is to be looked at as text. */
export function scanRow(shape: RowShape, at: number): number {
  const { bytes, delimiter, roles, row, scanTime } = shape;
  const last = roles.length - 1;
  for (let column = 0; ; column++) {
    const role = roles[column]!;
    const start = at;
    if (role < SYMBOL) {
      at = role === TIME ? scanTime(bytes, at, row) : scanNumber(bytes, at, row, role);
      if (at < 0 || !endsField(bytes, at, delimiter)) {
        at = fieldEnd(bytes, start, delimiter);
        row[role] = parseSlowly(shape, role, start, at);
      }
    } else {
      at = fieldEnd(bytes, at, delimiter);
      if (role === SYMBOL) {
        shape.symbolStart = start;
        shape.symbolEnd = at;
      }
    }
    if (column === last) break;
    if (bytes[at] !== delimiter) return -1; // The row is short.
    at++;
  }
  while (bytes[at] === delimiter) at++; // With nothing between them they are no columns.
  if (bytes[at] === RETURN) at++;
  return bytes[at] === NEWLINE ? at : -1;
}

function endsField(bytes: Uint8Array, at: number, delimiter: number): boolean {
  const byte = bytes[at]!;
  return byte === delimiter || byte === NEWLINE || (byte === RETURN && bytes[at + 1] === NEWLINE);
}

/** A carriage return ends a field as well: if no newline follows, the row is found short there. */
function fieldEnd(bytes: Uint8Array, at: number, delimiter: number): number {
  for (let byte = bytes[at]!; byte !== delimiter && byte !== NEWLINE && byte !== RETURN; )
    byte = bytes[++at]!;
  return at;
}

/** NaN is found out with the rest of the row: no bar has it. */
function parseSlowly(shape: RowShape, role: number, start: number, end: number): number {
  const text = shape.bytes.toString('utf8', start, end);
  return role === TIME ? shape.parseTime(text) : parseNumber(text);
}

/**
 * Digits with one point at most, and a minus before them. What stands before the point and what stands behind are summed as
 * 32-bit integers, up to nine digits each, several times faster than as one double; with more, as a double.
 *
 * Exact as in `parseNumber`: a mantissa below 2^53 has lost no digit (and one that is not below never rounds to one that is),
 * powers of ten are doubles up to 10^22, and one division rounds once. The sign is put on what is already rounded, which
 * rounds alike on both sides of zero and keeps the -0 that `Number` reads.
 */
function scanNumber(bytes: Uint8Array, at: number, row: Float64Array, role: number): number {
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  const first = at;
  let whole = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >= 0 && digit <= 9) {
    whole = (whole * 10 + digit) | 0;
    digit = bytes[++at]! - ZERO;
  }
  const digits = at - first;
  let fraction = 0;
  let decimals = 0;
  if (bytes[at] === POINT) {
    const point = at++;
    digit = bytes[at]! - ZERO;
    while (digit >= 0 && digit <= 9) {
      fraction = (fraction * 10 + digit) | 0;
      digit = bytes[++at]! - ZERO;
    }
    decimals = at - point - 1;
  }
  if (digits + decimals === 0 || decimals > 22) return -1;
  const mantissa =
    digits <= INT_DIGITS && decimals <= INT_DIGITS
      ? whole * POWERS_OF_TEN[decimals]! + fraction
      : longMantissa(bytes, first, at);
  if (mantissa > Number.MAX_SAFE_INTEGER) return -1;
  const value = mantissa / POWERS_OF_TEN[decimals]!;
  row[role] = isNegative ? -value : value;
  return at;
}

/** So many digits fit into 32 bits with the sign. */
const INT_DIGITS = 9;

/** Of digits and perhaps a point, from `at` to `end`. */
function longMantissa(bytes: Uint8Array, at: number, end: number): number {
  let mantissa = 0;
  for (; at < end; at++) if (bytes[at] !== POINT) mantissa = mantissa * 10 + (bytes[at]! - ZERO);
  return mantissa;
}

/** By the names of TIME_FORMATS. A format that is not here is read from the field's text, at a tenth of the speed. */
function timeScanner(format: string): TimeScanner {
  switch (format) {
    case 'epoch s':
      return (bytes, at, row) => scanEpoch(bytes, at, row, 10, 1_000);
    case 'epoch ms':
      return (bytes, at, row) => scanEpoch(bytes, at, row, 13, 1);
    case 'epoch µs':
      return scanMicroseconds;
    case 'ISO date':
      return isoScanner(scanDay);
    case 'ISO date-time':
      return isoScanner(scanDateTime);
    case 'ISO date-time with zone':
      return isoScanner(scanDateTimeZone);
    default:
      return () => -1;
  }
}

/** In two halves that fit into 32 bits. */
function scanEpoch(bytes: Uint8Array, at: number, row: Float64Array, digits: number, unitMs: number): number {
  const high = someDigits(bytes, at, digits - EPOCH_LOW_DIGITS);
  const low = someDigits(bytes, at + digits - EPOCH_LOW_DIGITS, EPOCH_LOW_DIGITS);
  if (high < 0 || low < 0) return -1;
  row[TIME] = (high * 1_000_000 + low) * unitMs;
  return at + digits;
}

const EPOCH_LOW_DIGITS = 6;

/** Whole milliseconds: three zeros end it. */
function scanMicroseconds(bytes: Uint8Array, at: number, row: Float64Array): number {
  const end = scanEpoch(bytes, at, row, 13, 1);
  if (end < 0 || bytes[end] !== ZERO || bytes[end + 1] !== ZERO || bytes[end + 2] !== ZERO) return -1;
  return end + 3;
}

/** The number that so many digits are, nine at most; -1 if one of them is none. */
function someDigits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (const end = at + count; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = (value * 10 + digit) | 0;
  }
  return value;
}

/** The day that was computed last: its eight digits as a number, and its time. Rows of a day stand together. */
interface DayCache {
  digits: number;
  ms: number;
}

type IsoScanner = (bytes: Uint8Array, at: number, row: Float64Array, day: DayCache) => number;

function isoScanner(scan: IsoScanner): TimeScanner {
  const day = { digits: -1, ms: 0.5 }; // A double from the start, so that its place never changes its kind.
  return (bytes, at, row) => scan(bytes, at, row, day);
}

function scanDay(bytes: Uint8Array, at: number, row: Float64Array, day: DayCache): number {
  const century = twoDigits(bytes, at);
  const year = twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const date = twoDigits(bytes, at + 8);
  if ((century | year | month | date) < 0 || bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return -1;
  const digits = ((century * 100 + year) * 100 + month) * 100 + date;
  if (digits !== day.digits) {
    const days = daysFromCivil(century * 100 + year, month, date);
    if (Number.isNaN(days)) return -1;
    day.digits = digits;
    day.ms = days * 86_400_000;
  }
  row[TIME] = day.ms;
  return at + 10;
}

/** `2018-01-31 09:30`, with seconds or without, these with up to three decimals. */
function scanDateTime(bytes: Uint8Array, at: number, row: Float64Array, day: DayCache): number {
  at = scanDay(bytes, at, row, day);
  if (at < 0 || (bytes[at] !== LETTER_T && bytes[at] !== BLANK) || bytes[at + 3] !== COLON) return -1;
  const hour = twoDigits(bytes, at + 1);
  const minute = twoDigits(bytes, at + 4);
  if ((hour | minute) < 0 || hour > 23 || minute > 59) return -1;
  let ms = hour * 3_600_000 + minute * 60_000;
  at += 6;
  if (bytes[at] === COLON) {
    const second = twoDigits(bytes, at + 1);
    if (second < 0 || second > 59) return -1;
    ms += second * 1_000;
    at += 3;
    if (bytes[at] === POINT) {
      let unit = 100;
      const first = at + 1;
      for (let digit = bytes[++at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
        if (unit < 1) return -1; // Finer than a millisecond.
        ms += digit * unit;
        unit = unit === 1 ? 0 : unit / 10;
      }
      if (at === first) return -1;
    }
  }
  row[TIME]! += ms;
  return at;
}

function scanDateTimeZone(bytes: Uint8Array, at: number, row: Float64Array, day: DayCache): number {
  at = scanDateTime(bytes, at, row, day);
  if (at < 0) return -1;
  if (bytes[at] === BLANK) at++;
  const sign = bytes[at];
  if (sign === LETTER_Z) return at + 1;
  if (sign !== PLUS && sign !== MINUS) return -1;
  const hour = twoDigits(bytes, at + 1);
  at += 3;
  if (bytes[at] === COLON) at++;
  const hasMinute = bytes[at - 1] === COLON || isDigit(bytes[at]!);
  const minute = hasMinute ? twoDigits(bytes, at) : 0;
  if ((hour | minute) < 0 || hour > 18 || minute > 59) return -1;
  const offset = hour * 3_600_000 + minute * 60_000;
  row[TIME]! += sign === PLUS ? -offset : offset;
  return hasMinute ? at + 2 : at;
}

/** -1 if they are none. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
