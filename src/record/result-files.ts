/** Writes a run's folder, chunk by chunk while the run goes on; it has its name only when it is complete. */
import type { ChunkListener } from './ledger.ts';
import type { Manifest } from './manifest.ts';
import type { Summary } from './summary.ts';

export interface ResultOptions {
  /** The run's folder. Its parents are made. */
  readonly folder: string;
  readonly symbols: readonly string[];
  /** The timeline: the time of each step. */
  readonly times: Float64Array;
  /** Whether to write CSV beside Arrow. */
  readonly csv: boolean;
}

export class ResultFiles {
  /** Throws InputError if the folder exists and is not a run's, or cannot be made. */
  constructor(options: ResultOptions) {
    void options;
  }

  /** A listener of the ledger. */
  readonly listen: ChunkListener = () => {};

  /** Time that writing has taken so far. */
  get writeMs(): number {
    return 0;
  }

  /** Writes another file into the folder, such as report.html. */
  writeText(name: string, text: string): void {
    void [name, text];
  }

  /** Writes manifest.json and summary.json, closes all files and gives the folder its name. */
  commit(manifest: Manifest, summary: Summary): void {
    void [manifest, summary];
  }

  /** Removes everything that was written. May be called at any time, also after `commit` (then it does nothing). */
  discard(): void {}
}
