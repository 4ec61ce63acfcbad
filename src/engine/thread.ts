/**
 * What one thread needs to take part in a run: its shard, its record, its place at the barrier, and, on worker 0, the
 * conductor. Made from the run's memory, on whatever thread calls it; inline there is one, on the main thread.
 */
import { inspect } from 'node:util';
import { Books } from '../broker/books.ts';
import { brokerOf } from '../broker/brokers.ts';
import { OrderTable } from '../broker/order-table.ts';
import type { Counts } from '../broker/broker.ts';
import { leverageOf } from '../broker/gate.ts';
import { Grain } from '../broker/rounding.ts';
import { AssertionError } from '../kernel/assert.ts';
import { AmbientGuard } from '../kernel/ambient-guard.ts';
import { Barrier, CONDUCTOR } from '../kernel/barrier.ts';
import { HasData } from '../kernel/has-data.ts';
import type { WaitPolicy } from '../kernel/wait.ts';
import { BarStore } from '../market/bar-store.ts';
import type { StepTimes } from '../market/timeline.ts';
import { type Batch, CHUNK_STEPS, RecordLog } from '../record/record-log.ts';
import { PHASE } from '../record/records.ts';
import type { ParamValue } from '../strategy/params.ts';
import type { PortfolioStrategy, PortfolioStrategyClass } from '../strategy/portfolio-strategy.ts';
import type { Strategy, StrategyClass } from '../strategy/strategy.ts';
import { Conductor } from './conductor.ts';
import { SymbolContext, UniverseContext } from './contexts.ts';
import type { Floor, Trading } from './dealings.ts';
import { ABORT, RunStopped, type StrategyFailure } from './failure.ts';
import { Teller } from './instance.ts';
import type { RunMemory } from './memory.ts';
import { NoticeQueue } from './notices.ts';
import { OrderDesk } from './order-desk.ts';
import { PortfolioDesk } from './portfolio-desk.ts';
import { type Instance, Shard } from './shard.ts';
import { Sight } from './sight.ts';

/** A strategy class as loaded on this thread, with its parameters for each symbol. */
export interface LoadedStrategy {
  readonly strategyClass: StrategyClass | PortfolioStrategyClass;
  readonly isPortfolio: boolean;
  /** By symbol index; a portfolio strategy has one at 0. */
  readonly params: readonly Readonly<Record<string, ParamValue>>[];
}

/** Where a thread hands what it has recorded, and says that a strategy threw. */
export interface Host {
  takeBatch(batch: Batch): void;
  takeFailure(failure: StrategyFailure): void;
}

/** What a thread knows at the end that the record does not hold. */
export interface ThreadTotals {
  readonly ticks: number;
  readonly droppedOrders: number;
  /** From the conductor. */
  readonly counts: Counts | null;
  /** Math functions whose last bits are the implementation's choice, as met by the strategies in deterministic mode. */
  readonly transcendental: readonly string[];
}

export class Thread {
  readonly id: number;
  readonly barrier: Barrier;
  readonly shard: Shard;
  readonly conductor: Conductor | null;
  readonly times: StepTimes;
  readonly warmupSteps: number;
  readonly #host: Host;
  readonly #log: RecordLog;
  readonly #sight: Sight;
  readonly #floors: readonly Floor[];
  readonly #failed: Int32Array;
  readonly #guard: AmbientGuard | null;
  #step = -1;

