/**
 * Ctrl-C, or a SIGTERM, as an AbortSignal that loading, running and writing look at.
 *
 * A second one changes nothing: threads that do not listen are terminated two seconds after the first, and to leave at
 * once could leave half a folder behind.
 */
import { InterruptedError } from '../engine/failure.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #listener = (): void => this.#controller.abort();

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Throws InterruptedError if there was a signal. */
  check(): void {
    if (this.signal.aborted) throw new InterruptedError();
  }

  /** The process reacts as any other again. */
  remove(): void {
    for (const name of SIGNALS) process.off(name, this.#listener);
  }
}
