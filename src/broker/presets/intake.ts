/**
 * How orders get from the shared tables into a preset's own books: taken in once, in canonical order, and looked up again.
 *
 * Of one settlement, those of symbol strategies come first, by step of submission, symbol, strategy, sequence; then the portfolio
 * strategy's, by sequence, which it counts over all symbols.
 */
import type { BrokerMemory } from '../broker.ts';
import * as Order from '../order-table.ts';
import { type OrderTable, STRIDE } from '../order-table.ts';

/** Where an order stands, and who it is: a slot is used again once its order has ended. */
export interface Taken {
  readonly table: OrderTable;
  readonly row: number;
  readonly sequence: number;
  readonly symbol: number;
  readonly strategy: number;
}

export class Intake {
  readonly #memory: BrokerMemory;

  constructor(memory: BrokerMemory) {
    this.#memory = memory;
  }

  /** Orders, awake or asleep, that were sent since the last call and have not ended. */
  take(): Taken[] {
    const { tables, house, portfolioTable } = this.#memory;
    const fresh: Taken[] = [];
    const ofPortfolio: Taken[] = [];
    for (const table of tables) {
      if (table !== house) this.#collect(table, table === portfolioTable ? ofPortfolio : fresh);
    }
    fresh.sort(
      (a, b) =>
        submittedAt(a) - submittedAt(b) ||
        a.symbol - b.symbol ||
        a.strategy - b.strategy ||
        a.sequence - b.sequence,
    );
    ofPortfolio.sort((a, b) => a.sequence - b.sequence);
    return [...fresh, ...ofPortfolio];
  }

  #collect(table: OrderTable, into: Taken[]): void {
    table.refresh();
    const { cells } = table;
    for (let symbol = 0; symbol < this.#memory.store.symbols.length; symbol++) {
      for (let slot = table.head(symbol); slot >= 0; slot = cells[slot * STRIDE + Order.NEXT]!) {
        const row = slot * STRIDE;
        if (cells[row + Order.LIFE] === Order.DONE || cells[row + Order.TAKEN] === 1) continue;
        cells[row + Order.TAKEN] = 1;
        const sequence = cells[row + Order.SEQUENCE]!;
        into.push({ table, row, sequence, symbol, strategy: cells[row + Order.STRATEGY]! });
      }
    }
  }
}

/** Whether the order has not ended, be it by its owner's cancel. */
export function isAlive({ table, row, sequence, symbol, strategy }: Taken): boolean {
  const { cells } = table;
  return (
    cells[row + Order.LIFE] !== Order.DONE &&
    cells[row + Order.SEQUENCE] === sequence &&
    cells[row + Order.SYMBOL] === symbol &&
    cells[row + Order.STRATEGY] === strategy
  );
}

function submittedAt({ table, row }: Taken): number {
  return table.cells[row + Order.SUBMITTED]!;
}
