/**
 * The average volume of the last n bars, kept up by `VolumeCache` and summed anew at every bar: flat against linear.
 *
 *     node bench/volume-cache.ts [--small]
 *
 * Both get the same whole volumes, so both averages are exact but for the division, and have to be equal to the bit.
 */
import { VolumeCache } from '../src/rolling/volume-cache.ts';
import { checksum, measure } from './harness.ts';
import type { BenchOptions, BenchRow, BenchTask } from './harness.ts';

const LENGTHS = [20, 200, 2_000];

export interface VolumeCacheResult {
  readonly rows: readonly BenchRow[];
  /** One checksum of all averages for each length. */
  readonly digests: readonly string[];
}

/** Prints the table and a digest a length. Throws if the two ways differ. */
export async function volumeCache({ small }: BenchOptions): Promise<VolumeCacheResult> {
  const volumes = someVolumes(small ? 5_000 : 20_000);
  const operations = volumes.length;
  const cases = LENGTHS.map((length) => {
    const cached = new Float64Array(operations);
    const summed = new Float64Array(operations);
    const tasks: BenchTask[] = [
      { name: `VolumeCache(${length})`, operations, run: () => average(volumes, length, cached) },
      { name: `summed anew, n = ${length}`, operations, run: () => averageAnew(volumes, length, summed) },
    ];
    return { length, cached, summed, tasks };
  });

  const tasks = cases.flatMap((given) => given.tasks);
  const rows = await measure('volume cache: an update and the average of the last n', tasks, { small });
  const digests = cases.map(({ length, cached, summed }) => {
    const digest = checksum(cached);
    const expected = checksum(summed);
    if (digest !== expected)
      throw new Error(`averages of ${length} differ: ${digest}, summed anew ${expected}`);
    return digest;
  });
  console.log(`  digests ${digests.join(' ')}`);
  return { rows, digests };
}

function average(volumes: Float64Array, length: number, averages: Float64Array): void {
  const cache = new VolumeCache(length);
  for (let bar = 0; bar < volumes.length; bar++) {
    cache.update(volumes[bar]!);
    averages[bar] = cache.average;
  }
}

function averageAnew(volumes: Float64Array, length: number, averages: Float64Array): void {
  for (let bar = 0; bar < volumes.length; bar++) {
    const start = Math.max(0, bar + 1 - length);
    averages[bar] = sumOf(volumes, start, bar + 1) / (bar + 1 - start);
  }
}

function sumOf(volumes: Float64Array, start: number, end: number): number {
  // Not begun at 0: V8 then expects whole numbers throughout and adds them as integers, with conversions that make
  // the loop five times slower. The race should be fair.
  let sum = volumes[start]!;
  for (let index = start + 1; index < end; index++) sum += volumes[index]!;
  return sum;
}

/** Whole volumes from 0 to 999,999, the same every time. */
function someVolumes(count: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * 1e6);
  });
}

if (import.meta.main) await volumeCache({ small: process.argv.includes('--small') });
