/**
 * The rules of zipline's simulation (zipline-reloaded 3.1, daily sessions), number for number.
 *
 *  1. Every step is a session, also one in which a symbol has no bar. Orders are tried from the next session on, and cancels act before
 *     that. Only the close and the volume of a session count; without volume a symbol's orders wait.
 *  2. Symbols come in the order in which they got their first open order, and come last again once they had none; the orders of a
 *     symbol in the order in which they were sent. A buy stop is reached at a close ≥ stop, a buy limit at a close ≤ limit, a sell
 *     mirrored; a stop-limit is a limit from the close on that reaches its stop. What was reached once is a market order for the rest.
 *  3. Fills are at the close, moved by the slippage model. fixedBasisPoints and volumeShare cap the volume of a symbol and session, all
 *     its orders together; fixed and none fill whole orders.
 *  4. Amounts are whole: the nearest number if it is within 0.0001, else cut off toward 0. An amount of 0 makes no order. Limits and
 *     stops go to 0.01: buy limits and sell stops down unless they are within 0.05 of a tick of the next, the others mirrored.
 *  5. Money: each fill adds −(price × amount) to cash. When all fills of a session are booked, their commissions are taken off in the
 *     same order; so the cash told with a fill is that before the commissions of its session.
 *  6. Equity is cash + (longs + shorts), each kind summed at the last closes in the order in which the positions were opened.
 *
 * Faults that are reproduced because results depend on them:
 *
 *  - Nothing checks cash, margin or shorts. Cash may fall below 0 without limit, and nobody is liquidated.
 *  - A limit is filled at the close and its slippage, beyond the limit too; volumeShare alone looks at the limit again, and not at one of 0.
 *  - fixed and none fill orders of any size on any volume.
 *  - Where an order finds the cap of volumeShare or fixedBasisPoints used up, those behind it are not even asked whether they are reached.
 *  - The cancel policy `endOfDay` takes the oldest order of every symbol that has more than one, and leaves the others.
 *  - `close()` sends an order for what is held at the call, which can open a position by the time that it is filled.
 *
 * Not here: minutes, futures and multipliers, other ticks than 0.01, splits and dividends, and all that `check` refuses. A position of
 * several strategies is one in the equity (rule 6); the books keep what is whose.
 */
import { InputError } from '../../kernel/input-error.ts';
import { type Broker, type BrokerMemory, type DeskRules, type Journal, noCounts } from '../broker.ts';
import type { PhaseSetter, Settlement } from '../broker.ts';
import { LIMIT, MARKET, STOP, STOP_LIMIT } from '../matching.ts';
import { OrderError, SIZE_KINDS } from '../order.ts';
import type { CheckedOrder } from '../order-check.ts';
import * as Row from '../order-table.ts';
import type { Rules } from '../policies.ts';
import { Grain } from '../rounding.ts';
import { Intake, type Taken } from './intake.ts';
import { type Execution, executionOf, type Order } from './zipline/models.ts';
import { settingsFrom, settingsInWords, type ZiplineSettings } from './zipline/settings.ts';

export { settingsFrom, ZIPLINE_DEFAULTS, type ZiplineSettings } from './zipline/settings.ts';

const desk: DeskRules = {
  check,
  cancels: 'at settlement', // Where nothing else comes first; so an order that lived for a call still gave its symbol its place.
  hasReplace: false,
  sizesLater: false,
  hasGroups: false,
};

export const ziplineBroker: Broker = {
  name: 'zipline',
  isSameStep: false,
  desk,
  scope: () => 'account',
  conventions,
  settlement: (memory: BrokerMemory, journal: Journal) => new ZiplineSettlement(memory, journal),
};

const TYPES = new Set([MARKET, LIMIT, STOP, STOP_LIMIT]);

