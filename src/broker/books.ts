/**
 * Positions and money: one book for each (symbol, strategy), and the account that all share.
 *
 * Memory, in one SharedArrayBuffer of doubles: struct of arrays, a book is (symbol × strategies + strategy).
 *
 *     column         written by            read by
 *     QUANTITY       settlement            everyone, in the parallel phase
 *     AVERAGE_PRICE  settlement            everyone
 *     RISK_PER_UNIT  settlement            settlement
 *     CARRIED_FEES   settlement            settlement: what the entries of the position cost, not yet in a trade
 *     ENTRY          settlement            settlement: the order, step, time and tag that opened the position
 *     CASH …         settlement, the mark  everyone
 *
 * Everything here is settled state: it changes in the serial phase alone, so whoever reads it in the parallel phase reads the
 * same on any number of threads.
 */
import { layout, type Layout, numbers, views } from '../kernel/layout.ts';
import type { Grain } from './rounding.ts';

const fieldsFor = (books: number) => ({
  CASH: numbers(1),
  EQUITY: numbers(1),
  /** Σ |quantity| × multiplier × last close. */
  GROSS: numbers(1),
  QUANTITY: numbers(books),
  AVERAGE_PRICE: numbers(books),
  RISK_PER_UNIT: numbers(books),
  CARRIED_FEES: numbers(books),
  ENTRY_SEQUENCE: numbers(books),
  ENTRY_STEP: numbers(books),
  ENTRY_TIME: numbers(books),
  ENTRY_TAG: numbers(books),
});
type BookLayout = Layout<keyof ReturnType<typeof fieldsFor>>;

export interface BooksMemory {
  readonly buffer: SharedArrayBuffer;
  readonly strategies: number;
  readonly symbols: number;
}

export class Books {
  readonly memory: BooksMemory;
  readonly symbols: number;
  /** Books a symbol has: one for each strategy, the portfolio's included. */
  readonly strategies: number;
  readonly count: number;
  readonly quantity: Float64Array;
  readonly averagePrice: Float64Array;
  readonly riskPerUnit: Float64Array;
  readonly carriedFees: Float64Array;
  readonly entrySequence: Float64Array;
  readonly entryStep: Float64Array;
  readonly entryTime: Float64Array;
  readonly entryTag: Float64Array;
  readonly #account: Float64Array;
  readonly #fields: BookLayout;

  static create(symbols: number, strategies: number, cash: number): Books {
    const buffer = new SharedArrayBuffer(layout(fieldsFor(symbols * strategies)).bytes);
    const books = new Books({ buffer, symbols, strategies });
    books.averagePrice.fill(NaN);
    books.cash = cash;
    books.equity = cash;
    return books;
  }

  constructor(memory: BooksMemory) {
    const { buffer, symbols, strategies } = memory;
    const count = symbols * strategies;
    const fields = layout(fieldsFor(count));
    const all = views(buffer).numbers;
    const column = (start: number): Float64Array => all.subarray(start, start + count);
    this.memory = memory;
    this.symbols = symbols;
    this.strategies = strategies;
    this.count = count;
    this.quantity = column(fields.QUANTITY);
    this.averagePrice = column(fields.AVERAGE_PRICE);
    this.riskPerUnit = column(fields.RISK_PER_UNIT);
    this.carriedFees = column(fields.CARRIED_FEES);
    this.entrySequence = column(fields.ENTRY_SEQUENCE);
    this.entryStep = column(fields.ENTRY_STEP);
    this.entryTime = column(fields.ENTRY_TIME);
    this.entryTag = column(fields.ENTRY_TAG);
    this.#account = all;
    this.#fields = fields;
  }

  get cash(): number {
    return this.#account[this.#fields.CASH]!;
  }
  set cash(value: number) {
    this.#account[this.#fields.CASH] = value;
  }
  get equity(): number {
    return this.#account[this.#fields.EQUITY]!;
  }
  set equity(value: number) {
    this.#account[this.#fields.EQUITY] = value;
  }
  get gross(): number {
    return this.#account[this.#fields.GROSS]!;
  }
  set gross(value: number) {
    this.#account[this.#fields.GROSS] = value;
  }

  /** Increases (or opens) a position by `signed` units at `price`, of which `distance` a unit is at risk. */
  open(book: number, signed: number, price: number, distance: number, lot: Grain): void {
    const old = Math.abs(this.quantity[book]!);
    const added = Math.abs(signed);
    const held = lot.nearest(this.quantity[book]! + signed);
    const total = Math.abs(held);
    this.quantity[book] = held;
    this.averagePrice[book] = old === 0 ? price : (old * this.averagePrice[book]! + added * price) / total;
    this.riskPerUnit[book] = (old * this.riskPerUnit[book]! + added * distance) / total;
  }

  /** Takes `quantity` units out of a position. Returns the share of the carried commission that leaves with them. */
  close(book: number, quantity: number, lot: Grain): number {
    const old = this.quantity[book]!;
    const isAll = quantity === Math.abs(old);
    const held = isAll ? 0 : lot.nearest(old > 0 ? old - quantity : old + quantity);
    const carried = this.carriedFees[book]!;
    const share = isAll ? carried : (carried * quantity) / Math.abs(old);
    this.quantity[book] = held;
    this.carriedFees[book] = isAll ? 0 : carried - share;
    if (held === 0) {
      this.averagePrice[book] = NaN;
      this.riskPerUnit[book] = 0;
    }
    return share;
  }
}
