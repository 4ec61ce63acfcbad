/**
 * The reader, on files of its own making: what it takes, it takes bit for bit; what it refuses, it refuses with the place,
 * the value and a way out. `Number(text)` and the texts themselves are the judge.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import { BAR_FIELDS } from '../../src/market/bar.ts';
import { BarColumnsBuilder, viewsOf } from '../../src/market/bar-store.ts';
import { type ReadSummary, readCsv } from '../../src/sources/csv.ts';

const SEED = 7;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Bars = Record<string, number[][]>;

/** Writes a file and reads it: the rows of each symbol, in the order of BAR_FIELDS. */
async function read(
  data: string | Buffer,
  name = 'a.csv',
): Promise<{ bars: Bars; summary: ReadSummary; progress: number[] }> {
  const file = join(folder, name);
  writeFileSync(file, data);
  const builders = new Map<string, BarColumnsBuilder>();
  const progress: number[] = [];
  const summary = await readCsv(file, {
    columnsOf(symbol) {
      const builder = new BarColumnsBuilder(symbol, 4);
      builders.set(symbol, builder);
      return builder;
    },
    progress: (rows) => progress.push(rows),
  });
  const bars = Object.fromEntries(
    [...builders].map(([symbol, builder]) => {
      const views = viewsOf(builder.slice());
      return [symbol, Array.from(views.time, (_, i) => BAR_FIELDS.map((field) => views[field][i]!))];
    }),
  );
  return { bars, summary: summary!, progress };
}

/** The message of the InputError, without the folder. */
async function refusal(data: string | Buffer, name = 'a.csv'): Promise<string> {
  try {
    await read(data, name);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message.replace(`${folder}/`, '');
  }
  return 'nothing was refused';
}

const HEADER = 'time,open,high,low,close,volume\n';
const T = Date.UTC(2018, 0, 1);
const BAR = [T, 5, 9, 1, 6, 10];

describe('a layout', () => {
  test.each([
    ['header, comma', `${HEADER}2018-01-01T00:00:00Z,5,9,1,6,10\n`],
    ['header, semicolon', `${HEADER}2018-01-01,5,9,1,6,10\n`.replaceAll(',', ';')],
    ['header, tab', `${HEADER}2018-01-01 00:00,5,9,1,6,10\n`.replaceAll(',', '\t')],
    ['columns in another order', 'v,c,l,h,o,t,x\n10,6,1,9,5,1514764800,?\n'],
    ['no newline at the end', `${HEADER}2018-01-01,5,9,1,6,10`],
    ['CRLF', `${HEADER}2018-01-01,5,9,1,6,10\n`.replaceAll('\n', '\r\n')],
    ['CRLF in the header alone', `${HEADER.replace('\n', '\r\n')}2018-01-01,5,9,1,6,10\n`],
    ['a byte order mark', `\uFEFF${HEADER}2018-01-01,5,9,1,6,10\n`],
    ['blank lines', `\n\n${HEADER}\n  \n2018-01-01,5,9,1,6,10\n\r\n \n`],
    ['quotes', `"time","open","high","low","close","volume"\n"2018-01-01","5","9","1","6","10"\n`],
    ['blanks round fields', `${HEADER}  2018-01-01 , 5 ,9 , 1, 6,\t10 \n`],
    ['a delimiter at the end of rows', `${HEADER}2018-01-01,5,9,1,6,10,\n`],
    ['no header', '1514764800000,5,9,1,6,10\n'],
    ['no header, close before high', '1514764800000,5,6,9,1,10\n'],
    ['no header, trades behind', '1514764800,5,9,1,6,10,3\n'],
    ['Binance', '1514764800000000,5,9,1,6,10,1514764859999999,50,3,1,2,0\n'],
    ['UTF-16', Buffer.from(`\uFEFF${HEADER}2018-01-01,5,9,1,6,"10"\n`, 'utf16le')],
  ])('%s', async (_, data) => {
    expect((await read(data)).bars).toEqual({ '': [BAR] });
    expect((await read(gzipSync(data), 'a.csv.gz')).bars).toEqual({ '': [BAR] });
  });

  test('with a symbol column is split, each symbol with its own order of time', async () => {
    const data = `symbol,${HEADER}B,2018-01-01,5,9,1,6,10\nA,2018-01-01,1,1,1,1,0\n B,2018-01-02,5,9,1,6,10\n`;
    const { bars } = await read(data);
    expect(bars).toEqual({ B: [BAR, [T + 86_400_000, ...BAR.slice(1)]], A: [[T, 1, 1, 1, 1, 0]] });
  });

  test('is found behind more rows with equal prices than are looked at otherwise', async () => {
    const flat = Array.from({ length: 500 }, (_, i) => `${T + i * 60_000},5,5,5,5,1\n`).join('');
    const { bars } = await read(`${flat}${T + 86_400_000},5,6,9,1,10\n`);
    expect(bars['']!.at(-1)!.slice(1)).toEqual([5, 9, 1, 6, 10]);
    expect(bars['']).toHaveLength(501);
  });
});

