/**
 * Where one owner's orders come in: checked, numbered, put into the owner's table and written into the record.
 *
 * Runs on the thread that owns the orders, in the parallel phase (the portfolio phase for the portfolio's). Nothing is
 * executed here: an order is live from the symbol's next bar.
 */
import {
  type CheckedLevel,
  type CheckedOrder,
  checkFinite,
  checkNames,
  checkOrder,
  checkPositive,
  OPTION_NAMES,
  REQUEST_NAMES,
  wholeLots,
} from '../broker/order-check.ts';
import { roundPrice } from '../broker/execution.ts';
import { BUY, LIMIT, MARKET, SELL, STOP } from '../broker/matching.ts';
import { type OrderChange, OrderError, type OrderOptions, type OrderRequest } from '../broker/order.ts';
import * as Order from '../broker/order-table.ts';
import { holdsChild, type OrderTable, STRIDE } from '../broker/order-table.ts';
import { Grain } from '../broker/rounding.ts';
import type { Instrument } from '../market/instrument.ts';
import { EMPTY_TEXT, KIND, type RecordLog } from '../record/record-log.ts';
import { writeCancel } from './journal.ts';

/** Gives an instance its sequence numbers, from 1. A portfolio strategy has one for all symbols. */
export class Sequencer {
  last = 0;
}

export class OrderDesk {
  readonly #table: OrderTable;
  readonly #log: RecordLog;
  readonly #lots: readonly Grain[];
  readonly #ticks: readonly Grain[];
  #step = -1;

  constructor(table: OrderTable, log: RecordLog, instruments: readonly Instrument[]) {
    this.#table = table;
    this.#log = log;
    this.#lots = instruments.map((instrument) => new Grain(instrument.lot));
    this.#ticks = instruments.map((instrument) => new Grain(instrument.tick));
  }

  /** Orders until the next call are submitted at this step. */
  at(step: number): void {
    this.#step = step;
  }

  /** The order as it would be sent. Throws OrderError if it could never be right, and leaves no trace. */
  check(
    symbol: number,
    side: number,
    quantity: number,
    options: OrderOptions,
    lastClose: number,
  ): CheckedOrder {
    return checkOrder(
      side,
      quantity,
      options,
      OPTION_NAMES,
      this.#lots[symbol]!,
      this.#ticks[symbol]!,
      lastClose,
    );
  }

  /** All members of a group are checked before the first is sent. */
  checkGroup(symbol: number, requests: readonly OrderRequest[], lastClose: number): CheckedOrder[] {
    if (requests.length === 0) throw new OrderError('an OCO group has at least one order');
    return requests.map((request) => {
      checkNames(request, REQUEST_NAMES, 'an order');
      const { side, quantity } = request;
      const sign = side === 'buy' ? BUY : side === 'sell' ? SELL : 0;
      return checkOrder(
        sign,
        quantity,
        request,
        REQUEST_NAMES,
        this.#lots[symbol]!,
        this.#ticks[symbol]!,
        lastClose,
      );
    });
  }

  submit(symbol: number, strategy: number, sequencer: Sequencer, order: CheckedOrder): number {
    return this.#add(symbol, strategy, sequencer, order, 0);
  }

  submitGroup(
    symbol: number,
    strategy: number,
    sequencer: Sequencer,
    orders: readonly CheckedOrder[],
  ): number[] {
    const group = sequencer.last + 1;
    return orders.map((order) => this.#add(symbol, strategy, sequencer, order, group));
  }

  cancel(symbol: number, strategy: number, sequencer: Sequencer, id: number): boolean {
    const slot = this.#find(symbol, strategy, sequencer, id);
    if (slot < 0) return false;
    this.#cancel(slot * STRIDE);
    return true;
  }

  replace(symbol: number, strategy: number, sequencer: Sequencer, id: number, change: OrderChange): boolean {
    checkNames(change, ['quantity', 'price'], 'a change of an order');
    const { quantity, price } = change;
    if (quantity === undefined && price === undefined)
      throw new OrderError('a change of an order has a quantity, a price or both');
    if (quantity !== undefined) checkPositive('quantity', quantity);
    if (price !== undefined) checkFinite('price', price);
    const slot = this.#find(symbol, strategy, sequencer, id);
    if (slot < 0) return false;

    const { cells } = this.#table;
    const row = slot * STRIDE;
    const type = cells[row + Order.TYPE]!;
    if (price !== undefined && type === MARKET)
      throw new OrderError('a market order has no price to replace');
    if (quantity !== undefined) {
      cells[row + Order.QUANTITY] = wholeLots(quantity, this.#lots[symbol]!);
      cells[row + Order.SIZED] = 1;
    }
    if (price !== undefined) {
      cells[row + Order.PRICE] = roundPrice(
        price,
        type === LIMIT,
        cells[row + Order.SIDE]!,
        this.#ticks[symbol]!,
      );
      if (cells[row + Order.LEVEL] !== 0) cells[row + Order.LEVEL] = Order.LEVEL_PRICE;
    }
    cells[row + Order.SUBMITTED] = this.#step;
    const at = this.#log.begin(KIND.replace, symbol, strategy);
    const fields = this.#log.cells(KIND.replace);
    fields[at] = id;
    fields[at + 1] = cells[row + Order.QUANTITY]!;
    fields[at + 2] = cells[row + Order.PRICE]!;
    return true;
  }

  #find(symbol: number, strategy: number, sequencer: Sequencer, id: number): number {
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
    if (isAsleep && cells[row + Order.TYPE] === STOP) this.#cancelMultipleOf(row);
    this.#cancelChild(row, cells[row + Order.STOP_CHILD]!, 1);
    const hasStop = cells[row + Order.STOP_CHILD] !== 0;
    this.#cancelChild(row, cells[row + Order.TARGET_CHILD]!, hasStop ? 2 : 1);
  }

  /** A target that counts the distance to a stop goes with the stop: without it, it is nowhere. */
  #cancelMultipleOf(stopRow: number): void {
    const { cells } = this.#table;
    const slot = this.#table.find(
      cells[stopRow + Order.SYMBOL]!,
      cells[stopRow + Order.STRATEGY]!,
      cells[stopRow + Order.SEQUENCE]! + 1,
    );
    const row = slot * STRIDE;
    if (slot < 0 || cells[row + Order.PARENT] !== cells[stopRow + Order.PARENT]) return;
    if (cells[row + Order.LEVEL] !== Order.LEVEL_MULTIPLE) return;
    cells[row + Order.LIFE] = Order.DONE;
    writeCancel(this.#log, cells, row, 'request');
  }

