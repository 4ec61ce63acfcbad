/** `--limit name=value`, `--max-volume`: what the account and the market allow, as the user writes it and in words. */
import { type LimitsSpec, NO_LIMITS } from '../broker/policies.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { decimalOf, fractionOf, percentHint, percentText } from './decimal.ts';

interface Limit {
  readonly field: keyof LimitsSpec;
  readonly example: string;
  /** Of what it is a percentage, or null if it is a number of things. */
  readonly percentMax: number | null;
  readonly words: (value: string) => string;
}

/** By the name that the user gives it. A loss of more than all is for nobody to wait for. */
const LIMITS: Readonly<Record<string, Limit>> = {
  trade: {
    field: 'tradePercent',
    example: '50%',
    percentMax: Infinity,
    words: (value) => `an entry is worth at most ${value} of equity`,
  },
  'open-risk': {
    field: 'openRiskPercent',
    example: '20%',
    percentMax: Infinity,
    words: (value) => `what positions would lose from fill to stop is at most ${value} of equity`,
  },
  positions: {
    field: 'positions',
    example: '5',
    percentMax: null,
    words: (value) => `at most ${value} open at once`,
  },
  'symbol-exposure': {
    field: 'symbolExposurePercent',
    example: '100%',
    percentMax: Infinity,
    words: (value) => `one symbol is held for at most ${value} of equity, long and short added`,
  },
  'gross-exposure': {
    field: 'grossExposurePercent',
    example: '300%',
    percentMax: Infinity,
    words: (value) => `all symbols are held for at most ${value} of equity, long and short added`,
  },
  'daily-loss': {
    field: 'dailyLossPercent',
    example: '3%',
    percentMax: 100,
    words: (value) => `a mark ${value} below the last of the UTC day before ends entries for the day`,
  },
  drawdown: {
    field: 'drawdownPercent',
    example: '20%',
    percentMax: 100,
    words: (value) => `a mark ${value} below the highest ends entries for good`,
  },
};
const NAMES = Object.keys(LIMITS);
/** One of each, as it may be written. */
export const LIMIT_EXAMPLES = Object.entries(LIMITS)
  .map(([name, { example }]) => `${name}=${example}`)
  .join(', ');

/** One `--limit`, added to those before it. Throws InputError for one that is given twice. */
export function parseLimit(text: string, before: LimitsSpec = NO_LIMITS): LimitsSpec {
  const [, name = '', value = ''] = /^\s*([^=\s]*)\s*=\s*(.*?)\s*$/.exec(text.toLowerCase()) ?? [];
  const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
  if (limit === undefined) {
    const given = name === '' ? text.trim() : name;
    const meant = didYouMean(given, NAMES, (known) => `${known}=${value || LIMITS[known]!.example}`);
    throw new InputError(`--limit is one of ${LIMIT_EXAMPLES}, for example, not "${text}"${meant}`);
  }
  if (before[limit.field] !== null) throw new InputError(`--limit ${text}: "${name}" is given twice`);
  return { ...before, [limit.field]: valueOf(limit, name, value, text) };
}

function valueOf({ percentMax, example }: Limit, name: string, value: string, text: string): number {
  if (percentMax === null) {
    const count = /^\d+$/.test(value) ? Number(value) : NaN;
    if (count >= 1 && Number.isSafeInteger(count)) return count;
    throw new InputError(
      `--limit ${name} is a whole number from 1, as in ${name}=${example}, not "${text}"${countHint(name, value)}`,
    );
  }
  const amount = value.replace(/\s*%$/, '');
  const percent = amount === value ? NaN : decimalOf(amount);
  if (percent > 0 && percent <= percentMax) return percent;
  const most = percentMax === Infinity ? '' : ` and up to ${percentMax}`;
  const hint =
    amount === value && decimalOf(value) <= percentMax ? percentHint(value, (it) => `${name}=${it}`) : '';
  throw new InputError(
    `--limit ${name} is a percentage above 0${most}, as in ${name}=${example}, not "${text}"${hint}`,
  );
}

function countHint(name: string, value: string): string {
  const [, count] = /^([1-9]\d*)\s*%$/.exec(value) ?? [];
  return count === undefined ? '' : ` (did you mean "${name}=${count}"?)`;
}

/** Each that is set, with what it says. */
export function limitWords(limits: LimitsSpec): string[] {
  return Object.entries(LIMITS).flatMap(([name, { field, percentMax, words }]) => {
    if (limits[field] === null) return [];
    const value = percentMax === null ? String(limits[field]) : `${limits[field]}%`;
    return [`${name}=${value}: ${words(value)}`];
  });
}

/** `0.1` or `10%`: of a bar's volume, above 0 and at most all of it. */
export function parseMaxVolume(text: string): number {
  const given = text.trim();
  const fraction = given.endsWith('%') ? fractionOf(given) : decimalOf(given);
  if (fraction > 0 && fraction <= 1) return fraction;
  const hint = decimalOf(given) <= 100 ? percentHint(given) : '';
  throw new InputError(
    `--max-volume is a share of a bar's volume above 0 and up to 1, such as 0.1 or 10%, not "${text}"${hint}`,
  );
}

export function formatMaxVolume(share: number): string {
  return `${percentText(share)} of a bar's volume`;
}
