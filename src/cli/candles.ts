/**
 * The bars of a run, and the steps at its start that are warm-up.
 *
 * In this order: files and symbols; `--from` and `--to`, on the bars as given; `--resample`; `--data-frac` and `--portion`, on the
 * timeline of what there is by then; `--warmup`. So no bar holds anything from outside the range, and the portions are the same with
 * any warm-up.
 *
 * `--warmup` reaches back from where trading begins, `--from` or the portion's first step: a duration to that long before, a
 * number of steps to that many steps of the timeline before, into earlier portions and what lies before `--from`. What is not
 * there is warned of, and the portion is traded whole. Without `--from` and portions it is what the data begins with. Where
 * `--from` cuts a window of `--resample` in two, that window is the last of the warm-up, whole; without a warm-up it is
 * traded, with what lies after `--from`.
 *
 * A portion comes down to a range of time, and that is what a manifest holds: reading it again needs `rereadCandles` alone.
 */
import { InputError } from '../kernel/input-error.ts';
import { BarStore } from '../market/bar-store.ts';
import { type Portion, portionsOf, stepsOf, WHOLE } from '../market/portions.ts';
import { checkWindow, type PartialBar, partialBars, resample, windowStarts } from '../market/resample.ts';
import { type StepTimes, unionTimeline } from '../market/timeline.ts';
import type { ManifestReading } from '../record/manifest.ts';
import { loadCandles, type LoadedFile, type LoadOptions, period } from '../sources/candle-files.ts';
import { formatTime } from '../sources/timestamp.ts';
import { plural } from './console.ts';
import { partialText, portionText, shareText } from './portion-text.ts';
import type { Warmup } from './specs.ts';

export interface Candles {
  readonly store: BarStore;
  readonly files: readonly LoadedFile[];
  readonly times: StepTimes;
  readonly warmupSteps: number;
  readonly reading: ManifestReading;
  /** Of resampled bars, those at the edges of the data that hold less than their window. */
  readonly partial: readonly PartialBar[];
  readonly warnings: readonly string[];
}

/** What is done to bars before they are a run's. */
export interface Taking {
  readonly warmup: Warmup;
  /** Milliseconds; the bars as they are if undefined. */
  readonly resample: number | undefined;
  readonly portion: Portion;
}

interface Range {
  /** Undefined for the first bar. */
  readonly from: number | undefined;
  /** Undefined for all to the last. */
  readonly to: number | undefined;
}

/** A range, and what it is a portion of. */
interface Portioned extends Range {
  readonly portion: ManifestReading['portion'];
  /** Symbols from `--from` to `--to`, whether or not the portion has bars of them. */
  readonly names: readonly string[];
}

export async function readCandles(
  paths: readonly string[],
  options: LoadOptions,
  { warmup, resample: asGiven, portion }: Taking,
): Promise<Candles> {
  const from = loadedFrom(options.from, warmup, portion);
  const loaded = await loadCandles(paths, { ...options, from });
  const { interval } = loaded.store;
  if (asGiven !== undefined) checkWindow(interval, asGiven);
  const window = asGiven === interval ? undefined : asGiven;
  const asked =
    portion.count === 1
      ? { from: options.from, to: options.to, portion: null, names: [] }
      : portionRange(loaded.store, options.from, options.to, window, portion);
  const start = startOf(loaded.store, asked, window, warmup);
  const isWhole = start.from === from && asked.to === options.to;
  const taken = isWhole ? loaded.store : sliced(loaded.store, start.from, asked.to);
  const reading = {
    symbols: taken.names,
    from: start.from ?? null,
    to: asked.to ?? null,
    interval,
    resample: window ?? null,
    portion: asked.portion,
  };
  const candles = arranged(taken, loaded.files, reading, 0);
  const { times, partial } = candles;
  const warmupSteps = 'steps' in start ? start.steps : stepsBefore(times, asked.from ?? times[0]! + start.ms);
  const warnings = [
    ...absentWarnings(asked, taken),
    ...start.warnings,
    ...('ms' in start ? shortWarnings(start.from, times, candles.store.interval) : []),
    ...(partial.length === 0 ? [] : [partialText(partial, window!)]),
  ];
  return checked({ ...candles, warmupSteps, warnings });
}

/** What a manifest says was read. */
export async function rereadCandles(
  paths: readonly string[],
  reading: ManifestReading,
  warmupSteps: number,
  onProgress: LoadOptions['onProgress'],
): Promise<Candles> {
  const { symbols, from, to, interval } = reading;
  const { store, files } = await loadCandles(paths, {
    symbols,
    from: from ?? undefined,
    to: to ?? undefined,
    interval,
    onProgress,
  });
  return arranged(store, files, reading, warmupSteps);
}

/** The portion that `--data-frac` and `--portion` ask for. Throws InputError if there is none of that number. */
export function choosePortion(share: number, number: number): { portion: Portion; warnings: string[] } {
  const count = portionsOf(share);
  if (number > count) {
    const portions = count === 1 ? 'one portion, the whole timeline' : plural(count, 'portion');
    const more = share > 1 / number ? `, or --data-frac 1/${number}` : '';
    throw new InputError(
      `--portion ${number}: --data-frac ${shareText(share)} makes ${portions}; the nearest is --portion ${count}${more}`,
    );
  }
  if (count > 1) return { portion: { number, count }, warnings: [] };
  const warning = `--data-frac ${shareText(share)} leaves nothing out: of more than 1/2 there is one portion, the whole timeline; the nearest that does is --data-frac 1/2`;
  return { portion: WHOLE, warnings: share < 1 ? [warning] : [] };
}

