/**
 * Runs a plan over bars: inline, or on worker threads that this thread only watches.
 *
 * The main thread makes the run's memory, starts the workers, puts their batches together and looks at the released step
 * for progress. It plays no step itself unless the run is inline, and then it yields to the event loop about every 50 ms.
 * Whatever ends the run early (a strategy that throws, a thread that dies, the signal) goes through the barrier's one abort
 * flag, which nobody can sleep through; two seconds later threads that still run are terminated.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Counts } from '../broker/broker.ts';
import { AmbientGuard } from '../kernel/ambient-guard.ts';
import { Barrier } from '../kernel/barrier.ts';
import { monotonicMs } from '../kernel/clock.ts';
import { InputError } from '../kernel/input-error.ts';
import { runInterruptible } from '../kernel/interruptible.ts';
import { SLEEP, SPIN, type WaitPolicy } from '../kernel/wait.ts';
import type { BarStore } from '../market/bar-store.ts';
import { DEFAULT_INSTRUMENT } from '../market/instrument.ts';
import { gridTimeline, type StepTimes, unionTimeline } from '../market/timeline.ts';
import { type ChunkHash, Digest } from '../record/digest.ts';
import { type ChunkListener, Ledger } from '../record/ledger.ts';
import type { Batch } from '../record/record-log.ts';
import type { Plan } from '../record/plan.ts';
import { PHASE } from '../record/records.ts';
import { resolveParams } from '../strategy/params.ts';
import { isPortfolioStrategy } from '../strategy/strategy-class.ts';
import type { RunEvents } from './events.ts';
import {
  ABORT,
  compareFailures,
  InterruptedError,
  RunStopped,
  StrategyError,
  type StrategyFailure,
  WorkerDiedError,
} from './failure.ts';
import { loadClass } from './load.ts';
import { createMemory, type RunMemory } from './memory.ts';
import { playEnd, playStart, playSteps } from './step.ts';
import { type LoadedStrategy, Thread, type ThreadTotals } from './thread.ts';
import type { WorkerMessage, WorkerTask } from './worker.ts';

/** `inline` on this thread, `symbols` one thread a symbol, `auto` what pays, or so many. */
export type WorkerCount = 'auto' | 'inline' | 'symbols' | number;

export interface RunOptions {
  readonly workers: WorkerCount;
  /** Most that `auto` takes; by default the cores. */
  readonly maxWorkers?: number;
  /** How threads wait. By default they spin if each has a core. */
  readonly policy?: WaitPolicy;
  readonly events?: RunEvents;
  /** Listen to the record as it is put together. */
  readonly listeners?: readonly ChunkListener[];
  /** Ends the run early. */
  readonly signal?: AbortSignal;
  /** Inline: let Ctrl-C stop strategy code that does not return. For a program of its own, such as the command line. */
  readonly breakOnSigint?: boolean;
  /** The timeline of these bars, if it has been made already. Not for a run on a grid. */
  readonly times?: StepTimes;
}

export interface RunOutcome {
  readonly digest: string;
  readonly hashes: readonly ChunkHash[];
  readonly symbols: readonly string[];
  readonly steps: number;
  readonly ticks: number;
  /** 0 means inline. */
  readonly workers: number;
  readonly counts: Counts;
  /** Orders that were sent during warm-up, or after the last bar, and dropped. */
  readonly droppedOrders: number;
  readonly transcendental: readonly string[];
  readonly timing: { readonly runMs: number; readonly digestMs: number };
}

const SLICE_MS = 50;
const PROGRESS_MS = 100;
const TERMINATE_MS = 2_000;
/** How long the steps between two looks at the clock should take. */
const LOOK_MS = 4;
/**
 * What a crossing costs, and what starting threads costs, in ticks of 0.3 µs. A crossing takes 1 µs where each thread has a core to
 * itself and ten times that where it has not, and `auto` must not lose to inline there: see ARCHITECTURE.md.
 */
const CROSSING_TICKS = 40;
const START_TICKS = 500_000;

/**
 * Runs the plan. Rejects with InputError for what the user can put right, StrategyError if a strategy threw,
 * WorkerDiedError if a thread died, InterruptedError if the signal said so. Nothing is left running in any case.
 */
