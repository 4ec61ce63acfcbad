/** One thread of the barrier benchmark: crosses again and again, and as conductor takes the time. */
import { parentPort, workerData } from 'node:worker_threads';
import { Barrier, CONDUCTOR, START_STEP } from '../src/kernel/barrier.ts';
import { monotonicMs } from '../src/kernel/clock.ts';
import type { SharedCells, SharedNumbers } from '../src/kernel/layout.ts';
import type { WaitPolicy } from '../src/kernel/wait.ts';

export interface Crossings {
  readonly cells: SharedCells;
  readonly id: number;
  readonly policy: WaitPolicy;
  /** Steps of one sample, and how many samples after one that does not count. */
  readonly steps: number;
  readonly samples: number;
  /** A number for each party, written by it in its parallel phase and summed in the serial phase. */
  readonly board: SharedNumbers;
}

const { cells, id, policy, steps, samples, board } = workerData as Crossings;
const barrier = new Barrier(cells, id, policy);
const stride = board.length / barrier.parties;
const sums = new Float64Array(samples);

/** Crosses `steps` times from `first`. Returns the sum of the board over all serial phases. */
function crossFrom(first: number): number {
  let sum = 0;
  for (let step = first; step < first + steps; step++) {
    board[id * stride] = step * (id + 1);
    barrier.arrive(step);
    if (id === CONDUCTOR) {
      barrier.awaitArrivals(step);
      for (let cell = 0; cell < board.length; cell += stride) sum += board[cell]!;
      barrier.release(step + 1);
    } else {
      barrier.awaitRelease(step + 1);
    }
  }
  return sum;
}

crossFrom(START_STEP); // Until all threads have started, and their code is compiled.
const microseconds: number[] = [];
for (let sample = 0; sample < samples; sample++) {
  const startMs = monotonicMs();
  sums[sample] = crossFrom(START_STEP + (sample + 1) * steps);
  microseconds.push(((monotonicMs() - startMs) * 1e3) / steps);
}
if (id === CONDUCTOR) parentPort!.postMessage({ microseconds, sums });
