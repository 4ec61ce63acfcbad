/**
 * A party writes its step on a shared board, arrives, and later reads what all the others wrote, with plain
 * loads. The conductor reads the board in its serial phase, and writes beside it which step comes next. If
 * the barrier lets anyone through early, or opens their writes late, somebody reads a number that is out of
 * step.
 *
 * The board has two rows, used in turn, because a fast party may already be writing step k + 1 while a slow
 * one still reads step k. It cannot reach k + 2, so two rows are enough. That is the whole argument for
 * double-buffering the has-data bitmap, too.
 *
 * That no wake is lost, whatever the schedule, is shown by `barrier-model.test.ts`.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { Barrier, BarrierAborted, CONDUCTOR, START_STEP, WATCHER } from '../../src/kernel/barrier.ts';
import { SLEEP, SPIN, type WaitPolicy } from '../../src/kernel/wait.ts';
import type { Party } from './barrier-party.ts';

const PARTY = new URL('./barrier-party.ts', import.meta.url);
const PLENTY_MS = 120_000;
const DIED = 9;

/** Runs a thread for each of the `ids`, and aborts if one dies. Resolves to how each of them ended. */
function play(
  watcher: Barrier,
  ids: number[],
  given: { steps: number } & Partial<Party>,
): Promise<unknown[]> {
  const { cells, parties } = watcher;
  const board = new Float64Array(new SharedArrayBuffer((2 * parties + 1) * 8)).fill(START_STEP);
  const ends = ids.map(async (id) => {
    const workerData: Party = { cells, board, id, policy: SLEEP, ...given };
    const worker = new Worker(PARTY, { workerData });
    const end = Promise.race([
      once(worker, 'message').then(([end]) => end),
      once(worker, 'exit').then(() => 'died'),
    ]);
    if ((await end) === 'died') watcher.abort(DIED);
    return end;
  });
  return Promise.all(ends);
}

const all = (parties: number) => Array.from({ length: parties }, (_, id) => id);

/** Resolves when as many sleep on RELEASED (they register beside it) as given. */
async function asleep(barrier: Barrier, count: number): Promise<void> {
  while (Atomics.load(barrier.cells, 1) < count) await sleep(1);
}

