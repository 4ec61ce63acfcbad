/**
 * `lockstep verify`: runs again what a manifest describes, and compares digests.
 *
 * First it looks whether candles and strategies are the ones of then: if not, there is nothing to compare, and that is bad
 * input, not a difference. `--across-workers` also compares the run on this thread with one thread a symbol.
 *
 * To name the first event that differs, runs are repeated with an ear on that stretch of the record. They are repeated on
 * threads, for a thread has modules of its own: what a strategy left in its module here would be there still.
 */
import { DEFAULT_RULES } from '../broker/policies.ts';
import { InputError } from '../kernel/input-error.ts';
import type { RunOutcome, WorkerCount } from '../engine/run.ts';
import { type Divergence, firstChunkDivergence, firstDivergence } from '../record/divergence.ts';
import { type ChunkListener, decodeRows } from '../record/ledger.ts';
import { type Manifest, type ManifestInput, readRun } from '../record/manifest.ts';
import { RECORD_KINDS, type RunEvent } from '../record/records.ts';
import { readEvents } from '../record/result-reader.ts';
import { basename } from 'node:path';
import { rereadCandles } from './candles.ts';
import { Console, plural } from './console.ts';
import { divergenceText, USUAL_CAUSE_ACROSS_WORKERS, USUAL_CAUSES } from './divergence-text.ts';
import { EXIT } from './exit.ts';
import { ExitWatch } from './exit-watch.ts';
import { Interrupt } from './interrupt.ts';
import { type PreparedRun, prepareRun } from './prepared-run.ts';
import { type Progress, progressOn } from './progress.ts';
import { runWatched } from './run-watched.ts';
import { checkSources } from './sources-check.ts';
import { loadStrategies } from './strategies.ts';
import { keyed, WIDTH, wrap } from './text.ts';

export interface VerifyFlags {
  readonly acrossWorkers: boolean;
  readonly color: boolean;
}

/** A run of what was recorded, on threads or not. */
type Rerun = (workers: WorkerCount, listeners?: readonly ChunkListener[]) => Promise<RunOutcome>;

export async function verify(folder: string, flags: VerifyFlags): Promise<number> {
  const console = new Console(flags);
  const progress = progressOn(process.stderr);
  const { manifest } = readRun(folder);
  checkRules(folder, manifest);
  const interrupt = new Interrupt();
  const exitWatch = new ExitWatch();
  try {
    await checkSources(manifest);
    const prepared = await prepareAgain(manifest, progress, interrupt);
    const { store } = prepared.candles;
    const rerun: Rerun = (workers, listeners = []) =>
      runWatched(store, prepared.plan, { workers, listeners }, progress, interrupt);
    const lines: [string, string][] = [
      ['folder', folder],
      ['recorded', manifest.digest],
    ];
    const inline = await rerun('inline');
    lines.push(['inline', inline.digest]);
    const threads = flags.acrossWorkers ? await rerun('symbols') : undefined;
    if (threads !== undefined) lines.push([plural(threads.workers, 'thread'), threads.digest]);

    const findings: string[] = [];
    if (inline.digest !== manifest.digest)
      findings.push(await explainRecord(folder, manifest, inline, rerun, prepared));
    if (threads !== undefined && threads.digest !== inline.digest)
      findings.push(await explainThreads(inline, threads, rerun, prepared));
    const verdict =
      findings.length === 0 ? console.style('green', 'the same') : console.style('red', 'different');
    console.out([keyed([...lines, ['verdict', verdict]]), ...findings].join('\n\n'));
    return findings.length === 0 ? EXIT.done : EXIT.differs;
  } finally {
    progress.clear();
    exitWatch.remove();
    interrupt.remove();
  }
}

