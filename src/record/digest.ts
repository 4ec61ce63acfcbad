/**
 * The digest of a run: one SHA-256 that any change of any field of any record changes.
 *
 * Records are hashed by kind, symbol and chunk of 4,096 steps; the digest hashes the chunk hashes and a format version. So two
 * runs are compared by their chunk hashes, without reading what is equal. In a chunk, for each row in canonical order: the
 * key and the fields, numbers as little-endian doubles (one NaN; −0 is not 0), words and texts as a 32-bit length and UTF-8. What
 * identifies a row is its place, so strategies and symbols are hashed by name or place, never by memory.
 */
import { createHash, hash } from 'node:crypto';
import type { Chunk, SortedRows, Texts } from './ledger.ts';
import { KEY_SIZE, SYMBOL_AT } from './record-log.ts';
import { ALL_FIELDS, type FieldType, RECORD_KINDS, type RecordKind } from './records.ts';

export const DIGEST_FORMAT = 'lockstep record 2';

/** The hash of the records of one kind and symbol in one chunk. */
export interface ChunkHash {
  readonly kind: RecordKind;
  /** '' for what belongs to the account. */
  readonly symbol: string;
  readonly chunk: number;
  readonly hash: string;
}

export class Digest {
  readonly #symbols: readonly string[];
  readonly #hashes: ChunkHash[] = [];
  readonly #writer = new ByteWriter();

  constructor(symbols: readonly string[]) {
    this.#symbols = symbols;
  }

  /** A listener of the ledger. */
  readonly listen = (chunk: Chunk): void => {
    for (const kind of RECORD_KINDS) this.#addKind(chunk, chunk.rows[kind]);
  };

  get hashes(): readonly ChunkHash[] {
    return this.#hashes;
  }

  value(): string {
    return digestOf(this.#symbols, this.#hashes);
  }

  #addKind(chunk: Chunk, rows: SortedRows): void {
    const { cells, rowSize, count } = rows;
    const kind = rows.kind as RecordKind;
    const order = this.#groupBySymbol(cells, rowSize, count);
    const types: readonly FieldType[] = Object.values(ALL_FIELDS[kind]);
    for (let from = 0; from < count; ) {
      const symbol = cells[order[from]! * rowSize + SYMBOL_AT]!;
      this.#writer.reset();
      let at = from;
      for (; at < count && cells[order[at]! * rowSize + SYMBOL_AT] === symbol; at++) {
        writeRow(this.#writer, cells, order[at]! * rowSize, types, chunk.texts);
      }
      const name = this.#symbols[symbol] ?? '';
      this.#hashes.push({
        kind,
        symbol: name,
        chunk: chunk.index,
        hash: hash('sha256', this.#writer.bytes(), 'hex'),
      });
      from = at;
    }
  }

  /** Places of the rows by symbol, in their order within each: a counting sort. */
  #groupBySymbol(cells: Float64Array, rowSize: number, count: number): Int32Array {
    const starts = new Int32Array(this.#symbols.length + 2); // What belongs to nobody, symbol −1, comes first.
    for (let row = 0; row < count; row++) starts[cells[row * rowSize + SYMBOL_AT]! + 2]!++;
    for (let symbol = 1; symbol < starts.length; symbol++)
      starts[symbol] = starts[symbol]! + starts[symbol - 1]!;
    const order = new Int32Array(count);
    for (let row = 0; row < count; row++) order[starts[cells[row * rowSize + SYMBOL_AT]! + 1]!++] = row;
    return order;
  }
}

/** The digest over chunk hashes, in whatever order they come. */
export function digestOf(symbols: readonly string[], hashes: readonly ChunkHash[]): string {
  const sorted = [...hashes].sort(
    (a, b) =>
      RECORD_KINDS.indexOf(a.kind) - RECORD_KINDS.indexOf(b.kind) ||
      (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0) ||
      a.chunk - b.chunk,
  );
  const digest = createHash('sha256').update(`${DIGEST_FORMAT}\n${JSON.stringify(symbols)}\n`);
  for (const { kind, symbol, chunk, hash } of sorted)
    digest.update(`${JSON.stringify([kind, symbol, chunk, hash])}\n`);
  return digest.digest('hex');
}

function writeRow(
  writer: ByteWriter,
  cells: Float64Array,
  at: number,
  types: readonly FieldType[],
  texts: Texts,
): void {
  for (let field = 0; field < KEY_SIZE; field++) {
    if (field !== SYMBOL_AT) writer.number(cells[at + field]!); // The symbol is in the chunk's name.
  }
  for (let place = 0; place < types.length; place++) {
    const type = types[place]!;
    const value = cells[at + KEY_SIZE + place]!;
    if (type === 'number') writer.number(value);
    else writer.text(type === 'text' ? texts.of(value) : type[value]!);
  }
}

/** A byte buffer that grows and is used again. */
class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  readonly #encoder = new TextEncoder();

  reset(): void {
    this.#used = 0;
  }

  number(value: number): void {
    this.#ensure(8);
    // A NaN has many bit patterns, and which one a calculation leaves is the processor's choice.
    this.#view.setFloat64(this.#used, value === value ? value : NaN, true);
    this.#used += 8;
  }

  text(text: string): void {
    this.#ensure(4 + 3 * text.length);
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#used + 4));
    this.#view.setUint32(this.#used, written, true);
    this.#used += 4 + written;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  #ensure(more: number): void {
    if (this.#used + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + more));
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