describe('Barrier', () => {
  const short: WaitPolicy = { spinTries: 20, sleepMs: 1 };
  test.each([
    { parties: 2, policy: SPIN, steps: 30_000 },
    { parties: 2, policy: SLEEP, steps: 20_000 },
    { parties: 2, policy: short, steps: 20_000 },
    { parties: 3, policy: SPIN, steps: 2_000 },
    { parties: 3, policy: SLEEP, steps: 10_000 },
    { parties: 3, policy: { ...short, jitterSeed: 1 }, steps: 5_000 },
    { parties: 7, policy: SLEEP, steps: 5_000 },
    { parties: 7, policy: { ...SLEEP, jitterSeed: 2 }, steps: 2_000 },
  ])(
    'keeps $parties threads in step: $policy',
    async ({ parties, policy, steps }) => {
      const watcher = Barrier.create(parties);
      const strays = await play(watcher, all(parties), { steps, policy });
      expect(strays).toEqual(Array(parties).fill(0));
      expect(watcher.released).toBe(steps);
    },
    PLENTY_MS,
  );

  test('lets one who is alone pass without waiting', () => {
    const watcher = Barrier.create(1);
    const alone = new Barrier(watcher.cells, CONDUCTOR, SLEEP);
    for (let step = START_STEP; step < 1_000; step++) {
      expect(alone.awaitRelease(step)).toBe(step);
      alone.arrive(step);
      alone.awaitArrivals(step);
      alone.release(step + 1);
      expect(watcher.released).toBe(step + 1);
    }
    watcher.abort(3);
    expect(() => alone.arrive(1_000)).toThrow(BarrierAborted);
  });

  test(
    'is not fooled by a ring that comes late, from the step before',
    async () => {
      const watcher = Barrier.create(2);
      const conductor = new Barrier(watcher.cells, CONDUCTOR, SLEEP);
      const ends = play(watcher, [1], { steps: 2 }); // It finds no conductor's step on the board: strays, but no matter.
      conductor.arrive(-1);
      await asleep(watcher, 1);
      let woken = 0;
      while (woken < 3) {
        for (let cell = 0; cell < watcher.cells.length; cell++) woken += Atomics.notify(watcher.cells, cell);
        await sleep(1);
      }
      expect(watcher.hasArrived(1, -1)).toBe(true);
      expect(watcher.hasArrived(1, 0)).toBe(false);
      for (let step = -1; step < 2; step++) {
        if (step >= 0) conductor.arrive(step);
        conductor.awaitArrivals(step);
        conductor.release(step + 1);
      }
      expect(await ends).toEqual([expect.any(Number)]);
    },
    PLENTY_MS,
  );

  test.each([
    { dead: 0, policy: SLEEP },
    { dead: 0, policy: SPIN },
    { dead: 2, policy: SLEEP },
    { dead: 2, policy: SPIN },
  ])(
    'hangs nobody when party $dead has died and the watcher aborts: $policy',
    async ({ dead, policy }) => {
      const ends = await play(Barrier.create(3), all(3), { steps: 100, dead, policy });
      expect(ends).toEqual(all(3).map((id) => (id === dead ? 'died' : `aborted for ${DIED}`)));
    },
    PLENTY_MS,
  );

  test(
    'abort() wakes those who sleep, and refuses those who come later',
    async () => {
      const watcher = Barrier.create(3);
      const ends = play(watcher, [1, 2], { steps: 1 });
      await asleep(watcher, 2);
      watcher.abort(7);
      expect(await ends).toEqual(['aborted for 7', 'aborted for 7']);
      const conductor = new Barrier(watcher.cells, CONDUCTOR, SLEEP);
      expect(() => conductor.arrive(START_STEP)).toThrow(new BarrierAborted(7));
      expect(() => new Barrier(watcher.cells, 1, SPIN).awaitRelease(0)).toThrow(new BarrierAborted(7));
    },
    PLENTY_MS,
  );

  test(
    'abort() ends those who spin, in the midst of their steps',
    async () => {
      const watcher = Barrier.create(2);
      const forever: WaitPolicy = { spinTries: Number.MAX_SAFE_INTEGER, sleepMs: 100 };
      const ends = play(watcher, all(2), { steps: 1e8, policy: forever });
      while (watcher.released < 100) await sleep(1);
      watcher.abort(5);
      expect(await ends).toEqual(['aborted for 5', 'aborted for 5']);
    },
    PLENTY_MS,
  );

  test('keeps the first reason', () => {
    const watcher = Barrier.create(2);
    expect([watcher.isAborted, watcher.abortReason]).toEqual([false, 0]);
    watcher.abort(4);
    watcher.abort(5);
    expect([watcher.isAborted, watcher.abortReason]).toEqual([true, 4]);
    expect(() => watcher.abort(0)).toThrow('a reason is an integer and not 0, was 0');
    expect(() => watcher.abort(0.5)).toThrow('was 0.5');
  });

  test.each([0, -1, 1.5])('rejects %d parties', (parties) => {
    expect(() => Barrier.create(parties)).toThrow(`at least one party, were ${parties}`);
  });

  test.each([2, -2, 0.5])('has no party %d of two', (id) => {
    expect(() => new Barrier(Barrier.create(2).cells, id, SLEEP)).toThrow(`party of 2, was ${id}`);
  });
});

/** Conductor, worker and watcher of one barrier. */
function attach(): [Barrier, Barrier, Barrier] {
  const { cells } = Barrier.create(2);
  const [conductor, worker, watcher] = [CONDUCTOR, 1, WATCHER].map((id) => new Barrier(cells, id, SLEEP));
  return [conductor!, worker!, watcher!];
}

describe('Barrier, out of turn', () => {
  test('nobody arrives twice, or at a step that is not released', () => {
    const [, worker] = attach();
    expect(() => worker.arrive(0)).toThrow('nobody runs ahead');
    worker.arrive(-1);
    expect(() => worker.arrive(-1)).toThrow('each party arrives once a step');
  });

  test('nobody is lapped by a conductor that does not wait', () => {
    const [conductor, worker] = attach();
    conductor.arrive(-1);
    expect(() => conductor.release(0)).toThrow('nobody is lapped');
    worker.arrive(-1);
    conductor.release(0);
    expect(() => conductor.release(0)).toThrow('a step is released once');
    expect(() => conductor.awaitArrivals(0)).toThrow('the conductor arrives like everyone');
    expect(() => conductor.awaitRelease(1)).toThrow('the conductor has released itself');
  });

  test('workers do not conduct, and a watcher takes no part', () => {
    const [, worker, watcher] = attach();
    expect(() => worker.release(0)).toThrow('the conductor alone releases');
    expect(() => worker.awaitArrivals(-1)).toThrow('the conductor alone awaits arrivals');
    expect(() => watcher.arrive(-1)).toThrow('a watcher does not arrive');
    expect(() => watcher.hasArrived(2, 0)).toThrow('party of 2, was 2');
  });
});
