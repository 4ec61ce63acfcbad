/**
 * Rows of vectorbt's simulation, as steps are settled: prices of all columns, then what each is to trade, then the fills in turn.
 *
 * A column is a book. Orders end on the row on which they were sent, whatever became of them; a stop is an order only once it is
 * filled, and then one of the house.
 */
import { InputError } from '../../../kernel/input-error.ts';
import {
  type BrokerMemory,
  type Journal,
  noCounts,
  type PhaseSetter,
  type Settlement,
} from '../../broker.ts';
import { BUY, LIMIT, STOP, TRAILING } from '../../matching.ts';
import { type CancelReason, type RejectionCode, SIZE_KINDS } from '../../order.ts';
import * as Order from '../../order-table.ts';
import type { OrderTable } from '../../order-table.ts';
import { Intake, isAlive, type Taken } from '../intake.ts';
import { type Column, type Hit, VectorbtBooks } from './books.ts';
import {
  type ColumnOrder,
  type Direction,
  execute,
  type Filled,
  type Purse,
  type Unfilled,
} from './order.ts';
import { settingsFrom, type SizeType, type VectorbtSettings } from './settings.ts';
import {
  compareValues,
  hitPrice,
  type Intent,
  intentOf,
  levelOf,
  noSignals,
  type Range,
  resolve,
  roughValue,
  type Size,
  stopSignals,
} from './signals.ts';

/** What an order without a fill is told. */
const CANCELS: Partial<Record<Unfilled, CancelReason>> = {
  'no price': 'no price',
  'nothing to trade': 'ignored',
};
const REJECTIONS: Partial<Record<Unfilled, RejectionCode>> = {
  'no position': 'NO_SHORT',
  'no value': 'INSUFFICIENT_CASH',
  'no cash': 'INSUFFICIENT_CASH',
  'only a part': 'INSUFFICIENT_CASH',
  'above maxSize': 'TRADE_SIZE',
  'below minSize': 'LOT',
};

/** How the number of a target is read. */
const TARGETS: Readonly<Record<SizeType, SizeType>> = {
  amount: 'targetAmount',
  value: 'targetValue',
  percent: 'targetPercent',
  targetAmount: 'targetAmount',
  targetValue: 'targetValue',
  targetPercent: 'targetPercent',
};

/** Who gave a signal. */
type Giver = Taken | Hit;

interface Planned extends ColumnOrder {
  readonly column: Column;
  readonly giver: Giver;
}

export class VectorbtSettlement implements Settlement {
  readonly counts = noCounts();
  readonly #memory: BrokerMemory;
  readonly #books: VectorbtBooks;
  readonly #journal: Journal;
  readonly #settings: VectorbtSettings;
  readonly #intake: Intake;
  readonly #purse: Purse;

  /** @throws {InputError} for a run that the tool could not be given */
  constructor(memory: BrokerMemory, journal: Journal) {
    const { books, rules, instruments } = memory;
    this.#memory = memory;
    this.#books = new VectorbtBooks(memory, journal);
    this.#journal = journal;
    this.#settings = settingsFrom(rules);
    this.#intake = new Intake(memory);
    this.#purse = { cash: rules.cash, freeCash: rules.cash };
    if (!this.#settings.cashSharing && books.count > 1)
      throw new InputError('cashSharing false gives each symbol cash of its own: run one symbol at a time');
    if (instruments.some(({ multiplier }) => multiplier !== 1))
      throw new InputError('the fill rules of vectorbt have no multipliers: a unit is worth its price');
  }

  settle(step: number, present: Int32Array, presentCount: number, enterPass: PhaseSetter): void {
    enterPass(3);
    this.#books.at(step);
    const { strategies } = this.#memory.books;
    const all = this.#books.columns;
    const taken = this.#intake.take();
    const asked = Map.groupBy(taken, ({ symbol, strategy }) => symbol * strategies + strategy);
    const columns = this.#columnsOf(present, presentCount);
    for (const column of columns) column.valuation = this.#priceOf(column);

    const value = taken.length > 0 ? this.#value() : NaN;
    const planned: Planned[] = [];
    for (const column of columns)
      this.#plan(column, asked.get(column.book) ?? [], this.#priceOf(column), planned);
    if (taken.length > 0) {
      const isPresent = new Set(columns);
      for (const [book, orders] of asked)
        if (!isPresent.has(all[book]!)) this.#plan(all[book]!, orders, NaN, planned);
    }
    this.#sort(planned, value);
    for (const order of planned) this.#execute(order, value);
    for (const order of taken) if (isAlive(order)) this.#cancel(order.table, order.row, 'ignored');
  }

  mark(): void {
    this.#books.mark();
  }

  /** Nothing is alive: every order has ended on its own row. */
  finish(): void {}

  #columnsOf(present: Int32Array, presentCount: number): Column[] {
    const { strategies } = this.#memory.books;
    const columns: Column[] = [];
    for (let i = 0; i < presentCount; i++) {
      const first = present[i]! * strategies;
      this.#books.sweepHouse(present[i]!);
      columns.push(...this.#books.columns.slice(first, first + strategies));
    }
    return columns;
  }

  #priceOf(column: Column): number {
    if (this.#settings.price === 'close') return this.#closeOf(column);
    const { store, cursors } = this.#memory;
    return store.columns(column.symbol).open[cursors.index[column.symbol]!]!;
  }

  #closeOf({ symbol }: Column): number {
    const { store, cursors } = this.#memory;
    return store.columns(symbol).close[cursors.index[symbol]!]!;
  }

