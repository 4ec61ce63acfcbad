/** From arguments to a store: which files, which symbols, which bars, and the same ones in whatever order they were named. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import type { BarStore } from '../../src/market/bar-store.ts';
import { loadCandles, resolveFiles, symbolOfFile } from '../../src/sources/candle-files.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MINUTE = 60_000;
const T = Date.UTC(2018, 0, 1);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Minutes `from` to `to` (exclusive) as a file without a header; prices say which minute it is. */
function minutes(from: number, to: number, step = 1): string {
  const rows: string[] = [];
  for (let m = from; m < to; m += step) rows.push(`${T + m * MINUTE},${m},${m + 2},${m - 2},${m + 1},7\n`);
  return rows.join('');
}

const HEADER = 'symbol,time,open,high,low,close,volume\n';
const files: Record<string, string> = {
  'set/BTCUSD-1m-2018.csv': minutes(0, 10),
  'set/ETH-USD.csv': minutes(3, 8),
  'set/notes.txt': 'not candles',
  'set/.hidden.csv': 'not candles',
  'set/deeper/XRP.csv': minutes(0, 3),
  'joined/A-2018-01.csv': minutes(0, 5),
  'joined/A-2018-02.csv': minutes(5, 9),
  'joined/A-2018-03.csv': minutes(20, 22),
  'overlap/A-2018-01.csv': minutes(0, 5),
  'overlap/A-2018-02.csv': minutes(4, 9),
  'several.csv': `${HEADER}X,${T},1,1,1,1,1\nY,${T},2,2,2,2,2\nY,${T + MINUTE},3,3,3,3,3\n`,
  'single.csv': minutes(4, 5),
  'bad.csv': `${minutes(0, 3)}${T + 3 * MINUTE},1,2,0,oops,7\n`,
  'broken-minute.csv': `${minutes(0, 5)}${T + 4.5 * MINUTE},5,5,5,5,1\n`,
  'none/readme.txt': '',
  'a=b.csv': minutes(0, 2),
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}
writeFileSync(join(folder, 'SOL_1h.csv.gz'), gzipSync(minutes(0, 180, 60)));

const at = (...paths: string[]): string[] => paths.map((path) => join(folder, path));

/** Each symbol with the minutes that it has. */
function minutesOf(store: BarStore): Record<string, number[]> {
  return Object.fromEntries(
    store.names.map((name, i) => [name, [...store.columns(i).time].map((time) => (time - T) / MINUTE)]),
  );
}

async function refusal(args: string[], options: Parameters<typeof loadCandles>[1] = {}): Promise<string> {
  try {
    await loadCandles(args, options);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
  }
  return 'nothing was refused';
}

describe('a symbol is named', () => {
  test.each([
    ['BTCUSD-1m-2018.csv.gz', 'BTCUSD'],
    ['BTC-USD.csv', 'BTC-USD'],
    ['BTC-USD-1m.csv', 'BTC-USD'],
    ['BTC_USD 15min.csv', 'BTC_USD'],
    ['data/EURUSD_M1.csv', 'EURUSD'],
    ['ES-20180101.csv', 'ES'],
    ['ES_H24.csv', 'ES_H24'],
    ['AAPL.US.2020.csv', 'AAPL.US'],
    ['SPY.1d.csv.gz', 'SPY'],
    ['2018.csv', '2018'],
    ['1INCH-5x.csv', '1INCH-5x'],
    ['brk.b.csv', 'brk.b'],
  ])('%s as %s', (file, expected) => {
    expect(symbolOfFile(file)).toBe(expected);
  });
});

const found = (...args: string[]): string[] =>
  resolveFiles(at(...args)).map(({ path }) => path.slice(folder.length + 1));

