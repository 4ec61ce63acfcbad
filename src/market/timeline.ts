/**
 * The steps of a run: the ascending distinct bar times of all symbols, so weekends and gaps cost nothing.
 *
 * Or a declared grid, in which empty steps exist. One Float64Array of epoch milliseconds in shared memory; a timeline of one
 * symbol is that symbol's time column itself.
 */
import { InputError } from '../kernel/input-error.ts';
import type { BarStore } from './bar-store.ts';

export type StepTimes = Float64Array<SharedArrayBuffer>;

/** Steps that exist whether or not a bar does. */
export interface GridSpec {
  readonly start: number;
  readonly stepMs: number;
  readonly count: number;
}

/** The union of the symbols' times, merged in pairs: each time is looked at once for every doubling of symbols. */
export function unionTimeline(store: BarStore): StepTimes {
  let level = store.symbols.map((_, symbol) => store.columns(symbol).time as Float64Array<ArrayBufferLike>);
  while (level.length > 1) {
    const next: Float64Array<ArrayBufferLike>[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) next.push(merge(level[i]!, level[i + 1]!));
    if (level.length % 2 === 1) next.push(level[level.length - 1]!);
    level = next;
  }
  const times = level[0] ?? new Float64Array(0);
  return times.buffer instanceof SharedArrayBuffer ? (times as StepTimes) : share(times);
}

/** The steps of a grid. Throws InputError if a bar lies beside it. */
export function gridTimeline(store: BarStore, grid: GridSpec): StepTimes {
  const { start, stepMs, count } = grid;
  for (const [symbol, { name }] of store.symbols.entries()) {
    for (const time of store.columns(symbol).time) {
      const index = (time - start) / stepMs;
      if (Number.isInteger(index) && index >= 0 && index < count) continue;
      throw new InputError(
        `${name} has a bar at ${new Date(time).toISOString()}, which is not one of the ${count} steps of the grid that ` +
          `starts at ${new Date(start).toISOString()} with a step of ${stepMs} ms`,
      );
    }
  }
  return share(Float64Array.from({ length: count }, (_, i) => start + i * stepMs));
}

/** Union of two ascending lists without repeats. */
function merge(a: Float64Array, b: Float64Array): Float64Array {
  const union = new Float64Array(a.length + b.length);
  let count = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i]!;
    const y = b[j]!;
    union[count++] = x < y ? x : y;
    if (x <= y) i++;
    if (y <= x) j++;
  }
  while (i < a.length) union[count++] = a[i++]!;
  while (j < b.length) union[count++] = b[j++]!;
  return union.subarray(0, count);
}

function share(times: Float64Array): StepTimes {
  const shared = new Float64Array(new SharedArrayBuffer(times.byteLength));
  shared.set(times);
  return shared;
}