/** Rules that were not there then cannot be put in their place now. */
function checkRules(folder: string, { rules, versions }: Manifest): void {
  const missing = Object.keys(DEFAULT_RULES).filter((name) => !Object.hasOwn(rules, name));
  if (missing.length === 0) return;
  throw new InputError(
    `cannot be run again: it was recorded by a Lockstep ${versions.lockstep} whose rules had no ${missing.join(', ')}; replay it anew`,
    { file: folder },
  );
}

async function prepareAgain(
  manifest: Manifest,
  progress: Progress,
  interrupt: Interrupt,
): Promise<PreparedRun> {
  const { reading, rules, instruments, seed, deterministic, warmupSteps, inputs } = manifest;
  const requests = manifest.strategies.map(({ file, exportName, params, symbolParams }) => ({
    spec: `${file}#${exportName}`,
    params,
    symbolParams,
  }));
  const strategies = await interrupt.orStopped(loadStrategies(requests, deterministic));
  const onProgress = (rows: number, file: string): void => {
    interrupt.check();
    progress.show(() => `loading ${basename(file)}: ${plural(rows, 'row')}`);
  };
  const candles = await rereadCandles(inputs.map(argumentOf), reading, warmupSteps, onProgress);
  progress.clear();
  return prepareRun(strategies, candles, { rules, instruments, seed, deterministic });
}

/** The file as an argument that gives its symbol the name of then. */
function argumentOf({ path, symbols, layout }: ManifestInput): string {
  return layout.includes('symbol column') ? path : `${symbols[0]}=${path}`;
}

async function explainRecord(
  folder: string,
  manifest: Manifest,
  inline: RunOutcome,
  rerun: Rerun,
  prepared: PreparedRun,
): Promise<string> {
  const { node, lockstep, record } = manifest.versions;
  const now = prepared.inputs.versions;
  const versions =
    node === now.node && lockstep === now.lockstep && record === now.record
      ? ''
      : `It was recorded by Lockstep ${lockstep} (${record}) on Node ${node}; this is ${now.lockstep} (${now.record}) on Node ${now.node}.`;
  const chunk = firstChunkDivergence(manifest.hashes, inline.hashes)!;
  const events = await listenTo(chunk.chunk, 1, rerun, prepared);
  const divergence = firstDivergence(
    { hashes: manifest.hashes, events: readEvents(folder, { chunk: chunk.chunk }) },
    { hashes: inline.hashes, events },
  );
  return explained(divergence, prepared, ['recorded', 'again'], `${USUAL_CAUSES} ${versions}`);
}

async function explainThreads(
  inline: RunOutcome,
  threads: RunOutcome,
  rerun: Rerun,
  prepared: PreparedRun,
): Promise<string> {
  const chunk = firstChunkDivergence(inline.hashes, threads.hashes)!;
  const divergence = firstDivergence(
    { hashes: inline.hashes, events: await listenTo(chunk.chunk, 1, rerun, prepared) },
    { hashes: threads.hashes, events: await listenTo(chunk.chunk, 'symbols', rerun, prepared) },
  );
  return explained(divergence, prepared, ['one thread', 'threads'], USUAL_CAUSE_ACROSS_WORKERS);
}

/** The events of one chunk, from a run of its own. */
async function listenTo(
  index: number,
  workers: WorkerCount,
  rerun: Rerun,
  { candles }: PreparedRun,
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const collect: ChunkListener = (chunk) => {
    if (chunk.index !== index) return;
    for (const kind of RECORD_KINDS)
      events.push(...(decodeRows(chunk.rows[kind], candles.store.names, chunk.texts) as RunEvent[]));
  };
  await rerun(workers, [collect]);
  return events;
}

function explained(
  divergence: Divergence | null,
  { candles, inputs }: PreparedRun,
  [a, b]: readonly [string, string],
  cause: string,
): string {
  const names = inputs.strategies.map(({ name }) => name);
  const what = divergence === null ? '' : divergenceText(divergence, candles.times, names, a, b);
  return [what, ...wrap(cause.trim(), WIDTH)].join('\n');
}
