/**
 * Liquidation of a margin account: below the maintenance margin every position is closed, each at its symbol's own next bar.
 *
 *     equity < Σ |quantity| × multiplier × close × maintenance      (its own fraction for longs and for shorts)
 *
 * is tested at every mark. The closing orders are the broker's own: market orders, reduce-only, in the house's table, with sequences that
 * count down from −1 for each instance. One that is on its way is not sent again; it is filled even if equity recovers
 * in between. Orders of the strategies stay as they are: the gate refuses entries that the account cannot carry.
 */
import type { BrokerMemory, Counts, Journal } from './broker.ts';
import { BUY, MARKET, SELL } from './matching.ts';
import { EXIT_REASONS } from './order.ts';
import * as Order from './order-table.ts';
import { STRIDE } from './order-table.ts';
import type { MarginSpec } from './policies.ts';

const LIQUIDATION = EXIT_REASONS.indexOf('liquidation');
/** What the record reads as the empty text. */
const NO_TAG = -1;

export class Liquidation {
  readonly #memory: BrokerMemory;
  readonly #journal: Journal;
  readonly #counts: Counts;
  /** By book: the sequence of its last closing order, and that order's slot; −1 for none. */
  readonly #sequences: Int32Array;
  readonly #slots: Int32Array;
  /** By instance, which is a book, or for a portfolio strategy its first: how many it has been sent. */
  readonly #sent: Int32Array;

  constructor(memory: BrokerMemory, journal: Journal, counts: Counts) {
    this.#memory = memory;
    this.#journal = journal;
    this.#counts = counts;
    this.#sequences = new Int32Array(memory.books.count);
    this.#slots = new Int32Array(memory.books.count).fill(-1);
    this.#sent = new Int32Array(memory.books.count);
  }

  /** After the mark of `step`. */
  check(step: number, margin: MarginSpec): void {
    const { books, store, instruments, cursors } = this.#memory;
    let needed = 0;
    for (let book = 0; book < books.count; book++) {
      const held = books.quantity[book]!;
      if (held === 0) continue;
      const symbol = Math.floor(book / books.strategies);
      const close = store.columns(symbol).close[cursors.index[symbol]!]!;
      const fraction = held > 0 ? margin.maintenanceLong : margin.maintenanceShort;
      needed += Math.abs(held) * instruments[symbol]!.multiplier * close * fraction;
    }
    if (books.equity >= needed) return;
    for (let book = 0; book < books.count; book++) if (books.quantity[book] !== 0) this.#close(book, step);
  }

  #close(book: number, step: number): void {
    const { books, house } = this.#memory;
    const slot = this.#slots[book]!;
    const isOnItsWay =
      slot >= 0 &&
      house.cells[slot * STRIDE + Order.LIFE] === Order.LIVE &&
      house.cells[slot * STRIDE + Order.SEQUENCE] === this.#sequences[book] &&
      this.#bookAt(slot) === book;
    if (isOnItsWay) return;
    const held = books.quantity[book]!;
    const symbol = Math.floor(book / books.strategies);
    const sequence = -++this.#sent[this.#instanceOf(book)]!;
    this.#sequences[book] = sequence;
    const made = house.add(symbol, book % books.strategies, sequence);
    this.#slots[book] = made;
    const { cells } = house;
    const row = made * STRIDE;
    cells[row + Order.TYPE] = MARKET;
    cells[row + Order.TYPE_SENT] = MARKET;
    cells[row + Order.SIDE] = held > 0 ? SELL : BUY;
    cells[row + Order.LIFE] = Order.LIVE;
    cells[row + Order.QUANTITY] = Math.abs(held);
    cells[row + Order.SIZE] = Math.abs(held);
    cells[row + Order.PRICE] = NaN;
    cells[row + Order.LIMIT_PRICE] = NaN;
    cells[row + Order.SUBMITTED] = step;
    cells[row + Order.REACHED] = Order.MARK_REACHED;
    cells[row + Order.REDUCE_ONLY] = 1;
    cells[row + Order.OPEN_RISK_MAX] = NaN;
    cells[row + Order.UNTIL] = Infinity;
    cells[row + Order.PORTION_TO] = 1;
    cells[row + Order.TAG] = NO_TAG;
    cells[row + Order.EXIT_REASON] = LIQUIDATION;
    this.#counts.liquidations++;
    this.#journal.order(house, row);
  }

  /** A portfolio strategy, always the last, has one count for all symbols. */
  #instanceOf(book: number): number {
    const { books, portfolioTable } = this.#memory;
    const strategy = book % books.strategies;
    return portfolioTable !== null && strategy === books.strategies - 1 ? strategy : book;
  }

  #bookAt(slot: number): number {
    const { cells } = this.#memory.house;
    const row = slot * STRIDE;
    return cells[row + Order.SYMBOL]! * this.#memory.books.strategies + cells[row + Order.STRATEGY]!;
  }
}
