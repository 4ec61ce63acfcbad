/**
 * Settlement: the order in which the orders that a step's bars reach have their turns.
 *
 *     (i)    exits at the open            by symbol, strategy, step of submission, sequence
 *     (ii)   entries, through the gate    by step of submission, symbol, strategy, sequence
 *     (iii)  exits within the bar         by symbol, strategy, rank under the intrabar policy, sequence
 *            then children of (ii)        by symbol, strategy, sequence of the parent
 *
 * What an order is, exit or entry, is decided by its instance's position at its turn. Exits within the bar come last, so
 * they do not pay for entries of the same step. ARCHITECTURE.md, "Settlement to the letter", numbers the rules.
 *
 * A candidate is a number, table × 2³² + row, because rows of several owners are sorted together. Until an order is reached
 * nothing is allocated.
 */
import type { BrokerMemory, Counts, Journal, PhaseSetter, Settlement } from './broker.ts';
import { EntryBar, type EntryFill } from './entry-bar.ts';
import { Execution } from './execution.ts';
import { Gate } from './gate.ts';
import { BarPath, exitRank, isPassedBy, LIMIT, MARKET, waitsAbove } from './matching.ts';
import * as Order from './order-table.ts';
import { type OrderTable, STRIDE } from './order-table.ts';

const TABLE = 2 ** 32;

export class LockstepSettlement implements Settlement {
  readonly #memory: BrokerMemory;
  readonly #execution: Execution;
  readonly #gate: Gate;
  readonly #path = new BarPath();
  readonly #entryBar: EntryBar;
  /** Reached orders of this step; those put off to (iii); parents that opened, for their children. */
  readonly #candidates: number[] = [];
  readonly #exits: number[] = [];
  readonly #entries: EntryFill[] = [];
  readonly #byPassOne: (a: number, b: number) => number;
  readonly #byPassTwo: (a: number, b: number) => number;
  readonly #byInstance: (a: number, b: number) => number;
  readonly #byPassThree: (a: number, b: number) => number;
  // All of them are made once: a closure written in `settle` would cost a context at every step.
  readonly #byParent: (a: EntryFill, b: EntryFill) => number;
  /** By symbol: the time of the last bar that was counted as ambiguous, so that each counts once. */
  readonly #ambiguousTime: Float64Array;
  #time = 0;

  constructor(memory: BrokerMemory, journal: Journal) {
    this.#memory = memory;
    this.#execution = new Execution(memory, journal);
    this.#gate = new Gate(memory);
    this.#entryBar = new EntryBar(this.#execution, this.#path);
    this.#ambiguousTime = new Float64Array(memory.store.symbols.length).fill(NaN);
    this.#byPassOne = this.#comparing([Order.SYMBOL, Order.STRATEGY, Order.SUBMITTED, Order.SEQUENCE]);
    this.#byPassTwo = this.#comparing([Order.SUBMITTED, Order.SYMBOL, Order.STRATEGY, Order.SEQUENCE]);
    this.#byInstance = this.#comparing([Order.SYMBOL, Order.STRATEGY, Order.SEQUENCE]);
    this.#byPassThree = (a, b) => this.#compareExits(a, b);
    this.#byParent = (a, b) => this.#byInstance(this.#encode(a.table, a.row), this.#encode(b.table, b.row));
  }

  get counts(): Counts {
    return this.#execution.counts;
  }

