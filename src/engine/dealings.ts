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

export class Dealings {
  readonly sight: Sight;
  readonly strategy: number;
  readonly #floor: Floor;
  readonly #sequencer = new Sequencer();
  readonly #random: RandomStream;
  readonly #plotNames = new Map<string, number>();

  /** @param randomName with the run's seed and the strategy, what seeds `random`. */
  constructor(floor: Floor, strategy: number, randomName: string) {
    this.sight = floor.sight;
    this.#floor = floor;
    this.strategy = strategy;
    this.#random = new RandomStream(floor.seed, strategy, randomName);
  }

  /** Orders sent so far. */
  get sent(): number {
    return this.#sequencer.last;
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
    const order = desk.check(symbol, side, size, options, this.#quote(symbol));
    return this.#drops(1) ? 0 : desk.submit(this.#sender(symbol), order, reason);
  }

  /** Trades what is missing to hold the target; 0 if nothing is. */
  submitTarget(symbol: number, target: Target, options: OrderOptions): number {
    this.#checkOpen();
    const { desk } = this.#floor;
    const order = desk.checkTarget(symbol, target, this.#held(symbol), options, this.#quote(symbol));
    return order === null || this.#drops(1) ? 0 : desk.submit(this.#sender(symbol), order);
  }

  submitGroup(symbol: number, requests: readonly OrderRequest[]): readonly number[] {
    this.#checkOpen();
    const { desk } = this.#floor;
    const orders = desk.checkGroup(symbol, requests, this.#quote(symbol));
    if (this.#drops(orders.length)) return orders.map(() => 0);
    return desk.submitGroup(this.#sender(symbol), orders);
  }

  /** Closes a position at the market, reduce-only. */
  closeOut(symbol: number, tag: string): number {
    const held = this.#held(symbol);
    if (held === 0) return 0;
    return this.submit(symbol, held > 0 ? SELL : BUY, Math.abs(held), { reduceOnly: true, tag });
  }

  cancel(symbol: number, id: number): boolean {
    this.#checkOpen();
    return this.#floor.desk.cancel(this.#sender(symbol), id);
  }

  replace(symbol: number, id: number, change: OrderChange): boolean {
    this.#checkOpen();
    return this.#floor.desk.replace(this.#sender(symbol), id, change);
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

  #sender(symbol: number): Sender {
    const barIndex = this.sight.lastIndex(symbol);
    const lastClose = this.sight.lastClose(symbol);
    const bars = this.sight.store.columns(symbol);
    return { symbol, strategy: this.strategy, sequencer: this.#sequencer, barIndex, lastClose, bars };
  }

  /** The account and the symbol as they are now. */
  #quote(symbol: number): Quote {
    const { sight } = this;
    return {
      lastClose: sight.lastClose(symbol),
      multiplier: sight.instruments[symbol]!.multiplier,
      equity: sight.books.equity,
      atr: (period) => sight.meanTrueRange(symbol, period),
    };
  }

  /** Whether orders are sent for nothing now: they are counted, so that somebody says so. */
  #drops(orders: number): boolean {
    if (this.#floor.trading === 'open') return false;
    this.#floor.droppedOrders += orders;
    return true;
  }
}
