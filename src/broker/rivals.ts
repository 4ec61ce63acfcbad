/**
 * Where the intrabar policy decides between orders of one instance: which of an OCO group's entries is taken, in which order
 * its exits have their turns, and what the other policies would have made of it.
 */
import type { Alternatives } from './alternatives.ts';
import { type Candidates, rowOf } from './candidates.ts';
import type { Execution } from './execution.ts';
import {
  type BarPath,
  exitRank,
  LIMIT,
  MARKET,
  NEVER,
  ON_CLOSE,
  STOP_LIMIT,
  waitsAbove,
} from './matching.ts';
import * as Order from './order-table.ts';
import { type OrderTable, STRIDE } from './order-table.ts';
import { INTRABAR_POLICIES, type IntrabarPolicy } from './policies.ts';

const NO_RIVAL = 0;

export class Rivals {
  readonly #execution: Execution;
  readonly #candidates: Candidates;
  readonly #alternatives: Alternatives;
  readonly #path: BarPath;
  readonly #policy: IntrabarPolicy;
  /** By symbol: the time of the last bar that was counted as ambiguous, so that each counts once. */
  readonly #ambiguousTime: Float64Array;
  /** By book: the time of the last bar on which its exits were valued under every policy. */
  readonly #valuedTime: Float64Array;
  #time = 0;

  constructor(execution: Execution, candidates: Candidates, alternatives: Alternatives, path: BarPath) {
    this.#execution = execution;
    this.#candidates = candidates;
    this.#alternatives = alternatives;
    this.#path = path;
    this.#policy = execution.memory.rules.intrabar;
    this.#valuedTime = new Float64Array(execution.books.count).fill(NaN);
    this.#ambiguousTime = new Float64Array(execution.memory.store.symbols.length).fill(NaN);
  }

  /** Everything until the next call happens on bars of this time. */
  at(time: number): void {
    this.#time = time;
  }

  /** Whether this entry is the one that its OCO group takes on this bar. */
  isTaken(table: OrderTable, row: number): boolean {
    const rivals = this.#rivalsOf(table, row);
    if (rivals.length < 2) return true;
    const taken = this.#chooseEntry(table, rivals, this.#policy);
    this.countAmbiguous(table.cells[row + Order.SYMBOL]!);
    if (taken !== row) return false;
    this.#alternatives.ofEntries(table, (policy) => this.#chooseEntry(table, rivals, policy));
    return true;
  }

  /** The entries of its OCO group that this bar reaches, itself among them, by sequence. */
  #rivalsOf(table: OrderTable, row: number): number[] {
    const { cells } = table;
    const rivals: number[] = [];
    for (
      let slot = table.head(cells[row + Order.SYMBOL]!);
      slot >= 0;
      slot = cells[slot * STRIDE + Order.NEXT]!
    ) {
      if (this.#isRivalEntry(cells, slot * STRIDE, row)) rivals.push(slot * STRIDE);
    }
    return rivals;
  }

