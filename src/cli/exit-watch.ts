/**
 * A strategy that runs on the main thread can call `process.exit()`, and with code 0 it would look like success. While a run
 * is on, leaving the process is a failure, it is said, and nothing half written stays.
 */
import { writeSync } from 'node:fs';
import { EXIT } from './exit.ts';

export class ExitWatch {
  /** What to clean up, synchronously. */
  onExit: () => void = () => {};
  readonly #listener = (): void => {
    this.onExit();
    writeSync(
      2,
      'the process was ended in the middle of the run (process.exit in a strategy?): nothing was written\n',
    );
    process.exitCode = EXIT.failed;
  };

  constructor() {
    process.on('exit', this.#listener);
  }

  remove(): void {
    process.off('exit', this.#listener);
  }
}
