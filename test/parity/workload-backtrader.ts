/**
 * Two large runs under the rules of backtrader, fill for fill: a cross of averages on 500 symbols, and breakouts with stop and target on
 * 20 symbols by the minute.
 *
 * The bars are made by `workloads/make_bars.py` of the set, and read from the folder that LOCKSTEP_WORKLOADS names. Each symbol has
 * its own strategy. Fills are compared in the order of time and symbol, with the equity in the end behind them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BACKTRADER_DEFAULTS } from '../../src/broker/presets/backtrader.ts';
import { run } from '../../src/engine/run.ts';
import { type Context, type Fill, Strategy } from '../../src/index.ts';
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

interface Workload {
  readonly name: 'w1' | 'w2';
  readonly interval: number;
  readonly strategyClass: Extract<StrategySource, { strategyClass: unknown }>['strategyClass'];
  readonly cash: number;
  readonly rate: number;
  /** As the set's README gives it. */
  readonly finalEquity: number;
}

/** @param root of the set, whose `workloads` hold the lists of fills @param folder with the bars */
export async function compareWorkloads(
  root: string,
  folder: string,
): Promise<{ w1: Compared; w2: Compared }> {
  return { w1: await compareRun(root, folder, W1), w2: await compareRun(root, folder, W2) };
}

/** Long from where the mean of 10 closes crosses above that of 30, to where it crosses below. */
class Crosses extends Strategy {
  readonly #fast = new SummedAverage(10, 'exact');
  readonly #slow = new SummedAverage(30, 'exact');
  /** The last difference that was not 0. */
  #before = 0;

  override onTick({ close }: Bar, ctx: Context): void {
    const difference = this.#fast.update(close) - this.#slow.update(close);
    if (Number.isNaN(difference)) return;
    if (difference > 0 && this.#before < 0 && ctx.position.isFlat) ctx.buy(SIZE);
    if (difference < 0 && this.#before > 0 && ctx.position.isLong) ctx.sell(SIZE);
    if (difference !== 0) this.#before = difference;
  }
}

/** In where the close is above the highs of 60 bars before, on more volume than the mean of 20; then a stop and a target. */
class Breakouts extends Strategy {
  readonly #highest = new RollingMaximum(60);
  readonly #volume = new SummedAverage(20, 'exact');
  #entryPrice = NaN;
  #isWaiting = false;

  override onFill({ effect, price }: Fill): void {
    this.#isWaiting = false;
    this.#entryPrice = effect === 'open' ? averageOf(price) : NaN;
  }

  override onTick({ high, close, volume }: Bar, ctx: Context): void {
    const mean = this.#volume.update(volume);
    const isSignal = this.#highest.isReady && close > this.#highest.value && volume > mean;
    this.#highest.update(high);
    if (!Number.isNaN(this.#entryPrice)) {
      const exit = { side: 'sell', quantity: SIZE } as const;
      const price = this.#entryPrice;
      ctx.oco({ ...exit, stop: price * (1 - 0.005) }, { ...exit, limit: price * (1 + 0.01) });
      this.#entryPrice = NaN;
    } else if (isSignal && ctx.position.isFlat && !this.#isWaiting) {
      ctx.buy(SIZE);
      this.#isWaiting = true;
    }
  }
}

const W1: Workload = {
  name: 'w1',
  interval: DAY_MS,
  strategyClass: Crosses,
  cash: 10_000_000,
  rate: 0.001,
  finalEquity: 10_030_551.45240031,
};
const W2: Workload = {
  name: 'w2',
  interval: MINUTE_MS,
  strategyClass: Breakouts,
  cash: 1_000_000,
  rate: 0.0002,
  finalEquity: 995_769.1208482495,
};

/** What the tool calls the price of an order: the average over its executions, which may be a bit off that of the only one. */
function averageOf(price: number): number {
  return (SIZE * price) / SIZE;
}

/** Time, symbol, signed size, price, commission. */
type Line = readonly [number, string, number, number, number];

async function compareRun(root: string, folder: string, workload: Workload): Promise<Compared> {
  const { name, interval, strategyClass, cash, rate } = workload;
  const files = readdirSync(join(folder, name)).sort();
  const store = BarStore.of(
    interval,
    files.map((file) => readBars(join(folder, name, file))),
  );
  const settings = { ...BACKTRADER_DEFAULTS, cash, commission: { kind: 'percent', rate } } as const;
  const plan: Plan = {
    strategies: [{ source: { strategyClass }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash, fills: { preset: 'backtrader', settings } },
    instruments: {},
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
  const times = unionTimeline(store);
  const lines: Line[] = [];
  let equity = NaN;
  const listen: ChunkListener = ({ rows, texts }) => {
    for (const fill of decodeRows({ ...rows.fill, kind: 'fill' }, store.names, texts)) {
      const size = fill.side === 'buy' ? fill.quantity : -fill.quantity;
      lines.push([times[fill.step]!, fill.symbol, size, averageOf(fill.price), fill.commission]);
    }
    equity = decodeRows({ ...rows.equity, kind: 'equity' }, store.names, texts).at(-1)?.equity ?? equity;
  };
  await run(store, plan, { workers: 'inline', times, listeners: [listen] });
  const expected = readFills(join(root, `workloads/${name}_backtrader.csv.gz`), interval);
  return compareLines([...lines.sort(byTime), [equity]], [...expected.sort(byTime), [workload.finalEquity]]);
}

function byTime(a: Line, b: Line): number {
  return a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);
}

function compareLines(
  actual: readonly (readonly unknown[])[],
  expected: readonly (readonly unknown[])[],
): Compared {
  const count = Math.max(expected.length, actual.length);
  let equal = 0;
  let firstDifference: string | null = null;
  for (let i = 0; i < count; i++) {
    const [ours, theirs] = [actual[i] ?? [], expected[i] ?? []];
    if (ours.length === theirs.length && ours.every((field, place) => field === theirs[place])) equal++;
    else
      firstDifference ??= `line ${i + 1}: expected ${theirs.join() || 'none'}, was ${ours.join() || 'none'}`;
  }
  return { lines: count, equal, firstDifference };
}

/** Daily bars stand at the end of their day there, at its start here. */
function readFills(file: string, interval: number): Line[] {
  const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  return rows.map((row) => {
    const [time, symbol, size, price, commission] = row.split(',');
    const placed = Date.parse(interval === DAY_MS ? time!.slice(0, 10) : `${time}Z`);
    return [placed, symbol!, Number(size), Number(price), Number(commission)];
  });
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
