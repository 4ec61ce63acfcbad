/**
 * For users' own test suites: `import { expectRun } from 'lockstep/testing'`.
 *
 * A run is deterministic, so a test of a strategy can be its whole record: stored once as a golden file, compared ever
 * after. When it differs, the first event that does is worth more than any number, so that is what the test prints.
 *
 * The golden file is JSON for people to read in a review: the digest, key figures, the hashes of the record's chunks, and every
 * event but the equity points, one to a line. Equity follows from fills and bars; its hashes are enough to tell.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DEFAULT_RULES, type Rules } from './broker/policies.ts';
import { chooseAccount, loadStrategies } from './cli/strategies.ts';
import { run } from './engine/run.ts';
import { InputError } from './kernel/input-error.ts';
import type { Instrument } from './market/instrument.ts';
import type { ChunkHash } from './record/digest.ts';
import { describeDivergence, firstChunkDivergence, firstEventDivergence } from './record/divergence.ts';
import { type Chunk, decodeRows } from './record/ledger.ts';
import type { Plan } from './record/plan.ts';
import { CHUNK_STEPS } from './record/record-log.ts';
import { compareKeys, RECORD_KINDS, type RunEvent } from './record/records.ts';
import { loadCandles } from './sources/candle-files.ts';
import type { ParamValue } from './strategy/params.ts';

export interface TestedStrategy {
  /** Path of the module, as for `--strategy`: `file` or `file#export`. */
  readonly file: string;
  readonly params?: Readonly<Record<string, ParamValue>>;
}

export interface TestedRun {
  /** Files, folders or globs, as for `replay`. */
  readonly candles: readonly string[];
  readonly strategies: readonly (string | TestedStrategy)[];
  /** What differs from the defaults. The account is what the strategies ask for, unless it is given here. */
  readonly rules?: Partial<Rules>;
  readonly instruments?: Readonly<Record<string, Instrument>>;
  readonly seed?: number;
  readonly warmupSteps?: number;
}

interface Figures {
  readonly symbols: number;
  readonly steps: number;
  readonly ticks: number;
  readonly orders: number;
  readonly fills: number;
  readonly rejections: number;
  readonly trades: number;
  readonly finalCash: number;
  readonly finalEquity: number;
}

interface Golden {
  readonly format: string;
  readonly digest: string;
  readonly figures: Figures;
  readonly chunks: readonly ChunkHash[];
  readonly events: readonly RunEvent[];
}

const FORMAT = 'lockstep golden 1';
const UPDATE = 'LOCKSTEP_UPDATE_GOLDEN';

/**
 * Replays and compares with the golden file, which the first time is written. Throws an Error with the figures that changed
 * and the first divergent event; in CI also if there is no file yet. With LOCKSTEP_UPDATE_GOLDEN=1 the file is written anew.
 */
export async function expectRun(tested: TestedRun, goldenFile: string): Promise<void> {
  const actual = await play(tested);
  const isNew = !existsSync(goldenFile);
  if (isNew && process.env['CI'] !== undefined && process.env[UPDATE] === undefined) {
    throw new Error(
      `there is no golden file ${goldenFile}; run the test once where CI is not set, and commit the file`,
    );
  }
  if (isNew || process.env[UPDATE] !== undefined) {
    mkdirSync(dirname(goldenFile), { recursive: true });
    writeFileSync(goldenFile, encode(actual));
    return;
  }
  const golden = decode(readFileSync(goldenFile, 'utf8'), goldenFile);
  if (golden.digest !== actual.digest) throw new Error(explain(golden, actual, goldenFile));
}