function arranged(
  store: BarStore,
  files: readonly LoadedFile[],
  reading: ManifestReading,
  warmupSteps: number,
): Candles {
  // A manifest of a version before has no such member.
  const window = reading.resample ?? null;
  const made = window === null ? store : resample(store, window);
  return {
    store: made,
    files,
    times: unionTimeline(made),
    warmupSteps,
    reading,
    partial: window === null ? [] : partialBars(store, window),
    warnings: [],
  };
}

/** From where bars are needed, before anything is known of them: undefined for all that there are. */
function loadedFrom(from: number | undefined, warmup: Warmup, { count }: Portion): number | undefined {
  if ('steps' in warmup) return warmup.steps === 0 ? from : undefined;
  return from === undefined || count > 1 ? undefined : from - warmup.ms;
}

/** The portion of `--from` to `--to` as a range of its own. Throws InputError if it has no steps. */
function portionRange(
  store: BarStore,
  from: number | undefined,
  to: number | undefined,
  window: number | undefined,
  portion: Portion,
): Portioned {
  const whole = from === undefined ? store : sliced(store, from, to);
  const times = stepTimes(whole, window);
  const steps = times.length;
  const { first, end } = stepsOf(portion, steps);
  if (first === end) {
    const { number, count } = portion;
    if (steps === 0) throw new InputError(`no bars ${period(from, to)}`);
    throw new InputError(
      `--portion ${number} of ${count} has no steps: the timeline has ${plural(steps, 'step')}; the nearest is --portion ${steps}, and --data-frac 1/${steps} leaves none empty`,
    );
  }
  // A window that --from or --to cuts starts before the one, or ends after the other: the range does not.
  const range = {
    from: first === 0 ? (from ?? times[0]!) : times[first]!,
    to: end === steps ? to : times[end]!,
  };
  return { ...range, portion: { ...portion, first, end, steps }, names: whole.names };
}

/** Where the warm-up begins; how many steps it has is known for one in steps only. */
function startOf(
  store: BarStore,
  { from, to, portion }: Portioned,
  window: number | undefined,
  warmup: Warmup,
): { from: number | undefined; warnings: string[] } & Warmup {
  if ('ms' in warmup) {
    return { from: from === undefined ? undefined : from - warmup.ms, ms: warmup.ms, warnings: [] };
  }
  const { steps } = warmup;
  if (from === undefined || steps === 0) return { from, steps, warnings: [] };
  const times = stepTimes(sliced(store, undefined, to), window);
  const before = stepsBefore(times, from);
  const there = Math.min(steps, before);
  const what = portion === null ? '--from' : portionText(portion);
  const short = `only ${plural(before, 'step')} of warm-up before ${what}, not ${steps}`;
  return {
    from: there === 0 ? from : times[before - there]!,
    steps: there,
    warnings: there < steps ? [short] : [],
  };
}

/** A symbol that has bars, but neither in the portion nor in its warm-up. */
function absentWarnings({ names, portion }: Portioned, taken: BarStore): string[] {
  const absent = names.filter((name) => !taken.names.includes(name));
  if (portion === null || absent.length === 0) return [];
  return [`no bars in ${portionText(portion)}, and so no part in this run: ${absent.join(', ')}`];
}

function shortWarnings(start: number | undefined, times: StepTimes, interval: number): string[] {
  if (start === undefined || times.length === 0 || times[0]! - start < interval) return [];
  return [`the warm-up begins at ${formatTime(times[0]!)}, with the data, not at ${formatTime(start)}`];
}

function checked(candles: Candles): Candles {
  const { times, warmupSteps } = candles;
  if (warmupSteps < times.length) return candles;
  const last = times.length === 0 ? 'there are no bars' : `the last bar is at ${formatTime(times.at(-1)!)}`;
  throw new InputError(
    `nothing is left to trade after a warm-up of ${plural(warmupSteps, 'step')} of ${plural(times.length, 'step')}: ${last}`,
  );
}

/** The timeline that the bars have once they are resampled. */
function stepTimes(store: BarStore, window: number | undefined): Float64Array {
  const times = unionTimeline(store);
  return window === undefined ? times : windowStarts(times, window);
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

/** The same memory, without the bars outside `from` ≤ time < `to` and the symbols that then have none. */
function sliced(store: BarStore, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): BarStore {
  const symbols = store.symbols.map((bars, symbol) => {
    const { time } = store.columns(symbol);
    const first = stepsBefore(time, from);
    const end = stepsBefore(time, to);
    return {
      ...bars,
      offset: bars.offset + first * Float64Array.BYTES_PER_ELEMENT,
      count: Math.max(0, end - first),
    };
  });
  return BarStore.of(
    store.interval,
    symbols.filter(({ count }) => count > 0),
  );
}
