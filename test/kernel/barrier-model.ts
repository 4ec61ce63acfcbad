/**
 * Every interleaving of the barrier's protocol, for a few threads and steps: a breadth-first walk over all
 * the states that any schedule can reach.
 *
 * A sleep has no time limit here: whoever is not woken sleeps for ever. Wakes without a cause do happen, but
 * nobody may count on one; nor on a death, nor on an abort while nobody has died. So the walk knows which
 * transitions are *sure*, and a state from which no path of sure ones leads to the end is a fault, `stuck`:
 * deadlocks, livelocks, lost wakes.
 *
 * The other faults: `overlap`, a worker is in a parallel phase during a serial phase; `lapped`, a step is
 * released while a worker is still in an earlier one; `ahead`, a worker is in a step that is not released.
 *
 * State: one array of small integers.
 *
 *     parties     VALUE of each post
 *     parties     SLEEPERS of each post
 *     1           ABORT
 *     2 a thread  PC, and STALE: BELL was rung since it was read, which is all of BELL that matters
 *
 * The last thread is the watcher. It may abort, and takes no part otherwise.
 */
import { DEAD, programsOf, type Rule, START, type World } from './barrier-programs.ts';

export type Fault = 'overlap' | 'lapped' | 'ahead' | 'stuck';

/** Walks all states of a world. No faults: no schedule can go wrong. */
export function explore(world: World, without?: Rule): { states: number; faults: Fault[] } {
  const programs = programsOf(world, without);
  const { parties } = world;
  const ABORT = 2 * parties;
  const pcOf = (thread: number) => ABORT + 1 + 2 * thread;
  const staleOf = (thread: number) => pcOf(thread) + 1;
  const at = (state: number[], thread: number) => programs[thread]![state[pcOf(thread)]!]!;
  const threads = programs.map((_, thread) => thread);
  const ringsBell = without !== 'sleeps on the bell, not on the value';

  /** The bell of a post was rung, or what they sleep on instead has changed. */
  function makeStale(state: number[], post: number): void {
    for (const thread of threads) {
      const { bell, post: its } = at(state, thread);
      if (bell === 'known' && its === post) state[staleOf(thread)] = 1;
    }
  }

  /** Does the instruction of `thread` on `state`, in place. Returns where it may go next. */
  function perform(state: number[], thread: number): readonly number[] {
    const { op, post, value, next, otherwise, bell } = at(state, thread);
    if (bell === 'read') state[staleOf(thread)] = 0;
    switch (op) {
      case 'store':
        state[post] = value;
        if (!ringsBell) makeStale(state, post);
        return next;
      case 'count':
        return state[parties + post]! > 0 ? next : otherwise;
      case 'ring':
        if (ringsBell) makeStale(state, post);
        return next;
      case 'notify':
        for (const other of threads) {
          const { op, post: its, unsure } = at(state, other);
          if (op === 'asleep' && its === post) state[pcOf(other)] = unsure[0]!;
        }
        return next;
      case 'look':
        return state[post]! >= value ? next : otherwise;
      case 'look at ABORT':
        return state[ABORT] === 0 ? next : otherwise;
      case 'register':
        state[parties + post]!++;
        return next;
      case 'unregister':
        state[parties + post]!--;
        return next;
      case 'sleep': {
        const stale = state[staleOf(thread)]!;
        state[staleOf(thread)] = 0;
        return stale === 0 ? next : otherwise;
      }
      case 'set ABORT': {
        const first = state[ABORT] === 0;
        state[ABORT] = 1;
        return first ? next : otherwise;
      }
      case 'watch':
        return threads.some((other) => state[pcOf(other)] === DEAD) ? next : [];
      case 'end':
      case 'dead':
      case 'asleep':
        return [];
      default:
        return next;
    }
  }

  const faults = new Set<Fault>();
  function judge(state: number[]): void {
    for (let worker = 1; worker < parties; worker++) {
      const step = at(state, worker).inside;
      if (typeof step !== 'number') continue;
      if (at(state, 0).inside === 'serial') faults.add('overlap');
      if (state[0]! > step + 1) faults.add('lapped');
      if (state[0]! < step + 1) faults.add('ahead');
    }
  }

  const ids = new Map<string, number>();
  const states: string[] = []; // As text, one character a number: a tenth of the memory.
  function visit(state: number[]): number {
    const key = String.fromCharCode(...state);
    let id = ids.get(key);
    if (id === undefined) {
      id = states.push(key) - 1;
      ids.set(key, id);
      judge(state);
    }
    return id;
  }

  const initial = Array<number>(2 * parties + 1).fill(0);
  for (const _ of threads) initial.push(START, 0);
  visit(initial);
  const sureFrom: number[] = [];
  const sureTo: number[] = [];
  for (let id = 0; id < states.length; id++) {
    const state = Array.from(states[id]!, (character) => character.charCodeAt(0));
    for (const thread of threads) {
      const after = state.slice();
      for (const next of perform(after, thread)) {
        after[pcOf(thread)] = next;
        sureFrom.push(id);
        sureTo.push(visit(after));
      }
      for (const next of at(state, thread).unsure) {
        const astray = state.slice();
        astray[pcOf(thread)] = next;
        astray[staleOf(thread)] = 0;
        visit(astray);
      }
    }
  }

  // Back from the ends along sure transitions, until nothing is added. Most lead to later states: few rounds do.
  const canEnd = new Uint8Array(states.length);
  states.forEach((state, id) => {
    if (threads.every((thread) => thread === parties || state.charCodeAt(pcOf(thread)) < START))
      canEnd[id] = 1;
  });
  for (let added = 1; added > 0; ) {
    added = 0;
    for (let edge = sureTo.length - 1; edge >= 0; edge--) {
      if (canEnd[sureTo[edge]!] === 0 || canEnd[sureFrom[edge]!] === 1) continue;
      canEnd[sureFrom[edge]!] = 1;
      added++;
    }
  }
  if (canEnd.includes(0)) faults.add('stuck');
  return { states: states.length, faults: [...faults].sort() };
}
