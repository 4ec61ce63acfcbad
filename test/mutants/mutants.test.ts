/** Each listed fault, put into a private copy of the engine, is found by comparing worlds. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MUTATIONS, type Mutation } from './list.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What `compare.ts` reads. */
const COPIED = [
  'src',
  'package.json',
  'test/naive.ts',
  'test/naive',
  'test/support',
  'test/worlds',
  'test/mutants',
  'test/engine',
];
const WORLDS = ['0', '120'];

/** A copy of what the comparison needs, with a fault or without. */
function copyWith(mutation: Mutation | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-mutant-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  if (mutation === null) return folder;
  const file = join(folder, 'src', mutation.file);
  const parts = readFileSync(file, 'utf8').split(mutation.sound);
  expect(parts.length - 1, `"${mutation.sound}" in src/${mutation.file}`).toBe(1);
  writeFileSync(file, parts.join(mutation.faulty));
  return folder;
}

async function compareIn(folder: string): Promise<string> {
  const script = join(folder, 'test/mutants/compare.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...WORLDS]);
  return stdout;
}

describe('the comparison of worlds', { timeout: 60_000 }, () => {
  test('finds nothing wrong with the engine as it is', async () => {
    expect(await compareIn(copyWith(null))).toBe('');
  });

  test.each(MUTATIONS)('finds an engine that $name', async (mutation) => {
    const found = await compareIn(copyWith(mutation));
    expect(found).toMatch(/^world \d+: /);
    expect(found, 'a fault of the engine, not of the replacement').not.toMatch(/ReferenceError|TypeError/);
  });
});
