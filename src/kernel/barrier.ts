/**
 * An asymmetric barrier: workers arrive, the conductor releases them all by one store. One crossing a step.
 *
 *     worker 1..n-1                          conductor (worker 0)
 *     … parallel phase of step k             … parallel phase of step k, its own share
 *     arrive(k)                              arrive(k); awaitArrivals(k)
 *     awaitRelease(k + 1)   (waiting)        … portfolio phase of k, serial phase of k + 1, alone
 *     … parallel phase of step k + 1         release(k + 1); … parallel phase of step k + 1
 *
 * What a worker wrote before it arrives, the conductor may read once all have arrived; and what the conductor
 * wrote before it releases, every worker may read: with plain loads, and no lock. Step -1 is the start-up,
 * which nobody needs to release; step K, one after the last, is the end.
 *
 * Memory: one Int32Array, in which a post is a line with a value, a sleeper count and a bell (see wait.ts).
 *
 *     post       name       written by               read by
 *     line 0     RELEASED   conductor, once a step   workers, asleep on it; the main thread, for progress
 *     line 1     SETTLED    -                        -   (kept for workers that run ahead within a block)
 *     line 2     ABORT      whoever gives up first   everyone, at every wait (a plain cell: nobody sleeps on it)
 *     line 3     PARTIES    create(), once           everyone, on attaching
 *     line 4+i   PROMISE    worker i, once a step    conductor, asleep on it
 *
 * A promise is 4 · step + phase (0 settle, 1 tick, 2 portfolio, 3 done): its worker will touch what is shared
 * at no point before it. To arrive at step k is to promise (k, done). It fits 31 bits up to step 536,870,910.
 *
 * Invariants:
 *
 *  1. RELEASED and each PROMISE never fall, and each has one writer.
 *  2. Nobody is lapped: a step is released only after every promise is at least (the last step released, done).
 *  3. Nobody runs ahead: a worker arrives only at a step that has been released.
 *  4. So while the conductor is between `awaitArrivals` and `release`, no worker is in a parallel phase.
 *  5. ABORT is 0 until the first to give up, then its reason for ever. From then on every call that arrives
 *     or waits throws BarrierAborted, and nobody is left asleep. (The conductor does not wait for a release,
 *     nor anyone who is alone.)
 *
 * There is no time limit: a breakpoint is not a death. The main thread watches for threads that died, and
 * aborts.
 *
 * Ordering: a worker's store of its PROMISE is read by the conductor in `awaitArrivals`, and the conductor's
 * store of RELEASED is read by each worker in `awaitRelease`. These pairs are all there is between two
 * threads.
 */
import { assert } from './assert.ts';
import { CELLS_PER_LINE, cells, LINE_EACH, layout, type SharedCells, views } from './layout.ts';
import { jitterOf, publish, SLEEP, Waiter, type WaitPolicy, wake } from './wait.ts';

/** Thrown to every party, from now on, once anyone has given up. */
export class BarrierAborted extends Error {
  override readonly name = 'BarrierAborted';
  /** As given to `abort()`. */
  readonly reason: number;

  constructor(reason: number) {
    super(`the barrier was aborted for reason ${reason}`);
    this.reason = reason;
  }
}

export const CONDUCTOR = 0;
/** The id of one who takes no part: it reads progress, and may abort. */
export const WATCHER = -1;
/** The start-up: the step before the first. Everyone arrives at it, nobody waits for its release. */
export const START_STEP = -1;

const PHASES = 4;
const SETTLE = 0;
const DONE = 3;

const fieldsFor = (parties: number) => ({
  RELEASED: cells(1, LINE_EACH),
  SETTLED: cells(1, LINE_EACH),
  ABORT: cells(1, LINE_EACH),
  PARTIES: cells(1, LINE_EACH),
  PROMISE: cells(parties, LINE_EACH),
});
const { RELEASED, SETTLED, ABORT, PARTIES, PROMISE } = layout(fieldsFor(0)); // The same for any number of parties.

export class Barrier {
  readonly cells: SharedCells;
  readonly id: number;
  readonly parties: number;
  readonly #waiter: Waiter;
  readonly #jitter: () => void;

  /** Lays out fresh cells and watches them. Call it in one thread, then hand `barrier.cells` to the parties. */
  static create(parties: number): Barrier {
    assert(Number.isSafeInteger(parties) && parties > 0, `at least one party, were ${parties}`);
    const { cells } = views(new SharedArrayBuffer(layout(fieldsFor(parties)).bytes));
    cells[PARTIES] = parties;
    cells[RELEASED] = START_STEP;
    cells[SETTLED] = START_STEP;
    for (let id = 0; id < parties; id++) cells[promiseOf(id)] = START_STEP * PHASES + SETTLE;
    return new Barrier(cells, WATCHER, SLEEP);
  }

