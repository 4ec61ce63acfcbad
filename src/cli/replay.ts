/**
 * `lockstep replay`: candles and strategies in, a run's folder and a summary out.
 *
 * What is cheap to check comes first: strategies and their parameters before candles, the folder's name before the run.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { AccountSpec, CommissionSpec, IntrabarPolicy, LimitTouch } from '../broker/policies.ts';
import type { RunOutcome, WorkerCount } from '../engine/run.ts';
import { monotonicMs } from '../kernel/clock.ts';
import { InputError } from '../kernel/input-error.ts';
import { DEFAULT_INSTRUMENT } from '../market/instrument.ts';
import { firstChunkDivergence } from '../record/divergence.ts';
import { type Manifest, readRun, runId } from '../record/manifest.ts';
import { ResultFiles } from '../record/result-files.ts';
import { SummaryBuilder } from '../record/summary.ts';
import type { LoadOptions } from '../sources/candle-files.ts';
import { readCandles } from './candles.ts';
import { Console, plural } from './console.ts';
import { conventionsOf } from './conventions.ts';
import { chunkText, USUAL_CAUSES } from './divergence-text.ts';
import { EXIT } from './exit.ts';
import { ExitWatch } from './exit-watch.ts';
import { readInstruments } from './instruments-file.ts';
import { Interrupt } from './interrupt.ts';
import { prepareRun } from './prepared-run.ts';
import { type Progress, progressOn, SILENT } from './progress.ts';
import { runWatched } from './run-watched.ts';
import type { Warmup } from './specs.ts';
import { chooseAccount, loadStrategies } from './strategies.ts';
import type { StrategyFlag } from './strategy-flags.ts';
import { summaryText } from './summary-text.ts';
import { keyed, WIDTH, wrap } from './text.ts';

export interface ReplayFlags {
  readonly strategies: readonly StrategyFlag[];
  readonly symbols?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly warmup: Warmup;
  readonly interval?: number;
  readonly instruments?: string;
  readonly intrabar: IntrabarPolicy;
  readonly limitTouch: LimitTouch;
  readonly cash: number;
  readonly account?: AccountSpec;
  readonly commission: CommissionSpec;
  readonly slippage: number;
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

export async function replay(paths: readonly string[], flags: ReplayFlags): Promise<number> {
  const console = new Console(flags);
  const progress = flags.quiet ? SILENT : progressOn(process.stderr);
  const startMs = monotonicMs();
  const capWarnings = checkWorkers(flags);
  const strategies = await loadStrategies(flags.strategies, flags.deterministic);
  const chosen = chooseAccount(flags.account, strategies);

  const interrupt = new Interrupt();
  const exitWatch = new ExitWatch();
  let files: ResultFiles | undefined;
  try {
    const loadFrom = monotonicMs();
    const candles = await readCandles(paths, readingOf(flags, progress, interrupt), flags.warmup);
    const loadMs = monotonicMs() - loadFrom;
    progress.clear();
    const { store, times } = candles;
    const { cash, commission, slippage, intrabar, limitTouch, seed, deterministic, to } = flags;
    const prepared = prepareRun(strategies, candles, {
      rules: { cash, account: chosen.account, commission, slippageBps: slippage, intrabar, limitTouch },
      instruments: flags.instruments === undefined ? {} : readInstruments(flags.instruments, store.names),
      seed,
      deterministic,
      to,
    });
    const id = runId(prepared.inputs);
    const folder = flags.out ?? join('runs', id);
    const earlier = earlierRun(folder);
    const warnings = [...capWarnings, ...chosen.warnings, ...candles.warnings];
    for (const warning of warnings) console.tell(`${console.style('yellow', 'warning')}: ${warning}`);

    files = new ResultFiles({ folder, symbols: store.names, times, csv: flags.csv });
    exitWatch.onExit = () => files?.discard();
    const builder = new SummaryBuilder(store.names, cash);
    const { workers, maxWorkers } = flags;
    const options = {
      workers,
      ...(maxWorkers === undefined ? {} : { maxWorkers }),
      listeners: [builder.listen, files.listen],
      signal: interrupt.signal,
    };
    const outcome = await runWatched(store, prepared.plan, options, progress);
    interrupt.check();
    files.closeTables();

    const { digest, steps, ticks, counts, droppedOrders } = outcome;
    const dropped =
      droppedOrders === 0
        ? []
        : [`${plural(droppedOrders, 'order')} sent in the warm-up or after the last bar, and dropped`];
    const summary = builder.finish({
      digest,
      strategies: prepared.inputs.strategies.map(({ name }) => name),
      steps,
      bars: store.totalBars,
      ticks,
      counts,
      conventions: conventionsOf(prepared),
      warnings: [...warnings, ...dropped],
      workers: outcome.workers,
      block: 1,
      timing: { loadMs, ...outcome.timing, writeMs: files.writeMs, wallMs: monotonicMs() - startMs },
      memory: {
        peakRssBytes: process.resourceUsage().maxRSS * 1024,
        loadedBytes: store.loadedBytes,
      },
      interval: store.interval,
      lastCloses: store.symbols.map((_, symbol) => store.columns(symbol).close.at(-1)!),
      instruments: store.names.map((name) => prepared.plan.instruments[name] ?? DEFAULT_INSTRUMENT),
    });
    const manifest: Manifest = { ...prepared.inputs, digest: outcome.digest, hashes: outcome.hashes };
    if (earlier !== undefined && runId(earlier) === id && earlier.digest !== outcome.digest) {
      files.discard();
      console.tell(differs(earlier, outcome, folder, times));
      return EXIT.differs;
    }
    files.commit(manifest, summary);
    if (flags.json) console.out(JSON.stringify({ ...summary, folder }, null, 2));
    else if (flags.quiet) console.out(`digest  ${digest}\nfolder  ${folder}`);
    else {
      const accountWhy = chosen.why;
      console.out(
        summaryText({ console, prepared, summary, outcome, folder, accountWhy, workers, maxWorkers }),
      );
    }
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
