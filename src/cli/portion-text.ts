/** `--data-frac`, `--portion` and `--resample`: as the user writes them, and in the words of the header and of warnings. */
import { InputError } from '../kernel/input-error.ts';
import { formatDuration } from '../market/bar.ts';
import type { Portion } from '../market/portions.ts';
import type { PartialBar } from '../market/resample.ts';
import type { ManifestReading } from '../record/manifest.ts';
import { formatTime } from '../sources/timestamp.ts';
import { formatCount, plural } from './console.ts';
import { decimalOf, fractionOf, percentHint } from './decimal.ts';

/** `1/3`. */
const ONE_OF = /^1\s*\/\s*(\d+)$/;
/** So many portions that no timeline has as many steps, and few enough for whole numbers to be exact. */
const PORTIONS_MAX = 1e12;

/** `0.1`, `10%` or `1/10`. */
export function parseShare(text: string): number {
  const given = text.trim();
  const [, count] = ONE_OF.exec(given) ?? [];
  const plain = given.endsWith('%') ? fractionOf(given) : decimalOf(given);
  const share = count === undefined ? plain : 1 / Number(count);
  if (share > 0 && share <= 1 && 1 / share <= PORTIONS_MAX) return share;
  const hint = decimalOf(given) <= 100 ? percentHint(given) : '';
  const nearest = share > 1 ? '; the nearest is 1' : '';
  throw new InputError(
    `--data-frac is a share of the timeline above 0 and up to 1, such as 0.1, 10% or 1/3, not "${text}"${hint}${nearest}`,
  );
}

/** The shorter of the decimal and, where it is one, of 1/n. */
export function shareText(share: number): string {
  const decimal = String(share);
  const count = Math.round(1 / share);
  const oneOf = `1/${count}`;
  return 1 / count === share && oneOf.length < decimal.length ? oneOf : decimal;
}

export function portionText({ number, count }: Portion): string {
  return `portion ${formatCount(number)} of ${formatCount(count)}`;
}

/** For the header: which portion, which steps of how many, and which portions are longer. */
export function portionWords(portion: NonNullable<ManifestReading['portion']>): string {
  const { first, end, steps, count } = portion;
  const longer = steps % count;
  const sizes =
    longer === 0
      ? 'all are as long'
      : `the first ${longer === 1 ? 'has' : `${formatCount(longer)} have`} one step more`;
  return `${formatCount(portion.number)} of ${formatCount(count)}: steps ${formatCount(first + 1)} to ${formatCount(end)} of ${formatCount(steps)}; ${sizes}`;
}

/** For the header: from which bars, in which windows, and which bars hold less. */
export function resampleWords(interval: number, window: number, partial: readonly PartialBar[]): string {
  const length = formatDuration(window);
  const kept =
    partial.length === 0 ? 'no bar at the edges of the data holds less' : partialText(partial, window);
  return `bars of ${length} from bars of ${formatDuration(interval)}; windows begin at multiples of ${length} since 1970-01-01 UTC; ${kept}`;
}

const NAMED_MAX = 10;

/** How many bars hold less than their window, and which: symbols with the same window and range together. */
export function partialText(partial: readonly PartialBar[], window: number): string {
  const byText = new Map<string, string[]>();
  for (const { symbol, time, from, to } of partial) {
    const text = `${formatTime(time)} holds ${formatTime(from)} to ${formatTime(to)}`;
    byText.set(text, [...(byText.get(text) ?? []), symbol]);
  }
  const named = [...byText].map(([text, symbols]) => `${text} (${symbols.join(', ')})`);
  const more = named.length > NAMED_MAX ? `; and ${named.length - NAMED_MAX} more such` : '';
  const hold = partial.length === 1 ? 'holds' : 'hold';
  return `${plural(partial.length, 'bar')} of ${formatDuration(window)} at the edges of the data ${hold} less than the window, and ${partial.length === 1 ? 'is' : 'are'} kept: ${named.slice(0, NAMED_MAX).join('; ')}${more}`;
}
