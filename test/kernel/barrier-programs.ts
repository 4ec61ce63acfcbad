/**
 * The barrier's protocol as programs for the model: one for each party, and one for the watcher.
 *
 * An instruction touches shared memory once at most. They stand in the order in which `wait.ts` and
 * `barrier.ts` touch it; `wait.test.ts` holds the code to that order. Loops over steps are unrolled, so that
 * a thread's state is little more than its place in the program.
 *
 * Post 0 is RELEASED, post i the PROMISE of worker i. (The conductor's own is left out, for nobody waits for
 * it.) A release of step k is stored as k + 1, an arrival at it as k + 2; 0 is what `create()` stores.
 */
export interface World {
  readonly parties: number;
  readonly steps: number;
  /** The watcher may abort at any moment, not only once a party has died. */
  readonly whim?: boolean;
  /** This party may die at any moment. */
  readonly dies?: number;
  /** This party may abort in any of its parallel phases. */
  readonly quits?: number;
}

/** What makes the protocol right. A test takes them away one at a time. */
export type Rule =
  | 'looks at the value again once registered'
  | 'looks at ABORT before each sleep'
  | 'looks at ABORT when the wait is over'
  | 'reads the bell before the value'
  | 'rings the bell before notifying'
  | 'sleeps on the bell, not on the value'
  | 'stores before waking'
  | 'stores before counting sleepers'
  | 'sets ABORT before waking'
  | 'wakes even if another has aborted before'
  | 'awaits every worker';

export type Op =
  | 'skip'
  | 'store'
  | 'count' // Reads SLEEPERS.
  | 'ring' // Adds to BELL.
  | 'notify'
  | 'look' // Reads the value.
  | 'look at ABORT'
  | 'register'
  | 'unregister'
  | 'sleep' // Atomics.wait, as it begins.
  | 'asleep'
  | 'set ABORT'
  | 'watch'
  | 'end'
  | 'dead';

export interface Instruction {
  readonly op: Op;
  readonly post: number;
  /** What is stored, or looked for. */
  readonly value: number;
  /** Where it goes from here: if there are several, the model takes them all. */
  readonly next: readonly number[];
  /** Where it goes if the value is not there, nobody sleeps, ABORT is set, or the bell was rung. */
  readonly otherwise: readonly number[];
  /** Where it may go as well, but nobody can count on it. */
  readonly unsure: number[];
  /** Worker: in the parallel phase of this step. Conductor: in the serial phase. */
  readonly inside: number | 'serial' | undefined;
  /** The bell is read here; or is known, from a read before. */
  readonly bell: 'read' | 'known' | undefined;
}
export type Program = Instruction[];

/** Where each program has the same instruction. */
export const DEAD = 0;
export const END = 1;
export const START = 2;
const START_STEP = -1;

