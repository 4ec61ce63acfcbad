/**
 * Where one owner's orders come in: checked, numbered, put into the owner's table and written into the record.
 *
 * Runs on the thread that owns the orders, in the parallel phase (the portfolio phase for the portfolio's). Nothing is
 * executed here: an order is live from the symbol's next bar.
 */
import type { DeskRules } from '../broker/broker.ts';
import { checkFinite, checkNames, checkPositive } from '../broker/checks.ts';
import {
  type CheckedLevel,
  type CheckedOrder,
  checkOrder,
  OPTION_NAMES,
  REQUEST_NAMES,
  stretchOf,
  wholeLots,
} from '../broker/order-check.ts';
import { BUY, LIMIT, MARKET, ON_CLOSE, SELL, TRAILING } from '../broker/matching.ts';
import {
  EXIT_REASONS,
  type ExitReason,
  type OrderChange,
  OrderError,
  type OrderOptions,
  type OrderRequest,
  type OrderSize,
  type Target,
  TIMES_IN_FORCE,
} from '../broker/order.ts';
import * as Order from '../broker/order-table.ts';
import { type OrderTable, STRIDE } from '../broker/order-table.ts';
import { Grain, roundPrice } from '../broker/rounding.ts';
import { type GivenSize, type Quote, readSize, readTarget, unitsOf } from '../broker/sizing.ts';
import type { BarViews } from '../market/bar-store.ts';
import type { Instrument } from '../market/instrument.ts';
import { EMPTY_TEXT, type RecordLog } from '../record/record-log.ts';
import { exitReasonOfType, writeCancel, writeOrder, writeReplace } from './journal.ts';

const DAY_MS = 86_400_000;
const DAY = TIMES_IN_FORCE.indexOf('day');

/** Gives an instance its sequence numbers, from 1. A portfolio strategy has one for all symbols. */
export class Sequencer {
  last = 0;
}

/** Whose order it is. */
export interface Sender {
  readonly symbol: number;
  readonly strategy: number;
  readonly sequencer: Sequencer;
  /** Index of the symbol's last bar, −1 before its first, and its close. */
  readonly barIndex: number;
  readonly lastClose: number;
  /** The symbol's, for what a trailing stop has followed up to `barIndex`. */
  readonly bars: BarViews;
}

export class OrderDesk {
  readonly #table: OrderTable;
  readonly #log: RecordLog;
  readonly #rules: DeskRules;
  readonly #interval: number;
  readonly #lots: readonly Grain[];
  readonly #ticks: readonly Grain[];
  #step = -1;
  #time = NaN;
  #cancelsAsked = 0;

  constructor(
    table: OrderTable,
    log: RecordLog,
    rules: DeskRules,
    instruments: readonly Instrument[],
    interval: number,
  ) {
    this.#table = table;
    this.#log = log;
    this.#rules = rules;
    this.#interval = interval;
    this.#lots = instruments.map((instrument) => new Grain(instrument.lot));
    this.#ticks = instruments.map((instrument) => new Grain(instrument.tick));
  }

  /** Orders until the next call are submitted at this step, whose bars open at `time`. */
  at(step: number, time: number): void {
    this.#step = step;
    this.#time = time;
  }

  /** The order as it would be sent. Throws OrderError if it could never be right, and leaves no trace. */
  check(symbol: number, side: number, size: OrderSize, options: OrderOptions, quote: Quote): CheckedOrder {
    return this.#check(symbol, side, readSize(size), options, OPTION_NAMES, quote);
  }

