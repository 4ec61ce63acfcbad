/** What can be set of backtrader's broker, and how a run's own rules are said in its terms. */
import { didYouMean, InputError } from '../../../kernel/input-error.ts';
import { type LimitsSpec, NO_SLIPPAGE, type Rules } from '../../policies.ts';

/** What backtrader calls setcommission: a part of the value (stocks), or an amount a contract and its margin (futures). */
export type BacktraderCommission =
  | { readonly kind: 'percent'; readonly rate: number }
  | {
      readonly kind: 'perContract';
      readonly amount: number;
      readonly margin: number;
      readonly multiplier: number;
    };

/** set_slippage_perc or set_slippage_fixed. `percent` is a fraction, and goes before `fixed` if both are given. */
export interface BacktraderSlippage {
  readonly percent: number;
  readonly fixed: number;
  /** Whether fills at the open slip too. */
  readonly open: boolean;
  /** Beyond the bar's extreme: take the extreme (of a limit with `limit` alone), or do not fill on this bar. */
  readonly match: boolean;
  readonly limit: boolean;
  /** Instead of the extreme, take the price beyond it. */
  readonly out: boolean;
}

export interface BacktraderSettings {
  /** The run's own: books begin with it. */
  readonly cash: number;
  readonly commission: BacktraderCommission;
  readonly slippage: BacktraderSlippage | null;
  /** set_coc: market orders take the close of the bar on which they are sent; booked at the next step. */
  readonly closeOnCreation: boolean;
  readonly checkSubmit: boolean;
  readonly shortCash: boolean;
  readonly leverage: number;
  /** FixedBarPerc: percent of a bar's volume that an order may take of it at each try. */
  readonly volumeFillerPercent: number | null;
}

export const BACKTRADER_DEFAULTS: BacktraderSettings = {
  cash: 10_000,
  commission: { kind: 'percent', rate: 0 },
  slippage: null,
  closeOnCreation: false,
  checkSubmit: true,
  shortCash: true,
  leverage: 1,
  volumeFillerPercent: null,
};

/** As set_slippage_perc and set_slippage_fixed have it, beside the amount. */
const SLIPPAGE_DEFAULTS: BacktraderSlippage = {
  percent: 0,
  fixed: 0,
  open: true,
  match: true,
  limit: true,
  out: false,
};

/** The numbers of each kind of commission, and the parts of slippage. */
const COMMISSION_NUMBERS = { percent: ['rate'], perContract: ['amount', 'margin', 'multiplier'] } as const;
const SLIPPAGE_NUMBERS = ['percent', 'fixed'];
const SLIPPAGE_SWITCHES = ['open', 'match', 'limit', 'out'];
const SWITCHES = ['closeOnCreation', 'checkSubmit', 'shortCash'];

/** @throws {InputError} for what these rules cannot express, with what they can */
export function settingsFrom(rules: Rules): BacktraderSettings {
  const given = rules.fills.settings as Partial<BacktraderSettings>;
  for (const name of Object.keys(given)) {
    const names = Object.keys(BACKTRADER_DEFAULTS);
    if (!names.includes(name))
      throw unsuited(`has no setting "${name}"${didYouMean(name, names)}; it has ${names.join(', ')}`);
  }
  if (given.cash !== undefined && given.cash !== rules.cash)
    throw unsuited(`starts with the cash of the run, ${rules.cash}, and not with ${given.cash}`);
  checkCommon(rules);
  const settings: BacktraderSettings = {
    ...BACKTRADER_DEFAULTS,
    commission: given.commission ?? commissionOf(rules),
    slippage: given.slippage === undefined ? slippageOf(rules) : given.slippage,
    leverage: given.leverage ?? leverageOf(rules),
    volumeFillerPercent: rules.maxVolume === null ? null : rules.maxVolume * 100,
    ...given,
    cash: rules.cash,
  };
  checkValues(settings);
  return settings;
}

function checkValues(settings: BacktraderSettings): void {
  const { commission, slippage, leverage, volumeFillerPercent } = settings;
  const numbers = (COMMISSION_NUMBERS as Record<string, readonly string[]>)[commission.kind];
  if (numbers === undefined)
    throw unsuited(`has a commission of kind percent or perContract, not "${commission.kind}"`);
  for (const name of numbers) checkNumber(`commission.${name}`, commission[name as never]);
  if (slippage !== null) {
    for (const name of SLIPPAGE_NUMBERS) checkNumber(`slippage.${name}`, slippage[name as never]);
    for (const name of SLIPPAGE_SWITCHES) checkSwitch(`slippage.${name}`, slippage[name as never]);
  }
  for (const name of SWITCHES) checkSwitch(name, settings[name as never]);
  checkNumber('leverage', leverage);
  if (leverage === 0) throw unsuited('has a leverage above 0: 1 for none');
  if (volumeFillerPercent !== null) checkNumber('volumeFillerPercent', volumeFillerPercent);
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return;
  throw unsuited(`takes a number from 0 for ${name}, not ${JSON.stringify(value)}`);
}

