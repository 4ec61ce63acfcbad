/**
 * Presence: reading one bit of the has-data bitmap, and writing the page of a step ahead.
 *
 *     node bench/presence.ts [--small]
 *
 * Beside them stands what the bitmap saves: a flag for every symbol and step of the whole run, one byte each,
 * read in the same order. Both must count the same bars.
 */
import { HasData } from '../src/kernel/has-data.ts';
import { RandomStream } from '../src/kernel/random.ts';
import { type BenchOptions, type BenchRow, type BenchTask, checksum, measure } from './harness.ts';

const SYMBOLS = [40, 500];

export interface PresenceResult {
  readonly rows: readonly BenchRow[];
  /** One checksum of the counts for each number of symbols. */
  readonly digests: readonly string[];
}

/** Prints the table and a digest a number of symbols. Throws if the two ways differ. */
export async function presence({ small }: BenchOptions): Promise<PresenceResult> {
  const steps = small ? 20 : 500;
  const cases = SYMBOLS.map((symbols) => {
    const flags = someFlags(symbols, steps);
    const counted = new Float64Array(steps);
    const expected = new Float64Array(steps);
    const operations = symbols * steps;
    const published = publish(flags, symbols, steps);
    const tasks: BenchTask[] = [
      { name: `has(), ${symbols} symbols`, operations, run: () => count(published, steps, counted) },
      { name: `one byte a flag, ${symbols} symbols`, operations, run: () => countFlags(flags, expected) },
      {
        name: `a page ahead, ${symbols} symbols (a page)`,
        operations: steps,
        run: () => void writeAhead(flags, symbols, steps),
      },
    ];
    return { symbols, counted, expected, tasks };
  });

  const tasks = cases.flatMap((given) => given.tasks);
  const rows = await measure('presence: a bit read, a page written', tasks, { small });
  const digests = cases.map(({ symbols, counted, expected }) => {
    const digest = checksum(counted);
    if (digest !== checksum(expected)) throw new Error(`${symbols} symbols: the bitmap counts other bars`);
    return digest;
  });
  console.log(`  digests ${digests.join(' ')}`);
  return { rows, digests };
}

/** All steps as one published block. */
function publish(flags: Uint8Array, symbols: number, steps: number): HasData {
  const presence = HasData.create(symbols, steps);
  presence.clearPage(0);
  for (let step = 0; step < steps; step++) set(presence, flags, symbols, step);
  presence.flip(0);
  return presence;
}

/** One step a block, as the conductor does: clear, set, flip. */
function writeAhead(flags: Uint8Array, symbols: number, steps: number): void {
  const presence = HasData.create(symbols);
  for (let step = 0; step < steps; step++) {
    presence.clearPage(step);
    set(presence, flags, symbols, step);
    presence.flip(step);
  }
}

function set(presence: HasData, flags: Uint8Array, symbols: number, step: number): void {
  for (let symbol = 0; symbol < symbols; symbol++) {
    if (flags[step * symbols + symbol] === 1) presence.set(step, symbol);
  }
}

function count(presence: HasData, steps: number, counts: Float64Array): void {
  const { symbols } = presence;
  for (let step = 0; step < steps; step++) {
    let bars = 0;
    for (let symbol = 0; symbol < symbols; symbol++) if (presence.has(step, symbol)) bars++;
    counts[step] = bars;
  }
}

function countFlags(flags: Uint8Array, counts: Float64Array): void {
  const symbols = flags.length / counts.length;
  for (let step = 0; step < counts.length; step++) {
    let bars = 0;
    for (let symbol = 0; symbol < symbols; symbol++) if (flags[step * symbols + symbol] === 1) bars++;
    counts[step] = bars;
  }
}

/** Three bars in four, the same every time. */
function someFlags(symbols: number, steps: number): Uint8Array {
  const random = new RandomStream(2026, 0, 'presence');
  return Uint8Array.from({ length: symbols * steps }, () => (random.next() < 0.75 ? 1 : 0));
}

if (import.meta.main) await presence({ small: process.argv.includes('--small') });
