/**
 * Where two runs part: first by the hashes of their chunks, which costs no reading, then by the events of one chunk.
 *
 * Chunks are compared in the order of time, so the first that differs holds the first event that differs: everything
 * before it is equal. Within it events are compared by key, whatever their kind, and their fields by `Object.is`, as the digest
 * does: NaN is NaN, and −0 is not 0.
 */
import type { ChunkHash } from './digest.ts';
import { compareKeys, type EventKey, RECORD_KINDS, type RecordKind, type RunEvent } from './records.ts';

/** The first piece of the record of which two runs have different hashes; null where a run has nothing there. */
export interface ChunkDivergence {
  readonly chunk: number;
  readonly kind: RecordKind;
  readonly symbol: string;
  readonly a: string | null;
  readonly b: string | null;
}

export interface FieldDifference {
  readonly field: string;
  /** Undefined where the event is of a kind that has no such field. */
  readonly a: unknown;
  readonly b: unknown;
}

export interface EventDivergence {
  readonly key: EventKey;
  /** Null where a run has no event of this key. */
  readonly a: RunEvent | null;
  readonly b: RunEvent | null;
  /** Empty if one of them is null. */
  readonly fields: readonly FieldDifference[];
}

export interface Divergence {
  readonly chunk: ChunkDivergence;
  /** Null if no events were given, or none of those given differ. */
  readonly event: EventDivergence | null;
}

export interface ComparedRun {
  readonly hashes: readonly ChunkHash[];
  /** In any order: all events of the first chunk that differs, or more. */
  readonly events?: readonly RunEvent[];
}

/** Null if the records are the same. */
export function firstDivergence(a: ComparedRun, b: ComparedRun): Divergence | null {
  const chunk = firstChunkDivergence(a.hashes, b.hashes);
  if (chunk === null) return null;
  const { events: eventsA } = a;
  const { events: eventsB } = b;
  const isGiven = eventsA !== undefined && eventsB !== undefined;
  return { chunk, event: isGiven ? firstEventDivergence(eventsA, eventsB) : null };
}

/** The first by chunk, then kind, then symbol. The hashes may be in any order. */
export function firstChunkDivergence(
  a: readonly ChunkHash[],
  b: readonly ChunkHash[],
): ChunkDivergence | null {
  const hashesB = new Map(b.map((piece) => [nameOf(piece), piece]));
  let first: ChunkDivergence | null = null;
  const consider = ({ chunk, kind, symbol }: ChunkHash, a: string | null, b: string | null): void => {
    const found = { chunk, kind, symbol, a, b };
    if (a !== b && (first === null || comparePieces(found, first) < 0)) first = found;
  };
  for (const piece of a) {
    const name = nameOf(piece);
    consider(piece, piece.hash, hashesB.get(name)?.hash ?? null);
    hashesB.delete(name);
  }
  for (const piece of hashesB.values()) consider(piece, null, piece.hash);
  return first;
}

/** The first by key. The events may be in any order, and of any kinds as long as both lists are of the same ones. */
export function firstEventDivergence(a: readonly RunEvent[], b: readonly RunEvent[]): EventDivergence | null {
  const sortedA = a.toSorted(compareKeys);
  const sortedB = b.toSorted(compareKeys);
  const length = Math.max(sortedA.length, sortedB.length);
  for (let i = 0; i < length; i++) {
    const eventA = sortedA[i] ?? null;
    const eventB = sortedB[i] ?? null;
    const order = compareOptional(eventA, eventB);
    if (order < 0) return { key: keyOf(eventA!), a: eventA, b: null, fields: [] };
    if (order > 0) return { key: keyOf(eventB!), a: null, b: eventB, fields: [] };
    const fields = differences(eventA!, eventB!);
    if (fields.length > 0) return { key: keyOf(eventA!), a: eventA, b: eventB, fields };
  }
  return null;
}

/** In a sentence or two, for people. */
export function describeDivergence(divergence: Divergence, nameA = 'a', nameB = 'b'): string {
  const { chunk, event } = divergence;
  if (event === null) {
    const what = `${chunk.kind} records of ${chunk.symbol === '' ? 'the account' : chunk.symbol}`;
    const who = chunk.a === null ? `; ${nameA} has none` : chunk.b === null ? `; ${nameB} has none` : '';
    return `the first difference is in the ${what} in chunk ${chunk.chunk}${who}`;
  }
  const { key, a, b, fields } = event;
  const owner = key.symbol === '' ? 'the account' : `${key.symbol}, strategy ${key.strategy}`;
  const where = `at step ${key.step}, phase ${key.phase}, of ${owner}, event ${key.event}`;
  if (b === null)
    return `the first divergent event is ${where}: ${nameA} has ${sketch(a!)}, ${nameB} nothing`;
  if (a === null) return `the first divergent event is ${where}: ${nameB} has ${sketch(b)}, ${nameA} nothing`;
  if (a.kind !== b.kind) {
    return `the first divergent event is ${where}: ${nameA} has ${sketch(a)}, ${nameB} has ${sketch(b)}`;
  }
  const changes = fields.map(({ field, a, b }) => `${field} ${show(a)} in ${nameA}, ${show(b)} in ${nameB}`);
  return `the first divergent event is the ${a.kind} ${where}: ${changes.join('; ')}`;
}

const KEY_FIELDS: ReadonlySet<string> = new Set(['step', 'phase', 'symbol', 'strategy', 'event']);

function keyOf({ step, phase, symbol, strategy, event }: RunEvent): EventKey {
  return { step, phase, symbol, strategy, event };
}

/** Negative if A has the next event and B not, positive the other way round. */
function compareOptional(a: RunEvent | null, b: RunEvent | null): number {
  if (a === null || b === null) return a === null ? 1 : -1;
  return compareKeys(a, b);
}

function differences(a: RunEvent, b: RunEvent): FieldDifference[] {
  const fieldsA = a as unknown as Readonly<Record<string, unknown>>;
  const fieldsB = b as unknown as Readonly<Record<string, unknown>>;
  return Object.keys({ ...fieldsA, ...fieldsB })
    .filter((field) => !Object.is(fieldsA[field], fieldsB[field]))
    .map((field) => ({ field, a: fieldsA[field], b: fieldsB[field] }));
}

/** JSON, because a symbol may contain any character. */
function nameOf({ kind, symbol, chunk }: ChunkHash): string {
  return JSON.stringify([kind, symbol, chunk]);
}

function comparePieces(a: ChunkDivergence, b: ChunkDivergence): number {
  return (
    a.chunk - b.chunk ||
    RECORD_KINDS.indexOf(a.kind) - RECORD_KINDS.indexOf(b.kind) ||
    (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0)
  );
}

/** `a fill (sequence 3, side "buy", …)`. */
function sketch(event: RunEvent): string {
  const fields = Object.entries(event).filter(([field]) => field !== 'kind' && !KEY_FIELDS.has(field));
  const article = /^[aeiou]/.test(event.kind) ? 'an' : 'a';
  return `${article} ${event.kind} (${fields.map(([field, value]) => `${field} ${show(value)}`).join(', ')})`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : String(value);
}
