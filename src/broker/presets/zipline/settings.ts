/** What can be set of zipline's simulation, by the names that its settings have in a run's plan; and the same from the rules of any run. */
import { didYouMean, InputError } from '../../../kernel/input-error.ts';
import { NO_LIMITS, type Rules } from '../../policies.ts';

export type ZiplineSlippage =
  /** FixedBasisPointsSlippage: so much of the close, and at most so much of a session's volume. */
  | { readonly kind: 'fixedBasisPoints'; readonly bps: number; readonly volumeLimit: number }
  /** VolumeShareSlippage: the squared share of the volume times the impact, in parts of the close. */
  | { readonly kind: 'volumeShare'; readonly volumeLimit: number; readonly priceImpact: number }
  /** FixedSlippage: half the spread, in price; whatever the volume. */
  | { readonly kind: 'fixed'; readonly spread: number }
  | { readonly kind: 'none' };

export type ZiplineCommission =
  /** By the share, and of an order in all at least the minimum. */
  | { readonly kind: 'perShare'; readonly cost: number; readonly minimum: number }
  /** Once an order. */
  | { readonly kind: 'perTrade'; readonly cost: number }
  /** A part of the value. */
  | { readonly kind: 'perDollar'; readonly rate: number }
  | { readonly kind: 'none' };

export interface ZiplineSettings {
  /** The run's own: books begin with it. */
  readonly cash: number;
  readonly slippage: ZiplineSlippage;
  readonly commission: ZiplineCommission;
  readonly cancelPolicy: 'never' | 'endOfDay';
}

/** The tool's own. A run that states no costs has none: these hold where they are given as settings. */
export const ZIPLINE_DEFAULTS: ZiplineSettings = {
  cash: 100_000,
  slippage: { kind: 'fixedBasisPoints', bps: 5, volumeLimit: 0.1 },
  commission: { kind: 'perShare', cost: 0.001, minimum: 0 },
  cancelPolicy: 'never',
};

const NAMES = Object.keys(ZIPLINE_DEFAULTS);
const POLICIES: readonly unknown[] = ['never', 'endOfDay'];
/** The numbers of each kind. None is below 0, and of those named a limit, none is 0. */
const SLIPPAGES: Kinds = {
  fixedBasisPoints: ['bps', 'volumeLimit'],
  volumeShare: ['volumeLimit', 'priceImpact'],
  fixed: ['spread'],
  none: [],
};
const COMMISSIONS: Kinds = {
  perShare: ['cost', 'minimum'],
  perTrade: ['cost'],
  perDollar: ['rate'],
  none: [],
};
type Kinds = Readonly<Record<string, readonly string[]>>;

/** The run's own rules in the tool's words, and over them the settings that were given. @throws {InputError} for what it has not */
export function settingsFrom(rules: Rules): ZiplineSettings {
  const given = rules.fills.settings as Partial<ZiplineSettings>;
  for (const name of Object.keys(given))
    if (!NAMES.includes(name))
      throw unsuited(`has no setting "${name}"${didYouMean(name, NAMES)}; it has ${NAMES.join(', ')}`);
  if (given.cash !== undefined && given.cash !== rules.cash)
    throw unsuited(`starts with the cash of the run, ${rules.cash}, and not with ${given.cash}`);
  if (given.cancelPolicy !== undefined && !POLICIES.includes(given.cancelPolicy))
    throw unsuited(`has the cancelPolicy ${POLICIES.join(' or ')}, not "${given.cancelPolicy}"`);
  if (given.slippage !== undefined) checkModel('slippage', given.slippage, SLIPPAGES);
  if (given.commission !== undefined) checkModel('commission', given.commission, COMMISSIONS);
  checkCommon(rules);
  return {
    cash: rules.cash,
    slippage: given.slippage ?? slippageFrom(rules),
    commission: given.commission ?? commissionFrom(rules),
    cancelPolicy: given.cancelPolicy ?? ZIPLINE_DEFAULTS.cancelPolicy,
  };
}

function checkModel(name: string, model: { readonly kind: string }, kinds: Kinds): void {
  const known = Object.keys(kinds);
  const fields = typeof model === 'object' && model !== null ? kinds[model.kind] : undefined;
  if (fields === undefined) {
    const kind = String(model?.kind);
    throw unsuited(`has a ${name} of kind ${known.join(', ')}, not "${kind}"${didYouMean(kind, known)}`);
  }
  for (const field of Object.keys(model))
    if (field !== 'kind' && !fields.includes(field))
      throw unsuited(`has no "${field}" in a ${name} of kind ${model.kind}${didYouMean(field, fields)}`);
  for (const field of fields) {
    const value = (model as unknown as Record<string, unknown>)[field];
    const isLimit = field === 'volumeLimit';
    if (typeof value === 'number' && Number.isFinite(value) && (value > 0 || (value === 0 && !isLimit)))
      continue;
    const range = isLimit ? 'a number above 0' : 'a number from 0';
    throw unsuited(`needs ${field} in a ${name} of kind ${model.kind} to be ${range}, was ${value}`);
  }
}

