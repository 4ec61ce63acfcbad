/** Reads the events of a run back from its folder. */
import type { RecordKind, RunEvent } from './records.ts';

export interface EventFilter {
  readonly kinds?: readonly RecordKind[];
  /** Chunk of steps, as in ChunkHash. */
  readonly chunk?: number;
}

/** The recorded events in canonical order. Throws InputError if a file is missing or torn. */
export function readEvents(folder: string, filter: EventFilter = {}): RunEvent[] {
  void [folder, filter];
  return [];
}
