/**
 * The code touches shared memory in the order in which the model does (`barrier-programs.ts`), access by
 * access.
 *
 * Atomics are recorded, under the names that `barrier.ts` gives to its cells. `Atomics.wait` does not sleep
 * here: it does what another thread would meanwhile have done, and wakes.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Barrier, BarrierAborted, CONDUCTOR } from '../../src/kernel/barrier.ts';
import { CELLS_PER_LINE, type SharedCells } from '../../src/kernel/layout.ts';
import { SLEEP, type WaitPolicy } from '../../src/kernel/wait.ts';

const LINES = ['RELEASED', 'SETTLED', 'ABORT', 'PARTIES', 'PROMISE 0', 'PROMISE 1'];
const ON_LINE = ['', ' SLEEPERS', ' BELL'];

const nameOf = (cell: number) => LINES[Math.floor(cell / CELLS_PER_LINE)]! + ON_LINE[cell % CELLS_PER_LINE]!;

/** Records every atomic access from now on; while asleep, `meanwhile` happens. */
function record(meanwhile: (cells: SharedCells, sleep: number) => void = () => {}): string[] {
  const log: string[] = [];
  for (const access of ['load', 'store', 'add', 'sub', 'compareExchange', 'notify'] as const) {
    const original = Atomics[access] as (...given: unknown[]) => number;
    vi.spyOn(Atomics, access).mockImplementation((...given: unknown[]) => {
      log.push(`${access} ${nameOf(given[1] as number)}`);
      return original(...given);
    });
  }
  let sleeps = 0;
  vi.spyOn(Atomics, 'wait').mockImplementation((...given: unknown[]) => {
    const [cells, cell, bell] = given as [SharedCells, number, number];
    log.push(`wait ${nameOf(cell)}`);
    expect(cells[cell]).toBe(bell);
    meanwhile(cells, sleeps++);
    return 'ok';
  });
  return log;
}

/** Two parties that have both arrived at the start-up. */
function pair(policy: WaitPolicy = SLEEP): { conductor: Barrier; worker: Barrier; cells: SharedCells } {
  const { cells } = Barrier.create(2);
  const conductor = new Barrier(cells, CONDUCTOR, policy);
  const worker = new Barrier(cells, 1, policy);
  conductor.arrive(-1);
  worker.arrive(-1);
  return { conductor, worker, cells };
}
const line = (name: string) => LINES.indexOf(name) * CELLS_PER_LINE;

afterEach(() => void vi.restoreAllMocks());

describe('publishing', () => {
  test('stores, then finds nobody to wake', () => {
    const { conductor } = pair();
    const log = record();
    conductor.release(0);
    expect(log).toEqual(['store RELEASED', 'load RELEASED SLEEPERS']);
  });

  test('stores, then rings for those who sleep', () => {
    const { conductor, worker, cells } = pair();
    cells[line('RELEASED') + 1] = 1;
    cells[line('PROMISE 1') + 1] = 1;
    const log = record();
    conductor.release(0);
    expect(log).toEqual([
      'store RELEASED',
      'load RELEASED SLEEPERS',
      'add RELEASED BELL',
      'notify RELEASED BELL',
    ]);
    log.length = 0;
    worker.arrive(0);
    expect(log).toEqual([
      'load ABORT',
      'store PROMISE 1',
      'load PROMISE 1 SLEEPERS',
      'add PROMISE 1 BELL',
      'notify PROMISE 1 BELL',
    ]);
  });

  test('costs one who is alone nothing but a look at ABORT', () => {
    const alone = new Barrier(Barrier.create(1).cells, CONDUCTOR, SLEEP);
    alone.arrive(-1);
    alone.awaitArrivals(-1);
    const log = record();
    alone.release(0);
    alone.awaitRelease(0);
    alone.arrive(0);
    alone.awaitArrivals(0);
    expect(log).toEqual(['load ABORT']);
  });
});

