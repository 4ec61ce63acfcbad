/** A run's folder as it lies on the disk: what makes one complete, and reading it back. */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../kernel/input-error.ts';
import { digestOf } from './digest.ts';
import type { Manifest } from './manifest.ts';
import { ALL_KINDS } from './records.ts';
import { FILE_OF_KIND } from './result-tables.ts';
import type { Summary } from './summary.ts';

export const MANIFEST_FILE = 'manifest.json';
export const SUMMARY_FILE = 'summary.json';

export interface RecordedRun {
  readonly manifest: Manifest;
  readonly summary: Summary;
}

/** Reads a run's folder back. Throws InputError if it is not a complete one. */
export function readRun(folder: string): RecordedRun {
  if (!existsSync(join(folder, MANIFEST_FILE))) {
    throw new InputError(`is no folder of a run: it has no ${MANIFEST_FILE}`, { file: folder });
  }
  const manifest = readJson(folder, MANIFEST_FILE) as Manifest;
  const summary = readJson(folder, SUMMARY_FILE) as Summary;
  checkShape(manifest, join(folder, MANIFEST_FILE), {
    inputs: 'list',
    reading: 'object',
    strategies: 'list',
    rules: 'object',
    instruments: 'object',
    versions: 'object',
    digest: 'string',
    hashes: 'list',
  });
  checkShape(summary, join(folder, SUMMARY_FILE), { digest: 'string', symbols: 'list', metrics: 'object' });
  if (summary.digest !== manifest.digest || digestOf(summary.symbols, manifest.hashes) !== manifest.digest) {
    throw new InputError(
      `the digest does not match its hashes: ${MANIFEST_FILE} or ${SUMMARY_FILE} was changed`,
      {
        file: folder,
      },
    );
  }
  for (const kind of ALL_KINDS) checkArrow(join(folder, `${FILE_OF_KIND[kind]}.arrow`));
  return { manifest, summary };
}

function readJson(folder: string, name: string): unknown {
  const file = join(folder, name);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new InputError(`cannot be read (${(error as Error).message})`, { file });
  }
}

function checkShape(
  value: unknown,
  file: string,
  shape: Readonly<Record<string, 'list' | 'object' | 'string'>>,
): void {
  const members = (shapeOf(value) === 'object' ? value : {}) as Readonly<Record<string, unknown>>;
  for (const [name, expected] of Object.entries(shape)) {
    if (shapeOf(members[name]) === expected) continue;
    throw new InputError(`is not what a run writes: it has no "${name}" that is a ${expected}`, { file });
  }
}

function shapeOf(value: unknown): string {
  return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
}

const MAGIC = 'ARROW1';

/** An Arrow file begins and ends with the same word; one that was cut off does not end with it. */
function checkArrow(file: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw new InputError(`cannot be read (${(error as Error).message})`, { file });
  }
  try {
    const wordAt = (position: number): string => {
      const word = Buffer.alloc(MAGIC.length);
      readSync(descriptor, word, 0, MAGIC.length, Math.max(0, position));
      return word.toString('latin1');
    };
    const { size } = fstatSync(descriptor);
    if (size < 2 * MAGIC.length || wordAt(0) !== MAGIC || wordAt(size - MAGIC.length) !== MAGIC) {
      throw new InputError('is no whole Arrow file', { file });
    }
  } finally {
    closeSync(descriptor);
  }
}