export async function run(store: BarStore, plan: Plan, options: RunOptions): Promise<RunOutcome> {
  const { events } = options;
  try {
    const outcome = await runChecked(store, plan, options);
    events?.end.next({ digest: outcome.digest });
    return outcome;
  } catch (error) {
    events?.error.next(error as Error);
    throw error;
  } finally {
    events?.complete();
  }
}

async function runChecked(store: BarStore, plan: Plan, options: RunOptions): Promise<RunOutcome> {
  if (options.signal?.aborted) throw new InterruptedError();
  const guard = plan.deterministic ? AmbientGuard.install() : null;
  try {
    const strategies = await loadAll(store, plan, guard);
    const times = timelineOf(store, plan, options);
    if (times.length === 0) throw new InputError('there are no bars to replay');
    if (plan.warmupSteps >= times.length) {
      throw new InputError(
        `a warm-up of ${plan.warmupSteps} steps leaves nothing of the ${times.length} there are`,
      );
    }
    const workers = countWorkers(store, times, strategies.length, options);
    const isInline = workers === 0;
    const memory = createMemory(store, times, Math.max(1, workers), {
      symbolStrategies: strategies.filter((strategy) => !strategy.isPortfolio).length,
      hasPortfolio: strategies.some((strategy) => strategy.isPortfolio),
      instruments: store.names.map((name) => plan.instruments[name] ?? DEFAULT_INSTRUMENT),
      rules: plan.rules,
      warmupSteps: plan.warmupSteps,
      seed: plan.seed,
      isDeterministic: plan.deterministic,
    });
    const sink = new Sink(store.names, Math.max(1, workers), options);
    options.events?.start.next({ symbols: store.names, steps: times.length, bars: store.totalBars, workers });
    const from = monotonicMs();
    const totals = isInline
      ? [await runInline(memory, strategies, sink, options, guard)]
      : await runThreads(memory, strategies, plan, sink, options);
    const elapsedMs = monotonicMs() - from;
    return sink.outcome(times.length, workers, totals, elapsedMs);
  } catch (error) {
    throw error instanceof FailedRun ? explain(error.failure, store, plan, error.times) : error;
  } finally {
    guard?.remove();
  }
}

function timelineOf(store: BarStore, { grid }: Plan, { times }: RunOptions): StepTimes {
  if (grid !== null) return gridTimeline(store, grid);
  return times ?? unionTimeline(store);
}

/** Classes and parameters, each strategy in its place, a portfolio strategy last. Throws InputError. */
async function loadAll(store: BarStore, plan: Plan, guard: AmbientGuard | null): Promise<LoadedStrategy[]> {
  const loaded: LoadedStrategy[] = [];
  for (const { source, params, symbolParams } of plan.strategies) {
    const strategyClass = 'strategyClass' in source ? source.strategyClass : await loadClass(source, guard);
    const isPortfolio = isPortfolioStrategy(strategyClass);
    const names = isPortfolio ? [''] : store.names;
    loaded.push({
      strategyClass,
      isPortfolio,
      params: names.map((name) => resolveParams(strategyClass.params, { ...params, ...symbolParams[name] })),
    });
  }
  if (loaded.length === 0) throw new InputError('a run needs a strategy');
  const portfolio = loaded.findIndex((strategy) => strategy.isPortfolio);
  if (portfolio >= 0 && portfolio < loaded.length - 1) {
    throw new InputError('a run has at most one portfolio strategy, and it comes last');
  }
  return loaded;
}

/** 0 for inline. Throws InputError for a number that makes no sense. */
function countWorkers(store: BarStore, times: StepTimes, strategies: number, options: RunOptions): number {
  const { workers, maxWorkers = availableParallelism() } = options;
  const symbols = store.symbols.length;
  if (workers === 'inline') return 0;
  if (workers === 'symbols') return symbols;
  if (typeof workers === 'number') {
    if (Number.isInteger(workers) && workers >= 1) return Math.min(workers, symbols);
    throw new InputError(`workers is auto, inline, symbols or a whole number from 1, was ${workers}`);
  }
  const most = Math.min(maxWorkers, availableParallelism(), symbols);
  const ticks = store.totalBars * strategies;
  const saved = ticks * (1 - 1 / most);
  return most > 1 && saved > times.length * CROSSING_TICKS + START_TICKS ? most : 0;
}

