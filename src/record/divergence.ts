/** Where two runs part. */
import type { ChunkHash } from './digest.ts';
import type { EventKey, RecordKind, RunEvent } from './records.ts';

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
  readonly a: unknown;
  readonly b: unknown;
}

export interface EventDivergence {
  readonly key: EventKey;
  /** Null where a run has no event of this key. */
  readonly a: RunEvent | null;
  readonly b: RunEvent | null;
  readonly fields: readonly FieldDifference[];
}

export interface Divergence {
  readonly chunk: ChunkDivergence;
  /** Null if no events were given, or none of those given differ. */
  readonly event: EventDivergence | null;
}

export interface ComparedRun {
  readonly hashes: readonly ChunkHash[];
  /** At least those of the first chunk that differs. */
  readonly events?: readonly RunEvent[];
}

export function firstDivergence(a: ComparedRun, b: ComparedRun): Divergence | null {
  void [a, b];
  return null;
}

export function firstChunkDivergence(
  a: readonly ChunkHash[],
  b: readonly ChunkHash[],
): ChunkDivergence | null {
  void [a, b];
  return null;
}

export function firstEventDivergence(
  a: readonly RunEvent[],
  b: readonly RunEvent[],
): EventDivergence | null {
  void [a, b];
  return null;
}

/** In a sentence, for people. */
export function describeDivergence(divergence: Divergence, nameA = 'a', nameB = 'b'): string {
  void [divergence, nameA, nameB];
  return '';
}