describe('arguments', () => {
  test('may be files, folders and globs', () => {
    expect(found('set/ETH-USD.csv')).toEqual(['set/ETH-USD.csv']);
    expect(found('set')).toEqual(['set/BTCUSD-1m-2018.csv', 'set/ETH-USD.csv']);
    expect(found('joined/*-0[12].csv')).toEqual(['joined/A-2018-01.csv', 'joined/A-2018-02.csv']);
  });

  test('count once when they name a file twice, and the smaller path is the one told', () => {
    expect(found('set', 'set/ETH-USD.csv', 'set/*.csv')).toHaveLength(2);
    const spellings = [`${folder}/set/ETH-USD.csv`, `${folder}/set/../set/ETH-USD.csv`];
    for (const args of [spellings, spellings.toReversed()]) {
      expect(resolveFiles(args)).toEqual([{ path: spellings[1], name: undefined }]);
    }
  });

  test('may name the symbol, and a file with an equals sign is still a file', async () => {
    const named = await loadCandles([`ETH=${at('set/ETH-USD.csv')[0]}`, `B=${at('set/BTC*')[0]}`]);
    expect(named.store.names).toEqual(['B', 'ETH']);
    expect((await loadCandles(at('a=b.csv'))).store.names).toEqual(['a=b']);
  });

  test.each([
    [['set/ETHUSD.csv'], 'set/ETHUSD.csv: no such file or folder (did you mean "set/ETH-USD.csv"?)'],
    [['set/ETH-USD.csv/x.csv'], 'set/ETH-USD.csv/x.csv: no such file or folder'],
    [['set/*.parquet'], 'set/*.parquet: no file matches'],
    [['set/notes.txt'], 'set/notes.txt: this kind of file cannot be read; .csv and .csv.gz can'],
    [['none'], 'none: the folder has no .csv.gz or .csv files'],
  ])('%j can be wrong', async (paths, message) => {
    expect((await refusal(at(...paths))).slice(0, message.length).replace(/^bad.*/, 'several.csv: ')).toBe(
      message,
    );
  });

  test('must be given', async () => {
    expect(await refusal([])).toBe('no candle files are given');
  });
});

