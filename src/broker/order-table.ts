/**
 * The orders of one owner: a shard's symbol strategies, or the portfolio strategy.
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
 * start, asleep. A slot is freed only by the sweep, after its owner has been told how the order ended.
 */
import { assert } from '../kernel/assert.ts';
import { SharedRows, type SharedRowsMemory } from '../kernel/shared-rows.ts';
import type { BarViews } from '../market/bar-store.ts';
import { isReached } from './matching.ts';
import type { LimitTouch } from './policies.ts';

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
/** 1 if the symbol's next bar reaches it. */
export const REACHED = 9;
/** The next order of the symbol, −1 at the end. */
export const NEXT = 10;
export const REDUCE_ONLY = 11;
/** Sequences, 0 for none. */
export const PARENT = 12;
export const GROUP = 13;
/** 0 if it has no such child. Children have the parent's sequence + 1 and + 2, in this order. */
export const STOP_CHILD = 14;
export const TARGET_CHILD = 15;
/** How a child says where it goes, an index into LEVELS, and how far. */
export const LEVEL = 16;
export const DISTANCE = 17;
export const OPEN_RISK_MAX = 18;
export const TAG = 19;
/** 1 once a fill has been charged the fee per order. */
export const FEE_PAID = 20;
/** 1 once it has opened or increased a position. */
export const OPENED = 21;
/** TYPE as submitted: why a position was closed. */
export const TYPE_SENT = 22;
/** 1 once the strategy has given it a quantity in place of the one it was sent with. */
export const SIZED = 23;
export const STRIDE = 24;

/** Values of LIFE. */
export const DONE = 0;
export const LIVE = 1;
export const DORMANT = 2;

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

  /** How many live orders the symbol's next bar reaches. */
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
    const { cells } = this;
    for (let slot = this.head(symbol); slot !== NONE; slot = cells[slot * STRIDE + NEXT]!) {
      const row = slot * STRIDE;
      if (cells[row + SEQUENCE] !== sequence || cells[row + STRATEGY] !== strategy) continue;
      return cells[row + LIFE] === DONE ? NONE : slot;
    }
    return NONE;
  }

  /**
   * For the owner, after the symbol's tick: frees what has ended, and marks which live orders the next bar reaches.
   *
   * The bar is read here one step early, and only here: what it says stays in the marks, which settlement alone reads.
   */
  testNextBar(symbol: number, bars: BarViews, nextIndex: number, touch: LimitTouch): void {
    const list = symbol * CELLS_PER_SYMBOL;
    if (this.#lists[list + HEAD] === NONE) return;
    this.#sweep(list);

    const hasNext = nextIndex < bars.count;
    const high = hasNext ? bars.high[nextIndex]! : NaN;
    const low = hasNext ? bars.low[nextIndex]! : NaN;
    const { cells } = this;
    let count = 0;
    for (let slot = this.#lists[list + HEAD]!; slot !== NONE; ) {
      const row = slot * STRIDE;
      const isHit =
        hasNext &&
        cells[row + LIFE] === LIVE &&
        isReached(cells[row + TYPE]!, cells[row + SIDE]!, cells[row + PRICE]!, high, low, touch);
      cells[row + REACHED] = isHit ? 1 : 0;
      if (isHit) count++;
      slot = cells[row + NEXT]!;
    }
    this.#lists[list + REACHED_COUNT] = count;
  }

  /** Takes ended orders out of a symbol's list and gives their slots back. */
  #sweep(list: number): void {
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

/** Whether a slot still holds the child that its parent remembers; slots are used again. */
export function holdsChild(
  cells: Float64Array,
  childSlot: number,
  parentRow: number,
  sequence: number,
): boolean {
  const row = childSlot * STRIDE;
  assert(parentRow >= 0, 'a child has a parent');
  return (
    cells[row + LIFE] !== DONE &&
    cells[row + SEQUENCE] === sequence &&
    cells[row + PARENT] === cells[parentRow + SEQUENCE] &&
    cells[row + SYMBOL] === cells[parentRow + SYMBOL] &&
    cells[row + STRATEGY] === cells[parentRow + STRATEGY]
  );
}
