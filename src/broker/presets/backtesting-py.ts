/**
 * The rules of backtesting.py (0.6.6): one symbol, one strategy, trades that are kept apart, and a queue of orders.
 *
 * Queue: a new order goes to the end, and so does the target of a trade; the stop of a trade and an order that closes one go to the
 * front. On each bar a copy of the queue is walked, and what has left the queue by its turn is passed over.
 *
 *     order        meets the bar when (buy)         price (buy)
 *     market       always                           open; with tradeOnClose the close before
 *     stop S       high ≥ S                         the higher of S and what a market order gets (a trade's stop: the open)
 *     limit L      low ≤ L                          min(open, L)
 *     stop-limit   as a stop, and low ≤ L if L > S  min(S, L); it waits as a limit if only the stop is met, or if L ≤ S
 *
 * An order closes trades of the other side first, oldest first, at the bare price; what is left opens a trade at price × (1 ± spread),
 * or is dropped if its cost is above what this bar's CLOSE leaves of the margin. A size below 1 is a fraction of that, in whole units
 * counted at the fill. As a trade opens its target and then its stop enter the queue. After a market entry that has either, the queue
 * is walked again on the same bar; after a stop entry only if its target was reached and its stop was not.
 *
 * Faults of the original, kept on purpose: the margin knows the close of a bar that is not over; with tradeOnClose a fill is of a bar
 * that is over; an exclusive order that cancels passes over the order behind each one it removes, and so does the closing of trades when
 * equity is gone (from then on nothing is traded; cash and equity are 0); finalizeTrades fills at the open of a bar that is over.
 *
 * Not here: more than one symbol or strategy, multipliers, orders on the close, trailing stops, times in force, partial fills,
 * bracket levels that are not prices, limits of the account, a commission that is a function. The closing orders that exclusiveOrders
 * sends cannot be cancelled, an exclusive order that is cancelled in the step it is sent in does nothing, and other cancels of a step
 * come before its exclusive orders. Beyond the original: members of an OCO group end with the first fill of one, and `closes` may name an
 * order that is still to open its trade, whose stop or target the order becomes.
 */
import { InputError } from '../../kernel/input-error.ts';
import type { BarViews } from '../../market/bar-store.ts';
import { type Broker, type BrokerMemory, type Journal, noCounts } from '../broker.ts';
import type { PhaseSetter, Settlement } from '../broker.ts';
import { BUY, LIMIT, MARKET, STOP, STOP_LIMIT } from '../matching.ts';
import type { CancelReason, ExitReason } from '../order.ts';
import * as Order from '../order-table.ts';
import {
  type BacktestingPySettings,
  conventions,
  desk,
  sizeOf,
  settingsFrom,
} from './backtesting-py/rules.ts';
import { closingOrder, type Moment, type Queued, type Trade, Trades } from './backtesting-py/trades.ts';
import { Intake, isAlive } from './intake.ts';
import { floorDivide } from './python.ts';

export const backtestingPyBroker: Broker = {
  name: 'backtesting.py',
  isSameStep: false,
  desk,
  scope: () => 'account',
  conventions,
  settlement: (memory: BrokerMemory, journal: Journal) => new QueueSettlement(memory, journal),
};

const SYMBOL = 0;

class QueueSettlement implements Settlement {
  readonly counts = noCounts();
  readonly #memory: BrokerMemory;
  readonly #journal: Journal;
  readonly #settings: BacktestingPySettings;
  readonly #intake: Intake;
  readonly #bars: BarViews;
  readonly #trades: Trades;
  readonly #queue: Queued[] = [];
  /** Place of the bar; when it and the one before it were. */
  #index = -1;
  #now: Moment = { step: -1, time: NaN };
  #before = this.#now;
  /** Equity is gone. */
  #isOver = false;
  #houseOrders = 0;

  constructor(memory: BrokerMemory, journal: Journal) {
    const { store, books, instruments, rules } = memory;
    if (books.count !== 1)
      throw new InputError(
        `backtesting.py trades one symbol with one strategy, and the run has symbols: ${books.symbols}, ` +
          `strategies: ${books.strategies}; make a run of each`,
      );
    if (instruments[SYMBOL]!.multiplier !== 1)
      throw new InputError(`backtesting.py has no multiplier: that of ${store.names[SYMBOL]} must be 1`);
    this.#memory = memory;
    this.#journal = journal;
    this.#settings = settingsFrom(rules);
    this.#intake = new Intake(memory);
    this.#bars = store.columns(SYMBOL);
    this.#trades = new Trades(memory, journal, this.#settings);
  }