describe('loading', () => {
  test('takes one symbol a file, sorted, with the interval found', async () => {
    const { store, files } = await loadCandles(at('set'));
    expect(minutesOf(store)).toEqual({ BTCUSD: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'ETH-USD': [3, 4, 5, 6, 7] });
    expect(store.interval).toBe(MINUTE);
    expect([...store.columns(1).close]).toEqual([4, 5, 6, 7, 8]);
    expect(files.map(({ path, symbols, rows }) => [path, symbols, rows])).toEqual([
      [join(folder, 'set/BTCUSD-1m-2018.csv'), ['BTCUSD'], 10],
      [join(folder, 'set/ETH-USD.csv'), ['ETH-USD'], 5],
    ]);
  });

  test('does not depend on the order of the arguments', async () => {
    const paths = at('set/BTCUSD-1m-2018.csv', 'joined/A-2018-02.csv', 'several.csv', 'joined/A-2018-01.csv');
    const [one, other] = await Promise.all([loadCandles(paths), loadCandles(paths.toReversed())]);
    expect(other.files).toEqual(one.files);
    expect(minutesOf(other.store)).toEqual(minutesOf(one.store));
    expect(one.store.names).toEqual(['A', 'BTCUSD', 'X', 'Y']);
  });

  test('joins the files of a symbol in time order', async () => {
    const { store } = await loadCandles(
      at('joined/A-2018-03.csv', 'joined/A-2018-01.csv', 'joined/A-2018-02.csv'),
    );
    expect(minutesOf(store)).toEqual({ A: [0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 21] });
    expect([...store.columns(0).open]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 21]);
  });

  test('refuses files of a symbol that overlap, and names both', async () => {
    expect(await refusal(at('overlap'))).toBe(
      'overlap/A-2018-02.csv: "A" has bars until 2018-01-01T00:04:00Z in overlap/A-2018-01.csv and from 2018-01-01T00:04:00Z here; files of one symbol must not overlap',
    );
  });

  test('keeps the symbols that are asked for, and does not read the other files', async () => {
    const { store, files } = await loadCandles(at('set', 'several.csv', 'bad.csv'), {
      symbols: ['Y', 'ETH-USD'],
    });
    expect(store.names).toEqual(['ETH-USD', 'Y']);
    expect(files.map(({ symbols }) => symbols)).toEqual([['ETH-USD'], ['Y']]);
  });

  test('says which symbols there are when one is unknown', async () => {
    expect(await refusal(at('set'), { symbols: ['ETHUSD'] })).toBe(
      'no symbol "ETHUSD" in these files (did you mean "ETH-USD"?); there are BTCUSD, ETH-USD',
    );
  });

  test('keeps bars from `from`, inclusive, to `to`, exclusive, and symbols that have any', async () => {
    const from = T + 8 * MINUTE;
    expect(minutesOf((await loadCandles(at('set'), { from })).store)).toEqual({ BTCUSD: [8, 9] });
    const { store } = await loadCandles(at('set'), { from: T + 2 * MINUTE, to: T + 4 * MINUTE });
    expect(minutesOf(store)).toEqual({ BTCUSD: [2, 3], 'ETH-USD': [3] });
  });

  test('refuses a period without bars', async () => {
    expect(await refusal(at('set'), { from: T + 10 * MINUTE })).toBe('no bars from 2018-01-01T00:10:00Z');
    expect(await refusal(at('set'), { to: T })).toBe('no bars before 2018-01-01T00:00:00Z');
    expect(await refusal(at('set'), { from: T + MINUTE, to: T })).toMatch('nothing lies between');
    expect(await refusal(at('set'), { from: T + 8 * MINUTE, symbols: ['BTCUSD', 'ETH-USD'] })).toBe(
      'symbol "ETH-USD" has no bars from 2018-01-01T00:08:00Z',
    );
  });

  test('takes the interval from the user where one is given', async () => {
    expect(await refusal(at('single.csv'))).toMatch('give it: --interval');
    expect((await loadCandles(at('single.csv'), { interval: 5 * MINUTE })).store.interval).toBe(5 * MINUTE);
    expect((await loadCandles(at('SOL_1h.csv.gz'))).store.interval).toBe(60 * MINUTE);
  });

  test('refuses bars that are closer than the interval', async () => {
    expect(await refusal(at('set'), { interval: 5 * MINUTE })).toBe(
      '"BTCUSD" has bars at 2018-01-01T00:00:00Z and 2018-01-01T00:01:00Z, closer than the length of a bar, 5m; if that is not right, give another: --interval 1m',
    );
    expect(await refusal(at('broken-minute.csv'))).toMatch('00:04:00Z and 2018-01-01T00:04:30Z, closer');
  });

  test('refuses a name for a file that names its symbols itself', async () => {
    expect(await refusal([`Z=${at('several.csv')[0]}`])).toBe(
      'several.csv: the file names its symbols itself; give it without "Z="',
    );
  });

  test('fails as a whole when one row is bad', async () => {
    expect(await refusal(at('set', 'bad.csv'))).toMatch('bad.csv:4: close is "oops"');
  });

  test('tells its progress by file', async () => {
    const told: [number, string][] = [];
    await loadCandles(at('set'), {
      onProgress: (rows, file) => told.push([rows, file.slice(folder.length)]),
    });
    expect(told).toEqual([
      [10, '/set/BTCUSD-1m-2018.csv'],
      [5, '/set/ETH-USD.csv'],
    ]);
  });
});

const DATA = resolve(ROOT, process.env['LOCKSTEP_DATA'] ?? '../shared/data');
const BTCUSD = join(DATA, 'bitfinex-1m-2018/BTCUSD-1m-2018.csv.gz');
const hasData = existsSync(BTCUSD);
if (!hasData) console.warn(`skipping the test on real candles: there is no ${BTCUSD}`);

test.runIf(hasData)('a year of real minutes is read to the last row', { timeout: 60_000 }, async () => {
  const { store, files } = await loadCandles([BTCUSD]);
  expect(files[0]).toMatchObject({ rows: 520_499, layout: 'headerless time,open,close,high,low,volume' });
  expect([store.names, store.interval, store.totalBars]).toEqual([['BTCUSD'], MINUTE, 520_499]);
  const { time, open, high, low, close, volume } = store.columns(0);
  const lines = gunzipSync(readFileSync(BTCUSD)).toString().trimEnd().split('\n');
  let differences = 0;
  for (const [i, line] of lines.entries()) {
    const loaded = [time[i], open[i], close[i], high[i], low[i], volume[i]];
    if (!line.split(',').every((text, field) => Number(text) === loaded[field])) differences++;
  }
  expect([lines.length, differences]).toEqual([520_499, 0]);
});