  /** @param guard entered whenever strategy code runs; null in a run that is not deterministic. */
  constructor(
    memory: RunMemory,
    id: number,
    strategies: readonly LoadedStrategy[],
    policy: WaitPolicy,
    host: Host,
    guard: AmbientGuard | null,
  ) {
    const { instruments, rules, symbolStrategies, hasPortfolio, ownerOf, seed } = memory;
    const store = BarStore.attach(memory.bars);
    const books = new Books(memory.books);
    const hasData = new HasData(memory.hasData);
    const tables = memory.tables.map((table) => new OrderTable(table));
    const queues = memory.queues.map((queue) => new NoticeQueue(queue));
    const house = new OrderTable(memory.house);
    const broker = brokerOf(rules);
    const ticks = instruments.map(({ tick }) => new Grain(tick));
    const total = symbolStrategies + (hasPortfolio ? 1 : 0);
    const log = new RecordLog(id, store.symbols.length, total);
    const sight = new Sight(store, books, instruments, hasData, leverageOf(rules.account));
    const tagOf = (reference: number): string => log.interned(reference);
    const floorAt = (owner: number): Floor => ({
      sight,
      table: tables[owner]!,
      desk: new OrderDesk(tables[owner]!, log, broker.desk, instruments, store.interval),
      log,
      seed,
      trading: 'closed',
      droppedOrders: 0,
    });

    this.id = id;
    this.times = memory.times;
    this.warmupSteps = memory.warmupSteps;
    this.barrier = new Barrier(memory.barrier, id, policy);
    this.#host = host;
    this.#log = log;
    this.#sight = sight;
    this.#failed = memory.failed;
    this.#guard = guard;

    const floor = floorAt(id);
    const floors = [floor];
    const teller = new Teller(tables[id]!, house, store.names, tagOf);
    const instances = makeInstances(floor, strategies, ownerOf, id);
    this.shard = new Shard(
      store,
      instances,
      total,
      tables[id]!,
      queues[id]!,
      teller,
      hasData,
      rules.limitTouch,
      ticks,
      memory.times,
    );
    this.#floors = floors;
    if (id !== CONDUCTOR) {
      this.conductor = null;
      return;
    }

    let portfolio: PortfolioDesk | null = null;
    const portfolioTable = hasPortfolio ? tables[memory.workers]! : null;
    if (portfolioTable !== null) {
      const owner = memory.workers;
      const portfolioFloor = floorAt(owner);
      floors.push(portfolioFloor);
      const { strategyClass, params } = strategies.find((loaded) => loaded.isPortfolio)!;
      const ctx = new UniverseContext(portfolioFloor, symbolStrategies);
      const init = { params: params[0]!, symbol: '', ctx };
      const make = (): PortfolioStrategy => new (strategyClass as PortfolioStrategyClass)(init);
      const portfolioTeller = new Teller(portfolioTable, house, store.names, tagOf);
      portfolio = new PortfolioDesk(
        make,
        ctx,
        store,
        portfolioTable,
        queues[owner]!,
        portfolioTeller,
        rules.limitTouch,
        ticks,
      );
    }
    const tableOf = ownerOf.map((owner) => tables[owner]!);
    const queueOf = new Map(tables.map((table, owner) => [table, queues[owner]!]));
    const all = [...tables, house];
    const brokerMemory = { store, instruments, books, tables: all, house, tableOf, portfolioTable, rules };
    const { times, warmupSteps } = memory;
    this.conductor = new Conductor(
      broker,
      brokerMemory,
      times,
      warmupSteps,
      log,
      queueOf,
      hasData,
      portfolio,
    );
  }

  get totals(): ThreadTotals {
    return {
      ticks: this.shard.ticks,
      droppedOrders: this.#floors.reduce((sum, floor) => sum + floor.droppedOrders, 0),
      counts: this.conductor?.counts ?? null,
      transcendental: this.#guard?.transcendental ?? [],
    };
  }

  /** Where the strategies' code stands that runs from now on. */
  standAt(step: number, phase: number, trading: Trading): void {
    this.#step = step;
    const sight = this.#sight;
    sight.step = step;
    if (step >= 0) sight.time = this.times[step]!;
    sight.isWarmup = trading === 'dropping' && phase === PHASE.tick;
    this.#log.at(step, phase);
    const floors = this.#floors;
    for (let owner = 0; owner < floors.length; owner++) {
      floors[owner]!.trading = trading;
      floors[owner]!.desk.at(step, sight.time);
    }
  }

