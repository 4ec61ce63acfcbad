/**
 * Writes a run's folder while the run goes on; the folder has its name only when it is complete.
 *
 *     <folder>.partial-<pid>   being written; left over only by a process that was killed
 *     <folder>                 complete
 *     <folder>.old-<pid>       the one that it replaces, between two renames
 *
 * Everything is on the disk (fsync) before the rename, so not even a power cut puts a torn folder under the name. A kill between the
 * two renames leaves none under it, and both beside it. A folder that is no run's is never replaced.
 *
 * It listens to the ledger and writes each chunk as it comes: memory holds one chunk. An error while writing must not unsettle
 * the ledger, whose other listeners have nothing to do with it, so it is kept, nothing more is written, and `commit` throws it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { assert } from '../kernel/assert.ts';
import { monotonicMs } from '../kernel/clock.ts';
import { InputError } from '../kernel/input-error.ts';
import { ArrowFile } from './arrow-file.ts';
import { CsvFile } from './csv-file.ts';
import type { Chunk, ChunkListener } from './ledger.ts';
import { type Manifest, manifestText } from './manifest.ts';
import { ALL_KINDS } from './records.ts';
import { FILE_OF_KIND, ResultTable, type TableFile } from './result-tables.ts';
import { MANIFEST_FILE, SUMMARY_FILE } from './run-folder.ts';
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

interface OpenTable {
  readonly table: ResultTable;
  readonly files: readonly TableFile[];
}

export class ResultFiles {
  readonly folder: string;
  readonly #partial: string;
  readonly #times: Float64Array;
  readonly #tables: OpenTable[] = [];
  #state: 'open' | 'closed' | 'done' = 'open';
  #error: unknown;
  #writeMs = 0;

  /** Throws InputError if the folder exists and is not a run's, or cannot be made. */
  constructor({ folder, symbols, times, csv }: ResultOptions) {
    this.folder = resolve(folder);
    this.#partial = besideOf(this.folder, 'partial');
    this.#times = times;
    checkReplaceable(this.folder);
    try {
      mkdirSync(dirname(this.folder), { recursive: true });
      rmSync(this.#partial, { recursive: true, force: true }); // Of a process of long ago with our id.
      mkdirSync(this.#partial);
      for (const kind of ALL_KINDS) this.#openTable(kind, symbols, csv);
    } catch (error) {
      this.discard();
      throw new InputError(`cannot be written (${(error as Error).message})`, { file: this.folder });
    }
  }

  /** A listener of the ledger. */
  readonly listen: ChunkListener = (chunk) => {
    if (this.#state !== 'open' || this.#error !== undefined) return;
    const from = monotonicMs();
    try {
      this.#write(chunk);
    } catch (error) {
      this.#error = error;
    }
    this.#writeMs += monotonicMs() - from;
  };

  /** Milliseconds that writing has taken so far. */
  get writeMs(): number {
    return this.#writeMs;
  }

  /**
   * Writes the ends of the tables. Not needed before `commit`, but then `writeMs` includes it. Throws what went wrong while
   * writing, as `commit` does.
   */
  closeTables(): void {
    assert(this.#state !== 'done', 'files are closed before they are committed or discarded');
    this.#throwKept();
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const from = monotonicMs();
    this.#guard(() => this.#closeAll());
    this.#writeMs += monotonicMs() - from;
  }

  /** Writes another file into the folder, such as report.html. */
  writeText(name: string, text: string): void {
    assert(this.#state !== 'done', 'files are written before they are committed or discarded');
    assert(name === basename(name), 'a file of the folder has a name, not a path');
    this.#guard(() => writeWhole(join(this.#partial, name), text));
  }

  /** Writes manifest.json and summary.json, closes all files and gives the folder its name. On an error nothing is there. */
  commit(manifest: Manifest, summary: Summary): void {
    assert(this.#state !== 'done', 'a folder is committed once');
    try {
      this.closeTables();
      this.writeText(SUMMARY_FILE, `${JSON.stringify(summary, null, 2)}\n`);
      this.writeText(MANIFEST_FILE, manifestText(manifest));
      checkReplaceable(this.folder);
      this.#guard(() => this.#rename());
    } catch (error) {
      this.discard();
      throw error;
    }
    this.#state = 'done';
  }

  /** Removes everything that was written. May be called at any time; after `commit` it does nothing. */
  discard(): void {
    if (this.#state === 'done') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'done';
    try {
      if (wasOpen) this.#closeAll();
    } catch {
      // It goes away all the same, and whoever discards knows why.
    }
    rmSync(this.#partial, { recursive: true, force: true });
  }

  #openTable(kind: (typeof ALL_KINDS)[number], symbols: readonly string[], csv: boolean): void {
    const table = new ResultTable(kind);
    const files: TableFile[] = [];
    this.#tables.push({ table, files });
    const path = join(this.#partial, FILE_OF_KIND[kind]);
    files.push(new ArrowFile(`${path}.arrow`, table.columns, symbols));
    if (csv) files.push(new CsvFile(`${path}.csv`, table.columns, symbols));
  }

  #write(chunk: Chunk): void {
    for (const { table, files } of this.#tables) {
      const { count } = chunk.rows[table.kind];
      if (count === 0) continue;
      const values = table.decode(chunk, this.#times);
      for (const file of files) file.append(values, count);
    }
  }

  /** Closes every file, whatever happens to the others, then throws the first error. */
  #closeAll(): void {
    let failed: { error: unknown } | undefined;
    for (const file of this.#tables.flatMap(({ files }) => files)) {
      try {
        file.close();
      } catch (error) {
        failed ??= { error };
      }
    }
    if (failed !== undefined) throw failed.error;
  }

  #rename(): void {
    syncFolder(this.#partial);
    const old = besideOf(this.folder, 'old');
    rmSync(old, { recursive: true, force: true });
    const isReplacing = existsSync(this.folder);
    if (isReplacing) renameSync(this.folder, old);
    try {
      renameSync(this.#partial, this.folder);
    } catch (error) {
      if (isReplacing) renameSync(old, this.folder);
      throw error;
    }
    syncFolder(dirname(this.folder));
    rmSync(old, { recursive: true, force: true });
  }

  /** What the disk refuses is the user's to put right. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#error = error;
      this.#throwKept();
    }
  }

  #throwKept(): void {
    const error = this.#error;
    if (error === undefined) return;
    const isSystem = (error as NodeJS.ErrnoException).syscall !== undefined;
    throw isSystem
      ? new InputError(`the results cannot be written (${(error as Error).message})`, { file: this.folder })
      : error;
  }
}

/** Throws InputError at a folder, or file, that is there and that no run has written. */
function checkReplaceable(folder: string): void {
  if (!existsSync(folder) || existsSync(join(folder, MANIFEST_FILE))) return;
  let isEmpty = false;
  try {
    isEmpty = readdirSync(folder).length === 0;
  } catch {
    // A file.
  }
  if (isEmpty) return;
  throw new InputError('exists and is no folder of a run, so it is not replaced; name another', {
    file: folder,
  });
}

function besideOf(folder: string, word: string): string {
  return `${folder}.${word}-${process.pid}`;
}

function writeWhole(path: string, text: string): void {
  const descriptor = openSync(path, 'w');
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the names in a folder last. Windows cannot, and does not need it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
