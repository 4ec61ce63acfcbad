/**
 * What the user writes after a flag, read strictly: each text has one meaning or is an InputError that says what was read
 * and what would be right.
 *
 * Percentages and basis points are shifted as decimals, not divided: `0.07%` is the double nearest to 0.0007.
 */
import type { AccountSpec, CommissionSpec } from '../broker/policies.ts';
import type { WorkerCount } from '../engine/run.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { parseDuration } from '../market/bar.ts';

const DECIMAL = /^(\d+\.?\d*|\.\d+)$/;

/** One of the words, or an error that names the nearest. */
export function parseChoice<const T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((word) => word === text.trim().toLowerCase());
  if (choice !== undefined) return choice;
  throw new InputError(`${flag} is ${choices.join(' or ')}, not "${text}"${didYouMean(text, choices)}`);
}

/** `100,000` or `100_000.50`; not `1,5`, which is one and a half to those who write it. */
const THOUSANDS = /^\d{1,3}(?:([_, ])\d{3})(?:\1\d{3})*(?:\.\d+)?$/;

/** A number above 0, such as 100000 or 0.5. */
export function parseAmount(flag: string, text: string): number {
  const given = text.trim();
  const amount = DECIMAL.test(given) ? Number(given) : Number.NaN;
  if (amount > 0 && Number.isFinite(amount)) return amount;
  const hint = THOUSANDS.test(given) ? ` (did you mean "${given.replaceAll(/[_, ]/g, '')}"?)` : '';
  throw new InputError(`${flag} is a number above 0, not "${text}"${hint}`);
}

/** A whole number, not below `min`. */
export function parseWhole(flag: string, text: string, min: number): number {
  const whole = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (whole >= min && Number.isSafeInteger(whole)) return whole;
  throw new InputError(`${flag} is a whole number from ${min}, not "${text}"`);
}

/** `A,B,C`: names, each once, in the order given. */
export function parseSymbols(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InputError(`--symbols is a list such as A,B,C, not "${text}"`);
  return [...new Set(names)];
}

/** `cash`, or `leverage 10`. */
export function parseAccount(text: string): AccountSpec {
  const given = text.trim().toLowerCase();
  if (given === 'cash') return { kind: 'cash' };
  const [, times] = /^leverage[ =:]?\s*(\S+)$/.exec(given) ?? [];
  if (times !== undefined && DECIMAL.test(times) && Number(times) >= 1)
    return { kind: 'leverage', leverage: Number(times) };
  if (times !== undefined || given === 'leverage')
    throw new InputError(
      `an account has a leverage from 1, as in "leverage 10" (with the quotes) or leverage=10, not "${text}"`,
    );
  throw new InputError(
    `an account is cash or, for example, "leverage 10", not "${text}"${accountHint(given)}`,
  );
}

/** The number that was given stays as it is; a word without one gets the form, for example. */
function accountHint(given: string): string {
  const [, word = '', times] =
    /^([a-z]+)[ =:]*(\d\S*)?$/.exec(given) ?? /^()(\S+)(?:x|:1)$/.exec(given) ?? [];
  if (times === undefined)
    return didYouMean(word, ['cash', 'leverage'], (choice) => (choice === 'cash' ? choice : 'leverage 10'));
  if (!DECIMAL.test(times) || Number(times) < 1) return '';
  const leverage = (): string => `leverage ${times}`;
  return word === '' ? ` (did you mean "${leverage()}"?)` : didYouMean(word, ['leverage'], leverage);
}

/** The account as the user writes it. */
export function formatAccount(account: AccountSpec): string {
  return account.kind === 'cash' ? 'cash' : `leverage ${account.leverage}`;
}

const COMMISSION_FORMS = 'none, 0.1%, 0.005/share, 1/order, or a sum such as 0.1%+1/order';
const COMMISSION_UNITS = ['/share', '/order'] as const;
/** Other words that mean the same. A unit that is only like one of ours is no suggestion: the next may be a hundred times as much. */
const BPS_WORDS = new Set(['bp', 'bip', 'bips', 'bps', 'basis points']);
const PERCENT_WORDS = new Set(['pct', 'percent', 'per cent']);

