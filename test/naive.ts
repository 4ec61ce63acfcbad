/**
 * The second simulator: the same record as the engine, from the written rules alone.
 *
 * Plain objects, every list walked whole, every order looked at on every bar. Numbers in brackets are the rules of
 * "Settlement to the letter" in ARCHITECTURE.md. It shares types and declarations with `src`, never a computation.
 */
import * as asked from '../src/broker/order.ts';
import type { Bar } from '../src/market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../src/market/instrument.ts';
import type { Plan } from '../src/record/plan.ts';
import { compareKeys, type EventKey, type EventOf, PHASE, type RunEvent } from '../src/record/records.ts';
import type { Candle, CandleSeries } from '../src/strategy/context.ts';
import { resolveParams } from '../src/strategy/params.ts';
import { PORTFOLIO_STRATEGY, type PortfolioStrategy } from '../src/strategy/portfolio-strategy.ts';
import type { Strategy } from '../src/strategy/strategy.ts';
import type { Market } from './support/market.ts';

type Unkeyed<Event> = Event extends RunEvent ? Omit<Event, keyof EventKey> : never;
type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
/** A moment of the path through a bar: leg, and distance from the start of the leg [9]. */
type Moment = readonly [leg: number, distance: number];
type Draft = Mutable<Unkeyed<EventOf<'order'>>>;
interface Order extends Draft {
  readonly me: Instance;
  readonly symbol: string;
  readonly sign: number;
  /** What it goes on as: a stop of which a part was filled is a market order. */
  now: asked.OrderType;
  state: 'dormant' | 'live' | 'done';
  step: number;
  hasFilled: boolean;
}
interface Instance {
  readonly strategy: number;
  readonly symbol: string;
  readonly orders: Order[];
  readonly series: Mutable<CandleSeries>[];
  notices: { hook: 'onFill' | 'onReject' | 'onCancel' | 'onExpire'; body: object }[];
  self: Strategy & PortfolioStrategy;
}

const NO_BAR: Bar = { time: NaN, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
const FLAT = { quantity: 0, average: NaN, risk: 0, carried: 0, entry: 0, tag: '', step: NaN, time: NaN };
const UNITS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };
const HOOKS = { cancel: 'onCancel', rejection: 'onReject', expiry: 'onExpire' } as const;
const isPositive = (value: unknown) => Number.isFinite(value) && (value as number) > 0;
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byBook = (a: Order, b: Order) => byText(a.symbol, b.symbol) || a.me.strategy - b.me.strategy;
const byMoment = (a: Moment, b: Moment) => a[0] - b[0] || a[1] - b[1];
const childrenOf = (order: Order) => order.me.orders.filter((child) => child.parent === order.sequence);
const noCandle = (timeframe: number): Candle => ({ ...NO_BAR, timeframe, endTime: NaN });

function demand(fact: boolean, message: string): asserts fact {
  if (!fact) throw new asked.OrderError(message);
}

/** To whole units (lots, ticks), by `round` unless it is as good as whole [2]. */
function toWhole(value: number, unit: number, round: (count: number) => number): number {
  const perOne = Math.round(1 / unit);
  const isInverse = Math.abs(1 / unit - perOne) <= 1e-9 * perOne;
  const count = isInverse ? value * perOne : value / unit;
  const nearest = Math.round(count);
  const whole = Math.abs(count - nearest) <= 2 ** -50 * Math.abs(count) ? nearest : round(count);
  return (isInverse ? whole / perOne : whole * unit) + 0;
}

function readLevel(given: asked.TargetLevel, names: string) {
  const [first, ...more] = Object.entries(given).filter(([, value]) => value !== undefined);
  const [name, value] = first ?? ['', NaN];
  demand(more.length === 0 && names.split(' ').includes(name), `a level is one of: ${names}`);
  demand(name === 'price' ? Number.isFinite(value) : isPositive(value), `${name} ${value}`);
  return { level: name as Draft['level'], distance: value };
}

