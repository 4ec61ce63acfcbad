/** One party of the barrier under test: steps, checks what it sees, reports how it ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { Barrier, BarrierAborted, CONDUCTOR, START_STEP } from '../../src/kernel/barrier.ts';
import type { SharedCells, SharedNumbers } from '../../src/kernel/layout.ts';
import type { WaitPolicy } from '../../src/kernel/wait.ts';

export interface Party {
  cells: SharedCells;
  /** Two rows of one number per party, used in turn; then the step whose serial phase ran last. */
  board: SharedNumbers;
  id: number;
  steps: number;
  /** The party that leaves for good, halfway and without a word. */
  dead?: number;
  policy: WaitPolicy;
}

const { cells, board, id, steps, dead, policy } = workerData as Party;
const barrier = new Barrier(cells, id, policy);
const { parties } = barrier;
const SERIAL = 2 * parties;

/** Plays all steps and returns the number of times that something seen was out of step. */
function play(): number {
  let strays = 0;
  for (let step = START_STEP; step < steps; step++) {
    if (id === dead && step >= steps / 2) process.exit();
    if (board[SERIAL] !== step) strays++;
    if (step > START_STEP) strays += countStrays(step - 1); // While others are writing the row of this step.
    board[(step & 1) * parties + id] = step;
    barrier.arrive(step);
    if (id === CONDUCTOR) {
      barrier.awaitArrivals(step);
      board[SERIAL] = Number.NaN; // Nobody may be awake to see it.
      strays += countStrays(step);
      board[SERIAL] = step + 1;
      barrier.release(step + 1);
    } else {
      barrier.awaitRelease(step + 1);
    }
  }
  return strays;
}

function countStrays(step: number): number {
  const row = (step & 1) * parties;
  let strays = 0;
  for (let party = 0; party < parties; party++) {
    if (board[row + party] !== step) strays++;
  }
  return strays;
}

try {
  parentPort!.postMessage(play());
} catch (e) {
  parentPort!.postMessage(e instanceof BarrierAborted ? `aborted for ${e.reason}` : String(e));
}