/** Where everything that the threads hand over comes together. */
class Sink {
  readonly ledger: Ledger;
  readonly failures: StrategyFailure[] = [];
  readonly #symbols: readonly string[];
  readonly #digest: Digest;
  #digestMs = 0;

  constructor(symbols: readonly string[], threads: number, { events, listeners = [] }: RunOptions) {
    this.#symbols = symbols;
    this.#digest = new Digest(symbols);
    const all: ChunkListener[] = [
      (chunk) => {
        const from = monotonicMs();
        this.#digest.listen(chunk);
        this.#digestMs += monotonicMs() - from;
      },
      ...listeners,
    ];
    if (events !== undefined) all.push(events.listener(symbols));
    this.ledger = new Ledger(threads, all);
  }

  outcome(steps: number, workers: number, totals: readonly ThreadTotals[], elapsedMs: number): RunOutcome {
    this.ledger.close();
    return {
      digest: this.#digest.value(),
      hashes: this.#digest.hashes,
      symbols: this.#symbols,
      steps,
      ticks: totals.reduce((sum, { ticks }) => sum + ticks, 0),
      workers,
      counts: totals.find(({ counts }) => counts !== null)!.counts!,
      droppedOrders: totals.reduce((sum, { droppedOrders }) => sum + droppedOrders, 0),
      transcendental: [...new Set(totals.flatMap(({ transcendental }) => transcendental))].sort(),
      timing: { runMs: elapsedMs - this.#digestMs, digestMs: this.#digestMs },
    };
  }
}

async function runInline(
  memory: RunMemory,
  strategies: readonly LoadedStrategy[],
  sink: Sink,
  { events, signal, breakOnSigint }: RunOptions,
  guard: AmbientGuard | null,
): Promise<ThreadTotals> {
  const host = {
    takeBatch: sink.ledger.add.bind(sink.ledger),
    takeFailure: (failure: StrategyFailure): void => void sink.failures.push(failure),
  };
  const thread = new Thread(memory, 0, strategies, SPIN, host, guard);
  const steps = memory.times.length;
  let step = 0;
  let stepsPerLook = 1;
  /** From here until the clock says that others should have a turn. */
  const playSlice = (): void => {
    if (step === 0) playStart(thread);
    const from = monotonicMs();
    for (let now = from; step < steps && now - from < SLICE_MS; ) {
      const until = Math.min(steps, step + stepsPerLook);
      playSteps(thread, step, until);
      step = until;
      const took = monotonicMs() - now;
      now += took;
      // Often enough to be in time, seldom enough to cost nothing, whatever a step of this run takes.
      if (took > LOOK_MS) stepsPerLook = Math.max(1, stepsPerLook >> 1);
      else if (took < LOOK_MS / 8) stepsPerLook *= 2;
    }
    if (step >= steps) playEnd(thread);
  };
  try {
    for (;;) {
      if (breakOnSigint === true) {
        if (!runInterruptible(playSlice)) throw new InterruptedError();
      } else {
        playSlice();
      }
      if (step >= steps) break;
      events?.progress.next({ step, steps });
      await new Promise((resume) => setImmediate(resume));
      if (signal?.aborted) throw new InterruptedError();
    }
  } catch (error) {
    if (error instanceof RunStopped) throw new FailedRun(sink.failures, memory.times);
    throw error;
  }
  return thread.totals;
}

async function runThreads(
  memory: RunMemory,
  strategies: readonly LoadedStrategy[],
  plan: Plan,
  sink: Sink,
  { events, signal, policy }: RunOptions,
): Promise<ThreadTotals[]> {
  const { workers, times } = memory;
  const barrier = new Barrier(memory.barrier, -1, SLEEP);
  const waitPolicy = policy ?? (workers <= availableParallelism() ? SPIN : SLEEP);
  const totals: ThreadTotals[] = [];
  let death: Error | null = null;
  let reap: ReturnType<typeof setTimeout> | undefined;
  const threads: Worker[] = [];
  const abort = (reason: number): void => {
    barrier.abort(reason);
    // A strategy that never returns cannot look at the flag.
    reap ??= setTimeout(() => threads.forEach((thread) => void thread.terminate()), TERMINATE_MS);
  };

  const addBatch = (batch: Batch): void => {
    try {
      if (death === null) sink.ledger.add(batch);
    } catch (error) {
      death = error as Error; // A listener threw: the run is worth nothing without it.
      abort(ABORT.death);
    }
  };

  const ended = Array.from({ length: workers }, (_, id) => {
    const task: WorkerTask = { memory, id, policy: waitPolicy, strategies: tasksOf(strategies, plan) };
    const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData: task });
    threads.push(thread);
    return new Promise<void>((resolve) => {
      let isDone = false;
      thread.on('message', (message: WorkerMessage) => {
        if (message.kind === 'batch') addBatch(message.batch);
        else if (message.kind === 'failure') sink.failures.push(message.failure);
        else if (message.kind === 'refusal') {
          death ??= new InputError(message.message);
          abort(ABORT.death);
        } else {
          totals.push(message.totals);
          isDone = true;
        }
      });
      thread.on('error', (error: Error) => {
        death ??= diedOf(id, barrier.released, error);
        abort(ABORT.death);
      });
      thread.on('exit', (code) => {
        if (!isDone && !barrier.isAborted) {
          death ??= new WorkerDiedError(
            `worker ${id} ended with code ${code} ${whereIs(barrier.released)}, though the run was not over (process.exit in a strategy?)`,
          );
          abort(ABORT.death);
        }
        resolve();
      });
    });
  });

  const interrupt = (): void => abort(ABORT.interrupt);
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted) interrupt(); // Since run() looked, or as the threads were started.
  const progress = setInterval(() => {
    events?.progress.next({ step: Math.max(0, barrier.released), steps: times.length });
  }, PROGRESS_MS);
  try {
    await Promise.all(ended);
  } finally {
    clearInterval(progress);
    clearTimeout(reap);
    signal?.removeEventListener('abort', interrupt);
  }
  if (sink.failures.length > 0) throw new FailedRun(sink.failures, times);
  if (barrier.abortReason === ABORT.interrupt) throw new InterruptedError();
  if (death !== null) throw death;
  return totals;
}

