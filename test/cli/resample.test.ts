/** `--resample`: a run of longer bars is the run of a file of those bars, and knows nothing from outside its range. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Candles, readCandles } from '../../src/cli/candles.ts';
import { viewsOf } from '../../src/market/bar-store.ts';
import type { Warmup } from '../../src/cli/specs.ts';
import { WHOLE } from '../../src/market/portions.ts';
import { type LoadOptions, loadCandles } from '../../src/sources/candle-files.ts';
import { emptyFolder, lockstep, SMALL, strategy } from './cli.ts';

const MINUTE = 60_000;
const NINE = Date.UTC(2024, 2, 4, 9);
const ORDERS = strategy('many-orders');
const HEAD = 'time,open,high,low,close,volume';

/** Files of the bars of `minutes` longer, made with nothing but a group and a spread. */
async function writeLonger(folder: string, minutes: number): Promise<void> {
  mkdirSync(folder);
  const { store } = await loadCandles([SMALL]);
  const length = minutes * MINUTE;
  for (const symbol of store.symbols) {
    const { time, open, high, low, close, volume } = viewsOf(symbol);
    const groups = Map.groupBy(time.keys(), (i) => Math.floor(time[i]! / length) * length);
    const rows = [...groups].map(([start, group]) => {
      const highest = Math.max(...group.map((i) => high[i]!));
      const lowest = Math.min(...group.map((i) => low[i]!));
      const sum = group.reduce((total, i) => total + volume[i]!, 0);
      return [start, open[group[0]!], highest, lowest, close[group.at(-1)!], sum].join(',');
    });
    writeFileSync(join(folder, `${symbol.name}.csv`), [HEAD, ...rows, ''].join('\n'));
  }
}

/** One symbol whose minute m opens at m, so that each bar tells of what it was made. */
async function made(
  minutes: readonly number[],
  options: LoadOptions,
  warmup: Warmup = { steps: 0 },
): Promise<Candles> {
  const folder = emptyFolder();
  const rows = minutes.map((m) => `${NINE + m * MINUTE},${m},${m + 0.5},${m - 0.5},${m},1`);
  writeFileSync(join(folder, 'A.csv'), [HEAD, ...rows, ''].join('\n'));
  return readCandles([folder], options, { warmup, resample: 5 * MINUTE, portion: WHOLE });
}

/** Start, first and last minute, and how many, of each bar. */
function contents({ store }: Candles): number[][] {
  const { time, open, close, volume } = viewsOf(store.symbols[0]!);
  return Array.from(time, (t, i) => [(t - NINE) / MINUTE, open[i]!, close[i]!, volume[i]!]);
}

const minutes = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('resampled candles', () => {
  it('hold no minute outside --from and --to, and those that are cut are named', async () => {
    const options = { from: NINE + 12 * MINUTE, to: NINE + 23 * MINUTE };
    const candles = await made(minutes(10, 40), options);
    expect(contents(candles)).toEqual([
      [10, 12, 14, 3],
      [15, 15, 19, 5],
      [20, 20, 22, 3],
    ]);
    expect(candles.warmupSteps).toBe(0);
    expect(candles.warnings).toEqual([
      '2 bars of 5m at the edges of the data hold less than the window, and are kept: ' +
        '2024-03-04T09:10:00Z holds 2024-03-04T09:12:00Z to 2024-03-04T09:15:00Z (A); ' +
        '2024-03-04T09:20:00Z holds 2024-03-04T09:20:00Z to 2024-03-04T09:23:00Z (A)',
    ]);
  });

  it('have the window that --from cuts as the last of the warm-up, whole', async () => {
    const options = { from: NINE + 22 * MINUTE, to: NINE + 30 * MINUTE };
    for (const warmup of [{ steps: 2 }, { ms: 7 * MINUTE }]) {
      const candles = await made(minutes(10, 40), options, warmup);
      expect(contents(candles)).toEqual([
        [15, 15, 19, 5],
        [20, 20, 24, 5],
        [25, 25, 29, 5],
      ]);
      expect([candles.warmupSteps, candles.warnings]).toEqual([2, []]);
    }
  });

  it('make no bar of a window without any, and have gaps within a window', async () => {
    const candles = await made([10, 11, 14, 25, 29], {});
    expect(contents(candles)).toEqual([
      [10, 10, 14, 3],
      [25, 25, 29, 2],
    ]);
    expect(candles.warnings).toEqual([]);
  });

  it('name a late start and an early end of the data', async () => {
    const { warnings } = await made([11, 14, 15, 19, 20], {});
    expect(warnings.join()).toContain('2 bars of 5m at the edges');
    expect(warnings.join()).toContain('09:10:00Z holds 2024-03-04T09:11:00Z to 2024-03-04T09:15:00Z');
    expect(warnings.join()).toContain('09:20:00Z holds 2024-03-04T09:20:00Z to 2024-03-04T09:21:00Z');
  });

  it('of the length that the bars have are the bars', async () => {
    const taking = { warmup: { steps: 0 }, portion: WHOLE };
    const plain = await readCandles([SMALL], {}, { ...taking, resample: undefined });
    const same = await readCandles([SMALL], {}, { ...taking, resample: MINUTE });
    expect(same.reading).toEqual(plain.reading);
    expect(same.store.totalBars).toBe(plain.store.totalBars);
  });
});

