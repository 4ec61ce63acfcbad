/**
 * What the user writes after a flag, read strictly: each text has one meaning or is an InputError that says what was read
 * and what would be right. Accounts, costs and limits have files of their own.
 */
import type { WorkerCount } from '../engine/run.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { parseDuration } from '../market/bar.ts';
import { decimalOf } from './decimal.ts';

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
  const amount = decimalOf(given);
  if (amount > 0) return amount;
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

/** `--interval`, `--resample`: a duration, with the flag in the error. */
export function parseLength(flag: string, text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InputError(`${flag} is a duration such as 1m, 4h or 1d, not "${text}"`);
  }
}
