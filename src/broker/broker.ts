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
import type { CheckedOrder } from './order-check.ts';
import type { OrderTable } from './order-table.ts';
import type { IntrabarPolicy, Rules } from './policies.ts';

/** What a rule reads or changes: its symbol alone, or the whole account at every step. */
export type Scope = 'symbol' | 'account';

/** What settlement works on. Tables by owner: the workers', the portfolio's if there is one, and last the house's. */
export interface BrokerMemory {
  readonly store: BarStore;
  /** Of each step: epoch milliseconds. */
  readonly times: Float64Array;
  readonly instruments: readonly Instrument[];
  readonly books: Books;
  readonly tables: readonly OrderTable[];
  /** Where the broker puts orders of its own, such as liquidations. No thread owns it but the conductor. */
  readonly house: OrderTable;
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
  /** An order of the broker's own. Of those of strategies the record has been told when they were sent. */
  order(table: OrderTable, row: number): void;
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
  /** Positions that were closed for want of maintenance margin. */
  liquidations: number;
  /** What the ambiguous bars alone, each valued at its close, would have added to equity under each policy. */
  readonly underPolicy: Record<IntrabarPolicy, number>;
}

export function noCounts(): Counts {
  return {
    ambiguousBars: 0,
    stopsPassedAtEntry: 0,
    fillsOutsideBar: 0,
    fillsAboveTenthOfVolume: 0,
    liquidations: 0,
    underPolicy: { pessimistic: 0, optimistic: 0, path: 0 },
  };
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

/** What a broker decides where orders come in, on the thread that sends them. */
export interface DeskRules {
  /** Throws OrderError for a well-formed order of a kind that the broker does not know. */
  check(order: CheckedOrder): void;
  /** Whether a cancel acts at the call, or is asked for in CANCEL_ASKED and acts at the next settlement. */
  readonly cancels: 'at the call' | 'at settlement';
  readonly hasReplace: boolean;
  /** Whether sizes that depend on the account are the broker's to find; the order's quantity is an estimate then. */
  readonly sizesLater: boolean;
  /** False where an OCO group is an error. */
  readonly hasGroups: boolean;
}

export interface Broker {
  readonly name: string;
  /** Whether settlement of step k comes after the ticks of k, so that orders may fill on the bar that they were decided on. */
  readonly isSameStep: boolean;
  readonly desk: DeskRules;
  scope(rules: Rules): Scope;
  /** Its rules in sentences, for the head of every report. */
  conventions(rules: Rules): readonly string[];
  settlement(memory: BrokerMemory, journal: Journal): Settlement;
}
