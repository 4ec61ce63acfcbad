/** Where a symbol has no bar between its first and its last: counted, and the longest named. */

export interface Gaps {
  /** Runs of missing bars. */
  readonly count: number;
  /** Bars that are missing in all of them together. */
  readonly missing: number;
  /** Of the longest, the earliest of equals: the times of the bars before and behind it; null if there is none. */
  readonly longest: { readonly from: number; readonly to: number; readonly missing: number } | null;
}

/** @param times ascending, multiples of `interval` apart; epoch milliseconds */
export function findGaps(times: ArrayLike<number>, interval: number): Gaps {
  let count = 0;
  let missing = 0;
  let longest: Gaps['longest'] = null;
  for (let i = 1; i < times.length; i++) {
    const [from, to] = [times[i - 1]!, times[i]!];
    const absent = Math.round((to - from) / interval) - 1;
    if (absent <= 0) continue;
    count++;
    missing += absent;
    if (longest === null || absent > longest.missing) longest = { from, to, missing: absent };
  }
  return { count, missing, longest };
}
