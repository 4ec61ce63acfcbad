/** Everything that determines a run, apart from the bars themselves. */
import type { Instrument } from '../market/instrument.ts';
import type { ParamValue } from '../strategy/params.ts';
import type { PortfolioStrategyClass } from '../strategy/portfolio-strategy.ts';
import type { StrategyClass } from '../strategy/strategy.ts';

/** Which of two things that both happened within a bar is taken to be first. */
export const INTRABAR_POLICIES = ['pessimistic', 'optimistic', 'path'] as const;
export type IntrabarPolicy = (typeof INTRABAR_POLICIES)[number];

/** Whether a price that only touches a limit fills it. */
export const LIMIT_TOUCHES = ['touch', 'through'] as const;
export type LimitTouch = (typeof LIMIT_TOUCHES)[number];

export type AccountSpec =
  | { readonly kind: 'cash' }
  | { readonly kind: 'leverage'; readonly leverage: number };

/** quantity × multiplier × price × rate + quantity × perShare + perOrder (with an order's first fill). */
export interface CommissionSpec {
  /** A fraction: 0.1 % is 0.001. */
  readonly rate: number;
  readonly perShare: number;
  readonly perOrder: number;
}

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

/** Steps that exist whether or not a bar does. Without one the timeline is the union of the bar times. */
export interface Grid {
  readonly start: number;
  readonly stepMs: number;
  readonly count: number;
}

export interface Rules {
  readonly cash: number;
  readonly account: AccountSpec;
  readonly commission: CommissionSpec;
  readonly slippageBps: number;
  readonly intrabar: IntrabarPolicy;
  readonly limitTouch: LimitTouch;
}

export interface Plan {
  /** In order; a portfolio strategy, at most one, is the last. */
  readonly strategies: readonly StrategyEntry[];
  readonly rules: Rules;
  readonly instruments: Readonly<Record<string, Instrument>>;
  readonly seed: number;
  /** Steps at the start in which strategies run and orders are dropped. */
  readonly warmupSteps: number;
  readonly grid: Grid | null;
  /** Whether ambient time, randomness, timers and network are errors in strategy code. */
  readonly deterministic: boolean;
}

export const DEFAULT_RULES: Rules = {
  cash: 100_000,
  account: { kind: 'cash' },
  commission: { rate: 0, perShare: 0, perOrder: 0 },
  slippageBps: 0,
  intrabar: 'pessimistic',
  limitTouch: 'touch',
};
