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

/** ` (did you mean "close"?)`, or nothing when no choice is near enough to be what was meant. */
export function didYouMean(given: string, choices: Iterable<string>): string {
  let nearest = '';
  let distanceMin = Math.max(2, Math.ceil(given.length / 3)) + 1;
  for (const choice of choices) {
    const distance = editDistance(given.toLowerCase(), choice.toLowerCase());
    if (distance < distanceMin) [nearest, distanceMin] = [choice, distance];
  }
  return nearest === '' ? '' : ` (did you mean "${nearest}"?)`;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
