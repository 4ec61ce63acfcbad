/** Events as rows: the way back from `decodeRows`, so that tests can hand a listener whatever record they write down. */
import { EMPTY_TEXT, type Batch, CHUNK_STEPS, ROW_SIZES, TEXT_THREAD } from '../../src/record/record-log.ts';
import { type ChunkListener, Ledger } from '../../src/record/ledger.ts';
import {
  ALL_FIELDS,
  ALL_KINDS,
  type AnyKind,
  type FieldType,
  type RunEvent,
  type SideEvent,
} from '../../src/record/records.ts';

type AnyEvent = RunEvent | SideEvent;

/** One thread's batch of one chunk. `textCount`: texts that the thread has handed over before. */
export function batchOf(
  events: readonly AnyEvent[],
  symbols: readonly string[],
  { thread = 0, chunk = 0, textCount = 0 } = {},
): Batch {
  const texts: string[] = [];
  const refer = (text: string): number =>
    text === '' ? EMPTY_TEXT : thread * TEXT_THREAD + textCount + texts.push(text) - 1;
  const encode = (type: FieldType, value: unknown): number =>
    type === 'number'
      ? (value as number)
      : type === 'text'
        ? refer(value as string)
        : type.indexOf(value as string);
  const rows = ALL_KINDS.map((kind: AnyKind) => {
    const cells: number[] = [];
    for (const event of events) {
      if (event.kind !== kind) continue;
      cells.push(event.step, event.phase, symbols.indexOf(event.symbol), event.strategy, event.event);
      const values = event as unknown as Readonly<Record<string, unknown>>;
      for (const [name, type] of Object.entries<FieldType>(ALL_FIELDS[kind]))
        cells.push(encode(type, values[name]));
    }
    return Float64Array.from(cells);
  });
  if (rows.some((cells, kind) => cells.length % ROW_SIZES[kind]! !== 0))
    throw new Error('a row has a wrong size');
  return { thread, chunk, rows, texts, lines: [] };
}

/** Passes events through a ledger of one thread, chunk by chunk. */
export function pass(
  events: readonly AnyEvent[],
  symbols: readonly string[],
  ...listeners: ChunkListener[]
): void {
  const ledger = new Ledger(1, listeners);
  const chunkOf = ({ step }: AnyEvent): number => Math.floor(Math.max(0, step) / CHUNK_STEPS);
  const last = Math.max(0, ...events.map(chunkOf));
  let textCount = 0;
  for (let chunk = 0; chunk <= last; chunk++) {
    const batch = batchOf(
      events.filter((event) => chunkOf(event) === chunk),
      symbols,
      { chunk, textCount },
    );
    textCount += batch.texts.length;
    ledger.add(batch);
  }
  ledger.close();
}
