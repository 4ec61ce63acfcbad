/** The choices a user makes: what a bar does not tell, what trading costs, what the account allows. */

/** Which of two things that both happened within a bar is taken to be first. */
export const INTRABAR_POLICIES = ['pessimistic', 'optimistic', 'path'] as const;
export type IntrabarPolicy = (typeof INTRABAR_POLICIES)[number];

/** Whether a price that only touches a limit fills it. */
export const LIMIT_TOUCHES = ['touch', 'through'] as const;
export type LimitTouch = (typeof LIMIT_TOUCHES)[number];

export type AccountSpec =
  | { readonly kind: 'cash' }
  | { readonly kind: 'leverage'; readonly leverage: number }
  | MarginSpec;

/** Fractions of the value of a position: what opening it takes, and what keeping it takes. */
export interface MarginSpec {
  readonly kind: 'margin';
  readonly initial: number;
  readonly maintenanceLong: number;
  readonly maintenanceShort: number;
}

/** FINRA Rule 4210 and Regulation T of the Federal Reserve (12 CFR 220.12): 50 % to open, 25 % and 30 % to keep. */
export const REG_T: MarginSpec = {
  kind: 'margin',
  initial: 0.5,
  maintenanceLong: 0.25,
  maintenanceShort: 0.3,
};

/**
 * quantity × multiplier × price × rate + quantity × perShare + perOrder (with an order's first fill), and of an order in all at least
 * `minimum` and at most `maximum`.
 */
export interface CommissionSpec {
  /** A fraction: 0.1 % is 0.001. */
  readonly rate: number;
  /** Per unit: a share, a coin, a contract. */
  readonly perShare: number;
  readonly perOrder: number;
  /** 0 for none. */
  readonly minimum: number;
  /** Null for none. */
  readonly maximum: number | null;
}

/** raw price ± (raw × bps / 10,000 + price + spreads × the instrument's spread), against the trader. */
export interface SlippageSpec {
  readonly bps: number;
  readonly price: number;
  /** 0.5 is half the spread. */
  readonly spreads: number;
}

/** Costs of one symbol, in the place of the run's. */
export interface SymbolCosts {
  readonly commission?: CommissionSpec;
  readonly slippage?: SlippageSpec;
}

/** What the account allows, each null for no limit. Percentages are of the gate's equity. An exit is never refused. */
export interface LimitsSpec {
  /** Value of one entry. */
  readonly tradePercent: number | null;
  /** Σ |quantity| × multiplier × distance from fill to stop. */
  readonly openRiskPercent: number | null;
  /** Positions open at once: a whole number. */
  readonly positions: number | null;
  /** Value held of one symbol, and of all, by all strategies, long and short added. */
  readonly symbolExposurePercent: number | null;
  readonly grossExposurePercent: number | null;
  /** Loss since the last mark of the UTC day before: no entries for the rest of the day. */
  readonly dailyLossPercent: number | null;
  /** Fall of a mark below the highest: no entries any more. */
  readonly drawdownPercent: number | null;
}

export const NO_LIMITS: LimitsSpec = {
  tradePercent: null,
  openRiskPercent: null,
  positions: null,
  symbolExposurePercent: null,
  grossExposurePercent: null,
  dailyLossPercent: null,
  drawdownPercent: null,
};

/** Whose rules turn orders into fills. */
export const PRESETS = ['lockstep', 'backtrader', 'vectorbt', 'backtesting.py', 'zipline'] as const;
export type PresetName = (typeof PRESETS)[number];

/** A preset, and for another engine's rules its settings: the plain object that its file declares. */
export interface FillsSpec {
  readonly preset: PresetName;
  readonly settings: object;
}

/** The rules by which orders become fills and fills become money. */
export interface Rules {
  readonly fills: FillsSpec;
  readonly cash: number;
  readonly account: AccountSpec;
  readonly limits: LimitsSpec;
  readonly commission: CommissionSpec;
  readonly slippage: SlippageSpec;
  /** By symbol, over the two before. */
  readonly costs: Readonly<Record<string, SymbolCosts>>;
  /** Fills take at most this share of a bar's volume, over all orders of the run; null for no cap. */
  readonly maxVolume: number | null;
  readonly intrabar: IntrabarPolicy;
  readonly limitTouch: LimitTouch;
}

export const NO_COMMISSION: CommissionSpec = { rate: 0, perShare: 0, perOrder: 0, minimum: 0, maximum: null };
export const NO_SLIPPAGE: SlippageSpec = { bps: 0, price: 0, spreads: 0 };

export const DEFAULT_RULES: Rules = {
  fills: { preset: 'lockstep', settings: {} },
  cash: 100_000,
  account: { kind: 'cash' },
  limits: NO_LIMITS,
  commission: NO_COMMISSION,
  slippage: NO_SLIPPAGE,
  costs: {},
  maxVolume: null,
  intrabar: 'pessimistic',
  limitTouch: 'touch',
};
