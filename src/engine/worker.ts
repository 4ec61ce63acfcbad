/** A worker thread: loads the strategies for itself, takes part in the run, and says how it ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { AmbientGuard } from '../kernel/ambient-guard.ts';
import { BarrierAborted } from '../kernel/barrier.ts';
import { InputError } from '../kernel/input-error.ts';
import type { WaitPolicy } from '../kernel/wait.ts';
import type { Batch } from '../record/record-log.ts';
import type { ParamValue } from '../strategy/params.ts';
import { RunStopped, type StrategyFailure } from './failure.ts';
import { loadClass } from './load.ts';
import type { RunMemory } from './memory.ts';
import { playEnd, playStart, playSteps } from './step.ts';
import { type LoadedStrategy, Thread, type ThreadTotals } from './thread.ts';

export interface WorkerTask {
  readonly memory: RunMemory;
  readonly id: number;
  readonly policy: WaitPolicy;
  readonly strategies: readonly {
    readonly url: string;
    readonly exportName: string;
    readonly isPortfolio: boolean;
    readonly params: readonly Readonly<Record<string, ParamValue>>[];
  }[];
}

/** What a worker tells the main thread. */
export type WorkerMessage =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'failure'; readonly failure: StrategyFailure }
  /** The rules cannot do what they are asked to. */
  | { readonly kind: 'refusal'; readonly message: string }
  | { readonly kind: 'done'; readonly totals: ThreadTotals };

const { memory, id, policy, strategies } = workerData as WorkerTask;
const port = parentPort!;

function tell(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

async function play(): Promise<void> {
  const guard = memory.isDeterministic ? AmbientGuard.install() : null;
  const loaded: LoadedStrategy[] = [];
  for (const { url, exportName, isPortfolio, params } of strategies) {
    loaded.push({ strategyClass: await loadClass({ url, exportName }, guard), isPortfolio, params });
  }
  const thread = new Thread(
    memory,
    id,
    loaded,
    policy,
    {
      takeBatch: (batch) =>
        tell(
          { kind: 'batch', batch },
          batch.rows.map((rows) => rows.buffer as ArrayBuffer),
        ),
      takeFailure: (failure) => tell({ kind: 'failure', failure }),
    },
    guard,
  );
  playStart(thread);
  playSteps(thread, 0, thread.times.length);
  playEnd(thread);
  tell({ kind: 'done', totals: thread.totals });
}

try {
  await play();
  await new Promise((resume) => setImmediate(resume)); // What it has rejected is told first.
  process.exit(0); // Whatever a strategy has left running ends with the run.
} catch (error) {
  // The last two mean that the run is over and somebody else says why. Anything else is our mistake and ends this thread loudly.
  if (error instanceof InputError) tell({ kind: 'refusal', message: error.message });
  else if (!(error instanceof BarrierAborted || error instanceof RunStopped)) throw error;
  await new Promise((resume) => setImmediate(resume)); // It is told before the thread ends.
  process.exit(0);
}
