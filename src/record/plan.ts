/** Everything that determines a run, apart from the bars themselves. */
import type { Rules } from '../broker/policies.ts';
import type { Instrument } from '../market/instrument.ts';
import type { GridSpec } from '../market/timeline.ts';
import type { ParamValue } from '../strategy/params.ts';
import type { PortfolioStrategyClass } from '../strategy/portfolio-strategy.ts';
import type { StrategyClass } from '../strategy/strategy.ts';

/** Where a strategy class comes from: a module that every thread loads for itself, or, inline only, the class. */
export type StrategySource =
  | { readonly url: string; readonly exportName: string }
  | { readonly strategyClass: StrategyClass | PortfolioStrategyClass };

export interface StrategyEntry {
  readonly source: StrategySource;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Parameters for one symbol, over `params`. */
  readonly symbolParams: Readonly<Record<string, Readonly<Record<string, ParamValue>>>>;
}

export interface Plan {
  /** In order; a portfolio strategy, at most one, is the last. */
  readonly strategies: readonly StrategyEntry[];
  readonly rules: Rules;
  readonly instruments: Readonly<Record<string, Instrument>>;
  readonly seed: number;
  /** Steps at the start in which strategies run and orders are dropped. */
  readonly warmupSteps: number;
  /** Steps that exist whether or not a bar does; null for the union of the bar times. */
  readonly grid: GridSpec | null;
  /** Whether ambient time, randomness, timers and network are errors in strategy code. */
  readonly deterministic: boolean;
}

export {
  type AccountSpec,
  type CommissionSpec,
  DEFAULT_RULES,
  INTRABAR_POLICIES,
  type IntrabarPolicy,
  LIMIT_TOUCHES,
  type LimitTouch,
  type Rules,
} from '../broker/policies.ts';
