/**
 * Small candle files from a seed, sound or damaged, and what a reader makes of them: for tests that two readers agree.
 *
 * A file is rows of a random walk in one of the layouts and time formats that are read, in one of the ways that numbers are
 * written; then some of it is changed: bytes, fields, lines, line ends. Most files stay readable or have one fault.
 */
import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { InputError } from '../../src/kernel/input-error.ts';
import { RandomStream } from '../../src/kernel/random.ts';
import { BAR_FIELDS } from '../../src/market/bar.ts';
import { BarColumnsBuilder, viewsOf } from '../../src/market/bar-store.ts';
import type { ReadSummary } from '../../src/sources/csv.ts';
import type { CandleSink } from '../../src/sources/csv-rows.ts';

export type Reader = (file: string, sink: CandleSink) => Promise<ReadSummary | undefined>;

/** All that a caller can see of a reading: the bits of the columns and the summary, or the error. */
export async function outcome(reader: Reader, file: string): Promise<string> {
  const builders = new Map<string, BarColumnsBuilder>();
  const progress: number[] = [];
  const sink: CandleSink = {
    columnsOf(symbol) {
      if (symbol === 'UNWANTED') return undefined;
      const builder = new BarColumnsBuilder(symbol, 4);
      builders.set(symbol, builder);
      return builder;
    },
    progress: (rows) => progress.push(rows),
  };
  let summary: ReadSummary | undefined;
  try {
    summary = await reader(file, sink);
  } catch (error) {
    if (error instanceof InputError) return `refused: ${error.message}`;
    throw error;
  }
  const columns = [...builders].map(([symbol, builder]) => {
    const views = viewsOf(builder.slice());
    const bits = BAR_FIELDS.map((field) =>
      Buffer.from(Float64Array.from(views[field]).buffer).toString('hex'),
    );
    return { symbol, bits };
  });
  return JSON.stringify({ summary, progress, columns });
}

/** The contents of the file of a case; the same for the same numbers. */
export function caseOf(seed: number, index: number): { data: Buffer; extension: '.csv' | '.csv.gz' } {
  const random = new RandomStream(seed, index, 'mutated candles');
  const below = (n: number): number => Math.floor(random.next() * n);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  let text = someRows(below, oneOf);
  // Readers hold the first hundred rows back as a sample. What is behind them is changed apart, or it would hardly ever be.
  const sampleEnd = nthNewline(text, SAMPLE_ROWS + below(3)) + 1;
  const head = below(5) === 0 ? '' : text.slice(0, sampleEnd);
  text = text.slice(head.length);
  const changes = oneOf([0, 1, 1, 1, 1, 2, 3, 6]);
  for (let i = 0; i < changes; i++) text = oneOf(CHANGES)(text, below, oneOf);
  text = head + text;
  if (below(12) === 0) text = `\uFEFF${text}`;
  const plain = below(60) === 0 ? Buffer.from(`\uFEFF${text}`, 'utf16le') : Buffer.from(text);
  if (below(20) === 0) plain[below(plain.length)] = below(256);
  if (below(8) !== 0) return { data: plain, extension: '.csv' };
  const data = gzipSync(plain, { level: 1 });
  return { data: below(10) === 0 ? data.subarray(0, below(data.length)) : data, extension: '.csv.gz' };
}

/** Writes the file of a case and returns where it is. */
export function writeCase(folder: string, seed: number, index: number): string {
  const { data, extension } = caseOf(seed, index);
  const file = `${folder}/case${extension}`;
  writeFileSync(file, data);
  return file;
}

const SAMPLE_ROWS = 102;

/** Where it is; -1 if there are fewer. */
function nthNewline(text: string, n: number): number {
  let at = -1;
  for (let i = 0; i < n; i++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) return -1;
  }
  return at;
}

type Below = (n: number) => number;
type OneOf = <T>(list: readonly T[]) => T;
type Change = (text: string, below: Below, oneOf: OneOf) => string;