/** @throws {OrderError} for an order that the tool does not have, with what it has */
function check(order: CheckedOrder): void {
  const { type, price, limitPrice, stop, targets, timeInForce, closes, openRiskMax } = order;
  if (!TYPES.has(type))
    refuse('trailing stops or orders on the close', 'market, limit, stop and stop-limit orders');
  if (price < 0 || limitPrice < 0) refuse('prices below 0', 'limits and stops from 0 up');
  if (stop !== null || targets.length > 0)
    refuse('brackets', 'stops and limits that are sent when the entry is filled');
  if (timeInForce !== 0) refuse('times in force', 'orders that stay, and cancel()');
  if (closes !== 0) refuse('orders that close a certain trade', 'one position a symbol');
  if (!Number.isNaN(openRiskMax)) refuse('limit of open risk', 'a size that is chosen for it');
  if (order.isReduceOnly && type !== MARKET) refuse('reduce-only orders', 'plain ones, and close()');
}

function refuse(what: string, instead: string): never {
  throw new OrderError(`the fill rules of zipline have no ${what}, but ${instead}`);
}

function conventions(rules: Rules): string[] {
  return [
    "fills as zipline-reloaded 3.1's daily simulation has them; its faults that results depend on are reproduced on purpose",
    'every step is a session; orders are tried from the next session on, against its close and volume alone',
    'an order waits while its symbol has no volume; one that was reached once is filled at the next chance, whatever the price',
    'limits fill at the close, not at their price; limits and stops are rounded to 0.01',
    'amounts are whole units; one that rounds to 0 is refused',
    'cash, margin and shorts are not checked: cash may fall below 0, and nobody is liquidated',
    'commissions are charged after all fills of a session: the cash told with a fill is that before them',
    'close() sends an order for what is held at the call; it can open a position if another order fills first',
    ...settingsInWords(settingsFrom(rules)),
  ];
}

const TICK = 0.01;
/** How far a price is moved before it goes to the nearest tick: 0.45 of one, less a few roundings. */
const LEAN = (0.95 - 0.5) * TICK - 10 * Number.EPSILON;
const NEAR_WHOLE = 1e-4;

/** The amount of an order for `size` units. */
export function wholeAmount(size: number): number {
  const nearest = Math.round(size);
  return Math.abs(size - nearest) <= NEAR_WHOLE ? nearest : Math.trunc(size);
}

/** A limit or stop on the grid of prices. */
export function tickPrice(price: number, prefersDown: boolean): number {
  return TICK * Math.round((price - (prefersDown ? LEAN : -LEAN)) / TICK);
}

interface OpenOrder extends Order {
  readonly taken: Taken;
}

interface Transaction {
  readonly order: OpenOrder;
  readonly amount: number;
  readonly price: number;
  readonly commission: number;
}

const WHOLE = new Grain(1);
const TENTH = 0.1;
const UNITS = SIZE_KINDS.indexOf('units');

class ZiplineSettlement implements Settlement {
  readonly counts = noCounts();
  readonly #memory: BrokerMemory;
  readonly #journal: Journal;
  readonly #settings: ZiplineSettings;
  readonly #execution: Execution;
  readonly #intake: Intake;
  /** By symbol, in the order of rule 2. */
  readonly #open = new Map<number, OpenOrder[]>();
  /** Amounts by symbol, in the order in which they were opened. */
  readonly #held = new Map<number, number>();

  constructor(memory: BrokerMemory, journal: Journal) {
    const { store, instruments, rules } = memory;
    const odd = instruments.findIndex(({ multiplier }) => multiplier !== 1);
    if (odd >= 0)
      throw new InputError(
        `the fill rules of zipline know shares alone: ${store.names[odd]} has a multiplier of ${instruments[odd]!.multiplier}, which must be 1`,
      );
    this.#memory = memory;
    this.#journal = journal;
    this.#settings = settingsFrom(rules);
    this.#execution = executionOf(this.#settings);
    this.#intake = new Intake(memory);
  }