function checkCommon({ account, costs, limits, intrabar, limitTouch }: Rules): void {
  if (account.kind === 'margin')
    throw unsuited(
      'checks no margin and closes no position for want of it: take the account "cash" or a leverage',
    );
  if (Object.keys(costs).length > 0)
    throw unsuited('has one commission and one slippage for all symbols: give no costs by symbol');
  const limit = Object.entries(limits).find(
    ([name, value]) => value !== NO_LIMITS[name as keyof typeof limits],
  );
  if (limit !== undefined) throw unsuited(`knows no limits of the account: leave out ${limit[0]}`);
  if (intrabar !== 'pessimistic')
    throw unsuited(
      `looks at closes alone, so nothing comes first within a bar: leave out the policy "${intrabar}"`,
    );
  if (limitTouch !== 'touch')
    throw unsuited(`fills a limit at a close that touches it: take "touch" in the place of "${limitTouch}"`);
}

function slippageFrom({ slippage: { bps, price, spreads }, maxVolume }: Rules): ZiplineSlippage {
  if (spreads !== 0)
    throw unsuited(
      "has one spread for all symbols, in price: give half of it as slippage in price, not the instruments'",
    );
  if (price === 0 && maxVolume !== null) return { kind: 'fixedBasisPoints', bps, volumeLimit: maxVolume };
  if (bps !== 0 && price !== 0)
    throw unsuited(`slips by a part of the price or by an amount, not by both: take ${bps} bps or ${price}`);
  if (price !== 0 && maxVolume !== null)
    throw unsuited('fills whole orders where it slips by a price: leave out the cap on volume, or take bps');
  if (bps !== 0)
    throw unsuited(
      `caps the volume where it slips by bps: add a cap (its own default is 0.1), or take a price`,
    );
  return price === 0 ? { kind: 'none' } : { kind: 'fixed', spread: 2 * price };
}

function commissionFrom({ commission }: Rules): ZiplineCommission {
  const { rate, perShare, perOrder, minimum, maximum } = commission;
  if (maximum !== null) throw unsuited('knows no maximum of a commission: leave it out');
  const parts = [rate, perShare, perOrder].filter((part) => part !== 0);
  if (parts.length > 1)
    throw unsuited('has a commission by value, by share or by order, and no sum of them: take one');
  if (minimum !== 0 && (rate !== 0 || perOrder !== 0))
    throw unsuited('has a minimum of a commission by share alone: leave it out, or take one by share');
  if (rate !== 0) return { kind: 'perDollar', rate };
  if (perOrder !== 0) return { kind: 'perTrade', cost: perOrder };
  return perShare === 0 && minimum === 0 ? { kind: 'none' } : { kind: 'perShare', cost: perShare, minimum };
}

function unsuited(what: string): InputError {
  return new InputError(`the fill rules of zipline: this simulation ${what}`);
}

/** The settings in sentences. */
export function settingsInWords({ slippage, commission, cancelPolicy }: ZiplineSettings): string[] {
  return [
    slippageInWords(slippage),
    commissionInWords(commission),
    cancelPolicy === 'never'
      ? 'what is not filled stays until it is cancelled'
      : 'at the end of each session the oldest order of every symbol that has more than one is cancelled, and no other',
  ];
}

function slippageInWords(slippage: ZiplineSlippage): string {
  switch (slippage.kind) {
    case 'fixedBasisPoints':
      return `fills slip by ${slippage.bps} bps of the close, limits too, and take at most ${slippage.volumeLimit} of a session's volume, rounded down, all orders of a symbol together`;
    case 'volumeShare':
      return `fills take at most ${slippage.volumeLimit} of a session's volume and slip by ${slippage.priceImpact} × (their share of the volume)² of the close; one that would be worse than its limit waits`;
    case 'fixed':
      return `fills slip by half of ${slippage.spread}, limits too, whatever the volume`;
    case 'none':
      return 'no slippage, and no cap on the volume traded';
  }
}

function commissionInWords(commission: ZiplineCommission): string {
  switch (commission.kind) {
    case 'perShare': {
      const least = commission.minimum === 0 ? '' : `, of an order at least ${commission.minimum}`;
      return `commission: ${commission.cost} a share${least}`;
    }
    case 'perTrade':
      return `commission: ${commission.cost} an order, with its first fill`;
    case 'perDollar':
      return `commission: ${commission.rate} of the value`;
    case 'none':
      return 'no commission';
  }
}
