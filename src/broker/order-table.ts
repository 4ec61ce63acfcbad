/**
 * The orders of one owner: a shard's symbol strategies, the portfolio strategy, or the broker itself (the house).
 *
 * Memory: a row of doubles an order in shared memory (`SharedRows`), and three Int32 cells a symbol. The orders of a symbol form
 * a list in the order in which they were sent; ended ones stay in it until the owner sweeps them.
 *
 *     row field     written by                         read by
 *     LIFE          owner (send, cancel), settlement   both
 *     REACHED       owner, at the tick before the bar  settlement
 *     the rest      owner; QUANTITY, TYPE, PRICE and   both
 *                   the flags also by settlement
 *     HEAD, TAIL    owner                              both
 *     REACHED_COUNT owner                              settlement
 *
 * Owner and settlement never write at the same time: the owner runs in the parallel phase (the portfolio phase for the
 * portfolio's table), settlement in the serial one, and the barrier lies between. So all accesses are plain.
 *
 * Slots are the owner's to give and to take back, and settlement makes none: a bracket's children have theirs from the
 * start, asleep. (Of the house's table settlement is the owner.) A slot is freed only by the sweep, after its owner has been told how
 * the order ended.
 */
import { SharedRows, type SharedRowsMemory } from '../kernel/shared-rows.ts';
import type { BarViews } from '../market/bar-store.ts';
import { isReached, TRAILING } from './matching.ts';
import { TIMES_IN_FORCE } from './order.ts';
import type { LimitTouch } from './policies.ts';
import type { Grain } from './rounding.ts';
import { markAfter, trailLevel } from './trailing.ts';

/** Fields of a row. */
export const SEQUENCE = 0;
export const SYMBOL = 1;
export const STRATEGY = 2;
export const TYPE = 3;
export const SIDE = 4;
export const LIFE = 5;
/** What is still to be filled. */
export const QUANTITY = 6;
/** Limit or stop; NaN for a market order, and for a child whose level waits for its parent's fill. */
export const PRICE = 7;
/** Step of submission, or of the last replace. */
export const SUBMITTED = 8;
/** What the symbol's next bar does to it: a sum of the marks below. */
export const REACHED = 9;
/** The next order of the symbol, −1 at the end. */
export const NEXT = 10;
export const REDUCE_ONLY = 11;
/** Sequences, 0 for none. */
export const PARENT = 12;
export const GROUP = 13;
/** How many children it was sent with: a stop first if it has one, then targets. They stand behind it in the symbol's list. */
export const CHILDREN = 14;
/** How a child or a trailing stop says where it goes, an index into LEVELS, and how far. */
export const LEVEL = 15;
export const DISTANCE = 16;
export const OPEN_RISK_MAX = 17;
export const TAG = 18;
/** The limit of a stop-limit; NaN for others. */
export const LIMIT_PRICE = 19;
/** Place in TIMES_IN_FORCE, and epoch milliseconds from which it is no longer alive: Infinity for none. */
export const TIME_IN_FORCE = 20;
export const UNTIL = 21;
/** Of a trailing stop: the best price since it is live, and the index of the bar up to which that is known. */
export const WATER = 22;
export const WATER_BAR = 23;
/** Why it closes what it closes: a place in EXIT_REASONS. */
export const EXIT_REASON = 24;
/** Type as submitted. */
export const TYPE_SENT = 25;
/** 1 once the strategy has given it a quantity in place of the one it was sent with. */
export const SIZED = 26;
/** Units that it has opened so far. */
export const OPENED = 27;
/** Of a child, which stretch of what its parent opens it closes: 0 to 1 for a stop, the next portion for each target. */
export const PORTION_FROM = 28;
export const PORTION_TO = 38;
export const ALLOW_PARTIAL = 29;
/** Commission of its fills so far: before the minimum and maximum, and as charged. */
export const FEES_RAW = 30;
export const FEES_CHARGED = 31;
/** 1 once it has been filled at all. */
export const FILLED = 32;
/** Sequence of the order whose trade it closes, 0 for none. */
export const CLOSES = 33;
/** Place in SIZE_KINDS, and the number that was given. */
export const SIZE_KIND = 34;
export const SIZE = 35;
/** For brokers that take orders into books of their own: 1 once they have. */
export const TAKEN = 36;
/** For brokers that cancel at the next settlement: the how-manieth cancel of its owner's asks for it, 0 for none. */
export const CANCEL_ASKED = 37;
export const STRIDE = 40;

/** Values of LIFE. */
export const DONE = 0;
export const LIVE = 1;
export const DORMANT = 2;

