/**
 * What one thread's strategies can see at its step: views that move, made once.
 *
 * A view of a bar is a place in the shared columns. It is bounded by the thread's own step and cursors, so it shows a bar at
 * or before the step whatever the other threads are doing, and never one after it.
 */
import type { Books } from '../broker/books.ts';
import { OrderError } from '../broker/order.ts';
import type { HasData } from '../kernel/has-data.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import type { Bar } from '../market/bar.ts';
import type { BarStore, BarViews } from '../market/bar-store.ts';
import { Cursors } from '../market/cursors.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Account, BarHistory, Position, SymbolView } from '../strategy/context.ts';

/** What stands before the first bar, in memory like the bars: a constant beside them would be boxed at every read. */
const NONE = new Float64Array([NaN]);

/** Moves a bar's place. Only the engine has this function, so nobody who holds a bar can look ahead with it. */
export let moveBar: (bar: MovingBar, index: number) => void;
/** The place of a bar, −1 before the first. */
let placeOf: (bar: MovingBar) => number;

/** The bar at a place that moves; NaN throughout while the place is −1. */
export class MovingBar implements Bar {
  #index = -1;
  readonly #bars: BarViews;

  static {
    moveBar = (bar, index) => {
      bar.#index = index;
    };
    placeOf = (bar) => bar.#index;
  }

  constructor(bars: BarViews) {
    this.#bars = bars;
  }

  get time(): number {
    return this.#index < 0 ? NONE[0]! : this.#bars.time[this.#index]!;
  }
  get open(): number {
    return this.#index < 0 ? NONE[0]! : this.#bars.open[this.#index]!;
  }
  get high(): number {
    return this.#index < 0 ? NONE[0]! : this.#bars.high[this.#index]!;
  }
  get low(): number {
    return this.#index < 0 ? NONE[0]! : this.#bars.low[this.#index]!;
  }
  get close(): number {
    return this.#index < 0 ? NONE[0]! : this.#bars.close[this.#index]!;
  }
  get volume(): number {
    return this.#index < 0 ? NONE[0]! : this.#bars.volume[this.#index]!;
  }

  /** As a plain object: a view has no fields of its own, so `{ ...bar }` would be empty. */
  toJSON(): Bar {
    const { time, open, high, low, close, volume } = this;
    return { time, open, high, low, close, volume };
  }
}

/** The bars up to a moving bar, counted back from it. */
export class MovingHistory implements BarHistory {
  readonly #bar: MovingBar;
  readonly #bars: BarViews;

  constructor(bar: MovingBar, bars: BarViews) {
    this.#bar = bar;
    this.#bars = bars;
  }

  get count(): number {
    return placeOf(this.#bar) + 1;
  }

  time(ago: number): number {
    return this.#at(this.#bars.time, ago);
  }
  open(ago: number): number {
    return this.#at(this.#bars.open, ago);
  }
  high(ago: number): number {
    return this.#at(this.#bars.high, ago);
  }
  low(ago: number): number {
    return this.#at(this.#bars.low, ago);
  }
  close(ago: number): number {
    return this.#at(this.#bars.close, ago);
  }
  volume(ago: number): number {
    return this.#at(this.#bars.volume, ago);
  }

  #at(column: Float64Array, ago: number): number {
    const index = placeOf(this.#bar) - ago;
    if (!(ago >= 0) || !Number.isInteger(ago))
      throw new RangeError('bars are counted back from 0, the newest: a bar to come is not known');
    return index < 0 ? NONE[0]! : column[index]!;
  }
}

export class BookPosition implements Position {
  readonly #books: Books;
  readonly #book: number;

  constructor(books: Books, book: number) {
    this.#books = books;
    this.#book = book;
  }

  get quantity(): number {
    return this.#books.quantity[this.#book]!;
  }
  get isFlat(): boolean {
    return this.quantity === 0;
  }
  get isLong(): boolean {
    return this.quantity > 0;
  }
  get isShort(): boolean {
    return this.quantity < 0;
  }
  get averagePrice(): number {
    return this.#books.averagePrice[this.#book]!;
  }
}

export class BooksAccount implements Account {
  readonly #books: Books;
  readonly #leverage: number;

