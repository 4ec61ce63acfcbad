/**
 * The trades of backtesting.py and its money: each trade keeps its own entry, opening costs a commission and nothing else, and closing
 * takes size × (exit − entry) and costs a commission again. Sums run from left to right over the trades as they were opened.
 */
import type { BarViews } from '../../../market/bar-store.ts';
import type { BrokerMemory, Journal } from '../../broker.ts';
import { BUY, MARKET, SELL } from '../../matching.ts';
import { EXIT_REASONS, type ExitReason } from '../../order.ts';
import * as Order from '../../order-table.ts';
import { type OrderTable, STRIDE } from '../../order-table.ts';
import type { BacktestingPySettings } from './rules.ts';
import type { Taken } from '../intake.ts';

/** An order in the queue. What kind it is, its prices and what is left of it stand in its row. */
export interface Queued extends Taken {
  /** Without its side: units, or below 1 a fraction of the free margin. */
  size: number;
  /** What it closes; null for an entry. */
  trade: Trade | null;
  /** Children that sleep until it opens a trade. */
  stop: Queued | null;
  target: Queued | null;
}

export interface Trade {
  /** Of the order that opened it. */
  readonly entry: number;
  readonly tag: number;
  readonly opened: Moment;
  readonly price: number;
  /** Signed. */
  size: number;
  stop: Queued | null;
  target: Queued | null;
}

/** When a bar was. */
export interface Moment {
  readonly step: number;
  readonly time: number;
}

/** A market order of the broker's own, in the house's table, that closes all of a trade. */
export function closingOrder(house: OrderTable, sequence: number, trade: Trade, reason: ExitReason): Queued {
  const row = house.add(0, 0, sequence) * STRIDE;
  const { cells } = house;
  const size = Math.abs(trade.size);
  cells[row + Order.LIFE] = Order.LIVE;
  cells[row + Order.TYPE] = MARKET;
  cells[row + Order.TYPE_SENT] = MARKET;
  cells[row + Order.SIDE] = trade.size > 0 ? SELL : BUY;
  cells[row + Order.QUANTITY] = size;
  cells[row + Order.SIZE] = size;
  cells[row + Order.PRICE] = NaN;
  cells[row + Order.LIMIT_PRICE] = NaN;
  cells[row + Order.UNTIL] = Infinity;
  cells[row + Order.PORTION_TO] = 1;
  cells[row + Order.OPEN_RISK_MAX] = NaN;
  cells[row + Order.CLOSES] = trade.entry;
  cells[row + Order.TAG] = trade.tag;
  cells[row + Order.EXIT_REASON] = EXIT_REASONS.indexOf(reason);
  return { table: house, row, sequence, symbol: 0, strategy: 0, size, trade, stop: null, target: null };
}

export class Trades {
  /** Those that are open. */
  readonly list: Trade[] = [];
  readonly #memory: BrokerMemory;
  readonly #journal: Journal;
  readonly #bars: BarViews;
  readonly #fixed: number;
  readonly #rate: number;
  readonly #leverage: number;
  #cash: number;
  #index = -1;

  constructor(memory: BrokerMemory, journal: Journal, { commission, margin }: BacktestingPySettings) {
    this.#memory = memory;
    this.#journal = journal;
    this.#bars = memory.store.columns(0);
    this.#fixed = commission.fixed;
    this.#rate = commission.rate;
    this.#leverage = 1 / margin;
    this.#cash = memory.books.cash;
  }

  /** Trades are valued at the close of this bar from now on. */
  moveTo(index: number): void {
    this.#index = index;
  }

  commission(size: number, price: number): number {
    return this.#fixed + Math.abs(size) * price * this.#rate;
  }

  get equity(): number {
    if (this.list.length === 0) return this.#cash;
    const { held, paid } = this.#sums();
    return this.#cash + (this.#bars.close[this.#index]! * held - paid);
  }

  /** What may be opened: the margin that no trade takes up, levered. */
  get buyingPower(): number {
    const close = this.#bars.close[this.#index]!;
    let used = 0;
    for (const { size } of this.list) used += (Math.abs(size) * close) / this.#leverage;
    return Math.max(0, this.equity - used) * this.#leverage;
  }

  open(order: Queued, units: number, price: number, opened: Moment): Trade {
    const { table, row, sequence } = order;
    const size = table.cells[row + Order.SIDE] === BUY ? units : -units;
    const tag = table.cells[row + Order.TAG]!;
    const trade: Trade = { entry: sequence, tag, opened, price, size, stop: null, target: null };
    const fee = this.commission(size, price);
    this.list.push(trade);
    this.#cash -= fee;
    this.#book(order, units);
    this.#journal.fill(table, row, 'open', units, price, fee);
    return trade;
  }

  /** Closes so many units of a trade, at most all. Returns how many. */
  close(trade: Trade, order: Queued, units: number, price: number): number {
    const { table, row } = order;
    const closed = Math.min(units, Math.abs(trade.size));
    const size = trade.size < 0 ? -closed : closed;
    const pnl = size * (price - trade.price);
    const fee = this.commission(closed, price);
    this.#cash += pnl - fee;
    trade.size -= size;
    if (trade.size === 0) this.list.splice(this.list.indexOf(trade), 1);
    this.#book(order, closed);

    const { books } = this.#memory;
    books.entrySequence[0] = trade.entry;
    books.entryStep[0] = trade.opened.step;
    books.entryTime[0] = trade.opened.time;
    books.entryTag[0] = trade.tag;
    this.#journal.fill(table, row, 'close', closed, price, fee);
    this.#journal.trade(
      table,
      row,
      size,
      trade.price,
      price,
      pnl,
      fee + this.commission(closed, trade.price),
    );
    return closed;
  }

  /** The account at the last close. */
  mark(): void {
    const { books } = this.#memory;
    const close = this.#bars.close[this.#index]!;
    let gross = 0;
    for (const { size } of this.list) gross += Math.abs(size) * close;
    books.equity = this.equity;
    books.gross = gross;
  }

  /** Takes what is filled off the order's row, and puts the account into the books. */
  #book({ table, row }: Queued, filled: number): void {
    const { cells } = table;
    const { books } = this.#memory;
    cells[row + Order.QUANTITY]! -= filled;
    if (cells[row + Order.QUANTITY] === 0) cells[row + Order.LIFE] = Order.DONE;
    const { held, paid } = this.#sums();
    books.quantity[0] = held;
    books.averagePrice[0] = held === 0 ? NaN : paid / held;
    books.cash = this.#cash;
  }

  #sums(): { held: number; paid: number } {
    let held = 0;
    let paid = 0;
    for (const { size, price } of this.list) {
      held += size;
      paid += size * price;
    }
    return { held, paid };
  }
}