describe('waiting', () => {
  const SPIN_TRY = ['load ABORT', 'load RELEASED'];
  const ASLEEP_TRY = ['load RELEASED BELL', 'load RELEASED', 'load ABORT', 'wait RELEASED BELL'];

  test('goes on at once if the value is there', () => {
    const { conductor, worker } = pair();
    conductor.release(0);
    const log = record();
    worker.awaitRelease(0);
    expect(log).toEqual(['load RELEASED', 'load ABORT']);
  });

  test('spins, registers, and looks again before each sleep', () => {
    const { worker } = pair({ spinTries: 2, sleepMs: 100 });
    const log = record((cells, sleep) => {
      if (sleep === 1) cells[line('RELEASED')] = 0; // Woken once for nothing, then released.
    });
    expect(worker.awaitRelease(0)).toBe(0);
    expect(log).toEqual([
      'load RELEASED',
      ...SPIN_TRY,
      ...SPIN_TRY,
      'add RELEASED SLEEPERS',
      ...ASLEEP_TRY,
      ...ASLEEP_TRY,
      'load RELEASED BELL',
      'load RELEASED',
      'sub RELEASED SLEEPERS',
      'load ABORT',
    ]);
  });

  test.runIf('pause' in Atomics)(
    'spins less where that is in vain, more where it is not, and now and then in full',
    () => {
      const { worker, cells } = pair({ spinTries: 8, sleepMs: 100 });
      const log = record((cells) => cells[line('RELEASED')]!++);
      /** The looks before it slept, after the first: its tries. */
      const tries = () => {
        log.length = 0;
        worker.awaitRelease(cells[line('RELEASED')]! + 1);
        return log.slice(0, log.indexOf('add RELEASED SLEEPERS')).filter((access) => access === SPIN_TRY[0])
          .length;
      };
      expect([1, 2, 3].map(tries)).toEqual([8, 4, 2]);

      const pause = vi.spyOn(Atomics, 'pause').mockImplementation(() => void cells[line('RELEASED')]!++);
      worker.awaitRelease(cells[line('RELEASED')]! + 1); // Released during its one try.
      pause.mockRestore();
      expect([5, 6, 7, 8].map(tries)).toEqual([2, 1, 0, 0]);
      for (let sleeps = 7; sleeps < 256; sleeps++) expect(tries()).toBe(0);
      expect([1, 2, 3].map(tries)).toEqual([8, 4, 2]);
    },
  );

  test('ends when woken by an abort, and unregisters', () => {
    const { worker, cells } = pair();
    const log = record(() => (cells[line('ABORT')] = 7));
    expect(() => worker.awaitRelease(0)).toThrow(BarrierAborted);
    expect(log.slice(0, -1)).toEqual([
      'load RELEASED',
      'add RELEASED SLEEPERS',
      ...ASLEEP_TRY,
      'load RELEASED BELL',
      'load RELEASED',
      'load ABORT',
      'sub RELEASED SLEEPERS',
      'load ABORT',
    ]);
    expect(log.at(-1)).toBe('load ABORT'); // For the reason.
    expect(cells[line('RELEASED') + 1]).toBe(0);
  });

  test('looks at each promise in turn, as the conductor', () => {
    const { conductor } = pair();
    const log = record();
    conductor.awaitArrivals(-1);
    expect(log).toEqual(['load PROMISE 1', 'load ABORT']);
  });

  test.each([
    [{ spinTries: -1, sleepMs: 100 }, 'spinTries counts, was -1'],
    [{ spinTries: 0.5, sleepMs: 100 }, 'spinTries counts, was 0.5'],
    [{ spinTries: 0, sleepMs: 0 }, 'sleepMs from 1 to 100, was 0'],
    [{ spinTries: 0, sleepMs: 101 }, 'sleepMs from 1 to 100, was 101'],
    [{ spinTries: 0, sleepMs: Number.NaN }, 'sleepMs from 1 to 100, was NaN'],
  ])('refuses the policy %o', (policy, claim) => {
    expect(() => new Barrier(Barrier.create(2).cells, 0, policy)).toThrow(claim);
  });
});

test('aborting sets ABORT, then rings for all who sleep', () => {
  const { worker, cells } = pair();
  cells[line('PROMISE 1') + 1] = 1;
  const log = record();
  worker.abort(7);
  expect(log).toEqual([
    'compareExchange ABORT',
    'load RELEASED SLEEPERS',
    'load SETTLED SLEEPERS',
    'load PROMISE 0 SLEEPERS',
    'load PROMISE 1 SLEEPERS',
    'add PROMISE 1 BELL',
    'notify PROMISE 1 BELL',
  ]);
});