  /** Cash, and what is held at the last known prices, columns from left to right. */
  #value(): number {
    let value = this.#purse.cash;
    for (const { position, valuation } of this.#books.columns)
      if (position !== 0) value += position * valuation;
    return value;
  }

  /** @param price of the row, NaN without a bar */
  #plan(column: Column, orders: readonly Taken[], price: number, planned: Planned[]): void {
    const { slippage, stopExitPrice } = this.#settings;
    const hit = Number.isNaN(price) ? null : this.#hit(column);
    const intent = hit === null ? this.#askedOf(column, orders) : this.#intentOf(hit, column);
    if (intent === null || (intent.size === 0 && !intent.sizeType.startsWith('target'))) return;
    const allowPartial = this.#settings.allowPartial || ('table' in intent.giver && mayBePart(intent.giver));
    const order = { ...intent, column, allowPartial };
    if (hit === null) planned.push({ ...order, price, slippage });
    else if (stopExitPrice === 'stopLimit') planned.push({ ...order, price: hit.price, slippage: 0 });
    else if (stopExitPrice === 'stopMarket') planned.push({ ...order, price: hit.price, slippage });
    else
      planned.push({ ...order, price: stopExitPrice === 'close' ? this.#closeOf(column) : price, slippage });
  }

  /** Whether the row's bar hits the column's stop, else its target; then a trailing stop follows the bar. */
  #hit(column: Column): Hit | null {
    const { stopLoss, takeProfit, stopTrail } = this.#settings;
    const { position, lossBase, profitBase } = column;
    if (position === 0 || (stopLoss === null && takeProfit === null)) return null;
    const range = this.#rangeOf(column);
    const isLong = position > 0;
    let hit: Hit | null = null;
    if (stopLoss !== null) {
      const price = hitPrice(lossBase, stopLoss, isLong, range);
      if (stopTrail)
        column.lossBase = isLong ? Math.max(lossBase, range.high) : Math.min(lossBase, range.low);
      const level = levelOf(lossBase, stopLoss, isLong);
      if (!Number.isNaN(price))
        hit = { type: stopTrail ? TRAILING : STOP, level, price, distance: stopLoss * 100 };
    }
    if (hit !== null || takeProfit === null) return hit;
    const price = hitPrice(profitBase, takeProfit, !isLong, range);
    return Number.isNaN(price)
      ? null
      : { type: LIMIT, level: levelOf(profitBase, takeProfit, !isLong), price, distance: 0 };
  }

  #rangeOf(column: Column): Range {
    const { store, cursors } = this.#memory;
    const { open, high, low, close } = store.columns(column.symbol);
    const index = cursors.index[column.symbol]!;
    if (this.#settings.stopUsesRange) return { open: open[index]!, high: high[index]!, low: low[index]! };
    return { open: close[index]!, high: close[index]!, low: close[index]! };
  }

  #intentOf(hit: Hit, { position, valuation }: Column): Intent<Giver> | null {
    const { signals, accumulate } = stopSignals<Giver>(hit, position, this.#settings);
    return intentOf(signals, position, accumulate, valuation, (giver) => this.#sizeOf(giver));
  }

  #askedOf(column: Column, orders: readonly Taken[]): Intent<Giver> | null {
    if (orders.length === 0) return null;
    const { source, longShort } = this.#settings;
    const { position, valuation } = column;
    const target = orders.find((order) => isTarget(order));
    if (source === 'orders') return this.#sizedBy(orders[0]!, position, 'both');
    if (target !== undefined) return this.#sizedBy(target, position, longShort ? 'both' : 'long');

    const signals = noSignals<Giver>();
    for (const order of orders) {
      const isReduceOnly = order.table.cells[order.row + Order.REDUCE_ONLY] === 1;
      if (isBuy(order)) signals[isReduceOnly ? 'shortExit' : 'longEntry'] ??= order;
      else signals[isReduceOnly || !longShort ? 'longExit' : 'shortEntry'] ??= order;
    }
    const accumulate = resolve(signals, position, this.#settings);
    return intentOf(signals, position, accumulate, valuation, (giver) => this.#sizeOf(giver));
  }

  /** Of an order whose size says it all. One that only reduces is null if there is nothing to reduce, and never opens. */
  #sizedBy(order: Taken, position: number, direction: Direction): Intent<Giver> | null {
    const { cells } = order.table;
    const { size, sizeType } = this.#ownSize(order);
    const given = cells[order.row + Order.SIZE]!;
    const sign = isTarget(order) || isBuy(order) ? 1 : -1;
    if (cells[order.row + Order.REDUCE_ONLY] === 0)
      return { size: sign * size, sizeType, direction, giver: order };
    if (sign * position >= 0) return null;
    const own = position > 0 ? 'long' : 'short';
    const isInUnits = SIZE_KINDS[cells[order.row + Order.SIZE_KIND]!] === 'units';
    if (isInUnits) return { size: sign * given, sizeType: 'amount', direction: own, giver: order };
    const least = sizeType === 'percent' ? Math.min(size, 1) : size;
    return { size: sign * least, sizeType, direction: own, giver: order };
  }

  #sizeOf(giver: Giver): Size {
    const { size, sizeType } = this.#settings;
    if (size !== undefined) return { size: size ?? Infinity, sizeType };
    return 'table' in giver ? this.#ownSize(giver) : { size: NaN, sizeType };
  }

