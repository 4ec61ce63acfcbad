import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import { PRESETS } from '../../src/broker/policies.ts';
import {
  parseAmount,
  parseChoice,
  parseLength,
  parseSymbols,
  parseWarmup,
  parseWhole,
  parseWorkers,
} from '../../src/cli/specs.ts';
import { StrategyFlags } from '../../src/cli/strategy-flags.ts';

const amount = (text: string): number => parseAmount('--cash', text);
const seed = (text: string): number => parseWhole('--seed', text, 0);
const touch = (text: string): string => parseChoice('--limit-touch', text, ['touch', 'through']);
const preset = (text: string): string => parseChoice('--fills', text, PRESETS);
const policy = (text: string): string => parseChoice('--intrabar', text, ['pessimistic', 'optimistic']);

describe('a specification is read as', () => {
  it.each([
    [parseWorkers, 'auto', 'auto'],
    [parseWorkers, 'Symbols', 'symbols'],
    [parseWorkers, '4', 4],
    [parseWarmup, '500', { steps: 500 }],
    [parseWarmup, '20d', { ms: 1_728_000_000 }],
    [(text: string) => parseLength('--interval', text), '5m', 300_000],
    [parseSymbols, 'B, A,B', ['B', 'A']],
    [amount, '2500.5', 2_500.5],
    [seed, '0', 0],
    [policy, 'Optimistic', 'optimistic'],
    [preset, 'backtesting.py', 'backtesting.py'],
  ] as const)('%o of %j: %j', (parse, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });
});

describe('a specification that means nothing is an error with what would be right', () => {
  it.each([
    [parseWorkers, 'simbols', 'did you mean "symbols"'],
    [parseWorkers, '0', 'from 1'],
    [parseWarmup, '2 weeks', 'such as 20d'],
    [parseWarmup, '-5', 'such as 500'],
    [(text: string) => parseLength('--interval', text), '1x', '--interval is a duration such as 1m'],
    [(text: string) => parseLength('--resample', text), '5', '--resample is a duration such as 1m'],
    [parseSymbols, 'A,,B', 'such as A,B,C'],
    [amount, '100_000', 'did you mean "100000"'],
    [amount, '1,234,567.5', 'did you mean "1234567.5"'],
    [amount, '0', 'above 0'],
    [amount, '0x10', 'above 0'],
    [seed, '1.5', 'whole number from 0'],
    [policy, 'optimist', 'did you mean "optimistic"'],
    [policy, 'pesimistic', 'did you mean "pessimistic"'],
    [touch, 'thru', 'did you mean "through"'],
    [preset, 'backtesting', 'did you mean "backtesting.py"'],
    [preset, 'backtradr', '--fills is lockstep or backtrader'],
  ] as const)('%o of %j', (parse, text, words) => {
    expect(() => parse(text)).toThrow(InputError);
    expect(() => parse(text)).toThrow(words);
    expect(() => parse(text)).toThrow(`"${text}"`);
  });
});

describe('nothing is suggested that may be another amount, or was not meant', () => {
  it.each([
    [amount, '1,5'],
    [amount, '1.000,50'],
    [amount, '1,00,000'],
    [policy, 'worst'],
    [touch, 'never'],
    [preset, 'lean'],
    [parseWorkers, 'many'],
  ] as const)('%o of %j', (parse, text) => {
    expect(() => parse(text)).toThrow(InputError);
    expect(() => parse(text)).not.toThrow('did you mean');
  });
});

describe('-p', () => {
  const flags = (...given: (readonly ['s' | 'p', string])[]): StrategyFlags => {
    const flags = new StrategyFlags();
    for (const [flag, text] of given) {
      if (flag === 's') flags.addStrategy(text);
      else flags.addParam(text);
    }
    return flags;
  };

  it('belongs to the -s before it, for all symbols or one', () => {
    expect(
      flags(['s', 'a.ts'], ['p', 'x=1'], ['s', 'b.ts'], ['p', 'x=2'], ['p', 'BRK.B.x=a=b']).list,
    ).toEqual([
      { spec: 'a.ts', params: { x: '1' }, symbolParams: {} },
      { spec: 'b.ts', params: { x: '2' }, symbolParams: { 'BRK.B': { x: 'a=b' } } },
    ]);
  });

  it('is an error before any -s, twice, or without a value', () => {
    expect(() => flags(['p', 'x=1'])).toThrow('comes before any -s');
    expect(() => flags(['s', 'a.ts'], ['p', 'x=1'], ['p', 'x=2'])).toThrow('given twice');
    for (const text of ['x', 'x=', '=1'])
      expect(() => flags(['s', 'a.ts'], ['p', text])).toThrow('name=value');
  });
});
