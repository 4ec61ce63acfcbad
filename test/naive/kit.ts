/** What the second simulator is made of: its words, its objects, and arithmetic that belongs to nobody. */
import * as asked from '../../src/broker/order.ts';
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../../src/market/instrument.ts';
import type { Plan } from '../../src/record/plan.ts';
import { type EventKey, type EventOf, PHASE, type RunEvent } from '../../src/record/records.ts';
import type { CandleSeries } from '../../src/strategy/context.ts';
import type { Market } from '../support/market.ts';

export type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
export type Unkeyed<Event> = Event extends RunEvent ? Omit<Event, keyof EventKey> : never;
export type Draft = Mutable<Unkeyed<EventOf<'order'>>>;
export type Moment = readonly [leg: number, distance: number]; // of the path through a bar [9]

export interface Instance {
  readonly strategy: number;
  readonly symbol: string; // '' for a portfolio strategy
  readonly series: Mutable<CandleSeries>[];
  readonly notices: [hook: string, body: object][];
  /** All that it ever sent, and what the broker sent for it. */
  readonly orders: Order[];
  readonly guard: Guard;
  ctx: object;
  self: Record<string, (...given: object[]) => void>;
}
/** The position rules of an instance, and what they count [23]. */
export interface Guard {
  rules: asked.PositionRules | null;
  entry: number;
  step: number;
  bars: number;
  exit: Order | null;
}
export interface Order extends Draft {
  readonly me: Instance;
  readonly symbol: string;
  readonly sign: number;
  readonly from: number; // the stretch of its parent's quantity that a child covers [4]
  readonly to: number;
  reason: asked.ExitReason;
  now: asked.OrderType; // a stop of which a part was filled goes on as a market order
  state: 'dormant' | 'live' | 'done';
  step: number; // of submission, or of the last replace
  isSized: boolean; // the strategy has given it a quantity of its own
  mark: number; // of a trailing stop [19]
  opened: number; // what it has opened so far
  fillCount: number;
  raw: number; // commission of its fills without minimum and maximum, and what it was charged [12]
  charged: number;
}
export const FLAT = {
  quantity: 0,
  averagePrice: NaN,
  risk: 0,
  carried: 0,
  entry: 0,
  tag: '',
  step: NaN,
  time: NaN,
};
export type Book = { symbol: string; strategy: number } & typeof FLAT;

