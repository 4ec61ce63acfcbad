/**
 * Declares a block of shared memory and computes where each field lies in it.
 *
 *     const at = layout({
 *       RELEASED: cells(1, LINE_EACH),
 *       PROMISE: cells(parties, LINE_EACH),
 *       CASH: numbers(1, OWN_LINE),
 *     });
 *     const { cells, numbers } = views(new SharedArrayBuffer(at.bytes));
 *     cells[at.PROMISE + worker * CELLS_PER_LINE]; // an index, ready for use
 *     numbers[at.CASH];
 *
 * Fields lie in the order in which they are declared. A field's entry is the *index* of its first element in
 * the view of its own kind: of `Int32Array` for cells, of `Float64Array` for numbers, both over the whole
 * buffer.
 *
 * A line is 128 bytes. JavaScript does not say where a buffer starts, so we count on distance, not on
 * alignment: two 64-byte lines, since x86 fetches them in pairs. Two fields 128 bytes apart never share a
 * line that one thread writes while another spins on it, wherever the buffer starts.
 *
 * Invariants: fields do not overlap; a number lies at a multiple of 8 bytes; nothing shares a line with a
 * field that has lines to itself; `bytes` is a multiple of a line, so both views fit.
 */
import { assert } from './assert.ts';

export type SharedCells = Int32Array<SharedArrayBuffer>;
export type SharedNumbers = Float64Array<SharedArrayBuffer>;

/** How a field lies among others: close to them, on lines of its own, or with a line for each of its elements. */
export type Spacing = 'packed' | 'own-line' | 'line-each';
export const OWN_LINE = 'own-line';
/** The rest of each element's line belongs to it: a cell to sleep on keeps its sleeper count and its bell there. */
export const LINE_EACH = 'line-each';

export interface Field {
  /** Bytes of one element: 4 for a cell, 8 for a number. */
  readonly size: number;
  readonly count: number;
  readonly spacing: Spacing;
}

/** The index of each field's first element, and the bytes of the whole block. */
export type Layout<Name extends string> = Readonly<Record<Name, number>> & { readonly bytes: number };

const LINE_BYTES = 128;
export const CELLS_PER_LINE = LINE_BYTES / Int32Array.BYTES_PER_ELEMENT;
export const NUMBERS_PER_LINE = LINE_BYTES / Float64Array.BYTES_PER_ELEMENT;

/** `count` slots of an `Int32Array`: the only kind that can be waited on. */
export function cells(count: number, spacing: Spacing = 'packed'): Field {
  return { size: Int32Array.BYTES_PER_ELEMENT, count, spacing };
}

/** `count` slots of a `Float64Array`. */
export function numbers(count: number, spacing: Spacing = 'packed'): Field {
  return { size: Float64Array.BYTES_PER_ELEMENT, count, spacing };
}

export function layout<Name extends string>(fields: Readonly<Record<Name, Field>>): Layout<Name> {
  const indices: Record<string, number> = {};
  let offset = 0;
  for (const [name, field] of Object.entries<Field>(fields)) {
    assert(name !== 'bytes', '`bytes` is the size of the block, not a field');
    assert(Number.isSafeInteger(field.count) && field.count >= 0, `a count of ${name}, was ${field.count}`);
    const apart = field.spacing !== 'packed';
    offset = roundUp(offset, apart ? LINE_BYTES : field.size);
    indices[name] = offset / field.size;
    offset += field.count * (field.spacing === 'line-each' ? LINE_BYTES : field.size);
    if (apart) offset = roundUp(offset, LINE_BYTES); // So that the next field starts on another line.
  }
  return { ...indices, bytes: roundUp(offset, LINE_BYTES) } as Layout<Name>;
}

/** Both views over a block, which `layout()` sized. Threads post the buffer and make their own views. */
export function views(buffer: SharedArrayBuffer): { cells: SharedCells; numbers: SharedNumbers } {
  assert(buffer.byteLength % LINE_BYTES === 0, 'a block is a whole number of lines');
  return { cells: new Int32Array(buffer), numbers: new Float64Array(buffer) };
}

function roundUp(offset: number, multiple: number): number {
  return Math.ceil(offset / multiple) * multiple;
}
