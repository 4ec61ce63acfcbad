/**
 * What is wrong with what the user gave us: where it stands, what was read, and what would be right.
 *
 * The command line prints `message` as it is and exits with 2. Nothing is half done when one is thrown.
 */
export interface Place {
  readonly file?: string;
  /** Counted from 1, as editors do. */
  readonly line?: number;
}

export class InputError extends Error {
  override readonly name: string = 'InputError';
  readonly place: Place;

  constructor(message: string, place: Place = {}) {
    const { file, line } = place;
    const where = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `;
    super(where + message);
    this.place = place;
  }
}

/**
 * ` (did you mean "close"?)`, or nothing when no choice is near enough to be what was meant.
 *
 * A choice that begins with what was given comes before all others, then the one with the fewest slips, then the first.
 * @param shown how the choice is written in the message, if not as it is.
 */
export function didYouMean(
  given: string,
  choices: Iterable<string>,
  shown: (choice: string) => string = (choice) => choice,
): string {
  const wanted = given.toLowerCase();
  let nearest: string | undefined;
  let nearestRank = Infinity;
  for (const choice of choices) {
    const rank = rankOf(wanted, choice.toLowerCase());
    if (rank < nearestRank) [nearest, nearestRank] = [choice, rank];
  }
  return nearest === undefined ? '' : ` (did you mean "${shown(nearest)}"?)`;
}

/** One letter begins too much. */
const PREFIX_LENGTH_MIN = 2;
/** In a word of up to this length one slip, in a longer one a third of it. */
const SHORT_WORD_LENGTH = 3;

/** Less is nearer; Infinity for a choice that cannot have been meant. */
function rankOf(given: string, choice: string): number {
  if (given === choice) return 0;
  // Below every number of slips; of two that begin so the one with less behind it.
  if (given.length >= PREFIX_LENGTH_MIN && choice.startsWith(given)) return 1 - given.length / choice.length;
  const longer = Math.max(given.length, choice.length);
  const slipsMax = longer <= SHORT_WORD_LENGTH ? 1 : Math.ceil(longer / 3);
  const slips = countSlips(given, choice);
  return slips <= slipsMax && slips < longer ? slips : Infinity;
}

/** Letters changed, left out, put in, or swapped with their neighbour (optimal string alignment), three rows at a time. */
function countSlips(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(change, swap, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
