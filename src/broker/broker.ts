/**
 * What the engine asks of a broker, so that the rules of other engines can stand behind the same calls.
 *
 * A broker has two faces. On the thread that owns an order it says whether the order's next bar reaches it; that needs no money
 * and runs in parallel. On the conductor, in the serial phase, it turns reached orders into fills and money.
 */
import type { BarStore } from '../market/bar-store.ts';
import type { Cursors } from '../market/cursors.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Books } from './books.ts';
import type { CancelReason, ExpiryReason, FillEffect, RejectionCode } from './order.ts';
import type { OrderTable } from './order-table.ts';
import type { Rules } from './policies.ts';

/** What a rule reads or changes: its symbol alone, or the whole account at every step. */
export type Scope = 'symbol' | 'account';

/** What settlement works on. Tables by owner; the last is the portfolio's. */
export interface BrokerMemory {
  readonly store: BarStore;
  /** Of each step: epoch milliseconds. */
  readonly times: Float64Array;
  readonly instruments: readonly Instrument[];
  readonly books: Books;
  readonly tables: readonly OrderTable[];
  /** The table that holds a symbol's orders (those of symbol strategies). */
  readonly tableOf: readonly OrderTable[];
  /** Null when the run has no portfolio strategy. */
  readonly portfolioTable: OrderTable | null;
  /** The conductor's place in every symbol, already moved to the step. */
  readonly cursors: Cursors;
  readonly rules: Rules;
}

/**
 * Where a broker writes down what it did. Each call is an event of the record, in this order within its instance, and a
 * notice to the instance. `row` is where the order stands in `table.cells`.
 */
export interface Journal {
  fill(
    table: OrderTable,
    row: number,
    effect: FillEffect,
    quantity: number,
    price: number,
    commission: number,
  ): void;
  trade(
    table: OrderTable,
    row: number,
    quantity: number,
    entryPrice: number,
    exitPrice: number,
    pnl: number,
    commission: number,
  ): void;
  reject(table: OrderTable, row: number, code: RejectionCode, price: number): void;
  cancel(table: OrderTable, row: number, reason: CancelReason): void;
  expire(table: OrderTable, row: number, reason: ExpiryReason): void;
}

/** What a run's fills amounted to that the record does not say. Counted, never silent. */
export interface Counts {
  /** Bars on which the intrabar policy decided which of two orders came first. */
  ambiguousBars: number;
  /** Stops on an entry bar that the entry price had already passed. */
  stopsPassedAtEntry: number;
  /** Fills that slippage took outside the bar's range. */
  fillsOutsideBar: number;
  /** Fills of more than 10 % of their bar's volume. */
  fillsAboveTenthOfVolume: number;
}

export interface Settlement {
  readonly counts: Counts;
  /** Settles what the bars of this step reach. `present` holds the symbols that have one, ascending. */
  settle(step: number, present: Int32Array, presentCount: number, enterPass: PhaseSetter): void;
  /** Sums the account at the last closes: one equity point. */
  mark(): void;
  /** Ends all orders that are still alive, after the last step. */
  finish(): void;
}

/** Tells the journal which pass the events to come belong to: 1, 2 or 3. */
export type PhaseSetter = (pass: 1 | 2 | 3) => void;

export interface Broker {
  readonly name: string;
  readonly scope: Scope;
  /** Its rules in sentences, for the head of every report. */
  conventions(rules: Rules): readonly string[];
  settlement(memory: BrokerMemory, journal: Journal): Settlement;
}
