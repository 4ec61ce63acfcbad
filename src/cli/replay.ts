/**
 * `lockstep replay`: candles and strategies in, a run's folder and a summary out.
 *
 * What is cheap to check comes first: strategies and their parameters before candles, the folder's name before the run.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { AccountSpec } from '../broker/policies.ts';
import type { RunOptions, RunOutcome, WorkerCount } from '../engine/run.ts';
import { monotonicMs } from '../kernel/clock.ts';
import { InputError } from '../kernel/input-error.ts';
import { DEFAULT_INSTRUMENT } from '../market/instrument.ts';
import { firstChunkDivergence } from '../record/divergence.ts';
import type { ChunkListener } from '../record/ledger.ts';
import { type Manifest, readRun, runId } from '../record/manifest.ts';
import { ResultFiles } from '../record/result-files.ts';
import { SummaryBuilder, type SummaryGiven } from '../record/summary.ts';
import type { LoadOptions } from '../sources/candle-files.ts';
import { choosePortion, readCandles } from './candles.ts';
import { Console, plural } from './console.ts';
import { conventionsOf, lookAheadWarnings } from './conventions.ts';
import { chunkText, USUAL_CAUSES } from './divergence-text.ts';
import { EXIT } from './exit.ts';
import { ExitWatch } from './exit-watch.ts';
import { readInstruments } from './instruments-file.ts';
import { Interrupt } from './interrupt.ts';
import { type PreparedRun, prepareRun } from './prepared-run.ts';
import { removeLeftovers } from './leftovers.ts';
import { type Progress, progressOn, SILENT } from './progress.ts';
import { checkCosts, type RuleFlags, rulesOf } from './run-rules.ts';
import { runWatched } from './run-watched.ts';
import type { Warmup } from './specs.ts';
import { chooseAccount, loadStrategies } from './strategies.ts';
import type { StrategyFlag } from './strategy-flags.ts';
import { summaryText } from './summary-text.ts';
import { keyed, WIDTH, wrap } from './text.ts';

export interface ReplayFlags extends RuleFlags {
  readonly strategies: readonly StrategyFlag[];
  readonly symbols?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly warmup: Warmup;
  readonly interval?: number;
  readonly resample?: number;
  /** Share of the timeline that a portion has. */
  readonly dataFrac: number;
  /** Which portion, counted from 1. */
  readonly portion: number;
  readonly instruments?: string;
  readonly account?: AccountSpec;
  readonly workers: WorkerCount;
  readonly maxWorkers?: number;
  readonly seed: number;
  readonly deterministic: boolean;
  readonly out?: string;
  readonly csv: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

/** What a replay is about to run, and what is known of it before. */
interface Ready {
  readonly prepared: PreparedRun;
  readonly accountWhy: string;
  readonly warnings: readonly string[];
  readonly loadMs: number;
}

export async function replay(paths: readonly string[], flags: ReplayFlags): Promise<number> {
  const startMs = monotonicMs();
  const console = new Console(flags);
  const progress = flags.quiet ? SILENT : progressOn(process.stderr);
  const interrupt = new Interrupt();
  const exitWatch = new ExitWatch();
  let files: ResultFiles | undefined;
  try {
    const ready = await getReady(paths, flags, progress, interrupt);
    const { prepared, warnings } = ready;
    const warn = (warning: string): void => console.tell(`${console.style('yellow', 'warning')}: ${warning}`);
    for (const warning of warnings) warn(warning);
    const { store, times } = prepared.candles;
    const id = runId(prepared.inputs);
    const folder = flags.out ?? join('runs', id);
    const earlier = earlierRun(folder);
    const leftovers = removeLeftovers(folder);
    if (leftovers !== undefined) console.tell(leftovers);

    files = new ResultFiles({ folder, symbols: store.names, times, csv: flags.csv });
    exitWatch.onExit = () => files?.discard();
    const builder = new SummaryBuilder(store.names, flags.cash);
    const listeners = [builder.listen, files.listen];
    const outcome = await runWatched(
      store,
      prepared.plan,
      { ...optionsOf(flags, listeners), times },
      progress,
      interrupt,
    );
    interrupt.check();
    files.closeTables();

    const { digest, hashes } = outcome;
    const earlierId = earlier === undefined ? id : runId(earlier);
    if (earlier !== undefined && earlierId === id && earlier.digest !== digest) {
      files.discard();
      console.tell(differs(earlier, outcome, folder, times));
      return EXIT.differs;
    }
    const summary = builder.finish(givenOf(ready, outcome, files.writeMs, monotonicMs() - startMs));
    files.commit({ ...prepared.inputs, digest, hashes }, summary);
    for (const warning of liquidationWarnings(outcome)) warn(warning);
    if (earlierId !== id)
      console.tell(`${folder} held another run, ${earlierId}; this one, ${id}, has replaced it`);
    if (flags.json) console.out(JSON.stringify({ ...summary, folder }, null, 2));
    else if (flags.quiet)
      console.out(
        keyed([
          ['digest', digest],
          ['folder', folder],
        ]),
      );
    else console.out(summaryText({ console, ...flags, ...ready, summary, outcome, folder }));
    return EXIT.done;
  } catch (error) {
    files?.discard();
    throw error;
  } finally {
    progress.clear();
    exitWatch.remove();
    interrupt.remove();
  }
}

