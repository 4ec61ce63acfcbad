/**
 * Runs code on this thread so that Ctrl-C ends it even if it never returns, and SIGTERM too.
 *
 * A signal handler in JavaScript has its turn when the code has returned; a strategy that loops for ever does not. V8 can stop
 * such code from outside, and `node:vm` lets SIGINT do it: handlers of the process rest meanwhile. A call costs some
 * 70 µs, so it is for slices of tens of milliseconds. SIGTERM has no such way: for the length of a slice it does what it
 * does to a program without a handler, and ends the process at once.
 */
import { Script } from 'node:vm';

const SLOT = Symbol.for('lockstep.interruptible');
const script = new Script("globalThis[Symbol.for('lockstep.interruptible')]()");

/** Whether the code ran to its end; false if Ctrl-C stopped it. What it throws is thrown. */
export function runInterruptible(code: () => void): boolean {
  const slots = globalThis as { [SLOT]?: () => void };
  slots[SLOT] = code;
  const onTerm = process.listeners('SIGTERM');
  process.removeAllListeners('SIGTERM');
  try {
    script.runInThisContext({ breakOnSigint: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') return false;
    throw error;
  } finally {
    delete slots[SLOT];
    for (const listener of onTerm) process.on('SIGTERM', listener);
  }
}
