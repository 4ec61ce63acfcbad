/**
 * What settlement has to tell the instances of one owner: a queue that the conductor fills in the serial phase and the owner
 * empties in the parallel phase that follows.
 *
 *     row field   what
 *     ROW         where the order stands in its table; it stays there until the owner's next sweep
 *     IS_HOUSE    1 if that is the broker's own table
 *     KIND        FILL, REJECT, CANCEL or EXPIRE
 *     DETAIL      effect, code or reason: a place in the list of words of its kind
 *     QUANTITY    filled, or still to be filled when it ended
 *     PRICE, FEE  of a fill
 *
 * The count is one Int32 cell, written by the conductor alone. Both sides run on different sides of the barrier, so plain
 * accesses are enough.
 */
import { SharedRows, type SharedRowsMemory } from '../kernel/shared-rows.ts';

export const ROW = 0;
export const KIND = 1;
export const DETAIL = 2;
export const QUANTITY = 3;
export const PRICE = 4;
export const FEE = 5;
export const IS_HOUSE = 6;
export const STRIDE = 7;

export const FILL = 0;
export const REJECT = 1;
export const CANCEL = 2;
export const EXPIRE = 3;

const ROWS_START = 64;
const ROWS_MAX = 8_000_000;

export interface NoticeMemory {
  readonly rows: SharedRowsMemory;
  readonly count: SharedArrayBuffer;
}

export class NoticeQueue {
  readonly memory: NoticeMemory;
  readonly #rows: SharedRows;
  readonly #count: Int32Array;

  static create(): NoticeQueue {
    const rows = SharedRows.create(STRIDE, ROWS_START, ROWS_MAX).memory;
    return new NoticeQueue({ rows, count: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) });
  }

  constructor(memory: NoticeMemory) {
    this.memory = memory;
    this.#rows = new SharedRows(memory.rows);
    this.#count = new Int32Array(memory.count);
  }

  get count(): number {
    return this.#count[0]!;
  }

  /** For the owner, before reading. */
  refresh(): Float64Array {
    this.#rows.refresh();
    return this.#rows.cells;
  }

  /** For the conductor, before a serial phase. */
  clear(): void {
    this.#count[0] = 0;
  }

  /** For the conductor. */
  push(
    row: number,
    isHouse: boolean,
    kind: number,
    detail: number,
    quantity: number,
    price: number,
    fee: number,
  ): void {
    const index = this.#count[0]!;
    this.#rows.ensure(index + 1);
    const { cells } = this.#rows;
    const at = index * STRIDE;
    cells[at + ROW] = row;
    cells[at + KIND] = kind;
    cells[at + DETAIL] = detail;
    cells[at + QUANTITY] = quantity;
    cells[at + PRICE] = price;
    cells[at + FEE] = fee;
    cells[at + IS_HOUSE] = isHouse ? 1 : 0;
    this.#count[0] = index + 1;
  }
}
