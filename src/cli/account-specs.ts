/** `--account`: what the account may hold, as the user writes it and as it is written for him. */
import { type AccountSpec, type MarginSpec, REG_T } from '../broker/policies.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { decimalOf, fractionOf, isDecimal, percentText } from './decimal.ts';

const FORMS = 'cash, reg-t, or, for example, "leverage 10" or "margin 50%"';

/** `cash`, `leverage 10`, `reg-t`, or `margin 50%/25%/30%`: to open, to keep a long, to keep a short. */
export function parseAccount(text: string): AccountSpec {
  const given = text.trim().toLowerCase();
  if (given === 'cash') return { kind: 'cash' };
  if (given === 'reg-t') return REG_T;
  const [, kind, rest] = /^(leverage|margin)(?![a-z])[ =:]*(.*)$/.exec(given) ?? [];
  if (kind === 'leverage') return leverage(rest!, text);
  if (kind === 'margin') return margin(rest!, text);
  throw new InputError(`an account is ${FORMS}, not "${text}"${hint(given)}`);
}

function leverage(times: string, text: string): AccountSpec {
  if (decimalOf(times) >= 1) return { kind: 'leverage', leverage: decimalOf(times) };
  throw new InputError(
    `an account has a leverage from 1, as in "leverage 10" (with the quotes) or leverage=10, not "${text}"`,
  );
}

/** Maintenance that is left out: half of the initial for a long, and for a short what it is for a long. */
function margin(given: string, text: string): MarginSpec {
  const parts = given.split('/').map((part) => part.trim());
  const [initial = NaN, maintenanceLong = initial / 2, maintenanceShort = maintenanceLong] =
    parts.map(fractionOf);
  if (parts.length > 3 || !isShare(initial) || !isShare(maintenanceLong) || !isShare(maintenanceShort))
    throw new InputError(
      'an account has a margin in percent above 0 and up to 100: to open, to keep a long, to keep a short, as in ' +
        `"margin 50%/25%/30%" or "margin 50%" (with the quotes), not "${text}"${marginHint(parts)}`,
    );
  if (Math.max(maintenanceLong, maintenanceShort) > initial)
    throw new InputError(
      `an account cannot ask for more to keep a position than to open it, as "${text}" does; ` +
        'the margin to open comes first, as in "margin 50%/25%/30%"',
    );
  return { kind: 'margin', initial, maintenanceLong, maintenanceShort };
}

function isShare(fraction: number): boolean {
  return fraction > 0 && fraction <= 1;
}

/** For numbers that lack their signs. */
function marginHint(parts: readonly string[]): string {
  const bare = parts.map((part) => part.replace(/\s*%$/, ''));
  const isClear =
    parts.length <= 3 &&
    bare.every(
      (part, i) => (part !== parts[i] ? isDecimal(part) : decimalOf(part) > 1) && Number(part) <= 100,
    );
  return isClear && bare.some((part, i) => part === parts[i])
    ? ` (did you mean "margin ${bare.map((part) => `${part}%`).join('/')}"?)`
    : '';
}

/** The number that was given stays as it is; a word without one gets the form, for example. */
function hint(given: string): string {
  const [, word = '', amount] =
    /^([a-z]+)[ =:]*(\d\S*)?$/.exec(given) ?? /^()(\S+)(?:x|:1)$/.exec(given) ?? [];
  if (amount !== undefined && word === '')
    return decimalOf(amount) >= 1 ? ` (did you mean "leverage ${amount}"?)` : '';
  const isMargin = amount?.includes('%') ?? false;
  if (amount !== undefined && isMargin)
    return amount.split('/').every((part) => isShare(fractionOf(part)))
      ? didYouMean(word, ['margin'], () => `margin ${amount}`)
      : '';
  if (amount !== undefined)
    return decimalOf(amount) >= 1 ? didYouMean(word, ['leverage'], () => `leverage ${amount}`) : '';
  const forms: Readonly<Record<string, string>> = { leverage: 'leverage 10', margin: 'margin 50%' };
  return didYouMean(given, ['cash', 'leverage', 'margin', 'reg-t'], (choice) => forms[choice] ?? choice);
}

/** The account as the user writes it. */
export function formatAccount(account: AccountSpec): string {
  if (account.kind === 'cash') return 'cash';
  if (account.kind === 'leverage') return `leverage ${account.leverage}`;
  const { initial, maintenanceLong: long, maintenanceShort: short } = account;
  if (initial === REG_T.initial && long === REG_T.maintenanceLong && short === REG_T.maintenanceShort)
    return 'reg-t';
  const parts = short !== long ? [initial, long, short] : long !== initial / 2 ? [initial, long] : [initial];
  return `margin ${parts.map(percentText).join('/')}`;
}

/** The same with the margins in words. */
export function accountWords(account: AccountSpec): string {
  if (account.kind !== 'margin') return formatAccount(account);
  const { initial, maintenanceLong: long, maintenanceShort: short } = account;
  const keep =
    long === short
      ? `${percentText(long)} to keep it`
      : `${percentText(long)} to keep a long, ${percentText(short)} a short`;
  return `${formatAccount(account)}: a position takes ${percentText(initial)} of its value to open, ${keep}`;
}
