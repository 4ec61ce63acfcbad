/**
 * The events that one thread writes: private to it until a chunk of steps is over, then handed on as a batch.
 *
 * A row of doubles an event: the key, then the fields of its kind in the order of `records.ts`. A word is held as its
 * place in its list, a text as a reference: thread × 2³² + its place among the texts of that thread, −1 for ''.
 * Texts that may come again (tags, names of plots) are kept for the run; lines of the log, from place 2³¹ on, for their chunk.
 *
 *     0     1      2       3         4      5 …
 *     step  phase  symbol  strategy  event  fields
 *
 * The events of an instance in one (step, phase) are written by exactly one thread, so counting them needs no one else. At the
 * end the conductor writes how orders ended and the owner what the strategy logs: logs and plots have a count of their own.
 */
import { ALL_FIELDS, ALL_KINDS, type AnyKind, RECORD_KINDS } from './records.ts';

/** Places in a row. */
export const STEP = 0;
export const PHASE_AT = 1;
export const SYMBOL_AT = 2;
export const STRATEGY_AT = 3;
export const EVENT_AT = 4;
export const KEY_SIZE = 5;

/** Steps in a chunk: what is hashed at once, and handed on at once. */
export const CHUNK_STEPS = 4_096;

export const TEXT_THREAD = 2 ** 32;
export const EMPTY_TEXT = -1;
/** References from here on are lines: they are of their own chunk and are forgotten with it. */
export const FIRST_LINE = 2 ** 31;

/** The symbol of what belongs to none: a portfolio strategy's log. */
export const NOBODY = -1;

export type KindIndex = number;
/** Where the kinds begin that are no part of the record: writing a log must not renumber an order. */
const SIDE_KIND = RECORD_KINDS.length;
export const KIND = Object.fromEntries(ALL_KINDS.map((kind, index) => [kind, index])) as Readonly<
  Record<AnyKind, KindIndex>
>;

/** Doubles in a row of each kind. */
export const ROW_SIZES: readonly number[] = ALL_KINDS.map(
  (kind) => KEY_SIZE + Object.keys(ALL_FIELDS[kind]).length,
);

/** Everything one thread recorded in one chunk. */
export interface Batch {
  readonly thread: number;
  readonly chunk: number;
  /** Rows of each kind, in the order of ALL_KINDS. */
  readonly rows: readonly Float64Array[];
  /** Texts that references of this or a later chunk speak of: the next ones of this thread. */
  readonly texts: readonly string[];
  /** Lines of the log in this chunk. */
  readonly lines: readonly string[];
}

const CELLS_START = 1_024;

export class RecordLog {
  readonly #thread: number;
  readonly #cells: Float64Array[] = ROW_SIZES.map(() => new Float64Array(CELLS_START));
  readonly #used = new Int32Array(ROW_SIZES.length);
  /** By book: the (step, phase) of its last event, and how many it had there. Record and side events count apart. */
  readonly #lastKey: Float64Array;
  readonly #events: Float64Array;
  readonly #referenceOf = new Map<string, number>();
  readonly #textOf = new Map<number, string>();
  #texts: string[] = [];
  #lines: string[] = [];
  #textCount = 0;
  readonly #strategies: number;
  readonly #books: number;
  #step = -1;
  #phase = 0;

  constructor(thread: number, symbols: number, strategies: number) {
    this.#thread = thread;
    this.#strategies = strategies;
    this.#books = symbols * strategies;
    this.#lastKey = new Float64Array(2 * this.#books + 1).fill(-1); // And one for what belongs to no symbol.
    this.#events = new Float64Array(2 * this.#books + 1);
  }

  /** Everything until the next call happens at this step and in this phase. */
  at(step: number, phase: number): void {
    this.#step = step;
    this.#phase = phase;
  }

  /** Opens a row for an event of an instance. Returns where its fields begin in `cells(kind)`. */
  begin(kind: KindIndex, symbol: number, strategy: number): number {
    const at = this.#open(kind);
    const cells = this.#cells[kind]!;
    const book = this.#counterOf(kind, symbol, strategy);
    const key = this.#step * 8 + this.#phase;
    const event = this.#lastKey[book] === key ? this.#events[book]! + 1 : 0;
    this.#lastKey[book] = key;
    this.#events[book] = event;
    cells[at + SYMBOL_AT] = symbol;
    cells[at + STRATEGY_AT] = strategy;
    cells[at + EVENT_AT] = event;
    return at + KEY_SIZE;
  }

  #counterOf(kind: KindIndex, symbol: number, strategy: number): number {
    if (symbol === NOBODY) return 2 * this.#books;
    return symbol * this.#strategies + strategy + (kind >= SIDE_KIND ? this.#books : 0);
  }

  /** Opens a row for an event that belongs to the account: symbol and strategy −1. */
  beginShared(kind: KindIndex): number {
    const at = this.#open(kind);
    const cells = this.#cells[kind]!;
    cells[at + SYMBOL_AT] = -1;
    cells[at + STRATEGY_AT] = -1;
    cells[at + EVENT_AT] = 0;
    return at + KEY_SIZE;
  }

  /** Take it after `begin`: a row that did not fit has moved them all. */
  cells(kind: KindIndex): Float64Array {
    return this.#cells[kind]!;
  }

  /** A reference to a text that may come again, such as a tag. */
  intern(text: string): number {
    if (text === '') return EMPTY_TEXT;
    const known = this.#referenceOf.get(text);
    if (known !== undefined) return known;
    this.#texts.push(text);
    const reference = this.#thread * TEXT_THREAD + this.#textCount++;
    this.#referenceOf.set(text, reference);
    this.#textOf.set(reference, text);
    return reference;
  }

  /** The text that `intern` gave this reference for. */
  interned(reference: number): string {
    return reference === EMPTY_TEXT ? '' : this.#textOf.get(reference)!;
  }

  /** A reference to a text that will not come again. */
  addLine(text: string): number {
    this.#lines.push(text);
    return this.#thread * TEXT_THREAD + FIRST_LINE + this.#lines.length - 1;
  }

  /** Hands over what was recorded since the last call, in memory of its own. */
  take(chunk: number): Batch {
    const rows = this.#cells.map((cells, kind) => cells.slice(0, this.#used[kind]!));
    const texts = this.#texts;
    const lines = this.#lines;
    this.#used.fill(0);
    this.#texts = [];
    this.#lines = [];
    return { thread: this.#thread, chunk, rows, texts, lines };
  }

  #open(kind: KindIndex): number {
    const at = this.#used[kind]!;
    const size = ROW_SIZES[kind]!;
    if (at + size > this.#cells[kind]!.length) this.#grow(kind);
    this.#used[kind] = at + size;
    const cells = this.#cells[kind]!;
    cells[at + STEP] = this.#step;
    cells[at + PHASE_AT] = this.#phase;
    return at;
  }

  #grow(kind: KindIndex): void {
    const old = this.#cells[kind]!;
    const cells = new Float64Array(old.length * 2);
    cells.set(old);
    this.#cells[kind] = cells;
  }
}
