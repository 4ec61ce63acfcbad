/**
 * One step of backtrader's broker: what was asked for since the last one, then the queue.
 *
 *     1. new orders are taken in, and cancels act on what is in the queue
 *     2. children whose entry was completed at the step before wake
 *     3. new orders are executed on paper, and join the queue or are refused
 *     4. the queue is walked once, oldest first: expired, asleep, or tried on the last bar of its symbol
 *     5. contracts are settled to the last close
 *
 * The queue holds the orders of all owners and symbols. An order that is being tried is out of it, and goes to its end if it lives on.
 */
import { InputError } from '../../../kernel/input-error.ts';
import type { Bar } from '../../../market/bar.ts';
import type { Books } from '../../books.ts';
import {
  type BrokerMemory,
  type Journal,
  noCounts,
  type PhaseSetter,
  type Settlement,
} from '../../broker.ts';
import { ON_CLOSE, TRAILING } from '../../matching.ts';
import { type CancelReason, type FillEffect, type RejectionCode, TIMES_IN_FORCE } from '../../order.ts';
import * as Row from '../../order-table.ts';
import { type Bracket, placedTime, PriceRules, QueuedOrder } from './order.ts';
import { type BacktraderSettings, settingsFrom } from './settings.ts';
import { type Holding, split, Terms } from './terms.ts';
import { Intake, type Taken } from '../intake.ts';
import { floorDivide } from '../python.ts';

const DAY = TIMES_IN_FORCE.indexOf('day');

export class BacktraderSettlement implements Settlement {
  readonly counts = noCounts();
  readonly #memory: BrokerMemory;
  readonly #journal: Journal;
  readonly #settings: BacktraderSettings;
  readonly #terms: Terms;
  readonly #prices: PriceRules;
  readonly #books: Books;
  readonly #intake: Intake;
  /** The queue; null marks where a walk ends. */
  readonly #pending: (QueuedOrder | null)[] = [];
  /** Children to be woken at the next step. */
  readonly #waking: QueuedOrder[] = [];
  /** By book, of contracts: the price up to which they have been settled. */
  readonly #bases: Float64Array;
  /** By symbol: the last bar at the step before, on which new orders were sent. */
  readonly #indexBefore: Int32Array;
  #step = 0;

