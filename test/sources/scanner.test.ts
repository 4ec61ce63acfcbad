/**
 * The scanner against csv-parse, on sound and damaged files: the same columns to the bit and the same summary, or the same
 * refusal, or it declines. And against `Number` and `Date`, which know nothing of either.
 */
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/kernel/random.ts';
import { BarColumnsBuilder, viewsOf } from '../../src/market/bar-store.ts';
import { readCsv } from '../../src/sources/csv.ts';
import { Declined } from '../../src/sources/row-scanner.ts';
import { readCandles, scanCsv } from '../../src/sources/scanner.ts';
import { FIELDS, outcome, writeCase } from './mutated-candles.ts';

const SEED = 11;
const folder = mkdtempSync(join(tmpdir(), 'lockstep-scanner-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 'time,open,high,low,close,volume\n';
const T = Date.UTC(2018, 0, 1);

function fileOf(data: string | Buffer, name = 'a.csv'): string {
  const file = join(folder, name);
  writeFileSync(file, data);
  return file;
}

/** What the scanner makes of it, or `declined: …`. */
async function scanned(file: string, chunkBytes?: number): Promise<string> {
  try {
    return await outcome((path, sink) => scanCsv(path, sink, chunkBytes), file);
  } catch (error) {
    if (error instanceof Declined) return `declined: ${error.message}`;
    throw error;
  }
}

/** The columns of a file of one symbol, by the scanner alone. */
async function columnsOf(data: string) {
  const builder = new BarColumnsBuilder('', 4);
  await scanCsv(fileOf(data), { columnsOf: () => builder, progress: () => {} });
  return viewsOf(builder.slice());
}

describe('the scanner agrees with csv-parse', () => {
  test('on seeded files, most of them damaged, cut into chunks of any size', {
    timeout: 120_000,
  }, async () => {
    const chunkSizes = [undefined, 64, 100, 200, 333, 1_024];
    const counts = { read: 0, refused: 0, declined: 0 };
    for (let i = 0; i < 1_800; i++) {
      const file = writeCase(folder, SEED, i);
      const got = await scanned(file, chunkSizes[i % chunkSizes.length]);
      if (got.startsWith('declined')) {
        counts.declined++;
        continue;
      }
      expect(got, `seed ${SEED}, case ${i}`).toBe(await outcome(readCsv, file));
      counts[got.startsWith('refused') ? 'refused' : 'read']++;
    }
    // Else nothing was compared.
    expect(counts.read).toBeGreaterThan(600);
    expect(counts.refused).toBeGreaterThan(600);
    expect(counts.declined).toBeLessThan(1_000);
  });

  test('and where it declines, the reader falls back', { timeout: 60_000 }, async () => {
    for (let i = 0; i < 300; i++) {
      const file = writeCase(folder, SEED + 1, i);
      const [got, expected] = [await outcome(readCandles, file), await outcome(readCsv, file)];
      expect(got, `seed ${SEED + 1}, case ${i}`).toBe(expected);
    }
  });

  const fixtures = globSync(join(import.meta.dirname, '../../fixtures/**/*.{csv,csv.gz}'));
  test.each(fixtures)('on %s', async (file) => {
    const isQuoted = file.endsWith('SIGMA-2024-b.csv');
    const expected = await outcome(readCsv, file);
    expect(await scanned(file)).toBe(isQuoted ? 'declined: quotes' : expected);
    expect(await outcome(readCandles, file)).toBe(expected);
  });

  test('on every odd field in every column', { timeout: 60_000 }, async () => {
    const row = (time: string) => [time, '5', '9', '1', '6', '10', 'x'];
    const check = async (write: (ms: number) => string, column: number, field: string) => {
      const rows = Array.from({ length: 104 }, (_, i) => row(write(T + i * 86_400_000)));
      rows[103]![column] = field;
      const file = fileOf(
        `${HEADER.trim()},note\n${rows.map((fields) => fields.join(';')).join('\n')}\n`.replace(/,/g, ';'),
      );
      const got = await scanned(file);
      if (got.startsWith('declined')) expect(field, got).toMatch(/["\r]/);
      else expect(got, `${write(T)}, then ${JSON.stringify(field)}`).toBe(await outcome(readCsv, file));
    };
    const iso = (ms: number) => new Date(ms).toISOString();
    const writers = [iso, (ms: number) => iso(ms).slice(0, 10), (ms: number) => iso(ms).slice(0, 19)];
    writers.push(
      String,
      (ms) => String(ms / 1_000),
      (ms) => String(ms * 1_000),
    );
    for (const field of FIELDS) {
      for (const write of writers) await check(write, 0, field);
      for (let column = 1; column < 7; column++)
        if (column !== 2 && column !== 3) await check(String, column, field);
    }
  });

  const lines = Array.from(
    { length: 130 },
    (_, i) => `${T + i * 60_000},5,9.25,1,6,${i}.5\r\n${i % 40 ? '' : ' \n\n'}`,
  );
  test.each([
    ['plain', `\uFEFF${HEADER}${lines.join('')}`],
    ['with no newline at the end', `${HEADER}${lines.join('')}`.trimEnd()],
    ['with a bad row at the end', `${HEADER}${lines.join('')}${T + 1e9},5,9,1,6,x`],
    ['of several symbols', `name,${HEADER}${lines.map((line, i) => `${'ABA'[i % 3]},${line}`).join('')}`],
  ])('wherever a chunk ends in a file %s', { timeout: 60_000 }, async (_, text) => {
    const file = fileOf(text);
    const zipped = fileOf(gzipSync(text), 'a.csv.gz');
    const [expected, expectedZipped] = [await outcome(readCsv, file), await outcome(readCsv, zipped)];
    for (let chunkBytes = 64; chunkBytes < 700; chunkBytes++) {
      expect(await scanned(file, chunkBytes), `${chunkBytes} bytes`).toBe(expected);
    }
    for (let chunkBytes = 64; chunkBytes < 200; chunkBytes++) {
      expect(await scanned(zipped, chunkBytes), `${chunkBytes} bytes`).toBe(expectedZipped);
    }
  });

  test('on progress and lines of a long file of several symbols', { timeout: 60_000 }, async () => {
    const rows = Array.from({ length: 70_000 }, (_, i) => `${'ABC'[i % 3]},${T + i * 60_000},5,9,1,6,10\n`);
    const header = `symbol,${HEADER}`;
    for (const text of [rows.join(''), [...rows, '\n \nA,1514764800000,5,9,1,6,10\n'].join('')]) {
      const file = fileOf(header + text);
      expect(await scanned(file)).toBe(await outcome(readCsv, file));
    }
  });
});

test('numbers of any length come back as Number reads them', async () => {
  const random = new RandomStream(SEED, 0, 'digits');
  const below = (n: number): number => Math.floor(random.next() * n);
  const texts = Array.from({ length: 30_000 }, () => {
    const digits = Array.from({ length: 1 + below(24) }, () => below(10)).join('');
    const point = below(digits.length + 1);
    return below(4) === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  });
  const { volume } = await columnsOf(
    HEADER + texts.map((text, i) => `${T + i * 60_000},5,9,1,6,${text}\n`).join(''),
  );
  expect([...volume], `seed ${SEED}`).toEqual(texts.map(Number));
});

test('negative prices come back as Number reads them, zero with its sign', async () => {
  const texts = [
    '-0',
    '-0.00',
    '-37.63',
    '-9007199254740991',
    '-0.000000001',
    '-1e-7',
    '-123456789.123456789',
  ];
  const rows = [...Array.from({ length: 120 }, () => '-1'), ...texts];
  const { low } = await columnsOf(
    HEADER + rows.map((text, i) => `${T + i * 60_000},${text},${text},${text},${text},1\n`).join(''),
  );
  for (const [i, text] of rows.entries()) expect(low[i]).toBe(Number(text));
});

describe('times come back as Date reads them', () => {
  const HOUR = 3_600_000;
  const times = Array.from(
    { length: 4_000 },
    (_, i) => Date.UTC(1895, 0, 1) + i * 18 * 24 * HOUR + (i % 1_439) * 60_007,
  );
  test.each<readonly [string, (ms: number) => string]>([
    ['milliseconds', (ms) => new Date(ms).toISOString()],
    ['offsets', (ms) => new Date(ms + 5.5 * HOUR).toISOString().replace('Z', '+05:30')],
    ['offsets without a colon', (ms) => new Date(ms - 3.5 * HOUR).toISOString().replace('Z', ' -0330')],
    ['offsets of hours', (ms) => new Date(ms - 3 * HOUR).toISOString().replace('Z', '-03')],
    ['no zone', (ms) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ')],
  ])('%s', async (_, write) => {
    const { time } = await columnsOf(HEADER + times.map((ms) => `${write(ms)},5,9,1,6,1\n`).join(''));
    expect([...time]).toEqual(times);
  });
});

test.each([
  ['quotes', `${HEADER}"2018-01-01",5,9,1,6,10\n`],
  ['UTF-16', Buffer.from(`\uFEFF${HEADER}2018-01-01,5,9,1,6,10\n`, 'utf16le')],
  ['a carriage return without a newline', `${HEADER}2018-01-01,5,9,1,6,10\n`.replaceAll('\n', '\r')],
  ['a carriage return without a newline', `${HEADER}2018-01-01,5,9,1,6,10\n2018-01-02,5,9,1,6,10\r`],
  ['a long first line', `${HEADER.trim()},${'x'.repeat(70_000)}\n2018-01-01,5,9,1,6,10\n`],
  ['a line longer than a chunk', `${HEADER}2018-01-01,5,9,1,6,10${','.repeat(600_000)}\n`],
])('%s is left to csv-parse', async (why, data) => {
  const file = fileOf(data);
  expect(await scanned(file)).toBe(`declined: ${why}`);
  expect(await outcome(readCandles, file)).toBe(await outcome(readCsv, file));
});

test('damaged gzip and a missing file are left to csv-parse', async () => {
  const zipped = gzipSync(HEADER + lineAfterLine(5_000));
  const cut = fileOf(zipped.subarray(0, zipped.length / 2), 'cut.csv.gz');
  for (const file of [cut, join(folder, 'gone.csv'), join(folder, 'gone.csv.gz'), folder]) {
    expect(await scanned(file)).toMatch(/^declined: (Z_BUF_ERROR|ENOENT|EISDIR)$/);
    expect(await outcome(readCandles, file)).toBe(await outcome(readCsv, file));
  }
});

test('a file that nobody wants is left at once', async () => {
  const sink = { columnsOf: () => undefined, progress: () => {} };
  expect(
    await readCandles(fileOf(`${HEADER}${lineAfterLine(200)}this,is,not,even,read\n`), sink),
  ).toBeUndefined();
});

function lineAfterLine(count: number): string {
  return Array.from({ length: count }, (_, i) => `${T + i * 60_000},5,9,1,6,${i}\n`).join('');
}
