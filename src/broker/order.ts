/**
 * What a strategy may ask of the broker, and the words in which the broker answers.
 *
 * An order is live from the next bar of its symbol. Quantities are in units (shares, coins, contracts),
 * always positive: the side says which way. Prices are in the quote currency.
 */
export type Side = (typeof SIDES)[number];
export type OrderType = (typeof ORDER_TYPES)[number];

/** Where a protective stop goes, measured from the fill of its parent: always on the losing side. */
export type StopLevel =
  | { readonly price: number }
  /** Distance from the fill, in price. */
  | { readonly offset: number }
  /** Distance from the fill, in percent of it. */
  | { readonly percent: number };

/** Where a target goes: on the winning side. `multiple` counts the distance from the fill to the stop. */
export type TargetLevel = StopLevel | { readonly multiple: number };

/** How far behind the best price a trailing stop follows. */
export type TrailDistance =
  | { readonly offset: number }
  /** In percent of the best price. */
  | { readonly percent: number }
  /** So many times the mean true range of the last `period` bars, as it is at the call. */
  | { readonly atr: number; readonly period: number };

/** One of several targets: which portion of the position it closes, 0.5 for half. */
export type PortionedTarget = TargetLevel & { readonly portion: number };

/**
 * Children that sleep until their parent opens a position. The stop (fixed or trailing) closes all that is left and ends the targets;
 * a target takes what it closes off the stop.
 */
export interface Bracket {
  readonly stop?: StopLevel;
  /** In the place of `stop`: one that follows the price. */
  readonly trail?: TrailDistance;
  readonly target?: TargetLevel;
  /** In the place of `target`. Portions add up to 1 at most. */
  readonly targets?: readonly PortionedTarget[];
}

/** What holds for every position of an instance, declared once. Distances are from the fill of the entry. */
export interface PositionRules {
  readonly stop?: Exclude<StopLevel, { readonly price: number }>;
  readonly trail?: TrailDistance;
  readonly target?: Exclude<TargetLevel, { readonly price: number }>;
  /** Out at the open after the n-th bar behind the entry's. */
  readonly maxBars?: number;
  /** Fixed stops move to the average price once a close is so many times the risk ahead, from fill to stop. */
  readonly breakevenAtR?: number;
}

/** How much to trade. A number is units; the others are sized at the call, from the account and the expected price. */
export type OrderSize =
  | number
  /** So much money's worth. */
  | { readonly cash: number }
  /** In percent of equity. */
  | { readonly percent: number }
  /** So much of equity, in percent, is lost if the bracket's stop is hit at its price. */
  | { readonly riskPercent: number };

/** What to hold in the end, signed: negative is short. */
export type Target =
  | { readonly quantity: number }
  /** Money's worth. */
  | { readonly value: number }
  /** In percent of equity. */
  | { readonly percent: number };

export interface OrderOptions {
  /** Fill at this price or better. */
  readonly limit?: number;
  /** Become a market order once the price is reached; together with `limit`, a limit order. */
  readonly stop?: number;
  /** A stop that follows the best price since the call. */
  readonly trail?: TrailDistance;
  /** Fill at the close of the next bar. */
  readonly onClose?: boolean;
  /** How long it stays: until cancelled (`gtc`, the default), to the end of the UTC day, or for the next bar alone. */
  readonly timeInForce?: Exclude<TimeInForce, 'gtd'>;
  /** Epoch milliseconds: it ends at the first bar of its symbol that opens then or later. */
  readonly goodUntil?: number;
  /** Only ever closes: cancelled if there is nothing to close. */
  readonly reduceOnly?: boolean;
  /** Fill as much as the account can pay for, and reject the rest. */
  readonly allowPartial?: boolean;
  /** The order whose trade this one closes. Only where the fill rules know trades (`backtesting.py`). */
  readonly closes?: number;
  readonly bracket?: Bracket;
  /** Rejected with OPEN_RISK if it would take the run's open risk above this percent of equity. */
  readonly maxOpenRiskPercent?: number;
  /** A word of the strategy's own for why. */
  readonly tag?: string;
}

