/** Writes down what settlement does: as an event of the record, and as a notice to the instance whose order it was. */
import type { Books } from '../broker/books.ts';
import type { Journal } from '../broker/broker.ts';
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
import { BUY, LIMIT, STOP } from '../broker/matching.ts';
import * as Order from '../broker/order-table.ts';
import type { OrderTable } from '../broker/order-table.ts';
import { KIND, type RecordLog } from '../record/record-log.ts';
import { CANCEL, EXPIRE, FILL, type NoticeQueue, REJECT } from './notices.ts';

export class SettlementJournal implements Journal {
  readonly #log: RecordLog;
  readonly #books: Books;
  readonly #queues: ReadonlyMap<OrderTable, NoticeQueue>;

  constructor(log: RecordLog, books: Books, queues: ReadonlyMap<OrderTable, NoticeQueue>) {
    this.#log = log;
    this.#books = books;
    this.#queues = queues;
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
    this.#queueOf(table).push(row, FILL, FILL_EFFECTS.indexOf(effect), quantity, price, commission);
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
    fields[at + 9] = exitReasonOf(cells[row + Order.TYPE_SENT]!);
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
    this.#queueOf(table).push(row, REJECT, detail, quantity, price, 0);
  }

  cancel(table: OrderTable, row: number, reason: CancelReason): void {
    writeCancel(this.#log, table.cells, row, reason);
    this.#queueOf(table).push(
      row,
      CANCEL,
      CANCEL_REASONS.indexOf(reason),
      table.cells[row + Order.QUANTITY]!,
      NaN,
      0,
    );
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
    fields[at + 3] = NaN;
    this.#queueOf(table).push(row, EXPIRE, detail, quantity, NaN, 0);
  }

  #queueOf(table: OrderTable): NoticeQueue {
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

function exitReasonOf(type: number): number {
  return EXIT_REASONS.indexOf(type === STOP ? 'stop' : type === LIMIT ? 'target' : 'signal');
}
