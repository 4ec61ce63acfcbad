/**
 * Arrow IPC files, uncompressed, batch by batch: the only importer of apache-arrow in `src`.
 *
 * The writer of the package hands bytes to a queue that somebody else is to drain, later. Ours goes straight to the file
 * when a batch is complete, so memory holds one batch and an error of the disk is thrown at the append that met it.
 *
 * A dictionary is written once, before the first batch: the file format allows no other, and pandas reads one dictionary as one set of
 * categories. Its id is always 0, for the package would else count up, and two runs in a process would differ in bytes.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import {
  AsyncByteQueue,
  type Data,
  DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  type Table,
  TimestampMillisecond,
  tableFromIPC,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow';
import { InputError } from '../kernel/input-error.ts';
import type { Column, ColumnType, ColumnValues, TableFile } from './result-tables.ts';

const MAGIC = 'ARROW1';
/** Two magics, the length of the footer and padding: no file is shorter. */
const BYTES_MIN = 20;

/** Holds what the writer writes until the batch is complete. */
class FileSink extends AsyncByteQueue {
  readonly #descriptor: number;
  #pieces: Uint8Array[] = [];

  constructor(descriptor: number) {
    super();
    this.#descriptor = descriptor;
  }

  override write(piece: Uint8Array): void {
    this.#pieces.push(piece);
  }

  flush(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    writeFileSync(this.#descriptor, Buffer.concat(pieces)); // Goes on where the last one ended, until all is written.
  }
}

export class ArrowFile implements TableFile {
  readonly #descriptor: number;
  readonly #sink: FileSink;
  readonly #writer = new RecordBatchFileWriter();
  readonly #schema: Schema;
  readonly #symbols: Vector<Utf8>;

  /** @param symbols what a `symbol` column counts from 0. */
  constructor(path: string, columns: readonly Column[], symbols: readonly string[]) {
    this.#descriptor = openSync(path, 'wx');
    this.#sink = new FileSink(this.#descriptor);
    this.#symbols = vectorFromArray(symbols, new Utf8());
    this.#schema = new Schema(
      columns.map(({ name, type }) => new Field(name, typeOf(type), type === 'time' || type === 'symbol')),
    );
    this.#writer.reset(this.#sink, this.#schema);
  }

  append(values: readonly ColumnValues[], count: number): void {
    if (count === 0) return;
    const children = this.#schema.fields.map(({ type }, column) =>
      dataOf(type as DataType, values[column]!, count, this.#symbols),
    );
    const struct = makeData({ type: new Struct(this.#schema.fields), length: count, nullCount: 0, children });
    this.#writer.write(new RecordBatch(this.#schema, struct));
    this.#sink.flush();
  }

  /** Writes the footer, without which it is no Arrow file. */
  close(): void {
    try {
      this.#writer.finish();
      this.#sink.flush();
      fsyncSync(this.#descriptor);
    } finally {
      closeSync(this.#descriptor);
    }
  }
}

function typeOf(type: ColumnType): DataType {
  if (type === 'number') return new Float64();
  if (type === 'integer') return new Int32();
  if (type === 'time') return new TimestampMillisecond('UTC');
  return type === 'text' ? new Utf8() : new Dictionary(new Utf8(), new Int32(), 0);
}

function dataOf(type: DataType, values: ColumnValues, length: number, symbols: Vector<Utf8>): Data {
  if (DataType.isUtf8(type)) {
    const { valueOffsets, data } = utf8Of(values as readonly string[]);
    return makeData({ type, length, nullCount: 0, valueOffsets, data });
  }
  if (DataType.isTimestamp(type)) {
    // The package takes times as BigInt only.
    const data = BigInt64Array.from(values as Float64Array, (time) =>
      Number.isNaN(time) ? 0n : BigInt(Math.round(time)),
    );
    return makeData({ type, length, data, ...nullsWhere(values as Float64Array, Number.isNaN) });
  }
  if (DataType.isDictionary(type)) {
    const indices = values as Int32Array;
    const nulls = nullsWhere(indices, (index) => index < 0);
    return makeData({
      type,
      length,
      data: indices.map((index) => Math.max(0, index)),
      dictionary: symbols,
      ...nulls,
    });
  }
  if (DataType.isInt(type)) return makeData({ type, length, nullCount: 0, data: values as Int32Array });
  return makeData({ type: type as Float64, length, nullCount: 0, data: values as Float64Array });
}

/** Arrow's bitmap of what is there: bit i of the least significant bits first. */
function nullsWhere(
  values: Float64Array | Int32Array,
  isNull: (value: number) => boolean,
): { nullCount: number; nullBitmap?: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 64) * 8);
  let nullCount = 0;
  for (let i = 0; i < values.length; i++) {
    if (isNull(values[i]!)) nullCount++;
    else nullBitmap[i >> 3]! |= 1 << (i & 7);
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap };
}

/** Encoded one by one: halves of a character at the seam of two texts must not become a whole one. */
function utf8Of(texts: readonly string[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const encoder = new TextEncoder();
  const valueOffsets = new Int32Array(texts.length + 1);
  const data = new Uint8Array(3 * texts.reduce((sum, text) => sum + text.length, 0)); // UTF-16 unit: 3 bytes at most.
  let used = 0;
  for (const [i, text] of texts.entries()) {
    used += encoder.encodeInto(text, data.subarray(used)).written;
    valueOffsets[i + 1] = used;
  }
  return { valueOffsets, data: data.subarray(0, used) };
}

/** A file that was read, as columns. */
export interface ReadTable {
  readonly rows: number;
  /** Null is NaN in numbers and times, '' in symbols. Throws InputError if there is no such column. */
  column(name: string): readonly (number | string)[];
}

/** Reads a whole file. Throws InputError if it is missing, torn or none of ours. */
export function readArrowFile(path: string): ReadTable {
  let table: Table;
  try {
    const bytes = readFileSync(path);
    // The package takes a file of zeros for an empty table, and one without an end for a shorter one.
    const isWhole =
      bytes.length >= BYTES_MIN &&
      bytes.toString('latin1', 0, MAGIC.length) === MAGIC &&
      bytes.toString('latin1', bytes.length - MAGIC.length) === MAGIC;
    if (!isWhole) throw new Error('it is no whole Arrow file');
    table = tableFromIPC(bytes);
  } catch (error) {
    throw new InputError(`cannot be read: ${(error as Error).message}`, { file: path });
  }
  return {
    rows: table.numRows,
    column(name) {
      const vector = table.getChild(name);
      if (vector === null) throw new InputError(`has no column "${name}"`, { file: path });
      const none = DataType.isDictionary(vector.type) ? '' : NaN;
      return Array.from(vector as Iterable<unknown>, (value) =>
        value === null ? none : typeof value === 'string' ? value : Number(value),
      );
    },
  };
}
