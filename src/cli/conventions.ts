/** What determines a result beside data and strategies, in sentences: defaults too. */
import { brokerOf } from '../broker/brokers.ts';
import type { LimitsSpec, Rules } from '../broker/policies.ts';
import { formatDuration } from '../market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../market/instrument.ts';
import { accountWords } from './account-specs.ts';
import { formatMoney, plural } from './console.ts';
import { formatCommission, slippageWords } from './cost-specs.ts';
import { formatMaxVolume, limitWords } from './limit-specs.ts';
import { portionWords, resampleWords } from './portion-text.ts';
import type { PreparedRun } from './prepared-run.ts';

/** The ones that are choices of the run, which its header shows one by one. */
export function choicesOf(prepared: PreparedRun): Record<string, string> {
  const { plan, candles } = prepared;
  const { rules, warmupSteps, seed, deterministic } = plan;
  const { fills, cash, account, limits, commission, maxVolume } = rules;
  const { interval, resample, portion } = candles.reading;
  const costs = ownCostsText(prepared);
  return {
    account: accountWords(account),
    cash: `${formatMoney(cash)} at the start`,
    ...(fills.preset === 'lockstep' ? { limits: limitsText(limits) } : {}),
    commission: formatCommission(commission),
    slippage: slippageText(rules),
    ...(costs === '' ? {} : { 'own costs': costs }),
    ...(maxVolume === null ? {} : { 'max volume': formatMaxVolume(maxVolume) }),
    instruments: instrumentsText(prepared),
    fills: fills.preset,
    'warm-up':
      warmupSteps === 0
        ? 'none'
        : `the first ${plural(warmupSteps, 'step')}: strategies run, their orders are dropped`,
    seed: `${seed}${deterministic ? '; deterministic: no ambient time, randomness, timers or network' : ''}`,
    ...(resample === null ? {} : { resample: resampleWords(interval, resample, candles.partial) }),
    ...(portion === null ? {} : { portion: portionWords(portion) }),
    bars: `${formatDuration(candles.store.interval)} long; times are UTC, ranges half-open [from, to)`,
  };
}

/** All of them, for summary.json. */
export function conventionsOf(prepared: PreparedRun): string[] {
  const { rules } = prepared.plan;
  const choices = Object.entries(choicesOf(prepared)).map(([name, value]) => `${name}: ${value}`);
  return [...choices, ...brokerOf(rules).conventions(rules), ...lockStepText(rules)];
}

/** What a header must not leave to its reader's attention: orders that fill on what was known of their own bar. */
export function lookAheadWarnings(rules: Rules): string[] {
  if (!brokerOf(rules).isSameStep) return [];
  return [
    `look-ahead: under the rules of ${rules.fills.preset} an order fills on the very bar that it was decided on, at a price that is gone by then`,
  ];
}

/** Which rules keep the whole run in strict lock-step, if any do. */
function lockStepText(rules: Rules): string[] {
  const { fills, account, limits } = rules;
  if (brokerOf(rules).scope(rules) === 'symbol') return [];
  const readers = [
    ...(account.kind === 'margin' ? ['the maintenance margin'] : []),
    ...(limits.dailyLossPercent === null ? [] : ['the daily-loss limit']),
    ...(limits.drawdownPercent === null ? [] : ['the drawdown limit']),
  ];
  const who = fills.preset === 'lockstep' ? readers : [`the rules of ${fills.preset}`];
  const by = who.map((reader) => `by ${reader}`).join(', ');
  return [`strict lock-step (block 1): the whole account is needed at every step, ${by}`];
}

function limitsText(limits: LimitsSpec): string {
  const words = limitWords(limits);
  return words.length === 0 ? 'none' : [...words, 'exits are never refused'].join('; ');
}

function slippageText({ fills, slippage }: Rules): string {
  const words = slippageWords(slippage);
  return words === 'none' || fills.preset !== 'lockstep'
    ? words
    : `${words}, against the trader, a limit never beyond its limit`;
}

/** `commission 2/share (ES, NQ); …`: symbols with the same costs together. '' if none has any of its own. */
function ownCostsText({ plan, candles }: PreparedRun): string {
  const { costs } = plan.rules;
  const texts = candles.store.names.flatMap((name) => {
    if (!Object.hasOwn(costs, name)) return [];
    const { commission, slippage } = costs[name]!;
    const parts = [
      ...(commission === undefined ? [] : [`commission ${formatCommission(commission)}`]),
      ...(slippage === undefined ? [] : [`slippage ${slippageWords(slippage)}`]),
    ];
    return [[parts.join(', '), name] as const];
  });
  return [...grouped(texts)].map(([text, names]) => `${text} (${names.join(', ')})`).join('; ');
}

/** `lot 1, tick 0.25, … (ES, NQ); …`: symbols with the same contract together. */
function instrumentsText({ plan, candles }: PreparedRun): string {
  const byText = grouped(
    candles.store.names.map((name) => {
      const { multiplier, lot, tick, spread } = plan.instruments[name] ?? DEFAULT_INSTRUMENT;
      const text = `multiplier ${multiplier}, lot ${lot}, tick ${tick === 0 ? 'none' : tick}, spread ${spread}`;
      return [text, name] as const;
    }),
  );
  if (byText.size === 1) return [...byText.keys()][0]!;
  return [...byText].map(([text, names]) => `${text} (${names.join(', ')})`).join('; ');
}

/** Names by what is said of them, in the order in which it is first said. */
function grouped(texts: readonly (readonly [text: string, name: string])[]): Map<string, string[]> {
  const byText = new Map<string, string[]>();
  for (const [text, name] of texts) byText.set(text, [...(byText.get(text) ?? []), name]);
  return byText;
}
