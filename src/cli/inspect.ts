/**
 * `lockstep inspect`: what candle files are read as, before anything is run over them.
 *
 * The files are loaded as a replay would load them, so a defect ends this command with the same error, and what is printed is
 * what strategies would see.
 */
import { formatDuration } from '../market/bar.ts';
import type { BarStore } from '../market/bar-store.ts';
import { findGaps, type Gaps } from '../market/gaps.ts';
import { loadCandles, type LoadedFile } from '../sources/candle-files.ts';
import { formatTime } from '../sources/timestamp.ts';
import { Console, formatCount, formatPercent, plural, shortTime } from './console.ts';
import { EXIT } from './exit.ts';
import { table } from './tables.ts';
import { keyed } from './text.ts';

export interface InspectFlags {
  readonly symbols?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly interval?: number;
  readonly json: boolean;
  readonly color: boolean;
}

interface InspectedSymbol {
  readonly symbol: string;
  readonly bars: number;
  /** Of its first and its last bar, ISO 8601. */
  readonly first: string;
  readonly last: string;
  readonly gaps: Gaps;
  /** The first bars as read: time, open, high, low, close, volume. */
  readonly head: readonly (readonly [string, number, number, number, number, number])[];
}

const HEAD_ROWS = 3;

/** Throws InputError as a replay of the same files would. */
export async function inspect(paths: readonly string[], flags: InspectFlags): Promise<number> {
  const { symbols, from, to, interval } = flags;
  const console = new Console(flags);
  const { store, files } = await loadCandles(paths, { symbols, from, to, interval });
  const inspected = store.names.map((_, symbol) => inspectSymbol(store, symbol));
  if (flags.json) {
    const shown = inspected.map((one) => ({ ...one, gaps: withTimes(one.gaps) }));
    console.out(JSON.stringify({ interval: store.interval, files, symbols: shown }, null, 2));
  } else {
    console.out(textOf(store, files, inspected));
  }
  return EXIT.done;
}

function inspectSymbol(store: BarStore, symbol: number): InspectedSymbol {
  const { time, open, high, low, close, volume } = store.columns(symbol);
  const head = Array.from({ length: Math.min(HEAD_ROWS, time.length) }, (_, i) => {
    return [formatTime(time[i]!), open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!] as const;
  });
  return {
    symbol: store.names[symbol]!,
    bars: time.length,
    first: formatTime(time[0]!),
    last: formatTime(time.at(-1)!),
    gaps: findGaps(time, store.interval),
    head,
  };
}

function withTimes({ count, missing, longest }: Gaps): object {
  if (longest === null) return { count, missing, longest };
  return {
    count,
    missing,
    longest: { ...longest, from: formatTime(longest.from), to: formatTime(longest.to) },
  };
}

function textOf(
  store: BarStore,
  files: readonly LoadedFile[],
  inspected: readonly InspectedSymbol[],
): string {
  const read = files.flatMap(({ path, symbols, layout, timeFormat, zone, rows, bytes }) => [
    ['file', path] as const,
    ['', `${plural(rows, 'row')}, ${plural(bytes, 'byte')}: ${symbols.join(', ')}`] as const,
    ['layout', layout] as const,
    ['times', `${timeFormat}, ${zone}`] as const,
  ]);
  const ranges = table(
    ['symbol', 'bars', 'first', 'last', 'missing', '%'],
    ['left', 'right', 'left', 'left', 'right', 'right'],
    inspected.map(({ symbol, bars, first, last, gaps }) => [
      symbol,
      formatCount(bars),
      shortTime(first),
      shortTime(last),
      formatCount(gaps.missing),
      formatPercent(gaps.missing, bars + gaps.missing),
    ]),
  );
  const longest = inspected.flatMap(({ symbol, gaps }) =>
    gaps.longest === null ? [] : [[symbol, gapsText(gaps.count, gaps.longest, store.interval)] as const],
  );
  const heads = table(
    ['symbol', 'time', 'open', 'high', 'low', 'close', 'volume'],
    ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    inspected.flatMap(({ symbol, head }) =>
      head.map((cells, i) => [i === 0 ? symbol : '', ...cells.map(String)]),
    ),
  );
  return [
    keyed([...read, ['interval', formatDuration(store.interval)]]),
    '',
    ranges,
    ...(longest.length === 0 ? [] : ['', 'Gaps', keyed(longest)]),
    '',
    'First bars as they are read',
    heads,
  ].join('\n');
}

function gapsText(
  count: number,
  { from, to, missing }: NonNullable<Gaps['longest']>,
  interval: number,
): string {
  const [first, last] = [from + interval, to - interval].map((ms) => shortTime(formatTime(ms)));
  const where = first === last ? first : `${first} to ${last}`;
  return `${count === 1 ? '' : `${formatCount(count)}, the longest of `}${plural(missing, 'bar')}: ${where}`;
}
