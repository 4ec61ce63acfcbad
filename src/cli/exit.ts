/** How a command ends: exit codes, and the words that go with an error. */
import { fileURLToPath } from 'node:url';
import { InterruptedError, StrategyError, WorkerDiedError } from '../engine/failure.ts';
import { AmbientError } from '../kernel/ambient-guard.ts';
import { InputError } from '../kernel/input-error.ts';
import { StrayError } from './interrupt.ts';

export const EXIT = {
  done: 0,
  /** The run or the strategy failed. */
  failed: 1,
  /** Bad input or usage. */
  input: 2,
  /** A verification differed. */
  differs: 3,
  interrupted: 130,
} as const;

export interface Ending {
  readonly code: number;
  readonly text: string;
}

/** What to say of an error, and the exit code. What is not expected here is our mistake and keeps its stack. */
export function endingOf(error: unknown): Ending {
  if (error instanceof InputError) return { code: EXIT.input, text: error.message };
  if (error instanceof InterruptedError) return { code: EXIT.interrupted, text: error.message };
  if (error instanceof WorkerDiedError)
    return { code: EXIT.failed, text: `${error.message}\nnothing was written` };
  if (error instanceof StrategyError) {
    const stack = strategyFrames(error.failure.stack);
    return { code: EXIT.failed, text: [error.message, ...stack, 'nothing was written'].join('\n') };
  }
  if (error instanceof StrayError) {
    const { stack = '' } = error.cause instanceof Error ? error.cause : {};
    const frames = strategyFrames(stack);
    // Only our own files on its stack: it was not strategy code.
    if (frames.length === 0 && stack.includes(OURS)) return endingOf(error.cause);
    return { code: EXIT.failed, text: [error.message, ...frames, 'nothing was written'].join('\n') };
  }
  if (error instanceof AmbientError)
    return { code: EXIT.failed, text: [error.message, ...strategyFrames(error.stack ?? '')].join('\n') };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: EXIT.failed, text: `this is a mistake in Lockstep itself:\n${text}` };
}

const OURS = new URL('..', import.meta.url).href;
/** Ourselves, Node, and the script within which a run on the main thread can be interrupted. */
const NOT_THE_AUTHORS = [OURS, 'node:', 'evalmachine.'];

/** The frames of a stack that are the author's own, their files as paths. */
function strategyFrames(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !NOT_THE_AUTHORS.some((other) => line.includes(other)))
    .map((line) => line.replace(/file:\/\/[^\s)]+?(?=(:\d+){0,2}\)?$)/, (url) => fileURLToPath(url)));
}
