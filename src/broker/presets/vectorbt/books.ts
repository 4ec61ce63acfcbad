/**
 * What vectorbt's fills do to the books and the record, and how its account is reported.
 *
 * A fill of a column is one of an order: its closing part is told first, then its opening part. In the books stands what a column holds;
 * their cash is the simulation's while fills are told, and from the mark on what the fills of all rows add up to:
 *
 *     flow of a row = Σ columns −(signed size) × price − fees
 *     cash          = the flows so far, added to the initial cash one by one
 *     equity        = cash + Σ columns (last close × the sizes so far)
 */
import type { BrokerMemory, Journal } from '../../broker.ts';
import { LIMIT, STOP, TRAILING } from '../../matching.ts';
import { EXIT_REASONS } from '../../order.ts';
import * as Order from '../../order-table.ts';
import { type OrderTable, STRIDE } from '../../order-table.ts';
import { Grain } from '../../rounding.ts';
import { add, type Filled, type Holding } from './order.ts';

/** A book as the simulation knows it. */
export interface Column extends Holding {
  readonly book: number;
  readonly symbol: number;
  readonly strategy: number;
  /** Last known price of an order, NaN before the first. */
  valuation: number;
  /** What its stop and its target are fractions of; NaN for none. */
  lossBase: number;
  profitBase: number;
  /** Held, as the fills add up to it, and the money that the row's fill moved. */
  reported: number;
  flow: number;
}

/** A stop or target that was hit. */
export interface Hit {
  readonly type: typeof STOP | typeof LIMIT | typeof TRAILING;
  readonly level: number;
  readonly price: number;
  /** From a trailing stop to the best price, in percent. */
  readonly distance: number;
}

/** Why a position is closed by a stop of each type. */
const REASONS = { [STOP]: 'stop', [LIMIT]: 'target', [TRAILING]: 'trailing' } as const;

/** An order's tag where it has none. */
const NO_TAG = -1;

export class VectorbtBooks {
  readonly columns: readonly Column[];
  readonly #memory: BrokerMemory;
  readonly #journal: Journal;
  /** By instance: the sequence of the last order of the house. */
  readonly #houseSequences: Int32Array;
  readonly #anyPrice = new Grain(0);
  #cash: number;
  #step = 0;

  constructor(memory: BrokerMemory, journal: Journal) {
    const { books, rules } = memory;
    this.#memory = memory;
    this.#journal = journal;
    this.columns = Array.from({ length: books.count }, (_, book) => columnOf(book, books.strategies));
    this.#houseSequences = new Int32Array(books.count);
    this.#cash = rules.cash;
  }

  /** What is told until the next call happens at this step. */
  at(step: number): void {
    this.#step = step;
  }

  mark(): void {
    const { books, store, cursors } = this.#memory;
    let flow = 0;
    let held = 0;
    let gross = 0;
    for (const column of this.columns) {
      flow += column.flow;
      column.flow = 0;
      if (column.reported === 0) continue;
      const value = store.columns(column.symbol).close[cursors.index[column.symbol]!]! * column.reported;
      held += value;
      gross += Math.abs(value);
    }
    this.#cash = add(this.#cash, flow);
    books.cash = this.#cash;
    books.equity = this.#cash + held;
    books.gross = gross;
  }

  /**
   * Ends the order with its fill, and tells of it.
   *
   * @param before what the column held
   * @param cashBefore of the simulation, as `cash`
   */
  fill(
    table: OrderTable,
    row: number,
    column: Column,
    before: number,
    cashBefore: number,
    cash: number,
    { side, size, price, fees }: Filled,
  ): void {
    const { cells } = table;
    const { books } = this.#memory;
    const { position } = column;
    cells[row + Order.SIDE] = side; // A target's was an estimate.
    cells[row + Order.QUANTITY] = 0;
    cells[row + Order.LIFE] = Order.DONE;
    column.flow = add(0, -(side * size) * price - fees);
    column.reported = add(column.reported, add(0, side * size));

    books.cash = cash;
    if (before * side >= 0) return this.#open(table, row, column, size, price, fees);
    if (before * position >= 0) return this.#close(table, row, column, size, position, price, fees);
    const closed = partOf(size, Math.abs(before));
    const charged = partOf(fees, (fees * closed) / size);
    books.cash = cashBefore - side * closed * price - charged;
    this.#close(table, row, column, closed, 0, price, charged);
    books.cash = cash;
    this.#open(table, row, column, size - closed, price, fees - charged);
  }

