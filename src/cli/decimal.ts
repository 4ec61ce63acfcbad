/**
 * Numbers as the user writes them: plain decimals, not negative, that a double can hold.
 *
 * Percentages and basis points are shifted as decimals, not divided: `0.07%` is the double nearest to 0.0007.
 */

const DECIMAL = /^(\d+\.?\d*|\.\d+)$/;

/** NaN for what is no such number. */
export function decimalOf(text: string): number {
  const number = DECIMAL.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : NaN;
}

export function isDecimal(text: string): boolean {
  return !Number.isNaN(decimalOf(text));
}

/** The decimal times ten to the `exponent`, rounded once. */
export function shifted(decimal: string, exponent: number): number {
  const [mantissa, power = '0'] = decimal.split('e');
  return Number(`${mantissa}e${Number(power) + exponent}`);
}

/** `50%` as 0.5; NaN for what is no percentage. */
export function fractionOf(text: string): number {
  const [, amount] = /^(.*\S)\s*%$/.exec(text) ?? [];
  return amount !== undefined && isDecimal(amount) ? shifted(amount, -2) : NaN;
}

/** 0.5 as `50%`. */
export function percentText(fraction: number): string {
  return `${shifted(String(fraction), 2)}%`;
}

/** ` (did you mean "50%"?)` for a number without its sign; of one that may be a fraction already nobody can tell. */
export function percentHint(text: string, shown: (percent: string) => string = (percent) => percent): string {
  return decimalOf(text) > 1 ? ` (did you mean "${shown(`${text}%`)}"?)` : '';
}
