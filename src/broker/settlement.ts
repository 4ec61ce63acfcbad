/**
 * Settlement: the order in which the orders that a step's bars reach have their turns.
 *
 *     (i)    exits at the open            by symbol, strategy, step of submission, sequence
 *     (ii)   entries, through the gate    by step of submission, symbol, strategy, sequence
 *     (iii)  exits within the bar         by symbol, strategy, rank under the intrabar policy, sequence
 *            then children of (ii)        by symbol, strategy, sequence of the parent
 *            then orders of one bar end   by symbol, strategy, sequence
 *
 * Before (i), what is not alive any more on this bar expires, and stop-limits whose stop it reaches become limits.
 * What an order is, exit or entry, is decided by its instance's position at its turn. Exits within the bar come last, so
 * they do not pay for entries of the same step. ARCHITECTURE.md, "Settlement to the letter", numbers the rules.
 */
import { Alternatives } from './alternatives.ts';
import type { BrokerMemory, Counts, Journal, PhaseSetter, Settlement } from './broker.ts';
import { Candidates, rowOf } from './candidates.ts';
import { EntryBar, type EntryFill } from './entry-bar.ts';
import { Execution } from './execution.ts';
import { type Asked, Gate } from './gate.ts';
import { Liquidation } from './liquidation.ts';
import { BarPath, LIMIT, ON_CLOSE, waitsAbove } from './matching.ts';
import { TIMES_IN_FORCE } from './order.ts';
import * as Order from './order-table.ts';
import { type OrderTable, STRIDE } from './order-table.ts';
import type { MarginSpec } from './policies.ts';
import { Rivals } from './rivals.ts';
import { Grain } from './rounding.ts';

const FOK = TIMES_IN_FORCE.indexOf('fok');

export class LockstepSettlement implements Settlement {
  readonly #memory: BrokerMemory;
  readonly #execution: Execution;
  readonly #gate: Gate;
  readonly #candidates: Candidates;
  readonly #rivals: Rivals;
  readonly #liquidation: Liquidation;
  /** Null for accounts that are not liquidated. */
  readonly #margin: MarginSpec | null;
  readonly #entryBar: EntryBar;
  /** Orders put off to (iii); parents that opened, for their children. */
  readonly #exits: number[] = [];
  readonly #entries: EntryFill[] = [];
  readonly #byPassOne: (a: number, b: number) => number;
  readonly #byPassTwo: (a: number, b: number) => number;
  readonly #byPassThree: (a: number, b: number) => number;
  // All of them are made once: a closure written in `settle` would cost a context at every step.
  readonly #byParent: (a: EntryFill, b: EntryFill) => number;
  readonly #lots: readonly Grain[];
  #step = 0;

  constructor(memory: BrokerMemory, journal: Journal) {
    const execution = new Execution(memory, journal);
    const path = new BarPath();
    const alternatives = new Alternatives(execution);
    const candidates = new Candidates(memory, execution);
    const rivals = new Rivals(execution, candidates, alternatives, path);
    this.#memory = memory;
    this.#execution = execution;
    this.#candidates = candidates;
    this.#rivals = rivals;
    this.#gate = new Gate(memory);
    this.#liquidation = new Liquidation(memory, journal, execution.counts);
    this.#margin = memory.rules.account.kind === 'margin' ? memory.rules.account : null;
    this.#entryBar = new EntryBar(execution, path, alternatives);
    this.#lots = memory.instruments.map((instrument) => new Grain(instrument.lot));
    this.#byPassOne = candidates.comparing([Order.SYMBOL, Order.STRATEGY, Order.SUBMITTED, Order.SEQUENCE]);
    this.#byPassTwo = candidates.comparing([Order.SUBMITTED, Order.SYMBOL, Order.STRATEGY, Order.SEQUENCE]);
    this.#byPassThree = (a, b) => rivals.compareExits(a, b);
    this.#byParent = (a, b) =>
      candidates.byInstance(candidates.encode(a.table, a.row), candidates.encode(b.table, b.row));
  }

  get counts(): Counts {
    return this.#execution.counts;
  }