  #close(
    table: OrderTable,
    row: number,
    { book }: Column,
    closed: number,
    left: number,
    price: number,
    fees: number,
  ): void {
    const { books } = this.#memory;
    const held = books.quantity[book]!;
    const entryPrice = books.averagePrice[book]!;
    const carried = books.carriedFees[book]!;
    const share = left === 0 ? carried : (carried * closed) / Math.abs(held);
    books.quantity[book] = left;
    books.carriedFees[book] = carried - share;
    if (left === 0) books.averagePrice[book] = NaN;
    this.#journal.fill(table, row, 'close', closed, price, fees);
    const signed = held > 0 ? closed : -closed;
    const pnl = signed * (price - entryPrice);
    this.#journal.trade(table, row, signed, entryPrice, price, pnl, share + fees);
  }

  #open(
    table: OrderTable,
    row: number,
    { book, position }: Column,
    opened: number,
    price: number,
    fees: number,
  ): void {
    const { cells } = table;
    const { books, times } = this.#memory;
    const held = Math.abs(books.quantity[book]!);
    if (held === 0 && opened > 0) {
      books.entrySequence[book] = cells[row + Order.SEQUENCE]!;
      books.entryTag[book] = cells[row + Order.TAG]!;
      books.entryStep[book] = this.#step;
      books.entryTime[book] = times[this.#step]!;
      books.averagePrice[book] = price;
    } else if (opened > 0) {
      books.averagePrice[book] = (held * books.averagePrice[book]! + opened * price) / Math.abs(position);
    }
    books.quantity[book] = position;
    books.carriedFees[book] = books.carriedFees[book]! + fees;
    this.#journal.fill(table, row, 'open', opened, price, fees);
  }

  /** Puts the order of a stop that is about to be filled into the house's table, and tells of it. */
  houseOrder(column: Column, hit: Hit, { side, size }: Filled): { table: OrderTable; row: number } {
    const { house, portfolioTable, books } = this.#memory;
    const { symbol, strategy, book } = column;
    const isOfPortfolio = portfolioTable !== null && strategy === books.strategies - 1;
    const sequence = --this.#houseSequences[isOfPortfolio ? strategy : book]!;
    const row = house.add(symbol, strategy, sequence) * STRIDE;
    const { cells } = house;
    cells[row + Order.TYPE] = hit.type;
    cells[row + Order.TYPE_SENT] = hit.type;
    cells[row + Order.SIDE] = side;
    cells[row + Order.LIFE] = Order.LIVE;
    cells[row + Order.QUANTITY] = size;
    cells[row + Order.SIZE] = size;
    cells[row + Order.PRICE] = hit.level;
    cells[row + Order.LIMIT_PRICE] = NaN;
    cells[row + Order.SUBMITTED] = this.#step;
    cells[row + Order.UNTIL] = Infinity;
    cells[row + Order.PORTION_TO] = 1;
    cells[row + Order.OPEN_RISK_MAX] = NaN;
    cells[row + Order.TAG] = NO_TAG;
    cells[row + Order.EXIT_REASON] = EXIT_REASONS.indexOf(REASONS[hit.type]);
    if (hit.type === TRAILING) {
      cells[row + Order.LEVEL] = Order.LEVEL_PERCENT;
      cells[row + Order.DISTANCE] = hit.distance;
    }
    this.#journal.order(house, row);
    return { table: house, row };
  }

  /** Frees orders of the house. For a symbol with a bar: by the tick of this bar its instances have been told of them. */
  sweepHouse(symbol: number): void {
    const { house, store, rules } = this.#memory;
    const bars = store.columns(symbol);
    house.testNextBar(symbol, bars, bars.count, rules.limitTouch, this.#anyPrice);
  }
}

function columnOf(book: number, strategies: number): Column {
  return {
    book,
    symbol: Math.floor(book / strategies),
    strategy: book % strategies,
    position: 0,
    debt: 0,
    valuation: NaN,
    lossBase: NaN,
    profitBase: NaN,
    reported: 0,
    flow: 0,
  };
}

/** `part` of the whole, but for its last bit: such that it and the rest add up to the whole exactly. */
function partOf(whole: number, part: number): number {
  return whole + part - whole;
}
