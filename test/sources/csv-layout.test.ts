/** Which column is which: known from the names, proven by the prices, or an error. */
import { describe, expect, test } from 'vitest';
import { detectDelimiter, detectLayout, parseNumber } from '../../src/sources/csv-layout.ts';

const SEED = 20_240_304;

function rowsOf(...lines: string[]) {
  return lines.map((line, i) => ({ fields: line.split(','), line: i + 1 }));
}

function columnsOf(...lines: string[]): string {
  const { columns } = detectLayout(rowsOf(...lines), 'a.csv');
  return Object.entries(columns)
    .sort(([, a], [, b]) => a - b)
    .map(([field]) => field)
    .join(',');
}

/** Texts that stand between bars. */
function list(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split('|'));
}

describe('a header', () => {
  test.each([
    ['timestamp,open,high,low,close,volume', 'time,open,high,low,close,volume'],
    ['Date,Open,High,Low,Close,Adj Close,Volume', 'time,open,high,low,close,volume'],
    ['<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>', 'time,open,high,low,close,volume'],
    ['Gmt time, Open ,High,Low,Close,Volume', 'time,open,high,low,close,volume'],
    ['Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency)', 'time,open,high,low,close,volume'],
    ['t,v,o,c,h,l,n', 'time,volume,open,close,high,low'],
    ['unix,1. open,2. high,3. low,4. close,5. volume', 'time,open,high,low,close,volume'],
    ['open_time,open,high,low,close,volume,close_time,quote_volume,count', 'time,open,high,low,close,volume'],
    ['time,low,high,open,close,volume', 'time,low,high,open,close,volume'],
  ])('%s', (header, expected) => {
    expect(columnsOf(header)).toBe(expected);
  });

  test('may have a column that names the symbol', () => {
    const [header] = rowsOf('Ticker,volume,open,close,high,low,window_start,transactions');
    expect(detectLayout([header!], 'a.csv')).toMatchObject({ symbolColumn: 0, width: 8 });
  });

  test.each([
    [
      'time,open,hihg,low,close,volume',
      'no high column among "time", "open", "hihg", "low", "close", "volume" (did you mean "hihg"?)',
    ],
    [
      'time,open,high,low,Adj Close,volume',
      'no close column among "time", "open", "high", "low", "Adj Close", "volume"; an adjusted close is not taken for the close',
    ],
    [
      'time,open,high,low,close',
      'no volume column among "time", "open", "high", "low", "close"; candles without a volume cannot be read yet',
    ],
    [
      'when,open,high,low,close,volume',
      'no time column among "when", "open", "high", "low", "close", "volume"',
    ],
    [
      '<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>',
      '"<DATE>" and "<TIME>" could both be the time; one column for each is needed',
    ],
    [
      'time,open,high,low,close,volume,volume',
      '"volume" and "volume" could both be the volume; one column for each is needed',
    ],
    ['https://www.example.org', 'no time column among "https://www.example.org"'],
  ])('%s is refused', (header, message) => {
    expect(() => detectLayout(rowsOf(header), 'a.csv')).toThrow(`a.csv:1: ${message}`);
  });
});

describe('no header', () => {
  const T = '1514764800000';
  test.each([
    ['open, high, low, close where the prices fit', [`${T},5,9,1,6,10`], 'time,open,high,low,close,volume'],
    ['open, close, high, low where they fit that', [`${T},5,6,9,1,10`], 'time,open,close,high,low,volume'],
    [
      'the one that later rows tell apart',
      [`${T},5,5,5,5,10`, `${T},5,6,9,1,10`],
      'time,open,close,high,low,volume',
    ],
    ['the usual one where no row tells', [`${T},5,5,5,5,10`], 'time,open,high,low,close,volume'],
    ['the same with negative prices', [`${T},-5,-1,-9,-6,10`], 'time,open,high,low,close,volume'],
    ['the same with columns behind', [`${T},5,9,1,6,10,17,x`], 'time,open,high,low,close,volume'],
    [
      'not shaken by a row that has no numbers',
      [`${T},5,6,9,1,10`, `${T},a,b,,NaN,1`],
      'time,open,close,high,low,volume',
    ],
  ])('is %s', (_, lines, expected) => {
    expect(columnsOf(...lines)).toBe(expected);
  });

  test('is an error where the prices fit neither order, with the rows that say so', () => {
    const lines = [`${T},1,9,5,6,10`, `${T},5,6,9,1,10`];
    expect(() => detectLayout(rowsOf(...lines), 'a.csv')).toThrow(
      'a.csv:1: there is no header and the prices fit neither time,open,high,low,close,volume (not line 1) nor time,open,close,high,low,volume (not line 1); add a header line',
    );
  });

  test('is an error with too few columns', () => {
    expect(() => detectLayout(rowsOf(`${T},5,9,1,6`), 'a.csv')).toThrow(
      'a.csv:1: 5 columns and no header; time,',
    );
  });

  test("is Binance's with twelve columns of which the seventh is a later time", () => {
    const line = `${T},5,9,1,6,10,1514764859999,50,3,1,2,0`;
    expect(detectLayout(rowsOf(line), 'a.csv').name).toBe('Binance klines');
    expect(detectLayout(rowsOf(line.replace('1514764859999', '0')), 'a.csv').name).toMatch('headerless');
  });
});

test.each([
  ['a,b,c,d,e,f', ','],
  ['a;b;c;d;e;f', ';'],
  ['a\tb\tc\td\te\tf', '\t'],
  ['1;1,5;1,6;1,4;1,5;10', ';'],
  ['2018-01-01;a,b,c,d,e,f', ','],
])('the delimiter of %j is %j', (line, expected) => {
  expect(detectDelimiter(line)).toBe(expected);
});

describe('a number', () => {
  test.each(
    list(
      '0|-0|+5|5.|.5|007|1e3|1E-7|2.9e-7|-1.5e+2| 5 |9007199254740993|123456789012345678901234567890',
      '0.1234567890123456789012345|1.7976931348623157e308|5e-324|0.00000000000000000000000000123',
    ),
  )('%s is what Number says', (text) => {
    expect(Object.is(parseNumber(text), Number(text))).toBe(true);
  });

  test.each(
    list(
      '| |.|-|+.|NaN|nan|null|N/A|Infinity|-inf|1e400|0x10|0b11|1,5|1.2.3|1e|e5|1_000|12.5M|1.2%|--1',
      '1 2|１',
    ),
  )('"%s" is none', (text) => {
    expect(parseNumber(text)).toBeNaN();
  });

  test('has the bits that Number gives it, for any digits', () => {
    let state = SEED;
    const next = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let i = 0; i < 50_000; i++) {
      const digits = Array.from({ length: 1 + next(20) }, () => next(10)).join('');
      const point = next(digits.length + 1);
      const text = `${digits.slice(0, point)}.${digits.slice(point)}`;
      expect(Object.is(parseNumber(text), Number(text)), `seed ${SEED}: ${text}`).toBe(true);
    }
  });
});