/** Marks in REACHED: the bar's price reaches it; it is no longer alive then; the bar is the only one it has. */
export const MARK_REACHED = 1;
export const MARK_EXPIRED = 2;
export const MARK_ONLY = 4;
const IOC = TIMES_IN_FORCE.indexOf('ioc');
const FOK = TIMES_IN_FORCE.indexOf('fok');

/** Values of LEVEL: places in LEVELS. */
export const LEVEL_PRICE = 1;
export const LEVEL_OFFSET = 2;
export const LEVEL_PERCENT = 3;
export const LEVEL_MULTIPLE = 4;

const HEAD = 0;
const TAIL = 1;
const REACHED_COUNT = 2;
const CELLS_PER_SYMBOL = 4;

const ROWS_START = 256;
/** Address space, not memory. Far more than can be alive at once in any run that ends. */
const ROWS_MAX = 4_000_000;
const NONE = -1;

export interface OrderTableMemory {
  readonly rows: SharedRowsMemory;
  readonly lists: SharedArrayBuffer;
}

export class OrderTable {
  readonly memory: OrderTableMemory;
  readonly #rows: SharedRows;
  readonly #lists: Int32Array;
  /** The owner's: slots ever used, and the ones to use again, chained by NEXT. */
  #slots = 0;
  #free = NONE;

  static create(symbols: number): OrderTable {
    const lists = new SharedArrayBuffer(symbols * CELLS_PER_SYMBOL * Int32Array.BYTES_PER_ELEMENT);
    const table = new OrderTable({ rows: SharedRows.create(STRIDE, ROWS_START, ROWS_MAX).memory, lists });
    for (let symbol = 0; symbol < symbols; symbol++) {
      table.#lists[symbol * CELLS_PER_SYMBOL + HEAD] = NONE;
      table.#lists[symbol * CELLS_PER_SYMBOL + TAIL] = NONE;
    }
    return table;
  }

  constructor(memory: OrderTableMemory) {
    this.memory = memory;
    this.#rows = new SharedRows(memory.rows);
    this.#lists = new Int32Array(memory.lists);
  }

  /** The rows; slot n begins at n × STRIDE. Take it anew after `add` or `refresh`. */
  get cells(): Float64Array<SharedArrayBuffer> {
    return this.#rows.cells;
  }

  /** For settlement: sees rows that the owner has added since. */
  refresh(): void {
    this.#rows.refresh();
  }

  /** The first order of the symbol, −1 if it has none. */
  head(symbol: number): number {
    return this.#lists[symbol * CELLS_PER_SYMBOL + HEAD]!;
  }

  /** How many live orders the symbol's next bar reaches or ends. */
  reachedCount(symbol: number): number {
    return this.#lists[symbol * CELLS_PER_SYMBOL + REACHED_COUNT]!;
  }

  /** For the owner: a fresh row at the end of the symbol's list, all fields 0 but these. */
  add(symbol: number, strategy: number, sequence: number): number {
    let slot = this.#free;
    if (slot !== NONE) this.#free = this.cells[slot * STRIDE + NEXT]!;
    else slot = this.#slots++;
    this.#rows.ensure(this.#slots);

    const { cells } = this;
    const row = slot * STRIDE;
    cells.fill(0, row, row + STRIDE);
    cells[row + SEQUENCE] = sequence;
    cells[row + SYMBOL] = symbol;
    cells[row + STRATEGY] = strategy;
    cells[row + NEXT] = NONE;

    const list = symbol * CELLS_PER_SYMBOL;
    const tail = this.#lists[list + TAIL]!;
    if (tail === NONE) this.#lists[list + HEAD] = slot;
    else cells[tail * STRIDE + NEXT] = slot;
    this.#lists[list + TAIL] = slot;
    return slot;
  }

  /** The slot of an order that has not ended, or −1. */
  find(symbol: number, strategy: number, sequence: number): number {
    const slot = this.#slotOf(symbol, strategy, sequence);
    return slot === NONE || this.cells[slot * STRIDE + LIFE] === DONE ? NONE : slot;
  }