  settle(step: number, present: Int32Array, presentCount: number, enterPass: PhaseSetter): void {
    this.#gather(present, presentCount);
    const candidates = this.#candidates;
    if (candidates.length === 0) return;
    const time = this.#memory.times[step]!;
    this.#time = time;
    this.#execution.at(step, time);

    enterPass(1);
    if (candidates.length > 1) candidates.sort(this.#byPassOne);
    for (const candidate of candidates) this.#exitAtOpen(candidate);

    enterPass(2);
    this.#gate.open(time);
    this.#exits.length = 0;
    this.#entries.length = 0;
    if (candidates.length > 1) candidates.sort(this.#byPassTwo);
    for (const candidate of candidates) this.#enterOrPutOff(candidate);

    enterPass(3);
    if (this.#exits.length > 1) this.#exits.sort(this.#byPassThree);
    for (let i = 0; i < this.#exits.length; i++) this.#exitWithin(i);
    if (this.#entries.length > 1) this.#entries.sort(this.#byParent);
    for (const entry of this.#entries) {
      if (this.#entryBar.settle(entry)) this.#countAmbiguous(entry.table.cells[entry.row + Order.SYMBOL]!);
    }
  }

  /** equity = cash + V, V summed from 0 over (symbol, strategy); flat books would add 0. */
  mark(): void {
    const { store, instruments, cursors, books } = this.#memory;
    let value = 0;
    let gross = 0;
    for (let book = 0; book < books.count; book++) {
      const held = books.quantity[book]!;
      if (held === 0) continue;
      const symbol = Math.floor(book / books.strategies);
      const { multiplier } = instruments[symbol]!;
      const close = store.columns(symbol).close[cursors.index[symbol]!]!;
      value += held * multiplier * close;
      gross += Math.abs(held) * multiplier * close;
    }
    books.gross = gross;
    books.equity = books.cash + value;
  }

  finish(): void {
    const { store, tables } = this.#memory;
    const alive: number[] = [];
    for (const table of tables) {
      table.refresh();
      for (let symbol = 0; symbol < store.symbols.length; symbol++) {
        for (let slot = table.head(symbol); slot >= 0; slot = table.cells[slot * STRIDE + Order.NEXT]!) {
          if (table.cells[slot * STRIDE + Order.LIFE] === Order.LIVE)
            alive.push(this.#encode(table, slot * STRIDE));
        }
      }
    }
    alive.sort(this.#byInstance);
    for (const candidate of alive) {
      const table = this.#tableOf(candidate);
      if (table.cells[rowOf(candidate) + Order.LIFE] === Order.LIVE)
        this.#execution.expire(table, rowOf(candidate));
    }
  }

  #gather(present: Int32Array, presentCount: number): void {
    const { tableOf, portfolioTable } = this.#memory;
    if (this.#candidates.length > 0) this.#candidates.length = 0;
    for (let i = 0; i < presentCount; i++) {
      const symbol = present[i]!;
      const table = tableOf[symbol]!;
      if (table.reachedCount(symbol) > 0) this.#collect(table, symbol);
      if (portfolioTable !== null && portfolioTable.reachedCount(symbol) > 0)
        this.#collect(portfolioTable, symbol);
    }
  }

  #collect(table: OrderTable, symbol: number): void {
    table.refresh();
    const { cells } = table;
    for (let slot = table.head(symbol); slot >= 0; slot = cells[slot * STRIDE + Order.NEXT]!) {
      const row = slot * STRIDE;
      if (cells[row + Order.REACHED] === 1 && cells[row + Order.LIFE] === Order.LIVE) {
        this.#candidates.push(this.#encode(table, row));
      }
    }
  }

  /** Pass (i). */
  #exitAtOpen(candidate: number): void {
    const table = this.#tableOf(candidate);
    const { cells } = table;
    const row = rowOf(candidate);
    if (cells[row + Order.LIFE] !== Order.LIVE || !(cells[row + Order.QUANTITY]! > 0)) return;
    if (!this.#isPassedByOpen(cells, row) || !this.#execution.opposes(cells, row)) return;
    this.#execution.close(table, row, this.#execution.rawPrice(cells, row));
  }

  /** Pass (ii). */
  #enterOrPutOff(candidate: number): void {
    const execution = this.#execution;
    const table = this.#tableOf(candidate);
    const { cells } = table;
    const row = rowOf(candidate);
    if (cells[row + Order.LIFE] !== Order.LIVE) return;
    if (!(cells[row + Order.QUANTITY]! > 0)) return execution.reject(table, row, 'LOT', NaN);
    if (cells[row + Order.REDUCE_ONLY] === 1 || execution.opposes(cells, row)) {
      this.#exits.push(candidate);
      return;
    }
    if (cells[row + Order.GROUP] !== 0 && this.#takenOfGroup(table, row) !== row) return;

    const symbol = cells[row + Order.SYMBOL]!;
    const quantity = cells[row + Order.QUANTITY]!;
    const raw = execution.rawPrice(cells, row);
    const price = execution.slipped(cells, row, raw);
    const commission = execution.commissionOf(cells, row, quantity, price);
    const distance = execution.resolveLevels(cells, row, price);
    const side = cells[row + Order.SIDE]!;
    const refusal = this.#gate.refusal(
      symbol,
      side,
      quantity,
      price,
      commission,
      cells[row + Order.OPEN_RISK_MAX]!,
      distance,
    );
    if (refusal !== null) return execution.reject(table, row, refusal, price);

    const hasChildren = cells[row + Order.STOP_CHILD] !== 0 || cells[row + Order.TARGET_CHILD] !== 0;
    if (hasChildren) this.#entries.push({ table, row, raw, isAtOpen: this.#isPassedByOpen(cells, row) });
    execution.open(table, row, price, commission, distance);
    this.#gate.admit(symbol, quantity, price, commission);
  }

  /** Pass (iii), orders. */
  #exitWithin(index: number): void {
    const execution = this.#execution;
    const table = this.#tableOf(this.#exits[index]!);
    const { cells } = table;
    const row = rowOf(this.#exits[index]!);
    if (cells[row + Order.LIFE] !== Order.LIVE) return;
    if (!execution.opposes(cells, row)) {
      if (cells[row + Order.REDUCE_ONLY] === 1) execution.cancel(table, row, 'reduce only');
      return;
    }
    if (this.#hasRival(index)) this.#countAmbiguous(cells[row + Order.SYMBOL]!);
    this.#execution.close(table, row, this.#execution.rawPrice(cells, row));
  }

  #isPassedByOpen(cells: Float64Array, row: number): boolean {
    const open = this.#execution.barsOf(cells, row).open[this.#execution.barIndex(cells, row)]!;
    const { limitTouch } = this.#memory.rules;
    return isPassedBy(
      open,
      cells[row + Order.TYPE]!,
      cells[row + Order.SIDE]!,
      cells[row + Order.PRICE]!,
      limitTouch,
    );
  }

  /** Of an OCO group's entries that this bar reaches, the one that the policy takes. */
  #takenOfGroup(table: OrderTable, row: number): number {
    const { cells } = table;
    const { intrabar } = this.#memory.rules;
    let taken = -1;
    let takenScore = 0;
    let takenDistance = 0;
    let count = 0;
    for (
      let slot = table.head(cells[row + Order.SYMBOL]!);
      slot >= 0;
      slot = cells[slot * STRIDE + Order.NEXT]!
    ) {
      const member = slot * STRIDE;
      if (!this.#isRivalEntry(cells, member, row)) continue;
      let score: number;
      let distance = 0;
      if (intrabar === 'path') {
        this.#findOnPath(cells, member);
        score = this.#path.leg;
        distance = this.#path.distance;
      } else {
        score = intrabar === 'pessimistic' ? this.#markOf(cells, member) : -this.#markOf(cells, member);
      }
      // Members come by sequence, so a later one must be strictly better.
      if (taken < 0 || (score - takenScore || distance - takenDistance) < 0) {
        [taken, takenScore, takenDistance] = [member, score, distance];
      }
      count++;
    }
    if (count > 1) this.#countAmbiguous(cells[row + Order.SYMBOL]!);
    return taken;
  }

  #isRivalEntry(cells: Float64Array, member: number, row: number): boolean {
    return (
      cells[member + Order.GROUP] === cells[row + Order.GROUP] &&
      cells[member + Order.STRATEGY] === cells[row + Order.STRATEGY] &&
      cells[member + Order.LIFE] === Order.LIVE &&
      cells[member + Order.REACHED] === 1 &&
      cells[member + Order.REDUCE_ONLY] === 0 &&
      cells[member + Order.QUANTITY]! > 0 &&
      !this.#execution.opposes(cells, member)
    );
  }

  /** What an entry would be worth at the bar's close. */
  #markOf(cells: Float64Array, row: number): number {
    const execution = this.#execution;
    const { multiplier } = this.#memory.instruments[cells[row + Order.SYMBOL]!]!;
    const close = execution.barsOf(cells, row).close[execution.barIndex(cells, row)]!;
    const price = execution.slipped(cells, row, execution.rawPrice(cells, row));
    return cells[row + Order.SIDE]! * cells[row + Order.QUANTITY]! * multiplier * (close - price);
  }

  #compareExits(a: number, b: number): number {
    const cellsA = this.#tableOf(a).cells;
    const cellsB = this.#tableOf(b).cells;
    const rowA = rowOf(a);
    const rowB = rowOf(b);
    return (
      cellsA[rowA + Order.SYMBOL]! - cellsB[rowB + Order.SYMBOL]! ||
      cellsA[rowA + Order.STRATEGY]! - cellsB[rowB + Order.STRATEGY]! ||
      this.#compareRanks(cellsA, rowA, cellsB, rowB) ||
      cellsA[rowA + Order.SEQUENCE]! - cellsB[rowB + Order.SEQUENCE]!
    );
  }

  #compareRanks(cellsA: Float64Array, rowA: number, cellsB: Float64Array, rowB: number): number {
    const { intrabar } = this.#memory.rules;
    if (intrabar !== 'path') {
      return exitRank(cellsA[rowA + Order.TYPE]!, intrabar) - exitRank(cellsB[rowB + Order.TYPE]!, intrabar);
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
    const price = type === MARKET ? bars.open[index]! : cells[row + Order.PRICE]!;
    const isStrict = type === LIMIT && this.#memory.rules.limitTouch === 'through';
    this.#path.find(price, waitsAbove(type, cells[row + Order.SIDE]!), isStrict);
  }

  /** Whether a later exit of the same instance would have come first under another policy. */
  #hasRival(index: number): boolean {
    const table = this.#tableOf(this.#exits[index]!);
    const row = rowOf(this.#exits[index]!);
    const type = table.cells[row + Order.TYPE]!;
    for (let next = index + 1; next < this.#exits.length; next++) {
      const { cells } = this.#tableOf(this.#exits[next]!);
      const other = rowOf(this.#exits[next]!);
      if (cells[other + Order.SYMBOL] !== table.cells[row + Order.SYMBOL]) return false;
      if (cells[other + Order.STRATEGY] !== table.cells[row + Order.STRATEGY]) return false;
      const isOtherKind =
        cells[other + Order.TYPE] !== type && cells[other + Order.TYPE] !== MARKET && type !== MARKET;
      if (isOtherKind && cells[other + Order.LIFE] === Order.LIVE) return true;
    }
    return false;
  }

  #countAmbiguous(symbol: number): void {
    if (this.#ambiguousTime[symbol] === this.#time) return;
    this.#ambiguousTime[symbol] = this.#time;
    this.counts.ambiguousBars++;
  }

  #comparing(fields: readonly number[]): (a: number, b: number) => number {
    return (a, b) => {
      const cellsA = this.#tableOf(a).cells;
      const cellsB = this.#tableOf(b).cells;
      for (const field of fields) {
        const difference = cellsA[rowOf(a) + field]! - cellsB[rowOf(b) + field]!;
        if (difference !== 0) return difference;
      }
      return 0;
    };
  }

  #encode(table: OrderTable, row: number): number {
    return this.#memory.tables.indexOf(table) * TABLE + row;
  }

  #tableOf(candidate: number): OrderTable {
    return this.#memory.tables[Math.floor(candidate / TABLE)]!;
  }
}

function rowOf(candidate: number): number {
  return candidate % TABLE;
}
