/**
 * What one crossing of the barrier costs, for 1 to 20 threads, spinning first and sleeping at once.
 *
 *     node bench/barrier.ts [--small]
 *
 * A crossing is everything between two parallel phases: arrive, be waited for, a serial phase of one addition
 * a thread, and be released. The conductor times samples of some hundred crossings on its own thread. The
 * best of them says what the machine can do, the median what it did, with everything else that it had to do.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Barrier } from '../src/kernel/barrier.ts';
import { NUMBERS_PER_LINE } from '../src/kernel/layout.ts';
import { SLEEP, SPIN, type WaitPolicy } from '../src/kernel/wait.ts';
import type { Crossings } from './barrier-party.ts';
import { type BenchOptions, checksum } from './harness.ts';

const PARTY = new URL('./barrier-party.ts', import.meta.url);
const POLICIES: Record<string, WaitPolicy> = { spin: SPIN, sleep: SLEEP };

export interface BarrierRow {
  readonly threads: number;
  readonly waiting: string;
  readonly bestUs: number;
  readonly medianUs: number;
  /** Of what the serial phases summed. The same for both ways of waiting. */
  readonly digest: string;
}

/** Prints a table. Throws if a serial phase did not see what all had written. */
export async function barrier({ small }: BenchOptions): Promise<BarrierRow[]> {
  const rows: BarrierRow[] = [];
  for (const threads of small ? [1, 2, 3] : [1, 2, 3, 4, 6, 8, 12, 16, 20]) {
    for (const [waiting, policy] of Object.entries(POLICIES)) {
      rows.push(await cross(threads, waiting, policy, small ? 50 : 500, small ? 3 : 20));
    }
  }
  const note = small ? ' (small: the times mean little)' : '';
  console.log(`barrier: µs a crossing, on ${availableParallelism()} cores${note}`);
  console.log('  threads  waiting      best    median  digest');
  for (const { threads, waiting, bestUs, medianUs, digest } of rows) {
    const times = [bestUs, medianUs].map((us) => us.toFixed(2).padStart(8)).join('  ');
    console.log(`  ${String(threads).padStart(7)}  ${waiting.padEnd(7)}  ${times}  ${digest}`);
  }
  return rows;
}

async function cross(
  threads: number,
  waiting: string,
  policy: WaitPolicy,
  steps: number,
  samples: number,
): Promise<BarrierRow> {
  const { cells } = Barrier.create(threads);
  const board = new Float64Array(new SharedArrayBuffer(threads * NUMBERS_PER_LINE * 8));
  const workers = Array.from({ length: threads }, (_, id) => {
    const workerData: Crossings = { cells, id, policy, steps, samples, board };
    return new Worker(PARTY, { workerData });
  });
  const ended = workers.map((worker) => once(worker, 'exit'));
  const [{ microseconds, sums }] = await once(workers[0]!, 'message');
  await Promise.all(ended); // Or the next row would share the cores with them.

  const expected = Float64Array.from({ length: samples }, (_, sample) => expectedSum(threads, steps, sample));
  const digest = checksum(sums);
  if (digest !== checksum(expected)) throw new Error(`${threads} threads, ${waiting}: the sums are wrong`);
  const sorted: number[] = microseconds.sort((a: number, b: number) => a - b);
  return { threads, waiting, bestUs: sorted[0]!, medianUs: sorted[samples >> 1]!, digest };
}

/** Each thread wrote step · (id + 1), at each step of the sample. */
function expectedSum(threads: number, steps: number, sample: number): number {
  const first = (sample + 1) * steps - 1;
  const sumOfSteps = (steps * (first + first + steps - 1)) / 2;
  return (sumOfSteps * threads * (threads + 1)) / 2;
}

if (import.meta.main) await barrier({ small: process.argv.includes('--small') });
