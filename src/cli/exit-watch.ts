/**
 * A strategy that runs on the main thread can call `process.exit()`, and with code 0 it would look like success. While a run
 * is on, leaving the process is a failure, it is said, and nothing half written stays.
 */
import { writeSync } from 'node:fs';
import { EXIT } from './exit.ts';

/** Node's own: nothing is left to do, and a module still awaits something. */
const UNSETTLED = 13;

export class ExitWatch {
  /** What to clean up, synchronously. */
  onExit: () => void = () => {};
  readonly #listener = (code: number): void => {
    this.onExit();
    const why =
      code === UNSETTLED
        ? 'nothing is left to do, and the run is not over: the module of a strategy awaits something that never comes'
        : 'the process was ended before the run was over (process.exit in a strategy?)';
    writeSync(2, `${why}; nothing was written\n`);
    process.exitCode = EXIT.failed;
  };

  constructor() {
    process.on('exit', this.#listener);
  }

  remove(): void {
    process.off('exit', this.#listener);
  }
}
