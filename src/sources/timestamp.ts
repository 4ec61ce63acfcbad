/**
 * Times as they stand in candle files and on the command line, read strictly.
 *
 * `Date.parse` is never asked: it takes local time where no zone is written, swaps day and month, and turns 30 February
 * into 1 March. Here a text has one meaning or none. A file has one format, recognised on its first row and held to on
 * every row, since a unit or a zone that changes halfway is a file glued together from two.
 *
 * No zone means UTC; the run's header says so.
 */
import { InputError } from '../kernel/input-error.ts';

export interface TimeFormat {
  /** For the run's header: `epoch ms`, `ISO date`. */
  readonly name: string;
  /** Which zone the times are in, and how we know. */
  readonly zone: string;
  /** Epoch milliseconds, or NaN for a text that is not of this format. */
  readonly parse: (text: string) => number;
}

const UTC = 'UTC';
const UTC_ASSUMED = 'UTC (no zone is written)';
const AS_WRITTEN = 'as written';

/** The formats, no two of which accept the same text. */
export const TIME_FORMATS: readonly TimeFormat[] = [
  { name: 'epoch ms', zone: UTC, parse: (text) => epoch(text, 13) },
  { name: 'epoch s', zone: UTC, parse: (text) => epoch(text, 10) },
  { name: 'epoch µs', zone: UTC, parse: (text) => epoch(text, 16) },
  { name: 'ISO date', zone: UTC_ASSUMED, parse: (text) => iso(text, DATE) },
  { name: 'ISO date-time', zone: UTC_ASSUMED, parse: (text) => iso(text, DATE_TIME) },
  { name: 'ISO date-time with zone', zone: AS_WRITTEN, parse: (text) => iso(text, DATE_TIME_ZONE) },
];

/** The format that reads this text, if there is one. */
export function detectTimeFormat(text: string): TimeFormat | undefined {
  return TIME_FORMATS.find((format) => !Number.isNaN(format.parse(text)));
}

/** What a time may look like, for messages. */
export const TIME_EXAMPLES =
  '2018-01-31, 2018-01-31 09:30, 2018-01-31T09:30:00+01:00, or epoch seconds (10 digits), milliseconds (13) or microseconds (16)';

/** `--from` and `--to`: an ISO date or date-time, UTC unless it has an offset, or epoch milliseconds. */
export function parseTime(text: string): number {
  const given = text.trim();
  // 12 digits: until September 2001. Fewer would also be a year, or seconds.
  const ms = /^\d{12,13}$/.test(given)
    ? Number(given)
    : [DATE, DATE_TIME, DATE_TIME_ZONE].map((form) => iso(given, form)).find((time) => !Number.isNaN(time));
  if (ms === undefined) {
    const why = /^\d{10}$/.test(given) ? `; if these are seconds, write ${given}000` : '';
    throw new InputError(
      `"${text}" is not a time; write 2018-01-31, 2018-01-31T09:30 (UTC), 2018-01-31T09:30+01:00 or epoch milliseconds${why}`,
    );
  }
  return ms;
}

/** `2018-01-31T09:30:00Z`: the time as messages print it. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

const MS_DIGITS = 13;

/**
 * Whole epoch units with so many digits: 10 are seconds, 13 milliseconds, 16 microseconds, all good for 2001 to 2286. A
 * fraction may follow, as in `1504541580.0`. Bars begin on whole milliseconds, so what is finer than that must be zeros.
 */
function epoch(text: string, digits: number): number {
  if (text.length === digits) return epochOfDigits(text);
  const isFraction = text[digits] === '.' && text.length > digits + 1;
  return isFraction ? epochOfDigits(text.slice(0, digits) + text.slice(digits + 1)) : Number.NaN;
}

/** The first 13 digits are milliseconds; missing ones are zeros. */
function epochOfDigits(text: string): number {
  const { length } = text;
  let ms = 0;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    if (i < MS_DIGITS) ms = ms * 10 + digit;
    else if (digit !== 0) return Number.NaN;
  }
  return length < MS_DIGITS ? ms * 10 ** (MS_DIGITS - length) : ms;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const DATE_TIME_ZONE =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? ?(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/;

function iso(text: string, form: RegExp): number {
  const match = form.exec(text);
  if (match === null) return Number.NaN;
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    sign,
    zoneHour,
    zoneMinute,
  ] = match;
  const days = daysFromCivil(Number(year), Number(month), Number(day));
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 59 || !/^0*$/.test(fraction.slice(3))) return Number.NaN;
  const ms =
    days * 86_400_000 + h * 3_600_000 + m * 60_000 + s * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  if (sign === undefined) return ms;
  const [zh, zm] = [Number(zoneHour), Number(zoneMinute ?? 0)];
  if (zh > 18 || zm > 59) return Number.NaN;
  const offset = zh * 3_600_000 + zm * 60_000;
  return sign === '+' ? ms - offset : ms + offset;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Days since 1970-01-01 in the Gregorian calendar, NaN for a day that does not exist. After Howard Hinnant,
 * "chrono-compatible low-level date algorithms": the year begins in March, so that the leap day is its last.
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  const leap = month === 2 && (year % 4 === 0 ? (year % 100 === 0 ? year % 400 === 0 : true) : false);
  if (!(day >= 1 && day <= (MONTH_DAYS[month - 1] ?? 0) + (leap ? 1 : 0))) return Number.NaN;
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
