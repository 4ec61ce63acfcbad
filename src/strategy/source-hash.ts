/**
 * The hash of a strategy's source: of its file and of all local files that it imports, and that they import.
 *
 * The same sources give the same hash in any folder and on any machine: what is hashed are the paths relative to the
 * entry's folder, with `/`, in code-unit order, each with the SHA-256 of the file's bytes. (So line endings count. A
 * repository that converts them on checkout changes the hash, as it changes the file.)
 *
 * Local is what is named by a relative path, an absolute path, a `file:` URL or a `#` import of the package. Packages in
 * node_modules and Lockstep itself are not: their versions are in the manifest.
 *
 * Imports are found by their shape in the source. What looks like one in a comment or a string counts if it names an
 * existing file, and so does an import of types alone: the hash may cover a file too many, which is harmless, but it shall
 * cover none too few. What it cannot see: a dynamic import whose path is computed or written with escapes, a `#` import
 * that means one file to `import` and another to `require`, a bare name that leads out of node_modules through a
 * link, and files that a strategy reads as data.
 */
import { hash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface SourceFile {
  /** Relative to the folder of the entry. */
  readonly path: string;
  readonly sha256: string;
}

export interface SourceHash {
  readonly hash: string;
  /** In code-unit order of their paths. */
  readonly files: readonly SourceFile[];
}

const OUR_SOURCE = fileURLToPath(new URL('..', import.meta.url));
const MODULE = /\.[cm]?[jt]s$/;

// Each alternative of a gap starts differently and ends where it must, so there is one way to match it: linear time.
const GAP = String.raw`(?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*`;
const LOCAL = String.raw`(?:\.{0,2}/|file:|#)`;
const IMPORT = new RegExp(
  String.raw`\b(?:from|import|require)${GAP}(?:\(${GAP})?(['"\x60])(${LOCAL}[^'"\x60\n]*)\1`,
  'g',
);

/** The hash of the strategy whose entry is at this `file:` URL. Rejects if that file cannot be read. */
export async function sourceHash(url: string): Promise<SourceHash> {
  const sources = await localSources(fileURLToPath(url));
  const folder = dirname([...sources.keys()][0]!); // The first is the entry.
  const files = [...sources]
    .map(([file, bytes]) => ({ path: portablePath(folder, file), sha256: hash('sha256', bytes) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return { hash: hash('sha256', JSON.stringify(files.map(({ path, sha256 }) => [path, sha256]))), files };
}

/** A file, first, and all local files that it needs, with what is in them. Rejects if that file cannot be read. */
export async function localSources(entry: string): Promise<Map<string, Buffer>> {
  const sources = new Map<string, Buffer>();
  const found = new Set([await realpath(entry)]);
  for (const file of found) {
    // The set grows while we walk it, and its iterator visits what is added.
    const bytes = await readFile(file);
    sources.set(file, bytes);
    for (const imported of await importsOf(file, bytes)) if (!isForeign(imported)) found.add(imported);
  }
  return sources;
}

/** The local specifiers in a source, with the lines (from 1) on which they stand. */
export function localSpecifiers(source: string): { specifier: string; line: number }[] {
  return [...source.matchAll(IMPORT)]
    .filter(([, quote, specifier]) => !(quote === '`' && specifier!.includes('${')))
    .map((match) => ({
      specifier: match[2]!,
      line: source.slice(0, match.index + match[0].length).split('\n').length,
    }));
}

/** The file that a local specifier means in the file `parent`, or undefined if there is none. */
export async function resolveLocal(specifier: string, parent: string): Promise<string | undefined> {
  try {
    if (specifier.startsWith('#')) return await realpath(createRequire(parent).resolve(specifier));
    return await realpath(fileURLToPath(new URL(specifier, pathToFileURL(parent))));
  } catch {
    return undefined; // Not a file: text that looks like an import, or an import that will fail and say so.
  }
}

async function importsOf(file: string, bytes: Buffer): Promise<string[]> {
  if (!MODULE.test(file)) return [];
  const specifiers = localSpecifiers(bytes.toString('utf8'));
  const files = await Promise.all(specifiers.map(({ specifier }) => resolveLocal(specifier, file)));
  return files.filter((imported) => imported !== undefined);
}

function portablePath(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

function isForeign(file: string): boolean {
  return file.startsWith(OUR_SOURCE) || file.includes(`${sep}node_modules${sep}`);
}
