/**
 * The contexts that strategies hold: each forwards to its thread's sight and desk, and knows whether orders may be sent now.
 */
import type { OrderDesk } from './order-desk.ts';
import { Sequencer } from './order-desk.ts';
import { BUY, SELL } from '../broker/matching.ts';
import { type OrderChange, OrderError, type OrderOptions, type OrderRequest } from '../broker/order.ts';
import { RandomStream } from '../kernel/random.ts';
import type { Bar } from '../market/bar.ts';
import { CandleSet } from '../market/candles.ts';
import type { Instrument } from '../market/instrument.ts';
import { KIND, type RecordLog } from '../record/record-log.ts';
import type {
  Account,
  BarHistory,
  CandleSeries,
  Context,
  PortfolioContext,
  Position,
  SymbolView,
} from '../strategy/context.ts';
import { BookPosition, MovingBar, MovingHistory, type Sight } from './sight.ts';

/** What becomes of an order that is sent now. */
export type Trading =
  /** It is taken. */
  | 'open'
  /** Warm-up, or the last notices of a run: dropped and counted. */
  | 'dropping'
  /** onStart and onEnd: an error. */
  | 'closed';

/** What the contexts of one thread share. */
export interface Floor {
  readonly sight: Sight;
  readonly desk: OrderDesk;
  readonly log: RecordLog;
  readonly seed: number;
  trading: Trading;
  droppedOrders: number;
}

const NO_OPTIONS: OrderOptions = {};

abstract class SharedContext {
  readonly symbols: readonly string[];
  readonly account: Account;
  protected readonly floor: Floor;
  protected readonly sight: Sight;
  protected readonly strategy: number;
  protected readonly sequencer = new Sequencer();
  readonly #random: RandomStream;
  readonly #plotNames = new Map<string, number>();

  constructor(floor: Floor, strategy: number, randomName: string) {
    this.floor = floor;
    this.sight = floor.sight;
    this.strategy = strategy;
    this.symbols = floor.sight.store.names;
    this.account = floor.sight.account;
    this.#random = new RandomStream(floor.seed, strategy, randomName);
  }

  get step(): number {
    return this.sight.step;
  }
  get time(): number {
    return this.sight.time;
  }
  get isWarmup(): boolean {
    return this.sight.isWarmup;
  }

  view(symbol: string): SymbolView {
    return this.sight.view(this.sight.symbolIndex(symbol), this.strategy);
  }

  random(): number {
    return this.#random.next();
  }

  protected submit(symbol: number, side: number, quantity: number, options: OrderOptions): number {
    this.checkOpen();
    const { desk } = this.floor;
    const order = desk.check(symbol, side, quantity, options, this.lastClose(symbol));
    return this.#drops(1) ? 0 : desk.submit(symbol, this.strategy, this.sequencer, order);
  }

  protected submitGroup(symbol: number, requests: readonly OrderRequest[]): readonly number[] {
    this.checkOpen();
    const { desk } = this.floor;
    const orders = desk.checkGroup(symbol, requests, this.lastClose(symbol));
    if (this.#drops(orders.length)) return orders.map(() => 0);
    return desk.submitGroup(symbol, this.strategy, this.sequencer, orders);
  }

  protected closeOut(symbol: number, tag: string): number {
    const { books } = this.sight;
    const held = books.quantity[symbol * books.strategies + this.strategy]!;
    if (held === 0) return 0;
    return this.submit(symbol, held > 0 ? SELL : BUY, Math.abs(held), { reduceOnly: true, tag });
  }

  protected writeLog(symbol: number, message: string): void {
    const { log } = this.floor;
    const at = log.begin(KIND.log, symbol, this.strategy);
    log.cells(KIND.log)[at] = log.addText(String(message));
  }

  protected writePlot(symbol: number, name: string, value: number): void {
    const { log } = this.floor;
    let reference = this.#plotNames.get(name);
    if (reference === undefined) {
      reference = log.intern(name);
      this.#plotNames.set(name, reference);
    }
    const at = log.begin(KIND.plot, symbol, this.strategy);
    log.cells(KIND.plot)[at] = reference;
    log.cells(KIND.plot)[at + 1] = value;
  }

  protected checkOpen(): void {
    if (this.floor.trading !== 'closed') return;
    throw new OrderError('orders are sent while the run is on: not in onStart, not in onEnd');
  }

  /** Whether orders are sent for nothing now: they are counted, so that somebody says so. */
  #drops(orders: number): boolean {
    if (this.floor.trading === 'open') return false;
    this.floor.droppedOrders += orders;
    return true;
  }

