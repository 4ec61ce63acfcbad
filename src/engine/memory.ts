/**
 * The memory of a run: made once on the main thread, attached by every thread that takes part.
 *
 *     part       what                                    written by                  phase
 *     bars       columns of Float64                      the loader, before          –
 *     times      the timeline                            run, before                 –
 *     barrier    release, promises, abort                see barrier.ts              all
 *     hasData    presence, two pages                     conductor                   parallel, for the next step
 *     books      positions, cash, equity                 conductor                   serial
 *     tables     orders, one table an owner              owner; conductor            parallel; serial
 *     house      orders of the broker's own              conductor                   serial
 *     queues     notices, one queue an owner             conductor                   serial
 *     failed     one cell an owner: a strategy threw     owner                       parallel
 *
 * Owners are the workers, in order, and behind them, if there is one, the portfolio strategy, whose owner runs on the
 * conductor. Everything is created before the first thread starts, so attaching never waits.
 */
import { Books, type BooksMemory } from '../broker/books.ts';
import { OrderTable, type OrderTableMemory } from '../broker/order-table.ts';
import type { Rules } from '../broker/policies.ts';
import { Barrier } from '../kernel/barrier.ts';
import { HasData } from '../kernel/has-data.ts';
import type { SharedCells } from '../kernel/layout.ts';
import type { BarStore, SharedBars } from '../market/bar-store.ts';
import type { Instrument } from '../market/instrument.ts';
import type { StepTimes } from '../market/timeline.ts';
import { type NoticeMemory, NoticeQueue } from './notices.ts';

/** Plain and cloneable: what a worker is handed. Buffers in it are shared, not copied. */
export interface RunMemory {
  readonly bars: SharedBars;
  readonly times: StepTimes;
  readonly barrier: SharedCells;
  readonly hasData: SharedArrayBuffer;
  readonly books: BooksMemory;
  readonly tables: readonly OrderTableMemory[];
  readonly house: OrderTableMemory;
  readonly queues: readonly NoticeMemory[];
  readonly failed: Int32Array;
  /** The worker that owns each symbol. */
  readonly ownerOf: readonly number[];
  readonly workers: number;
  /** Symbol strategies; a portfolio strategy comes behind them. */
  readonly symbolStrategies: number;
  readonly hasPortfolio: boolean;
  readonly instruments: readonly Instrument[];
  readonly rules: Rules;
  readonly warmupSteps: number;
  readonly seed: number;
  readonly isDeterministic: boolean;
}

export interface MemoryPlan {
  readonly symbolStrategies: number;
  readonly hasPortfolio: boolean;
  readonly instruments: readonly Instrument[];
  readonly rules: Rules;
  readonly warmupSteps: number;
  readonly seed: number;
  readonly isDeterministic: boolean;
}

export function createMemory(
  store: BarStore,
  times: StepTimes,
  workers: number,
  plan: MemoryPlan,
): RunMemory {
  const symbols = store.symbols.length;
  const owners = workers + (plan.hasPortfolio ? 1 : 0);
  const strategies = plan.symbolStrategies + (plan.hasPortfolio ? 1 : 0);
  return {
    ...plan,
    bars: store.shared,
    times,
    workers,
    barrier: Barrier.create(workers).cells,
    hasData: HasData.create(symbols).buffer,
    books: Books.create(symbols, strategies, plan.rules.cash).memory,
    tables: Array.from({ length: owners }, () => OrderTable.create(symbols).memory),
    house: OrderTable.create(symbols).memory,
    queues: Array.from({ length: owners }, () => NoticeQueue.create().memory),
    failed: new Int32Array(new SharedArrayBuffer(workers * Int32Array.BYTES_PER_ELEMENT)),
    ownerOf: shardSymbols(store, workers),
  };
}

/**
 * Gives symbols to workers so that their bars balance: the largest first, each to the worker with the least so far. The
 * conductor starts with a handicap, for the serial phase costs it about as much as a tick for each symbol and step in eight.
 */
function shardSymbols(store: BarStore, workers: number): number[] {
  const load = new Float64Array(workers);
  load[0] = workers > 1 ? store.totalBars / 8 / workers : 0;
  const counts = store.symbols.map(({ count }) => count);
  const bySize = counts.map((_, symbol) => symbol).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const ownerOf: number[] = Array.from({ length: counts.length }, () => 0);
  for (const symbol of bySize) {
    let least = 0;
    for (let worker = 1; worker < workers; worker++) if (load[worker]! < load[least]!) least = worker;
    ownerOf[symbol] = least;
    load[least] = load[least]! + counts[symbol]!;
  }
  return ownerOf;
}