  closeTrading(): void {
    for (const floor of this.#floors) floor.trading = 'closed';
  }

  /** The parallel phase. A throw ends this shard's part of the step; the conductor raises it once all have arrived. */
  playShard(step: number): void {
    this.#guard?.enter();
    try {
      this.shard.play(step);
    } catch (error) {
      this.#fail(error, PHASE.tick, this.shard.currentSymbol, this.shard.currentStrategy);
    } finally {
      this.#guard?.leave();
    }
  }

  playPortfolio(step: number): void {
    this.#log.at(step, PHASE.portfolio);
    this.runPortfolio(PHASE.portfolio, () => this.conductor!.playPortfolio());
    this.raiseFailures();
  }

  endPortfolio(step: number): void {
    const { portfolio } = this.conductor!;
    if (portfolio === null) return;
    this.#log.at(step, PHASE.end);
    this.runPortfolio(PHASE.end, () => {
      for (const floor of this.#floors) floor.trading = 'dropping';
      portfolio.tellRest();
      this.closeTrading();
      portfolio.end();
    });
    this.raiseFailures();
  }

  /** Symbol strategies' code outside the loop. Returns whether it ran to its end. */
  runStrategies(phase: number, code: () => void): boolean {
    try {
      this.#guarded(code);
      return true;
    } catch (error) {
      this.#fail(error, phase, this.shard.currentSymbol, this.shard.currentStrategy);
      return false;
    }
  }

  runPortfolio(phase: number, code: () => void): void {
    try {
      this.#guarded(code);
    } catch (error) {
      this.#fail(error, phase, -1, -1);
    }
  }

  /** On the conductor, when all have arrived: if anyone failed, the run is over. */
  raiseFailures(): void {
    const failed = this.#failed;
    for (let worker = 0; worker < failed.length; worker++) {
      if (failed[worker] === 0) continue; // Plain: its owner wrote it before it arrived.
      this.barrier.abort(ABORT.failure);
      throw new RunStopped('a strategy threw');
    }
  }

  /** Hands on what was recorded in the chunk that ends with `step`. */
  handIn(step: number): void {
    this.#host.takeBatch(this.#log.take(Math.floor(step / CHUNK_STEPS)));
  }

  #guarded<T>(code: () => T): T {
    this.#guard?.enter();
    try {
      return code();
    } finally {
      this.#guard?.leave();
    }
  }

  #fail(error: unknown, phase: number, symbol: number, strategy: number): void {
    if (error instanceof AssertionError) throw error; // Ours, whoever's code was running.
    const { message, stack } = shownError(error);
    this.#host.takeFailure({ step: this.#step, phase, symbol, strategy, message, stack });
    this.#failed[this.id] = 1;
  }
}

/** In the order symbol, strategy. */
function makeInstances(
  floor: Floor,
  strategies: readonly LoadedStrategy[],
  ownerOf: readonly number[],
  id: number,
): Instance[] {
  const instances: Instance[] = [];
  for (const [symbol, owner] of ownerOf.entries()) {
    if (owner !== id) continue;
    for (const [strategyIndex, { strategyClass, isPortfolio, params }] of strategies.entries()) {
      if (isPortfolio) continue;
      const { context, movement } = SymbolContext.create(floor, symbol, strategyIndex);
      const init = { params: params[symbol]!, symbol: context.symbol, ctx: context };
      const make = (): Strategy => new (strategyClass as StrategyClass)(init);
      instances.push({ symbol, strategyIndex, context, movement, make });
    }
  }
  return instances;
}

/** What was thrown, in words: it may be anything, and even asking it may throw. */
function shownError(error: unknown): { message: string; stack: string } {
  try {
    if (!(error instanceof Error)) {
      const shown = typeof error === 'string' ? error : inspect(error);
      return { message: shown, stack: shown };
    }
    const message = `${error.name}: ${error.message}`;
    return { message, stack: String(error.stack ?? message) };
  } catch {
    return { message: 'something that cannot be shown', stack: '' };
  }
}