  constructor(books: Books, leverage: number) {
    this.#books = books;
    this.#leverage = leverage;
  }

  get cash(): number {
    return this.#books.cash;
  }
  get equity(): number {
    return this.#books.equity;
  }
  get buyingPower(): number {
    return Math.max(0, this.#leverage * this.#books.equity - this.#books.gross);
  }
}

/** Where a thread stands, and what it may see from there. */
export class Sight {
  step = -1;
  time = NaN;
  isWarmup = false;
  readonly store: BarStore;
  readonly books: Books;
  readonly account: Account;
  /** Frozen, for strategies hold it. */
  readonly symbols: readonly string[];
  readonly instruments: readonly Instrument[];
  readonly #hasData: HasData;
  readonly #cursors: Cursors;
  readonly #indexByName: ReadonlyMap<string, number>;

  constructor(
    store: BarStore,
    books: Books,
    instruments: readonly Instrument[],
    hasData: HasData,
    leverage: number,
  ) {
    this.store = store;
    this.books = books;
    this.account = new BooksAccount(books, leverage);
    this.symbols = Object.freeze([...store.names]);
    this.instruments = instruments;
    this.#hasData = hasData;
    this.#cursors = new Cursors(store);
    this.#indexByName = new Map(store.names.map((name, index) => [name, index]));
  }

  symbolIndex(name: string): number {
    const index = this.#indexByName.get(name);
    if (index !== undefined) return index;
    throw new InputError(
      `the run has no symbol "${name}"${didYouMean(name, this.store.names)}; it has ${this.store.names.join(', ')}`,
    );
  }

  isPresent(symbol: number): boolean {
    return this.step >= 0 && this.#hasData.has(this.step, symbol);
  }

  /** Place of a symbol's last bar at or before the step; −1 before its first. */
  lastIndex(symbol: number): number {
    if (this.step < 0) return -1;
    this.#cursors.advance(symbol, this.time);
    return this.#cursors.index[symbol]!;
  }

  lastClose(symbol: number): number {
    const index = this.lastIndex(symbol);
    return index < 0 ? NaN : this.store.columns(symbol).close[index]!;
  }

  /** Mean of the true ranges of a symbol's last bars: as Wilder's average true range begins, without its memory. */
  meanTrueRange(symbol: number, period: number): number {
    const last = this.lastIndex(symbol);
    if (last < period)
      throw new OrderError(`an atr over ${period} bars needs ${period + 1} bars, and there are ${last + 1}`);
    const { high, low, close } = this.store.columns(symbol);
    let sum = 0;
    for (let index = last - period + 1; index <= last; index++) {
      const before = close[index - 1]!;
      sum += Math.max(high[index]!, before) - Math.min(low[index]!, before);
    }
    return sum / period;
  }

  view(symbol: number, strategy: number): SymbolView {
    return new Elsewhere(this, symbol, strategy);
  }
}

/** A symbol seen from another, or by a portfolio strategy. */
class Elsewhere implements SymbolView {
  readonly name: string;
  readonly instrument: Instrument;
  readonly position: Position;
  readonly #sight: Sight;
  readonly #symbol: number;
  readonly #bar: MovingBar;

  constructor(sight: Sight, symbol: number, strategy: number) {
    const { books, store, instruments } = sight;
    this.name = store.names[symbol]!;
    this.instrument = instruments[symbol]!;
    this.position = new BookPosition(books, symbol * books.strategies + strategy);
    this.#sight = sight;
    this.#symbol = symbol;
    this.#bar = new MovingBar(store.columns(symbol));
  }

  get isPresent(): boolean {
    return this.#sight.isPresent(this.#symbol);
  }

  get bar(): Bar {
    moveBar(this.#bar, this.#sight.lastIndex(this.#symbol));
    return this.#bar;
  }

  get netQuantity(): number {
    const { quantity, strategies } = this.#sight.books;
    let net = 0;
    for (let strategy = 0; strategy < strategies; strategy++)
      net += quantity[this.#symbol * strategies + strategy]!;
    return net;
  }
}
