/** The choices a user makes about what a bar does not tell. */

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

/** The rules by which orders become fills and fills become money. */
export interface Rules {
  readonly cash: number;
  readonly account: AccountSpec;
  readonly commission: CommissionSpec;
  readonly slippageBps: number;
  readonly intrabar: IntrabarPolicy;
  readonly limitTouch: LimitTouch;
}

export const DEFAULT_RULES: Rules = {
  cash: 100_000,
  account: { kind: 'cash' },
  commission: { rate: 0, perShare: 0, perOrder: 0 },
  slippageBps: 0,
  intrabar: 'pessimistic',
  limitTouch: 'touch',
};