  #chooseEntry(table: OrderTable, rivals: readonly number[], policy: IntrabarPolicy): number {
    const { cells } = table;
    let taken = -1;
    let takenScore = 0;
    let takenDistance = 0;
    for (const member of rivals) {
      let score: number;
      let distance = 0;
      if (policy === 'path') {
        this.#findOnPath(cells, member);
        score = this.#path.leg;
        distance = this.#path.distance;
      } else {
        score = policy === 'pessimistic' ? this.#markOf(cells, member) : -this.#markOf(cells, member);
      }
      // Members come by sequence, so a later one must be strictly better.
      if (taken < 0 || (score - takenScore || distance - takenDistance) < 0) {
        [taken, takenScore, takenDistance] = [member, score, distance];
      }
    }
    return taken;
  }

  #isRivalEntry(cells: Float64Array, member: number, row: number): boolean {
    return (
      cells[member + Order.GROUP] === cells[row + Order.GROUP] &&
      cells[member + Order.STRATEGY] === cells[row + Order.STRATEGY] &&
      cells[member + Order.LIFE] === Order.LIVE &&
      (cells[member + Order.REACHED]! & Order.MARK_REACHED) !== 0 &&
      cells[member + Order.TYPE] !== STOP_LIMIT &&
      cells[member + Order.REDUCE_ONLY] === 0 &&
      cells[member + Order.QUANTITY]! > 0 &&
      !this.#execution.opposes(cells, member)
    );
  }

  /** What an entry would be worth at the bar's close. */
  #markOf(cells: Float64Array, row: number): number {
    const execution = this.#execution;
    const { multiplier } = this.#execution.memory.instruments[cells[row + Order.SYMBOL]!]!;
    const close = execution.barsOf(cells, row).close[execution.barIndex(cells, row)]!;
    const price = execution.slipped(cells, row, execution.rawPrice(cells, row));
    return cells[row + Order.SIDE]! * cells[row + Order.QUANTITY]! * multiplier * (close - price);
  }

  /** The order in which exits have their turns. */
  compareExits(a: number, b: number): number {
    const cellsA = this.#candidates.tableOf(a).cells;
    const cellsB = this.#candidates.tableOf(b).cells;
    const rowA = rowOf(a);
    const rowB = rowOf(b);
    return (
      cellsA[rowA + Order.SYMBOL]! - cellsB[rowB + Order.SYMBOL]! ||
      cellsA[rowA + Order.STRATEGY]! - cellsB[rowB + Order.STRATEGY]! ||
      this.#compareRanks(cellsA, rowA, cellsB, rowB, this.#policy) ||
      cellsA[rowA + Order.SEQUENCE]! - cellsB[rowB + Order.SEQUENCE]!
    );
  }

  #compareRanks(
    cellsA: Float64Array,
    rowA: number,
    cellsB: Float64Array,
    rowB: number,
    policy: IntrabarPolicy,
  ): number {
    if (policy !== 'path') {
      return exitRank(cellsA[rowA + Order.TYPE]!, policy) - exitRank(cellsB[rowB + Order.TYPE]!, policy);
    }
    this.#findOnPath(cellsA, rowA);
    const { leg, distance } = this.#path;
    this.#findOnPath(cellsB, rowB);
    return leg - this.#path.leg || distance - this.#path.distance;
  }

  #findOnPath(cells: Float64Array, row: number): void {
    const bars = this.#execution.barsOf(cells, row);
    const index = this.#execution.barIndex(cells, row);
    this.#path.set(bars.open[index]!, bars.high[index]!, bars.low[index]!, bars.close[index]!);
    const type = cells[row + Order.TYPE]!;
    if (type === ON_CLOSE) {
      this.#path.leg = NEVER;
      this.#path.distance = 0;
      return;
    }
    const price = type === MARKET ? bars.open[index]! : cells[row + Order.PRICE]!;
    const isStrict = type === LIMIT && this.#execution.memory.rules.limitTouch === 'through';
    this.#path.find(price, waitsAbove(type, cells[row + Order.SIDE]!), isStrict);
  }

  /** Whether a later exit of the same instance would have come first under another policy. */
  hasRival(exits: readonly number[], index: number): boolean {
    const type = this.#kindAt(exits, index);
    if (type === NO_RIVAL) return false;
    for (let next = index + 1; next < exits.length; next++) {
      if (!this.#isSameInstance(exits, index, next)) return false;
      const kind = this.#kindAt(exits, next);
      if (kind !== type && kind !== NO_RIVAL && this.#isAlive(exits, next)) return true;
    }
    return false;
  }

  /** A stop or a target; orders at the market and on the close have their time under every policy. */
  #kindAt(exits: readonly number[], index: number): number {
    const candidate = exits[index]!;
    const type = this.#candidates.tableOf(candidate).cells[rowOf(candidate) + Order.TYPE]!;
    if (type === MARKET || type === ON_CLOSE) return NO_RIVAL;
    return type === LIMIT ? 1 : 2;
  }

  #isSameInstance(exits: readonly number[], index: number, other: number): boolean {
    const [a, b] = [exits[index]!, exits[other]!];
    const [cellsA, cellsB] = [this.#candidates.tableOf(a).cells, this.#candidates.tableOf(b).cells];
    return (
      cellsA[rowOf(a) + Order.SYMBOL] === cellsB[rowOf(b) + Order.SYMBOL] &&
      cellsA[rowOf(a) + Order.STRATEGY] === cellsB[rowOf(b) + Order.STRATEGY]
    );
  }

  #isAlive(exits: readonly number[], index: number): boolean {
    const candidate = exits[index]!;
    return this.#candidates.tableOf(candidate).cells[rowOf(candidate) + Order.LIFE] === Order.LIVE;
  }

  /** What the position comes to under each policy: once for a bar, before its exits are filled. */
  valueExits(exits: readonly number[], index: number): void {
    const table = this.#candidates.tableOf(exits[index]!);
    const { cells } = table;
    const row = rowOf(exits[index]!);
    const book = this.#execution.bookOf(cells, row);
    if (this.#valuedTime[book] === this.#time) return;
    this.#valuedTime[book] = this.#time;
    const rows: number[] = [];
    for (let next = index; next < exits.length && this.#isSameInstance(exits, index, next); next++) {
      const exit = exits[next]!;
      if (
        this.#candidates.tableOf(exit) === table &&
        this.#isAlive(exits, next) &&
        this.#execution.opposes(cells, rowOf(exit))
      )
        rows.push(rowOf(exit));
    }
    const orders = new Map(
      INTRABAR_POLICIES.map((policy) => [
        policy,
        rows.toSorted(
          (a, b) =>
            this.#compareRanks(cells, a, cells, b, policy) ||
            cells[a + Order.SEQUENCE]! - cells[b + Order.SEQUENCE]!,
        ),
      ]),
    );
    this.#alternatives.ofExits(table, row, (policy) => orders.get(policy)!);
  }

  /** Once a bar, however many orders it leaves in doubt. */
  countAmbiguous(symbol: number): void {
    if (this.#ambiguousTime[symbol] === this.#time) return;
    this.#ambiguousTime[symbol] = this.#time;
    this.#execution.counts.ambiguousBars++;
  }
}