  #ownSize({ table, row }: Taken): Size {
    const { sizeType } = this.#settings;
    const { cells } = table;
    const size = cells[row + Order.SIZE]!;
    switch (SIZE_KINDS[cells[row + Order.SIZE_KIND]!]) {
      case 'cash':
        return { size, sizeType: 'value' };
      case 'percent':
        return { size: size / 100, sizeType: 'percent' };
      case 'target quantity':
        return { size, sizeType: TARGETS[sizeType] };
      case 'target value':
        return { size, sizeType: 'targetValue' };
      case 'target percent':
        return { size: size / 100, sizeType: 'targetPercent' };
      default: // In units, it is whole lots.
        return { size: sizeType === 'amount' ? cells[row + Order.QUANTITY]! : size, sizeType };
    }
  }

  #sort(planned: Planned[], value: number): void {
    const { callSequence } = this.#settings;
    const { cash, freeCash } = this.#purse;
    const sign = callSequence === 'reversed' ? -1 : 1;
    planned.sort((a, b) => sign * (a.column.book - b.column.book));
    if (callSequence !== 'auto') return;
    const worth = new Map(
      planned.map((order) => {
        const { position, valuation } = order.column;
        return [order, roughValue(order, position, valuation, cash, freeCash, value)];
      }),
    );
    planned.sort((a, b) => compareValues(worth.get(a)!, worth.get(b)!));
  }

  #execute(order: Planned, value: number): void {
    const { column, giver, price } = order;
    const before = column.position;
    const { cash } = this.#purse;
    const filled = execute(this.#purse, column, order, column.valuation, value, this.#settings);
    if (typeof filled === 'string') {
      if ('table' in giver) this.#refuse(giver, filled, price);
      return;
    }
    const { table, row } = 'table' in giver ? giver : this.#books.houseOrder(column, giver, filled);
    this.#books.fill(table, row, column, before, cash, this.#purse.cash, filled);
    this.#protect(column, before, order, filled);
  }

  #refuse({ table, row }: Taken, why: Unfilled, price: number): void {
    const code = REJECTIONS[why];
    if (code === undefined) return this.#cancel(table, row, CANCELS[why]!);
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.reject(table, row, code, price);
  }

  #cancel(table: OrderTable, row: number, reason: CancelReason): void {
    table.cells[row + Order.LIFE] = Order.DONE;
    this.#journal.cancel(table, row, reason);
  }

  /** Sets, moves or ends the column's stop and target after a fill. */
  #protect(column: Column, before: number, { price }: Planned, filled: Filled): void {
    const { stopLoss, takeProfit, stopEntryPrice } = this.#settings;
    const { position } = column;
    const isNew = Math.sign(position) !== Math.sign(before);
    if (position !== 0 && !isNew && Math.abs(position) <= Math.abs(before)) return;
    let base = NaN;
    if (position !== 0) {
      if (stopEntryPrice === 'fillPrice') base = filled.price;
      else if (stopEntryPrice === 'price') base = price;
      else base = stopEntryPrice === 'valPrice' ? column.valuation : this.#closeOf(column);
    }
    column.lossBase = stopLoss === null ? NaN : base;
    column.profitBase = takeProfit === null ? NaN : base;
  }
}

function isTarget({ table, row }: Taken): boolean {
  return SIZE_KINDS[table.cells[row + Order.SIZE_KIND]!]!.startsWith('target');
}

function isBuy({ table, row }: Taken): boolean {
  return table.cells[row + Order.SIDE] === BUY;
}

function mayBePart({ table, row }: Taken): boolean {
  return table.cells[row + Order.ALLOW_PARTIAL] === 1;
}
