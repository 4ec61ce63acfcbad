/** What determined a run, and what came of it: the contents of manifest.json, and the run's id. */
import { InputError } from '../kernel/input-error.ts';
import type { Instrument } from '../market/instrument.ts';
import type { ParamValue } from '../strategy/params.ts';
import type { ChunkHash } from './digest.ts';
import type { Grid, Rules } from './plan.ts';
import type { Summary } from './summary.ts';

/** A file that was read. The hash and how it was read decide; where it lay does not. */
export interface ManifestInput {
  readonly path: string;
  readonly symbols: readonly string[];
  readonly sha256: string;
  readonly layout: string;
  readonly timeFormat: string;
  readonly zone: string;
  readonly rows: number;
  readonly bytes: number;
}

/** What was taken of the files. */
export interface ManifestReading {
  /** Of the run, in canonical order. */
  readonly symbols: readonly string[];
  /** Epoch milliseconds; null means from the first bar, or to the last. */
  readonly from: number | null;
  readonly to: number | null;
  /** Length of a bar in milliseconds. */
  readonly interval: number;
}

export interface ManifestStrategy {
  readonly name: string;
  /** Path or URL of the module. For information. */
  readonly file: string;
  readonly exportName: string;
  readonly sourceHash: string;
  /** As resolved: every parameter with its value. */
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly symbolParams: Readonly<Record<string, Readonly<Record<string, ParamValue>>>>;
}

export interface Manifest {
  readonly inputs: readonly ManifestInput[];
  readonly reading: ManifestReading;
  readonly strategies: readonly ManifestStrategy[];
  readonly rules: Rules;
  /** By symbol; one that is not named has the default. */
  readonly instruments: Readonly<Record<string, Instrument>>;
  readonly seed: number;
  readonly warmupSteps: number;
  readonly grid: Grid | null;
  readonly deterministic: boolean;
  /** `record` is the DIGEST_FORMAT of digest.ts. */
  readonly versions: { readonly lockstep: string; readonly record: string; readonly node: string };
  readonly digest: string;
  readonly hashes: readonly ChunkHash[];
}

/** What is known before the run: enough for its id. */
export type RunInputs = Omit<Manifest, 'digest' | 'hashes'>;

/** First 12 hex digits of the hash of everything that determines the run. Throws InputError. */
export function runId(manifest: RunInputs): string {
  void manifest;
  throw new Error('to come');
}

/** The text of manifest.json. */
export function manifestText(manifest: Manifest): string {
  void manifest;
  throw new Error('to come');
}

export interface RecordedRun {
  readonly manifest: Manifest;
  readonly summary: Summary;
}

/** Reads a run's folder back. Throws InputError if it is not a complete one. */
export function readRun(folder: string): RecordedRun {
  throw new InputError('to come', { file: folder });
}
