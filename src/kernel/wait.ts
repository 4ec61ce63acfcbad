/**
 * How a thread waits for another: by spinning for a while, then by sleeping, and never so that a wake gets
 * lost.
 *
 * A *post* is a line of shared memory on which one thread publishes a value that never falls and others wait
 * for it.
 *
 *     cell       name       written by                         read by
 *     post       VALUE      its one writer                     all who wait for it
 *     post + 1   SLEEPERS   those about to sleep, by add/sub   whoever publishes or aborts
 *     post + 2   BELL       whoever publishes or aborts        those asleep on it
 *
 * Beside the posts there is one ABORT cell: 0, or for ever a reason.
 *
 *     sleeper                              publisher (or who aborts)
 *     S1  SLEEPERS += 1                    P1  store VALUE (or ABORT)
 *     S2  bell = load BELL                 P2  load SLEEPERS: 0 → done
 *     S3  load VALUE, load ABORT           P3  BELL += 1
 *     S4  sleep while BELL is bell         P4  notify BELL
 *
 * No wake is lost, though nobody takes a lock. All are sequentially consistent, so they fall in one order. If
 * P2 comes before S1, so does P1, and S3 sees what was published. Otherwise P3 follows. If it comes before
 * S2, then P1 does too and S3 sees it. If it comes after S2, then S4 finds BELL changed and does not sleep,
 * or sleeps already and is woken by P4. Hence a sleep would need no limit; it has one against what this
 * argument does not cover. `test/kernel/barrier-model.test.ts` walks through every interleaving.
 *
 * The bell is what they sleep on, not the value, because an abort leaves all values alone: whoever slept on
 * VALUE could read ABORT as 0, be overtaken by the abort and its notify, and then fall asleep on a value that
 * never changes again.
 */
import { assert } from './assert.ts';
import type { SharedCells } from './layout.ts';
import { RandomStream } from './random.ts';

export interface WaitPolicy {
  /** Looks at most this often before sleeping. Pays only with a core for each thread. */
  readonly spinTries: number;
  /** Looks again after sleeping this long. From 1 to 100. */
  readonly sleepMs: number;
  /** For tests: dawdle before each arrival and after each release, by a seeded random amount. */
  readonly jitterSeed?: number;
}

/** For threads that have a core each. A try takes some 40 ns, so this is 80 µs: as much as a slow sleep. */
export const SPIN: WaitPolicy = { spinTries: 2_000, sleepMs: 100 };
/** For more threads than cores: whoever spins keeps a core from the one it is waiting for. */
export const SLEEP: WaitPolicy = { spinTries: 0, sleepMs: 100 };

/** One full spin in so many sleeps adds less than a µs to each. */
const SPIN_AGAIN_SLEEPS = 256;

const SLEEPERS = 1;
const BELL = 2;

/** A hint to the processor that we spin, where the engine has it. */
const pause: () => void = typeof Atomics.pause === 'function' ? () => Atomics.pause() : () => {};

/** Publishes `value` on a post, which only this thread writes. What it wrote before, the waiting may then read. */
export function publish(cells: SharedCells, post: number, value: number): void {
  Atomics.store(cells, post, value); // First: whoever registers after `wake` has looked must find it (P1 before P2).
  wake(cells, post);
}

/** Wakes those asleep on a post, to look at what was stored just before. */
export function wake(cells: SharedCells, post: number): void {
  if (Atomics.load(cells, post + SLEEPERS) === 0) return; // Mostly: a notify costs more than a crossing.
  Atomics.add(cells, post + BELL, 1); // Before the notify, or one who is between S3 and S4 sleeps on the old bell.
  Atomics.notify(cells, post + BELL);
}

/** How one thread waits on the posts of a block. Keeps nothing but how long it pays to spin. */
export class Waiter {
  readonly #cells: SharedCells;
  readonly #abort: number;
  readonly #policy: WaitPolicy;
  #tries: number;
  #sleeps = 0;

  /** `abort` is the ABORT cell. */
  constructor(cells: SharedCells, abort: number, policy: WaitPolicy) {
    const { spinTries, sleepMs } = policy;
    assert(Number.isSafeInteger(spinTries) && spinTries >= 0, `spinTries counts, was ${spinTries}`);
    assert(sleepMs >= 1 && sleepMs <= 100, `sleepMs from 1 to 100, was ${sleepMs}`);
    this.#cells = cells;
    this.#abort = abort;
    this.#policy = policy;
    this.#tries = spinTries;
  }

  /** Waits until a post's value is at least `target`. False if ABORT was raised, even if the value is there, too. */
  awaitAtLeast(post: number, target: number): boolean {
    const cells = this.#cells;
    const abort = this.#abort;
    if (Atomics.load(cells, post) < target && !this.#spin(post, target)) {
      sleepUntil(cells, post, target, abort, this.#policy.sleepMs);
    }
    return Atomics.load(cells, abort) === 0; // Last: the value may be there, but whoever wrote it has given up.
  }

  /**
   * True if there is nothing left to wait for.
   *
   * To spin in vain is worse than to sleep at once, and happens at every step where two threads have to share
   * a core, as some virtual machines make them do. So we spin half as long after each time in vain, twice as
   * long after each success, and now and then in full, to see whether times have changed.
   */
  #spin(post: number, target: number): boolean {
    const cells = this.#cells;
    const abort = this.#abort;
    const { spinTries } = this.#policy;
    for (let tries = this.#tries; tries > 0; tries--) {
      pause();
      if (Atomics.load(cells, abort) !== 0) return true;
      if (Atomics.load(cells, post) >= target) {
        this.#tries = Math.min(2 * this.#tries, spinTries);
        return true;
      }
    }
    this.#sleeps = (this.#sleeps + 1) % SPIN_AGAIN_SLEEPS;
    this.#tries = this.#sleeps === 0 ? spinTries : Math.floor(this.#tries / 2);
    return false;
  }
}

/** Sleeps until a post's value is at least `target` or ABORT was raised. */
function sleepUntil(cells: SharedCells, post: number, target: number, abort: number, sleepMs: number): void {
  Atomics.add(cells, post + SLEEPERS, 1); // S1, before everything else: from now on we are rung for.
  for (;;) {
    // S2, before S3: read after it, a bell that was rung in between would pass for unrung.
    const bell = Atomics.load(cells, post + BELL);
    if (Atomics.load(cells, post) >= target || Atomics.load(cells, abort) !== 0) break;
    Atomics.wait(cells, post + BELL, bell, sleepMs); // A loop: an earlier value's ring may come late and wake us.
  }
  Atomics.sub(cells, post + SLEEPERS, 1);
}

/** At most this many pauses: some 50 µs. */
const JITTER_PAUSES_MAX = 2_000;

/** A delay to be called before each arrival and after each release: none, unless the policy has a seed. */
export function jitterOf(policy: WaitPolicy, party: number): () => void {
  if (policy.jitterSeed === undefined) return () => {};
  const random = new RandomStream(policy.jitterSeed, party, 'jitter');
  return () => {
    const pauses = random.next() ** 3 * JITTER_PAUSES_MAX; // Mostly short, for close races; now and then long.
    for (let i = 0; i < pauses; i++) pause();
  };
}
