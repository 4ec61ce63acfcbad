/** `--commission` and `--slippage`: what is read, what is written, and what is said of what cannot be read. */
import { describe, expect, it } from 'vitest';
import { NO_COMMISSION, NO_SLIPPAGE } from '../../src/broker/policies.ts';
import { formatCommission, parseCommission, parseSlippage, slippageWords } from '../../src/cli/cost-specs.ts';
import { InputError } from '../../src/kernel/input-error.ts';

describe('a cost is read as', () => {
  it.each([
    ['none', {}],
    ['0.07%', { rate: 0.0007 }],
    ['0.005/share', { perShare: 0.005 }],
    ['2/contract', { perShare: 2 }],
    ['1/order', { perOrder: 1 }],
    ['0.1% + 0.005/share+1/order', { rate: 0.001, perShare: 0.005, perOrder: 1 }],
    ['2/contract+0.5/share', { perShare: 2.5 }],
    ['0.1%+min 1', { rate: 0.001, minimum: 1 }],
    ['0.1% + Max=20', { rate: 0.001, maximum: 20 }],
    ['min 1+0.005/share+max 20', { perShare: 0.005, minimum: 1, maximum: 20 }],
    ['1/order+min 2+max 2', { perOrder: 1, minimum: 2, maximum: 2 }],
    ['min 1.5', { minimum: 1.5 }],
  ])('commission %j: %j', (text, expected) => {
    expect(parseCommission(text)).toEqual({ ...NO_COMMISSION, ...expected });
  });

  it.each([
    ['none', {}],
    ['2bps', { bps: 2 }],
    ['0.05%', { bps: 5 }],
    ['0.01', { price: 0.01 }],
    ['3', { price: 3 }],
    ['0', {}],
    ['spread', { spreads: 0.5 }],
    ['Spread+spread', { spreads: 1 }],
    ['2bps + 0.01 + 0.03%+spread', { bps: 5, price: 0.01, spreads: 0.5 }],
  ])('slippage %j: %j', (text, expected) => {
    expect(parseSlippage(text)).toEqual({ ...NO_SLIPPAGE, ...expected });
  });
});

describe('a cost that cannot be read is an error with what would be right', () => {
  it.each([
    [parseCommission, '0.001', '0.001 of what?'],
    [parseCommission, '10bps', 'did you mean "0.1%"'],
    [parseCommission, '1/ordr', 'did you mean "1/order"'],
    [parseCommission, '1/contarct', 'did you mean "1/contract"'],
    [parseCommission, '1pct', 'did you mean "1%"'],
    [parseCommission, '0', 'did you mean "none"'],
    [parseCommission, '0.1%+1/ordr', 'because of "1/ordr" (did you mean "1/order"'],
    [parseCommission, '0.1%+0', 'because of "0": 0 of what?'],
    [parseCommission, '-1/order', 'is none, 0.1%'],
    [parseCommission, '1/order+', 'because of ""'],
    [parseCommission, '0.1%+minimum 1', 'because of "minimum 1" (did you mean "min 1"'],
    [parseCommission, 'maximal 20', 'did you mean "max 20"'],
    [parseCommission, '0.1%+min 0', 'because of "min 0"'],
    [parseCommission, '0.1%+min', 'because of "min"'],
    [parseCommission, '0.1%+min 1%', 'because of "min 1%"'],
    [parseCommission, '0.1%+min 1+min 2', 'two parts "min"'],
    [parseCommission, '0.1%+max 1+max 2', 'two parts "max"'],
    [parseCommission, '0.1%+min 3+max 2', 'a maximum below its minimum'],
    [parseCommission, 'max 20', 'a maximum of nothing'],
    [parseCommission, 'min 1+max 20', 'a maximum of nothing'],
    [parseCommission, `${'9'.repeat(400)}/order`, 'is none, 0.1%'],
    [parseSlippage, '2bp', 'did you mean "2bps"'],
    [parseSlippage, '2 basis points', 'did you mean "2bps"'],
    [parseSlippage, '0.2 percent', 'did you mean "0.2%"'],
    [parseSlippage, 'spred', 'did you mean "spread"'],
    [parseSlippage, 'nonee', 'did you mean "none"'],
    [parseSlippage, '2bps+spred', 'because of "spred" (did you mean "spread"'],
    [parseSlippage, '2bps+-1', 'because of "-1"'],
    [parseSlippage, '100%', 'whole price'],
    [parseSlippage, '60%+4000bps', 'whole price'],
  ] as const)('%o of %j', (parse, text, words) => {
    expect(() => parse(text)).toThrow(InputError);
    expect(() => parse(text)).toThrow(words);
    expect(() => parse(text)).toThrow(`"${text}"`);
    expect(() => parse(text)).toThrow(parse === parseCommission ? '--commission' : '--slippage');
  });

  it.each([
    [parseSlippage, '3%%'],
    [parseSlippage, '3b%'],
    [parseSlippage, '3/share'],
    [parseSlippage, '0,05%'],
    [parseSlippage, 'none+2bps'],
    [parseCommission, '1%%'],
    [parseCommission, '1$'],
    [parseCommission, '0.001'],
    [parseCommission, '1/lot'],
    [parseCommission, '0,1%'],
    [parseCommission, 'none+1/order'],
    [parseCommission, '0.1%+0'],
    [parseCommission, '0.1%+mix 1'],
    [parseCommission, '0.1%+minimum 0'],
  ] as const)(
    'and nothing is suggested that may be another amount, or was not meant: %o of %j',
    (parse, text) => {
      expect(() => parse(text)).toThrow(InputError);
      expect(() => parse(text)).not.toThrow('did you mean');
    },
  );
});

it('a commission is written as it is read, a contract as a share', () => {
  for (const text of ['none', '0.07%', '0.1% + 0.005/share + 1/order + min 1 + max 20', 'min 1'])
    expect(formatCommission(parseCommission(text))).toBe(text);
  expect(formatCommission(parseCommission('2/contract'))).toBe('2/share');
});

it('slippage is said in words', () => {
  expect(slippageWords(parseSlippage('none'))).toBe('none');
  expect(slippageWords(parseSlippage('2bps+0.01+spread'))).toBe('2 bps + 0.01 in price + half the spread');
  expect(slippageWords(parseSlippage('spread+spread'))).toBe('1 × the spread');
});
