/** The head of a run's output: everything that the result depends on, defaults included. */
import { basename } from 'node:path';
import { availableParallelism } from 'node:os';
import type { WorkerCount } from '../engine/run.ts';
import { formatDuration } from '../market/bar.ts';
import type { ParamValue } from '../strategy/params.ts';
import type { Summary } from '../record/summary.ts';
import { formatCount, plural, shortTime } from './console.ts';
import { choicesOf, conventionsOf } from './conventions.ts';
import type { PreparedRun } from './prepared-run.ts';
import { keyed } from './text.ts';
import { version } from './version.ts';

export interface HeaderGiven {
  readonly prepared: PreparedRun;
  readonly summary: Summary;
  readonly accountWhy: string;
  readonly workers: WorkerCount;
  readonly maxWorkers?: number;
}

export function runHeader(given: HeaderGiven): string {
  const { prepared, summary, accountWhy } = given;
  const { candles, inputs } = prepared;
  const { account, ...choices } = choicesOf(prepared);
  const own = new Set(conventionsOf(prepared).slice(0, Object.keys(choices).length + 1));
  const rules = summary.conventions.filter((sentence) => !own.has(sentence));
  return keyed([
    ['lockstep', `${version} on Node ${process.versions.node}`],
    ['symbols', `${summary.symbols.length}: ${summary.symbols.join(', ')}`],
    ['range', `${shortTime(summary.from)} to ${shortTime(summary.to)}`],
    [
      'steps',
      `${plural(summary.steps, 'step')}, ${plural(summary.bars, 'bar')} of ${formatDuration(candles.store.interval)}`,
    ],
    ...labelled(
      'files',
      candles.files.map(
        ({ path, layout, timeFormat, zone, rows }) =>
          `${basename(path)}: ${layout}; ${timeFormat}, ${zone}; ${plural(rows, 'row')}`,
      ),
    ),
    ...labelled(
      'strategies',
      inputs.strategies.map(
        ({ name, params, symbolParams }) => `${name} ${paramsText(params, symbolParams)}`,
      ),
    ),
    ['account', `${account} (${accountWhy})`],
    ...Object.entries(choices),
    ['workers', workersText(given)],
    ['block', `${summary.block} (strict lock-step)`],
    ...labelled('rules', rules),
  ]);
}

/** The label on the first, and each on lines of its own. */
function labelled(label: string, values: readonly string[]): [string, string][] {
  return values.map((value, i) => [i === 0 ? label : '', value]);
}

function paramsText(
  params: Readonly<Record<string, ParamValue>>,
  symbolParams: Readonly<Record<string, Readonly<Record<string, ParamValue>>>>,
): string {
  const all = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  const single = Object.entries(symbolParams).flatMap(([symbol, own]) =>
    Object.entries(own).map(([name, value]) => `${symbol}.${name}=${value}`),
  );
  return [...all, ...single].join(' ');
}

/** How many, and who said so. */
function workersText({ workers, maxWorkers, summary }: HeaderGiven): string {
  const symbols = summary.symbols.length;
  const took = summary.workers === 0 ? 'inline' : plural(summary.workers, 'thread');
  if (workers === 'inline') return `${took}, as given`;
  if (workers === 'symbols') return `${took}, one a symbol, as given`;
  if (typeof workers === 'number') {
    return workers > symbols
      ? `${took}: ${formatCount(workers)} asked for, but there are ${plural(symbols, 'symbol')}`
      : `${took}, as given`;
  }
  const cores = availableParallelism();
  if (summary.workers > 0) return `${took} (auto: ${plural(cores, 'core')}, ${plural(symbols, 'symbol')})`;
  if (maxWorkers === 1) return `${took} (auto: at most 1)`;
  if (cores === 1 || symbols === 1) return `${took} (auto: ${cores === 1 ? 'one core' : 'one symbol'})`;
  return `${took} (auto: threads would cost more than they save)`;
}
