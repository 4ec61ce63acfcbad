/**
 * What every context does behind its own face: sends an instance's orders, cancels and changes them, writes its log.
 *
 * A context holds one privately. What a strategy can reach on its context is what `strategy/context.ts` declares and no more: not the
 * bars of other symbols, not the desk, not the books.
 */
import { BUY, SELL } from '../broker/matching.ts';
import {
  type ExitReason,
  type OrderChange,
  OrderError,
  type OrderOptions,
  type OrderRequest,
  type OrderSize,
  type Target,
} from '../broker/order.ts';
import type { OrderTable } from '../broker/order-table.ts';
import type { Quote } from '../broker/sizing.ts';
import { RandomStream } from '../kernel/random.ts';
import type { BarViews } from '../market/bar-store.ts';
import { KIND, type RecordLog } from '../record/record-log.ts';
import type { SymbolView } from '../strategy/context.ts';
import { type OrderDesk, type Sender, Sequencer } from './order-desk.ts';
import type { Sight } from './sight.ts';

/** What becomes of an order that is sent now. */
export type Trading =
  /** It is taken. */
  | 'open'
  /** Warm-up, or the last notices of a run: checked, dropped and counted. */
  | 'dropping'
  /** onStart and onEnd: an error. */
  | 'closed';

/** What the contexts of one owner share. */
export interface Floor {
  readonly sight: Sight;
  readonly desk: OrderDesk;
  readonly table: OrderTable;
  readonly log: RecordLog;
  readonly seed: number;
  trading: Trading;
  droppedOrders: number;
}

/** An instance at one of its symbols: who sends an order, and by what it is measured. */
class Standing implements Sender, Quote {
  symbol = 0;
  readonly strategy: number;
  readonly sequencer = new Sequencer();
  readonly #sight: Sight;

  constructor(sight: Sight, strategy: number) {
    this.#sight = sight;
    this.strategy = strategy;
  }

  get barIndex(): number {
    return this.#sight.lastIndex(this.symbol);
  }
  get lastClose(): number {
    return this.#sight.lastClose(this.symbol);
  }
  get bars(): BarViews {
    return this.#sight.store.columns(this.symbol);
  }
  get multiplier(): number {
    return this.#sight.instruments[this.symbol]!.multiplier;
  }
  get equity(): number {
    return this.#sight.books.equity;
  }
  atr(period: number): number {
    return this.#sight.meanTrueRange(this.symbol, period);
  }
}

export class Dealings {
  readonly sight: Sight;
  readonly strategy: number;
  readonly #floor: Floor;
  readonly #standing: Standing;
  readonly #random: RandomStream;
  readonly #plotNames = new Map<string, number>();

  /** @param randomName with the run's seed and the strategy, what seeds `random`. */
  constructor(floor: Floor, strategy: number, randomName: string) {
    this.sight = floor.sight;
    this.#floor = floor;
    this.strategy = strategy;
    this.#standing = new Standing(floor.sight, strategy);
    this.#random = new RandomStream(floor.seed, strategy, randomName);
  }

  /** Orders sent so far. */
  get sent(): number {
    return this.#standing.sequencer.last;
  }

  view(symbol: string): SymbolView {
    return this.sight.view(this.sight.symbolIndex(symbol), this.strategy);
  }

  random(): number {
    return this.#random.next();
  }

  get desk(): OrderDesk {
    return this.#floor.desk;
  }

  get table(): OrderTable {
    return this.#floor.table;
  }

  /** Whether an order of the instance has not ended. */
  isAlive(symbol: number, id: number): boolean {
    return id !== 0 && this.#floor.table.find(symbol, this.strategy, id) >= 0;
  }

  /** @param reason why it closes what it closes, if not for its type */
  submit(symbol: number, side: number, size: OrderSize, options: OrderOptions, reason?: ExitReason): number {
    this.#checkOpen();
    const { desk } = this.#floor;
    const order = desk.check(symbol, side, size, options, this.#at(symbol));
    return this.#drops(1) ? 0 : desk.submit(this.#at(symbol), order, reason);
  }

  /** Trades what is missing to hold the target; 0 if nothing is. */
  submitTarget(symbol: number, target: Target, options: OrderOptions): number {
    this.#checkOpen();
    const { desk } = this.#floor;
    const order = desk.checkTarget(symbol, target, this.#held(symbol), options, this.#at(symbol));
    return order === null || this.#drops(1) ? 0 : desk.submit(this.#at(symbol), order);
  }

  submitGroup(symbol: number, requests: readonly OrderRequest[]): readonly number[] {
    this.#checkOpen();
    const { desk } = this.#floor;
    const orders = desk.checkGroup(symbol, requests, this.#at(symbol));
    if (this.#drops(orders.length)) return orders.map(() => 0);
    return desk.submitGroup(this.#at(symbol), orders);
  }

  /** Closes a position at the market, reduce-only. */
  closeOut(symbol: number, tag: string): number {
    const held = this.#held(symbol);
    if (held === 0) return 0;
    return this.submit(symbol, held > 0 ? SELL : BUY, Math.abs(held), { reduceOnly: true, tag });
  }

  cancel(symbol: number, id: number): boolean {
    this.#checkOpen();
    return this.#floor.desk.cancel(this.#at(symbol), id);
  }

  replace(symbol: number, id: number, change: OrderChange): boolean {
    this.#checkOpen();
    return this.#floor.desk.replace(this.#at(symbol), id, change);
  }

  /** @param symbol NOBODY for a portfolio strategy. */
  writeLog(symbol: number, message: string): void {
    const { log } = this.#floor;
    const at = log.begin(KIND.log, symbol, this.strategy);
    log.cells(KIND.log)[at] = log.addLine(String(message));
  }

  writePlot(symbol: number, name: string, value: number): void {
    const { log } = this.#floor;
    let reference = this.#plotNames.get(name);
    if (reference === undefined) {
      reference = log.intern(String(name));
      this.#plotNames.set(name, reference);
    }
    if (typeof value !== 'number') throw new TypeError(`plot "${name}" takes a number, was ${typeof value}`);
    const at = log.begin(KIND.plot, symbol, this.strategy);
    log.cells(KIND.plot)[at] = reference;
    log.cells(KIND.plot)[at + 1] = value;
  }

  #checkOpen(): void {
    if (this.#floor.trading !== 'closed') return;
    throw new OrderError('orders are sent while the run is on: not in onStart, not in onEnd');
  }

  #held(symbol: number): number {
    const { books } = this.sight;
    return books.quantity[symbol * books.strategies + this.strategy]!;
  }

  /** The instance at a symbol, until the next call: one object for all, for an order should cost no more than itself. */
  #at(symbol: number): Standing {
    this.#standing.symbol = symbol;
    return this.#standing;
  }

  /** Whether orders are sent for nothing now: they are counted, so that somebody says so. */
  #drops(orders: number): boolean {
    if (this.#floor.trading === 'open') return false;
    this.#floor.droppedOrders += orders;
    return true;
  }
}
