/** A time has one meaning or none, whatever the time zone of the machine. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import {
  daysFromCivil,
  detectTimeFormat,
  formatTime,
  parseTime,
  TIME_FORMATS,
} from '../../src/sources/timestamp.ts';

/** Texts that stand between bars. */
function list(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split('|'));
}

describe('a time in a file', () => {
  test.each([
    ['2018-01-31', 'ISO date', '2018-01-31T00:00:00.000Z'],
    ['2020-02-29', 'ISO date', '2020-02-29T00:00:00.000Z'],
    ['2000-02-29', 'ISO date', '2000-02-29T00:00:00.000Z'],
    ['2018-01-31 09:30', 'ISO date-time', '2018-01-31T09:30:00.000Z'],
    ['2018-01-31 09:30:05', 'ISO date-time', '2018-01-31T09:30:05.000Z'],
    ['2018-01-31T09:30:05.25', 'ISO date-time', '2018-01-31T09:30:05.250Z'],
    ['2018-01-31T09:30:05.123000000', 'ISO date-time', '2018-01-31T09:30:05.123Z'],
    ['2018-01-31T09:30:00Z', 'ISO date-time with zone', '2018-01-31T09:30:00.000Z'],
    ['2018-01-31 09:30:00+00:00', 'ISO date-time with zone', '2018-01-31T09:30:00.000Z'],
    ['2018-01-31T01:30+0530', 'ISO date-time with zone', '2018-01-30T20:00:00.000Z'],
    ['2018-01-31T23:30-05', 'ISO date-time with zone', '2018-02-01T04:30:00.000Z'],
    ['1514764800', 'epoch s', '2018-01-01T00:00:00.000Z'],
    ['1504541580.0', 'epoch s', '2017-09-04T16:13:00.000Z'],
    ['1504541580.25', 'epoch s', '2017-09-04T16:13:00.250Z'],
    ['1514764800123', 'epoch ms', '2018-01-01T00:00:00.123Z'],
    ['1514764800123.0', 'epoch ms', '2018-01-01T00:00:00.123Z'],
    ['1735689600000000', 'epoch µs', '2025-01-01T00:00:00.000Z'],
  ])('%s is read as %s', (text, name, expected) => {
    const format = detectTimeFormat(text)!;
    expect(format.name).toBe(name);
    expect(new Date(format.parse(text)).toISOString()).toBe(expected);
  });

  test.each(
    list(
      '2018-02-30|2019-02-29|1900-02-29|2100-02-29|2018-13-01|2018-00-10|2018-01-00|2018-1-31|2018-01-31T24:00',
      '2018-01-31T09:60|2018-01-31T09:30:60|2018-01-31T09|2018-01-31T09:30+19:00',
      '2018-01-31T09:30:00.1234|2018-01-31T09:30 EST|2018-01-31T09:30:00+1|02.01.2020|01/02/2020',
      '20180131|151476480|15147648000|15147648001234|1735689600000001|1504541580.|1504541580.0001',
      '-1514764800|+1514764800|1514764800e3|0x5A49D600|| |now|1514764800.0.0|151476480.0',
    ),
  )('"%s" is none', (text) => {
    expect(detectTimeFormat(text)).toBeUndefined();
  });

  test('is never read by two formats', () => {
    for (const text of [
      '2018-01-31',
      '2018-01-31 09:30',
      '2018-01-31T09:30Z',
      '1514764800',
      '1514764800123',
    ]) {
      expect(TIME_FORMATS.filter(({ parse }) => !Number.isNaN(parse(text)))).toHaveLength(1);
    }
  });
});

test('days are counted as the platform counts them, over four centuries', () => {
  for (let day = -80_000; day < 80_000; day += 7) {
    const date = new Date(day * 86_400_000);
    expect(daysFromCivil(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate())).toBe(day);
  }
});

describe('a time on the command line', () => {
  test.each([
    ['2018-01-31', Date.UTC(2018, 0, 31)],
    [' 2018-01-31T09:30 ', Date.UTC(2018, 0, 31, 9, 30)],
    ['2018-01-31 09:30:15', Date.UTC(2018, 0, 31, 9, 30, 15)],
    ['2018-01-31T09:30+01:00', Date.UTC(2018, 0, 31, 8, 30)],
    ['1514764800000', 1_514_764_800_000],
    ['946684800000', 946_684_800_000],
  ])('%s', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  test.each(['2018', '2018-02-30', 'yesterday', '', '1514764800.5', '-5'])('is not "%s"', (text) => {
    expect(() => parseTime(text)).toThrow(InputError);
    expect(() => parseTime(text)).toThrow(`"${text}" is not a time; write 2018-01-31`);
  });

  test('in seconds is refused with the milliseconds that may be meant', () => {
    expect(() => parseTime('1514764800')).toThrow('if these are seconds, write 1514764800000');
  });
});

test('a time is printed without needless milliseconds', () => {
  expect([0, 1].map(formatTime)).toEqual(['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.001Z']);
});
