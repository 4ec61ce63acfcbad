/**
 * The orders that a step's bars reach or end, from all tables together.
 *
 * A candidate is a number, table × 2³² + row, because rows of several owners are sorted together. Until an order is reached
 * nothing is allocated.
 */
import { assert } from '../kernel/assert.ts';
import type { BrokerMemory } from './broker.ts';
import type { Execution } from './execution.ts';
import { isReached, LIMIT, STOP_LIMIT } from './matching.ts';
import { type ExpiryReason, TIMES_IN_FORCE } from './order.ts';
import * as Order from './order-table.ts';
import { type OrderTable, STRIDE } from './order-table.ts';

const TABLE = 2 ** 32;

export class Candidates {
  /** Those that the step's bars reach. */
  readonly reached: number[] = [];
  readonly byInstance: (a: number, b: number) => number;
  readonly #memory: BrokerMemory;
  readonly #execution: Execution;
  readonly #ofOneBar: number[] = [];
  /** Orders of the broker's own; null where it has none. */
  readonly #house: OrderTable | null;
  /** Whether some candidate is more than an order that the bar reaches. */
  #hasMarks = false;

  constructor(memory: BrokerMemory, execution: Execution) {
    this.#memory = memory;
    this.#execution = execution;
    this.#house = memory.rules.account.kind === 'margin' ? memory.house : null;
    this.byInstance = this.comparing([Order.SYMBOL, Order.STRATEGY, Order.SEQUENCE]);
  }

  /** @param present the symbols that have a bar at this step, ascending */
  gather(present: Int32Array, presentCount: number): void {
    const { tableOf, portfolioTable } = this.#memory;
    const house = this.#house;
    if (this.reached.length > 0) this.reached.length = 0;
    this.#hasMarks = false;
    for (let i = 0; i < presentCount; i++) {
      const symbol = present[i]!;
      const table = tableOf[symbol]!;
      if (table.reachedCount(symbol) > 0) this.#collect(table, symbol);
      if (portfolioTable !== null && portfolioTable.reachedCount(symbol) > 0)
        this.#collect(portfolioTable, symbol);
      if (house !== null && house.head(symbol) >= 0) {
        house.sweep(symbol);
        this.#collect(house, symbol);
      }
    }
  }

  #collect(table: OrderTable, symbol: number): void {
    table.refresh();
    const { cells } = table;
    for (let slot = table.head(symbol); slot >= 0; slot = cells[slot * STRIDE + Order.NEXT]!) {
      const row = slot * STRIDE;
      const marks = cells[row + Order.REACHED]!;
      if (marks === 0 || cells[row + Order.LIFE] !== Order.LIVE) continue;
      if (marks !== Order.MARK_REACHED || cells[row + Order.TYPE] === STOP_LIMIT) this.#hasMarks = true;
      this.reached.push(this.encode(table, row));
    }
  }

  /** Before (i): expiries, and stop-limits that become limits. Only what the bar reaches stays a candidate. */
  prepare(): void {
    const candidates = this.reached;
    this.#ofOneBar.length = 0;
    if (!this.#hasMarks) return;
    candidates.sort(this.byInstance);
    let count = 0;
    for (const candidate of candidates) {
      const table = this.tableOf(candidate);
      const { cells } = table;
      const row = rowOf(candidate);
      if (cells[row + Order.LIFE] !== Order.LIVE) continue;
      const marks = cells[row + Order.REACHED]!;
      if ((marks & Order.MARK_EXPIRED) !== 0) {
        this.#execution.expire(table, row, expiryOf(cells, row));
        continue;
      }
      if ((marks & Order.MARK_ONLY) !== 0) this.#ofOneBar.push(candidate);
      if ((marks & Order.MARK_REACHED) === 0) continue;
      if (cells[row + Order.TYPE] === STOP_LIMIT && !this.#becomesReachedLimit(cells, row)) {
        cells[row + Order.REACHED] = marks - Order.MARK_REACHED;
        continue;
      }
      candidates[count++] = candidate;
    }
    candidates.length = count;
  }

  /** The rest of the bar is known to come after the stop only if the open was beyond it. */
  #becomesReachedLimit(cells: Float64Array, row: number): boolean {
    const isAtOpen = this.#execution.isPassedByOpen(cells, row);
    cells[row + Order.TYPE] = LIMIT;
    cells[row + Order.PRICE] = cells[row + Order.LIMIT_PRICE]!;
    const bars = this.#execution.barsOf(cells, row);
    const index = this.#execution.barIndex(cells, row);
    const [high, low] = [bars.high[index]!, bars.low[index]!];
    const { limitTouch } = this.#memory.rules;
    const price = cells[row + Order.PRICE]!;
    return isAtOpen && isReached(LIMIT, cells[row + Order.SIDE]!, price, high, low, limitTouch);
  }

  endOrdersOfOneBar(): void {
    for (const candidate of this.#ofOneBar) {
      const table = this.tableOf(candidate);
      const row = rowOf(candidate);
      if (table.cells[row + Order.LIFE] === Order.LIVE)
        this.#execution.expire(table, row, expiryOf(table.cells, row));
    }
  }

  /** A comparison by these fields of the rows, one after the other. */
  comparing(fields: readonly number[]): (a: number, b: number) => number {
    return (a, b) => {
      const cellsA = this.tableOf(a).cells;
      const cellsB = this.tableOf(b).cells;
      for (const field of fields) {
        const difference = cellsA[rowOf(a) + field]! - cellsB[rowOf(b) + field]!;
        if (difference !== 0) return difference;
      }
      return 0;
    };
  }

  encode(table: OrderTable, row: number): number {
    return this.#memory.tables.indexOf(table) * TABLE + row;
  }

  tableOf(candidate: number): OrderTable {
    return this.#memory.tables[Math.floor(candidate / TABLE)]!;
  }
}

export function rowOf(candidate: number): number {
  return candidate % TABLE;
}

function expiryOf(cells: Float64Array, row: number): ExpiryReason {
  const word = TIMES_IN_FORCE[cells[row + Order.TIME_IN_FORCE]!]!;
  assert(word !== 'gtc', 'an order without an end does not expire');
  return word;
}
