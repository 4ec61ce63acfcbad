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

/** Children that sleep until their parent opens a position; then one cancels the other. */
export interface Bracket {
  readonly stop?: StopLevel;
  readonly target?: TargetLevel;
}

export interface OrderOptions {
  /** Fill at this price or better. */
  readonly limit?: number;
  /** Become a market order once the price is reached. Not together with `limit`. */
  readonly stop?: number;
  /** Only ever closes: cancelled if there is nothing to close. */
  readonly reduceOnly?: boolean;
  readonly bracket?: Bracket;
  /** Rejected with OPEN_RISK if it would take the run's open risk above this percent of equity. */
  readonly maxOpenRiskPercent?: number;
  /** A word of the strategy's own for why. */
  readonly tag?: string;
}

/** A whole order as a value: a member of an OCO group. */
export interface OrderRequest extends OrderOptions {
  readonly side: Side;
  readonly quantity: number;
}

/** What a replace may change. A missing field stays as it is. */
export interface OrderChange {
  /** What is still to be filled. */
  readonly quantity?: number;
  /** The limit of a limit order, the stop of a stop order. */
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
  /** The limit of open risk that the order carries would be passed. */
  'OPEN_RISK',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** How a bracket's child says where it goes; '' for orders that are no child. */
export const LEVELS = ['', 'price', 'offset', 'percent', 'multiple'] as const;

export const SIDES = ['buy', 'sell'] as const;
export const ORDER_TYPES = ['market', 'limit', 'stop'] as const;

/** Whether a fill opens (or increases) a position, or closes (some of) one. */
export const FILL_EFFECTS = ['open', 'close'] as const;
export type FillEffect = (typeof FILL_EFFECTS)[number];

export const CANCEL_REASONS = [
  /** The strategy asked for it. */
  'request',
  /** Another member of its OCO group (or its bracket's other child) was filled. */
  'oco',
  /** Its parent ended without opening anything. */
  'parent',
  /** The position it was to close was closed by something else. */
  'position closed',
  /** Reduce-only, with nothing to reduce at its turn. */
  'reduce only',
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export const EXPIRY_REASONS = ['end of data'] as const;
export type ExpiryReason = (typeof EXPIRY_REASONS)[number];

/** Why a position was closed: by the type of the order that did it. */
export const EXIT_REASONS = ['signal', 'stop', 'target'] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** What is wrong with an order that could never be right. Thrown at the call; nothing is recorded. */
export class OrderError extends Error {
  override readonly name = 'OrderError';
}
