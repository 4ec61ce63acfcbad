/** `--account`: what is read, what is written, and what is said of what cannot be read. */
import { describe, expect, it } from 'vitest';
import { REG_T } from '../../src/broker/policies.ts';
import { accountWords, formatAccount, parseAccount } from '../../src/cli/account-specs.ts';
import { InputError } from '../../src/kernel/input-error.ts';

const margin = (initial: number, maintenanceLong: number, maintenanceShort: number) =>
  ({ kind: 'margin', initial, maintenanceLong, maintenanceShort }) as const;

describe('an account is read as', () => {
  it.each([
    ['cash', { kind: 'cash' }],
    ['leverage 10', { kind: 'leverage', leverage: 10 }],
    ['Leverage 1.5', { kind: 'leverage', leverage: 1.5 }],
    ['leverage=3', { kind: 'leverage', leverage: 3 }],
    ['reg-t', REG_T],
    ['Reg-T', margin(0.5, 0.25, 0.3)],
    ['margin 50%', margin(0.5, 0.25, 0.25)],
    ['margin 7%', margin(0.07, 0.035, 0.035)],
    ['margin 50%/25%', margin(0.5, 0.25, 0.25)],
    ['margin 50% / 30 %', margin(0.5, 0.3, 0.3)],
    ['margin=50%/25%/30%', margin(0.5, 0.25, 0.3)],
    ['margin 100%/100%/0.5%', margin(1, 1, 0.005)],
  ] as const)('%j: %j', (text, expected) => {
    expect(parseAccount(text)).toEqual(expected);
  });
});

describe('an account that cannot be read is an error with what would be right', () => {
  it.each([
    ['levrage 10', 'did you mean "leverage 10"'],
    ['levrage 5', 'did you mean "leverage 5"'], // The number is the user's.
    ['levrage', 'did you mean "leverage 10"'], // As a shell hands over what has no quotes.
    ['lev=3', 'did you mean "leverage 3"'],
    ['20x', 'did you mean "leverage 20"'],
    ['csh', 'did you mean "cash"'],
    ['leverage 0.5', 'a leverage from 1'],
    ['leverage', 'leverage 10'],
    ['leverage 2%', 'a leverage from 1'],
    ['regt', 'did you mean "reg-t"'],
    ['reg t', 'did you mean "reg-t"'],
    ['marign', 'did you mean "margin 50%"'],
    ['mrgin 40%/20%', 'did you mean "margin 40%/20%"'],
    ['margin', 'as in "margin 50%/25%/30%" or "margin 50%"'],
    ['margin 50', 'did you mean "margin 50%"'],
    ['margin 50%/25', 'did you mean "margin 50%/25%"'],
    ['margin 50/25/30', 'did you mean "margin 50%/25%/30%"'],
    ['margin 120%', 'above 0 and up to 100'],
    ['margin 0%', 'above 0 and up to 100'],
    ['margin 50%/0%', 'above 0 and up to 100'],
    ['margin 50%/25%/30%/5%', 'to open, to keep a long, to keep a short'],
    ['margin 25%/50%', 'more to keep a position than to open it'],
    ['margin 50%/25%/60%', 'more to keep a position than to open it'],
  ])('%j', (text, words) => {
    expect(() => parseAccount(text)).toThrow(InputError);
    expect(() => parseAccount(text)).toThrow(words);
    expect(() => parseAccount(text)).toThrow(`"${text}"`);
  });

  it.each([
    '10',
    'levrage 0.5',
    'margins 0.5',
    'margin 0.5', // Half, or half a percent.
    'margin 1',
    'margin 50/0.5',
    'margin 500',
    'margin 5/4/3/2',
    'mrgin 150%',
    'portfolio',
  ])('and nothing is suggested that may be another amount, or was not meant: %j', (text) => {
    expect(() => parseAccount(text)).toThrow(InputError);
    expect(() => parseAccount(text)).not.toThrow('did you mean');
  });
});

it('is written as it is read', () => {
  for (const text of ['cash', 'leverage 10', 'reg-t', 'margin 7%', 'margin 50%/30%', 'margin 50%/25%/29.9%'])
    expect(formatAccount(parseAccount(text))).toBe(text);
  expect(formatAccount(parseAccount('margin 50%/25%/30%'))).toBe('reg-t');
  expect(formatAccount(parseAccount('margin 50%/25%'))).toBe('margin 50%');
});

it('is said with its margins in words', () => {
  expect(accountWords(parseAccount('leverage 2'))).toBe('leverage 2');
  expect(accountWords(REG_T)).toBe(
    'reg-t: a position takes 50% of its value to open, 25% to keep a long, 30% a short',
  );
  expect(accountWords(parseAccount('margin 40%'))).toBe(
    'margin 40%: a position takes 40% of its value to open, 20% to keep it',
  );
});
