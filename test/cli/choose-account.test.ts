/** Whose account a run has, and who is told that it is another. */
import { describe, expect, it } from 'vitest';
import { formatAccount, parseAccount } from '../../src/cli/account-specs.ts';
import { chooseAccount, type RunStrategy } from '../../src/cli/strategies.ts';

const asking = (account: string, i: number): RunStrategy => ({
  manifest: { name: '', file: '', exportName: '', sourceHash: '', params: {}, symbolParams: {} },
  entry: { source: { url: '', exportName: '' }, params: {}, symbolParams: {} },
  account: parseAccount(account),
  file: `${i}.ts`,
});

describe('the account of a run', () => {
  it.each([
    // what is given; what the strategies ask for: the account, why, and who is warned of it
    [undefined, ['cash', 'cash'], 'cash', 'default', []],
    [undefined, ['cash', 'reg-t'], 'reg-t', 'asked for by 1.ts', ['0.ts']],
    [undefined, ['reg-t', 'leverage 2'], 'reg-t', 'asked for by 0.ts', ['1.ts']],
    [undefined, ['leverage 2', 'reg-t'], 'leverage 2', 'asked for by 0.ts', ['1.ts']],
    [undefined, ['reg-t', 'margin 50%/25%/30%'], 'reg-t', 'asked for by 0.ts, 1.ts', []],
    [
      undefined,
      ['leverage 3', 'margin 25%', 'leverage 10'],
      'leverage 10',
      'asked for by 2.ts',
      ['0.ts', '1.ts'],
    ],
    [undefined, ['leverage 3', 'margin 25%'], 'margin 25%', 'asked for by 1.ts', ['0.ts']],
    [undefined, ['margin 100%', 'cash'], 'margin 100%', 'asked for by 0.ts', ['1.ts']],
    ['reg-t', ['cash', 'leverage 2', 'leverage 3'], 'reg-t', 'as given', ['2.ts']],
    ['cash', ['margin 100%', 'cash'], 'cash', 'as given', ['0.ts']],
    ['leverage 2', ['margin 50%/30%'], 'leverage 2', 'as given', []],
  ] as const)('given %s, strategies that ask for %j: %s', (given, asked, expected, why, warned) => {
    const chosen = chooseAccount(given === undefined ? undefined : parseAccount(given), asked.map(asking));
    expect(formatAccount(chosen.account)).toBe(expected);
    expect(chosen.why).toBe(why);
    expect(chosen.warnings.map((warning) => warning.split(' ')[0])).toEqual(warned);
    for (const warning of chosen.warnings) expect(warning).toContain(`the run has "${expected}"`);
  });
});
