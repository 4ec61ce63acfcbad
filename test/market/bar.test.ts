/** Words for lengths of time. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import { formatDuration, parseDuration } from '../../src/market/bar.ts';

describe('a duration', () => {
  test.each([
    ['90s', 90_000],
    ['1m', 60_000],
    ['5m', 300_000],
    ['4h', 14_400_000],
    ['1d', 86_400_000],
    ['15M', 900_000],
    ['4H', 14_400_000],
    [' 5m ', 300_000],
    ['0005m', 300_000],
    ['60m', 3_600_000],
  ])('of "%s" is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    '',
    '5',
    'm',
    '0m',
    '-5m',
    '1.5h',
    '5 m',
    '5min',
    '1w',
    '5m5',
    '4h30m',
    'ten m',
    '٣m',
    '1e3s',
    '100000001d',
  ])('is not "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(InputError);
    expect(() => parseDuration(text)).toThrow(
      `"${text}" is not a duration; write a number and s, m, h or d, as in 5m`,
    );
  });

  test.each([
    [1_000, '1s'],
    [90_000, '90s'],
    [300_000, '5m'],
    [5_400_000, '90m'],
    [14_400_000, '4h'],
    [86_400_000, '1d'],
    [604_800_000, '7d'],
    [1_500, '1500ms'],
    [1, '1ms'],
  ])('of %d ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('that is written is read back', () => {
    for (let seconds = 1; seconds < 200_000; seconds += 13)
      expect(parseDuration(formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
  });
});
