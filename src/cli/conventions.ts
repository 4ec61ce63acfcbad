/** What determines a result beside data and strategies, in sentences: defaults too. */
import { lockstepBroker } from '../broker/lockstep-broker.ts';
import { formatDuration } from '../market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../market/instrument.ts';
import { formatMoney, plural } from './console.ts';
import type { PreparedRun } from './prepared-run.ts';
import { formatAccount, formatCommission } from './specs.ts';

/** The ones that are choices of the run, which its header shows one by one. */
export function choicesOf(prepared: PreparedRun): Record<string, string> {
  const { plan, candles } = prepared;
  const { rules, warmupSteps, seed, deterministic } = plan;
  const { cash, account, commission, slippageBps } = rules;
  return {
    account: formatAccount(account),
    cash: `${formatMoney(cash)} at the start`,
    commission: formatCommission(commission),
    slippage:
      slippageBps === 0 ? 'none' : `${slippageBps} bps against the trader, on market orders and stops`,
    instruments: instrumentsText(prepared),
    'warm-up':
      warmupSteps === 0
        ? 'none'
        : `the first ${plural(warmupSteps, 'step')}: strategies run, their orders are dropped`,
    seed: `${seed}${deterministic ? '; deterministic: no ambient time, randomness, timers or network' : ''}`,
    bars: `${formatDuration(candles.store.interval)} long; times are UTC, ranges half-open [from, to)`,
  };
}

/** All of them, for summary.json. */
export function conventionsOf(prepared: PreparedRun): string[] {
  const choices = Object.entries(choicesOf(prepared)).map(([name, value]) => `${name}: ${value}`);
  return [...choices, ...fillRulesOf(prepared)];
}

export function fillRulesOf({ plan }: PreparedRun): readonly string[] {
  return lockstepBroker.conventions(plan.rules);
}

/** `lot 1, tick 0.25, … (ES, NQ); …`: symbols with the same contract together. */
function instrumentsText({ plan, candles }: PreparedRun): string {
  const byText = new Map<string, string[]>();
  for (const name of candles.store.names) {
    const { multiplier, lot, tick, spread } = plan.instruments[name] ?? DEFAULT_INSTRUMENT;
    const text = `multiplier ${multiplier}, lot ${lot}, tick ${tick === 0 ? 'none' : tick}, spread ${spread}`;
    byText.set(text, [...(byText.get(text) ?? []), name]);
  }
  if (byText.size === 1) return [...byText.keys()][0]!;
  return [...byText].map(([text, names]) => `${text} (${names.join(', ')})`).join('; ');
}
