/**
 * What happens when an order's turn has come: money moves, the book changes, and other orders end because of it.
 *
 * One fill does, in this order: cash, commission, book; the fill's event; the trade's, if it closed; the cancels of its OCO
 * group, or of its bracket; if the position is gone, the cancels of what was to protect it; of a child, what is left of its parent;
 * if the order is complete and never opened anything, the cancels of its children. All cancels go by sequence, which is the
 * order of a symbol's list for one instance.
 */
import type { BarViews } from '../market/bar-store.ts';
import type { Books } from './books.ts';
import { type BrokerMemory, type Counts, type Journal, noCounts } from './broker.ts';
import { Costs } from './costs.ts';
import { Family } from './family.ts';
import { isPassedBy, LIMIT, MARKET, ON_CLOSE, rawPrice } from './matching.ts';
import { type CancelReason, type ExpiryReason, type RejectionCode, TIMES_IN_FORCE } from './order.ts';
import * as Order from './order-table.ts';
import { type OrderTable, STRIDE } from './order-table.ts';
import { Grain } from './rounding.ts';

const TENTH = 0.1;
const FOK = TIMES_IN_FORCE.indexOf('fok');

export class Execution {
  readonly counts: Counts = noCounts();
  readonly memory: BrokerMemory;
  readonly books: Books;
  readonly family: Family;
  readonly #journal: Journal;
  readonly #costs: Costs;
  readonly #lots: readonly Grain[];
  /** By book: 1 if children have been woken since it was last flat, so that most closes need not look for them. */
  readonly #isProtected: Uint8Array;
  /** By symbol: what is left of its bar's volume, and which bar that is. */
  readonly #volumeLeft: Float64Array;
  readonly #volumeBar: Int32Array;
  #step = 0;
  #time = 0;

  constructor(memory: BrokerMemory, journal: Journal) {
    const { store, instruments, rules, books } = memory;
    this.memory = memory;
    this.books = books;
    this.family = new Family(memory);
    this.#journal = journal;
    this.#costs = new Costs(store.names, instruments, rules);
    this.#lots = instruments.map((instrument) => new Grain(instrument.lot));
    this.#isProtected = new Uint8Array(books.count);
    this.#volumeLeft = new Float64Array(instruments.length);
    this.#volumeBar = new Int32Array(instruments.length).fill(-1);
  }

  /** Everything until the next call happens at this step. */
  at(step: number, time: number): void {
    this.#step = step;
    this.#time = time;
  }

  bookOf(cells: Float64Array, row: number): number {
    return cells[row + Order.SYMBOL]! * this.books.strategies + cells[row + Order.STRATEGY]!;
  }

  /** Whether the order is against the position of its instance. */
  opposes(cells: Float64Array, row: number): boolean {
    return this.books.quantity[this.bookOf(cells, row)]! * cells[row + Order.SIDE]! < 0;
  }

  barsOf(cells: Float64Array, row: number): BarViews {
    return this.memory.store.columns(cells[row + Order.SYMBOL]!);
  }

  /** Index of the bar that is being settled. */
  barIndex(cells: Float64Array, row: number): number {
    return this.memory.cursors.index[cells[row + Order.SYMBOL]!]!;
  }

  rawPrice(cells: Float64Array, row: number): number {
    const bars = this.barsOf(cells, row);
    const index = this.barIndex(cells, row);
    const side = cells[row + Order.SIDE]!;
    const price = cells[row + Order.PRICE]!;
    return rawPrice(cells[row + Order.TYPE]!, side, price, bars.open[index]!, bars.close[index]!);
  }

  isPassedByOpen(cells: Float64Array, row: number): boolean {
    const open = this.barsOf(cells, row).open[this.barIndex(cells, row)]!;
    const { limitTouch } = this.memory.rules;
    const side = cells[row + Order.SIDE]!;
    return isPassedBy(open, cells[row + Order.TYPE]!, side, cells[row + Order.PRICE]!, limitTouch);
  }