async function getReady(
  paths: readonly string[],
  flags: ReplayFlags,
  progress: Progress,
  interrupt: Interrupt,
): Promise<Ready> {
  const { seed, deterministic, warmup, resample } = flags;
  const capWarnings = checkWorkers(flags);
  const { portion, warnings: portionWarnings } = choosePortion(flags.dataFrac, flags.portion);
  const file = flags.instruments === undefined ? undefined : readInstruments(flags.instruments);
  const strategies = await interrupt.orStopped(loadStrategies(flags.strategies, deterministic));
  const { account, why, warnings } = chooseAccount(flags.account, strategies);
  rulesOf(flags, account, file?.costs ?? {}); // What is wrong with the rules is wrong before the candles are read.

  const startMs = monotonicMs();
  const reading = readingOf(flags, progress, interrupt);
  const candles = await readCandles(paths, reading, { warmup, resample, portion });
  const loadMs = monotonicMs() - startMs;
  progress.clear();
  const { names } = candles.store;
  const { instruments, costs } = file?.of(names) ?? { instruments: {}, costs: {} };
  const rules = rulesOf(flags, account, costs);
  const costWarnings = checkCosts(flags, rules, instruments, names);
  const prepared = prepareRun(strategies, candles, { rules, instruments, seed, deterministic });
  const all = [
    ...capWarnings,
    ...portionWarnings,
    ...warnings,
    ...candles.warnings,
    ...costWarnings,
    ...lookAheadWarnings(rules),
  ];
  return { prepared, accountWhy: why, warnings: all, loadMs };
}

function optionsOf({ workers, maxWorkers }: ReplayFlags, listeners: readonly ChunkListener[]): RunOptions {
  return { workers, ...(maxWorkers === undefined ? {} : { maxWorkers }), listeners };
}

/** What the summary says that the record does not. */
function givenOf(
  { prepared, warnings, loadMs }: Ready,
  outcome: RunOutcome,
  writeMs: number,
  wallMs: number,
): SummaryGiven {
  const { digest, steps, ticks, counts, workers, droppedOrders, timing } = outcome;
  const { store } = prepared.candles;
  const { fills, intrabar } = prepared.plan.rules;
  const dropped = `${plural(droppedOrders, 'order')} sent in the warm-up or after the last bar, and dropped`;
  return {
    digest,
    strategies: prepared.inputs.strategies.map(({ name }) => name),
    steps,
    bars: store.totalBars,
    ticks,
    counts,
    intrabar: fills.preset === 'lockstep' ? intrabar : null,
    conventions: conventionsOf(prepared),
    warnings: [...warnings, ...(droppedOrders === 0 ? [] : [dropped]), ...liquidationWarnings(outcome)],
    workers,
    block: 1,
    timing: { loadMs, ...timing, writeMs, wallMs },
    memory: { peakRssBytes: process.resourceUsage().maxRSS * 1024, loadedBytes: store.loadedBytes },
    interval: store.interval,
    lastCloses: store.symbols.map((_, symbol) => store.columns(symbol).close.at(-1)!),
    instruments: store.names.map((name) => prepared.plan.instruments[name] ?? DEFAULT_INSTRUMENT),
  };
}

function liquidationWarnings({ counts: { liquidations } }: RunOutcome): string[] {
  if (liquidations === 0) return [];
  return [`equity fell below the maintenance margin: ${plural(liquidations, 'position')} liquidated`];
}

function readingOf(flags: ReplayFlags, progress: Progress, interrupt: Interrupt): LoadOptions {
  const { symbols, from, to, interval } = flags;
  return {
    symbols,
    from,
    to,
    interval,
    onProgress(rows, file) {
      interrupt.check();
      progress.show(() => `loading ${basename(file)}: ${plural(rows, 'row')}`);
    },
  };
}

/** Throws InputError where a cap caps nothing; warns of one that asks for more threads than cores. */
function checkWorkers({ workers, maxWorkers }: ReplayFlags): string[] {
  if (maxWorkers === undefined) return [];
  if (workers !== 'auto')
    throw new InputError(
      `--max-workers caps --workers auto, and --workers is ${workers}; leave one of them out`,
    );
  const cores = availableParallelism();
  if (maxWorkers <= cores) return [];
  return [
    `--max-workers ${maxWorkers} is more than the ${plural(cores, 'core')} there are; auto takes no more than these`,
  ];
}

/** The run that the folder holds. One that holds anything else is refused where the files are opened. */
function earlierRun(folder: string): Manifest | undefined {
  return existsSync(join(folder, 'manifest.json')) ? readRun(folder).manifest : undefined;
}

function differs(
  earlier: Manifest,
  { digest, hashes }: RunOutcome,
  folder: string,
  times: Float64Array,
): string {
  const chunk = firstChunkDivergence(earlier.hashes, hashes)!;
  const rows = keyed([
    ['folder', folder],
    ['recorded', earlier.digest],
    ['this run', digest],
    ['first', chunkText(chunk, times)],
  ]);
  const head = 'the same run has been recorded with another digest; the folder stays as it is';
  return [head, rows, ...wrap(USUAL_CAUSES, WIDTH)].join('\n');
}