describe('what was recognised', () => {
  test('is the layout, the times, the rows, and the hash of the bytes on the disk', async () => {
    const data = gzipSync('1514764800000,5,6,9,1,10\n1514764860000,5,6,9,1,10\n');
    expect((await read(data, 'a.csv.gz')).summary).toEqual({
      layout: 'headerless time,open,close,high,low,volume',
      timeFormat: 'epoch ms',
      zone: 'UTC',
      rows: 2,
      bytes: data.length,
      sha256: createHash('sha256').update(data).digest('hex'),
    });
  });

  test('says whether the zone was written or assumed', async () => {
    const { summary: assumed } = await read(`${HEADER}2018-01-01 00:00,5,9,1,6,10\n`);
    const { summary: written } = await read(`${HEADER}2018-01-01 00:00+01:00,5,9,1,6,10\n`);
    expect([assumed.zone, written.zone]).toEqual(['UTC (no zone is written)', 'as written']);
  });

  test('counts candles, not lines', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `\n${T + i * 60_000},5,9,1,6,10\n  \n`).join('');
    expect((await read(HEADER + rows)).summary.rows).toBe(200);
  });
});

test('progress is told every 65,536 rows and at the end', async () => {
  const rows = Array.from({ length: 70_000 }, (_, i) => `${T + i * 60_000},5,9,1,6,10\n`).join('');
  expect((await read(rows)).progress).toEqual([65_536, 70_000]);
});

test('quotes may begin far into a file', async () => {
  const plain = Array.from({ length: 20_000 }, (_, i) => `${T + i * 60_000},5,9,1,6,10\n`).join('');
  const { bars } = await read(`${plain}"${T + 20_000 * 60_000}","5","9","1","6","10"\n`);
  expect(bars['']!.at(-1)).toEqual([T + 20_000 * 60_000, ...BAR.slice(1)]);
});

test('a file that nobody wants is left at once', async () => {
  const file = join(folder, 'unwanted.csv');
  writeFileSync(file, `${HEADER}2018-01-01,5,9,1,6,10\n2018-01-02,this,is,not,even,read\n`);
  expect(await readCsv(file, { columnsOf: () => undefined, progress: () => {} })).toBeUndefined();
});

test('rows of a symbol that nobody wants are checked, but not kept', async () => {
  const file = join(folder, 'unwanted.csv');
  const rows = `symbol,${HEADER}A,2018-01-01,5,9,1,6,10\n`;
  const sink = { columnsOf: () => undefined, progress: () => {} };
  writeFileSync(file, rows);
  expect((await readCsv(file, sink))!.rows).toBe(1);
  writeFileSync(file, `${rows}A,2018-01-02,5,9,1,six,10\n`);
  await expect(readCsv(file, sink)).rejects.toThrow('unwanted.csv:3: close is "six"');
});