export const DAY_MS = 86_400_000;
export const NO_BAR: Bar = { time: NaN, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
export const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
export const byBook = (a: Order, b: Order) => byText(a.symbol, b.symbol) || a.me.strategy - b.me.strategy;
export const byMoment = (a: Moment, b: Moment) => a[0] - b[0] || a[1] - b[1];
export const bySequence = (a: Order, b: Order) => a.sequence - b.sequence;
export const isTrailing = ({ now }: Order) => now === 'trailing-stop';
export const isStop = (order: Order) => order.now === 'stop' || isTrailing(order);
export const better = (sign: number, a: number, b: number) => (sign > 0 ? Math.min(a, b) : Math.max(a, b));
export const sumOf = <T>(items: readonly T[], term: (item: T) => number) =>
  items.reduce((sum, item) => sum + term(item), 0);

export function demand(fact: boolean, message: string): asserts fact {
  if (!fact) throw new asked.OrderError(message);
}

/** To whole units (lots, ticks), by `round` unless it is as good as whole [2]. */
export function toWhole(value: number, unit: number, round: (count: number) => number): number {
  const perOne = Math.round(1 / unit);
  const isInverse = Math.abs(1 / unit - perOne) <= 1e-9 * perOne;
  const count = isInverse ? value * perOne : value / unit;
  const nearest = Math.round(count);
  const whole = Math.abs(count - nearest) <= 2 ** -50 * Math.abs(nearest) ? nearest : round(count);
  return (isInverse ? whole / perOne : whole * unit) + 0;
}

/** Everything that the run is at a moment. */
export class Run {
  readonly market: Market;
  readonly plan: Plan;
  readonly rules: Plan['rules'];
  readonly symbols: readonly string[];
  readonly seen: Readonly<Record<string, Bar[]>>;
  readonly books: Book[];
  readonly instances: Instance[] = [];
  readonly orders: Order[] = [];
  readonly events: RunEvent[] = [];
  readonly marks: { time: number; equity: number }[] = [];
  step = -1;
  time = NaN;
  phase = -1;
  cash: number;
  equity: number;
  /** What is left to the gate at this step, and the margin in use [7]. */
  gate = { equity: NaN, used: NaN };
  /** Units filled of each symbol on its bar of this step [20]. */
  traded: Record<string, number> = {};

  constructor(market: Market, plan: Plan) {
    this.market = market;
    this.plan = plan;
    this.rules = plan.rules;
    this.symbols = Object.keys(market.bars).sort(byText);
    this.seen = Object.fromEntries(this.symbols.map((symbol) => [symbol, [] as Bar[]]));
    this.books = this.symbols.flatMap((symbol) =>
      plan.strategies.map((_, strategy) => ({ symbol, strategy, ...FLAT })),
    );
    this.cash = this.equity = plan.rules.cash;
  }

  get isWarmup() {
    return Math.max(this.step, 0) < this.plan.warmupSteps;
  }
  get isCall() {
    return this.phase === PHASE.tick || this.phase === PHASE.portfolio;
  }
  /** What one unit of value takes of the account [7]. */
  get initial() {
    const { account } = this.rules;
    return (value: number) =>
      account.kind === 'cash'
        ? value
        : account.kind === 'leverage'
          ? value / account.leverage
          : value * account.initial;
  }
  /** How many times its equity the account may hold. */
  get leverage() {
    const { account } = this.rules;
    return account.kind === 'cash' ? 1 : account.kind === 'leverage' ? account.leverage : 1 / account.initial;
  }
  instrument(symbol: string): Instrument {
    return this.plan.instruments[symbol] ?? DEFAULT_INSTRUMENT;
  }
  multiplierOf({ symbol }: { readonly symbol: string }) {
    return this.instrument(symbol).multiplier;
  }
  lots(symbol: string, quantity: number, round = Math.floor) {
    return toWhole(quantity, this.instrument(symbol).lot, round);
  }
  lastBar(symbol: string) {
    return this.seen[symbol]!.at(-1) ?? NO_BAR;
  }
  /** The price of E: the open of this step's bar, else the last close [7]. */
  openOf(symbol: string) {
    const bar = this.lastBar(symbol);
    return bar.time === this.time ? bar.open : bar.close;
  }
  closeOf(symbol: string) {
    return this.lastBar(symbol).close;
  }
  bookOf(symbol: string, strategy: number) {
    return this.books.find((book) => book.symbol === symbol && book.strategy === strategy)!;
  }
  held({ symbol, me }: Order) {
    return this.bookOf(symbol, me.strategy).quantity;
  }
  opposes(order: Order) {
    return this.held(order) * order.sign < 0;
  }
  ordersOf(me: Instance): readonly Order[] {
    return me.orders;
  }
  childrenOf({ me, sequence }: Order) {
    return this.ordersOf(me).filter((order) => order.parent === sequence);
  }
  parentOf({ me, parent }: Order) {
    return this.ordersOf(me).find((order) => parent !== 0 && order.sequence === parent);
  }
  /** Σ of what the books hold at a price, worked by `of`. */
  worth(priceOf: (symbol: string) => number, of: (value: number) => number = Number) {
    const open = this.books.filter(({ quantity }) => quantity !== 0);
    return sumOf(open, (book) => of(book.quantity * this.multiplierOf(book) * priceOf(book.symbol)));
  }
  /** How much of its bar's volume may still be filled [20]. */
  volumeLeft(symbol: string) {
    const { maxVolume } = this.rules;
    if (maxVolume === null) return Infinity;
    const cap = this.lots(symbol, maxVolume * this.lastBar(symbol).volume);
    return Math.max(0, this.lots(symbol, cap - (this.traded[symbol] ?? 0), Math.round));
  }
}