  constructor(memory: BrokerMemory, journal: Journal) {
    const { store, instruments, rules, books } = memory;
    this.#memory = memory;
    this.#journal = journal;
    this.#settings = settingsFrom(rules);
    this.#terms = new Terms(this.#settings);
    this.#prices = new PriceRules(this.#settings);
    this.#books = books;
    this.#intake = new Intake(memory);
    this.#bases = new Float64Array(books.count).fill(NaN);
    this.#indexBefore = new Int32Array(store.symbols.length).fill(-1);
    for (const [symbol, { multiplier }] of instruments.entries()) {
      if (multiplier === 1 || multiplier === this.#terms.multiplier) continue;
      throw new InputError(
        `the fill rules of backtrader: ${store.names[symbol]} has a multiplier of ${multiplier}, the broker one of ${this.#terms.multiplier} for all symbols; give 1 or that`,
      );
    }
  }

  settle(step: number, _present: Int32Array, _presentCount: number, enterPass: PhaseSetter): void {
    enterPass(3);
    this.#step = step;
    const { checkSubmit } = this.#settings;
    const fresh = this.#takeIn();
    if (!checkSubmit) this.#pending.push(...fresh);
    this.#cancelAsked(fresh);
    for (const order of this.#waking.splice(0)) this.#wake(order);
    if (checkSubmit) this.#checkSubmitted(fresh);
    this.#walk();
    if (!this.#terms.isStock) this.#settleContracts();
    this.#indexBefore.set(this.#memory.cursors.index);
  }

  mark(): void {
    const books = this.#books;
    const { multiplier } = this.#terms;
    let worth = 0;
    let gross = 0;
    for (let book = 0; book < books.count; book++) {
      const size = books.quantity[book]!;
      if (size === 0) continue;
      const { close } = this.#lastBar(Math.floor(book / books.strategies));
      worth = this.#terms.addWorth(worth, size, books.averagePrice[book]!, close);
      gross += Math.abs(size) * multiplier * close;
    }
    books.gross = gross;
    books.equity = books.cash + worth;
  }

  finish(): void {
    const fresh = this.#takeIn();
    this.#cancelAsked(fresh);
    for (const order of [...(this.#pending as QueuedOrder[]), ...fresh]) {
      const { table, row } = this.#end(order);
      this.#journal.expire(table, row, 'end of data');
    }
  }

  #takeIn(): QueuedOrder[] {
    const orders: QueuedOrder[] = [];
    const brackets = new Map<string, Bracket>();
    const groups = new Map<string, QueuedOrder[]>();
    for (const taken of this.#intake.take()) {
      const { table, row, symbol, strategy, sequence } = taken;
      const { cells } = table;
      const hasSize = cells[row + Row.QUANTITY]! > 0;
      const indexBefore = this.#indexBefore[symbol]!;
      if (!hasSize || indexBefore < 0) {
        cells[row + Row.LIFE] = Row.DONE;
        if (!hasSize) this.#journal.reject(table, row, 'LOT', NaN);
        else this.#journal.cancel(table, row, 'no price');
        continue;
      }
      const book = symbol * this.#books.strategies + strategy;
      const order = new QueuedOrder(taken, book, this.#barAt(symbol, indexBefore));
      orders.push(order);

      const nameOf = (number: number): string => `${symbol} ${strategy} ${number}`;
      if (cells[row + Row.CHILDREN]! > 0) brackets.set(nameOf(sequence), { members: [], isOver: false });
      order.bracket = brackets.get(nameOf(order.isChild ? cells[row + Row.PARENT]! : sequence)) ?? null;
      order.bracket?.members.push(order);
      if (order.isChild || cells[row + Row.GROUP] === 0) continue;
      const group = nameOf(cells[row + Row.GROUP]!);
      order.group = groups.get(group) ?? [];
      order.group.push(order);
      groups.set(group, order.group);
    }
    return orders;
  }

  /** In the order in which they were asked for. A cancel of what is not in the queue yet does nothing. */
  #cancelAsked(fresh: readonly QueuedOrder[]): void {
    const numberOf = ({ taken: { table, row } }: QueuedOrder): number => table.cells[row + Row.CANCEL_ASKED]!;
    const asked = [...(this.#pending as QueuedOrder[]), ...fresh].filter((order) => numberOf(order) > 0);
    if (asked.length === 0) return;
    const { portfolioTable } = this.#memory;
    // Numbers are the owner's: those of symbol strategies count by shard.
    const rankOf = ({ taken, book }: QueuedOrder): number =>
      taken.table === portfolioTable ? Infinity : book;
    asked.sort((a, b) => compare(rankOf(a), rankOf(b)) || compare(numberOf(a), numberOf(b)));
    for (const order of asked) {
      order.taken.table.cells[order.taken.row + Row.CANCEL_ASKED] = 0;
      if (this.#cancel(order, 'request')) this.#cancelBracket(order, 'request');
    }
  }

  #wake(order: QueuedOrder): void {
    order.isAwake = true;
    if (order.isAlive) order.taken.table.cells[order.taken.row + Row.LIFE] = Row.LIVE;
  }

  /** Executes new orders on paper, one after the other, and refuses those that cash does not cover. */
  #checkSubmitted(fresh: readonly QueuedOrder[]): void {
    const onPaper = new Map<number, Holding>();
    let { cash } = this.#books;
    for (const order of fresh) {
      if (order.bracket?.isOver) {
        this.#refuse(order, 'BRACKET', NaN);
        continue;
      }
      const { book, price } = order;
      const { opened, closed, after } = split(onPaper.get(book) ?? this.#holding(book), order.rest, price);
      onPaper.set(book, after);
      if (closed !== 0) cash = this.#terms.afterClosing(cash, closed, price, price, 0);
      if (opened !== 0) cash = this.#terms.afterOpening(cash, opened, price);
      if (cash >= 0) this.#pending.push(order);
      else this.#refuseForCash(order, price);
    }
  }

  #walk(): void {
    const pending = this.#pending;
    pending.push(null);
    for (let order = pending.shift()!; order !== null; order = pending.shift()!) {
      const bar = this.#lastBar(order.taken.symbol);
      if (bar.time > order.expiresAfter) {
        this.#expire(order);
        continue;
      }
      if (order.isAwake) this.#try(order, bar);
      if (order.isAlive) pending.push(order);
      else if (order.rest === 0) this.#complete(order);
    }
  }

  #try(order: QueuedOrder, bar: Bar): void {
    if (order.type === ON_CLOSE) {
      this.#tryClose(order, bar);
      return;
    }
    const price = this.#prices.priceOn(bar, order);
    if (price !== null) this.#execute(order, price, 0);
    if (order.isAlive && order.type === TRAILING) order.follow(bar.close);
  }

  /** The day's last bar is known to be that only when a later one has come, so its close is booked there. */
  #tryClose(order: QueuedOrder, { time, close }: Bar): void {
    if (time <= order.created.time || time < order.sessionEnd) order.closeSeen = close;
    else if (order.closeSeen !== 0 && time > order.sessionEnd) this.#execute(order, order.closeSeen, 1);
    else this.#execute(order, close, 0);
  }

  /** @param barsAgo the bar whose volume it takes, counted from the symbol's last */
  #execute(order: QueuedOrder, price: number, barsAgo: number): void {
    const size = this.#sizeOf(order, barsAgo);
    if (size === 0) return;
    const { rest } = order;
    const before = this.#holding(order.book);
    const { opened, closed } = split(before, size, price);
    // Of fractions the two parts do not always add up to the size, and it is their sum that counts.
    const executed = closed + opened;
    if (closed !== 0) this.#close(order, closed, price, rest - closed);
    const isPaid =
      opened === 0 || this.#open(order, opened, price, rest - executed, split(before, executed, price).after);
    if (closed !== 0 || isPaid) this.#endGroup(order);
    if (!isPaid) this.#refuseForCash(order, price);
  }

  /** Signed, at most the filler's share of the bar's volume. */
  #sizeOf({ rest, side, taken }: QueuedOrder, barsAgo: number): number {
    const { volumeFillerPercent } = this.#settings;
    if (volumeFillerPercent === null) return rest;
    const { store, cursors } = this.#memory;
    const volume = store.columns(taken.symbol).volume[cursors.index[taken.symbol]! - barsAgo]!;
    return side * Math.min(floorDivide(volume * volumeFillerPercent, 100), Math.abs(rest));
  }

  #close(order: QueuedOrder, closed: number, price: number, rest: number): void {
    const books = this.#books;
    const { book } = order;
    const { size, average } = this.#holding(book);
    const profit = this.#terms.profit(-closed, average, price);
    const commission = this.#terms.commission(closed, price);
    books.cash = this.#terms.afterClosing(books.cash, closed, average, price, profit);
    books.cash += this.#terms.settled(-closed, this.#bases[book]!, price);
    const left = size + closed;
    const carried = books.carriedFees[book]!;
    const share = left === 0 ? carried : (carried * closed) / -size;
    books.carriedFees[book] = carried - share;
    books.quantity[book] = left;
    if (left === 0) books.averagePrice[book] = NaN;
    this.#recordFill(order, 'close', closed, price, commission, rest);
    const { table, row } = order.taken;
    this.#journal.trade(table, row, -closed, average, price, profit, share + commission);
  }

