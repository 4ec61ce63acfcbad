/** Reads the events of a run back from its folder: what `result-tables.ts` took apart is put together again. */
import { join } from 'node:path';
import { readArrowFile } from './arrow-file.ts';
import { CHUNK_STEPS } from './record-log.ts';
import {
  ALL_FIELDS,
  type AnyKind,
  compareKeys,
  PHASE,
  RECORD_KINDS,
  type RecordKind,
  type RunEvent,
  type SideEvent,
} from './records.ts';
import { FILE_OF_KIND } from './result-tables.ts';

export interface EventFilter {
  /** All kinds of the record if not given. */
  readonly kinds?: readonly RecordKind[];
  /** Chunk of steps, as in ChunkHash. */
  readonly chunk?: number;
}

/** The key of what belongs to the account, as far as it is not in the file. */
const ACCOUNT_KEY = { phase: PHASE.mark, symbol: '', strategy: -1, event: 0 };
const KEY_NAMES = ['step', 'phase', 'symbol', 'strategy', 'event'];

/** The recorded events in canonical order. Throws InputError if a file is missing or torn. */
export function readEvents(folder: string, filter: EventFilter = {}): RunEvent[] {
  const { kinds = RECORD_KINDS, chunk } = filter;
  const events = kinds.flatMap((kind) => readKind(folder, kind, chunk) as RunEvent[]);
  return events.sort(compareKeys);
}

/** What strategies logged and plotted, in canonical order. Throws InputError if a file is missing or torn. */
export function readSideEvents(folder: string): SideEvent[] {
  const events = (['log', 'plot'] as const).flatMap(
    (kind) => readKind(folder, kind, undefined) as SideEvent[],
  );
  return events.sort(compareKeys);
}

function readKind(folder: string, kind: AnyKind, chunk: number | undefined): unknown[] {
  const table = readArrowFile(join(folder, `${FILE_OF_KIND[kind]}.arrow`));
  const isShared = kind === 'equity';
  const names = [...(isShared ? ['step'] : KEY_NAMES), ...Object.keys(ALL_FIELDS[kind])];
  const columns = names.map((name) => [name, table.column(name)] as const);
  const steps = table.column('step') as readonly number[];
  const events: unknown[] = [];
  for (let row = 0; row < table.rows; row++) {
    if (chunk !== undefined && chunkOf(steps[row]!) !== chunk) continue;
    const event: Record<string, unknown> = { kind, ...(isShared ? ACCOUNT_KEY : {}) };
    for (const [name, values] of columns) event[name] = values[row]!;
    events.push(event);
  }
  return events;
}

/** What happens before the first step goes with it. */
function chunkOf(step: number): number {
  return Math.floor(Math.max(0, step) / CHUNK_STEPS);
}
