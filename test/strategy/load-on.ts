/** Starts load-party.ts on a main thread or in a worker, with strategies that a test writes into a folder of its own. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { ModuleSource } from '../../src/strategy/loader.ts';
import type { Loaded } from './load-party.ts';

const PARTY = new URL('./load-party.ts', import.meta.url);

export const THREADS = ['main thread', 'worker'] as const;
export type Thread = (typeof THREADS)[number];

export interface Party {
  readonly results: readonly Loaded[];
  /** What Node had to say: warnings. */
  readonly stderr: string;
}

export async function loadOn(thread: Thread, sources: readonly ModuleSource[]): Promise<Party> {
  if (thread === 'main thread') {
    const values = [fileURLToPath(PARTY), JSON.stringify(sources)];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, values);
    return { results: JSON.parse(stdout), stderr };
  }
  const worker = new Worker(PARTY, { workerData: sources, stderr: true });
  let stderr = '';
  worker.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [[results]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return { results, stderr };
}

/** Loads one module written to a folder that knows nothing of us, and returns what came of it. */
export async function loadText(source: string, exportName = 'default'): Promise<Loaded> {
  const url = pathToFileURL(join(folderWith({ 'mine.ts': source }), 'mine.ts')).href;
  const { results } = await loadOn('worker', [{ url, exportName }]);
  return results[0]!;
}

/** A folder with these files, outside of the package, which goes when the test is over. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-strategy-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
