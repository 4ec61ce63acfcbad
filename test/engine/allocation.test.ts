/**
 * What a tick allocates, over a million ticks: see `allocation-probe.ts`.
 *
 * The aim is less than one byte a tick, a megabyte in all. V8 (14.6) is not there: where a double may be one of two
 * things, `index < 0 ? NaN : column[index]!`, it boxes what it reads, 16 bytes; so it does with a double that is passed to a function
 * or returned by one that it does not inline. The ceilings are what was measured, and half an object. Lower them.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROBE = fileURLToPath(new URL('./allocation-probe.ts', import.meta.url));

/** Bytes a tick, on the thread that allocates most. */
const CEILINGS = [
  { strategy: 'Idle', workers: 'inline', bytesMax: 85 },
  { strategy: 'Idle', workers: '2', bytesMax: 110 },
  { strategy: 'Typical', workers: 'inline', bytesMax: 418 },
  { strategy: 'Typical', workers: '2', bytesMax: 445 },
] as const;

async function probe(...args: readonly string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', PROBE, ...args]);
  const bytes = JSON.parse(stdout) as number[];
  expect(bytes).toHaveLength(args[1] === 'inline' ? 1 : Number(args[1]));
  for (const each of bytes) expect(each).toBeGreaterThanOrEqual(0); // NaN if there was nothing to weigh.
  return Math.max(...bytes);
}

test.each(CEILINGS)(
  'a tick of $strategy allocates at most $bytesMax bytes ($workers)',
  { timeout: 60_000 },
  async ({ strategy, workers, bytesMax }) => {
    expect(await probe(strategy, workers, 'nothing')).toBeLessThan(bytesMax);
  },
);

test.each(CEILINGS.filter(({ strategy }) => strategy === 'Idle'))(
  'one empty object more a tick would be seen ($workers)',
  { timeout: 60_000 },
  async ({ strategy, workers, bytesMax }) => {
    expect(await probe(strategy, workers, 'object')).toBeGreaterThan(bytesMax);
  },
);
