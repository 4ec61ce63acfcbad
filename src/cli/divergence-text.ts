/** Where two runs part, for people: when, whose, and what each of them has there. */
import type { ChunkDivergence, Divergence } from '../record/divergence.ts';
import { CHUNK_STEPS } from '../record/record-log.ts';
import type { RunEvent } from '../record/records.ts';
import { formatTime } from '../sources/timestamp.ts';
import { keyed } from './text.ts';

/** What is in an event's key, which is said once for both. */
const KEY_FIELDS = new Set(['kind', 'step', 'phase', 'symbol', 'strategy', 'event']);

export const USUAL_CAUSES =
  'The usual causes are chance, time or files that a strategy asks for by itself (replay --deterministic shows where), ' +
  'and state in a module or a static field (verify --across-workers shows it).';
export const USUAL_CAUSE_ACROSS_WORKERS =
  'The usual cause is state in a module or a static field: symbols on one thread share it, symbols on two do not. ' +
  'Keep it in fields of the instance.';

/** @param nameA what to call the first of the two runs, and nameB the second. */
export function divergenceText(
  { chunk, event }: Divergence,
  times: Float64Array,
  strategies: readonly string[],
  nameA: string,
  nameB: string,
): string {
  const first = `the first difference is in ${chunkText(chunk, times)}`;
  if (event === null)
    return `${first}\n(it was not there again when the runs were repeated to find the event)`;
  const { key, a, b, fields } = event;
  const strategy = key.symbol === '' ? '' : (strategies[key.strategy] ?? strategies.at(-1)!);
  const rows: [string, string][] = [
    ['step', `${key.step}, ${formatTime(times[Math.max(0, key.step)]!)}`],
    ['symbol', key.symbol === '' ? 'none: it belongs to the account' : key.symbol],
    ...(strategy === '' ? [] : ([['strategy', strategy]] as [string, string][])),
  ];
  if (a === null || b === null || a.kind !== b.kind) {
    rows.push([nameA, sketch(a)], [nameB, sketch(b)]);
  } else {
    rows.push(['event', a.kind]);
    for (const { field, a, b } of fields)
      rows.push([field, `${nameA} ${JSON.stringify(a)}, ${nameB} ${JSON.stringify(b)}`]);
  }
  return `${first}\n${keyed(rows)}`;
}

/** `the fill records of ALPHA, steps 0 to 4095`. */
export function chunkText({ kind, symbol, chunk }: ChunkDivergence, times: Float64Array): string {
  const last = Math.min(times.length, (chunk + 1) * CHUNK_STEPS) - 1;
  const whose = symbol === '' ? 'the account' : symbol;
  return `chunk ${chunk} (steps ${chunk * CHUNK_STEPS} to ${last}), the ${kind} records of ${whose}`;
}

function sketch(event: RunEvent | null): string {
  if (event === null) return 'nothing';
  const fields = Object.entries(event).filter(
    ([name, value]) => !KEY_FIELDS.has(name) && value !== '' && !Number.isNaN(value),
  );
  return `${event.kind}: ${fields.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}