  settle(step: number, present: Int32Array, presentCount: number, enterPass: PhaseSetter): void {
    const { books } = this.#memory;
    enterPass(1);
    this.#endSession();
    enterPass(3);
    const withBar = new Set(present.subarray(0, presentCount));
    const transactions: Transaction[] = [];
    for (const [symbol, orders] of this.#open)
      if (withBar.has(symbol)) this.#tryAll(symbol, orders, transactions);
    this.#prune();
    for (const transaction of transactions) this.#book(transaction, step);
    for (const { commission } of transactions) books.cash += -commission;
  }

  mark(): void {
    const { books } = this.#memory;
    let [longs, shorts, gross] = [0, 0, 0];
    for (const [symbol, amount] of this.#held) {
      const value = amount * this.#lastClose(symbol);
      if (value > 0) longs += value;
      else shorts += value;
    }
    for (let book = 0; book < books.count; book++) {
      const held = books.quantity[book]!;
      if (held !== 0) gross += Math.abs(held) * this.#lastClose(Math.floor(book / books.strategies));
    }
    books.equity = books.cash + (longs + shorts);
    books.gross = gross;
  }

  finish(): void {
    this.#endSession();
    for (const { taken } of [...this.#open.values()].flat()) {
      taken.table.cells[taken.row + Row.LIFE] = Row.DONE;
      this.#journal.expire(taken.table, taken.row, 'end of data');
    }
    this.#open.clear();
  }

  /** What strategies did in the session before, and then its cancel policy. */
  #endSession(): void {
    for (const taken of this.#intake.take()) this.#admit(taken);
    for (const orders of this.#open.values())
      for (const order of orders.filter(isCancelAsked)) this.#cancel(orders, order, 'request');
    if (this.#settings.cancelPolicy === 'never') return;
    for (const orders of this.#open.values())
      if (orders.length > 1) this.#cancel(orders, orders[0]!, 'end of day');
  }

  #admit(taken: Taken): void {
    const { row, symbol, table } = taken;
    const { cells } = table;
    const isPlain = cells[row + Row.SIZE_KIND] === UNITS;
    const units = wholeAmount(cells[row + (isPlain ? Row.SIZE : Row.QUANTITY)]!);
    if (units === 0) {
      cells[row + Row.LIFE] = Row.DONE;
      return this.#journal.reject(table, row, 'LOT', Number.NaN);
    }
    cells[row + Row.QUANTITY] = units;
    const side = cells[row + Row.SIDE]!;
    const order: OpenOrder = {
      taken,
      side,
      amount: side * units,
      filled: 0,
      paid: 0,
      ...levelsOf(cells, row),
    };
    const orders = this.#open.get(symbol);
    if (orders === undefined) this.#open.set(symbol, [order]);
    else orders.push(order);
  }

  #cancel(orders: OpenOrder[], order: OpenOrder, reason: 'request' | 'end of day'): void {
    const { table, row } = order.taken;
    orders.splice(orders.indexOf(order), 1);
    table.cells[row + Row.LIFE] = Row.DONE;
    this.#journal.cancel(table, row, reason);
  }

  #tryAll(symbol: number, orders: readonly OpenOrder[], into: Transaction[]): void {
    const bars = this.#memory.store.columns(symbol);
    const index = this.#memory.cursors.index[symbol]!;
    const close = bars.close[index]!;
    const volume = bars.volume[index]!;
    if (volume === 0) return;
    const { slippage, commission } = this.#execution;
    let traded = 0;
    for (const order of orders) {
      if (!isReached(order, close)) continue;
      const tried = slippage(order, close, volume, traded);
      if (tried === 'no volume') return;
      if (tried === 'not now') continue;
      const { amount, price } = tried;
      const cost = commission(order, amount, price);
      order.filled += amount;
      order.paid += cost;
      traded += Math.abs(amount);
      // At a price below 0 a commission by the value is one, too, and nobody is paid it.
      into.push({ order, amount, price, commission: Math.max(0, cost) });
      if (price > bars.high[index]! || price < bars.low[index]!) this.counts.fillsOutsideBar++;
      if (Math.abs(amount) > TENTH * volume) this.counts.fillsAboveTenthOfVolume++;
    }
  }

  /** A symbol without open orders loses its place. */
  #prune(): void {
    for (const [symbol, orders] of this.#open) {
      const left = orders.filter(({ amount, filled }) => amount !== filled);
      if (left.length === 0) this.#open.delete(symbol);
      else this.#open.set(symbol, left);
    }
  }

  #book({ order, amount, price, commission }: Transaction, step: number): void {
    const { books, times } = this.#memory;
    const { table, row, symbol, strategy, sequence } = order.taken;
    const { cells } = table;
    books.cash += -(price * amount);
    this.#hold(symbol, amount);
    const rest = cells[row + Row.QUANTITY]! - Math.abs(amount);
    cells[row + Row.QUANTITY] = rest;
    if (rest === 0) cells[row + Row.LIFE] = Row.DONE;

    const book = symbol * books.strategies + strategy;
    const held = books.quantity[book]!;
    const closing = held * amount < 0 ? Math.min(Math.abs(held), Math.abs(amount)) : 0;
    const opening = Math.abs(amount) - closing;
    const closingFee = opening === 0 ? commission : partOf(commission, closing / Math.abs(amount));
    if (closing > 0) {
      const entryPrice = books.averagePrice[book]!;
      const closed = held > 0 ? closing : -closing;
      const carried = books.close(book, closing, WHOLE);
      this.#journal.fill(table, row, 'close', closing, price, closingFee);
      this.#journal.trade(
        table,
        row,
        closed,
        entryPrice,
        price,
        closed * (price - entryPrice),
        carried + closingFee,
      );
    }
    if (opening === 0) return;
    if (books.quantity[book] === 0) {
      books.entrySequence[book] = sequence;
      books.entryTag[book] = cells[row + Row.TAG]!;
      books.entryStep[book] = step;
      books.entryTime[book] = times[step]!;
    }
    const openingFee = commission - closingFee;
    books.open(book, order.side * opening, price, 0, WHOLE);
    books.carriedFees[book] = books.carriedFees[book]! + openingFee;
    this.#journal.fill(table, row, 'open', opening, price, openingFee);
  }

  #hold(symbol: number, amount: number): void {
    const held = (this.#held.get(symbol) ?? 0) + amount;
    if (held === 0) this.#held.delete(symbol);
    else this.#held.set(symbol, held);
  }

  #lastClose(symbol: number): number {
    return this.#memory.store.columns(symbol).close[this.#memory.cursors.index[symbol]!]!;
  }
}

