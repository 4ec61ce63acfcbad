/**
 * Two large runs under the rules of vectorbt, trade for trade: a cross of averages on 500 symbols, and breakouts with stop and target on
 * 20 symbols by the minute.
 *
 * The bars are made by `workloads/make_bars.py` of the set, and read from the folder that LOCKSTEP_WORKLOADS names. Each symbol has
 * its own strategy, which acts at a row's open on what it knew at the close of the row before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { VECTORBT_DEFAULTS, type VectorbtSettings } from '../../src/broker/presets/vectorbt.ts';
import { run } from '../../src/engine/run.ts';
import { type Context, Strategy } from '../../src/index.ts';
import type { Bar } from '../../src/market/bar.ts';
import { type BarColumns, BarColumnsBuilder, BarStore } from '../../src/market/bar-store.ts';
import { unionTimeline } from '../../src/market/timeline.ts';
import { type ChunkListener, decodeRows } from '../../src/record/ledger.ts';
import { DEFAULT_RULES, type Plan, type StrategySource } from '../../src/record/plan.ts';
import { RollingMaximum } from '../../src/rolling/rolling-extremes.ts';
import { SummedAverage } from '../../src/rolling/summed-average.ts';
import type { Compared } from './entry.ts';

const SIZE = 10;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** @param root of the set, whose `workloads` hold the lists of fills @param folder with the bars */
export async function compareWorkloads(
  root: string,
  folder: string,
): Promise<{ w1: Compared; w2: Compared }> {
  return { w1: await compareCrosses(root, folder), w2: await compareBreakouts(root, folder) };
}

async function compareCrosses(root: string, folder: string): Promise<Compared> {
  const settings = { initCash: 10_000_000, fees: 0.001, size: SIZE, price: 'open' } as const;
  const fills = await fillsOf(join(folder, 'w1'), DAY_MS, Crosses, { ...VECTORBT_DEFAULTS, ...settings });
  return compareFills(join(root, 'workloads/w1_vectorbt.csv.gz'), fills);
}

async function compareBreakouts(root: string, folder: string): Promise<Compared> {
  const settings = {
    initCash: 1_000_000,
    fees: 0.0002,
    size: SIZE,
    price: 'open',
    stopLoss: 0.005,
    takeProfit: 0.01,
    stopUsesRange: true,
    stopEntryPrice: 'fillPrice',
  } as const;
  const fills = await fillsOf(join(folder, 'w2'), MINUTE_MS, Breakouts, {
    ...VECTORBT_DEFAULTS,
    ...settings,
  });
  return compareFills(join(root, 'workloads/w2_vectorbt.csv.gz'), fills);
}

/** Long from where the mean of 10 closes crosses above that of 30, to where it crosses below. */
class Crosses extends Strategy {
  readonly #fast = new SummedAverage(10, 'cumulated');
  readonly #slow = new SummedAverage(30, 'cumulated');
  readonly #up = new Cross();
  readonly #down = new Cross();

  override onTick({ close }: Bar, ctx: Context): void {
    if (this.#up.isNow && ctx.position.isFlat) ctx.buy(SIZE);
    if (this.#down.isNow && ctx.position.isLong) ctx.sell(SIZE, { reduceOnly: true });
    const difference = this.#fast.update(close) - this.#slow.update(close);
    this.#up.update(difference);
    this.#down.update(-difference);
  }
}

/** A difference that is above 0, was not on the row before, and was below 0 at some time: a touch in between does not count. */
class Cross {
  isNow = false;
  #wasBelow = false;
  #wasAbove = false;

  update(difference: number): void {
    const isAbove = difference > 0;
    this.isNow = isAbove && !this.#wasAbove && this.#wasBelow;
    this.#wasAbove = isAbove;
    if (difference < 0) this.#wasBelow = true;
  }
}

/** In where the close is above the highs of 60 bars before, on more volume than the mean of 20; out by the settings' stop or target. */
class Breakouts extends Strategy {
  readonly #highest = new RollingMaximum(60);
  readonly #volume = new SummedAverage(20, 'cumulated');
  #isDue = false;

  override onTick({ high, close, volume }: Bar, ctx: Context): void {
    if (this.#isDue && ctx.position.isFlat) ctx.buy(SIZE);
    const mean = this.#volume.update(volume);
    this.#isDue = this.#highest.isReady && close > this.#highest.value && volume > mean;
    this.#highest.update(high);
  }
}

type Fill = readonly [time: number, column: number, size: number, price: number, fees: number];

async function fillsOf(
  folder: string,
  interval: number,
  strategyClass: Extract<StrategySource, { strategyClass: unknown }>['strategyClass'],
  settings: VectorbtSettings,
): Promise<Fill[]> {
  const files = readdirSync(folder).sort();
  const store = BarStore.of(
    interval,
    files.map((file) => readBars(join(folder, file))),
  );
  const plan: Plan = {
    strategies: [{ source: { strategyClass }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: settings.initCash, fills: { preset: 'vectorbt', settings } },
    instruments: {},
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
  const fills: Fill[] = [];
  const times = unionTimeline(store);
  const column = new Map(store.names.map((name, index) => [name, index]));
  const listen: ChunkListener = ({ rows, texts }) => {
    for (const fill of decodeRows({ ...rows.fill, kind: 'fill' }, store.names, texts)) {
      const size = fill.side === 'buy' ? fill.quantity : -fill.quantity;
      fills.push([times[fill.step]!, column.get(fill.symbol)!, size, fill.price, fill.commission]);
    }
  };
  await run(store, plan, { workers: 'inline', times, listeners: [listen] });
  return fills;
}

function compareFills(file: string, actual: readonly Fill[]): Compared {
  const expected = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const count = Math.max(expected.length, actual.length);
  let equal = 0;
  let firstDifference: string | null = null;
  for (let i = 0; i < count; i++) {
    const [time, ...numbers] = (expected[i] ?? '').split(',');
    const wanted = [Date.parse(`${time}Z`), ...numbers.map(Number)];
    const fill = actual[i] ?? [];
    if (wanted.length === fill.length && wanted.every((field, place) => field === fill[place])) equal++;
    else firstDifference ??= `fill ${i + 1}: ${expected[i] ?? 'none'} | here ${fill.join() || 'none'}`;
  }
  return { lines: count, equal, firstDifference };
}

function readBars(file: string): BarColumns {
  const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  const name = file.replace(/^.*\/|\.csv$/g, '');
  const builder = new BarColumnsBuilder(name, rows.length);
  for (const row of rows) {
    const [time, ...numbers] = row.split(',');
    const [open, high, low, close, volume] = numbers.map(Number) as [number, number, number, number, number];
    builder.append(Date.parse(time!), open, high, low, close, volume);
  }
  return builder.slice();
}
