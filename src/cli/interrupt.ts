/**
 * What ends a run from outside its ticks, as an AbortSignal that loading, running and writing look at: Ctrl-C, a SIGTERM, or
 * strategy code that fails where nobody called it, in a promise that is rejected, a microtask or a timer.
 *
 * A second signal changes nothing: threads that do not listen are terminated two seconds after the first, and to leave at
 * once could leave half a folder behind. Of failures the first counts.
 */
import { InterruptedError } from '../engine/failure.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Strategy code failed outside of a tick. Its cause is what was thrown. */
export class StrayError extends Error {
  override readonly name = 'StrayError';

  constructor(cause: unknown) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`strategy code failed outside of a tick (asynchronously, in a promise or a timer): ${what}`, {
      cause,
    });
  }
}

export class Interrupt {
  readonly #controller = new AbortController();
  #reason: InterruptedError | StrayError | undefined;
  readonly #onSignal = (): void => this.#abort(new InterruptedError());
  /** Gets rejections that nobody handles too, as long as nobody listens to `unhandledRejection`. */
  readonly #onUncaught = (error: unknown): void => this.#abort(new StrayError(error));

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    process.on('uncaughtException', this.#onUncaught);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Throws why, if it is to end. */
  check(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  /** The work's result, unless it is to end before; then the work is left alone, whatever becomes of it. */
  async orStopped<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    let stop = (): void => {};
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
      signal.addEventListener('abort', stop, { once: true });
    });
    if (signal.aborted) stop();
    try {
      return await Promise.race([work, stopped.then(() => Promise.reject(this.#reason!))]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /**
   * Lets everything that is due have its turn, and throws if it fails: what the last ticks left behind (promises, microtasks,
   * timers of 0 or 1 ms, immediates) runs before this comes back. What is due later is not waited for.
   */
  async settle(): Promise<void> {
    // Node reads a timer of 0 as 1 ms, and fires those of one length in the order in which they were set.
    await new Promise((resume) => setTimeout(resume, 1));
    await new Promise((resume) => setImmediate(resume));
    this.check();
  }

  /** What to say when a run has ended early: it knows that it was to end, and we know why. */
  reasonOf(error: unknown): unknown {
    return error instanceof InterruptedError ? (this.#reason ?? error) : error;
  }

  /** The process reacts as any other again. */
  remove(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
    process.off('uncaughtException', this.#onUncaught);
  }

  #abort(reason: InterruptedError | StrayError): void {
    this.#reason ??= reason;
    this.#controller.abort();
  }
}
