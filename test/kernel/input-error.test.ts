import { describe, expect, test } from 'vitest';
import { didYouMean, InputError } from '../../src/kernel/input-error.ts';

describe('an input error', () => {
  test.each([
    [{}, 'no such market'],
    [{ file: 'a.csv' }, 'a.csv: no such market'],
    [{ file: 'a.csv', line: 3 }, 'a.csv:3: no such market'],
    [{ line: 3 }, 'no such market'], // A line of nothing.
  ])('at %j says: %s', (place, message) => {
    const error = new InputError('no such market', place);
    expect(error.message).toBe(message);
    expect(error.place).toEqual(place);
  });

  test('has a name of its own, and is an Error', () => {
    expect(new InputError('no')).toBeInstanceOf(Error);
    expect(String(new InputError('no'))).toBe('InputError: no');
  });
});

describe('what was meant', () => {
  test.each([
    ['close', ['open', 'close'], 'close'], // As it stands.
    ['clsoe', ['open', 'close'], 'close'],
    ['CLOSE', ['open', 'close'], 'close'],
    ['pessimistc', ['optimistic', 'pessimistic'], 'pessimistic'],
    ['volum', ['volume', 'column'], 'volume'], // The nearer of two.
    ['bat', ['bar', 'cat'], 'bar'], // The first of two as near.
    ['averageprise', ['averagePrice'], 'averagePrice'], // A long word may have more slips.
    ['avrageprise__', ['averagePrice'], 'averagePrice'],
    ['thru', ['touch', 'through'], 'through'], // As long as the longer of the two allows.
    ['BTC', ['BTD', 'BTCUSDT', 'BTCUSD'], 'BTCUSD'], // Begun well, before any slip; the shorter of two.
    ['sam', ['sma', 'ema'], 'sma'], // Two neighbours swapped are one slip.
  ])('by %s of %j is %s', (given, choices, meant) => {
    expect(didYouMean(given, choices)).toBe(` (did you mean "${meant}"?)`);
  });

  test.each([
    ['volume', []],
    ['volume', ['open', 'close']],
    ['ab', ['xyz']], // Three changes for two letters.
    ['BTC', ['ETH', 'BNB']], // In a short word one slip.
    ['x', ['y', 'xyz']], // Nothing left of it; and one letter begins too much.
    ['', ['open', 'a']],
  ])('by %j of %j is anyone’s guess', (given, choices) => {
    expect(didYouMean(given, choices)).toBe('');
  });

  test('is written as it is asked to be', () => {
    expect(didYouMean('opne', ['open', 'close'], (name) => `bar.${name}`)).toBe(
      ' (did you mean "bar.open"?)',
    );
  });

  test('may be looked for in any iterable', () => {
    expect(didYouMean('opne', new Set(['open']).values())).toContain('open');
  });
});