  #slotOf(symbol: number, strategy: number, sequence: number): number {
    const { cells } = this;
    for (let slot = this.head(symbol); slot !== NONE; slot = cells[slot * STRIDE + NEXT]!) {
      const row = slot * STRIDE;
      if (cells[row + SEQUENCE] === sequence && cells[row + STRATEGY] === strategy) return slot;
    }
    return NONE;
  }

  /** Row of an order's first child, or −1. It may have ended. */
  firstChild(row: number): number {
    const { cells } = this;
    if (cells[row + CHILDREN] === 0) return NONE;
    return this.#childAt(cells[row + NEXT]!, cells[row + SEQUENCE]!, cells[row + STRATEGY]!);
  }

  /** Row of the child after this one, or −1. Children of a parent are sent together, so nothing stands between them. */
  nextChild(row: number): number {
    const { cells } = this;
    return this.#childAt(cells[row + NEXT]!, cells[row + PARENT]!, cells[row + STRATEGY]!);
  }

  /** Row of a child's parent, or −1 if it has ended and been swept. */
  parentRow(row: number): number {
    const { cells } = this;
    const slot = this.#slotOf(cells[row + SYMBOL]!, cells[row + STRATEGY]!, cells[row + PARENT]!);
    return slot === NONE ? NONE : slot * STRIDE;
  }

  #childAt(slot: number, parent: number, strategy: number): number {
    const row = slot * STRIDE;
    if (slot === NONE || this.cells[row + PARENT] !== parent) return NONE;
    return this.cells[row + STRATEGY] === strategy ? row : NONE;
  }

  /**
   * For the owner, after the symbol's tick: frees what has ended, and marks which live orders the next bar reaches.
   *
   * The bar is read here one step early, and only here: what it says stays in the marks, which settlement alone reads. Trailing
   * stops follow the bar before it first.
   */
  testNextBar(symbol: number, bars: BarViews, nextIndex: number, touch: LimitTouch, tick: Grain): void {
    const list = symbol * CELLS_PER_SYMBOL;
    if (this.#lists[list + HEAD] === NONE) return;
    this.sweep(symbol);

    const hasNext = nextIndex < bars.count;
    const high = hasNext ? bars.high[nextIndex]! : NaN;
    const low = hasNext ? bars.low[nextIndex]! : NaN;
    const time = hasNext ? bars.time[nextIndex]! : NaN;
    const { cells } = this;
    let count = 0;
    for (let slot = this.#lists[list + HEAD]!; slot !== NONE; ) {
      const row = slot * STRIDE;
      let marks = 0;
      if (hasNext && cells[row + LIFE] === LIVE) {
        if (cells[row + TYPE] === TRAILING) follow(cells, row, bars, nextIndex - 1, tick);
        if (isReached(cells[row + TYPE]!, cells[row + SIDE]!, cells[row + PRICE]!, high, low, touch))
          marks = MARK_REACHED;
        if (cells[row + TIME_IN_FORCE] !== 0) marks += timeMarks(cells, row, time);
      }
      cells[row + REACHED] = marks;
      if (marks !== 0) count++;
      slot = cells[row + NEXT]!;
    }
    this.#lists[list + REACHED_COUNT] = count;
  }

  /** For the owner: takes ended orders out of a symbol's list and gives their slots back. */
  sweep(symbol: number): void {
    const list = symbol * CELLS_PER_SYMBOL;
    const { cells } = this;
    let before = NONE;
    for (let slot = this.#lists[list + HEAD]!; slot !== NONE; ) {
      const row = slot * STRIDE;
      const next = cells[row + NEXT]!;
      if (cells[row + LIFE] !== DONE) {
        before = slot;
      } else {
        if (before === NONE) this.#lists[list + HEAD] = next;
        else cells[before * STRIDE + NEXT] = next;
        if (next === NONE) this.#lists[list + TAIL] = before;
        cells[row + NEXT] = this.#free;
        this.#free = slot;
      }
      slot = next;
    }
  }
}

function timeMarks(cells: Float64Array, row: number, time: number): number {
  if (time >= cells[row + UNTIL]!) return MARK_EXPIRED;
  const timeInForce = cells[row + TIME_IN_FORCE]!;
  return timeInForce === IOC || timeInForce === FOK ? MARK_ONLY : 0;
}

/** Moves a trailing stop with the bars that it has been live on, up to `index`. */
export function follow(cells: Float64Array, row: number, bars: BarViews, index: number, tick: Grain): void {
  const side = cells[row + SIDE]!;
  let best = cells[row + WATER]!;
  for (let known = cells[row + WATER_BAR]! + 1; known <= index; known++)
    best = markAfter(best, side, bars, known);
  cells[row + WATER_BAR] = index;
  if (best === cells[row + WATER]) return;
  setMark(cells, row, best, tick);
}

/** Gives a trailing stop a new water mark, and the level that follows from it. */
export function setMark(cells: Float64Array, row: number, best: number, tick: Grain): void {
  const isPercent = cells[row + LEVEL] === LEVEL_PERCENT;
  cells[row + WATER] = best;
  cells[row + PRICE] = trailLevel(best, cells[row + SIDE]!, isPercent, cells[row + DISTANCE]!, tick);
}
