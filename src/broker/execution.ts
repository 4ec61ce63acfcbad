/**
 * What happens when an order's turn has come: money moves, the book changes, and other orders end because of it.
 *
 * One fill does, in this order: cash, commission, book; the fill's event; the trade's, if it closed; the cancels of its OCO
 * group; if the position is gone, the cancels of what was to protect it; if the order is complete and never opened anything,
 * the cancels of its children. All cancels go by sequence, which is the order of a symbol's list for one instance.
 */
import { assert } from '../kernel/assert.ts';
import type { BarViews } from '../market/bar-store.ts';
import type { Books } from './books.ts';
import type { BrokerMemory, Counts, Journal } from './broker.ts';
import { type Commission, LinearCommission } from './costs.ts';
import { BUY, LIMIT, MARKET, rawPrice, SELL, slippedPrice, STOP } from './matching.ts';
import type { CancelReason, RejectionCode } from './order.ts';
import * as Order from './order-table.ts';
import { holdsChild, type OrderTable, STRIDE } from './order-table.ts';
import { Grain } from './rounding.ts';

const TENTH = 0.1;

export class Execution {
  readonly counts: Counts = {
    ambiguousBars: 0,
    stopsPassedAtEntry: 0,
    fillsOutsideBar: 0,
    fillsAboveTenthOfVolume: 0,
  };
  readonly memory: BrokerMemory;
  readonly books: Books;
  readonly #journal: Journal;
  readonly #commission: Commission;
  readonly #lots: readonly Grain[];
  readonly #ticks: readonly Grain[];
  /** By book: 1 if children have been woken since it was last flat, so that most closes need not look for them. */
  readonly #isProtected: Uint8Array;
  #step = 0;
  #time = 0;
  /** The levels that `resolveLevels` found last. */
  #stopPrice = NaN;
  #targetPrice = NaN;

  constructor(memory: BrokerMemory, journal: Journal) {
    this.memory = memory;
    this.books = memory.books;
    this.#journal = journal;
    this.#commission = new LinearCommission(memory.rules.commission);
    this.#lots = memory.instruments.map((instrument) => new Grain(instrument.lot));
    this.#ticks = memory.instruments.map((instrument) => new Grain(instrument.tick));
    this.#isProtected = new Uint8Array(memory.books.count);
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
    const open = this.barsOf(cells, row).open[this.barIndex(cells, row)]!;
    return rawPrice(cells[row + Order.TYPE]!, cells[row + Order.SIDE]!, cells[row + Order.PRICE]!, open);
  }

  slipped(cells: Float64Array, row: number, raw: number): number {
    const { slippageBps } = this.memory.rules;
    return slippedPrice(
      raw,
      cells[row + Order.TYPE]!,
      cells[row + Order.SIDE]!,
      cells[row + Order.PRICE]!,
      slippageBps,
    );
  }

  /** The commission of filling what is left of an order. */
  commissionOf(cells: Float64Array, row: number, quantity: number, price: number): number {
    const { multiplier } = this.memory.instruments[cells[row + Order.SYMBOL]!]!;
    return this.#commission.of(quantity, multiplier, price, cells[row + Order.FEE_PAID] === 0);
  }

  /** Opens or increases a position by all that is left of the order, and wakes its children. */
  open(table: OrderTable, row: number, price: number, commission: number, distance: number): void {
    const { cells } = table;
    const { books } = this;
    const book = this.bookOf(cells, row);
    const quantity = cells[row + Order.QUANTITY]!;
    if (books.quantity[book] === 0) {
      books.entrySequence[book] = cells[row + Order.SEQUENCE]!;
      books.entryTag[book] = cells[row + Order.TAG]!;
      books.entryStep[book] = this.#step;
      books.entryTime[book] = this.#time;
    }
    this.#pay(cells, row, quantity, price, commission);
    const lot = this.#lots[cells[row + Order.SYMBOL]!]!;
    books.open(book, cells[row + Order.SIDE]! * quantity, price, distance, lot);
    books.carriedFees[book] = books.carriedFees[book]! + commission;
    cells[row + Order.QUANTITY] = 0;
    cells[row + Order.LIFE] = Order.DONE;
    cells[row + Order.OPENED] = 1;
    this.#journal.fill(table, row, 'open', quantity, price, commission);
    this.#cancelGroup(table, row);
    this.#wakeChildren(table, row, quantity);
  }