  settle(step: number, present: Int32Array, presentCount: number, enterPass: PhaseSetter): void {
    this.#step = step;
    this.#candidates.gather(present, presentCount);
    const candidates = this.#candidates.reached;
    if (candidates.length === 0) return;
    const time = this.#memory.times[step]!;
    this.#execution.at(step, time);
    this.#rivals.at(time);

    enterPass(1);
    this.#candidates.prepare();
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
      const symbol = entry.table.cells[entry.row + Order.SYMBOL]!;
      if (this.#entryBar.settle(entry)) this.#rivals.countAmbiguous(symbol);
    }
    this.#candidates.endOrdersOfOneBar();
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
    if (this.#gate.watchesMarks) this.#gate.marked(this.#memory.times[this.#step]!, books.equity);
    if (this.#margin !== null) this.#liquidation.check(this.#step, this.#margin);
  }

  finish(): void {
    const { store, tables } = this.#memory;
    const alive: number[] = [];
    for (const table of tables) {
      table.refresh();
      for (let symbol = 0; symbol < store.symbols.length; symbol++) {
        for (let slot = table.head(symbol); slot >= 0; slot = table.cells[slot * STRIDE + Order.NEXT]!) {
          if (table.cells[slot * STRIDE + Order.LIFE] === Order.LIVE)
            alive.push(this.#candidates.encode(table, slot * STRIDE));
        }
      }
    }
    alive.sort(this.#candidates.byInstance);
    for (const candidate of alive) {
      const table = this.#candidates.tableOf(candidate);
      if (table.cells[rowOf(candidate) + Order.LIFE] === Order.LIVE)
        this.#execution.expire(table, rowOf(candidate), 'end of data');
    }
  }

  /** Pass (i). */
  #exitAtOpen(candidate: number): void {
    const table = this.#candidates.tableOf(candidate);
    const { cells } = table;
    const row = rowOf(candidate);
    if (cells[row + Order.LIFE] !== Order.LIVE || !(cells[row + Order.QUANTITY]! > 0)) return;
    if (!this.#execution.isPassedByOpen(cells, row) || !this.#execution.opposes(cells, row)) return;
    this.#execution.close(table, row, this.#execution.rawPrice(cells, row));
  }

  /** Pass (ii). */
  #enterOrPutOff(candidate: number): void {
    const execution = this.#execution;
    const table = this.#candidates.tableOf(candidate);
    const { cells } = table;
    const row = rowOf(candidate);
    if (cells[row + Order.LIFE] !== Order.LIVE) return;
    if (!(cells[row + Order.QUANTITY]! > 0)) return execution.reject(table, row, 'LOT', NaN);
    if (cells[row + Order.REDUCE_ONLY] === 1 || execution.opposes(cells, row)) {
      this.#exits.push(candidate);
      return;
    }
    if (cells[row + Order.GROUP] !== 0 && !this.#rivals.isTaken(table, row)) return;

    const whole = cells[row + Order.QUANTITY]!;
    if (execution.isKilled(table, row, whole)) return;
    const most = Math.min(whole, execution.available(cells, row));
    if (!(most > 0)) return execution.trigger(cells, row);

    const raw = execution.rawPrice(cells, row);
    const price = execution.slipped(cells, row, raw);
    const distance = execution.family.distance(table, row, price);
    const asked = this.#ask(cells, row, most, price, distance);
    const refusal = this.#gate.refusal(asked);
    const isFunds = refusal === 'INSUFFICIENT_CASH' || refusal === 'INSUFFICIENT_MARGIN';
    const mayShrink = isFunds && cells[row + Order.ALLOW_PARTIAL] === 1;
    const admitted = refusal === null ? asked : mayShrink ? this.#shrink(cells, row, asked) : null;
    if (admitted === null) return execution.reject(table, row, refusal!, price);

    const isFirst = cells[row + Order.OPENED] === 0;
    if (isFirst && cells[row + Order.CHILDREN] !== 0) this.#entries.push(this.#entryFillOf(table, row, raw));
    execution.open(table, row, admitted.quantity, price, distance);
    this.#gate.admit(admitted);
    if (refusal !== null && cells[row + Order.LIFE] === Order.LIVE)
      execution.reject(table, row, refusal, price);
  }

  #ask(cells: Float64Array, row: number, quantity: number, price: number, distance: number): Asked {
    const execution = this.#execution;
    return {
      book: execution.bookOf(cells, row),
      symbol: cells[row + Order.SYMBOL]!,
      side: cells[row + Order.SIDE]!,
      quantity,
      price,
      commission: execution.commissionOf(cells, row, quantity, price),
      openRiskMax: cells[row + Order.OPEN_RISK_MAX]!,
      distance,
    };
  }

  /** The most whole lots of it that the gate lets in; null for none. Fewer lots never cost more, so halving finds them. */
  #shrink(cells: Float64Array, row: number, { symbol, quantity, price, distance }: Asked): Asked | null {
    const lot = this.#lots[symbol]!;
    if (cells[row + Order.TIME_IN_FORCE] === FOK) return null;
    let fits: Asked | null = null;
    let [low, high] = [0, quantity];
    for (;;) {
      const middle = lot.down((low + high) / 2);
      if (!(middle > low && middle < high)) break; // A middle as good as whole rounds up: among 2^50 lots, to `high` itself.
      const asked = this.#ask(cells, row, middle, price, distance);
      if (this.#gate.refusal(asked) === null) {
        fits = asked;
        low = middle;
      } else {
        high = middle;
      }
    }
    return fits;
  }

  #entryFillOf(table: OrderTable, row: number, raw: number): EntryFill {
    const { cells } = table;
    const type = cells[row + Order.TYPE]!;
    return {
      table,
      row,
      raw,
      isAtOpen: this.#execution.isPassedByOpen(cells, row),
      isAtClose: type === ON_CLOSE,
      level: cells[row + Order.PRICE]!,
      upwards: waitsAbove(type, cells[row + Order.SIDE]!),
      isLimit: type === LIMIT,
    };
  }

  /** Pass (iii), orders. */
  #exitWithin(index: number): void {
    const execution = this.#execution;
    const table = this.#candidates.tableOf(this.#exits[index]!);
    const { cells } = table;
    const row = rowOf(this.#exits[index]!);
    if (cells[row + Order.LIFE] !== Order.LIVE) return;
    if (!execution.opposes(cells, row)) {
      if (cells[row + Order.REDUCE_ONLY] === 1) execution.cancel(table, row, 'reduce only');
      return;
    }
    if (this.#rivals.hasRival(this.#exits, index)) {
      this.#rivals.countAmbiguous(cells[row + Order.SYMBOL]!);
      this.#rivals.valueExits(this.#exits, index);
    }
    execution.close(table, row, execution.rawPrice(cells, row));
  }
}