describe('replay --resample', () => {
  it.each([5, 60])('of minutes to %d is the replay of a file of those bars', async (length) => {
    const folder = emptyFolder();
    await writeLonger(join(folder, 'longer'), length);
    const common = ['-s', ORDERS, '--csv', '--quiet', '--commission', '0.1%', '--max-volume', '50%'];
    const [resampled, given, plain] = await Promise.all([
      lockstep(['replay', SMALL, ...common, '--resample', `${length}m`, '--out', 'a'], folder),
      lockstep(['replay', 'longer', ...common, '--interval', `${length}m`, '--out', 'b'], folder),
      lockstep(['replay', SMALL, ...common, '--out', 'c'], folder),
    ]);
    const read = (run: string, file: string) => readFileSync(join(folder, run, file), 'utf8');
    expect(read('a', 'fills.csv').split('\n').length).toBeGreaterThan(5);
    for (const file of ['orders.csv', 'fills.csv', 'trades.csv', 'equity.csv'])
      expect(read('a', file)).toBe(read('b', file));
    const digestOf = (stdout: string) => /[0-9a-f]{64}/.exec(stdout)![0];
    expect(digestOf(resampled.stdout)).toBe(digestOf(given.stdout));
    expect(digestOf(resampled.stdout)).not.toBe(digestOf(plain.stdout));
  });

  it('does not depend on the order of files', async () => {
    const files = readdirSync(SMALL).map((name) => join(SMALL, name));
    const [one, other] = await Promise.all(
      [files, files.toReversed()].map((paths) =>
        lockstep(['replay', ...paths, '-s', ORDERS, '--resample', '7m', '--quiet'], emptyFolder()),
      ),
    );
    expect(one!.stdout).toMatch(/^digest/);
    expect(other).toEqual(one);
  });

  it('shows in header and warnings, lies in the manifest, and is what verify runs again', async () => {
    const folder = emptyFolder();
    const range = ['--from', '2024-03-04T09:32', '--to', '2024-03-04T12:58', '--warmup', '4'];
    const portion = ['--data-frac', '0.4', '--portion', '2'];
    const { stdout, stderr, code } = await lockstep(
      ['replay', SMALL, '-s', ORDERS, '--out', 'run', '--resample', '5m', ...range, ...portion],
      folder,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^resample +bars of 5m from bars of 1m; windows begin at multiples of 5m/m);
    expect(stdout).toMatch(/^bars +5m long/m);
    expect(stderr).toMatch(/^warning: \d+ bars? of 5m at the edges of the data holds? less/m);
    expect(stderr).toContain('2024-03-04T12:55:00Z holds 2024-03-04T12:55:00Z to 2024-03-04T12:58:00Z');
    const manifest = JSON.parse(readFileSync(join(folder, 'run/manifest.json'), 'utf8'));
    expect(manifest.reading).toMatchObject({
      interval: MINUTE,
      resample: 5 * MINUTE,
      to: NINE + 238 * MINUTE,
      portion: { number: 2, count: 2 },
    });
    const again = await lockstep(['verify', 'run', '--across-workers'], folder);
    expect(again.stdout).toMatch(/^verdict +the same$/m);
    expect([again.code, again.stderr]).toEqual([0, '']);
  });

  it.each([
    ['90s', '--resample 90s is no multiple of the length of the bars, 1m; the nearest are 1m and 2m'],
    ['30s', '--resample 30s is no multiple of the length of the bars, 1m; the nearest is 1m'],
    ['5', '--resample is a duration such as 1m, 4h or 1d, not "5"'],
  ])('%s is bad input, with the nearest valid choice', async (length, words) => {
    const { code, stdout, stderr } = await lockstep(['replay', SMALL, '-s', ORDERS, '--resample', length]);
    expect(stderr).toContain(words);
    expect([code, stdout]).toEqual([2, '']);
  });
});
