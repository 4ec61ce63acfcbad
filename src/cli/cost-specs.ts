/**
 * What fills cost, as the user writes it: sums of parts, each with its unit, for all symbols or for one.
 *
 * A part may come twice and counts twice, but a minimum and a maximum are of the sum.
 */
import { type CommissionSpec, NO_COMMISSION, NO_SLIPPAGE, type SlippageSpec } from '../broker/policies.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { decimalOf, percentText, shifted } from './decimal.ts';

const COMMISSION_FORMS =
  'none, 0.1%, 0.005/share, 2/contract, 1/order, or a sum such as 0.1%+1/order+min 1+max 20';
const COMMISSION_UNITS = ['/share', '/contract', '/order'] as const;
const SLIPPAGE_FORMS =
  'none, 2bps, 0.05%, 0.01 (in price), spread (half of it), or a sum such as spread+1bps';
/** Other words that mean the same. A unit that is only like one of ours is no suggestion: the next may be a hundred times as much. */
const BPS_WORDS = new Set(['bp', 'bip', 'bips', 'bps', 'basis points']);
const PERCENT_WORDS = new Set(['pct', 'percent', 'per cent']);
/** Half the spread: from the middle to the side that is traded with. */
const HALF = 0.5;

/** The same without `readonly`, while it is put together. */
type Growing<T> = { -readonly [Field in keyof T]: T[Field] };

/** An amount with what stands behind it. */
interface Part {
  readonly amount: string;
  readonly unit: string;
}

function partOf(text: string): Part | null {
  const [, amount, unit] = /^([\d.]+)\s*(\D*)$/.exec(text) ?? [];
  return amount !== undefined && !Number.isNaN(decimalOf(amount)) ? { amount, unit: unit! } : null;
}

/**
 * `none`, `0.1%`, `0.005/share`, `2/contract`, `1/order`, and sums of them, with `min 1` and `max 20` of an order in all.
 * A contract is what a share is: a unit. What it is worth its instrument's multiplier says.
 *
 * @param what whose value it is, for the message.
 */
export function parseCommission(text: string, what = '--commission'): CommissionSpec {
  const given = text.trim().toLowerCase();
  if (given === 'none') return NO_COMMISSION;
  const sum: Growing<CommissionSpec> = { ...NO_COMMISSION };
  const bounds: Partial<Record<string, number>> = {};
  const parts = given.split('+').map((part) => part.trim());
  for (const part of parts) {
    const [, bound, limit] = /^(min|max)[ =:]*(\S+)$/.exec(part) ?? [];
    const { amount, unit } = partOf(part) ?? {};
    if (bound !== undefined && decimalOf(limit!) > 0) {
      if (bounds[bound] !== undefined) throw new InputError(`${what} has two parts "${bound}", in "${text}"`);
      bounds[bound] = decimalOf(limit!);
    } else if (amount !== undefined && unit === '%') sum.rate += shifted(amount, -2);
    else if (amount !== undefined && (unit === '/share' || unit === '/contract'))
      sum.perShare += Number(amount);
    else if (amount !== undefined && unit === '/order') sum.perOrder += Number(amount);
    else
      throw wrongPart(
        what,
        COMMISSION_FORMS,
        text,
        part,
        parts.length,
        commissionHint(part, parts.length === 1),
      );
  }
  const { min = 0, max = null } = bounds;
  if (max !== null && max < min)
    throw new InputError(`${what} has a maximum below its minimum, in "${text}"`);
  if (max !== null && sum.rate + sum.perShare + sum.perOrder === 0)
    throw new InputError(`${what} "${text}" has a maximum of nothing: say what it limits, as in 0.1%+max 20`);
  return { ...sum, minimum: min, maximum: max };
}