  settle(step: number, _present: Int32Array, presentCount: number, enterPass: PhaseSetter): void {
    const { house, cursors, times } = this.#memory;
    enterPass(3);
    if (presentCount === 0) return;
    house.sweep(SYMBOL); // What has ended there was told after an earlier bar.
    this.#takeIn();
    this.#index = cursors.index[SYMBOL]!;
    this.#trades.moveTo(this.#index);
    this.#before = this.#now;
    this.#now = { step, time: times[step]! };
    this.#playBar();
  }

  mark(): void {
    this.#trades.mark();
    if (this.#isOver) this.#memory.books.equity = 0;
  }

  finish(): void {
    this.#takeIn();
    if (this.#settings.finalizeTrades && !this.#isOver) {
      for (const trade of this.#trades.list.toReversed()) this.#closeByHouse(trade, 'end of data');
      this.#playBar();
      this.mark();
    }
    for (const { table, row, stop, target } of this.#queue.splice(0)) {
      this.#expire(table, row);
      for (const child of [stop, target]) if (child !== null) this.#expire(child.table, child.row);
    }
  }

  /** Takes out of the queue what its strategy has cancelled, and brings in what it has sent. */
  #takeIn(): void {
    for (const order of this.#queue.slice()) {
      if (isAlive(order)) continue;
      this.#leave(order);
      this.#cancelChildren(order);
    }
    const fresh = new Map<number, Queued>();
    for (const taken of this.#intake.take()) {
      const { cells } = taken.table;
      const size = cells[taken.row + Order.QUANTITY]!;
      const order: Queued = { ...taken, size, trade: null, stop: null, target: null };
      const parent = fresh.get(cells[taken.row + Order.PARENT]!);
      if (parent === undefined) fresh.set(taken.sequence, order);
      else if (cells[taken.row + Order.TYPE] === STOP) parent.stop = order;
      else parent.target = order;
    }
    for (const order of fresh.values()) this.#enter(order);
  }

  #enter(order: Queued): void {
    const { cells } = order.table;
    const { row } = order;
    if (this.#isOver) return this.#refuse(order, NaN);
    if (cells[row + Order.CLOSES] !== 0) return this.#enterClosing(order, cells[row + Order.CLOSES]!);
    if (cells[row + Order.REDUCE_ONLY] === 1) return this.#enterReducing(order);
    order.size = sizeOf(cells, row);
    if (order.size === 0) return this.#cancel(order, 'ignored');
    if (this.#settings.exclusiveOrders) this.#makeWay();
    this.#queue.push(order);
  }

  /** An order for one trade, open or to come: its stop, its target, or one that closes (some of) it. */
  #enterClosing(order: Queued, entry: number): void {
    const { cells } = order.table;
    const type = cells[order.row + Order.TYPE]!;
    const trade = this.#trades.list.find((open) => open.entry === entry);
    const parent = this.#queue.find(({ sequence, trade: own }) => own === null && sequence === entry);
    if (type !== MARKET && trade === undefined && parent !== undefined)
      return this.#adopt(parent, order, type);
    if (trade === undefined) return this.#cancel(order, 'position closed');
    if (trade.size * cells[order.row + Order.SIDE]! > 0) return this.#cancel(order, 'ignored');
    if (type === MARKET) {
      order.trade = trade;
      this.#queue.unshift(order);
      return;
    }
    const old = type === STOP ? trade.stop : trade.target;
    if (old !== null) this.#cancel(old, 'replaced');
    this.#guard(trade, order, type);
  }

  /** Makes an order a child of one that has not opened its trade yet. */
  #adopt(parent: Queued, child: Queued, type: number): void {
    const { cells } = child.table;
    if (cells[child.row + Order.SIDE] === parent.table.cells[parent.row + Order.SIDE])
      return this.#cancel(child, 'ignored');
    const old = type === STOP ? parent.stop : parent.target;
    if (old !== null && isAlive(old)) this.#cancel(old, 'replaced');
    cells[child.row + Order.LIFE] = Order.DORMANT;
    if (type === STOP) parent.stop = child;
    else parent.target = child;
  }