  /** Attaches to cells that `create()` laid out, as one of the parties or as a watcher. */
  constructor(cells: SharedCells, id: number, policy: WaitPolicy) {
    const parties = cells[PARTIES]!;
    assert(cells.length === promiseOf(parties), 'these are the cells of a barrier');
    assert(Number.isSafeInteger(id) && id >= WATCHER && id < parties, `party of ${parties}, was ${id}`);
    this.cells = cells;
    this.id = id;
    this.parties = parties;
    this.#waiter = new Waiter(cells, ABORT, policy);
    this.#jitter = jitterOf(policy, id);
  }

  /** Worker: waits until the conductor has released `step`. Returns the last step released. */
  awaitRelease(step: number): number {
    const { cells } = this;
    if (this.id === CONDUCTOR) {
      assert(cells[RELEASED]! >= step, 'the conductor has released itself');
    } else {
      if (!this.#waiter.awaitAtLeast(RELEASED, step)) throw this.#aborted();
      this.#jitter();
    }
    return cells[RELEASED]!; // Plain: it was read atomically just now, and stands still until we arrive.
  }

  /** Everyone, once a step: this party's share of `step` is done and written. */
  arrive(step: number): void {
    const { cells, id } = this;
    assert(id !== WATCHER, 'a watcher does not arrive');
    this.#jitter();
    if (this.isAborted) throw this.#aborted(); // A party that never waits ends here.
    const promise = promiseOf(id);
    const arrival = step * PHASES + DONE;
    assert(step <= cells[RELEASED]!, 'nobody runs ahead'); // Plain loads, of what we have read or written before.
    assert(arrival > cells[promise]!, 'each party arrives once a step');
    this.#publish(promise, arrival); // Last: it opens what we wrote before it to the conductor.
  }

  /** Conductor: waits until every party has arrived at `step`. From here to `release` it is alone. */
  awaitArrivals(step: number): void {
    const { cells, parties } = this;
    assert(this.id === CONDUCTOR, 'the conductor alone awaits arrivals');
    const arrival = step * PHASES + DONE;
    assert(cells[promiseOf(CONDUCTOR)]! >= arrival, 'the conductor arrives like everyone');
    for (let id = 1; id < parties; id++) {
      if (!this.#waiter.awaitAtLeast(promiseOf(id), arrival)) throw this.#aborted();
    }
  }

  /** Conductor: ends the serial phase and lets everyone into `step`. */
  release(step: number): void {
    const { cells, parties } = this;
    assert(this.id === CONDUCTOR, 'the conductor alone releases');
    const released = cells[RELEASED]!; // Plain loads: this cell is ours, and the promises were read in awaitArrivals.
    assert(step > released, 'a step is released once');
    const arrival = released * PHASES + DONE;
    for (let id = 0; id < parties; id++) assert(cells[promiseOf(id)]! >= arrival, 'nobody is lapped');
    this.#publish(RELEASED, step); // Last: it opens the serial phase's writes to the workers.
    this.#jitter();
  }

  /** Gives up for everyone: wakes all who sleep, and fails every later call. The first reason stays. */
  abort(reason: number): void {
    const { cells, parties } = this;
    assert(reason !== 0 && (reason | 0) === reason, `a reason is an integer and not 0, was ${reason}`);
    Atomics.compareExchange(cells, ABORT, 0, reason); // Before waking, for the woken look at it once.
    wake(cells, RELEASED); // By every caller: the first may have died on its way here.
    wake(cells, SETTLED);
    for (let id = 0; id < parties; id++) wake(cells, promiseOf(id));
  }

  get isAborted(): boolean {
    return Atomics.load(this.cells, ABORT) !== 0;
  }

  /** As the first to give up gave it, or 0. */
  get abortReason(): number {
    return Atomics.load(this.cells, ABORT);
  }

  /** The last step released. To a watcher this is the progress: stale once you have it. */
  get released(): number {
    return Atomics.load(this.cells, RELEASED);
  }

  /** Whether a party has arrived at `step`. To a watcher: who is late. Stale once you have it. */
  hasArrived(id: number, step: number): boolean {
    assert(id >= 0 && id < this.parties, `party of ${this.parties}, was ${id}`);
    return Atomics.load(this.cells, promiseOf(id)) >= step * PHASES + DONE;
  }

  #publish(post: number, value: number): void {
    if (this.parties > 1) publish(this.cells, post, value);
    else this.cells[post] = value; // Nobody waits for it, and an atomic store costs as much as a tick's bookkeeping.
  }

  #aborted(): BarrierAborted {
    return new BarrierAborted(this.abortReason);
  }
}

function promiseOf(id: number): number {
  return PROMISE + id * CELLS_PER_LINE;
}