/** Nothing is meant by a whole, never by a part. */
function commissionHint(given: string, isWhole: boolean): string {
  const { amount, unit } = partOf(given) ?? {};
  if (amount === undefined) {
    const [, word, bound] = /^([a-z]+)[ =:]*([\d.]+)$/.exec(given) ?? [];
    if (word === undefined) return isWhole ? didYouMean(given, ['none']) : '';
    return decimalOf(bound!) > 0
      ? didYouMean(word, ['minimum', 'maximum'], (known) => `${known.slice(0, 3)} ${bound}`)
      : '';
  }
  if (unit === '')
    return isWhole && Number(amount) === 0 ? ' (did you mean "none"?)' : `: ${amount} of what?`;
  if (BPS_WORDS.has(unit!)) return ` (did you mean "${shifted(amount, -2)}%"?)`;
  if (PERCENT_WORDS.has(unit!)) return ` (did you mean "${amount}%"?)`;
  return unit!.startsWith('/') ? didYouMean(unit!, COMMISSION_UNITS, (known) => amount + known) : '';
}

/** `0.1% + 1/order + min 1`. */
export function formatCommission({ rate, perShare, perOrder, minimum, maximum }: CommissionSpec): string {
  const parts = [
    rate > 0 ? percentText(rate) : '',
    perShare > 0 ? `${perShare}/share` : '',
    perOrder > 0 ? `${perOrder}/order` : '',
    minimum > 0 ? `min ${minimum}` : '',
    maximum !== null ? `max ${maximum}` : '',
  ];
  return parts.filter((part) => part !== '').join(' + ') || 'none';
}

/**
 * `none`, `2bps`, `0.05%`, `0.01` (in price), `spread` (half the instrument's), and sums of them.
 *
 * @param what whose value it is, for the message.
 */
export function parseSlippage(text: string, what = '--slippage'): SlippageSpec {
  const given = text.trim().toLowerCase();
  if (given === 'none') return NO_SLIPPAGE;
  const sum: Growing<SlippageSpec> = { ...NO_SLIPPAGE };
  const parts = given.split('+').map((part) => part.trim());
  for (const part of parts) {
    const { amount, unit } = partOf(part) ?? {};
    if (part === 'spread') sum.spreads += HALF;
    else if (amount !== undefined && unit === 'bps') sum.bps += Number(amount);
    else if (amount !== undefined && unit === '%') sum.bps += shifted(amount, 2);
    else if (amount !== undefined && unit === '') sum.price += Number(amount);
    else
      throw wrongPart(what, SLIPPAGE_FORMS, text, part, parts.length, slippageHint(part, parts.length === 1));
  }
  // A sale at 100 % slippage would be for nothing, and beyond that it would cost.
  if (sum.bps >= 10_000) throw new InputError(`${what} "${text}" is the whole price or more`);
  return sum;
}

function slippageHint(given: string, isWhole: boolean): string {
  const { amount, unit } = partOf(given) ?? {};
  if (amount === undefined) return didYouMean(given, isWhole ? ['none', 'spread'] : ['spread']);
  if (BPS_WORDS.has(unit!)) return ` (did you mean "${amount}bps"?)`;
  return PERCENT_WORDS.has(unit!) ? ` (did you mean "${amount}%"?)` : '';
}

/** `2 bps + 0.01 in price + half the spread`. */
export function slippageWords({ bps, price, spreads }: SlippageSpec): string {
  const parts = [
    bps > 0 ? `${bps} bps` : '',
    price > 0 ? `${price} in price` : '',
    spreads === HALF ? 'half the spread' : spreads > 0 ? `${spreads} × the spread` : '',
  ];
  return parts.filter((part) => part !== '').join(' + ') || 'none';
}

/** What is meant by one part is no suggestion for the sum. */
function wrongPart(
  what: string,
  forms: string,
  text: string,
  part: string,
  partCount: number,
  hint: string,
): InputError {
  const which = partCount === 1 ? '' : `, because of "${part}"`;
  return new InputError(`${what} is ${forms}, not "${text}"${which}${hint}`);
}
