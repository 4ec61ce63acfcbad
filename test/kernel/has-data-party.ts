/** Conductor or reader of the bitmap under test: writes it ahead, or reads it back, and reports what was wrong. */
import { parentPort, workerData } from 'node:worker_threads';
import { Barrier, BarrierAborted, CONDUCTOR } from '../../src/kernel/barrier.ts';
import type * as HasDataModule from '../../src/kernel/has-data.ts';
import type { SharedCells } from '../../src/kernel/layout.ts';
import type { WaitPolicy } from '../../src/kernel/wait.ts';
import { isPresent } from './presence.ts';

export interface PresenceParty {
  cells: SharedCells;
  buffer: SharedArrayBuffer;
  id: number;
  blocks: number;
  policy: WaitPolicy;
  /** The address of has-data.ts, or of a mutant of it. */
  module: string;
}

const { cells, buffer, id, blocks, policy, module } = workerData as PresenceParty;
const { HasData } = (await import(module)) as typeof HasDataModule;
const barrier = new Barrier(cells, id, policy);
const presence = new HasData(buffer);
const { symbols, block: blockSteps } = presence;

/** Plays all blocks and returns the number of bits that were not those of the reader's step. */
function play(): number {
  let wrong = 0;
  if (id === CONDUCTOR) write(0);
  barrier.arrive(-1);
  for (let block = 0; block < blocks; block++) {
    if (id === CONDUCTOR) {
      barrier.awaitArrivals(block - 1);
      presence.flip(block);
      barrier.release(block); // A crossing a block.
      write(block + 1);
    } else {
      barrier.awaitRelease(block);
    }
    wrong += countWrong(block);
    barrier.arrive(block);
  }
  return wrong;
}

function write(block: number): void {
  presence.clearPage(block);
  for (let step = block * blockSteps; step < (block + 1) * blockSteps; step++) {
    for (let symbol = 0; symbol < symbols; symbol++) {
      if (isPresent(step, symbol)) presence.set(step, symbol);
    }
  }
}

function countWrong(block: number): number {
  let wrong = 0;
  for (let step = block * blockSteps; step < (block + 1) * blockSteps; step++) {
    for (let symbol = 0; symbol < symbols; symbol++) {
      if (presence.has(step, symbol) !== isPresent(step, symbol)) wrong++;
    }
  }
  return wrong;
}

try {
  parentPort!.postMessage(play());
} catch (e) {
  barrier.abort(1);
  parentPort!.postMessage(e instanceof BarrierAborted ? 'aborted' : String(e));
}