/** The programs of all parties, and last the watcher's, with one rule left out. */
export function programsOf(world: World, without: Rule | undefined): Program[] {
  const { parties, steps } = world;
  const has = (rule: Rule) => rule !== without;
  let code: Program = [];
  let inside: Instruction['inside'];

  /** Adds an instruction, which goes on to the one after it unless told where. */
  function put(op: Op, post = 0, value = 0, more: Partial<Instruction> = {}): void {
    const next = [code.length + 1];
    code.push({ op, post, value, next, otherwise: next, unsure: [], inside, bell: undefined, ...more });
  }

  function begin(): void {
    code = [];
    inside = undefined;
    put('dead');
    put('end');
  }

  function store(post: number, value: number): void {
    put('store', post, value);
    inside = undefined; // Both phases last until it is stored that they are over.
  }

  /** wake() in wait.ts. */
  function wake(post: number): void {
    put('count', post, 0, { otherwise: [code.length + 3] });
    put(has('rings the bell before notifying') ? 'ring' : 'skip', post);
    put('notify', post);
  }

  /** publish() in wait.ts. */
  function publish(post: number, value: number): void {
    if (!has('stores before waking')) {
      wake(post);
      store(post, value);
    } else if (!has('stores before counting sleepers')) {
      const at = code.length; // 0 count, then 1 store, 2 ring, 3 notify; or 4 store, if nobody sleeps.
      const before = inside;
      put('count', post, 0, { otherwise: [at + 4] });
      store(post, value);
      put('ring', post);
      put('notify', post, 0, { next: [at + 5] });
      inside = before;
      store(post, value);
    } else {
      store(post, value);
      wake(post);
    }
  }

  /** Waiter.awaitAtLeast() in wait.ts, for any number of tries. */
  function awaitAtLeast(post: number, target: number): void {
    const at = code.length;
    const [look, spin, sleeps, loop, leave, over] = [at, at + 1, at + 2, at + 3, at + 8, at + 9];
    put('look', post, target, { next: [over], otherwise: [spin, sleeps] });
    put('look at ABORT', post, 0, { next: [look], otherwise: [over] });
    put('register', post);

    const bellFirst = has('reads the bell before the value');
    const bellNotValue = has('sleeps on the bell, not on the value'); // If not, the value is what has to be known.
    const bell = bellFirst ? (bellNotValue ? 'known' : 'read') : undefined;
    const readBell = () => put('skip', post, 0, { bell: bellNotValue ? 'read' : undefined });
    if (bellFirst) readBell();
    if (!has('looks at the value again once registered')) put('skip', post);
    else put('look', post, target, { next: [leave], otherwise: [code.length + 1], bell });
    if (!has('looks at ABORT before each sleep')) put('skip', post, 0, { bell: bell && 'known' });
    else put('look at ABORT', post, 0, { otherwise: [leave], bell: bell && 'known' });
    if (!bellFirst) readBell();
    put('sleep', post, 0, { otherwise: [loop], bell: 'known' });
    put('asleep', post, 0, { next: [], unsure: [loop] });
    put('unregister', post);

    if (!has('looks at ABORT when the wait is over')) put('skip', post);
    else put('look at ABORT', post, 0, { otherwise: [END] });
  }

  function setAbort(): void {
    const everyone = has('wakes even if another has aborted before');
    put('set ABORT', 0, 0, { otherwise: [everyone ? code.length + 1 : END] });
  }

  /** abort() in barrier.ts. Ends the program. Returns where it begins. */
  function abort(): number {
    const start = code.length;
    if (has('sets ABORT before waking')) setAbort();
    for (let post = 0; post < parties; post++) wake(post);
    if (!has('sets ABORT before waking')) setAbort();
    put('skip', 0, 0, { next: [END] });
    return start;
  }

  function party(id: number): Program {
    begin();
    const phases: Instruction[] = [];
    for (let step = START_STEP; step < steps; step++) {
      if (id > 0) inside = step;
      put('look at ABORT', 0, 0, { otherwise: [END] }); // arrive(step)
      phases.push(code.at(-1)!);
      if (id > 0) {
        publish(id, step + 2);
        awaitAtLeast(0, step + 2); // awaitRelease(step + 1)
      } else {
        const awaited = has('awaits every worker') ? parties : parties - 1;
        for (let other = 1; other < awaited; other++) awaitAtLeast(other, step + 2); // awaitArrivals(step)
        inside = 'serial';
        put('skip');
        publish(0, step + 2); // release(step + 1)
      }
    }
    put('skip', 0, 0, { next: [END] });
    const abortStart = abort();
    if (id === world.quits) for (const phase of phases) phase.unsure.push(abortStart);
    if (id === world.dies) for (const instruction of code.slice(START)) instruction.unsure.push(DEAD);
    return code;
  }

  function watcher(): Program {
    begin();
    put('watch', 0, 0, { unsure: world.whim ? [START + 1] : [] });
    abort();
    return code;
  }

  return [...Array.from({ length: parties }, (_, id) => party(id)), watcher()];
}
