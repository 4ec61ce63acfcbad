/** The rules of a run, put together from flags and the instruments file: what is left out has its default, what nothing reads is an error. */
import { brokerOf } from '../broker/brokers.ts';
import {
  type AccountSpec,
  type CommissionSpec,
  DEFAULT_RULES,
  type IntrabarPolicy,
  type LimitsSpec,
  type LimitTouch,
  type PresetName,
  type Rules,
  type SlippageSpec,
  type SymbolCosts,
} from '../broker/policies.ts';
import { InputError } from '../kernel/input-error.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../market/instrument.ts';

/** Undefined is not given: then the default holds, and a preset of another engine need not know the rule. */
export interface RuleFlags {
  readonly fills: PresetName;
  readonly cash: number;
  readonly limit?: LimitsSpec;
  readonly commission?: CommissionSpec;
  readonly slippage?: SlippageSpec;
  readonly maxVolume?: number;
  readonly intrabar?: IntrabarPolicy;
  readonly limitTouch?: LimitTouch;
}

type Costs = Readonly<Record<string, SymbolCosts>>;

/** Choices among rules that not every preset has: the flag of each, and who takes it. What else a preset lacks it says itself. */
const CHOICES = {
  intrabar: { flag: '--intrabar', presets: ['lockstep'] },
  limitTouch: { flag: '--limit-touch', presets: ['lockstep'] },
  limit: { flag: '--limit', presets: ['lockstep'] },
  maxVolume: { flag: '--max-volume', presets: ['lockstep', 'backtrader', 'zipline'] },
} as const satisfies Partial<Record<keyof RuleFlags, { flag: string; presets: readonly PresetName[] }>>;

/** Throws InputError for rules that the preset does not have. Costs are by symbol; before the symbols are known, as they are given. */
export function rulesOf(flags: RuleFlags, account: AccountSpec, costs: Costs): Rules {
  const { fills: preset, cash, limit, commission, slippage, maxVolume, intrabar, limitTouch } = flags;
  for (const [field, { flag, presets }] of Object.entries(CHOICES)) {
    const takers: readonly PresetName[] = presets;
    if (flags[field as keyof typeof CHOICES] === undefined || takers.includes(preset)) continue;
    throw new InputError(
      `${flag} is a choice of --fills ${takers.join(' or ')}, and ${preset} has no such rule; leave one of them out`,
    );
  }
  const rules: Rules = {
    fills: { preset, settings: {} },
    cash,
    account,
    limits: limit ?? DEFAULT_RULES.limits,
    commission: commission ?? DEFAULT_RULES.commission,
    slippage: slippage ?? DEFAULT_RULES.slippage,
    costs,
    maxVolume: maxVolume ?? DEFAULT_RULES.maxVolume,
    intrabar: intrabar ?? DEFAULT_RULES.intrabar,
    limitTouch: limitTouch ?? DEFAULT_RULES.limitTouch,
  };
  checkPreset(rules);
  return rules;
}

/** A preset reads the rules where it puts them in words, and says which it cannot express. */
function checkPreset(rules: Rules): void {
  try {
    brokerOf(rules).conventions(rules);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message} (--fills ${rules.fills.preset})`);
  }
}

/** Throws InputError where a cost that was given costs nobody anything; returns what to warn of. */
export function checkCosts(
  flags: RuleFlags,
  { costs, slippage }: Rules,
  instruments: Readonly<Record<string, Instrument>>,
  symbols: readonly string[],
): string[] {
  for (const name of ['commission', 'slippage'] as const) {
    if (flags[name] === undefined || symbols.some((symbol) => costs[symbol]?.[name] === undefined)) continue;
    throw new InputError(
      `--${name} is read by nothing: --instruments gives every symbol a ${name} of its own; leave one of them out`,
    );
  }
  const users = symbols.filter((symbol) => (costs[symbol]?.slippage ?? slippage).spreads > 0);
  const poor = users.filter((symbol) => (instruments[symbol] ?? DEFAULT_INSTRUMENT).spread === 0);
  if (poor.length === 0) return [];
  if (poor.length === users.length)
    throw new InputError(
      `slippage by the spread, and no spread: --instruments gives ${poor.join(', ')} none, as {"${poor[0]}": {"spread": 0.01}} would`,
    );
  return [`slippage by the spread is none for ${poor.join(', ')}: --instruments gives no spread`];
}
