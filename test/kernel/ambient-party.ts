/** Calls everything in ambient-strategy.ts under a guard and tells what came of it: as a worker, or for a test on its own thread. */
import { parentPort } from 'node:worker_threads';
import { ambientCalls, TRANSCENDENTAL } from '../../src/kernel/ambient-calls.ts';
import { AmbientError, AmbientGuard } from '../../src/kernel/ambient-guard.ts';
import { ALLOWED, CALLS } from './ambient-strategy.ts';

/** What was thrown, or what was returned. */
export interface Outcome {
  readonly call?: string;
  readonly message?: string;
  /** The first line of the stack. */
  readonly at?: string;
  readonly result?: unknown;
}

export interface Report {
  /** By title. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Names of properties that are not what they were before. */
  readonly changedWhileInstalled: number;
  readonly changedAfterwards: readonly string[];
  readonly isTickingAfterwards: boolean;
}

export function callEverything(): Report {
  const before = descriptors();
  const guard = AmbientGuard.install();
  const outcomes = new Map<string, Outcome>();
  for (const [title, call] of [...CALLS, ...ALLOWED]) outcomes.set(title, under(guard, call));
  const changedWhileInstalled = changedSince(before).length;
  guard.remove();
  return {
    outcomes,
    changedWhileInstalled,
    changedAfterwards: changedSince(before),
    isTickingAfterwards: Date.now() > 0 && new Date().getTime() > 0 && Math.random() < 1,
  };
}

export function under(guard: AmbientGuard, call: () => unknown): Outcome {
  guard.enter();
  try {
    return { result: call() };
  } catch (error) {
    if (!(error instanceof AmbientError)) return { message: String(error) };
    const { call, message, stack } = error;
    return { call, message, at: stack!.split('\n').find((line) => /^\s+at /.test(line)) ?? '' };
  } finally {
    guard.leave();
  }
}

type Described = readonly [name: string, owner: object, key: string, descriptor: PropertyDescriptor];

function descriptors(): Described[] {
  const calls = ambientCalls().map(({ name, owner, key }) => [name, owner, key] as const);
  const maths = TRANSCENDENTAL.map((key) => [`Math.${key}`, Math, key] as const);
  return [...calls, ...maths].map(([name, owner, key]) => {
    return [name, owner, key, Object.getOwnPropertyDescriptor(owner, key)!];
  });
}

/** Those whose value, getter, setter or flags are other than they were. */
function changedSince(before: readonly Described[]): string[] {
  return before
    .filter(([, owner, key, was]) => {
      const is = Object.getOwnPropertyDescriptor(owner, key);
      const parts = new Set([...Object.keys(was), ...Object.keys(is ?? {})]) as Set<keyof PropertyDescriptor>;
      return [...parts].some((part) => !Object.is(is?.[part], was[part]));
    })
    .map(([name]) => name);
}

parentPort?.postMessage(callEverything());