/** A whole order as a value: a member of an OCO group. */
export interface OrderRequest extends OrderOptions {
  readonly side: Side;
  readonly quantity: OrderSize;
}

/** What a replace may change. A missing field stays as it is. */
export interface OrderChange {
  /** What is still to be filled. */
  readonly quantity?: number;
  /** The limit of a limit order, the stop of a stop order (a trailing one has none: it follows the price). */
  readonly price?: number;
}

/** Why a well-formed order was refused at its turn. */
export const REJECTION_CODES = [
  /** The quantity is less than one lot of the instrument. */
  'LOT',
  /** A cash account cannot sell what it does not hold. */
  'NO_SHORT',
  /** Cash does not cover quantity × multiplier × price + commission. */
  'INSUFFICIENT_CASH',
  /** Used margin would exceed equity. */
  'INSUFFICIENT_MARGIN',
  /** The limit of open risk, of the order or of the run, would be passed. */
  'OPEN_RISK',
  /** The entry's value is above the limit for one trade. */
  'TRADE_SIZE',
  /** As many positions are open as the run may have. */
  'POSITIONS',
  /** The symbol's exposure, or that of all symbols together, would be above its limit. */
  'SYMBOL_EXPOSURE',
  'GROSS_EXPOSURE',
  /** The day's loss has reached its limit: no entries until the next day. */
  'DAILY_LOSS',
  /** The drawdown has reached its limit: no entries any more. */
  'DRAWDOWN_HALT',
  /** Another order of its bracket was refused. */
  'BRACKET',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** How a bracket's child says where it goes; '' for orders that are no child. */
export const LEVELS = ['', 'price', 'offset', 'percent', 'multiple'] as const;

export const SIDES = ['buy', 'sell'] as const;
export const ORDER_TYPES = [
  'market',
  'limit',
  'stop',
  'stop-limit',
  'trailing-stop',
  'market-on-close',
] as const;
export const TIMES_IN_FORCE = ['gtc', 'day', 'gtd', 'ioc', 'fok'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** In what an order was sized; `units` is the number itself. */
export const SIZE_KINDS = [
  'units',
  'cash',
  'percent',
  'riskPercent',
  'target quantity',
  'target value',
  'target percent',
] as const;
export type SizeKind = (typeof SIZE_KINDS)[number];

/** Whether a fill opens (or increases) a position, or closes (some of) one. */
export const FILL_EFFECTS = ['open', 'close'] as const;
export type FillEffect = (typeof FILL_EFFECTS)[number];

export const CANCEL_REASONS = [
  /** The strategy asked for it. */
  'request',
  /** Another member of its OCO group was filled, or its bracket's stop, or the targets that left its stop nothing to protect. */
  'oco',
  /** Its parent ended without opening anything. */
  'parent',
  /** What it had opened was closed by its own children, so the rest of it is not wanted. */
  'children',
  /** The position (or trade) it was to close was closed by something else. */
  'position closed',
  /** Reduce-only, with nothing to reduce at its turn. */
  'reduce only',
  /** A newer order took its place. */
  'replaced',
  /** The rules of its preset ignore it: the signal contradicts another, or the position that is held. */
  'ignored',
  /** Its symbol has no price when it would have been filled. */
  'no price',
  /** The preset cancels it at the end of the day. */
  'end of day',
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export const EXPIRY_REASONS = ['end of data', 'day', 'gtd', 'ioc', 'fok'] as const;
export type ExpiryReason = (typeof EXPIRY_REASONS)[number];

/** Why a position was closed: by the type of the order that did it, or what sent it. */
export const EXIT_REASONS = [
  'signal',
  'stop',
  'target',
  'trailing',
  'time',
  'liquidation',
  'end of data',
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** What is wrong with an order that could never be right. Thrown at the call; nothing is recorded. */
export class OrderError extends Error {
  override readonly name = 'OrderError';
}