const MINUTE = 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const TIMES: readonly ((ms: number, below: Below) => string)[] = [
  (ms) => String(ms),
  (ms) => String(ms / 1_000),
  (ms) => String(ms * 1_000),
  (ms) => `${ms / 1_000}.0`,
  (ms) => `${ms / 1_000}.${String(ms % 1_000).padStart(3, '0')}`,
  (ms) => iso(ms),
  (ms) => iso(ms).slice(0, 10),
  (ms) => iso(ms).slice(0, 16).replace('T', ' '),
  (ms) => iso(ms).slice(0, 19),
  (ms) => iso(ms).slice(0, 23),
  (ms) => `${iso(ms).slice(0, 19)}.000000`,
  (ms) => `${iso(ms).slice(0, 16)}Z`,
  (ms) => iso(ms).replace('.000Z', '+00:00'),
  (ms) => iso(ms).replace('.000Z', ' -0530'),
  (ms) => iso(ms).replace('.000Z', '+02'),
  (ms) => iso(ms).replace('.000Z', ' Z'),
  (ms, below) => iso(ms + [0, 1, 2][below(3)]! * 1).slice(0, [16, 19, 21, 22, 23][below(5)]),
];
const LAYOUTS: readonly (readonly string[] | string)[] = [
  ['time', 'open', 'high', 'low', 'close', 'volume'],
  ['Open time', 'Open', 'High', 'Low', 'Close', 'Volume', 'Trades'],
  ['volume', 'note', 'low', 'high', 'close', 'open', 'time'],
  ['symbol', 'time', 'open', 'high', 'low', 'close', 'volume'],
  ['time', 'open', 'high', 'low', 'close', 'volume', 'symbol'],
  'time open high low close volume',
  'time open close high low volume',
  'time open high low close volume note',
  'time open high low close volume note note note note note note',
];

function someRows(below: Below, oneOf: OneOf): string {
  const layout = oneOf(LAYOUTS);
  const names = typeof layout === 'string' ? layout.split(' ') : layout;
  const delimiter = oneOf([',', ',', ',', ';', '\t']);
  const newline = oneOf(['\n', '\n', '\r\n']);
  const time = oneOf(TIMES);
  const style = below(5);
  const symbols = oneOf([['A'], ['A', 'B', 'UNWANTED'], ['ÄÖ', 'BTC/USD', 'B']]);
  const step = time === TIMES[6] ? 1_440 * MINUTE : oneOf([MINUTE, 60 * MINUTE, 1_440 * MINUTE]);
  const start = Date.UTC(oneOf([2003, 2018, 2024]), below(12), 1 + below(28));
  const rows = typeof layout === 'string' ? [] : [names.join(delimiter)];
  const count = oneOf([2, 20, 104, 106, 106, 110, 110, 120]);
  for (let i = 0; i < count; i++) {
    const prices = Array.from({ length: 4 }, () => number(style, below)).sort(
      (a, b) => Number(a) - Number(b),
    );
    const [open, close] = below(2) === 0 ? [prices[1]!, prices[2]!] : [prices[2]!, prices[1]!];
    const fields: Readonly<Record<string, string>> = {
      time: time(start + i * step, below),
      open,
      high: prices[3]!,
      low: prices[0]!,
      close,
      volume: number(style, below).replace('-', ''),
      symbol: oneOf(symbols),
      note: oneOf(['', 'x', '1', 'é']),
    };
    rows.push(
      names.map((name) => fields[name === 'Open time' ? 'time' : name.toLowerCase()] ?? '7').join(delimiter),
    );
  }
  return rows.join(newline) + oneOf([newline, newline, newline, '', '\n\n']);
}

/** In one of the ways that exchanges, pandas and spreadsheets write numbers. */
function number(style: number, below: Below): string {
  const digits = (n: number): string => Array.from({ length: n }, () => below(10)).join('');
  if (style === 0) return `${below(1_000)}.${digits(2)}`;
  if (style === 1)
    return `${below(2) === 0 ? '-' : ''}${below(50)}${below(3) === 0 ? '' : `.${digits(1 + below(8))}`}`;
  if (style === 2) return `${below(9)}.${digits(12 + below(7))}`;
  if (style === 3)
    return `${digits(1 + below(12))}.${digits(below(12))}${below(3) === 0 ? `e${below(9) - 4}` : ''}`;
  return String(below(4));
}