  /** False, and nothing is changed, if cash does not cover it. */
  #open(order: QueuedOrder, opened: number, price: number, rest: number, after: Holding): boolean {
    const books = this.#books;
    const { book, taken } = order;
    const held = books.quantity[book]!;
    const cash = this.#terms.afterOpening(books.cash, opened, price);
    if (cash < 0) return false;
    books.cash =
      held === 0 ? cash : cash + this.#terms.settled(after.size - opened, this.#bases[book]!, price);
    this.#bases[book] = price;
    if (held === 0) {
      const cells = taken.table.cells;
      books.entrySequence[book] = taken.sequence;
      books.entryStep[book] = this.#step;
      books.entryTime[book] = this.#memory.times[this.#step]!;
      books.entryTag[book] = cells[taken.row + Row.TAG]!;
    }
    const commission = this.#terms.commission(opened, price);
    books.carriedFees[book] = books.carriedFees[book]! + commission;
    books.quantity[book] = after.size;
    books.averagePrice[book] = after.average;
    this.#recordFill(order, 'open', opened, price, commission, rest);
    return true;
  }

  #recordFill(
    order: QueuedOrder,
    effect: FillEffect,
    size: number,
    price: number,
    commission: number,
    rest: number,
  ): void {
    const { table, row } = order.taken;
    order.rest = rest;
    table.cells[row + Row.QUANTITY] = order.side * rest;
    if (rest === 0) this.#end(order);
    this.#journal.fill(table, row, effect, order.side * size, price, commission);
  }

  /** A complete entry lets its children wake; a complete child ends what is left of its bracket. */
  #complete(order: QueuedOrder): void {
    if (order.bracket === null) return;
    if (order.isChild) {
      this.#cancelBracket(order, 'oco');
      return;
    }
    order.bracket.members.shift();
    this.#waking.push(...order.bracket.members);
  }

  /** Whether it was in the queue. Its OCO group goes with it. */
  #cancel(order: QueuedOrder, reason: CancelReason): boolean {
    const at = this.#pending.indexOf(order);
    if (at < 0) return false;
    this.#pending.splice(at, 1);
    const { table, row } = this.#end(order);
    this.#journal.cancel(table, row, reason);
    this.#endGroup(order);
    return true;
  }

  /** What is in the queue of an order's bracket. @param reason for those that are not the children of the order */
  #cancelBracket({ bracket, isChild }: QueuedOrder, reason: CancelReason): void {
    if (bracket === null) return;
    bracket.isOver = true;
    for (const member of bracket.members.splice(0)) this.#cancel(member, isChild ? reason : 'parent');
  }

  /** Cancels the others of an OCO group, from the back of the queue. */
  #endGroup({ group }: QueuedOrder): void {
    const members = group.splice(0);
    if (members.length === 0) return;
    for (let at = this.#pending.length - 1; at >= 0; at--) {
      const other = this.#pending[at]!;
      if (!members.includes(other)) continue;
      this.#pending.splice(at, 1);
      const { table, row } = this.#end(other);
      this.#journal.cancel(table, row, 'oco');
    }
  }

  #refuseForCash(order: QueuedOrder, price: number): void {
    this.#refuse(order, 'INSUFFICIENT_CASH', price);
    this.#endGroup(order);
    this.#cancelBracket(order, 'oco');
  }

  #refuse(order: QueuedOrder, code: RejectionCode, price: number): void {
    const { table, row } = this.#end(order);
    this.#journal.reject(table, row, code, price);
  }

  #expire(order: QueuedOrder): void {
    const { table, row } = this.#end(order);
    this.#journal.expire(table, row, table.cells[row + Row.TIME_IN_FORCE] === DAY ? 'day' : 'gtd');
    this.#endGroup(order);
    this.#cancelBracket(order, 'parent');
  }

  #end(order: QueuedOrder): Taken {
    order.isAlive = false;
    order.taken.table.cells[order.taken.row + Row.LIFE] = Row.DONE;
    return order.taken;
  }

  /** Contracts pay and receive in cash what the last closes have changed. */
  #settleContracts(): void {
    const books = this.#books;
    for (let book = 0; book < books.count; book++) {
      const size = books.quantity[book]!;
      if (size === 0) continue;
      const { close } = this.#lastBar(Math.floor(book / books.strategies));
      books.cash += this.#terms.settled(size, this.#bases[book]!, close);
      this.#bases[book] = close;
    }
  }

  #holding(book: number): Holding {
    return { size: this.#books.quantity[book]!, average: this.#books.averagePrice[book]! };
  }

  #lastBar(symbol: number): Bar {
    return this.#barAt(symbol, this.#memory.cursors.index[symbol]!);
  }

  /** With its time as the tool has it. */
  #barAt(symbol: number, index: number): Bar {
    const { store } = this.#memory;
    const { time, open, high, low, close, volume } = store.columns(symbol);
    return {
      time: placedTime(time[index]!, store.interval),
      open: open[index]!,
      high: high[index]!,
      low: low[index]!,
      close: close[index]!,
      volume: volume[index]!,
    };
  }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