  /** Closes trades of the other side, up to the order's quantity: a closing order for each, all of one row. */
  #enterReducing(order: Queued): void {
    const side = order.table.cells[order.row + Order.SIDE]!;
    let left = order.size;
    for (const trade of this.#trades.list) {
      if (trade.size * side > 0 || left === 0) continue;
      const size = Math.min(left, Math.abs(trade.size));
      left -= size;
      this.#queue.unshift({ ...order, size, trade });
    }
    if (left === order.size) this.#cancel(order, 'reduce only');
  }

  /** For an exclusive order: others are cancelled, trades are closed. */
  #makeWay(): void {
    // The list gets shorter as it is walked, so the order behind one that goes is passed over.
    for (let place = 0; place < this.#queue.length; place++) {
      const order = this.#queue[place]!;
      if (!isGuard(order)) this.#cancel(order, 'replaced');
    }
    for (const trade of this.#trades.list) this.#closeByHouse(trade, 'signal');
  }

  #playBar(): void {
    if (this.#isOver || this.#index < 1) return;
    while (this.#walk());
    if (this.#trades.equity <= 0) this.#giveUp();
  }

  /** Returns whether the queue is to be walked again on the same bar. */
  #walk(): boolean {
    let isAgain = false;
    for (const order of this.#queue.slice()) {
      if (this.#queue.includes(order) && this.#meet(order)) isAgain = true;
    }
    return isAgain;
  }

  #meet(order: Queued): boolean {
    const { cells } = order.table;
    const { row } = order;
    const index = this.#index;
    const open = this.#bars.open[index]!;
    const high = this.#bars.high[index]!;
    const low = this.#bars.low[index]!;
    const type = cells[row + Order.TYPE]!;
    const isBuy = cells[row + Order.SIDE] === BUY;

    const stop = type === STOP || type === STOP_LIMIT ? cells[row + Order.PRICE]! : NaN;
    if (isBuy ? high < stop : low > stop) return false;
    if (type === STOP_LIMIT) {
      cells[row + Order.TYPE] = LIMIT;
      cells[row + Order.PRICE] = cells[row + Order.LIMIT_PRICE]!;
    }
    const isOnClose = this.#settings.tradeOnClose && !isGuard(order);
    const start = isOnClose ? this.#bars.close[index - 1]! : open;
    let price = start;
    if (type === STOP) price = isBuy ? Math.max(start, stop) : Math.min(start, stop);
    if (cells[row + Order.TYPE] === LIMIT) {
      const limit = cells[row + Order.PRICE]!;
      if (isBuy ? low > limit || limit <= stop : high < limit || limit >= stop) return false;
      const from = type === LIMIT ? open : stop;
      price = isBuy ? Math.min(from, limit) : Math.max(from, limit);
    }
    const { trade } = order;
    if (trade === null) {
      const opened = type === MARKET && isOnClose ? this.#before : this.#now;
      return this.#fillEntry(order, price, opened) && this.#isWalkedAgain(order, type);
    }
    if (this.#trades.list.includes(trade)) this.#close(trade, order, order.size, price);
    if (cells[row + Order.LIFE] === Order.DONE) this.#leave(order);
    else this.#cancel(order, 'position closed');
    return false;
  }

  /** Closes what is open on the other side, and opens a trade with the rest. Returns whether it opened one. */
  #fillEntry(order: Queued, price: number, opened: Moment): boolean {
    const { cells } = order.table;
    const { row, size } = order;
    const side = cells[row + Order.SIDE]!;
    const entry = price * (1 + side * this.#settings.spread);
    const unitCost = entry + this.#trades.commission(size, price) / size;
    let left = size < 1 ? floorDivide(this.#trades.buyingPower * size, unitCost) : size;
    cells[row + Order.QUANTITY] = left;
    if (left > 0 && !this.#settings.hedging) {
      for (const trade of this.#trades.list.slice()) {
        if (left > 0 && trade.size * side < 0) left -= this.#close(trade, order, left, price);
      }
      if (left === 0) {
        this.#leave(order);
        this.#cancelChildren(order);
        return false;
      }
    }
    if (left === 0 || left * unitCost > this.#trades.buyingPower) {
      this.#refuse(order, entry);
      return false;
    }
    const trade = this.#trades.open(order, left, entry, opened);
    const { stop, target } = order;
    if (target !== null && isAlive(target)) this.#guard(trade, target, LIMIT);
    if (stop !== null && isAlive(stop)) this.#guard(trade, stop, STOP);
    this.#leave(order);
    this.#endGroup(order);
    return true;
  }

  /** Whether what guards a trade that has just opened is tried on the same bar. */
  #isWalkedAgain({ table, row, stop, target }: Queued, type: number): boolean {
    const stopPrice = levelOf(stop);
    const targetPrice = levelOf(target);
    if (type === MARKET) return !Number.isNaN(stopPrice) || !Number.isNaN(targetPrice);
    if (type !== STOP) return false;
    const high = this.#bars.high[this.#index]!;
    const low = this.#bars.low[this.#index]!;
    if (table.cells[row + Order.SIDE] === BUY) return targetPrice <= high && !(stopPrice >= low);
    return targetPrice >= low && !(stopPrice <= high);
  }

  /** Closes so many units of a trade, at most all, and keeps its stop and target in step. Returns how many. */
  #close(trade: Trade, order: Queued, units: number, price: number): number {
    const closed = this.#trades.close(trade, order, units, price);
    const reason = isGuard(order) ? 'oco' : 'position closed';
    for (const guard of [trade.stop, trade.target]) {
      if (guard === null || guard === order) continue;
      guard.size = Math.abs(trade.size);
      if (guard.size === 0) this.#cancel(guard, reason);
      else guard.table.cells[guard.row + Order.QUANTITY] = guard.size;
    }
    this.#endGroup(order);
    return closed;
  }

  /** Makes an order the stop or the target of a trade. */
  #guard(trade: Trade, order: Queued, type: number): void {
    const { cells } = order.table;
    order.trade = trade;
    order.size = Math.abs(trade.size);
    cells[order.row + Order.QUANTITY] = order.size;
    cells[order.row + Order.LIFE] = Order.LIVE;
    if (type === STOP) {
      trade.stop = order;
      this.#queue.unshift(order);
    } else {
      trade.target = order;
      this.#queue.push(order);
    }
  }

  /** Equity is gone. */
  #giveUp(): void {
    const { list } = this.#trades;
    // The list gets shorter as it is walked, so the trade behind one that is closed is passed over.
    for (let place = 0; place < list.length; place++) {
      const trade = list[place]!;
      const order = this.#closeByHouse(trade, 'liquidation');
      this.#close(trade, order, order.size, this.#bars.close[this.#index]!);
      this.#leave(order);
      this.counts.liquidations++;
    }
    this.#isOver = true;
    this.#memory.books.cash = 0;
  }

  /** Puts a closing order of the broker's own at the front of the queue. */
  #closeByHouse(trade: Trade, reason: ExitReason): Queued {
    const { house } = this.#memory;
    this.#houseOrders++;
    const order = closingOrder(house, -this.#houseOrders, trade, reason);
    this.#journal.order(house, order.row);
    this.#queue.unshift(order);
    return order;
  }

  #leave(order: Queued): void {
    const place = this.#queue.indexOf(order);
    if (place >= 0) this.#queue.splice(place, 1);
    if (order.trade?.stop === order) order.trade.stop = null;
    if (order.trade?.target === order) order.trade.target = null;
  }

  /** Of several closing orders of one row, only the last to leave ends it. */
  #cancel(order: Queued, reason: CancelReason): void {
    const { table, row } = order;
    this.#leave(order);
    if (this.#queue.some((other) => other.table === table && other.row === row)) return;
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.cancel(table, row, reason);
    this.#cancelChildren(order);
  }

  #cancelChildren({ stop, target }: Queued): void {
    for (const child of [stop, target]) if (child !== null && isAlive(child)) this.#cancel(child, 'parent');
  }

  #refuse(order: Queued, price: number): void {
    const { table, row } = order;
    const code = this.#settings.margin === 1 ? 'INSUFFICIENT_CASH' : 'INSUFFICIENT_MARGIN';
    this.#leave(order);
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.reject(table, row, code, price);
    this.#cancelChildren(order);
  }

  /** After a fill: the others of its OCO group go. */
  #endGroup({ table, row }: Queued): void {
    const group = table.cells[row + Order.GROUP]!;
    if (group === 0) return;
    for (const other of this.#queue.slice()) {
      if (other.row !== row && other.table.cells[other.row + Order.GROUP] === group)
        this.#cancel(other, 'oco');
    }
  }

  #expire(table: Order.OrderTable, row: number): void {
    if (table.cells[row + Order.LIFE] === Order.DONE) return;
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.expire(table, row, 'end of data');
  }
}

/** Whether it is the stop or the target of a trade. */
function isGuard(order: Queued): boolean {
  return order.trade !== null && (order.trade.stop === order || order.trade.target === order);
}

/** Price of a child that is alive; else NaN. */
function levelOf(child: Queued | null): number {
  return child !== null && isAlive(child) ? child.table.cells[child.row + Order.PRICE]! : NaN;
}
