/**
 * A table of doubles in shared memory that its one writer may grow while others read it.
 *
 * A row is `stride` doubles side by side, because whoever touches a row wants most of its fields: an order's life, side,
 * type and price lie within two cache lines, where columns of their own would be twelve.
 *
 * The memory is a growable SharedArrayBuffer with a reserved maximum: what is not used yet costs address space, not
 * memory. The writer grows it before it publishes that there is more (the count of rows is published by whoever uses the
 * table, before a barrier). A reader that is told of a row beyond its view calls `refresh()` and has a longer one.
 * Views have a fixed length on purpose: one that tracks its buffer would check the length at every access.
 */
import { assert } from './assert.ts';

const GROWTH = 2;

export interface SharedRowsMemory {
  readonly buffer: SharedArrayBuffer;
  readonly stride: number;
}

export class SharedRows {
  readonly memory: SharedRowsMemory;
  readonly stride: number;
  /** The doubles. Take it anew after `ensure` or `refresh`. */
  cells: Float64Array<SharedArrayBuffer>;

  static create(stride: number, rowsStart: number, rowsMax: number): SharedRows {
    const bytes = stride * Float64Array.BYTES_PER_ELEMENT;
    const buffer = new SharedArrayBuffer(rowsStart * bytes, { maxByteLength: rowsMax * bytes });
    return new SharedRows({ buffer, stride });
  }

  constructor(memory: SharedRowsMemory) {
    this.memory = memory;
    this.stride = memory.stride;
    this.cells = wholeView(memory.buffer);
  }

  /** Rows that this view reaches. */
  get rows(): number {
    return this.cells.length / this.stride;
  }

  /** For the writer: makes room for `count` rows. */
  ensure(count: number): void {
    if (count <= this.rows) return;
    const { buffer } = this.memory;
    const bytes = this.stride * Float64Array.BYTES_PER_ELEMENT;
    assert(count * bytes <= buffer.maxByteLength, 'a shared table stays within the maximum reserved for it');
    buffer.grow(Math.min(buffer.maxByteLength, Math.max(count * bytes, buffer.byteLength * GROWTH)));
    this.cells = wholeView(buffer);
  }

  /** For a reader: sees what the writer has grown since. */
  refresh(): void {
    if (this.memory.buffer.byteLength > this.cells.byteLength) this.cells = wholeView(this.memory.buffer);
  }
}

function wholeView(buffer: SharedArrayBuffer): Float64Array<SharedArrayBuffer> {
  return new Float64Array(buffer, 0, buffer.byteLength / Float64Array.BYTES_PER_ELEMENT);
}
