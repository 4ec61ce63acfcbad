/** The command line as a user starts it: another process, with what it printed and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

// Each test starts processes, and the machine may have others to run: no clock decides what is right here.
vi.setConfig({ testTimeout: 60_000 });

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LAUNCH = join(ROOT, 'src/cli/launch.js');
export const SMALL = join(ROOT, 'fixtures/small');
export const SMA = join(ROOT, 'strategies/sma-cross.ts');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr has said it. */
  said(text: string): Promise<void>;
}

/** What stderr has beside warnings and, on a machine that is busy, progress. */
export function unexpected(stderr: string): string {
  return stderr.replaceAll(/^(warning: |loading |running: ).*\n/gm, '');
}

/** A strategy of test/cli/strategies. */
export function strategy(name: string): string {
  return join(ROOT, 'test/cli/strategies', `${name}.ts`);
}

/** An empty folder, gone after the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function start(args: readonly string[], cwd: string = ROOT): Started {
  const child = spawn(process.execPath, [LAUNCH, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const said = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) {
      await Promise.race([new Promise((resolve) => child.stderr.once('data', resolve)), ended]);
      if (child.exitCode !== null && !stderr.includes(text))
        throw new Error(`ended without "${text}":\n${stderr}`);
    }
  };
  return { process: child, ended, said };
}

export function lockstep(args: readonly string[], cwd?: string): Promise<Ended> {
  return start(args, cwd).ended;
}
