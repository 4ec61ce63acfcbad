/**
 * One step of a run, and all of them in turn: the same functions with and without threads.
 *
 * Every thread plays every step. Worker 0 conducts: while the others wait for its release it settles the orders that this
 * step's bars reach, marks the account and publishes who has a bar. Then all play their own symbols at once, and arrive;
 * when the last one has, the conductor lets the portfolio strategy have its turn, and the next step begins. (Rules of other
 * engines that fill on the bar of the decision settle here, after the portfolio, and not before the release.)
 *
 *     conductor   serial k │ release → shard k · presence k+1 → wait for all → portfolio k │ serial k+1 …
 *     worker      wait     │           shard k ────────────────→ arrive     │ wait
 *
 * Inline there is one thread, the conductor, and nothing ever waits. The barrier is the only place where threads meet, and
 * everything that one thread writes and another reads has a crossing of it in between.
 */
import { AFTER_END } from './failure.ts';
import { PHASE } from '../record/records.ts';
import { CHUNK_STEPS } from '../record/record-log.ts';
import type { Thread } from './thread.ts';

/** Before the first step: every onStart, and who is present at step 0. */
export function playStart(thread: Thread): void {
  const { barrier, conductor } = thread;
  thread.standAt(-1, PHASE.tick, 'closed');
  thread.runStrategies(PHASE.tick, () => thread.shard.start());
  conductor?.preparePresence(0);
  barrier.arrive(-1);
  if (conductor === null) return;
  barrier.awaitArrivals(-1);
  thread.raiseFailures();
  thread.runPortfolio(PHASE.portfolio, () => conductor.portfolio?.start());
  thread.raiseFailures();
}

/** Steps `from` to `to` (exclusive). */
export function playSteps(thread: Thread, from: number, to: number): void {
  const { barrier, conductor, times, warmupSteps } = thread;
  for (let step = from; step < to; step++) {
    if (conductor !== null) {
      conductor.playSerial(step);
      barrier.release(step);
    } else {
      barrier.awaitRelease(step);
    }
    thread.standAt(step, PHASE.tick, step < warmupSteps ? 'dropping' : 'open');
    thread.playShard(step);
    conductor?.preparePresence(step + 1);
    barrier.arrive(step);
    if (conductor !== null) {
      barrier.awaitArrivals(step);
      thread.raiseFailures();
      if (conductor.portfolio !== null) thread.playPortfolio(step);
      conductor.playSameStep(step);
    }
    const isChunkDone = (step + 1) % CHUNK_STEPS === 0 && step + 1 < times.length;
    if (isChunkDone) thread.handIn(step);
  }
}

/** After the last step: what is alive expires, the last notices are told, every onEnd. */
export function playEnd(thread: Thread): void {
  const { barrier, conductor, shard, times } = thread;
  const last = times.length - 1;
  if (conductor !== null) {
    conductor.finish();
    barrier.release(last + 1);
  } else {
    barrier.awaitRelease(last + 1);
  }
  thread.standAt(last, PHASE.end, 'dropping');
  if (thread.runStrategies(PHASE.end, () => shard.tellRest())) {
    thread.closeTrading();
    thread.runStrategies(AFTER_END, () => shard.end());
  }
  barrier.arrive(last + 1);
  if (conductor !== null) {
    barrier.awaitArrivals(last + 1);
    thread.raiseFailures();
    thread.endPortfolio(last);
  }
  thread.handIn(last);
}