/** Every event of the run, in canonical order. */
export function simulate(market: Market, plan: Plan): RunEvent[] {
  const { rules, warmupSteps, strategies } = plan;
  const symbols = Object.keys(market.bars).sort(byText);
  const leverage = rules.account.kind === 'cash' ? 1 : rules.account.leverage;
  const books = symbols.flatMap((symbol) => strategies.map((_, strategy) => ({ symbol, strategy, ...FLAT })));
  const seen = Object.fromEntries(symbols.map((symbol) => [symbol, [] as Bar[]]));
  const instances: Instance[] = [];
  const events: RunEvent[] = [];
  const eventCounts = new Map<string, number>();
  let [step, time, phase, cash, equity] = [-1, NaN, -1, rules.cash, rules.cash];
  /** What the gate of this step still has, and uses [7]. */
  let gate = { equity: NaN, used: NaN };

  const instrument = (symbol: string) => plan.instruments[symbol] ?? DEFAULT_INSTRUMENT;
  const lastBar = (symbol: string) => seen[symbol]?.at(-1) ?? NO_BAR;
  const isPresent = (symbol: string) => lastBar(symbol).time === time;
  const bookOf = (symbol: string, index: number) =>
    books.find((book) => book.symbol === symbol && book.strategy === index)!;
  const held = (order: Order) => bookOf(order.symbol, order.me.strategy).quantity;
  const opposes = (order: Order) => held(order) * order.sign < 0;
  const sumOf = <T>(items: readonly T[], term: (item: T) => number) =>
    items.reduce((total, item) => total + term(item), 0);
  const worth = (price: (bar: Bar) => number, size = (quantity: number) => quantity, divisor = 1) =>
    sumOf(books, ({ symbol, quantity }) =>
      quantity === 0
        ? 0
        : (size(quantity) * instrument(symbol).multiplier * price(lastBar(symbol))) / divisor,
    );

  function emit(symbol: string, strategy: number, fields: Unkeyed<RunEvent>) {
    const key = [step, phase, symbol, strategy].join();
    const event = eventCounts.get(key) ?? 0;
    eventCounts.set(key, event + 1);
    events.push({ ...fields, step, phase, symbol, strategy, event } as RunEvent);
  }

  /** Only what settlement and the end of data did is told: a strategy knows what it did itself. */
  function notify(order: Order, hook: Instance['notices'][0]['hook'], more: object) {
    const { sequence: id, symbol, side, type, tag } = order;
    if (phase === PHASE.tick || phase === PHASE.portfolio) return;
    order.me.notices.push({ hook, body: { id, symbol, side, type, tag, ...more } });
  }

  function finish(order: Order, fields: Unkeyed<EventOf<'cancel'> | EventOf<'rejection'> | EventOf<'expiry'>>) {
    order.state = 'done';
    emit(order.symbol, order.me.strategy, fields);
    const reason = fields.kind === 'rejection' ? fields.code : fields.reason;
    notify(order, HOOKS[fields.kind], { quantity: order.quantity, reason });
    for (const child of childrenOf(order)) if (child.state === 'dormant') cancel(child, 'parent');
  }
  const cancel = (order: Order, reason: asked.CancelReason) =>
    finish(order, { kind: 'cancel', sequence: order.sequence, reason, quantity: order.quantity });
  const reject = (order: Order, code: asked.RejectionCode, price: number) =>
    finish(order, { kind: 'rejection', sequence: order.sequence, code, quantity: order.quantity, price });

  function toTick({ sign, type, symbol }: Pick<Order, 'sign' | 'type' | 'symbol'>, price: number) {
    const { tick } = instrument(symbol);
    return tick === 0 ? price : toWhole(price, tick, (type === 'limit') === sign > 0 ? Math.floor : Math.ceil);
  }

  /** Whether a price fulfils an order: always, at most, or at least its level. */
  function fulfils({ now, sign, price }: Order, at: number) {
    const excess = now === 'limit' ? sign * (price - at) : sign * (at - price);
    return now === 'market' || excess > 0 || (excess === 0 && (now === 'stop' || rules.limitTouch === 'touch'));
  }

  /** When the path reaches an order, from a price on one of its legs; null if it does not [9]. */
  function reach(order: Order, leg = 0, price = lastBar(order.symbol).open): Moment | null {
    const { open, high, low, close } = lastBar(order.symbol);
    const corners = close < open ? [open, high, low, close] : [open, low, high, close];
    if (fulfils(order, price)) return [leg, leg === 0 ? 0 : Math.abs(price - corners[leg - 1]!)];
    for (let next = Math.max(leg, 1); next <= 3; next++)
      if (fulfils(order, corners[next]!)) return [next, Math.abs(order.price - corners[next - 1]!)];
    return null;
  }
  const rawPrice = (order: Order) => (reach(order)![0] === 0 ? lastBar(order.symbol).open : order.price);

  function slipped({ sign, now, price }: Order, raw: number) {
    const paid = raw * (1 + (sign * rules.slippageBps) / 10_000);
    return now !== 'limit' ? paid : sign > 0 ? Math.min(price, paid) : Math.max(price, paid);
  }

  function commissionOf(order: Order, quantity: number, price: number) {
    const { rate, perShare, perOrder } = rules.commission;
    const { multiplier } = instrument(order.symbol);
    return quantity * multiplier * price * rate + quantity * perShare + (order.hasFilled ? 0 : perOrder);
  }

  /** Where a bracket's child goes if its parent opens at `fill` [3]. */
  function levelOf(child: Order, fill: number): number {
    if (child.level === 'price') return child.price;
    const siblings = child.me.orders.filter((other) => other.parent === child.parent);
    const stop = siblings.find((other) => other.type === 'stop')!;
    const unit = { '': NaN, offset: 1, percent: NaN, multiple: NaN }[child.level];
    const multiple = () => child.distance * Math.abs(fill - levelOf(stop, fill));
    const distance = child.level === 'percent' ? (fill * child.distance) / 100 : child.distance * unit;
    const away = child.level === 'multiple' ? multiple() : distance;
    return toTick(child, fill + (child.type === 'stop' ? child.sign : -child.sign) * away);
  }
}
