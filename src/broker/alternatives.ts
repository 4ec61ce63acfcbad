/**
 * What a run would have come to under the intrabar policies that it was not run with, as far as one run can say.
 *
 * Wherever the policy decides, the instance is valued at the bar's close under each: fills at their prices after slippage and commission,
 * what is still held at the close. The differences to the value under the run's own policy are summed. So each is what the ambiguous
 * bars alone would have changed, everything after them as it was; a run with another policy may go on otherwise. Of an OCO group's
 * entries the one that would have been taken is valued as if the gate let it in, and without its own children.
 */
import type { Execution } from './execution.ts';
import { LIMIT, rawPrice } from './matching.ts';
import * as Order from './order-table.ts';
import type { OrderTable } from './order-table.ts';
import { INTRABAR_POLICIES, type IntrabarPolicy } from './policies.ts';

export class Alternatives {
  readonly #execution: Execution;
  readonly #policy: IntrabarPolicy;

  constructor(execution: Execution) {
    this.#execution = execution;
    this.#policy = execution.memory.rules.intrabar;
  }

  /** The exits that each policy fills of a position, before any is filled; their prices are measured from the open. */
  ofExits(table: OrderTable, row: number, choose: (policy: IntrabarPolicy) => readonly number[]): void {
    const { cells } = table;
    const open = this.#execution.barsOf(cells, row).open[this.#execution.barIndex(cells, row)]!;
    this.#compare((policy) => this.#valueAfter(table, row, choose(policy), open));
  }

  /** The same on an entry bar, where the entry's raw price stands in the place of the open. */
  atEntry(table: OrderTable, raw: number, choose: (policy: IntrabarPolicy) => readonly number[]): void {
    const chosen = INTRABAR_POLICIES.map((policy) => choose(policy));
    const some = chosen.find((children) => children.length > 0)?.[0];
    if (some === undefined) return;
    this.#compare((policy) => this.#valueAfter(table, some, chosen[INTRABAR_POLICIES.indexOf(policy)]!, raw));
  }

  /** The entry that each policy takes of an OCO group. */
  ofEntries(table: OrderTable, choose: (policy: IntrabarPolicy) => number): void {
    this.#compare((policy) => this.#valueOfEntry(table.cells, choose(policy)));
  }

  #compare(valueUnder: (policy: IntrabarPolicy) => number): void {
    const { underPolicy } = this.#execution.counts;
    const own = valueUnder(this.#policy);
    for (const policy of INTRABAR_POLICIES) underPolicy[policy] += valueUnder(policy) - own;
  }

  /** Of a position after these exits, one after the other: proceeds, and the rest at the close. */
  #valueAfter(table: OrderTable, about: number, exits: readonly number[], open: number): number {
    const execution = this.#execution;
    const { cells } = table;
    const { multiplier } = execution.memory.instruments[cells[about + Order.SYMBOL]!]!;
    const close = execution.barsOf(cells, about).close[execution.barIndex(cells, about)]!;
    let held = execution.books.quantity[execution.bookOf(cells, about)]!;
    let left = execution.available(cells, about);
    let value = 0;
    const filled: { row: number; quantity: number }[] = [];
    for (const row of exits) {
      if (filled.some((earlier) => endsOther(cells, earlier.row, row))) continue;
      let wanted = cells[row + Order.QUANTITY]!;
      for (const earlier of filled) if (isTakenOff(cells, earlier.row, row)) wanted -= earlier.quantity;
      const quantity = Math.min(wanted, Math.abs(held), left);
      if (!(quantity > 0)) continue;
      filled.push({ row, quantity });
      left -= quantity;
      const side = cells[row + Order.SIDE]!;
      const raw = rawPrice(cells[row + Order.TYPE]!, side, cells[row + Order.PRICE]!, open, close);
      const price = execution.slipped(cells, row, raw);
      value -= side * quantity * multiplier * price + execution.commissionOf(cells, row, quantity, price);
      held += side * quantity;
    }
    return value + held * multiplier * close;
  }

  #valueOfEntry(cells: Float64Array, row: number): number {
    const execution = this.#execution;
    const { multiplier } = execution.memory.instruments[cells[row + Order.SYMBOL]!]!;
    const close = execution.barsOf(cells, row).close[execution.barIndex(cells, row)]!;
    const quantity = Math.min(cells[row + Order.QUANTITY]!, execution.available(cells, row));
    const price = execution.slipped(cells, row, execution.rawPrice(cells, row));
    const commission = execution.commissionOf(cells, row, quantity, price);
    return cells[row + Order.SIDE]! * quantity * multiplier * (close - price) - commission;
  }
}

/** Whether what a target closes is taken off the other: the stop of its bracket. */
function isTakenOff(cells: Float64Array, row: number, other: number): boolean {
  const parent = cells[row + Order.PARENT]!;
  if (parent === 0 || parent !== cells[other + Order.PARENT]) return false;
  return cells[row + Order.TYPE_SENT] === LIMIT && cells[other + Order.TYPE_SENT] !== LIMIT;
}

/** Whether a fill of the one cancels the other: members of an OCO group, and a bracket's stop its targets. */
function endsOther(cells: Float64Array, row: number, other: number): boolean {
  const parent = cells[row + Order.PARENT]!;
  if (parent !== cells[other + Order.PARENT]) return false;
  if (parent !== 0) return cells[row + Order.TYPE_SENT] !== LIMIT;
  return cells[row + Order.GROUP] !== 0 && cells[row + Order.GROUP] === cells[other + Order.GROUP];
}
