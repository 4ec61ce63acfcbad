/**
 * What a strategy sees and may do, as of the step it stands at.
 *
 * Every view is the same object at every tick and moves on its own: keep numbers, not views. Nothing here shows a
 * bar after the step, and of others only what is settled (see ARCHITECTURE.md, "What a strategy may see").
 */
import type {
  CancelReason,
  ExpiryReason,
  OrderChange,
  OrderOptions,
  OrderRequest,
  OrderSize,
  OrderType,
  PositionRules,
  RejectionCode,
  Side,
  Target,
} from '../broker/order.ts';
import type { Bar } from '../market/bar.ts';
import type { Instrument } from '../market/instrument.ts';

/** Past bars of one symbol: 0 is the newest, 1 the one before. NaN before the first; a negative index throws. */
export interface BarHistory {
  /** Bars so far, the newest included. */
  readonly count: number;
  time(ago: number): number;
  open(ago: number): number;
  high(ago: number): number;
  low(ago: number): number;
  close(ago: number): number;
  volume(ago: number): number;
}

/** What an instance holds of a symbol. */
export interface Position {
  /** Signed: negative is short. */
  readonly quantity: number;
  readonly isFlat: boolean;
  readonly isLong: boolean;
  readonly isShort: boolean;
  /** Average price of what is held; NaN when flat. */
  readonly averagePrice: number;
}

/** The account that all instances share, as of this step's settlement and mark. */
export interface Account {
  readonly cash: number;
  readonly equity: number;
  /** n × equity − Σ |positions| at their marks, never below 0 (n = 1 for a cash account). */
  readonly buyingPower: number;
}

/** A symbol seen from elsewhere. */
export interface SymbolView {
  readonly name: string;
  readonly instrument: Instrument;
  /** Whether it has a bar at this very step: the has-data bitmap. */
  readonly isPresent: boolean;
  /** Its last known bar; every field NaN before the first. */
  readonly bar: Bar;
  /** The viewing instance's own strategy on that symbol. */
  readonly position: Position;
  /** Units held by all strategies together. */
  readonly netQuantity: number;
}

/** A candle of a higher timeframe. */
export interface Candle extends Bar {
  /** Its length, in milliseconds. */
  readonly timeframe: number;
  /** When it ends: `time + timeframe`. */
  readonly endTime: number;
}

/** Candles of one timeframe, built from this symbol's bars as they come. */
export interface CandleSeries {
  readonly timeframe: number;
  /** Closed candles so far. */
  readonly count: number;
  /** The newest closed candle; every field NaN before the first. */
  readonly closed: Candle;
  /** What has been seen of the candle that is still open; NaN if none is. */
  readonly forming: Candle;
}

/** One execution of one order, told at the next tick of its instance. */
export interface Fill {
  readonly id: number;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: number;
  readonly price: number;
  readonly commission: number;
  /** Whether it opened (or increased) a position, or closed (some of) one. */
  readonly effect: 'open' | 'close';
  readonly tag: string;
}

/** Told when an order ends without a fill. */
export interface OrderEnd<Reason extends string> {
  readonly id: number;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** What was still to be filled. */
  readonly quantity: number;
  readonly reason: Reason;
  readonly tag: string;
}
export type Rejection = OrderEnd<RejectionCode>;
export type Cancellation = OrderEnd<CancelReason>;
export type Expiry = OrderEnd<ExpiryReason>;

/** What symbol and portfolio strategies have in common. */
export interface CommonContext {
  /** Index of the step in the timeline; −1 in `onStart`. */
  readonly step: number;
  /** Time of the step, epoch milliseconds UTC: when its bars opened. NaN in `onStart`. */
  readonly time: number;
  readonly isWarmup: boolean;
  readonly account: Account;
  /** All symbols of the run, in canonical order. */
  readonly symbols: readonly string[];
  /** A view of any symbol, to be kept. Throws if the run has none of that name. */
  view(symbol: string): SymbolView;
  /** Cancels an order of this instance. False if it is no longer alive. */
  cancel(id: number): boolean;
  /** Changes an order of this instance, which keeps its id. False if it is no longer alive. */
  replace(id: number, change: OrderChange): boolean;
  /** A number in [0, 1) from this instance's own seeded stream. */
  random(): number;
  /** Adds a line to the run's log. */
  log(message: string): void;
}

/** The world of one instance of a symbol strategy. */
export interface Context extends CommonContext {
  readonly symbol: string;
  readonly instrument: Instrument;
  /** The bar of this tick. */
  readonly bar: Bar;
  readonly bars: BarHistory;
  readonly position: Position;
  /** Length of a bar, in milliseconds. */
  readonly interval: number;
  /** Candles of a higher timeframe such as `5m` or `4h`. In `onStart` only. */
  candles(timeframe: string): CandleSeries;
  /** Sends an order, market unless the options say otherwise, and returns its id (0 during warm-up: dropped). */
  buy(quantity: OrderSize, options?: OrderOptions): number;
  sell(quantity: OrderSize, options?: OrderOptions): number;
  /** Sends the order that is missing to hold the target, orders on their way not counted; 0 if none is. */
  target(target: Target, options?: OrderOptions): number;
  /** Sends orders of which at most one will fill; returns their ids. */
  oco(...orders: readonly OrderRequest[]): readonly number[];
  /** Closes the position at the market, reduce-only. 0 if flat. */
  close(tag?: string): number;
  /** Rules for every position from now on, in the place of orders that would do the same; null for none. */
  protect(rules: PositionRules | null): void;
  /** Records a value for charts. */
  plot(name: string, value: number): void;
}

/** The world of a portfolio strategy: every symbol at once. */
export interface PortfolioContext extends CommonContext {
  /** A view of every symbol, in canonical order. */
  readonly universe: readonly SymbolView[];
  buy(symbol: string, quantity: OrderSize, options?: OrderOptions): number;
  sell(symbol: string, quantity: OrderSize, options?: OrderOptions): number;
  target(symbol: string, target: Target, options?: OrderOptions): number;
  oco(symbol: string, ...orders: readonly OrderRequest[]): readonly number[];
  close(symbol: string, tag?: string): number;
  plot(name: string, value: number): void;
}
