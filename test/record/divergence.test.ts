/** Two runs part where their records do. */
import { describe, expect, test } from 'vitest';
import { type ChunkHash, Digest } from '../../src/record/digest.ts';
import {
  describeDivergence,
  firstChunkDivergence,
  firstDivergence,
  firstEventDivergence,
} from '../../src/record/divergence.ts';
import { CHUNK_STEPS } from '../../src/record/record-log.ts';
import { RECORD_FIELDS, RECORD_KINDS, type RecordKind, type RunEvent } from '../../src/record/records.ts';
import { pass } from './rows.ts';
import { SAMPLES } from './samples.ts';

const SYMBOLS = ['A', 'B', 'C'];
const ALL = Object.values(SAMPLES) as RunEvent[];

function hashesOf(events: readonly RunEvent[]): readonly ChunkHash[] {
  const digest = new Digest(SYMBOLS);
  pass(events, SYMBOLS, digest.listen);
  return digest.hashes;
}

function compare(a: readonly RunEvent[], b: readonly RunEvent[]) {
  return firstDivergence({ hashes: hashesOf(a), events: a }, { hashes: hashesOf(b), events: b });
}

const piece = (kind: RecordKind, symbol: string, chunk: number, hash: string): ChunkHash => ({
  kind,
  symbol,
  chunk,
  hash,
});

describe('the first chunk that differs', () => {
  const base = [
    piece('order', 'A', 0, '1'),
    piece('order', 'B', 1, '2'),
    piece('fill', 'A', 1, '3'),
    piece('fill', 'A', 2, '4'),
  ];

  test('is none for equal records, in whatever order', () => {
    expect(firstChunkDivergence(base, base.toReversed())).toBeNull();
  });

  test('is the first in time, before kind and symbol', () => {
    const later = piece('order', 'A', 2, '0');
    const a = [later, ...base];
    const b = a.map(({ kind, symbol, chunk, hash }) =>
      piece(kind, symbol, chunk, chunk > 0 ? `${hash}!` : hash),
    );
    for (const list of [b, b.toReversed()]) {
      expect(firstChunkDivergence(a, list)).toEqual({
        chunk: 1,
        kind: 'order',
        symbol: 'B',
        a: '2',
        b: '2!',
      });
    }
  });

  test('may be one that only one run has', () => {
    expect(firstChunkDivergence(base, base.slice(1))).toMatchObject({ chunk: 0, a: '1', b: null });
    expect(firstChunkDivergence(base.slice(0, 3), base)).toMatchObject({ chunk: 2, a: null, b: '4' });
  });
});

describe('the first event that differs', () => {
  test.each(RECORD_KINDS.flatMap((kind) => Object.keys(RECORD_FIELDS[kind]).map((field) => [kind, field])))(
    'names %s.%s',
    (kind, field) => {
      const sample = SAMPLES[kind as RecordKind] as RunEvent;
      const change = { ...sample, [field!]: 'other' } as unknown as RunEvent;
      const found = firstEventDivergence(
        ALL,
        ALL.map((event) => (event === sample ? change : event)),
      )!;
      expect(found.fields.map(({ field }) => field)).toEqual([field]);
      expect(found.a).toBe(sample);
    },
  );

  test('tells −0 from 0 and takes NaN for NaN', () => {
    const price = (value: number): RunEvent[] => [{ ...SAMPLES.order, price: value }];
    expect(firstEventDivergence(price(NaN), price(NaN))).toBeNull();
    expect(firstEventDivergence(price(0), price(-0))!.fields).toEqual([{ field: 'price', a: 0, b: -0 }]);
  });

  test('is the earlier of two, by key', () => {
    const later = { ...SAMPLES.fill, step: 9 };
    const events = [later, SAMPLES.fill];
    const other = [
      { ...later, price: 1 },
      { ...SAMPLES.fill, price: 2 },
    ];
    expect(firstEventDivergence(events, other)!.key.step).toBe(7);
    expect(firstEventDivergence(events, events.toReversed())).toBeNull();
    expect(firstEventDivergence(events.toReversed(), events)).toBeNull();
  });

  test('may be one that is missing, in the middle or at the end', () => {
    const fillAt = (step: number): RunEvent => ({ ...SAMPLES.fill, step });
    const events = [1, 2, 3].map(fillAt);
    expect(firstEventDivergence(events, [events[0]!, events[2]!])).toMatchObject({
      key: { step: 2 },
      b: null,
    });
    expect(firstEventDivergence(events.slice(0, 2), events)).toMatchObject({ key: { step: 3 }, a: null });
  });
});

describe('two runs', () => {
  const fill = SAMPLES.fill;
  const other = ALL.map((event) => (event === fill ? { ...fill, price: 97, cash: -0 } : event));

  test('that are equal do not diverge', () => {
    expect(compare(ALL, ALL.toReversed())).toBeNull();
  });

  test('part at an event, and a sentence says where', () => {
    const divergence = compare(ALL, other)!;
    expect(divergence.chunk).toMatchObject({ chunk: 0, kind: 'fill', symbol: 'B' });
    expect(describeDivergence(divergence, 'inline', 'threads')).toBe(
      'the first divergent event is the fill at step 7, phase 2, of B, strategy 1, event 3: ' +
        'price 98 in inline, 97 in threads; cash 607.9 in inline, -0 in threads',
    );
  });

  test('part at an event that one of them lacks', () => {
    const sentence = describeDivergence(compare([SAMPLES.cancel], [])!);
    expect(sentence).toContain('a has a cancel (sequence 3, reason "oco", quantity 4), b nothing');
    expect(describeDivergence(compare([], [SAMPLES.equity])!)).toContain(
      'of the account, event 0: b has an equity',
    );
  });

  test('part where one has an event of another kind', () => {
    const sentence = describeDivergence(compare([SAMPLES.cancel], [SAMPLES.expiry])!);
    expect(sentence).toMatch(/a has a cancel \(.*\), b has an expiry \(/);
  });

  test('without events part at a chunk', () => {
    const late = [{ ...fill, step: CHUNK_STEPS }];
    const divergence = firstDivergence({ hashes: hashesOf(late) }, { hashes: hashesOf([]) })!;
    expect(describeDivergence(divergence)).toBe(
      'the first difference is in the fill records of B in chunk 1; b has none',
    );
  });
});
