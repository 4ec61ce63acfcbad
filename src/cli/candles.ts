/**
 * The bars of a run, and the steps at its start that are warm-up.
 *
 * `--warmup` reaches back from `--from`: a duration to `from − duration`, a number of steps to that many steps of the timeline
 * before `from`. Without `--from` it is what the data begins with.
 */
import { InputError } from '../kernel/input-error.ts';
import { BarStore } from '../market/bar-store.ts';
import { type StepTimes, unionTimeline } from '../market/timeline.ts';
import { loadCandles, type LoadedFile, type LoadOptions } from '../sources/candle-files.ts';
import { formatTime } from '../sources/timestamp.ts';
import { plural } from './console.ts';
import type { Warmup } from './specs.ts';

export interface Candles {
  readonly store: BarStore;
  readonly files: readonly LoadedFile[];
  readonly times: StepTimes;
  readonly warmupSteps: number;
  /** What was taken, warm-up included; undefined for all from the first bar. */
  readonly from: number | undefined;
  readonly warnings: readonly string[];
}

export async function readCandles(
  paths: readonly string[],
  options: LoadOptions,
  warmup: Warmup,
): Promise<Candles> {
  const { from } = options;
  if ('ms' in warmup) {
    const start = from === undefined ? undefined : from - warmup.ms;
    const { store, files } = await loadCandles(paths, { ...options, from: start });
    const times = unionTimeline(store);
    const end = from ?? times[0]! + warmup.ms;
    const warmupSteps = stepsBefore(times, end);
    const isShort = start !== undefined && times[0]! > start && times[0]! - start >= store.interval;
    const warnings = isShort
      ? [`the warm-up begins at ${formatTime(times[0]!)}, with the data, not at ${formatTime(start)}`]
      : [];
    return checked({ store, files, times, warmupSteps, from: start, warnings });
  }

  const { steps } = warmup;
  if (from === undefined || steps === 0) {
    const { store, files } = await loadCandles(paths, options);
    const times = unionTimeline(store);
    return checked({ store, files, times, warmupSteps: steps, from, warnings: [] });
  }
  const all = await loadCandles(paths, { ...options, from: undefined });
  const allTimes = unionTimeline(all.store);
  const before = stepsBefore(allTimes, from);
  const warmupSteps = Math.min(steps, before);
  const start = warmupSteps === 0 ? from : allTimes[before - warmupSteps]!;
  const store = sliceFrom(all.store, start);
  const warnings =
    warmupSteps < steps ? [`only ${plural(before, 'step')} of warm-up before --from, not ${steps}`] : [];
  return checked({
    store,
    files: all.files,
    times: unionTimeline(store),
    warmupSteps,
    from: start,
    warnings,
  });
}

function checked(candles: Candles): Candles {
  const { times, warmupSteps } = candles;
  if (warmupSteps < times.length) return candles;
  const last = times.length === 0 ? 'there are no bars' : `the last bar is at ${formatTime(times.at(-1)!)}`;
  throw new InputError(
    `nothing is left to trade after a warm-up of ${plural(warmupSteps, 'step')} of ${plural(times.length, 'step')}: ${last}`,
  );
}

/** How many of the ascending times lie before `time`. */
function stepsBefore(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same memory, without the bars before `from` and the symbols that then have none. */
function sliceFrom(store: BarStore, from: number): BarStore {
  const symbols = store.symbols.map((bars, symbol) => {
    const skipped = stepsBefore(store.columns(symbol).time, from);
    return {
      ...bars,
      offset: bars.offset + skipped * Float64Array.BYTES_PER_ELEMENT,
      count: bars.count - skipped,
    };
  });
  return BarStore.of(
    store.interval,
    symbols.filter(({ count }) => count > 0),
  );
}
