/**
 * The ledger: puts the threads' batches together, chunk by chunk, in canonical order, and hands each chunk on.
 *
 * It stands on the main thread, off the run's path. A chunk is complete when every thread has handed in its batch of it;
 * chunks are passed on in order, so whoever listens sees the record as if one thread had written it. The digest is one of
 * the listeners; result files and metrics are others. Memory holds the chunks that are not complete yet, and the distinct tags.
 */
import { assert } from '../kernel/assert.ts';
import {
  type Batch,
  EMPTY_TEXT,
  EVENT_AT,
  FIRST_LINE,
  KEY_SIZE,
  PHASE_AT,
  ROW_SIZES,
  STEP,
  STRATEGY_AT,
  SYMBOL_AT,
  TEXT_THREAD,
} from './record-log.ts';
import { ALL_FIELDS, ALL_KINDS, type AnyKind, type EventOf } from './records.ts';

/** Rows of one kind in canonical order, as `record-log.ts` lays them out. */
export interface SortedRows {
  readonly kind: AnyKind;
  readonly cells: Float64Array;
  readonly rowSize: number;
  readonly count: number;
}

export interface Chunk {
  readonly index: number;
  readonly rows: Readonly<Record<AnyKind, SortedRows>>;
  readonly texts: Texts;
}

export type ChunkListener = (chunk: Chunk) => void;

/** Texts by reference, whichever thread they came from: all tags so far, and the lines of one chunk. */
export class Texts {
  readonly #byThread: readonly (readonly string[])[];
  readonly #lines: readonly (readonly string[])[];

  constructor(byThread: readonly (readonly string[])[], lines: readonly (readonly string[])[]) {
    this.#byThread = byThread;
    this.#lines = lines;
  }

  of(reference: number): string {
    if (reference === EMPTY_TEXT) return '';
    const thread = Math.floor(reference / TEXT_THREAD);
    const place = reference % TEXT_THREAD;
    return place < FIRST_LINE ? this.#byThread[thread]![place]! : this.#lines[thread]![place - FIRST_LINE]!;
  }
}

export class Ledger {
  readonly #threads: number;
  /** Tags and the like, by thread: they only grow. */
  readonly #texts: string[][];
  readonly #waiting = new Map<number, Batch[]>();
  readonly #listeners: ChunkListener[];
  #next = 0;

  constructor(threads: number, listeners: ChunkListener[]) {
    this.#threads = threads;
    this.#texts = Array.from({ length: threads }, () => []);
    this.#listeners = listeners;
  }

  add(batch: Batch): void {
    const batches = this.#waiting.get(batch.chunk) ?? [];
    batches.push(batch);
    this.#waiting.set(batch.chunk, batches);
    for (
      let ready = this.#waiting.get(this.#next);
      ready?.length === this.#threads;
      ready = this.#waiting.get(this.#next)
    ) {
      this.#waiting.delete(this.#next);
      this.#pass(this.#next++, ready);
    }
  }

  /** Nothing may be left over: a run that ends well has handed in every batch. */
  close(): void {
    assert(this.#waiting.size === 0, 'every chunk of a finished run is complete');
  }

  #pass(index: number, batches: Batch[]): void {
    batches.sort((a, b) => a.thread - b.thread);
    for (const { thread, texts } of batches) for (const text of texts) this.#texts[thread]!.push(text);
    const rows = {} as Record<AnyKind, SortedRows>;
    for (const [place, kind] of ALL_KINDS.entries()) {
      rows[kind] = sortRows(
        kind,
        ROW_SIZES[place]!,
        batches.map((batch) => batch.rows[place]!),
      );
    }
    const lines = batches.map((batch) => batch.lines);
    const chunk: Chunk = { index, rows, texts: new Texts(this.#texts, lines) };
    for (const listen of this.#listeners) listen(chunk);
  }
}

/** Joins the threads' rows and sorts them by key. Mostly they are sorted already, for a run on one thread always is. */
function sortRows(kind: AnyKind, rowSize: number, parts: readonly Float64Array[]): SortedRows {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  let cells = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    cells.set(part, at);
    at += part.length;
  }
  const count = length / rowSize;
  let isSorted = true;
  for (let row = 1; row < count && isSorted; row++) {
    isSorted = compareRows(cells, (row - 1) * rowSize, row * rowSize) < 0;
  }
  if (!isSorted) {
    const order = Array.from({ length: count }, (_, row) => row * rowSize);
    order.sort((a, b) => compareRows(cells, a, b));
    const sorted = new Float64Array(length);
    for (const [row, from] of order.entries())
      sorted.set(cells.subarray(from, from + rowSize), row * rowSize);
    cells = sorted;
  }
  return { kind, cells, rowSize, count };
}

function compareRows(cells: Float64Array, a: number, b: number): number {
  for (let field = STEP; field < KEY_SIZE; field++) {
    const difference = cells[a + field]! - cells[b + field]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Rows as objects: for tests, files and messages. */
export function decodeRows<Kind extends AnyKind>(
  rows: SortedRows & { readonly kind: Kind },
  symbols: readonly string[],
  texts: Texts,
): EventOf<Kind>[] {
  const fields = Object.entries(ALL_FIELDS[rows.kind]);
  return Array.from({ length: rows.count }, (_, row) => {
    const at = row * rows.rowSize;
    const { cells } = rows;
    const event: Record<string, unknown> = {
      kind: rows.kind,
      step: cells[at + STEP]!,
      phase: cells[at + PHASE_AT]!,
      symbol: symbols[cells[at + SYMBOL_AT]!] ?? '',
      strategy: cells[at + STRATEGY_AT]!,
      event: cells[at + EVENT_AT]!,
    };
    for (const [place, [name, type]] of fields.entries()) {
      const value = cells[at + KEY_SIZE + place]!;
      event[name] = type === 'number' ? value : type === 'text' ? texts.of(value) : type[value];
    }
    return event as EventOf<Kind>;
  });
}