async function play({
  candles,
  strategies,
  rules,
  instruments,
  seed,
  warmupSteps,
}: TestedRun): Promise<Golden> {
  const requests = strategies.map((given) => {
    const { file, params = {} } = typeof given === 'string' ? { file: given } : given;
    return { spec: file, params, symbolParams: {} };
  });
  const loaded = await loadStrategies(requests, false);
  const { account } = chooseAccount(rules?.account, loaded);
  const { store } = await loadCandles([...candles], {});
  const plan: Plan = {
    strategies: loaded.map(({ entry }) => entry),
    rules: { ...DEFAULT_RULES, ...rules, account },
    instruments: instruments ?? {},
    seed: seed ?? 0,
    warmupSteps: warmupSteps ?? 0,
    grid: null,
    deterministic: false,
  };
  const events: RunEvent[] = [];
  const counts = { orders: 0, fills: 0, rejections: 0, trades: 0, finalCash: NaN, finalEquity: NaN };
  const collect = ({ rows, texts }: Chunk): void => {
    for (const kind of RECORD_KINDS) {
      if (kind !== 'equity') events.push(...(decodeRows(rows[kind], store.names, texts) as RunEvent[]));
    }
    counts.orders += rows.order.count;
    counts.fills += rows.fill.count;
    counts.rejections += rows.rejection.count;
    counts.trades += rows.trade.count;
    const last = decodeRows({ ...rows.equity, kind: 'equity' }, store.names, texts).at(-1);
    if (last !== undefined) [counts.finalCash, counts.finalEquity] = [last.cash, last.equity];
  };
  const outcome = await run(store, plan, { workers: 'inline', listeners: [collect] });
  const { digest, hashes, steps, ticks } = outcome;
  const figures = { symbols: store.names.length, steps, ticks, ...counts };
  return { format: FORMAT, digest, figures, chunks: hashes, events: events.sort(compareKeys) };
}

function explain(golden: Golden, actual: Golden, goldenFile: string): string {
  const lines = [`the run differs from ${goldenFile}`];
  for (const [name, before] of Object.entries(golden.figures)) {
    const after = actual.figures[name as keyof Figures];
    if (!Object.is(before, after)) lines.push(`  ${name}: ${before} → ${after}`);
  }
  const chunk = firstChunkDivergence(golden.chunks, actual.chunks);
  if (chunk === null) {
    lines.push('  the records are equal: the symbols of the run, or the format of the digest, have changed');
  } else {
    const event = firstEventDivergence(golden.events, actual.events);
    const from = chunk.chunk * CHUNK_STEPS;
    lines.push(
      event === null
        ? `  all orders and fills are equal; equity first differs between steps ${from} and ${from + CHUNK_STEPS - 1}: have the bars changed?`
        : `  first divergent event: ${describeDivergence({ chunk, event }, 'golden', 'now')}`,
    );
  }
  lines.push(`  if this is meant, run the test once with ${UPDATE}=1 and review the change of the file`);
  return lines.join('\n');
}

/** One event to a line, so that a review shows what changed. */
function encode({ events, ...head }: Golden): string {
  const write = (value: unknown): string => JSON.stringify(value, (_, field: unknown) => toJson(field));
  const start = JSON.stringify(head, (_, field: unknown) => toJson(field), 2).slice(0, -2);
  return `${start},\n  "events": [\n${events.map((event) => `    ${write(event)}`).join(',\n')}\n  ]\n}\n`;
}

function decode(text: string, file: string): Golden {
  const golden = JSON.parse(text, (_, field: unknown) => fromJson(field)) as Partial<Golden>;
  if (golden.format === FORMAT) return golden as Golden;
  throw new InputError(`not a golden file of this version: its format is ${golden.format}, not ${FORMAT}`, {
    file,
  });
}

/** JSON knows neither NaN nor −0, and no field of an event is ever null. */
function toJson(field: unknown): unknown {
  if (typeof field !== 'number') return field;
  if (Number.isNaN(field)) return null;
  return Object.is(field, -0) ? '-0' : field;
}

function fromJson(field: unknown): unknown {
  if (field === null) return NaN;
  return field === '-0' ? -0 : field;
}