describe('a refusal names the line, the value and what would be right:', () => {
  const first = `${HEADER}2018-01-02T00:00:00Z,5,9,1,6,10\n`;
  const symbols = `symbol,${HEADER}A,2018-01-02,5,9,1,6,10\nB,2018-01-03,5,9,1,6,10\n`;
  const number = 'which is not a number; write digits with a decimal point, as in 1234.5';
  test.each([
    ['nothing at all', '', 'a.csv: the file is empty'],
    ['blank lines alone', '\n \n\r\n', 'a.csv: the file is empty'],
    ['a header alone', HEADER, 'a.csv:1: no rows below the header'],
    [
      'a missing column',
      HEADER.replace('close', 'clsoe'),
      'a.csv:1: no close column among "time", "open", "high", "low", "clsoe", "volume" (did you mean "clsoe"?)',
    ],
    [
      'no volume',
      'time,open,high,low,close\n2018-01-01,5,9,1,6\n',
      'a.csv:1: no volume column among "time", "open", "high", "low", "close"; candles without a volume cannot be read yet',
    ],
    ['a word', `${first}2018-01-03T00:00:00Z,five,9,1,6,10\n`, `a.csv:3: open is "five", ${number}`],
    ['an empty field', `${first}2018-01-03T00:00:00Z,5,,1,6,10\n`, `a.csv:3: high is "", ${number}`],
    ['NaN', `${first}2018-01-03T00:00:00Z,5,9,NaN,6,10\n`, `a.csv:3: low is "NaN", ${number}`],
    ['a hexadecimal', `${first}2018-01-03T00:00:00Z,5,9,1,0x6,10\n`, `a.csv:3: close is "0x6", ${number}`],
    [
      'a decimal comma',
      `${first}2018-01-03T00:00:00Z,5,9,1,6,"1,5"\n`,
      `a.csv:3: volume is "1,5", ${number}`,
    ],
    ['infinity', `${first}2018-01-03T00:00:00Z,5,1e400,1,6,10\n`, `a.csv:3: high is "1e400", ${number}`],
    [
      'a bad number behind blank lines',
      `${first}\n\n \n2018-01-03T00:00:00Z,x,9,1,6,10\n`,
      `a.csv:6: open is "x", ${number}`,
    ],
    [
      'high below low',
      `${first}2018-01-03T00:00:00Z,5,1,9.50,6,10\n`,
      'a.csv:3: high is "1", below low "9.50"',
    ],
    [
      'open above high',
      `${first}2018-01-03T00:00:00Z,10,9,1,6,10\n`,
      'a.csv:3: open is "10", outside of low "1" to high "9"',
    ],
    [
      'close below low',
      `${first}2018-01-03T00:00:00Z,5,9,1,0.5,10\n`,
      'a.csv:3: close is "0.5", outside of low "1" to high "9"',
    ],
    [
      'negative volume',
      `${first}2018-01-03T00:00:00Z,5,9,1,6,-1\n`,
      'a.csv:3: volume is "-1"; it cannot be negative',
    ],
    [
      'an earlier time',
      `${first}2018-01-01T00:00:00Z,5,9,1,6,10\n`,
      'a.csv:3: time is "2018-01-01T00:00:00Z", which is out of order: the row before is at 2018-01-02T00:00:00Z; sort the rows by time',
    ],
    [
      'the same time',
      `${first}2018-01-02T00:00:00Z,5,9,1,6,10\n`,
      'a.csv:3: time is "2018-01-02T00:00:00Z", the same as on the row before; keep one of them',
    ],
    [
      'the same instant in another zone',
      `${first}2018-01-02T01:00:00+01:00,5,9,1,6,10\n`,
      'a.csv:3: time is "2018-01-02T01:00:00+01:00", the same as on the row before; keep one of them',
    ],
    [
      'the same time of one symbol',
      `${symbols}A,2018-01-02,5,9,1,6,10\n`,
      'a.csv:4: time is "2018-01-02", the same as on the row before of "A"; keep one of them',
    ],
    ['no symbol', `${symbols},2018-01-02,5,9,1,6,10\n`, 'a.csv:4: the symbol is empty'],
    [
      'no time on the first row',
      `${HEADER}today,5,9,1,6,10\n`,
      'a.csv:2: time is "today", which is not a time; write 2018-01-31,',
    ],
    [
      'a day that does not exist',
      `${first}2018-02-30T00:00:00Z,5,9,1,6,10\n`,
      'a.csv:3: time is "2018-02-30T00:00:00Z", which is not an ISO date-time with zone as on the first row',
    ],
    [
      'a time without the zone',
      `${first}2018-01-03T00:00:00,5,9,1,6,10\n`,
      'a.csv:3: time is "2018-01-03T00:00:00", which is not an ISO date-time with zone as on the first row',
    ],
    [
      'seconds among milliseconds',
      '1514764800000,5,9,1,6,10\n1514764860,5,9,1,6,10\n',
      'a.csv:2: time is "1514764860", which is not an epoch ms as on the first row',
    ],
    [
      'a short row',
      `${first}2018-01-03T00:00:00Z,5,9\n`,
      'a.csv:3: 3 columns, where 6 are needed: "2018-01-03T00:00:00Z | 5 | 9"',
    ],
    ['a single word', `${first}the end\n`, 'a.csv:3: 1 column, where 6 are needed: "the end"'],
    ['a long row', `${first}2018-01-03T00:00:00Z,5,9,1,6,10,11\n`, 'a.csv:3: 7 columns, where 6 are needed'],
    [
      'too few columns without a header',
      '1514764800000,5,9,1,6\n',
      'a.csv:1: 5 columns and no header; time, open, high, low, close and volume are needed',
    ],
    [
      'prices of no known order',
      '1514764800000,1,9,5,6,10\n',
      'a.csv:1: there is no header and the prices fit neither',
    ],
    [
      'a quote that does not close',
      `${first}"2018-01-03T00:00:00Z,5,9,1,6,10\n`,
      'a.csv:3: Quote Not Closed',
    ],
    [
      'a quote within a field',
      `${first}2018-01-03T00:00:00Z,5"",9,1,6,10\n`,
      'a.csv:3: Invalid Opening Quote',
    ],
  ])('%s', async (_, data, message) => {
    const refused = await refusal(data);
    expect(refused.slice(0, message.length)).toBe(message);
  });

  test('a bad row far behind the sample, with its line', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, i) => `${T + i * 60_000},5,9,1,6,${i === 17_000 ? '' : 1}\n`,
    );
    expect(await refusal(rows.join(''))).toMatch('a.csv:17001: volume is ""');
  });

  test('a long value is cut short', async () => {
    expect(await refusal(`${first}2018-01-03T00:00:00Z,${'5x'.repeat(500)},9,1,6,10\n`)).toMatch(
      `a.csv:3: open is "${'5x'.repeat(30)}…", which`,
    );
  });

  test('gzip data that is cut off', async () => {
    const whole = gzipSync(
      Array.from({ length: 5_000 }, (_, i) => `${T + i * 60_000},5,9,1,6,${i}\n`).join(''),
    );
    const message = await refusal(whole.subarray(0, whole.length / 2), 'a.csv.gz');
    expect(message).toBe('a.csv.gz: the gzip data is damaged or cut off (unexpected end of file)');
  });

  test('a file that is called gzip and is not', async () => {
    expect(await refusal(HEADER, 'a.csv.gz')).toMatch('a.csv.gz: the gzip data is damaged or cut off');
  });

  test('a file that is not there', async () => {
    const gone = readCsv(join(folder, 'gone.csv'), { columnsOf: () => undefined, progress: () => {} });
    await expect(gone).rejects.toThrow(InputError);
  });
});

