/**
 * What a million ticks leave on the heap, and what they allocate on the way: see `allocation-probe.ts`.
 *
 * Nothing is left. What is allocated on the way is, for a strategy that reads bars, next to nothing: the batches of the record,
 * a hash a chunk. A strategy with windows pays for doubles that V8 (14.6) passes to functions that it does not inline, 16 bytes
 * each. The ceilings are what was measured, and half an object.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROBE = fileURLToPath(new URL('./allocation-probe.ts', import.meta.url));
const MEGABYTE = 1e6;
/** What V8 compiles when, and inlines, it decides anew in each process; what allocates on purpose does so in all of them. */
const ATTEMPTS = 3;

/** Bytes a tick, on the thread that allocates most. */
const CEILINGS = [
  { strategy: 'Idle', workers: 'inline', bytesMax: 25 },
  { strategy: 'Idle', workers: '2', bytesMax: 20 },
  { strategy: 'Typical', workers: 'inline', bytesMax: 150 },
  { strategy: 'Typical', workers: '2', bytesMax: 142 },
] as const;

interface Weight {
  readonly bytesPerTick: number;
  readonly growthBytes: number;
}

async function probe(...args: readonly string[]): Promise<Weight> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', PROBE, ...args]);
  const weights = JSON.parse(stdout) as Weight[];
  expect(weights).toHaveLength(args[1] === 'inline' ? 1 : Number(args[1]));
  const worst = (field: keyof Weight): number => Math.max(...weights.map((weight) => weight[field]));
  return { bytesPerTick: worst('bytesPerTick'), growthBytes: worst('growthBytes') };
}

test.each(CEILINGS)(
  'a million ticks of $strategy leave less than a megabyte and allocate at most $bytesMax bytes each ($workers)',
  { timeout: 120_000 },
  async ({ strategy, workers, bytesMax }) => {
    let { bytesPerTick, growthBytes } = await probe(strategy, workers, 'nothing');
    for (let more = ATTEMPTS - 1; more > 0 && !(bytesPerTick < bytesMax && growthBytes < MEGABYTE); more--)
      ({ bytesPerTick, growthBytes } = await probe(strategy, workers, 'nothing'));
    expect(growthBytes).toBeLessThan(MEGABYTE);
    expect(bytesPerTick).toBeGreaterThanOrEqual(0); // NaN if there was nothing to weigh.
    expect(bytesPerTick).toBeLessThan(bytesMax);
  },
);

test.each(CEILINGS.filter(({ strategy }) => strategy === 'Idle'))(
  'one empty object more a tick would be seen, whether it is kept or dropped ($workers)',
  { timeout: 60_000 },
  async ({ strategy, workers, bytesMax }) => {
    expect((await probe(strategy, workers, 'kept')).growthBytes).toBeGreaterThan(MEGABYTE);
    expect((await probe(strategy, workers, 'object')).bytesPerTick).toBeGreaterThan(bytesMax);
  },
);
