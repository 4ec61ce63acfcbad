/**
 * The tables of a run's folder: one for each kind of record, with its columns, decoded from rows.
 *
 *     file         one row for each
 *     orders       order as submitted          fills     fill               trades    closing leg
 *     replaces     change of an order          cancels   cancel             equity    step, at its mark
 *     rejections   order refused               expiries  order that ended   log       line a strategy logged
 *                                                                           plots     value a strategy plotted
 *
 * Every file is there, empty or not. Columns are the time of the step, the key, then the fields of the kind in the order of
 * `records.ts`; equity belongs to nobody, so of its key only the step is kept. With the key the files hold the whole
 * record: what was decoded can be encoded again.
 *
 *     column type   of                                          in Arrow                    in CSV
 *     number        numbers; NaN where it does not apply        float64                     shortest digits; NaN is empty
 *     integer       step, phase, strategy, event                int32                       digits
 *     time          times, to the millisecond; NaN is null      timestamp[ms, UTC]          ISO 8601; null is empty
 *     symbol        symbols; '' (none) is null                  dictionary<int32, utf8>     text
 *     text          words and texts                             utf8                        text
 */
import type { Chunk } from './ledger.ts';
import { EVENT_AT, KEY_SIZE, PHASE_AT, STEP, STRATEGY_AT, SYMBOL_AT } from './record-log.ts';
import { ALL_FIELDS, type AnyKind, type FieldType } from './records.ts';

export const FILE_OF_KIND: Readonly<Record<AnyKind, string>> = {
  order: 'orders',
  replace: 'replaces',
  fill: 'fills',
  rejection: 'rejections',
  expiry: 'expiries',
  cancel: 'cancels',
  trade: 'trades',
  equity: 'equity',
  log: 'log',
  plot: 'plots',
};

export type ColumnType = 'number' | 'integer' | 'time' | 'symbol' | 'text';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** Some rows of a column. A symbol is its index, −1 for none. */
export type ColumnValues = Float64Array | Int32Array | readonly string[];

/** Takes rows, column by column, and writes them to a file. */
export interface TableFile {
  append(values: readonly ColumnValues[], count: number): void;
  close(): void;
}

/** Fields that hold a time, and fields that hold a step. The time of an equity point is that of its step. */
const TIME_FIELDS: ReadonlySet<string> = new Set(['trade.entryTime', 'expiry.limit']);
const STEP_FIELDS: ReadonlySet<string> = new Set(['trade.entryStep']);

interface PlacedColumn extends Column {
  /** In the row. −1: the time of the step, which is in no row. */
  readonly place: number;
  readonly field: FieldType;
}

const STEP_TIME: PlacedColumn = { name: 'time', type: 'time', place: -1, field: 'number' };
const STEP_COLUMN: PlacedColumn = { name: 'step', type: 'integer', place: STEP, field: 'number' };
const KEY_COLUMNS: readonly PlacedColumn[] = [
  STEP_TIME,
  STEP_COLUMN,
  { name: 'phase', type: 'integer', place: PHASE_AT, field: 'number' },
  { name: 'symbol', type: 'symbol', place: SYMBOL_AT, field: 'number' },
  { name: 'strategy', type: 'integer', place: STRATEGY_AT, field: 'number' },
  { name: 'event', type: 'integer', place: EVENT_AT, field: 'number' },
];

function placedColumns(kind: AnyKind): PlacedColumn[] {
  const fields = Object.entries<FieldType>(ALL_FIELDS[kind]).map(([name, field], index): PlacedColumn => {
    const id = `${kind}.${name}`;
    const numeric = TIME_FIELDS.has(id) ? 'time' : STEP_FIELDS.has(id) ? 'integer' : 'number';
    return { name, type: field === 'number' ? numeric : 'text', place: KEY_SIZE + index, field };
  });
  if (kind !== 'equity') return [...KEY_COLUMNS, ...fields];
  return [STEP_TIME, STEP_COLUMN, ...fields.filter(({ name }) => name !== 'time')];
}

/** One kind of record as a table. */
export class ResultTable {
  readonly kind: AnyKind;
  readonly columns: readonly Column[];
  readonly #placed: readonly PlacedColumn[];

  constructor(kind: AnyKind) {
    this.kind = kind;
    this.#placed = placedColumns(kind);
    this.columns = this.#placed.map(({ name, type }) => ({ name, type }));
  }

  /** The chunk's rows of this kind, column by column. `times` holds the time of each step. */
  decode(chunk: Chunk, times: Float64Array): ColumnValues[] {
    const { cells, rowSize, count } = chunk.rows[this.kind];
    const cellsOf = <Values extends Float64Array | Int32Array>(values: Values, place: number): Values => {
      for (let row = 0; row < count; row++) values[row] = cells[row * rowSize + place]!;
      return values;
    };
    return this.#placed.map(({ type, place, field }) => {
      if (place < 0) return cellsOf(new Float64Array(count), STEP).map((step) => times[step] ?? NaN);
      if (type === 'integer' || type === 'symbol') return cellsOf(new Int32Array(count), place);
      const numbers = cellsOf(new Float64Array(count), place);
      if (field === 'number') return numbers;
      return Array.from(numbers, (value) => (field === 'text' ? chunk.texts.of(value) : field[value]!));
    });
  }
}
