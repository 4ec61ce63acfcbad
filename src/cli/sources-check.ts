/** Whether the files that a manifest names are still there and still the same. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../kernel/input-error.ts';
import type { Manifest } from '../record/manifest.ts';
import { sourceHash } from '../strategy/source-hash.ts';

/** Throws InputError that names all that are not. */
export async function checkSources({ inputs, strategies }: Manifest): Promise<void> {
  const findings: string[] = [];
  for (const { path, sha256 } of inputs) {
    findings.push(...(await compare(path, sha256, () => hashFile(path), '')));
  }
  for (const { file, sourceHash: then } of strategies) {
    const now = async (): Promise<string> => (await sourceHash(pathToFileURL(resolve(file)).href)).hash;
    findings.push(...(await compare(file, then, now, ', or a file that it imports,')));
  }
  if (findings.length === 0) return;
  const paths = [...inputs.map(({ path }) => path), ...strategies.map(({ file }) => file)];
  if (paths.some((path) => !isAbsolute(path) && !existsSync(path)))
    findings.push(
      'a manifest has paths as they were given: start verify in the folder where the run was started',
    );
  throw new InputError(`the run cannot be repeated as it was; nothing was compared\n${findings.join('\n')}`);
}

async function compare(
  path: string,
  then: string,
  hash: () => Promise<string>,
  more: string,
): Promise<string[]> {
  if (!existsSync(path)) {
    const where = isAbsolute(path) ? '' : ` (looked for in ${process.cwd()})`;
    return [`${path}: is gone${where}; it had ${then}`];
  }
  const now = await hash();
  return now === then ? [] : [`${path}${more} has changed\n  then ${then}\n  now  ${now}`];
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
