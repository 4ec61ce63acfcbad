/**
 * From what the user names, files, folders and globs, to the bars of a run.
 *
 * One file is one symbol, named by the file, unless its rows name their symbols or the user does (`NAME=path`). Several
 * files of a symbol are joined in time order and must not overlap. The result depends on the data alone: files are
 * taken in the order of their paths, symbols in the order of their names, whatever the order of the arguments.
 */
import { globSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { formatDuration } from '../market/bar.ts';
import {
  type BarColumns,
  BarColumnsBuilder,
  BarStore,
  detectInterval,
  viewsOf,
} from '../market/bar-store.ts';
import type { CandleReader, ReadSummary } from './csv.ts';
import type { CandleSink } from './csv-rows.ts';
import { readCandles } from './scanner.ts';
import { formatTime } from './timestamp.ts';

export interface LoadOptions {
  /** Keep these; all if not given. */
  readonly symbols?: readonly string[] | undefined;
  /** Bars with `from` ≤ time < `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Length of a bar in milliseconds; detected if not given. */
  readonly interval?: number | undefined;
  readonly onProgress?: ((rows: number, file: string) => void) | undefined;
}

export interface LoadedFile extends ReadSummary {
  readonly path: string;
  readonly symbols: readonly string[];
}

/** A file to read, and the name that the user gave its symbol. */
interface CandleFile {
  readonly path: string;
  readonly name: string | undefined;
}

/** The bars of one symbol from one file. */
interface Piece {
  readonly path: string;
  readonly bars: BarColumnsBuilder;
}

/** By how the name ends. */
const READERS: Readonly<Record<string, CandleReader>> = { '.csv': readCandles, '.csv.gz': readCandles };
const SUPPORTED = Object.keys(READERS).join(' and ');

/** Throws InputError at the first defect, in the order of paths; then nothing is loaded. */
export async function loadCandles(
  args: readonly string[],
  options: LoadOptions = {},
): Promise<{ store: BarStore; files: LoadedFile[] }> {
  const { from, to } = options;
  if (from !== undefined && to !== undefined && from >= to) {
    throw new InputError(`nothing lies between from ${formatTime(from)} and to ${formatTime(to)}`);
  }
  const wanted = options.symbols === undefined ? undefined : new Set(options.symbols);
  const seen = new Set<string>();
  const pieces = new Map<string, Piece[]>();
  const files: LoadedFile[] = [];
  for (const file of resolveFiles(args)) {
    const loaded = await loadFile(file, wanted, seen, options.onProgress);
    if (loaded === undefined) continue;
    files.push({ ...loaded.summary, path: file.path, symbols: [...loaded.bars.keys()].sort() });
    for (const [symbol, bars] of loaded.bars) {
      pieces.set(symbol, [...(pieces.get(symbol) ?? []), { path: file.path, bars }]);
    }
  }
  for (const symbol of wanted ?? []) {
    if (!seen.has(symbol)) {
      throw new InputError(
        `no symbol "${symbol}" in these files${didYouMean(symbol, seen)}; ${listed(seen)}`,
      );
    }
  }
  const joined = [...pieces].map(([symbol, parts]) => joinPieces(symbol, parts));
  const interval = options.interval ?? detectInterval(joined.map((bars) => viewsOf(bars.slice())));
  for (const bars of joined) checkInterval(bars, interval);

  const kept = joined.map((bars) => bars.slice(from, to));
  const empty = kept.find((bars) => bars.count === 0);
  if (kept.every((bars) => bars.count === 0)) throw new InputError(`no bars ${period(from, to)}`);
  if (empty !== undefined && wanted !== undefined) {
    throw new InputError(`symbol "${empty.name}" has no bars ${period(from, to)}`);
  }
  return {
    store: BarStore.of(
      interval,
      kept.filter((bars) => bars.count > 0),
    ),
    files,
  };
}

async function loadFile(
  { path, name }: CandleFile,
  wanted: ReadonlySet<string> | undefined,
  seen: Set<string>,
  onProgress: LoadOptions['onProgress'],
): Promise<{ summary: ReadSummary; bars: Map<string, BarColumnsBuilder> } | undefined> {
  const bars = new Map<string, BarColumnsBuilder>();
  const { size } = statSync(path);
  // A row takes some 16 bytes compressed and 40 plain. A high estimate costs nothing, a low one a copy.
  const capacity = Math.ceil(size / (path.endsWith('.gz') ? 12 : 24));
  const sink: CandleSink = {
    columnsOf(named) {
      if (named !== '' && name !== undefined) {
        throw new InputError(`the file names its symbols itself; give it without "${name}="`, { file: path });
      }
      const symbol = named === '' ? (name ?? symbolOfFile(path)) : named;
      seen.add(symbol);
      if (wanted !== undefined && !wanted.has(symbol)) return undefined;
      const builder = new BarColumnsBuilder(symbol, named === '' ? capacity : undefined);
      bars.set(symbol, builder);
      return builder;
    },
    progress: (rows) => onProgress?.(rows, path),
  };
  const summary = await readerOf(path)(path, sink);
  return summary === undefined || bars.size === 0 ? undefined : { summary, bars };
}

/** A separator before `1m`, `15min`, `M5` (as MetaTrader names it), `2018` or `20180131`, and that at the end of a word. */
const TIMEFRAME_OR_YEAR =
  /[-_. ](?=(\d{1,4}[smhdw]|\d{1,2}(min|hour|day)|M(1|5|15|30)|H[14]|D1|W1|(19|20)\d\d(\d\d){0,2})(?![A-Za-z0-9]))/i;

/** `BTCUSD-1m-2018.csv.gz` is `BTCUSD`: up to the first separator that is followed by a timeframe or a year. */
export function symbolOfFile(path: string): string {
  const stem = basename(path).replace(new RegExp(`(${extensions().map(RegExp.escape).join('|')})$`), '');
  const cut = stem.search(TIMEFRAME_OR_YEAR);
  return cut > 0 ? stem.slice(0, cut) : stem;
}

/** The arguments as files in the order of their paths, each once. Throws InputError at one that leads to none. */
export function resolveFiles(args: readonly string[]): CandleFile[] {
  const found = args.flatMap((arg): CandleFile[] => {
    const [, name, path] = /^([^=/\\*?]+)=(.+)$/.exec(arg) ?? [];
    return name === undefined || statOf(arg) !== undefined
      ? filesOf(arg).map((path) => ({ path, name: undefined }))
      : filesOf(path!).map((path) => ({ path, name }));
  });
  if (found.length === 0) throw new InputError('no candle files are given');
  const unique = new Map<string, CandleFile>();
  for (const file of found.sort((a, b) => compare(a.path, b.path) || compare(a.name ?? '', b.name ?? ''))) {
    const key = `${file.name ?? ''}=${realpathSync(file.path)}`;
    if (!unique.has(key)) unique.set(key, file);
  }
  return [...unique.values()];
}

function filesOf(arg: string): string[] {
  const stat = statOf(arg);
  if (stat?.isDirectory() === true) {
    const names = readdirSync(arg).filter((name) => !name.startsWith('.') && extensionOf(name) !== undefined);
    if (names.length === 0)
      throw new InputError(`the folder has no ${extensions().join(' or ')} files`, { file: arg });
    return names.map((name) => join(arg, name)).filter((path) => statOf(path)?.isFile() === true);
  }
  if (stat !== undefined) {
    readerOf(arg);
    return [arg];
  }
  if (!/[*?[{]/.test(arg)) {
    const inItsFolder = (name: string): string => join(dirname(arg), name);
    throw new InputError(`no such file or folder${didYouMean(basename(arg), neighbours(arg), inItsFolder)}`, {
      file: arg,
    });
  }
  const paths = globSync(arg).filter((path) => statOf(path)?.isFile() === true);
  if (paths.length === 0) throw new InputError('no file matches', { file: arg });
  for (const path of paths) readerOf(path);
  return paths;
}

function readerOf(path: string): CandleReader {
  const extension = extensionOf(path);
  if (extension === undefined) {
    throw new InputError(`this kind of file cannot be read; ${SUPPORTED} can`, { file: path });
  }
  return READERS[extension]!;
}

function extensions(): string[] {
  return Object.keys(READERS).sort((a, b) => b.length - a.length);
}

function extensionOf(path: string): string | undefined {
  return extensions().find((extension) => path.endsWith(extension) && basename(path) !== extension);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw new InputError(`cannot be read (${(error as Error).message})`, { file: path });
  }
}

function neighbours(path: string): string[] {
  return statOf(dirname(path))?.isDirectory() === true ? readdirSync(dirname(path)) : [];
}

/** The pieces of one symbol, one behind the other. */
function joinPieces(symbol: string, pieces: readonly Piece[]): BarColumnsBuilder {
  if (pieces.length === 1) return pieces[0]!.bars;
  const sorted = pieces
    .map(({ path, bars }) => ({ path, columns: bars.slice() }))
    .sort((a, b) => firstTime(a.columns) - firstTime(b.columns) || compare(a.path, b.path));
  const all = new BarColumnsBuilder(
    symbol,
    sorted.reduce((sum, { columns }) => sum + columns.count, 0),
  );
  for (const [i, { path, columns }] of sorted.entries()) {
    if (firstTime(columns) <= all.timeLast) {
      throw new InputError(
        `"${symbol}" has bars until ${formatTime(all.timeLast)} in ${sorted[i - 1]!.path} and from ${formatTime(firstTime(columns))} here; files of one symbol must not overlap`,
        { file: path },
      );
    }
    all.appendAll(columns);
  }
  return all;
}

function firstTime(columns: BarColumns): number {
  return viewsOf(columns).time[0]!;
}

/** A bar must be over before the next one of its symbol begins. */
function checkInterval(bars: BarColumnsBuilder, interval: number): void {
  const { time } = viewsOf(bars.slice());
  for (let i = 1; i < time.length; i++) {
    const difference = time[i]! - time[i - 1]!;
    if (difference < interval) {
      throw new InputError(
        `"${bars.name}" has bars at ${formatTime(time[i - 1]!)} and ${formatTime(time[i]!)}, closer than the length of a bar, ${formatDuration(interval)}; if that is not right, give another: --interval ${formatDuration(difference)}`,
      );
    }
  }
}

/** `from 2024-03-04T09:00:00Z and before …`, for a sentence about what lies in it. */
export function period(from: number | undefined, to: number | undefined): string {
  const parts = [
    from === undefined ? '' : `from ${formatTime(from)}`,
    to === undefined ? '' : `before ${formatTime(to)}`,
  ];
  return parts.filter((part) => part !== '').join(' and ') || 'in these files';
}

const LISTED_MAX = 20;

function listed(names: Iterable<string>): string {
  const sorted = [...names].sort();
  const more = sorted.length > LISTED_MAX ? ` and ${sorted.length - LISTED_MAX} more` : '';
  return `there are ${sorted.slice(0, LISTED_MAX).join(', ')}${more}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
