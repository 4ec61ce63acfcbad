/**
 * What determined a run, and what came of it: the contents of manifest.json, and the run's id.
 *
 *     in the id                                              beside it, for people and for comparison
 *     hashes of the input files and how they were read       their paths, rows and bytes
 *     symbols, from, to, interval, resample, portion
 *     strategies: source hash, export, parameters            their names and paths
 *     rules, seed, warm-up, grid, deterministic
 *     instruments of the run's symbols, defaults included    instruments of others
 *     versions of Lockstep and of the record                 version of Node
 *                                                            digest and chunk hashes
 *
 * Workers, block, times and the folder are not in it: they change nothing. Nothing in a manifest tells when it was written, so
 * the same run on the same files writes the same bytes. The order of the inputs does not count, that of the strategies does.
 */
import { createHash } from 'node:crypto';
import { DEFAULT_INSTRUMENT, type Instrument } from '../market/instrument.ts';
import type { ParamValue } from '../strategy/params.ts';
import { canonicalJson } from './canonical.ts';
import type { ChunkHash } from './digest.ts';
import type { Portion } from '../market/portions.ts';
import type { GridSpec } from '../market/timeline.ts';
import type { Rules } from './plan.ts';

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
  /** Length of a bar in the files, in milliseconds. */
  readonly interval: number;
  /** Length of the bars that were made of them before anything else; null for the bars as they are. */
  readonly resample: number | null;
  /** Null for the whole; `from` and `to` are then those of the portion, warm-up included. */
  readonly portion: ManifestPortion | null;
}

/** The portion `number`, counted from 1, of `count`: the steps `first` ≤ step < `end` of so many `steps`. */
export interface ManifestPortion extends Portion {
  readonly first: number;
  readonly end: number;
  readonly steps: number;
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
  readonly grid: GridSpec | null;
  readonly deterministic: boolean;
  /** `record` is the DIGEST_FORMAT of digest.ts. */
  readonly versions: { readonly lockstep: string; readonly record: string; readonly node: string };
  readonly digest: string;
  readonly hashes: readonly ChunkHash[];
}

/** What is known before the run: enough for its id. */
export type RunInputs = Omit<Manifest, 'digest' | 'hashes'>;

const ID_DIGITS = 12;

/** First 12 hex digits of the hash of everything that determines the run. Throws InputError. */
export function runId(inputs: RunInputs): string {
  const json = canonicalJson(determinantsOf(inputs));
  return createHash('sha256').update(json).digest('hex').slice(0, ID_DIGITS);
}

/** Named field by field: what is added to a manifest later is no part of the id until somebody says so. */
function determinantsOf(inputs: RunInputs): unknown {
  const { reading, rules, seed, warmupSteps, grid, deterministic, versions } = inputs;
  const files = inputs.inputs.map(({ symbols, sha256, layout, timeFormat, zone }) =>
    canonicalJson({ symbols, sha256, layout, timeFormat, zone }),
  );
  // Manifests of a version before have neither resample nor portion, and were of neither.
  const { symbols, from, to, interval, resample = null, portion = null } = reading;
  return {
    files: files.sort(),
    reading: { symbols, from, to, interval, resample, portion },
    strategies: inputs.strategies.map(({ exportName, sourceHash, params, symbolParams }) => ({
      exportName,
      sourceHash,
      params,
      symbolParams,
    })),
    rules,
    instruments: symbols.map((symbol) =>
      Object.hasOwn(inputs.instruments, symbol) ? inputs.instruments[symbol] : DEFAULT_INSTRUMENT,
    ),
    seed,
    warmupSteps,
    grid,
    deterministic,
    versions: { lockstep: versions.lockstep, record: versions.record },
  };
}

/** The text of manifest.json: a line for each hash, for there may be many. */
export function manifestText(manifest: Manifest): string {
  canonicalJson(manifest); // Nothing in it may be lost without a word.
  const { hashes, ...rest } = manifest;
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  const lines = hashes.map((piece) => `\n    ${JSON.stringify(piece)}`);
  return `${head},\n  "hashes": [${lines.join(',')}${lines.length === 0 ? '' : '\n  '}]\n}\n`;
}

export { type RecordedRun, readRun } from './run-folder.ts';
