import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import {
  formatAccount,
  formatCommission,
  parseAccount,
  parseAmount,
  parseChoice,
  parseCommission,
  parseInterval,
  parseSlippage,
  parseSymbols,
  parseWarmup,
  parseWhole,
  parseWorkers,
} from '../../src/cli/specs.ts';
import { StrategyFlags } from '../../src/cli/strategy-flags.ts';

const amount = (text: string): number => parseAmount('--cash', text);
const seed = (text: string): number => parseWhole('--seed', text, 0);
const touch = (text: string): string => parseChoice('--limit-touch', text, ['touch', 'through']);
const policy = (text: string): string => parseChoice('--intrabar', text, ['pessimistic', 'optimistic']);

describe('a specification is read as', () => {
  it.each([
    [parseAccount, 'cash', { kind: 'cash' }],
    [parseAccount, 'leverage 10', { kind: 'leverage', leverage: 10 }],
    [parseAccount, 'Leverage 1.5', { kind: 'leverage', leverage: 1.5 }],
    [parseCommission, 'none', { rate: 0, perShare: 0, perOrder: 0 }],
    [parseCommission, '0.07%', { rate: 0.0007, perShare: 0, perOrder: 0 }],
    [parseCommission, '0.1% + 0.005/share+1/order', { rate: 0.001, perShare: 0.005, perOrder: 1 }],
    [parseSlippage, 'none', 0],
    [parseSlippage, '2bps', 2],
    [parseSlippage, '0.05%', 5],
    [parseWorkers, 'auto', 'auto'],
    [parseWorkers, 'Symbols', 'symbols'],
    [parseWorkers, '4', 4],
    [parseWarmup, '500', { steps: 500 }],
    [parseWarmup, '20d', { ms: 1_728_000_000 }],
    [parseInterval, '5m', 300_000],
    [parseSymbols, 'B, A,B', ['B', 'A']],
    [amount, '2500.5', 2_500.5],
    [seed, '0', 0],
    [policy, 'Optimistic', 'optimistic'],
  ] as const)('%o of %j: %j', (parse, text, expected) => {
    expect(parse(text)).toEqual(expected);
  });
});

describe('a specification that means nothing is an error with what would be right', () => {
  it.each([
    [parseAccount, 'levrage 10', 'did you mean "leverage 10"'],
    [parseAccount, 'levrage 5', 'did you mean "leverage 5"'], // The number is the user's.
    [parseAccount, 'levrage', 'did you mean "leverage 10"'], // As a shell hands over what has no quotes.
    [parseAccount, 'lev=3', 'did you mean "leverage 3"'],
    [parseAccount, '20x', 'did you mean "leverage 20"'],
    [parseAccount, 'csh', 'did you mean "cash"'],
    [parseAccount, 'leverage 0.5', 'a leverage from 1'],
    [parseAccount, 'leverage', 'leverage 10'],
    [parseCommission, '0.001', '0.001 of what?'],
    [parseCommission, '10bps', 'did you mean "0.1%"'],
    [parseCommission, '1/ordr', 'did you mean "1/order"'],
    [parseCommission, '1pct', 'did you mean "1%"'],
    [parseCommission, '0', 'did you mean "none"'],
    [parseCommission, '0.1%+1/ordr', 'because of "1/ordr" (did you mean "1/order"'],
    [parseCommission, '-1/order', 'is none, 0.1%'],
    [parseCommission, '1/order+', 'because of ""'],
    [parseSlippage, '2bp', 'did you mean "2bps"'],
    [parseSlippage, '2 basis points', 'did you mean "2bps"'],
    [parseSlippage, '0.2 percent', 'did you mean "0.2%"'],
    [parseSlippage, '0', 'did you mean "none"'],
    [parseSlippage, '3', 'is none, 2bps or 0.05%, for example, not "3": 3 of what?'],
    [parseSlippage, '0.01', '0.01 of what?'],
    [parseSlippage, '100%', 'whole price'],
    [parseWorkers, 'simbols', 'did you mean "symbols"'],
    [parseWorkers, '0', 'from 1'],
    [parseWarmup, '2 weeks', 'such as 20d'],
    [parseWarmup, '-5', 'such as 500'],
    [parseInterval, '1x', 'such as 1m'],
    [parseSymbols, 'A,,B', 'such as A,B,C'],
    [amount, '100_000', 'did you mean "100000"'],
    [amount, '1,234,567.5', 'did you mean "1234567.5"'],
    [amount, '0', 'above 0'],
    [amount, '0x10', 'above 0'],
    [seed, '1.5', 'whole number from 0'],
    [policy, 'optimist', 'did you mean "optimistic"'],
    [policy, 'pesimistic', 'did you mean "pessimistic"'],
    [touch, 'thru', 'did you mean "through"'],
  ] as const)('%o of %j', (parse, text, words) => {
    expect(() => parse(text)).toThrow(InputError);
    expect(() => parse(text)).toThrow(words);
    expect(() => parse(text)).toThrow(`"${text}"`);
  });
});

describe('nothing is suggested that may be another amount, or was not meant', () => {
  it.each([
    [parseSlippage, '3'],
    [parseSlippage, '0.5'],
    [parseSlippage, '3%%'],
    [parseSlippage, '3b%'],
    [parseSlippage, '3/share'],
    [parseSlippage, '0,05%'],
    [parseCommission, '1%%'],
    [parseCommission, '1$'],
    [parseCommission, '0.001'],
    [parseCommission, '1/lot'],
    [parseCommission, '0,1%'],
    [parseCommission, 'none+1/order'],
    [parseAccount, '10'],
    [parseAccount, 'margin 50%'],
    [parseAccount, 'levrage 0.5'],
    [parseAccount, 'reg-t'],
    [amount, '1,5'],
    [amount, '1.000,50'],
    [amount, '1,00,000'],
    [policy, 'worst'],
    [touch, 'never'],
    [parseWorkers, 'many'],
  ] as const)('%o of %j', (parse, text) => {
    expect(() => parse(text)).toThrow(InputError);
    expect(() => parse(text)).not.toThrow('did you mean');
  });
});

it('an account and a commission are written as they are read', () => {
  for (const text of ['cash', 'leverage 10']) expect(formatAccount(parseAccount(text))).toBe(text);
  for (const text of ['none', '0.07%', '0.1% + 0.005/share + 1/order'])
    expect(formatCommission(parseCommission(text))).toBe(text);
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