  protected abstract lastClose(symbol: number): number;
}

/** The context of one instance of a symbol strategy. */
export class SymbolContext extends SharedContext implements Context {
  readonly symbol: string;
  readonly instrument: Instrument;
  readonly interval: number;
  readonly bars: BarHistory;
  readonly position: Position;
  /** The bar of this tick, as the engine moves it. */
  readonly movingBar: MovingBar;
  readonly candleSet: CandleSet;
  readonly #symbol: number;

  constructor(floor: Floor, symbol: number, strategy: number) {
    const { store, books, instruments } = floor.sight;
    super(floor, strategy, store.names[symbol]!);
    const columns = store.columns(symbol);
    this.symbol = store.names[symbol]!;
    this.instrument = instruments[symbol]!;
    this.interval = store.interval;
    this.movingBar = new MovingBar(columns);
    this.bars = new MovingHistory(this.movingBar, columns);
    this.position = new BookPosition(books, symbol * books.strategies + strategy);
    this.candleSet = new CandleSet(store.interval);
    this.#symbol = symbol;
  }

  get bar(): Bar {
    return this.movingBar;
  }

  candles(timeframe: string): CandleSeries {
    if (this.sight.step >= 0)
      throw new Error('candles are asked for in onStart: later, bars would be missing from them');
    return this.candleSet.subscribe(timeframe);
  }

  buy(quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.submit(this.#symbol, BUY, quantity, options);
  }
  sell(quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.submit(this.#symbol, SELL, quantity, options);
  }
  oco(...orders: readonly OrderRequest[]): readonly number[] {
    return this.submitGroup(this.#symbol, orders);
  }
  close(tag = ''): number {
    return this.closeOut(this.#symbol, tag);
  }
  cancel(id: number): boolean {
    this.checkOpen();
    return this.floor.desk.cancel(this.#symbol, this.strategy, this.sequencer, id);
  }
  replace(id: number, change: OrderChange): boolean {
    this.checkOpen();
    return this.floor.desk.replace(this.#symbol, this.strategy, this.sequencer, id, change);
  }
  log(message: string): void {
    this.writeLog(this.#symbol, message);
  }
  plot(name: string, value: number): void {
    this.writePlot(this.#symbol, name, value);
  }

  protected override lastClose(): number {
    return this.movingBar.close;
  }
}

/** The context of a portfolio strategy. Its log lines stand under the first symbol, for it has none. */
export class UniverseContext extends SharedContext implements PortfolioContext {
  readonly universe: readonly SymbolView[];
  /** The symbol of each order sent, by id − 1. */
  readonly #symbolOf: number[] = [];

  constructor(floor: Floor, strategy: number) {
    super(floor, strategy, '');
    this.universe = floor.sight.store.names.map((_, symbol) => floor.sight.view(symbol, strategy));
  }

  buy(symbol: string, quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.#remember(symbol, (index) => this.submit(index, BUY, quantity, options));
  }
  sell(symbol: string, quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.#remember(symbol, (index) => this.submit(index, SELL, quantity, options));
  }
  oco(symbol: string, ...orders: readonly OrderRequest[]): readonly number[] {
    return this.#remember(symbol, (index) => this.submitGroup(index, orders));
  }
  close(symbol: string, tag = ''): number {
    return this.#remember(symbol, (index) => this.closeOut(index, tag));
  }
  cancel(id: number): boolean {
    const symbol = this.#symbolOf[id - 1] ?? 0;
    this.checkOpen();
    return this.floor.desk.cancel(symbol, this.strategy, this.sequencer, id);
  }
  replace(id: number, change: OrderChange): boolean {
    const symbol = this.#symbolOf[id - 1] ?? 0;
    this.checkOpen();
    return this.floor.desk.replace(symbol, this.strategy, this.sequencer, id, change);
  }
  log(message: string): void {
    this.writeLog(0, message);
  }
  plot(name: string, value: number): void {
    this.writePlot(0, name, value);
  }

  #remember<T>(symbol: string, send: (index: number) => T): T {
    const index = this.sight.symbolIndex(symbol);
    const sent = send(index);
    while (this.#symbolOf.length < this.sequencer.last) this.#symbolOf.push(index);
    return sent;
  }

  protected override lastClose(symbol: number): number {
    const index = this.sight.lastIndex(symbol);
    return index < 0 ? NaN : this.sight.store.columns(symbol).close[index]!;
  }
}
