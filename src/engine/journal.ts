/** Writes down what settlement does: as an event of the record, and as a notice to the instance whose order it was. */
import type { Books } from '../broker/books.ts';
import type { BrokerMemory, Journal } from '../broker/broker.ts';
import {
  CANCEL_REASONS,
  type CancelReason,
  EXIT_REASONS,
  EXPIRY_REASONS,
  type ExpiryReason,
  FILL_EFFECTS,
  type FillEffect,
  REJECTION_CODES,
  type RejectionCode,
} from '../broker/order.ts';
import { BUY, LIMIT, STOP, STOP_LIMIT, TRAILING } from '../broker/matching.ts';
import * as Order from '../broker/order-table.ts';
import type { OrderTable } from '../broker/order-table.ts';
import { KIND, type RecordLog } from '../record/record-log.ts';
import { CANCEL, EXPIRE, FILL, type NoticeQueue, REJECT } from './notices.ts';

export class SettlementJournal implements Journal {
  readonly #log: RecordLog;
  readonly #books: Books;
  readonly #queues: ReadonlyMap<OrderTable, NoticeQueue>;

  readonly #house: OrderTable;
  readonly #tableOf: readonly OrderTable[];
  readonly #portfolioTable: OrderTable | null;
  readonly #portfolioStrategy: number;

  /** @param queues of the owners' tables */
  constructor(
    log: RecordLog,
    { books, house, tableOf, portfolioTable }: BrokerMemory,
    queues: ReadonlyMap<OrderTable, NoticeQueue>,
  ) {
    this.#log = log;
    this.#books = books;
    this.#queues = queues;
    this.#house = house;
    this.#tableOf = tableOf;
    this.#portfolioTable = portfolioTable;
    this.#portfolioStrategy = portfolioTable === null ? -1 : books.strategies - 1;
  }