/** What an order waits for. */
function levelsOf(cells: Float64Array, row: number): Pick<OpenOrder, 'stop' | 'limit' | 'worst'> {
  const type = cells[row + Row.TYPE]!;
  const isBuy = cells[row + Row.SIDE]! > 0;
  const stop = type === STOP || type === STOP_LIMIT ? tickPrice(cells[row + Row.PRICE]!, !isBuy) : null;
  if (type === MARKET || type === STOP) return { stop, limit: null, worst: null };
  const limit = tickPrice(cells[row + (type === LIMIT ? Row.PRICE : Row.LIMIT_PRICE)]!, isBuy);
  return { stop, limit, worst: limit };
}

/** Whether the order is a market order at this close or was one before. Forgets the levels that were reached. */
function isReached(order: OpenOrder, close: number): boolean {
  const { side, stop, limit } = order;
  if (stop !== null && side * close < side * stop) return false;
  order.stop = null;
  if (limit !== null && side * close > side * limit) return false;
  order.limit = null;
  return true;
}

function isCancelAsked({ taken: { table, row } }: OpenOrder): boolean {
  return table.cells[row + Row.CANCEL_ASKED]! > 0;
}

/** About this fraction of a commission, such that it and the rest add up to the whole to the last bit: a multiple of its last bit. */
function partOf(commission: number, fraction: number): number {
  return commission * fraction + commission - commission;
}
