/**
 * Loading a candle file: the scanner beside csv-parse, on ISO times and on epoch milliseconds.
 *
 *     node bench/csv.ts [--small]
 *
 * The rows are a random walk with prices of two to five decimals and volumes of up to nine digits. Both must load the same
 * columns, bit for bit. The time is that of the reader alone, hash included; the file is in the page cache.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream } from '../src/kernel/random.ts';
import { BAR_FIELDS } from '../src/market/bar.ts';
import { BarColumnsBuilder, viewsOf } from '../src/market/bar-store.ts';
import { type CandleReader, readCsv } from '../src/sources/csv.ts';
import { scanCsv } from '../src/sources/scanner.ts';
import { type BenchOptions, type BenchRow, type BenchTask, checksum, measure } from './harness.ts';

const MINUTE = 60_000;
const START = 1_704_067_200_000; // 2024-01-01, UTC.
const TIMES: Readonly<Record<string, (ms: number) => string>> = {
  ISO: (ms) => new Date(ms).toISOString().replace('.000', ''),
  epoch: String,
};

export interface CsvResult {
  readonly rows: readonly BenchRow[];
  /** One checksum of the columns for each way to write the time. */
  readonly digests: readonly string[];
}

/** Prints the table and a digest a file. Throws if the two readers load different columns. */
export async function csv({ small }: BenchOptions): Promise<CsvResult> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const count = small ? 3_000 : 1_000_000;
    const cases = Object.entries(TIMES).map(([name, write]) => {
      const file = join(folder, `${name}.csv`);
      writeFileSync(file, candles(count, write));
      const scanned = { bars: new BarColumnsBuilder('', count) };
      const parsed = { bars: new BarColumnsBuilder('', count) };
      const tasks: BenchTask[] = [
        { name: `scanner, ${name}`, operations: count, run: () => load(scanCsv, file, count, scanned) },
        { name: `csv-parse, ${name}`, operations: count, run: () => load(readCsv, file, count, parsed) },
      ];
      return { name, scanned, parsed, tasks };
    });

    const tasks = cases.flatMap((given) => given.tasks);
    const rows = await measure('csv: a row of a candle file', tasks, { small });
    for (const { name, medianNs } of rows) console.log(`  ${name}: ${(1e3 / medianNs).toFixed(2)} M rows/s`);
    const digests = cases.map(({ name, scanned, parsed }) => {
      const digest = digestOf(scanned.bars);
      if (digest !== digestOf(parsed.bars)) throw new Error(`${name}: the scanner loads other columns`);
      return digest;
    });
    console.log(`  digests ${digests.join(' ')}`);
    return { rows, digests };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function load(
  reader: CandleReader,
  file: string,
  count: number,
  into: { bars: BarColumnsBuilder },
): Promise<void> {
  const bars = new BarColumnsBuilder('', count);
  await reader(file, { columnsOf: () => bars, progress: () => {} });
  into.bars = bars;
}

function digestOf(bars: BarColumnsBuilder): string {
  const views = viewsOf(bars.slice());
  const sums = BAR_FIELDS.map((field) => Number.parseInt(checksum(new Float64Array(views[field])), 16));
  return checksum(Float64Array.from([views.count, ...sums]));
}

function candles(count: number, write: (ms: number) => string): string {
  const random = new RandomStream(2026, 0, 'csv');
  const rows = ['time,open,high,low,close,volume'];
  let close = 10_000_000; // In units of the fifth decimal.
  for (let i = 0; i < count; i++) {
    const open = close;
    close = Math.floor(open * (1 + (random.next() - 0.5) * 0.002));
    const high = Math.max(open, close) + Math.floor(random.next() * 9_000);
    const low = Math.min(open, close) - Math.floor(random.next() * 9_000);
    const prices = [open, high, low, close].map((price) => String(price / 1e5));
    rows.push(`${write(START + i * MINUTE)},${prices.join(',')},${Math.floor(random.next() * 1e9) / 1e5}`);
  }
  return `${rows.join('\n')}\n`;
}

if (import.meta.main) await csv({ small: process.argv.includes('--small') });