function tasksOf(strategies: readonly LoadedStrategy[], plan: Plan): WorkerTask['strategies'] {
  return strategies.map(({ isPortfolio, params }, index) => {
    const { source } = plan.strategies[index]!;
    if ('url' in source) return { url: source.url, exportName: source.exportName, isPortfolio, params };
    throw new InputError(
      'a strategy given as a class runs inline: threads load it from a file, so give its URL',
    );
  });
}

/** Strategies threw: carries what they said from the depths to where it is put in words. */
class FailedRun extends Error {
  readonly failure: StrategyFailure;
  readonly times: StepTimes;
  constructor(failures: readonly StrategyFailure[], times: StepTimes) {
    super('a strategy threw');
    this.failure = [...failures].sort(compareFailures)[0]!;
    this.times = times;
  }
}

function explain(failure: StrategyFailure, store: BarStore, plan: Plan, times: StepTimes): Error {
  const { step, phase, symbol, strategy, message } = failure;
  const index = strategy < 0 ? plan.strategies.length - 1 : strategy;
  const { source } = plan.strategies[index]!;
  const name = 'url' in source ? new URL(source.url).pathname.split('/').pop()! : source.strategyClass.name;
  const who = symbol < 0 ? `portfolio strategy ${name}` : `strategy ${name} on ${store.names[symbol]}`;
  const when =
    step < 0
      ? 'as it started'
      : `at ${new Date(times[step]!).toISOString()} (step ${step}${phase >= PHASE.end ? ', the end' : ''})`;
  return new StrategyError(`${who} threw ${when}: ${message}`, failure);
}

function diedOf(id: number, step: number, error: Error): WorkerDiedError {
  const died = new WorkerDiedError(`worker ${id} died ${whereIs(step)}: ${error.message}`, { cause: error });
  if (error.stack !== undefined) died.stack = `${died.message}\n${error.stack}`;
  return died;
}

function whereIs(step: number): string {
  return step < 0 ? 'before the first step' : `at step ${step}`;
}