function checkSwitch(name: string, value: unknown): void {
  if (typeof value !== 'boolean')
    throw unsuited(`takes true or false for ${name}, not ${JSON.stringify(value)}`);
}

function checkCommon({ costs, limits, intrabar, limitTouch }: Rules): void {
  if (Object.keys(costs).length > 0)
    throw unsuited('has one commission and one slippage for all symbols: give no costs by symbol');
  const limit = Object.keys(limits).find((name) => limits[name as keyof LimitsSpec] !== null);
  if (limit !== undefined) throw unsuited(`knows no limits of the account: leave out ${limit}`);
  if (intrabar !== 'pessimistic')
    throw unsuited(`has its own order within a bar, the queue's: leave out the policy "${intrabar}"`);
  if (limitTouch !== 'touch')
    throw unsuited(`fills limits at a touch: take "touch" in the place of "${limitTouch}"`);
}

function commissionOf({ commission }: Rules): BacktraderCommission {
  const { rate, perShare, perOrder, minimum, maximum } = commission;
  if (perShare === 0 && perOrder === 0 && minimum === 0 && maximum === null) return { kind: 'percent', rate };
  throw unsuited(
    `charges a part of the value and nothing a share, nothing an order and no minimum or maximum; the nearest is a rate of ${rate}`,
  );
}

function slippageOf({ slippage }: Rules): BacktraderSlippage | null {
  const { bps, price, spreads } = slippage;
  if (spreads !== NO_SLIPPAGE.spreads)
    throw unsuited('slips by a part of the price or by an amount, not by spreads: take bps or a price');
  if (bps !== 0 && price !== 0)
    throw unsuited(`slips by a part of the price or by an amount, not by both: take ${bps} bps or ${price}`);
  if (bps === 0 && price === 0) return null;
  return { ...SLIPPAGE_DEFAULTS, percent: bps / 10_000, fixed: price };
}

function leverageOf({ account }: Rules): number {
  if (account.kind === 'margin')
    throw unsuited('knows no margin account: take "leverage 2" for an initial margin of 50 %');
  return account.kind === 'leverage' ? account.leverage : 1;
}

function unsuited(what: string): InputError {
  return new InputError(`the fill rules of backtrader: this broker ${what}`);
}

/** The settings in sentences. */
export function settingsInWords(settings: BacktraderSettings): string[] {
  const { commission, slippage, closeOnCreation, checkSubmit, shortCash, leverage } = settings;
  const { volumeFillerPercent } = settings;
  return [
    commission.kind === 'percent'
      ? `commission: ${commission.rate} of the value, at opening and at closing`
      : `commission: ${commission.amount} a contract, at opening and at closing; a contract ties up a margin of ${commission.margin} and is settled daily at ${commission.multiplier} a point`,
    slippage === null ? 'no slippage' : slippageInWords(slippage),
    closeOnCreation
      ? 'market orders fill at the close of the bar on which they are sent, booked at the next step'
      : 'market orders fill at the open of the next bar of their symbol',
    checkSubmit
      ? 'new orders are executed on paper at their own prices and refused if cash would fall below 0; cash is not put back for those behind'
      : 'new orders are accepted unchecked, so that one can be cancelled at the step at which it was sent',
    shortCash
      ? 'a short brings its proceeds in cash, and nothing is asked of it but commission'
      : 'a short costs its value in cash, as a long does',
    leverage === 1 ? 'no leverage' : `longs cost 1/${leverage} of their value; shorts are not levered`,
    volumeFillerPercent === null
      ? 'no cap on the volume traded'
      : `an order takes at most ${volumeFillerPercent} % of a bar's volume at each try; the rest stays live`,
  ];
}

function slippageInWords({ percent, fixed, open, match, limit, out }: BacktraderSlippage): string {
  const size = percent === 0 ? `${fixed}` : `${percent} of the price`;
  const where = open ? 'at the open and at stops' : 'at stops';
  const reach = (isOn: boolean): string =>
    !isOn ? 'keeps an order from filling on this bar' : out ? 'stands' : 'is cut to it';
  const limits = match === (match || limit) ? '' : `, of a limit order ${reach(true)}`;
  return `slippage: ${size} ${where}; beyond the bar's extreme it ${reach(match)}${limits}; a limit filled at its price does not slip`;
}
