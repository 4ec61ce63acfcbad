/**
 * Two large workloads under the rules of backtesting.py, fill for fill: a cross of averages on 500 symbols, and breakouts with stop and
 * target on 20 symbols by the minute. That tool trades one symbol, so each symbol is a run of its own.
 *
 * The bars are made by `workloads/make_bars.py` of the set, and read from the folder that LOCKSTEP_WORKLOADS names.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  BACKTESTING_PY_DEFAULTS,
  type BacktestingPySettings,
} from '../../src/broker/presets/backtesting-py/rules.ts';
import { run } from '../../src/engine/run.ts';
import { type Bar, type Context, type Fill, Strategy } from '../../src/index.ts';
import { BarColumnsBuilder, BarStore } from '../../src/market/bar-store.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import { type ChunkListener, decodeRows } from '../../src/record/ledger.ts';
import { DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import type { EventOf } from '../../src/record/records.ts';
import { RollingMaximum } from '../../src/rolling/rolling-extremes.ts';
import { SummedAverage } from '../../src/rolling/summed-average.ts';
import type { StrategyClass } from '../../src/strategy/strategy.ts';
import type { Compared } from './entry.ts';

const SIZE = 10;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** One fill: epoch milliseconds, place of the symbol, signed size, price. */
type Line = readonly [time: number, symbol: number, size: number, price: number];

/** @param root of the set, whose `workloads` hold the lists of fills @param folder with the bars */
export async function compareWorkloads(
  root: string,
  folder: string,
): Promise<{ w1: Compared; w2: Compared }> {
  const rateOf = (rate: number) => ({ ...BACKTESTING_PY_DEFAULTS, commission: { fixed: 0, rate } });
  const w1 = await fillsOf(join(folder, 'w1'), DAY_MS, Crosses, 10_000_000, rateOf(0.001));
  const w2 = await fillsOf(join(folder, 'w2'), MINUTE_MS, Breakouts, 1_000_000, rateOf(0.0002));
  return {
    w1: compareFills(w1, join(root, 'workloads/w1_backtesting.py.csv.gz')),
    w2: compareFills(w2, join(root, 'workloads/w2_backtesting.py.csv.gz')),
  };
}

/** Long from where the mean of 10 closes crosses above that of 30, to where it crosses below. */
class Crosses extends Strategy {
  readonly #fast = new SummedAverage(10, 'compensated');
  readonly #slow = new SummedAverage(30, 'compensated');
  #wasAbove = false;

  override onTick({ close }: Bar, ctx: Context): void {
    const fast = this.#fast.update(close);
    const slow = this.#slow.update(close);
    const isAbove = fast > slow; // Two that are equal have crossed down.
    // The first bar on which the slow one is known has none before it to have crossed from.
    if (this.#slow.count > this.#slow.length) {
      if (isAbove && !this.#wasAbove && ctx.position.isFlat) ctx.buy(SIZE);
      if (!isAbove && this.#wasAbove && ctx.position.isLong) ctx.sell(SIZE);
    }
    this.#wasAbove = isAbove;
  }
}

/**
 * Buys what closes above the highs of 60 bars on more volume than the mean of 20. Stop and target are sent when the entry is known, so
 * they are live from the bar after it.
 */
class Breakouts extends Strategy {
  readonly #highs = new RollingMaximum(60);
  readonly #volumes = new SummedAverage(20, 'fresh');

  override onFill({ id, price, effect }: Fill, ctx: Context): void {
    if (effect === 'close') return;
    ctx.sell(SIZE, { closes: id, stop: price * (1 - 0.005) });
    ctx.sell(SIZE, { closes: id, limit: price * (1 + 0.01) });
  }

  override onTick({ high, close, volume }: Bar, ctx: Context): void {
    const isVolume = volume > this.#volumes.update(volume);
    const isAbove = this.#highs.isReady && close > this.#highs.value;
    this.#highs.update(high);
    if (isVolume && isAbove && ctx.position.isFlat) ctx.buy(SIZE); // A market order never waits for longer than a bar.
  }
}

async function fillsOf(
  folder: string,
  interval: number,
  strategyClass: StrategyClass,
  cash: number,
  settings: BacktestingPySettings,
): Promise<Line[]> {
  const fills: Line[] = [];
  for (const [symbol, file] of readdirSync(folder).toSorted().entries()) {
    const bars = readBars(join(folder, file), file.replace('.csv', ''));
    const store = BarStore.of(interval, [bars]);
    const { time } = store.columns(0);
    const plan: Plan = {
      strategies: [{ source: { strategyClass }, params: {}, symbolParams: {} }],
      rules: { ...DEFAULT_RULES, cash, fills: { preset: 'backtesting.py', settings } },
      instruments: { [bars.name]: { ...DEFAULT_INSTRUMENT, lot: 1 } },
      seed: 1,
      warmupSteps: 0,
      grid: null,
      deterministic: false,
    };
    const collect: ChunkListener = ({ rows, texts }) => {
      for (const event of decodeRows(rows.fill, store.names, texts)) {
        const { step, side, quantity, price } = event as EventOf<'fill'>;
        fills.push([time[step]!, symbol, side === 'buy' ? quantity : -quantity, price]);
      }
    };
    await run(store, plan, { workers: 'inline', listeners: [collect] });
  }
  return fills.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

function compareFills(fills: readonly Line[], file: string): Compared {
  const expected = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
  const lines = Math.max(fills.length, expected.length);
  let equal = 0;
  let firstDifference: string | null = null;
  for (let at = 0; at < lines; at++) {
    const [time, ...numbers] = expected[at]?.split(',') ?? [];
    const theirs = time === undefined ? [] : [utcOf(time), ...numbers.map(Number)];
    const own = fills[at] ?? [];
    if (own.length === theirs.length && own.every((field, place) => field === theirs[place])) equal++;
    else firstDifference ??= `fill ${at + 1}: ${own.join()} instead of ${expected[at]}`;
  }
  return { lines, equal, firstDifference };
}

function readBars(file: string, name: string) {
  const builder = new BarColumnsBuilder(name);
  const [, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  for (const row of rows) {
    const [time, ...fields] = row.split(',');
    const [open, high, low, close, volume] = fields.map(Number);
    builder.append(utcOf(time!), open!, high!, low!, close!, volume!);
  }
  return builder.slice();
}

/** A time without a zone is UTC. */
function utcOf(time: string): number {
  return Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$/.test(time) || !time.includes('T') ? time : `${time}Z`);
}
