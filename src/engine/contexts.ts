/** The contexts that strategies hold: the face that `strategy/context.ts` declares, over what the engine keeps to itself. */
import { BUY, SELL } from '../broker/matching.ts';
import type {
  OrderChange,
  OrderOptions,
  OrderRequest,
  OrderSize,
  PositionRules,
  Target,
} from '../broker/order.ts';
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
import { Guard } from './guard.ts';
import { BookPosition, MovingBar, MovingHistory } from './sight.ts';

const NO_OPTIONS: OrderOptions = {};

/** What the engine moves as a symbol's bars come: given to it and to nobody else when a context is made. */
export interface Movement {
  readonly bar: MovingBar;
  readonly candles: CandleSet;
  /** Acts before `onTick`, if the strategy has declared position rules. */
  readonly guard: Guard;
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
  readonly #guard: Guard;
  readonly #symbol: number;

  /** The context, and what moves it. */
  static create(
    floor: Floor,
    symbol: number,
    strategy: number,
  ): { context: SymbolContext; movement: Movement } {
    const { store } = floor.sight;
    const dealings = new Dealings(floor, strategy, store.names[symbol]!);
    const bar = new MovingBar(store.columns(symbol));
    const movement = { bar, candles: new CandleSet(store.interval), guard: new Guard(symbol, dealings) };
    return { context: new SymbolContext(floor, symbol, dealings, movement), movement };
  }

  private constructor(floor: Floor, symbol: number, dealings: Dealings, { bar, candles, guard }: Movement) {
    const { store, books, instruments, account, symbols } = floor.sight;
    this.symbol = store.names[symbol]!;
    this.symbols = symbols;
    this.instrument = instruments[symbol]!;
    this.interval = store.interval;
    this.bar = bar;
    this.bars = new MovingHistory(bar, store.columns(symbol));
    this.position = new BookPosition(books, symbol * books.strategies + dealings.strategy);
    this.account = account;
    this.#dealings = dealings;
    this.#guard = guard;
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
  buy(quantity: OrderSize, options: OrderOptions = NO_OPTIONS): number {
    return this.#dealings.submit(this.#symbol, BUY, quantity, this.#guarded(options));
  }
  sell(quantity: OrderSize, options: OrderOptions = NO_OPTIONS): number {
    return this.#dealings.submit(this.#symbol, SELL, quantity, this.#guarded(options));
  }
  target(target: Target, options: OrderOptions = NO_OPTIONS): number {
    return this.#dealings.submitTarget(this.#symbol, target, this.#guarded(options));
  }
  protect(rules: PositionRules | null): void {
    this.#guard.declare(rules);
  }
  oco(...orders: readonly OrderRequest[]): readonly number[] {
    return this.#dealings.submitGroup(
      this.#symbol,
      this.#guard.isOn ? orders.map((order) => this.#guarded(order)) : orders,
    );
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

  /** The options with the bracket that the position rules ask for. */
  #guarded<T extends OrderOptions>(options: T): T {
    if (!this.#guard.isOn || !options) return options; // What is no object is refused where orders are checked.
    if (options.bracket !== undefined || options.reduceOnly === true) return options;
    const { bracket } = this.#guard;
    return bracket === undefined ? options : { ...options, bracket };
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
  buy(symbol: string, quantity: OrderSize, options: OrderOptions = NO_OPTIONS): number {
    return this.#remember(symbol, (index) => this.#dealings.submit(index, BUY, quantity, options));
  }
  sell(symbol: string, quantity: OrderSize, options: OrderOptions = NO_OPTIONS): number {
    return this.#remember(symbol, (index) => this.#dealings.submit(index, SELL, quantity, options));
  }
  target(symbol: string, target: Target, options: OrderOptions = NO_OPTIONS): number {
    return this.#remember(symbol, (index) => this.#dealings.submitTarget(index, target, options));
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
