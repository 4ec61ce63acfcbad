/**
 * Which symbols have a bar at which step: a bitmap of two pages, written ahead on one while the other is read.
 *
 * A page holds the steps of one block (1 today), a row of bits for each; blocks alternate between the pages.
 * The conductor writes the page of block b + 1 during block b, while the workers read the page of block b;
 * then it flips.
 *
 * Memory: one Int32Array. A row is ⌈symbols / 32⌉ cells; symbol s is bit s mod 32 of cell s div 32.
 *
 *     cell                   name      written by                         read by
 *     line 0                 SYMBOLS   create(), once                     everyone, on attaching
 *                            BLOCK     create(), once: steps of a block   everyone, on attaching
 *     line 1                 VISIBLE   conductor, once a block: flip()    everyone, at every read, as a check
 *     from line 2            EVEN      conductor, during odd blocks       everyone, during even blocks
 *     from the next line     ODD       conductor, during even blocks      everyone, during odd blocks
 *
 * VISIBLE is the number of the published block, at first -1.
 *
 * Invariants:
 *
 *  1. Only the page of block VISIBLE + 1 is written, by one writer; only that of block VISIBLE is read. They
 *     are never the same.
 *  2. A reader names its own step, and is answered for that step or not at all. One that runs ahead or lags
 *     behind gets an assertion, never the bit of another step.
 *
 * Ordering: no atomics, and no lock, for the barrier is between. The page of block b and then VISIBLE = b are
 * written before the conductor releases block b, and read after that. The page is cleared, for block b + 2,
 * only after flip(b + 1), and that comes after everyone has arrived at the end of block b. Two pages are
 * enough, and one is not: with one, it would have to be filled in the serial phase, while everyone waits.
 */
import { assert } from './assert.ts';
import { cells, layout, OWN_LINE, type SharedCells, views } from './layout.ts';

const BITS_PER_CELL = 32;

const fieldsFor = (pageCells: number) => ({
  SYMBOLS: cells(1),
  BLOCK: cells(1),
  VISIBLE: cells(1, OWN_LINE),
  EVEN: cells(pageCells, OWN_LINE),
  ODD: cells(pageCells, OWN_LINE),
});
const { SYMBOLS, BLOCK, VISIBLE, EVEN } = layout(fieldsFor(0)); // ODD depends on the size of a page.

export class HasData {
  readonly buffer: SharedArrayBuffer;
  readonly symbols: number;
  /** Steps of a block. */
  readonly block: number;
  readonly #cells: SharedCells;
  readonly #rowCells: number;
  /** From the start of one page to the start of the other. */
  readonly #pageStride: number;

  /** Lays out both pages, with nobody present and nothing published. Hand `buffer` to the other threads. */
  static create(symbols: number, block = 1): HasData {
    assert(Number.isSafeInteger(symbols) && symbols > 0, `at least one symbol, were ${symbols}`);
    assert(Number.isSafeInteger(block) && block > 0, `at least one step a block, were ${block}`);
    const pageCells = block * rowCellsOf(symbols);
    const buffer = new SharedArrayBuffer(layout(fieldsFor(pageCells)).bytes);
    const { cells } = views(buffer);
    cells[SYMBOLS] = symbols;
    cells[BLOCK] = block;
    cells[VISIBLE] = -1;
    return new HasData(buffer);
  }

  /** Attaches to what `create()` laid out. */
  constructor(buffer: SharedArrayBuffer) {
    const { cells } = views(buffer);
    this.buffer = buffer;
    this.symbols = cells[SYMBOLS]!;
    this.block = cells[BLOCK]!;
    this.#cells = cells;
    this.#rowCells = rowCellsOf(this.symbols);
    const at = layout(fieldsFor(this.block * this.#rowCells));
    assert(at.bytes === buffer.byteLength, 'this is a bitmap of presence');
    this.#pageStride = at.ODD - at.EVEN;
  }

  /** The block that a step lies in. */
  blockOf(step: number): number {
    return Math.floor(step / this.block);
  }

  /** Whether a symbol has a bar at the reader's own step, which lies in the published block. */
  has(step: number, symbol: number): boolean {
    const cells = this.#cells;
    const visible = cells[VISIBLE]!;
    const row = step - visible * this.block; // Not step / block: this is asked for every symbol at every step.
    assert(row >= 0 && row < this.block && visible >= 0, 'presence is read in the published block only');
    assert(symbol >= 0 && symbol < this.symbols, 'presence of a symbol of the run');
    const bits = cells[this.#rowStart(visible, row) + (symbol >>> 5)]!;
    return ((bits >>> (symbol & 31)) & 1) === 1;
  }

  /** Conductor: begins the page of the block to be published next, with nobody present. */
  clearPage(block: number): void {
    this.#assertNext(block);
    const start = this.#rowStart(block, 0);
    this.#cells.fill(0, start, start + this.block * this.#rowCells);
  }

  /** Conductor: the symbol has a bar at a step of the block to be published next. */
  set(step: number, symbol: number): void {
    const cells = this.#cells;
    const block = this.blockOf(step);
    this.#assertNext(block);
    assert(symbol >= 0 && symbol < this.symbols, 'presence of a symbol of the run');
    const cell = this.#rowStart(block, step - block * this.block) + (symbol >>> 5);
    cells[cell] = cells[cell]! | (1 << (symbol & 31));
  }

  /** Conductor: publishes the page of `block`. Last in the serial phase: nobody may be reading the other one. */
  flip(block: number): void {
    this.#assertNext(block);
    this.#cells[VISIBLE] = block; // Plain: the release that follows opens it to the others, with the page.
  }

  /** The published block, or -1 before the first flip. */
  get visible(): number {
    return this.#cells[VISIBLE]!;
  }

  /** The first cell of a row, counted from 0 within its block, on the page of that block. */
  #rowStart(block: number, row: number): number {
    return EVEN + (block & 1) * this.#pageStride + row * this.#rowCells;
  }

  #assertNext(block: number): void {
    assert(block === this.#cells[VISIBLE]! + 1, 'only the page of the next block is written');
  }
}

function rowCellsOf(symbols: number): number {
  return Math.ceil(symbols / BITS_PER_CELL);
}
