/**
 * The positions of a run, followed through its fills.
 *
 * The quantity is the one that the fill says is held after it, so rounding to lots is never done again. The average price
 * moves on an increase only: (|old| × average + quantity × price) / |new|. Memory: one entry for each (symbol, strategy) that
 * ever had a fill.
 */
import { FILL_EFFECTS } from '../broker/order.ts';
import { placeOf } from './fields.ts';
import { STRATEGY_AT, SYMBOL_AT } from './record-log.ts';

export interface TrackedPosition {
  readonly symbol: number;
  readonly strategy: number;
  readonly quantity: number;
  readonly averagePrice: number;
}

const EFFECT = placeOf('fill', 'effect');
const QUANTITY = placeOf('fill', 'quantity');
const PRICE = placeOf('fill', 'price');
const POSITION = placeOf('fill', 'position');
const OPEN = FILL_EFFECTS.indexOf('open');

interface Book {
  readonly symbol: number;
  readonly strategy: number;
  quantity: number;
  averagePrice: number;
}

export class PositionTracker {
  /** By symbol, then strategy. */
  readonly #books: Map<number, Book>[];
  #openCount = 0;

  constructor(symbols: number) {
    this.#books = Array.from({ length: symbols }, () => new Map());
  }

  /** How many positions are open now. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Takes the fill whose row begins at `at`. */
  add(cells: Float64Array, at: number): void {
    const book = this.#bookOf(cells[at + SYMBOL_AT]!, cells[at + STRATEGY_AT]!);
    const held = cells[at + POSITION]!;
    const old = Math.abs(book.quantity);
    if (cells[at + EFFECT] === OPEN) {
      const price = cells[at + PRICE]!;
      book.averagePrice =
        old === 0 ? price : (old * book.averagePrice + cells[at + QUANTITY]! * price) / Math.abs(held);
    }
    this.#openCount += (held === 0 ? 0 : 1) - (old === 0 ? 0 : 1);
    book.quantity = held;
  }

  /** Those that are open now, by symbol, then strategy. */
  open(): TrackedPosition[] {
    return this.#books.flatMap((books) =>
      [...books.values()].filter(({ quantity }) => quantity !== 0).sort((a, b) => a.strategy - b.strategy),
    );
  }

  #bookOf(symbol: number, strategy: number): Book {
    const books = this.#books[symbol]!;
    let book = books.get(strategy);
    if (book === undefined)
      books.set(strategy, (book = { symbol, strategy, quantity: 0, averagePrice: NaN }));
    return book;
  }
}