  order(table: OrderTable, row: number): void {
    writeOrder(this.#log, table.cells, row);
  }

  fill(
    table: OrderTable,
    row: number,
    effect: FillEffect,
    quantity: number,
    price: number,
    commission: number,
  ): void {
    const { cells } = table;
    const symbol = cells[row + Order.SYMBOL]!;
    const strategy = cells[row + Order.STRATEGY]!;
    const at = this.#log.begin(KIND.fill, symbol, strategy);
    const fields = this.#log.cells(KIND.fill);
    fields[at] = cells[row + Order.SEQUENCE]!;
    fields[at + 1] = cells[row + Order.SIDE] === BUY ? 0 : 1;
    fields[at + 2] = FILL_EFFECTS.indexOf(effect);
    fields[at + 3] = quantity;
    fields[at + 4] = price;
    fields[at + 5] = commission;
    fields[at + 6] = this.#books.quantity[symbol * this.#books.strategies + strategy]!;
    fields[at + 7] = this.#books.cash;
    this.#notify(table, row, FILL, FILL_EFFECTS.indexOf(effect), quantity, price, commission);
  }

  trade(
    table: OrderTable,
    row: number,
    quantity: number,
    entryPrice: number,
    exitPrice: number,
    pnl: number,
    commission: number,
  ): void {
    const { cells } = table;
    const symbol = cells[row + Order.SYMBOL]!;
    const strategy = cells[row + Order.STRATEGY]!;
    const book = symbol * this.#books.strategies + strategy;
    const at = this.#log.begin(KIND.trade, symbol, strategy);
    const fields = this.#log.cells(KIND.trade);
    fields[at] = this.#books.entrySequence[book]!;
    fields[at + 1] = cells[row + Order.SEQUENCE]!;
    fields[at + 2] = this.#books.entryStep[book]!;
    fields[at + 3] = this.#books.entryTime[book]!;
    fields[at + 4] = quantity;
    fields[at + 5] = entryPrice;
    fields[at + 6] = exitPrice;
    fields[at + 7] = pnl;
    fields[at + 8] = commission;
    fields[at + 9] = cells[row + Order.EXIT_REASON]!;
    fields[at + 10] = this.#books.entryTag[book]!;
    fields[at + 11] = cells[row + Order.TAG]!;
  }

  reject(table: OrderTable, row: number, code: RejectionCode, price: number): void {
    const { cells } = table;
    const quantity = cells[row + Order.QUANTITY]!;
    const detail = REJECTION_CODES.indexOf(code);
    const at = this.#log.begin(KIND.rejection, cells[row + Order.SYMBOL]!, cells[row + Order.STRATEGY]!);
    const fields = this.#log.cells(KIND.rejection);
    fields[at] = cells[row + Order.SEQUENCE]!;
    fields[at + 1] = detail;
    fields[at + 2] = quantity;
    fields[at + 3] = price;
    this.#notify(table, row, REJECT, detail, quantity, price, 0);
  }

  cancel(table: OrderTable, row: number, reason: CancelReason): void {
    writeCancel(this.#log, table.cells, row, reason);
    const quantity = table.cells[row + Order.QUANTITY]!;
    this.#notify(table, row, CANCEL, CANCEL_REASONS.indexOf(reason), quantity, NaN, 0);
  }

  expire(table: OrderTable, row: number, reason: ExpiryReason): void {
    const { cells } = table;
    const quantity = cells[row + Order.QUANTITY]!;
    const detail = EXPIRY_REASONS.indexOf(reason);
    const at = this.#log.begin(KIND.expiry, cells[row + Order.SYMBOL]!, cells[row + Order.STRATEGY]!);
    const fields = this.#log.cells(KIND.expiry);
    fields[at] = cells[row + Order.SEQUENCE]!;
    fields[at + 1] = detail;
    fields[at + 2] = quantity;
    const until = cells[row + Order.UNTIL]!;
    fields[at + 3] = reason === 'day' || reason === 'gtd' ? until : NaN;
    this.#notify(table, row, EXPIRE, detail, quantity, NaN, 0);
  }

  #notify(
    table: OrderTable,
    row: number,
    kind: number,
    detail: number,
    quantity: number,
    price: number,
    fee: number,
  ): void {
    const queue = this.#queues.get(table) ?? this.#queueOfHouse(table.cells, row);
    queue.push(row, table === this.#house, kind, detail, quantity, price, fee);
  }

  /** The broker's own orders are told to the instance whose position they close. */
  #queueOfHouse(cells: Float64Array, row: number): NoticeQueue {
    const isPortfolio = cells[row + Order.STRATEGY] === this.#portfolioStrategy;
    const table = isPortfolio ? this.#portfolioTable! : this.#tableOf[cells[row + Order.SYMBOL]!]!;
    return this.#queues.get(table)!;
  }
}

/** The event of a cancel, whoever asked for it. */
export function writeCancel(log: RecordLog, cells: Float64Array, row: number, reason: CancelReason): void {
  const at = log.begin(KIND.cancel, cells[row + Order.SYMBOL]!, cells[row + Order.STRATEGY]!);
  const fields = log.cells(KIND.cancel);
  fields[at] = cells[row + Order.SEQUENCE]!;
  fields[at + 1] = CANCEL_REASONS.indexOf(reason);
  fields[at + 2] = cells[row + Order.QUANTITY]!;
}

/** The event of an order as it is sent. */
export function writeOrder(log: RecordLog, cells: Float64Array, row: number): void {
  const at = log.begin(KIND.order, cells[row + Order.SYMBOL]!, cells[row + Order.STRATEGY]!);
  const fields = log.cells(KIND.order);
  const level = cells[row + Order.LEVEL]!;
  const until = cells[row + Order.UNTIL]!;
  fields[at] = cells[row + Order.SEQUENCE]!;
  fields[at + 1] = cells[row + Order.PARENT]!;
  fields[at + 2] = cells[row + Order.GROUP]!;
  fields[at + 3] = cells[row + Order.SIDE] === BUY ? 0 : 1;
  fields[at + 4] = cells[row + Order.TYPE]!;
  fields[at + 5] = cells[row + Order.QUANTITY]!;
  fields[at + 6] = cells[row + Order.SIZE_KIND]!;
  fields[at + 7] = cells[row + Order.SIZE]!;
  fields[at + 8] = cells[row + Order.PORTION_TO]! - cells[row + Order.PORTION_FROM]!;
  fields[at + 9] = cells[row + Order.PRICE]!;
  fields[at + 10] = cells[row + Order.LIMIT_PRICE]!;
  fields[at + 11] = cells[row + Order.TIME_IN_FORCE]!;
  fields[at + 12] = until === Infinity ? NaN : until;
  fields[at + 13] = level;
  fields[at + 14] = level <= Order.LEVEL_PRICE ? NaN : cells[row + Order.DISTANCE]!;
  fields[at + 15] = cells[row + Order.REDUCE_ONLY]!;
  fields[at + 16] = cells[row + Order.ALLOW_PARTIAL]!;
  fields[at + 17] = cells[row + Order.CLOSES]!;
  fields[at + 18] = cells[row + Order.OPEN_RISK_MAX]!;
  fields[at + 19] = cells[row + Order.TAG]!;
}

/** The event of a replace: what the order stands at now. */
export function writeReplace(log: RecordLog, cells: Float64Array, row: number): void {
  const at = log.begin(KIND.replace, cells[row + Order.SYMBOL]!, cells[row + Order.STRATEGY]!);
  const fields = log.cells(KIND.replace);
  fields[at] = cells[row + Order.SEQUENCE]!;
  fields[at + 1] = cells[row + Order.QUANTITY]!;
  fields[at + 2] = cells[row + Order.PRICE]!;
}

/** Why an order of a type closes what it closes, unless something else is said when it is sent. */
export function exitReasonOfType(type: number): number {
  const reason =
    type === LIMIT ? 'target' : type === TRAILING ? 'trailing' : isStop(type) ? 'stop' : 'signal';
  return EXIT_REASONS.indexOf(reason);
}

function isStop(type: number): boolean {
  return type === STOP || type === STOP_LIMIT;
}
