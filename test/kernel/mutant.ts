/**
 * A module with one fault put into it, for tests that show what the fault would do.
 *
 * The mutated source goes to a directory for temporary files, its imports pointing back to where it came
 * from. Node strips its types like those of the original, so a worker thread can import it by its address.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Replaces `sound`, which must occur once in the source, by `faulty`. Returns the address of the result. */
export function mutant(original: URL, sound: string, faulty: string): string {
  const source = readFileSync(original, 'utf8');
  const parts = source.split(sound);
  if (parts.length !== 2) throw new Error(`"${sound}" occurs ${parts.length - 1} times in ${original.href}`);
  const mutated = parts
    .join(faulty)
    .replaceAll(/from '(\.[^']+)'/g, (_, path: string) => `from '${new URL(path, original).href}'`);
  const file = join(mkdtempSync(join(tmpdir(), 'mutant-')), basename(original.pathname));
  writeFileSync(file, mutated);
  return pathToFileURL(file).href;
}
