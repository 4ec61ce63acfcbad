/**
 * A tick: what the engine costs for each bar, with a strategy that does nothing, one that averages, and one that trades.
 *
 *     node bench/tick.ts [--small]
 *
 * The whole run is measured, settlement, record and digest included, and divided by its ticks. Each strategy is replayed
 * inline and on two threads, and both must come to the same digest.
 */
import { run, type WorkerCount } from '../src/engine/run.ts';
import { DEFAULT_RULES, type Plan } from '../src/record/plan.ts';
import { type BenchOptions, type BenchRow, type BenchTask, measure } from './harness.ts';
import { walks } from './candles.ts';

const STRATEGIES = ['./strategies/idle.ts', '../strategies/sma-cross.ts', '../strategies/volume-breakout.ts'];
const WORKERS: readonly WorkerCount[] = ['inline', 2];

export interface TickResult {
  readonly rows: readonly BenchRow[];
  /** The digest of each strategy's run. */
  readonly digests: readonly string[];
}

/** Prints the table and a digest a strategy. Throws if threads come to another digest. */
export async function tick({ small }: BenchOptions): Promise<TickResult> {
  const store = walks(20, small ? 2_000 : 50_000, 0.03);
  const digests = new Map<string, Set<string>>();
  const tasks = STRATEGIES.flatMap((file) =>
    WORKERS.map((workers): BenchTask => {
      const plan = planOf(file);
      const name = `${file.split('/').pop()}, ${workers === 'inline' ? 'inline' : `${workers} threads`}`;
      return {
        name,
        operations: store.totalBars,
        run: async () => {
          const { digest } = await run(store, plan, { workers });
          digests.set(file, (digests.get(file) ?? new Set()).add(digest));
        },
      };
    }),
  );
  const rows = await measure('a tick: the whole run, a bar (20 symbols, 3 % of the minutes missing)', tasks, {
    small,
  });
  const found = STRATEGIES.map((file) => {
    const [digest, ...others] = digests.get(file)!;
    if (others.length > 0) throw new Error(`${file}: threads come to another digest`);
    return digest!;
  });
  console.log(`  digests ${found.map((digest) => digest.slice(0, 12)).join(' ')}`);
  return { rows, digests: found };
}

function planOf(file: string): Plan {
  const url = new URL(file, import.meta.url).href;
  return {
    strategies: [{ source: { url, exportName: 'default' }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: 1_000_000 },
    instruments: {},
    seed: 0,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
}

if (import.meta.main) await tick({ small: process.argv.includes('--small') });
