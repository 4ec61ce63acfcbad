/**
 * A large run under the rules of zipline, trade for trade: a cross of averages on 500 symbols over ten years of days.
 *
 * The bars are made by `workloads/make_bars.py` of the set, and read from the folder that LOCKSTEP_WORKLOADS names. Each symbol has
 * its own strategy. Orders fill at the close of the session after the one on which they are sent.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ZiplineSettings } from '../../src/broker/presets/zipline.ts';
import { type Bar, type Context, Strategy, SummedAverage } from '../../src/index.ts';
import { DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import { play } from '../support/play.ts';
import type { Compared } from './entry.ts';

const SIZE = 10;
const DAY_MS = 86_400_000;
const CASH = 10_000_000;
/** As the set's README gives it. */
const FINAL_EQUITY = 10_044_310.347700343;

const SETTINGS: ZiplineSettings = {
  cash: CASH,
  slippage: { kind: 'none' },
  commission: { kind: 'perDollar', rate: 0.001 },
  cancelPolicy: 'never',
};

/** @param root of the set, whose `workloads` hold the list of fills; the last line compared is the equity in the end */
export async function compareWorkloads(root: string, folder: string): Promise<{ w1: Compared }> {
  const files = readdirSync(join(folder, 'w1')).toSorted();
  const names = files.map((file) => file.replace('.csv', ''));
  const bars = Object.fromEntries(names.map((name, k) => [name, readBars(join(folder, 'w1', files[k]!))]));
  const plan: Plan = {
    strategies: [{ source: { strategyClass: Crosses }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: CASH, fills: { preset: 'zipline', settings: SETTINGS } },
    instruments: {},
    seed: 0,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
  const times = bars[names[0]!]!.map(({ time }) => new Date(time).toISOString().slice(0, 10));
  const { events } = await play({ interval: DAY_MS, bars }, plan);
  const lines: string[] = [];
  let equity = NaN;
  for (const event of events) {
    if (event.kind === 'equity') equity = event.equity;
    if (event.kind !== 'fill') continue;
    const amount = event.side === 'buy' ? event.quantity : -event.quantity;
    lines.push([times[event.step], names.indexOf(event.symbol), amount, event.price].join());
  }
  return { w1: compareLines([...lines, `${equity}`], expectedOf(join(root, 'workloads/w1_zipline.csv.gz'))) };
}

/** Remembers from the 31st session on on which side the averages are, and keeps in mind itself what it wants to hold. */
class Crosses extends Strategy {
  readonly #fast = new SummedAverage(10, 'fresh');
  readonly #slow = new SummedAverage(30, 'fresh');
  #wasAbove: boolean | null = null;
  #wantsLong = false;

  override onTick({ close }: Bar, ctx: Context): void {
    const isAbove = this.#fast.update(close) > this.#slow.update(close);
    if (this.#slow.count <= this.#slow.length) return;
    const wasAbove = this.#wasAbove;
    this.#wasAbove = isAbove;
    if (wasAbove === null || wasAbove === isAbove || isAbove === this.#wantsLong) return;
    this.#wantsLong = isAbove;
    if (isAbove) ctx.buy(SIZE);
    else ctx.sell(SIZE);
  }
}

function readBars(file: string): Bar[] {
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [date, ...numbers] = row.split(',');
    const [open, high, low, close, volume] = numbers.map(Number) as [number, number, number, number, number];
    return { time: Date.parse(`${date}T00:00:00Z`), open, high, low, close, volume };
  });
}

/** The tool's list, each number as a double is written here; sessions carry the hour of their close there. */
function expectedOf(file: string): string[] {
  const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const fills = rows
    .filter((row) => /^\d/.test(row))
    .map((row) => {
      const [time, asset, amount, price] = row.split(',');
      return [time!.slice(0, 10), Number(asset), Number(amount), Number(price)].join();
    });
  return [...fills, `${FINAL_EQUITY}`];
}

function compareLines(lines: readonly string[], expected: readonly string[]): Compared {
  const count = Math.max(lines.length, expected.length);
  let equal = 0;
  let firstDifference: string | null = null;
  for (let i = 0; i < count; i++) {
    if (lines[i] === expected[i]) equal++;
    else firstDifference ??= `line ${i + 1}: ${lines[i]} in the place of ${expected[i]}`;
  }
  return { lines: count, equal, firstDifference };
}
