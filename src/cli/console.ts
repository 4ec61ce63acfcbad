/**
 * Where a command writes: results to stdout, everything else to stderr, and how numbers and times look in both.
 *
 * Colours are for people: only where stdout is a terminal, and neither --no-color nor NO_COLOR says otherwise.
 */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export class Console {
  readonly #isColoured: boolean;

  constructor({ color }: { readonly color: boolean }) {
    const { NO_COLOR } = process.env;
    this.#isColoured = color && process.stdout.isTTY && (NO_COLOR === undefined || NO_COLOR === '');
  }

  out(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** What is not a result: a remark, a warning, an error. */
  tell(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  style(style: Style, text: string): string {
    return this.#isColoured ? styleText(style, text, { validateStream: false }) : text;
  }
}

const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const MONEY = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const QUANTITY = new Intl.NumberFormat('en-US', { maximumFractionDigits: 8 });
const PRICE = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 10 });

/** `12,345`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** `-12,345.60`; never `-0.00`. */
export function formatMoney(amount: number): string {
  const text = MONEY.format(amount);
  return text === '-0.00' ? '0.00' : text;
}

export function formatQuantity(quantity: number): string {
  return QUANTITY.format(quantity);
}

export function formatPrice(price: number): string {
  return PRICE.format(price);
}

/** `12.3`, in percent of a whole; `–` where there is no whole. */
export function formatPercent(part: number, whole: number, digits = 1): string {
  if (whole === 0) return '–';
  const text = ((100 * part) / whole).toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}

/** `12.345`. */
export function formatSeconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** `1.2`. */
export function formatMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** `3 files`, `1 file`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** Seconds and what follows them say nothing where they are zero. */
export function shortTime(iso: string): string {
  return iso.replace(/(:00)?(\.000)?Z$/, 'Z').replace('T', ' ');
}