  slipped(cells: Float64Array, row: number, raw: number): number {
    const slippage = this.#costs.slippages[cells[row + Order.SYMBOL]!]!;
    return slippage.slipped(
      raw,
      cells[row + Order.TYPE]!,
      cells[row + Order.SIDE]!,
      cells[row + Order.PRICE]!,
    );
  }

  /** What filling so much of an order is charged. */
  commissionOf(cells: Float64Array, row: number, quantity: number, price: number): number {
    const commission = this.#costs.commissions[cells[row + Order.SYMBOL]!]!;
    const raw = this.#rawCommission(cells, row, quantity, price);
    return commission.charge(raw, cells[row + Order.FEES_RAW]!, cells[row + Order.FEES_CHARGED]!);
  }

  #rawCommission(cells: Float64Array, row: number, quantity: number, price: number): number {
    const symbol = cells[row + Order.SYMBOL]!;
    const { multiplier } = this.memory.instruments[symbol]!;
    return this.#costs.commissions[symbol]!.raw(quantity, multiplier, price, cells[row + Order.FILLED] === 0);
  }

  /** How much of the bar's volume may still be filled, in whole lots. */
  available(cells: Float64Array, row: number): number {
    const { maxVolume } = this.memory.rules;
    if (maxVolume === null) return Infinity;
    const symbol = cells[row + Order.SYMBOL]!;
    const index = this.barIndex(cells, row);
    if (this.#volumeBar[symbol] !== index) {
      this.#volumeBar[symbol] = index;
      this.#volumeLeft[symbol] = this.#lots[symbol]!.down(maxVolume * this.barsOf(cells, row).volume[index]!);
    }
    return this.#volumeLeft[symbol]!;
  }

  /** Whether an order that is filled whole or not at all finds less than `needed`; then it has ended. */
  isKilled(table: OrderTable, row: number, needed: number): boolean {
    const { cells } = table;
    if (cells[row + Order.TIME_IN_FORCE] !== FOK || this.available(cells, row) >= needed) return false;
    this.expire(table, row, 'fok');
    return true;
  }

  /** A stop that has been reached is a market order: what is left of it waits for no price. */
  trigger(cells: Float64Array, row: number): void {
    const type = cells[row + Order.TYPE];
    if (type === LIMIT || type === ON_CLOSE) return;
    cells[row + Order.TYPE] = MARKET;
    cells[row + Order.PRICE] = NaN;
  }

  /** Opens or increases a position by `quantity` of the order, and wakes its children. The rest stays live. */
  open(table: OrderTable, row: number, quantity: number, price: number, distance: number): void {
    const { cells } = table;
    const { books } = this;
    const book = this.bookOf(cells, row);
    const lot = this.#lots[cells[row + Order.SYMBOL]!]!;
    const commission = this.commissionOf(cells, row, quantity, price);
    if (books.quantity[book] === 0) {
      books.entrySequence[book] = cells[row + Order.SEQUENCE]!;
      books.entryTag[book] = cells[row + Order.TAG]!;
      books.entryStep[book] = this.#step;
      books.entryTime[book] = this.#time;
    }
    this.#pay(cells, row, quantity, price, commission);
    books.open(book, cells[row + Order.SIDE]! * quantity, price, distance, lot);
    books.carriedFees[book] = books.carriedFees[book]! + commission;
    const rest = lot.nearest(cells[row + Order.QUANTITY]! - quantity);
    cells[row + Order.QUANTITY] = rest;
    if (rest === 0) cells[row + Order.LIFE] = Order.DONE;
    else this.trigger(cells, row);
    cells[row + Order.OPENED] = lot.nearest(cells[row + Order.OPENED]! + quantity);
    this.#journal.fill(table, row, 'open', quantity, price, commission);
    this.#cancelGroup(table, row);
    if (this.family.grow(table, row, quantity, price, lot)) this.#isProtected[book] = 1;
  }

  /**
   * Closes min(what is left of the order, |position|, the volume left). It stays live if something is left, unless it only reduces and
   * there is nothing left to reduce.
   */
  close(table: OrderTable, row: number, raw: number): void {
    const { cells } = table;
    const { books } = this;
    const symbol = cells[row + Order.SYMBOL]!;
    const book = this.bookOf(cells, row);
    const lot = this.#lots[symbol]!;
    const held = books.quantity[book]!;
    const wanted = Math.min(cells[row + Order.QUANTITY]!, Math.abs(held));
    const isReduceOnly = cells[row + Order.REDUCE_ONLY] === 1;
    if (this.isKilled(table, row, isReduceOnly ? wanted : cells[row + Order.QUANTITY]!)) return;
    const quantity = Math.min(wanted, this.available(cells, row));
    if (!(quantity > 0)) return this.trigger(cells, row);
    const price = this.slipped(cells, row, raw);
    const commission = this.commissionOf(cells, row, quantity, price);
    const entryPrice = books.averagePrice[book]!;
    const closed = held > 0 ? quantity : -quantity;
    const { multiplier } = this.memory.instruments[symbol]!;

    this.#pay(cells, row, quantity, price, commission);
    const share = books.close(book, quantity, lot);
    const rest = lot.nearest(cells[row + Order.QUANTITY]! - quantity);
    cells[row + Order.QUANTITY] = rest;
    const isComplete = rest === 0 || (isReduceOnly && books.quantity[book] === 0);
    if (isComplete) cells[row + Order.LIFE] = Order.DONE;
    else this.trigger(cells, row);
    this.#journal.fill(table, row, 'close', quantity, price, commission);
    const pnl = closed * multiplier * (price - entryPrice);
    this.#journal.trade(table, row, closed, entryPrice, price, pnl, share + commission);
    if (cells[row + Order.PARENT] === 0) this.#cancelGroup(table, row);
    else this.#settleBracket(table, row, quantity, lot);
    if (books.quantity[book] === 0) this.#cancelProtection(table, row);
    if (isComplete && cells[row + Order.OPENED] === 0) this.#cancelChildren(table, row);
  }

  reject(table: OrderTable, row: number, code: RejectionCode, price: number): void {
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.reject(table, row, code, price);
    this.#cancelChildren(table, row);
  }

  cancel(table: OrderTable, row: number, reason: CancelReason): void {
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.cancel(table, row, reason);
    this.#cancelChildren(table, row);
  }

  expire(table: OrderTable, row: number, reason: ExpiryReason): void {
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.expire(table, row, reason);
    this.#cancelChildren(table, row);
  }

  /** cash −= signedQuantity × multiplier × price, then cash −= commission. */
  #pay(cells: Float64Array, row: number, quantity: number, price: number, commission: number): void {
    const { books, counts } = this;
    const symbol = cells[row + Order.SYMBOL]!;
    const { multiplier } = this.memory.instruments[symbol]!;
    const left = this.available(cells, row);
    books.cash -= cells[row + Order.SIDE]! * quantity * multiplier * price;
    books.cash -= commission;
    cells[row + Order.FEES_RAW] =
      cells[row + Order.FEES_RAW]! + this.#rawCommission(cells, row, quantity, price);
    cells[row + Order.FEES_CHARGED] = cells[row + Order.FEES_CHARGED]! + commission;
    cells[row + Order.FILLED] = 1;
    if (left !== Infinity) this.#volumeLeft[symbol] = this.#lots[symbol]!.nearest(left - quantity);

    const bars = this.barsOf(cells, row);
    const index = this.barIndex(cells, row);
    if (price > bars.high[index]! || price < bars.low[index]!) counts.fillsOutsideBar++;
    if (quantity > TENTH * bars.volume[index]!) counts.fillsAboveTenthOfVolume++;
  }

  #cancelGroup(table: OrderTable, row: number): void {
    const group = table.cells[row + Order.GROUP]!;
    if (group !== 0)
      this.#cancelWhere(
        table,
        row,
        'oco',
        (cells, other) => cells[other + Order.GROUP] === group && cells[other + Order.PARENT] === 0,
      );
  }

  /** A stop ends the targets; a target takes what it closed off the stop. Either ends what is left of their parent. */
  #settleBracket(table: OrderTable, row: number, quantity: number, lot: Grain): void {
    const { cells } = table;
    const parent = cells[row + Order.PARENT]!;
    if (cells[row + Order.TYPE_SENT] !== LIMIT) {
      this.#cancelWhere(table, row, 'oco', (_, other) => cells[other + Order.PARENT] === parent);
    } else {
      this.#cancelWhere(table, row, 'oco', (_, other) => {
        if (cells[other + Order.PARENT] !== parent || cells[other + Order.TYPE_SENT] === LIMIT) return false;
        cells[other + Order.QUANTITY] = Math.max(0, lot.nearest(cells[other + Order.QUANTITY]! - quantity));
        return cells[other + Order.QUANTITY] === 0;
      });
    }
    this.#cancelParent(table, row);
  }

  /** What has been opened and closed again is not wanted any more. */
  #cancelParent(table: OrderTable, row: number): void {
    const { cells } = table;
    const parent = table.parentRow(row);
    if (parent >= 0 && cells[parent + Order.LIFE] === Order.LIVE) this.cancel(table, parent, 'children');
  }

  #cancelProtection(table: OrderTable, row: number): void {
    const book = this.bookOf(table.cells, row);
    if (this.#isProtected[book] === 0) return;
    this.#isProtected[book] = 0;
    const symbol = table.cells[row + Order.SYMBOL]!;
    const { portfolioTable, tableOf, house } = this.memory;
    const isPortfolio =
      portfolioTable !== null && table.cells[row + Order.STRATEGY] === this.books.strategies - 1;
    const own = table !== house ? table : isPortfolio ? portfolioTable : tableOf[symbol]!;
    own.refresh();
    const { cells } = own;
    const strategy = table.cells[row + Order.STRATEGY];
    for (let slot = own.head(symbol); slot >= 0; slot = cells[slot * STRIDE + Order.NEXT]!) {
      const other = slot * STRIDE;
      const isMeant =
        (own !== table || other !== row) &&
        cells[other + Order.STRATEGY] === strategy &&
        cells[other + Order.LIFE] === Order.LIVE &&
        cells[other + Order.PARENT] !== 0;
      if (!isMeant) continue;
      this.cancel(own, other, 'position closed');
      this.#cancelParent(own, other);
    }
  }

  #cancelChildren(table: OrderTable, row: number): void {
    const { cells } = table;
    for (let child = table.firstChild(row); child >= 0; child = table.nextChild(child))
      if (cells[child + Order.LIFE] === Order.DORMANT) this.cancel(table, child, 'parent');
  }

  /** Cancels what has not ended of the same instance and symbol, in the order of its sequences. */
  #cancelWhere(
    table: OrderTable,
    row: number,
    reason: CancelReason,
    isMeant: (cells: Float64Array, other: number) => boolean,
  ): void {
    const { cells } = table;
    const strategy = cells[row + Order.STRATEGY];
    for (
      let slot = table.head(cells[row + Order.SYMBOL]!);
      slot >= 0;
      slot = cells[slot * STRIDE + Order.NEXT]!
    ) {
      const other = slot * STRIDE;
      if (
        other === row ||
        cells[other + Order.STRATEGY] !== strategy ||
        cells[other + Order.LIFE] === Order.DONE
      )
        continue;
      if (isMeant(cells, other)) this.cancel(table, other, reason);
    }
  }
}