/** What a field may become: plain, odd and wrong. */
export const FIELDS = (
  '|0|-0|-0.0|+5|.5|5.|.|-|+|e5|1e5|1E+5|1e-7|1e400|1e-400|0x10|NaN|inf|null| 5|5 |\u00a05|5\u00a0| |  |--5|1.2.3|1_000|' +
  '9007199254740991|9007199254740992|9007199254740993|90071992547409.91|900719925474.0993|123456789012345678|0.1234567890123456789|' +
  '999999999.999999999|9999999999.9|0.0000000001|1234567890.0123456789|' +
  '0.00000000000000000000001|0.0000000000000000000001|00000000000000000000000012.5|2147483648|4294967296|42949672960|4294967300.4294967300|' +
  '2018-02-30|2018-01-01 24:00|2018-01-01T00:60|2016-12-31T23:59:60Z|2018-01-01T00:00:00.0009|2018-01-01T00:00:00.1|2018-1-1|' +
  '2018-01-01T00:00:00.|2018-01-01T00:00+19:00|2018-01-01T00:00+18:59|2018-01-01T00:00+1|2018-01-01T00:00+01:|2018-01-01T00:00+010|' +
  '2090-12-31T23:59:60Z|2090-12-31 23:59:60|2090-12-31T24:00Z|2090-12-31 23:60|2090-12-31 00:00:00.0009|2090-12-31T00:00:00.0009Z|2090-12-31T00:00:00.1234567890Z|' +
  '2090-12-31T00:00:00.Z|2090-12-31T00:00+19:00|2090-12-31T00:00+18:60|2090-12-31T00:00+18:59|2090-12-31T00:00+1|2090-12-31T00:00+01:|2090-12-31T00:00+010|2090-12-31T00:00  Z|' +
  '2090-02-29T00:00Z|2096-02-29T00:00Z|2090-13-01|2090-00-10|2090-12-00|2090/12/31|2090-12-31t00:00Z|2090-12-31T00:00z|2090-12-31T00:00:00.5+0100|2090-12-31T0:00Z|' +
  '3514764800000|3514764800|3514764800000000|3514764800000001|3514764800000010|3514764800000100|3514764800.25|3514764800.2505|3514764800000.0|3514764800000.1|35147648001|' +
  '1514764800000.5|1514764800.5|1514764800.5005|1514764800000000.0|1514764800000001|15147648000|\ufeff5|٣|é|five|"5"|"|5"|\r|5\r'
).split('|');

const CHANGES: readonly Change[] = [
  // A field becomes another; the same three times, so that fields are what is mostly changed.
  ...[0, 1, 2].map(
    (): Change => (text, below, oneOf) => {
      const parts = text.split(/([,;\t\n])/);
      parts[2 * below((parts.length + 1) / 2)] = oneOf(FIELDS);
      return parts.join('');
    },
  ),
  // A byte goes, comes, or becomes another.
  (text, below) => splice(text, below(text.length), 1, ''),
  (text, below, oneOf) => splice(text, below(text.length), 0, oneOf([...'0123456789.,;-+eTZ: \n\r\t"x\0é'])),
  (text, below, oneOf) => splice(text, below(text.length), 1, oneOf([...'0123456789.,;-+eTZ: \n\r\t"x\0é'])),
  // A line goes, comes twice, changes places with the next, loses or gains fields.
  (text, below) => onLine(text, below, () => []),
  (text, below) => onLine(text, below, (line) => [line, line]),
  (text, below) => onLine(text, below, (line) => [line.replace(/[,;\t][^,;\t]*$/, '')]),
  (text, below, oneOf) => onLine(text, below, (line) => [line + oneOf([',', ',,', ', ', ',1', ';', '\t'])]),
  (text, below, oneOf) => onLine(text, below, (line) => [oneOf(['', ' ', '\r', '\t', '\r\r', ' \r']), line]),
  (text, below) => {
    const lines = text.split('\n');
    const at = below(lines.length);
    return [...lines.slice(0, at), ...lines.slice(at, at + 2).toReversed(), ...lines.slice(at + 2)].join(
      '\n',
    );
  },
  // Line ends are mixed, doubled or cut off.
  (text, below) => text.replaceAll(/\r?\n/g, () => (below(2) === 0 ? '\n' : '\r\n')),
  (text, below) => text.replaceAll('\n', () => (below(4) === 0 ? '\n\n' : '\n')),
  (text, below) => text.slice(0, below(text.length + 1)),
  (text, _, oneOf) => text.replace(/\r?\n$/, oneOf(['', '\r', '\r\n', '\n\r', ' ', '\n '])),
  (text) => text.replaceAll('\n', ',\n'),
  (text, below) => (below(6) === 0 ? text.replaceAll('\n', '\r') : text),
];

function splice(text: string, at: number, removed: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + removed);
}

function onLine(text: string, below: Below, change: (line: string) => string[]): string {
  const lines = text.split('\n');
  const at = below(lines.length);
  return lines.flatMap((line, i) => (i === at ? change(line) : [line])).join('\n');
}