/** `none`, `0.1%`, `0.005/share`, `1/order`, and sums of them. */
export function parseCommission(text: string): CommissionSpec {
  const given = text.trim().toLowerCase();
  const sum = { rate: 0, perShare: 0, perOrder: 0 };
  if (given === 'none') return sum;
  const parts = given.split('+').map((part) => part.trim());
  for (const part of parts) {
    const [, amount, unit] = /^([\d.]+)\s*(\D*)$/.exec(part) ?? [];
    const isNumber = amount !== undefined && DECIMAL.test(amount);
    if (isNumber && unit === '%') sum.rate += shifted(amount, -2);
    else if (isNumber && unit === '/share') sum.perShare += Number(amount);
    else if (isNumber && unit === '/order') sum.perOrder += Number(amount);
    else {
      const isWhole = parts.length === 1;
      const hint = isNumber ? commissionHint(amount, unit!) : isWhole ? noneHint(part) : '';
      // What is meant by one part is no suggestion for the sum.
      const which = isWhole ? '' : `, because of "${part}"`;
      throw new InputError(`--commission is ${COMMISSION_FORMS}, not "${text}"${which}${hint}`);
    }
  }
  return sum;
}

function commissionHint(amount: string, unit: string): string {
  if (unit === '') return bareHint(amount);
  if (BPS_WORDS.has(unit)) return ` (did you mean "${shifted(amount, -2)}%"?)`;
  if (PERCENT_WORDS.has(unit)) return ` (did you mean "${amount}%"?)`;
  return unit.startsWith('/') ? didYouMean(unit, COMMISSION_UNITS, (known) => amount + known) : '';
}

/** A number without a unit could be anything, unless it is nothing. */
function bareHint(amount: string): string {
  return Number(amount) === 0 ? ' (did you mean "none"?)' : `: ${amount} of what?`;
}

function noneHint(given: string): string {
  return didYouMean(given, ['none']);
}

/** `0.1% + 1/order`. */
export function formatCommission({ rate, perShare, perOrder }: CommissionSpec): string {
  const parts = [
    rate > 0 ? `${shifted(String(rate), 2)}%` : '',
    perShare > 0 ? `${perShare}/share` : '',
    perOrder > 0 ? `${perOrder}/order` : '',
  ];
  return parts.filter((part) => part !== '').join(' + ') || 'none';
}

/** `none`, `2bps` or `0.05%`, in basis points. */
export function parseSlippage(text: string): number {
  const given = text.trim().toLowerCase();
  if (given === 'none') return 0;
  const [, amount, unit] = /^([\d.]+)\s*(\D*)$/.exec(given) ?? [];
  const isNumber = amount !== undefined && DECIMAL.test(amount);
  if (isNumber && unit === 'bps') return checkBps(Number(amount), text);
  if (isNumber && unit === '%') return checkBps(shifted(amount, 2), text);
  const hint = isNumber ? slippageHint(amount, unit!) : noneHint(given);
  throw new InputError(`--slippage is none, 2bps or 0.05%, for example, not "${text}"${hint}`);
}

function slippageHint(amount: string, unit: string): string {
  if (unit === '') return bareHint(amount);
  if (BPS_WORDS.has(unit)) return ` (did you mean "${amount}bps"?)`;
  return PERCENT_WORDS.has(unit) ? ` (did you mean "${amount}%"?)` : '';
}

/** A sale at 100 % slippage would be for nothing, and beyond that it would cost. */
function checkBps(bps: number, text: string): number {
  if (bps < 10_000) return bps;
  throw new InputError(`--slippage "${text}" is the whole price or more`);
}

/** `auto`, `inline`, `symbols`, or a number of threads. */
export function parseWorkers(text: string): WorkerCount {
  const given = text.trim().toLowerCase();
  const words = ['auto', 'inline', 'symbols'] as const;
  const word = words.find((known) => known === given);
  if (word !== undefined) return word;
  if (/^\d+$/.test(given) && Number(given) >= 1) return Number(given);
  throw new InputError(
    `--workers is auto, inline, symbols or a number of threads from 1, not "${text}"${didYouMean(given, words)}`,
  );
}

export type Warmup = { readonly steps: number } | { readonly ms: number };

/** `500` (steps) or `20d`. */
export function parseWarmup(text: string): Warmup {
  const given = text.trim();
  if (/^\d+$/.test(given)) return { steps: parseWhole('--warmup', given, 0) };
  try {
    return { ms: parseDuration(given) };
  } catch {
    throw new InputError(
      `--warmup is a number of steps, such as 500, or a duration, such as 20d, not "${text}"`,
    );
  }
}

/** `--interval`: a duration, with the flag in the error. */
export function parseInterval(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InputError(`--interval is a duration such as 1m, 4h or 1d, not "${text}"`);
  }
}

/** The decimal times ten to the `exponent`, rounded once. */
function shifted(decimal: string, exponent: number): number {
  const [mantissa, power = '0'] = decimal.split('e');
  return Number(`${mantissa}e${Number(power) + exponent}`);
}