  /** The order that takes a position from `held` to the target; null if it is there already, to the lot. */
  checkTarget(
    symbol: number,
    target: Target,
    held: number,
    options: OrderOptions,
    quote: Quote,
  ): CheckedOrder | null {
    const given = readTarget(target);
    checkNames(options, OPTION_NAMES, 'an order');
    const price = options.stop ?? options.limit ?? quote.lastClose;
    const difference = unitsOf(given, price, NaN, quote) - held;
    const side = difference < 0 ? SELL : BUY;
    const units = Math.abs(difference);
    const isThere = this.#lots[symbol]!.down(units) === 0;
    if (isThere && !this.#rules.sizesLater) return null;
    return this.#check(symbol, side, { ...given, units }, options, OPTION_NAMES, quote);
  }

  /** All members of a group are checked before the first is sent. */
  checkGroup(symbol: number, requests: readonly OrderRequest[], quote: Quote): CheckedOrder[] {
    if (!this.#rules.hasGroups)
      throw new OrderError(
        'these fill rules have no OCO groups: send plain orders, and cancel one when the other fills',
      );
    if (requests.length === 0) throw new OrderError('an OCO group has at least one order');
    return requests.map((request) => {
      checkNames(request, REQUEST_NAMES, 'an order');
      const { side, quantity } = request;
      const sign = side === 'buy' ? BUY : side === 'sell' ? SELL : 0;
      return this.#check(symbol, sign, readSize(quantity), request, REQUEST_NAMES, quote);
    });
  }

  /** Returns the order's sequence. @param reason why it closes what it closes, if not for its type */
  submit(sender: Sender, order: CheckedOrder, reason?: ExitReason): number {
    return this.#add(sender, order, 0, reason);
  }

  submitGroup(sender: Sender, orders: readonly CheckedOrder[]): number[] {
    const group = sender.sequencer.last + 1;
    return orders.map((order) => this.#add(sender, order, group));
  }

  cancel(sender: Sender, id: number): boolean {
    const slot = this.#find(sender, id);
    if (slot < 0) return false;
    const { cells } = this.#table;
    if (this.#rules.cancels === 'at settlement') {
      const asked = slot * STRIDE + Order.CANCEL_ASKED;
      if (cells[asked] === 0) cells[asked] = ++this.#cancelsAsked;
      return true;
    }
    this.#cancel(slot * STRIDE);
    return true;
  }

  replace(sender: Sender, id: number, change: OrderChange): boolean {
    if (!this.#rules.hasReplace)
      throw new OrderError('these fill rules have no replace: cancel the order and send another');
    checkNames(change, ['quantity', 'price'], 'a change of an order');
    const { quantity, price } = change;
    if (quantity === undefined && price === undefined)
      throw new OrderError('a change of an order has a quantity, a price or both');
    if (quantity !== undefined) checkPositive('quantity', quantity);
    if (price !== undefined) checkFinite('price', price);
    const slot = this.#find(sender, id);
    if (slot < 0) return false;

    const { cells } = this.#table;
    const { symbol } = sender;
    const row = slot * STRIDE;
    const type = cells[row + Order.TYPE]!;
    if (price !== undefined && (type === MARKET || type === ON_CLOSE))
      throw new OrderError('an order at the market or on the close has no price to replace');
    if (price !== undefined && type === TRAILING)
      throw new OrderError('a trailing stop follows the price: cancel it and send another');
    if (type === TRAILING && cells[row + Order.LIFE] === Order.LIVE)
      Order.follow(cells, row, sender.bars, sender.barIndex, this.#ticks[symbol]!);
    if (quantity !== undefined) {
      cells[row + Order.QUANTITY] = wholeLots(quantity, this.#lots[symbol]!);
      cells[row + Order.SIZED] = 1;
    }
    if (price !== undefined) {
      const side = cells[row + Order.SIDE]!;
      cells[row + Order.PRICE] = roundPrice(price, type === LIMIT, side, this.#ticks[symbol]!);
      if (cells[row + Order.LEVEL] !== 0) cells[row + Order.LEVEL] = Order.LEVEL_PRICE;
    }
    cells[row + Order.SUBMITTED] = this.#step;
    writeReplace(this.#log, cells, row);
    return true;
  }

  /** Moves a live stop of the instance's to `price`, if that is nearer to the market: what a position rule does. */
  tighten(row: number, price: number): void {
    const { cells } = this.#table;
    const side = cells[row + Order.SIDE]!;
    const level = roundPrice(price, false, side, this.#ticks[cells[row + Order.SYMBOL]!]!);
    const isNearer = side === SELL ? level > cells[row + Order.PRICE]! : level < cells[row + Order.PRICE]!;
    if (!isNearer) return;
    cells[row + Order.PRICE] = level;
    cells[row + Order.LEVEL] = Order.LEVEL_PRICE;
    cells[row + Order.SUBMITTED] = this.#step;
    writeReplace(this.#log, cells, row);
  }

  #check(
    symbol: number,
    side: number,
    given: GivenSize,
    options: OrderOptions,
    names: readonly string[],
    quote: Quote,
  ): CheckedOrder {
    const ground = { names, lot: this.#lots[symbol]!, tick: this.#ticks[symbol]!, quote };
    const order = checkOrder(side, given, options, ground);
    this.#rules.check(order);
    return order;
  }

  #find({ symbol, strategy, sequencer }: Sender, id: number): number {
    if (id === 0) return -1; // What an order of the warm-up was answered with.
    if (!Number.isInteger(id) || id < 1 || id > sequencer.last) {
      throw new OrderError(`${id} is not the id of an order of this instance; it has sent ${sequencer.last}`);
    }
    return this.#table.find(symbol, strategy, id);
  }

  #cancel(row: number): void {
    const { cells } = this.#table;
    const isAsleep = cells[row + Order.LIFE] === Order.DORMANT;
    cells[row + Order.LIFE] = Order.DONE;
    writeCancel(this.#log, cells, row, 'request');
    if (isAsleep && cells[row + Order.TYPE] !== LIMIT) this.#cancelMultiplesOf(row);
    const table = this.#table;
    for (let child = table.firstChild(row); child >= 0; child = table.nextChild(child))
      this.#cancelSleeper(child, 'parent');
  }

  /** Targets that count the distance to a stop go with the stop: without it, they are nowhere. */
  #cancelMultiplesOf(stopRow: number): void {
    const table = this.#table;
    for (let target = table.nextChild(stopRow); target >= 0; target = table.nextChild(target))
      if (table.cells[target + Order.LEVEL] === Order.LEVEL_MULTIPLE) this.#cancelSleeper(target, 'request');
  }

  #cancelSleeper(row: number, reason: 'parent' | 'request'): void {
    const { cells } = this.#table;
    if (cells[row + Order.LIFE] !== Order.DORMANT) return;
    cells[row + Order.LIFE] = Order.DONE;
    writeCancel(this.#log, cells, row, reason);
  }

  #add(sender: Sender, order: CheckedOrder, group: number, reason?: ExitReason): number {
    const { sequencer, barIndex, lastClose } = sender;
    const sequence = ++sequencer.last;
    const { type, stop, targets, trail } = order;
    const tag = order.tag === '' ? EMPTY_TEXT : this.#log.intern(order.tag);
    const slot = this.#put(sender, sequence, order.side, type, order.quantity, order.price, tag);
    const row = slot * STRIDE;
    const { cells } = this.#table;
    cells[row + Order.LIFE] = Order.LIVE;
    cells[row + Order.GROUP] = group;
    cells[row + Order.REDUCE_ONLY] = order.isReduceOnly ? 1 : 0;
    cells[row + Order.OPEN_RISK_MAX] = order.openRiskMax;
    cells[row + Order.LIMIT_PRICE] = order.limitPrice;
    cells[row + Order.TIME_IN_FORCE] = order.timeInForce;
    cells[row + Order.UNTIL] = this.#untilOf(order);
    cells[row + Order.ALLOW_PARTIAL] = order.allowsPartial ? 1 : 0;
    cells[row + Order.CLOSES] = order.closes;
    cells[row + Order.SIZE_KIND] = order.given.kind;
    cells[row + Order.SIZE] = order.given.size;
    if (reason !== undefined) cells[row + Order.EXIT_REASON] = EXIT_REASONS.indexOf(reason);
    if (trail !== null) {
      cells[row + Order.LEVEL] = trail.level;
      cells[row + Order.DISTANCE] = trail.distance;
      cells[row + Order.WATER] = lastClose;
      cells[row + Order.WATER_BAR] = barIndex;
    }
    writeOrder(this.#log, cells, row);
    const children = stop === null ? targets : [stop, ...targets];
    cells[row + Order.CHILDREN] = children.length;
    for (const child of children) this.#addChild(sender, row, child, sequence + 1);
    return sequence;
  }

  #addChild(sender: Sender, parentRow: number, level: CheckedLevel, group: number): void {
    const parent = this.#table.cells;
    const sequence = ++sender.sequencer.last;
    const side = -parent[parentRow + Order.SIDE]!;
    const quantity = parent[parentRow + Order.QUANTITY]!;
    const own = stretchOf(quantity, level.from, level.to, this.#lots[sender.symbol]!);
    const price = level.level === Order.LEVEL_PRICE ? level.distance : NaN;
    const slot = this.#put(sender, sequence, side, level.type, own, price, parent[parentRow + Order.TAG]!);
    const { cells } = this.#table; // The table may have grown.
    const row = slot * STRIDE;
    cells[row + Order.LIFE] = Order.DORMANT;
    cells[row + Order.REDUCE_ONLY] = 1;
    cells[row + Order.PARENT] = cells[parentRow + Order.SEQUENCE]!;
    cells[row + Order.GROUP] = group;
    cells[row + Order.LEVEL] = level.level;
    cells[row + Order.DISTANCE] = level.distance;
    cells[row + Order.PORTION_FROM] = level.from;
    cells[row + Order.PORTION_TO] = level.to;
    cells[row + Order.OPEN_RISK_MAX] = NaN;
    cells[row + Order.SIZE] = own;
    writeOrder(this.#log, cells, row);
  }

  #put(
    { symbol, strategy }: Sender,
    sequence: number,
    side: number,
    type: number,
    quantity: number,
    price: number,
    tag: number,
  ): number {
    const slot = this.#table.add(symbol, strategy, sequence);
    const { cells } = this.#table;
    const row = slot * STRIDE;
    cells[row + Order.SIDE] = side;
    cells[row + Order.TYPE] = type;
    cells[row + Order.TYPE_SENT] = type;
    cells[row + Order.QUANTITY] = quantity;
    cells[row + Order.PRICE] = price;
    cells[row + Order.LIMIT_PRICE] = NaN;
    cells[row + Order.SUBMITTED] = this.#step;
    cells[row + Order.UNTIL] = Infinity;
    cells[row + Order.PORTION_TO] = 1;
    cells[row + Order.EXIT_REASON] = exitReasonOfType(type);
    cells[row + Order.TAG] = tag;
    return slot;
  }

  /** A day ends with the UTC day in which the order is sent: when the bar of its step has ended. */
  #untilOf({ timeInForce, goodUntil }: CheckedOrder): number {
    if (timeInForce === DAY) return (Math.floor((this.#time + this.#interval) / DAY_MS) + 1) * DAY_MS;
    return Number.isNaN(goodUntil) ? Infinity : goodUntil;
  }
}
