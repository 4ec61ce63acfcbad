/** The digest changes with every field of every record, and with nothing else. */
import { describe, expect, test } from 'vitest';
import { type ChunkHash, Digest, digestOf } from '../../src/record/digest.ts';
import { Ledger } from '../../src/record/ledger.ts';
import { type Batch, CHUNK_STEPS } from '../../src/record/record-log.ts';
import { type FieldType, RECORD_FIELDS, RECORD_KINDS, type RunEvent } from '../../src/record/records.ts';
import { batchOf, pass } from './rows.ts';
import { SAMPLES } from './samples.ts';

const SYMBOLS = ['A', 'B', 'C'];

function digest(events: readonly RunEvent[]): string {
  const digest = new Digest(SYMBOLS);
  pass(events, SYMBOLS, digest.listen);
  return digest.value();
}

/** The same event with one field changed. */
function altered(event: RunEvent, field: string, value: unknown): RunEvent {
  return { ...event, [field]: value } as RunEvent;
}

function otherThan(type: FieldType, value: unknown): unknown {
  if (type === 'number') return (value as number) + 1;
  return type === 'text' ? `${value as string}!` : type.find((word) => word !== value);
}

const ALL = Object.values(SAMPLES) as RunEvent[];
const FIELDS = RECORD_KINDS.flatMap((kind) =>
  Object.entries<FieldType>(RECORD_FIELDS[kind]).map(([field, type]) => [kind, field, type] as const),
);
const KEYS = RECORD_KINDS.filter((kind) => kind !== 'equity').flatMap((kind) =>
  (['step', 'phase', 'symbol', 'strategy', 'event'] as const).map((field) => [kind, field] as const),
);

/** Reason lists with a single word leave nothing to change to. */
const hasOther = (type: FieldType): boolean => typeof type === 'string' || type.length > 1;

describe('the digest', () => {
  test.each(FIELDS.filter(([, , type]) => hasOther(type)))('changes with %s.%s', (kind, field, type) => {
    const before = SAMPLES[kind] as unknown as Record<string, unknown>;
    const change = altered(SAMPLES[kind], field, otherThan(type, before[field]));
    expect(digest(ALL.map((event) => (event === SAMPLES[kind] ? change : event)))).not.toBe(digest(ALL));
  });

  test.each(KEYS)('changes with the key of %s: %s', (kind, field) => {
    const value = field === 'symbol' ? 'C' : SAMPLES[kind][field] + 1;
    const change = altered(SAMPLES[kind], field, value);
    expect(digest(ALL.map((event) => (event === SAMPLES[kind] ? change : event)))).not.toBe(digest(ALL));
  });

  test.each(FIELDS.filter(([, , type]) => type === 'number'))(
    'tells −0, 0 and NaN apart in %s.%s',
    (kind, field) => {
      const [zero, negative, none] = [0, -0, NaN].map((value) =>
        digest([altered(SAMPLES[kind], field, value)]),
      );
      expect(new Set([zero, negative, none]).size).toBe(3);
    },
  );

  test('takes one NaN for another', () => {
    // A NaN with a payload, which arithmetic may leave and a platform may keep.
    const bits = new BigUint64Array([0xfff8_0000_0000_0001n]);
    const strange = new Float64Array(bits.buffer);
    const batch = batchOf([{ ...SAMPLES.replace, price: NaN }], SYMBOLS);
    const rows = batch.rows.map((cells) => {
      const copy = new Uint8Array(cells.slice().buffer);
      const at = cells.findIndex(Number.isNaN);
      if (at >= 0) copy.set(new Uint8Array(strange.buffer), at * 8);
      return new Float64Array(copy.buffer);
    });
    const hashes = [batch, { ...batch, rows }].map((given) => {
      const digest = new Digest(SYMBOLS);
      new Ledger(1, [digest.listen]).add(given);
      return digest.value();
    });
    expect(hashes[0]).toBe(hashes[1]);
  });

  test('does not take the end of one text for the beginning of the next', () => {
    const digests = [
      ['ab', 'c'],
      ['a', 'bc'],
      // Four zeros could be a length.
      ['a\0\0\0\0b', ''],
      ['a', 'b\0\0\0\0'],
    ].map(([entryTag, exitTag]) => digest([{ ...SAMPLES.trade, entryTag: entryTag!, exitTag: exitTag! }]));
    expect(new Set(digests).size).toBe(4);
  });

  test('changes when an event is gone, and when two change places', () => {
    const second = { ...SAMPLES.fill, event: 4, price: 99 };
    const swapped = [
      { ...SAMPLES.fill, price: 99 },
      { ...SAMPLES.fill, event: 4 },
    ];
    const digests = [[SAMPLES.fill, second], [SAMPLES.fill], swapped].map(digest);
    expect(new Set(digests).size).toBe(3);
  });

  test('changes with the symbols of the run, also those without a record', () => {
    expect(digestOf(['A'], [])).not.toBe(digestOf(['A', 'B'], []));
  });

  test('has the same chunk hashes whatever the threads and the order in which they hand in their batches', () => {
    const events = [0, 1, 5, CHUNK_STEPS - 1, CHUNK_STEPS, 2 * CHUNK_STEPS + 3].flatMap((step) =>
      SYMBOLS.map((symbol): RunEvent => ({ ...SAMPLES.order, step, symbol, tag: `${symbol}${step}` })),
    );
    const hashesOf = (owners: readonly number[], isReversed: boolean): ChunkHash[] => {
      const digest = new Digest(SYMBOLS);
      const threads = Math.max(...owners) + 1;
      const ledger = new Ledger(threads, [digest.listen]);
      for (const batch of threadBatches(events, owners, threads, isReversed)) ledger.add(batch);
      ledger.close();
      return [...digest.hashes].sort((a, b) => a.chunk - b.chunk || (a.symbol < b.symbol ? -1 : 1));
    };
    const expected = hashesOf([0, 0, 0], false);
    expect(expected).toHaveLength(9);
    expect(hashesOf([0, 1, 2], false)).toEqual(expected);
    expect(hashesOf([2, 0, 1], true)).toEqual(expected);
    expect(hashesOf([1, 0, 1], true)).toEqual(expected);
  });

  test('does not depend on the order of the chunk hashes', () => {
    const digest = new Digest(SYMBOLS);
    const later: RunEvent[] = [1, 2].map((chunk) => altered(SAMPLES.fill, 'step', chunk * CHUNK_STEPS));
    pass([...ALL, ...later], SYMBOLS, digest.listen);
    expect(digest.hashes.length).toBe(RECORD_KINDS.length + 2);
    expect(digestOf(SYMBOLS, digest.hashes.toReversed())).toBe(digest.value());
  });
});

/** Every thread's batches of chunks 0 to 2, thread by thread or the other way round, each thread's in order. */
function threadBatches(
  events: readonly RunEvent[],
  owners: readonly number[],
  threads: number,
  isReversed: boolean,
): Batch[] {
  const ids = Array.from({ length: threads }, (_, id) => id);
  return (isReversed ? ids.toReversed() : ids).flatMap((thread) => {
    let textCount = 0;
    return [0, 1, 2].map((chunk) => {
      const own = events.filter(
        ({ step, symbol }) =>
          owners[SYMBOLS.indexOf(symbol)] === thread && Math.floor(step / CHUNK_STEPS) === chunk,
      );
      const batch = batchOf(own, SYMBOLS, { thread, chunk, textCount });
      textCount += batch.texts.length;
      return batch;
    });
  });
}
