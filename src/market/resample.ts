/**
 * Bars of a longer interval from given ones, before there is a run: what the run sees are these bars alone.
 *
 * A window starts at a whole multiple of its length since the epoch (UTC), as in candles.ts; so a day is one of UTC, and seven
 * days begin on a Thursday. Its bar has the window's start as time, the open of its first bar, the highest high, the lowest
 * low, the close of its last bar and the sum of volumes, added in time order. A window without bars makes no bar.
 *
 * No bar knows what is to come: a given bar belongs to the window that it starts in and must end in it too, so a resampled bar is
 * known at its window's end, as every bar is. Bars that reach over such an end are refused.
 *
 * Where a symbol's bars begin or end within a window, its first or last bar holds less than the window. It is kept, for to
 * drop it would lose what was there, and `partialBars` names it. A gap
 * inside is no edge: there the market was quiet.
 */
import { InputError } from '../kernel/input-error.ts';
import { formatDuration } from './bar.ts';
import { type BarColumns, BarColumnsBuilder, BarStore, type BarViews } from './bar-store.ts';

/** A resampled bar whose given bars begin after its window's start or end before its window's end. */
export interface PartialBar {
  readonly symbol: string;
  /** Start of the window. */
  readonly time: number;
  /** From the start of the first given bar to the end of the last. */
  readonly from: number;
  readonly to: number;
}

/** Throws InputError, with the nearest that would do, unless bars of `interval` fill windows of `window` evenly. */
export function checkWindow(interval: number, window: number): void {
  if (window % interval === 0) return;
  const below = Math.floor(window / interval) * interval;
  const nearest = [below, below + interval].filter((ms) => ms > 0).map(formatDuration);
  const are = nearest.length === 1 ? 'the nearest is' : 'the nearest are';
  throw new InputError(
    `--resample ${formatDuration(window)} is no multiple of the length of the bars, ${formatDuration(interval)}; ${are} ${nearest.join(' and ')}`,
  );
}

/** Throws InputError where a bar belongs to two windows, or where windows are no multiple of bars. */
export function resample(store: BarStore, window: number): BarStore {
  checkWindow(store.interval, window);
  return BarStore.of(
    window,
    store.symbols.map(({ name }, symbol) => {
      const bars = store.columns(symbol);
      const beyond = firstBeyond(bars.time, store.interval, window);
      if (beyond !== undefined) throw beyondError(store, window, name, beyond);
      return resampled(name, bars, window);
    }),
  );
}

/** The bars at the edges of each symbol that hold less than their window, in the order of symbols, then of time. */
export function partialBars(store: BarStore, window: number): PartialBar[] {
  return store.symbols.flatMap(({ name }, symbol) => {
    const { time, count } = store.columns(symbol);
    if (count === 0) return [];
    const [first, last] = [time[0]!, time[count - 1]!];
    const [firstStart, lastStart] = [windowStart(first, window), windowStart(last, window)];
    const end = last + store.interval;
    if (firstStart === lastStart) {
      const isWhole = first === firstStart && end === lastStart + window;
      return isWhole ? [] : [{ symbol: name, time: firstStart, from: first, to: end }];
    }
    const head = { symbol: name, time: firstStart, from: first, to: firstStart + window };
    const tail = { symbol: name, time: lastStart, from: lastStart, to: end };
    return [...(first === firstStart ? [] : [head]), ...(end === lastStart + window ? [] : [tail])];
  });
}

/** The starts of the windows that the ascending times lie in, each once: the timeline of resampled bars. */
export function windowStarts(times: Float64Array, window: number): Float64Array {
  const starts = new Float64Array(times.length);
  let count = 0;
  for (let i = 0; i < times.length; i++) {
    const start = windowStart(times[i]!, window);
    if (count === 0 || start > starts[count - 1]!) starts[count++] = start;
  }
  return starts.subarray(0, count);
}

function windowStart(time: number, window: number): number {
  return Math.floor(time / window) * window;
}

/** The time of the first bar that ends after its window does. */
function firstBeyond(times: Float64Array, interval: number, window: number): number | undefined {
  return times.find((time) => time + interval > windowStart(time, window) + window);
}

const USUAL_MINUTES = [5, 10, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1_440, 10_080];

/** Bars that begin at half past fit a window of a day, not one of two hours: says which is the nearest that fits all. */
function beyondError(store: BarStore, window: number, name: string, time: number): InputError {
  const { interval } = store;
  const farness = (ms: number): number => Math.max(ms / window, window / ms);
  const fitting = USUAL_MINUTES.map((minutes) => minutes * 60_000)
    .filter((ms) => ms % interval === 0 && ms !== interval)
    .filter((ms) =>
      store.symbols.every((_, symbol) => firstBeyond(store.columns(symbol).time, interval, ms) === undefined),
    )
    .sort((a, b) => farness(a) - farness(b) || a - b);
  const nearest =
    fitting.length === 0
      ? 'these bars fit no usual length; leave --resample out'
      : `the nearest that fits these bars is --resample ${formatDuration(fitting[0]!)}`;
  return new InputError(
    `--resample ${formatDuration(window)}: "${name}" has a bar of ${formatDuration(interval)} at ${new Date(time).toISOString()}, which ends after its window does; windows begin at multiples of their length since 1970-01-01 UTC; ${nearest}`,
  );
}

function resampled(name: string, bars: BarViews, window: number): BarColumns {
  const { time, open, high, low, close, volume, count } = bars;
  const builder = new BarColumnsBuilder(name, countWindows(time, window));
  for (let i = 0; i < count; ) {
    const start = windowStart(time[i]!, window);
    const end = start + window;
    const opened = open[i]!;
    let highest = high[i]!;
    let lowest = low[i]!;
    let sum = volume[i]!;
    for (i++; i < count && time[i]! < end; i++) {
      if (high[i]! > highest) highest = high[i]!;
      if (low[i]! < lowest) lowest = low[i]!;
      sum += volume[i]!;
    }
    builder.append(start, opened, highest, lowest, close[i - 1]!, sum);
  }
  return builder.slice();
}

function countWindows(times: Float64Array, window: number): number {
  let count = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    if (times[i]! < end) continue;
    count++;
    end = windowStart(times[i]!, window) + window;
  }
  return count;
}
