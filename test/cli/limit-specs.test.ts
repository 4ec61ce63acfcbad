/** `--limit` and `--max-volume`: what is read, what is said, and what is said of what cannot be read. */
import { describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../../src/broker/policies.ts';
import { formatMaxVolume, limitWords, parseLimit, parseMaxVolume } from '../../src/cli/limit-specs.ts';
import { InputError } from '../../src/kernel/input-error.ts';

const read = (...texts: readonly string[]) =>
  texts.reduce((before: typeof NO_LIMITS | undefined, text) => parseLimit(text, before), undefined)!;

describe('a limit is read as', () => {
  it.each([
    ['trade=50%', { tradePercent: 50 }],
    ['open-risk=0.5%', { openRiskPercent: 0.5 }],
    ['positions=5', { positions: 5 }],
    ['symbol-exposure=100%', { symbolExposurePercent: 100 }],
    ['Gross-Exposure = 300 %', { grossExposurePercent: 300 }],
    ['daily-loss=3%', { dailyLossPercent: 3 }],
    ['drawdown=100%', { drawdownPercent: 100 }],
  ])('%j: %j', (text, expected) => {
    expect(parseLimit(text)).toEqual({ ...NO_LIMITS, ...expected });
  });

  it('one beside those before it', () => {
    expect(read('trade=50%', 'positions=2', 'drawdown=9%')).toEqual({
      ...NO_LIMITS,
      tradePercent: 50,
      positions: 2,
      drawdownPercent: 9,
    });
  });
});

describe('a limit that cannot be read is an error with what would be right', () => {
  it.each([
    ['trade', 'did you mean "trade=50%"'],
    ['tarde=10%', 'did you mean "trade=10%"'],
    ['exposure=10%', 'symbol-exposure=100%, gross-exposure=300%'],
    ['=10%', 'is one of trade=50%'],
    ['trade=', 'as in trade=50%'],
    ['trade=50', 'did you mean "trade=50%"'],
    ['trade=0%', 'above 0'],
    ['trade=-5%', 'above 0'],
    ['daily-loss=101%', 'above 0 and up to 100'],
    ['drawdown=1e1%', 'as in drawdown=20%'],
    ['positions=0', 'a whole number from 1'],
    ['positions=2.5', 'a whole number from 1'],
    ['positions=5%', 'did you mean "positions=5"'],
  ])('%j', (text, words) => {
    expect(() => parseLimit(text)).toThrow(InputError);
    expect(() => parseLimit(text)).toThrow(words);
    expect(() => parseLimit(text)).toThrow(`"${text}"`);
    expect(() => parseLimit(text)).toThrow('--limit');
  });

  it('given twice, be it the same', () => {
    expect(() => read('positions=5', 'positions=5')).toThrow(
      '--limit positions=5: "positions" is given twice',
    );
  });

  it.each(['trade=0.5', 'drawdown=500', 'positions=0%', 'constructor=5%', 'leverage=5'])(
    'and nothing is suggested that may be another amount, or was not meant: %j',
    (text) => {
      expect(() => parseLimit(text)).toThrow(InputError);
      expect(() => parseLimit(text)).not.toThrow('did you mean');
    },
  );
});

it('each limit is said in words', () => {
  expect(limitWords(NO_LIMITS)).toEqual([]);
  const all = ['trade=50%', 'open-risk=20%', 'positions=5', 'symbol-exposure=100%'];
  const more = ['gross-exposure=300%', 'daily-loss=3%', 'drawdown=0.5%'];
  const words = limitWords(read(...more, ...all));
  expect(words.map((sentence) => sentence.split(':')[0])).toEqual([...all, ...more]);
  expect(words[2]).toBe('positions=5: at most 5 open at once');
  expect(words[6]).toBe('drawdown=0.5%: a mark 0.5% below the highest ends entries for good');
});

describe('--max-volume', () => {
  it.each([
    ['0.1', 0.1],
    ['10%', 0.1],
    ['7 %', 0.07],
    ['1', 1],
    ['100%', 1],
  ])('%j is %d', (text, expected) => {
    expect(parseMaxVolume(text)).toBe(expected);
  });

  it.each([
    ['10', 'did you mean "10%"'],
    ['0', 'above 0 and up to 1'],
    ['0%', 'above 0 and up to 1'],
    ['1.5', 'did you mean "1.5%"'],
    ['101%', 'above 0 and up to 1'],
    ['200', 'above 0 and up to 1'],
    ['half', 'such as 0.1 or 10%'],
  ])('%j is an error', (text, words) => {
    expect(() => parseMaxVolume(text)).toThrow(InputError);
    expect(() => parseMaxVolume(text)).toThrow(words);
    expect(() => parseMaxVolume(text)).toThrow(
      `--max-volume is a share of a bar's volume above 0 and up to 1`,
    );
  });

  it('is said as a percentage', () => {
    expect(formatMaxVolume(0.07)).toBe("7% of a bar's volume");
  });
});
