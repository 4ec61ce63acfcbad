/** The contexts that strategies hold: the face that `strategy/context.ts` declares, over what the engine keeps to itself. */
import { BUY, SELL } from '../broker/matching.ts';
import type { OrderChange, OrderOptions, OrderRequest } from '../broker/order.ts';
import type { Bar } from '../market/bar.ts';
import { CandleSet } from '../market/candles.ts';
import type { Instrument } from '../market/instrument.ts';
import { NOBODY } from '../record/record-log.ts';
import type {
  Account,
  BarHistory,
  CandleSeries,
  Context,
  PortfolioContext,
  Position,
  SymbolView,
} from '../strategy/context.ts';
import { Dealings, type Floor } from './dealings.ts';
import { BookPosition, MovingBar, MovingHistory } from './sight.ts';

const NO_OPTIONS: OrderOptions = {};

/** What the engine moves as a symbol's bars come: given to it and to nobody else when a context is made. */
export interface Movement {
  readonly bar: MovingBar;
  readonly candles: CandleSet;
}

/** The context of one instance of a symbol strategy. */
export class SymbolContext implements Context {
  readonly symbol: string;
  readonly symbols: readonly string[];
  readonly instrument: Instrument;
  readonly interval: number;
  readonly bar: Bar;
  readonly bars: BarHistory;
  readonly position: Position;
  readonly account: Account;
  readonly #dealings: Dealings;
  readonly #candles: CandleSet;
  readonly #symbol: number;

  /** The context, and what moves it. */
  static create(
    floor: Floor,
    symbol: number,
    strategy: number,
  ): { context: SymbolContext; movement: Movement } {
    const { store } = floor.sight;
    const movement = { bar: new MovingBar(store.columns(symbol)), candles: new CandleSet(store.interval) };
    return { context: new SymbolContext(floor, symbol, strategy, movement), movement };
  }

  private constructor(floor: Floor, symbol: number, strategy: number, { bar, candles }: Movement) {
    const { store, books, instruments, account, symbols } = floor.sight;
    this.symbol = store.names[symbol]!;
    this.symbols = symbols;
    this.instrument = instruments[symbol]!;
    this.interval = store.interval;
    this.bar = bar;
    this.bars = new MovingHistory(bar, store.columns(symbol));
    this.position = new BookPosition(books, symbol * books.strategies + strategy);
    this.account = account;
    this.#dealings = new Dealings(floor, strategy, this.symbol);
    this.#candles = candles;
    this.#symbol = symbol;
  }

  get step(): number {
    return this.#dealings.sight.step;
  }
  get time(): number {
    return this.#dealings.sight.time;
  }
  get isWarmup(): boolean {
    return this.#dealings.sight.isWarmup;
  }

  candles(timeframe: string): CandleSeries {
    if (this.step >= 0)
      throw new Error('candles are asked for in onStart: later, bars would be missing from them');
    return this.#candles.subscribe(timeframe);
  }
  view(symbol: string): SymbolView {
    return this.#dealings.view(symbol);
  }
  buy(quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.#dealings.submit(this.#symbol, BUY, quantity, options);
  }
  sell(quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.#dealings.submit(this.#symbol, SELL, quantity, options);
  }
  oco(...orders: readonly OrderRequest[]): readonly number[] {
    return this.#dealings.submitGroup(this.#symbol, orders);
  }
  close(tag = ''): number {
    return this.#dealings.closeOut(this.#symbol, tag);
  }
  cancel(id: number): boolean {
    return this.#dealings.cancel(this.#symbol, id);
  }
  replace(id: number, change: OrderChange): boolean {
    return this.#dealings.replace(this.#symbol, id, change);
  }
  random(): number {
    return this.#dealings.random();
  }
  log(message: string): void {
    this.#dealings.writeLog(this.#symbol, message);
  }
  plot(name: string, value: number): void {
    this.#dealings.writePlot(this.#symbol, name, value);
  }
}

/** The context of a portfolio strategy. */
export class UniverseContext implements PortfolioContext {
  readonly symbols: readonly string[];
  readonly universe: readonly SymbolView[];
  readonly account: Account;
  readonly #dealings: Dealings;
  /** The symbol of each order sent, by id − 1. */
  readonly #symbolOf: number[] = [];

  constructor(floor: Floor, strategy: number) {
    const { sight } = floor;
    this.symbols = sight.symbols;
    this.universe = sight.symbols.map((_, symbol) => sight.view(symbol, strategy));
    this.account = sight.account;
    this.#dealings = new Dealings(floor, strategy, '');
  }

  get step(): number {
    return this.#dealings.sight.step;
  }
  get time(): number {
    return this.#dealings.sight.time;
  }
  get isWarmup(): boolean {
    return this.#dealings.sight.isWarmup;
  }

  view(symbol: string): SymbolView {
    return this.#dealings.view(symbol);
  }
  buy(symbol: string, quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.#remember(symbol, (index) => this.#dealings.submit(index, BUY, quantity, options));
  }
  sell(symbol: string, quantity: number, options: OrderOptions = NO_OPTIONS): number {
    return this.#remember(symbol, (index) => this.#dealings.submit(index, SELL, quantity, options));
  }
  oco(symbol: string, ...orders: readonly OrderRequest[]): readonly number[] {
    return this.#remember(symbol, (index) => this.#dealings.submitGroup(index, orders));
  }
  close(symbol: string, tag = ''): number {
    return this.#remember(symbol, (index) => this.#dealings.closeOut(index, tag));
  }
  cancel(id: number): boolean {
    return this.#dealings.cancel(this.#symbolOf[id - 1] ?? 0, id);
  }
  replace(id: number, change: OrderChange): boolean {
    return this.#dealings.replace(this.#symbolOf[id - 1] ?? 0, id, change);
  }
  random(): number {
    return this.#dealings.random();
  }
  log(message: string): void {
    this.#dealings.writeLog(NOBODY, message);
  }
  plot(name: string, value: number): void {
    this.#dealings.writePlot(NOBODY, name, value);
  }

  #remember<T>(symbol: string, send: (index: number) => T): T {
    const index = this.#dealings.sight.symbolIndex(symbol);
    const sent = send(index);
    while (this.#symbolOf.length < this.#dealings.sent) this.#symbolOf.push(index);
    return sent;
  }
}