const iso = (time: number): string => new Date(time).toISOString();

describe('random candles come back bit for bit', () => {
  let state = SEED;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  /** A price between 0 and 999, with up to twelve decimals, now and then with an exponent. */
  const price = (): string => {
    const decimals = Array.from({ length: next(13) }, () => next(10)).join('');
    const text = `${next(1_000)}${decimals === '' ? '' : `.${decimals}`}`;
    return next(20) === 0 ? `${text}e-${next(9)}` : text;
  };
  const candles = Array.from({ length: 3_000 }, (_, i) => {
    const [low, a, b, high] = [price(), price(), price(), price()].sort((x, y) => Number(x) - Number(y));
    const [open, close] = next(2) === 0 ? [a!, b!] : [b!, a!];
    const volume = `${next(1e6)}.${next(1e9)}`;
    return { time: T + (i * 3 + next(3)) * 60_000, open, high: high!, low: low!, close, volume };
  });
  const expected = candles.map((c) => [c.time, ...[c.open, c.high, c.low, c.close, c.volume].map(Number)]);

  test.each([
    ['generic', candles.map((c) => [iso(c.time), c.open, c.high, c.low, c.close, c.volume].join()), HEADER],
    [
      'offsets',
      candles.map((c) =>
        [iso(c.time + 5_400_000).replace('Z', '+01:30'), c.open, c.high, c.low, c.close, c.volume].join(),
      ),
      HEADER,
    ],
    [
      'naive',
      candles.map((c) =>
        [iso(c.time).slice(0, 16).replace('T', ' '), c.open, c.high, c.low, c.close, c.volume].join(),
      ),
      HEADER,
    ],
    ['Bitfinex', candles.map((c) => [c.time, c.open, c.close, c.high, c.low, c.volume].join()), ''],
    [
      'Kraken',
      candles.map((c) => [c.time / 1_000, c.open, c.high, c.low, c.close, c.volume, next(99)].join()),
      '',
    ],
    [
      'float seconds',
      candles.map((c) => [`${c.time / 1_000}.0`, c.open, c.high, c.low, c.close, c.volume].join()),
      '',
    ],
    [
      'Binance',
      candles.map((c) =>
        [c.time * 1_000, c.open, c.high, c.low, c.close, c.volume, c.time * 1_000 + 1, 0, 0, 0, 0, 0].join(),
      ),
      '',
    ],
    [
      'semicolons',
      candles.map((c) => [c.volume, c.low, c.high, c.close, c.open, c.time].join(';')),
      'v;l;h;c;o;t\n',
    ],
    [
      'quoted',
      candles.map((c) => [iso(c.time), c.open, c.high, c.low, c.close, c.volume].map((f) => `"${f}"`).join()),
      HEADER,
    ],
  ])('%s', async (_, rows, header) => {
    const { bars } = await read(`${header}${rows.join('\n')}\n`);
    expect(bars[''], `seed ${SEED}`).toEqual(expected);
  });

  test('several symbols in one file', async () => {
    const names = candles.map(() => 'ABC'[next(3)]!);
    const rows = candles.map((c, i) => [c.time, names[i], c.open, c.high, c.low, c.close, c.volume].join());
    const { bars } = await read(`time,symbol,open,high,low,close,volume\n${rows.join('\n')}\n`);
    for (const name of 'ABC') {
      expect(bars[name], `seed ${SEED}`).toEqual(expected.filter((_, i) => names[i] === name));
    }
  });
});