  /** A parent that is cancelled has never opened, so its children still sleep. */
  #cancelChild(parentRow: number, remembered: number, offset: number): void {
    const { cells } = this.#table;
    if (remembered === 0) return;
    const sequence = cells[parentRow + Order.SEQUENCE]! + offset;
    if (!holdsChild(cells, remembered - 1, parentRow, sequence)) return;
    const row = (remembered - 1) * STRIDE;
    cells[row + Order.LIFE] = Order.DONE;
    writeCancel(this.#log, cells, row, 'parent');
  }

  #add(symbol: number, strategy: number, sequencer: Sequencer, order: CheckedOrder, group: number): number {
    const sequence = ++sequencer.last;
    const { side, type, quantity, price, stop, target, openRiskMax } = order;
    const tag = order.tag === '' ? EMPTY_TEXT : this.#log.intern(order.tag);
    const slot = this.#put(symbol, strategy, sequence, side, type, quantity, price, tag);
    const row = slot * STRIDE;
    this.#table.cells[row + Order.LIFE] = Order.LIVE;
    this.#table.cells[row + Order.GROUP] = group;
    this.#table.cells[row + Order.REDUCE_ONLY] = order.isReduceOnly ? 1 : 0;
    this.#table.cells[row + Order.OPEN_RISK_MAX] = openRiskMax;
    this.#record(row);
    const family = sequence + 1;
    if (stop !== null) {
      const child = this.#addChild(row, ++sequencer.last, STOP, stop, family);
      this.#table.cells[row + Order.STOP_CHILD] = child + 1;
    }
    if (target !== null) {
      const child = this.#addChild(row, ++sequencer.last, LIMIT, target, family);
      this.#table.cells[row + Order.TARGET_CHILD] = child + 1;
    }
    return sequence;
  }

  #addChild(parentRow: number, sequence: number, type: number, level: CheckedLevel, group: number): number {
    const parent = this.#table.cells;
    const symbol = parent[parentRow + Order.SYMBOL]!;
    const strategy = parent[parentRow + Order.STRATEGY]!;
    const side = -parent[parentRow + Order.SIDE]!;
    const quantity = parent[parentRow + Order.QUANTITY]!;
    const price = level.level === Order.LEVEL_PRICE ? level.distance : NaN;
    const slot = this.#put(
      symbol,
      strategy,
      sequence,
      side,
      type,
      quantity,
      price,
      parent[parentRow + Order.TAG]!,
    );
    const { cells } = this.#table; // The table may have grown.
    const row = slot * STRIDE;
    cells[row + Order.LIFE] = Order.DORMANT;
    cells[row + Order.REDUCE_ONLY] = 1;
    cells[row + Order.PARENT] = cells[parentRow + Order.SEQUENCE]!;
    cells[row + Order.GROUP] = group;
    cells[row + Order.LEVEL] = level.level;
    cells[row + Order.DISTANCE] = level.distance;
    cells[row + Order.OPEN_RISK_MAX] = NaN;
    this.#record(row);
    return slot;
  }

  #put(
    symbol: number,
    strategy: number,
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
    cells[row + Order.SUBMITTED] = this.#step;
    cells[row + Order.TAG] = tag;
    return slot;
  }

  #record(row: number): void {
    const { cells } = this.#table;
    const at = this.#log.begin(KIND.order, cells[row + Order.SYMBOL]!, cells[row + Order.STRATEGY]!);
    const fields = this.#log.cells(KIND.order);
    fields[at] = cells[row + Order.SEQUENCE]!;
    fields[at + 1] = cells[row + Order.PARENT]!;
    fields[at + 2] = cells[row + Order.GROUP]!;
    fields[at + 3] = cells[row + Order.SIDE] === BUY ? 0 : 1;
    fields[at + 4] = cells[row + Order.TYPE]!;
    fields[at + 5] = cells[row + Order.QUANTITY]!;
    fields[at + 6] = cells[row + Order.PRICE]!;
    fields[at + 7] = cells[row + Order.LEVEL]!;
    fields[at + 8] = cells[row + Order.LEVEL]! <= Order.LEVEL_PRICE ? NaN : cells[row + Order.DISTANCE]!;
    fields[at + 9] = cells[row + Order.REDUCE_ONLY]!;
    fields[at + 10] = cells[row + Order.OPEN_RISK_MAX]!;
    fields[at + 11] = cells[row + Order.TAG]!;
  }
}