  /** Closes min(what is left of the order, |position|). It stays live if something is left, unless it only reduces. */
  close(table: OrderTable, row: number, raw: number): void {
    const { cells } = table;
    const { books } = this;
    const symbol = cells[row + Order.SYMBOL]!;
    const book = this.bookOf(cells, row);
    const held = books.quantity[book]!;
    const quantity = Math.min(cells[row + Order.QUANTITY]!, Math.abs(held));
    const price = this.slipped(cells, row, raw);
    const commission = this.commissionOf(cells, row, quantity, price);
    const entryPrice = books.averagePrice[book]!;
    const closed = held > 0 ? quantity : -quantity;
    const { multiplier } = this.memory.instruments[symbol]!;

    this.#pay(cells, row, quantity, price, commission);
    const share = books.close(book, quantity, this.#lots[symbol]!);
    const rest = this.#lots[symbol]!.nearest(cells[row + Order.QUANTITY]! - quantity);
    cells[row + Order.QUANTITY] = rest;
    const isComplete = rest === 0 || cells[row + Order.REDUCE_ONLY] === 1; // What reduces has nothing left to reduce.
    if (isComplete) {
      cells[row + Order.LIFE] = Order.DONE;
    } else if (cells[row + Order.TYPE] === STOP) {
      cells[row + Order.TYPE] = MARKET; // A stop that has been reached is a market order: what is left of it waits for no price.
      cells[row + Order.PRICE] = NaN;
    }
    this.#journal.fill(table, row, 'close', quantity, price, commission);
    const pnl = closed * multiplier * (price - entryPrice);
    this.#journal.trade(table, row, closed, entryPrice, price, pnl, share + commission);
    this.#cancelGroup(table, row);
    if (books.quantity[book] === 0) this.#cancelProtection(table, row);
    if (isComplete) this.#cancelChildren(table, row);
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

  expire(table: OrderTable, row: number): void {
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.expire(table, row, 'end of data');
    this.#cancelChildren(table, row);
  }

  /** Row of a child that is asleep or live, or −1. */
  childRow(
    cells: Float64Array,
    row: number,
    field: typeof Order.STOP_CHILD | typeof Order.TARGET_CHILD,
  ): number {
    const remembered = cells[row + field]!;
    if (remembered === 0) return -1;
    const slot = remembered - 1; // Kept plus one, so that 0 is none.
    const sequence = childSequence(cells, row, field);
    return holdsChild(cells, slot, row, sequence) ? slot * STRIDE : -1;
  }

  /**
   * Where the children of a parent that opens at `price` go. Returns the distance to the stop, 0 without one. Nothing is
   * written until `open` wakes them: the gate may yet refuse.
   */
  resolveLevels(cells: Float64Array, row: number, price: number): number {
    if (cells[row + Order.STOP_CHILD] === 0 && cells[row + Order.TARGET_CHILD] === 0) return 0;
    const stop = this.childRow(cells, row, Order.STOP_CHILD);
    const target = this.childRow(cells, row, Order.TARGET_CHILD);
    this.#stopPrice = stop < 0 ? NaN : this.#levelOf(cells, stop, price, NaN);
    const distance = stop < 0 ? NaN : Math.abs(price - this.#stopPrice);
    this.#targetPrice = target < 0 ? NaN : this.#levelOf(cells, target, price, distance);
    assert(target < 0 || !Number.isNaN(this.#targetPrice), 'a multiple has its stop');
    return stop < 0 ? 0 : distance;
  }

  /** Offsets go to the losing side for a stop, to the winning side for a target. */
  #levelOf(cells: Float64Array, child: number, fill: number, stopDistance: number): number {
    const level = cells[child + Order.LEVEL]!;
    if (level === Order.LEVEL_PRICE) return cells[child + Order.PRICE]!;
    const given = cells[child + Order.DISTANCE]!;
    const distance =
      level === Order.LEVEL_OFFSET
        ? given
        : level === Order.LEVEL_PERCENT
          ? (fill * given) / 100
          : given * stopDistance;
    const side = cells[child + Order.SIDE]!;
    const isLimit = cells[child + Order.TYPE] === LIMIT;
    const price = (side === SELL) === isLimit ? fill + distance : fill - distance;
    return roundPrice(price, isLimit, side, this.#ticks[cells[child + Order.SYMBOL]!]!);
  }

  /** Children protect what their parent opened, unless the strategy has given them a quantity of their own. */
  #wakeChildren(table: OrderTable, row: number, opened: number): void {
    const { cells } = table;
    if (cells[row + Order.STOP_CHILD] === 0 && cells[row + Order.TARGET_CHILD] === 0) return;
    const stop = this.childRow(cells, row, Order.STOP_CHILD);
    const target = this.childRow(cells, row, Order.TARGET_CHILD);
    this.#isProtected[this.bookOf(cells, row)] = 1;
    if (stop >= 0) {
      cells[stop + Order.PRICE] = this.#stopPrice;
      cells[stop + Order.LIFE] = Order.LIVE;
      if (cells[stop + Order.SIZED] === 0) cells[stop + Order.QUANTITY] = opened;
    }
    if (target < 0) return;
    cells[target + Order.PRICE] = this.#targetPrice;
    cells[target + Order.LIFE] = Order.LIVE;
    if (cells[target + Order.SIZED] === 0) cells[target + Order.QUANTITY] = opened;
  }

  /** cash −= signedQuantity × multiplier × price, then cash −= commission. */
  #pay(cells: Float64Array, row: number, quantity: number, price: number, commission: number): void {
    const { books, counts } = this;
    const { multiplier } = this.memory.instruments[cells[row + Order.SYMBOL]!]!;
    books.cash -= cells[row + Order.SIDE]! * quantity * multiplier * price;
    books.cash -= commission;
    cells[row + Order.FEE_PAID] = 1;

    const bars = this.barsOf(cells, row);
    const index = this.barIndex(cells, row);
    if (price > bars.high[index]! || price < bars.low[index]!) counts.fillsOutsideBar++;
    if (quantity > TENTH * bars.volume[index]!) counts.fillsAboveTenthOfVolume++;
  }

  #cancelGroup(table: OrderTable, row: number): void {
    const group = table.cells[row + Order.GROUP]!;
    if (group !== 0)
      this.#cancelWhere(table, row, 'oco', (cells, other) => cells[other + Order.GROUP] === group);
  }

  #cancelProtection(table: OrderTable, row: number): void {
    const book = this.bookOf(table.cells, row);
    if (this.#isProtected[book] === 0) return;
    this.#isProtected[book] = 0;
    this.#cancelWhere(table, row, 'position closed', isLiveChild);
  }

  #cancelChildren(table: OrderTable, row: number): void {
    const { cells } = table;
    if (cells[row + Order.OPENED] === 1) return;
    const stop = this.childRow(cells, row, Order.STOP_CHILD);
    if (stop >= 0) this.cancel(table, stop, 'parent');
    const target = this.childRow(cells, row, Order.TARGET_CHILD);
    if (target >= 0) this.cancel(table, target, 'parent');
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

function isLiveChild(cells: Float64Array, row: number): boolean {
  return cells[row + Order.LIFE] === Order.LIVE && cells[row + Order.PARENT] !== 0;
}

/** Sequences are given at the call: parent, then stop, then target. */
function childSequence(cells: Float64Array, row: number, field: number): number {
  const hasStop = cells[row + Order.STOP_CHILD] !== 0;
  return cells[row + Order.SEQUENCE]! + (field === Order.TARGET_CHILD && hasStop ? 2 : 1);
}

/** Limits to the tick in the trader's favour, stops against the trader. */
export function roundPrice(price: number, isLimit: boolean, side: number, tick: Grain): number {
  return isLimit === (side === BUY) ? tick.down(price) : tick.up(price);
}
