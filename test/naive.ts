/**
 * The second simulator: the same record as the engine, from the written rules alone.
 *
 * Plain objects, every list walked whole, every order looked at on every bar. Types and declarations are shared with `src`,
 * computations never. Rules in brackets: "Settlement to the letter" in ARCHITECTURE.md.
 */
import * as asked from '../src/broker/order.ts';
import type { Bar } from '../src/market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../src/market/instrument.ts';
import type { Plan } from '../src/record/plan.ts';
import { compareKeys, type EventKey, type EventOf, PHASE, type RunEvent } from '../src/record/records.ts';
import type { CandleSeries } from '../src/strategy/context.ts';
import { resolveParams } from '../src/strategy/params.ts';
import { PORTFOLIO_STRATEGY } from '../src/strategy/portfolio-strategy.ts';
import type { Market } from './support/market.ts';

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
type Unkeyed<Event> = Event extends RunEvent ? Omit<Event, keyof EventKey> : never;
type End = Unkeyed<EventOf<'cancel'> | EventOf<'rejection'> | EventOf<'expiry'>>;
interface Instance {
  strategy: number;
  symbol: string; // '' for a portfolio strategy
  series: Mutable<CandleSeries>[];
  notices: [hook: string, body: object][];
  ctx: object;
  self: Record<string, (...given: object[]) => void>;
}
type Draft = Mutable<Unkeyed<EventOf<'order'>>>;
interface Order extends Draft {
  me: Instance;
  symbol: string;
  sign: number;
  now: asked.OrderType; // a stop of which a part was filled goes on as a market order
  state: 'dormant' | 'live' | 'done';
  step: number; // of submission, or of the last replace
  hasFilled: boolean;
  isSized: boolean; // the strategy has given it a quantity of its own
}
type Moment = readonly [leg: number, distance: number]; // of the path through a bar [9]

const NO_BAR: Bar = { time: NaN, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
const FLAT = { quantity: 0, averagePrice: NaN, risk: 0, carried: 0, entry: 0, tag: '', step: NaN, time: NaN };
const UNITS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };
const HOOKS = { cancel: 'onCancel', rejection: 'onReject', expiry: 'onExpire' };
const REASONS = { market: 'signal', stop: 'stop', limit: 'target' } as const;
const RANKS = { pessimistic: ['market', 'stop', 'limit'], optimistic: ['market', 'limit', 'stop'] };
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byBook = (a: Order, b: Order) => byText(a.symbol, b.symbol) || a.me.strategy - b.me.strategy;
const byMoment = (a: Moment, b: Moment) => a[0] - b[0] || a[1] - b[1];
const sumOf = <T>(items: readonly T[], term: (item: T) => number) =>
  items.reduce((sum, item) => sum + term(item), 0);
const isPositive = (value: unknown) => Number.isFinite(value) && (value as number) > 0;
const noCandle = (timeframe: number) => ({ ...NO_BAR, timeframe, endTime: NaN });
/** An object whose properties are read anew at every look. */
function moving(parts: Record<string, () => unknown>): object {
  const getters = Object.entries(parts).map(([name, get]) => [name, { get, enumerable: true }] as const);
  return Object.defineProperties({}, Object.fromEntries(getters));
}

function demand(fact: boolean, message: string): asserts fact {
  if (!fact) throw new asked.OrderError(message);
}

/** To whole units (lots, ticks), by `round` unless it is as good as whole [2]. */
function toWhole(value: number, unit: number, round: (count: number) => number): number {
  const perOne = Math.round(1 / unit);
  const isInverse = Math.abs(1 / unit - perOne) <= 1e-9 * perOne;
  const count = isInverse ? value * perOne : value / unit;
  const nearest = Math.round(count);
  const whole = Math.abs(count - nearest) <= 2 ** -50 * Math.abs(nearest) ? nearest : round(count);
  return (isInverse ? whole / perOne : whole * unit) + 0;
}

/** Every event of the run, in canonical order. */
export function simulate(market: Market, plan: Plan): RunEvent[] {
  const { rules, grid, warmupSteps, strategies } = plan;
  const { interval } = market;
  const symbols = Object.keys(market.bars).sort(byText);
  const seen = Object.fromEntries(symbols.map((symbol) => [symbol, [] as Bar[]]));
  const books = symbols.flatMap((symbol) => strategies.map((_, strategy) => ({ symbol, strategy, ...FLAT })));
  const orders: Order[] = [];
  const events: RunEvent[] = [];
  const isCash = rules.account.kind === 'cash';
  const leverage = rules.account.kind === 'cash' ? 1 : rules.account.leverage;
  let [step, time, phase, cash, equity] = [-1, NaN, -1, rules.cash, rules.cash];
  let gate = { equity: NaN, used: NaN }; // what is left to it at this step, and the margin in use [7]

  const instrument = (symbol: string) => plan.instruments[symbol] ?? DEFAULT_INSTRUMENT;
  const multiplierOf = ({ symbol }: { symbol: string }) => instrument(symbol).multiplier;
  const lastBar = (symbol: string) => seen[symbol]!.at(-1) ?? NO_BAR;
  const isWarmup = () => Math.max(step, 0) < warmupSteps;
  const isCall = () => phase === PHASE.tick || phase === PHASE.portfolio;
  const bookOf = (symbol: string, index: number) =>
    books.find((book) => book.symbol === symbol && book.strategy === index)!;
  const held = (order: Order) => bookOf(order.symbol, order.me.strategy).quantity;
  const opposes = (order: Order) => held(order) * order.sign < 0;
  const ordersOf = (me: Instance) => orders.filter((order) => order.me === me);
  const childrenOf = ({ me, sequence }: Order) => ordersOf(me).filter((order) => order.parent === sequence);
  const worth = (price: (bar: Bar) => number, size = (quantity: number) => quantity, divisor = 1) =>
    sumOf(books, (book) => {
      const value = size(book.quantity) * multiplierOf(book) * price(lastBar(book.symbol));
      return book.quantity === 0 ? 0 : value / divisor;
    });

  // How an order meets a bar.

  /** Limits to the side that protects, stops to the side that hurts. */
  function toTick(price: number, symbol: string, type: asked.OrderType, side: asked.Side): number {
    const { tick } = instrument(symbol);
    return tick === 0
      ? price
      : toWhole(price, tick, (type === 'limit') === (side === 'buy') ? Math.floor : Math.ceil);
  }
  function fulfils({ now, sign, price }: Order, at: number): boolean {
    const excess = now === 'limit' ? sign * (price - at) : sign * (at - price);
    return (
      now === 'market' || excess > 0 || (excess === 0 && (now === 'stop' || rules.limitTouch === 'touch'))
    );
  }
  /** When the path through the bar reaches an order, from a price on one of its legs; or null [9]. */
  function reach(order: Order, leg = 0, from = lastBar(order.symbol).open): Moment | null {
    const { open, high, low, close } = lastBar(order.symbol);
    const corners = close < open ? [open, high, low, close] : [open, low, high, close];
    if (fulfils(order, from)) return [leg, leg === 0 ? 0 : Math.abs(from - corners[leg - 1]!)];
    for (let next = Math.max(leg, 1); next <= 3; next++)
      if (fulfils(order, corners[next]!)) return [next, Math.abs(order.price - corners[next - 1]!)];
    return null;
  }
  const isPassedByOpen = (order: Order) => reach(order)![0] === 0;
  const rawOf = (order: Order) => (isPassedByOpen(order) ? lastBar(order.symbol).open : order.price);
  const better = (sign: number, a: number, b: number) => (sign > 0 ? Math.min(a, b) : Math.max(a, b));
  /** Against the trader, but a limit never beyond its limit. */
  function slipped({ sign, now, price }: Order, raw: number): number {
    const paid = raw * (1 + (sign * rules.slippageBps) / 10_000);
    return now === 'limit' ? better(sign, price, paid) : paid;
  }
  function commissionOf(order: Order, quantity: number, price: number): number {
    const { rate, perShare, perOrder } = rules.commission;
    return (
      quantity * multiplierOf(order) * price * rate + quantity * perShare + (order.hasFilled ? 0 : perOrder)
    );
  }
  /** Where a bracket's child goes if its parent fills at `fill` [3]. */
  function levelOf(child: Order, fill: number): number {
    const { me, sequence, level, distance, sign, type, side, symbol } = child;
    if (level === 'price') return child.price;
    const stop = () => levelOf(ordersOf(me).find((order) => order.sequence === sequence - 1)!, fill);
    let away = level === 'percent' ? (fill * distance) / 100 : distance;
    if (level === 'multiple') away = distance * Math.abs(fill - stop());
    return toTick(fill + (type === 'stop' ? sign : -sign) * away, symbol, type, side);
  }
  function stopDistance(order: Order, fill: number): number {
    const stop = childrenOf(order).find((child) => child.type === 'stop' && child.state !== 'done');
    return stop ? Math.abs(fill - levelOf(stop, fill)) : 0;
  }

  // What is written down, and told.

  function emit(symbol: string, strategy: number, fields: Unkeyed<RunEvent>) {
    const key = { step, phase, symbol, strategy };
    const last = events.findLast(
      (event) => event.step < step || compareKeys({ ...event, event: 0 }, { ...key, event: 0 }) === 0,
    );
    events.push({ ...fields, ...key, event: last?.step === step ? last.event + 1 : 0 } as RunEvent);
  }
  /** Of what settlement and the end of data did: a strategy knows what it did itself. */
  function notify({ me, sequence: id, symbol, side, type, tag }: Order, hook: string, more: object) {
    if (!isCall()) me.notices.push([hook, { id, symbol, side, type, tag, ...more }]);
  }
  function tell(me: Instance) {
    for (const [hook, body] of me.notices.splice(0)) me.self[hook]!(body, me.ctx);
  }
  const cancelSleepers = (order: Order) =>
    childrenOf(order).forEach((child) => child.state === 'dormant' && cancel(child, 'parent'));
  function finish(order: Order, fields: End) {
    order.state = 'done';
    emit(order.symbol, order.me.strategy, fields);
    const reason = fields.kind === 'rejection' ? fields.code : fields.reason;
    notify(order, HOOKS[fields.kind], { quantity: order.quantity, reason });
    cancelSleepers(order);
  }
  const cancel = (order: Order, reason: asked.CancelReason) =>
    finish(order, { kind: 'cancel', sequence: order.sequence, reason, quantity: order.quantity });
  const reject = (order: Order, code: asked.RejectionCode, price: number) =>
    finish(order, { kind: 'rejection', sequence: order.sequence, code, quantity: order.quantity, price });

  // What settlement does.

  /** Everything that one fill does, in the order of [11]. */
  function fill(order: Order, quantity: number, price: number) {
    const { me, symbol, sign, side, sequence } = order;
    const { multiplier, lot } = instrument(symbol);
    const book = bookOf(symbol, me.strategy);
    const [before, old, distance] = [{ ...book }, Math.abs(book.quantity), stopDistance(order, price)];
    const effect = opposes(order) ? 'close' : 'open';
    const commission = commissionOf(order, quantity, price);
    cash -= sign * quantity * multiplier * price;
    cash -= commission;
    const position = toWhole(before.quantity + sign * quantity, lot, Math.round);
    book.quantity = position;
    order.hasFilled = true;
    order.quantity = toWhole(order.quantity - quantity, lot, Math.round);
    if (order.quantity === 0 || order.reduceOnly) order.state = 'done';
    else if (order.now === 'stop') [order.now, order.price] = ['market', NaN];
    emit(symbol, me.strategy, {
      kind: 'fill',
      sequence,
      side,
      effect,
      quantity,
      price,
      commission,
      position,
      cash,
    });
    notify(order, 'onFill', { quantity, price, commission, effect });
    if (effect === 'close') {
      const share = position === 0 ? book.carried : (book.carried * quantity) / old;
      book.carried -= share;
      const closed = -sign * quantity;
      const { entry, step: entryStep, time: entryTime, averagePrice: entryPrice, tag: entryTag } = before;
      const opened = { entry, entryStep, entryTime, entryPrice, entryTag };
      const pnl = closed * multiplier * (price - entryPrice);
      const left = { exit: sequence, exitPrice: price, reason: REASONS[order.type], exitTag: order.tag };
      emit(symbol, me.strategy, {
        kind: 'trade',
        ...opened,
        ...left,
        quantity: closed,
        pnl,
        commission: share + commission,
      });
      if (position === 0) Object.assign(book, FLAT);
    } else {
      const mean = (was: number, is: number) => (old * was + quantity * is) / Math.abs(position);
      if (old === 0) Object.assign(book, { entry: sequence, tag: order.tag, step, time });
      book.averagePrice = old === 0 ? price : mean(before.averagePrice, price);
      book.risk = mean(before.risk, distance);
      book.carried += commission;
      for (const child of childrenOf(order)) {
        if (child.state !== 'dormant') continue;
        [child.state, child.price] = ['live', levelOf(child, price)];
        if (!child.isSized) child.quantity = quantity;
      }
    }
    for (const other of ordersOf(me).filter(({ group }) => group !== 0 && group === order.group))
      if (other !== order && other.state !== 'done') cancel(other, 'oco');
    for (const other of position === 0 ? ordersOf(me) : [])
      if (other.symbol === symbol && other.parent !== 0 && other.state === 'live')
        cancel(other, 'position closed');
    if (order.state === 'done') cancelSleepers(order);
  }
  const close = (order: Order, raw: number) =>
    fill(order, Math.min(order.quantity, Math.abs(held(order))), slipped(order, raw));

  /** Through the gate [7]; whether it was let in. */
  function enter(order: Order, price: number): boolean {
    const { quantity, maxOpenRiskPercent } = order;
    const commission = commissionOf(order, quantity, price);
    const margin = (quantity * multiplierOf(order) * price) / leverage;
    const risk = sumOf(books, (book) => Math.abs(book.quantity) * multiplierOf(book) * book.risk);
    const riskMax = (maxOpenRiskPercent / 100) * gate.equity;
    const refuse = (code: asked.RejectionCode) => (reject(order, code, price), false);
    if (isCash && order.sign < 0) return refuse('NO_SHORT');
    if (isCash && !(margin + commission <= cash)) return refuse('INSUFFICIENT_CASH');
    if (!isCash && !(gate.used + margin + commission <= gate.equity)) return refuse('INSUFFICIENT_MARGIN');
    if (risk + quantity * multiplierOf(order) * stopDistance(order, price) > riskMax)
      return refuse('OPEN_RISK');
    gate = { equity: gate.equity - commission, used: gate.used + margin };
    fill(order, quantity, price);
    return true;
  }
  /** Whether an entry is the one that its OCO group takes [6]. */
  function isTaken(order: Order, candidates: readonly Order[]): boolean {
    const merit = (entry: Order): Moment => {
      const gain = lastBar(entry.symbol).close - slipped(entry, rawOf(entry));
      const mark = entry.sign * entry.quantity * multiplierOf(entry) * gain;
      return rules.intrabar === 'path' ? reach(entry)! : [rules.intrabar === 'pessimistic' ? mark : -mark, 0];
    };
    const isRival = (other: Order) =>
      other.me === order.me && other.group === order.group && other.state === 'live';
    const rivals = candidates.filter(
      (other) => isRival(other) && !other.reduceOnly && other.quantity > 0 && !opposes(other),
    );
    rivals.sort((a, b) => byMoment(merit(a), merit(b)) || a.sequence - b.sequence);
    return order.group === 0 || rivals[0] === order;
  }
  /** The children of a parent that was filled at a raw price on a leg of this bar [10]. */
  function exitOnEntryBar(parent: Order, leg: number, raw: number) {
    const { intrabar } = rules;
    const live = childrenOf(parent).filter(({ state, quantity }) => state === 'live' && quantity > 0);
    const [stop, target] = (['stop', 'limit'] as const).map((type) =>
      live.find((child) => child.type === type),
    );
    if (stop && fulfils(stop, raw)) return close(stop, raw);
    const at = (child?: Order) => (child ? reach(child, intrabar === 'path' ? leg : 0, raw) : null);
    const stopAt = at(stop);
    const targetAt = leg > 0 && intrabar === 'pessimistic' ? null : at(target);
    const isBoth = stopAt !== null && targetAt !== null;
    const isStopFirst =
      intrabar === 'path' && isBoth ? byMoment(stopAt, targetAt) <= 0 : intrabar !== 'optimistic';
    if (stopAt && (!targetAt || isStopFirst)) close(stop!, stop!.price);
    else if (targetAt) close(target!, better(target!.sign, target!.price, raw));
  }
  function settle() {
    const isReached = (order: Order) =>
      order.state === 'live' && lastBar(order.symbol).time === time && reach(order) !== null;
    const candidates = orders.filter(isReached);
    phase = PHASE.closeAtOpen;
    candidates.sort((a, b) => byBook(a, b) || a.step - b.step || a.sequence - b.sequence);
    for (const order of candidates)
      if (order.state === 'live' && order.quantity > 0 && isPassedByOpen(order) && opposes(order))
        close(order, rawOf(order));

    phase = PHASE.enter;
    const opens = (bar: Bar) => (bar.time === time ? bar.open : bar.close);
    gate = { equity: cash + worth(opens), used: worth(opens, Math.abs, leverage) };
    const putOff: { order: Order; rank: Moment }[] = [];
    const entered: { order: Order; leg: number; raw: number }[] = [];
    candidates.sort((a, b) => a.step - b.step || byBook(a, b) || a.sequence - b.sequence);
    for (const order of candidates) {
      if (order.state !== 'live') continue;
      const [moment, raw] = [reach(order)!, rawOf(order)];
      const rank: Moment = rules.intrabar === 'path' ? moment : [RANKS[rules.intrabar].indexOf(order.now), 0];
      if (order.quantity === 0) reject(order, 'LOT', NaN);
      else if (order.reduceOnly || opposes(order)) putOff.push({ order, rank });
      else if (isTaken(order, candidates) && enter(order, slipped(order, raw)))
        entered.push({ order, leg: moment[0], raw });
    }

    phase = PHASE.close;
    putOff.sort(
      (a, b) => byBook(a.order, b.order) || byMoment(a.rank, b.rank) || a.order.sequence - b.order.sequence,
    );
    for (const { order } of putOff) {
      if (order.state !== 'live') continue;
      if (opposes(order)) close(order, rawOf(order));
      else if (order.reduceOnly) cancel(order, 'reduce only');
    }
    entered.sort((a, b) => byBook(a.order, b.order) || a.order.sequence - b.order.sequence);
    for (const { order, leg, raw } of entered) exitOnEntryBar(order, leg, raw);
  }

  // What strategies ask.

  /** An order and its children; throws at what could never be right [1, 2, 3]. */
  function read(symbol: string, group: number, request: asked.OrderRequest): Draft[] {
    const { side, quantity, limit, stop, reduceOnly, bracket, maxOpenRiskPercent = NaN, tag = '' } = request;
    const level = limit ?? stop ?? NaN;
    const type = limit !== undefined ? 'limit' : stop !== undefined ? 'stop' : 'market';
    demand(side === 'buy' || side === 'sell', `side ${side}`);
    demand(isPositive(quantity), `quantity ${quantity}`);
    demand(limit === undefined || stop === undefined, 'limit and stop together');
    demand(type === 'market' || Number.isFinite(level), `price ${level}`);
    demand(!reduceOnly || bracket === undefined, 'a bracket cannot be reduce-only');
    const lot = toWhole(quantity, instrument(symbol).lot, Math.floor);
    const price = type === 'market' ? NaN : toTick(level, symbol, type, side);
    const nothing = { sequence: 0, parent: 0, level: '', distance: NaN } as const;
    const limits = { reduceOnly: reduceOnly ? 1 : 0, maxOpenRiskPercent, tag };
    const parent: Draft = { kind: 'order', ...nothing, ...limits, group, side, type, quantity: lot, price };
    const family = [parent];
    const addChild = (type: 'stop' | 'limit', given: asked.TargetLevel) => {
      const [[level, value]] = Object.entries(given) as [[Draft['level'], number]];
      const other = side === 'buy' ? 'sell' : 'buy';
      const isPrice = level === 'price';
      const at = isPrice ? toTick(value, symbol, type, other) : NaN;
      const entry = parent.type === 'market' ? lastBar(symbol).close : price;
      const isBeyond = (type === 'stop') === (side === 'buy') ? at < entry : at > entry;
      demand(isPrice ? isBeyond : isPositive(value), `${type} ${level} ${value} of an entry at ${entry}`);
      demand(level !== 'multiple' || family.length === 2, 'a multiple needs a stop');
      const own = { side: other, type, price: at, level, distance: isPrice ? NaN : value } as const;
      family.push({ ...parent, ...own, reduceOnly: 1, maxOpenRiskPercent: NaN });
    };
    if (bracket?.stop) addChild('stop', bracket.stop);
    if (bracket?.target) addChild('limit', bracket.target);
    return family;
  }
  function place(me: Instance, symbol: string, requests: readonly asked.OrderRequest[], group = 0) {
    demand(symbols.includes(symbol), `the run has no symbol "${symbol}"`);
    demand(isCall(), 'orders are for steps');
    const families = requests.map((request) => read(symbol, group, request));
    if (isWarmup()) return requests.map(() => 0);
    for (const family of families) {
      const sequence = ordersOf(me).length + 1;
      for (const [index, draft] of family.entries()) {
        draft.sequence = sequence + index;
        if (index > 0) [draft.parent, draft.group] = [sequence, sequence + 1];
        const sign = draft.side === 'buy' ? 1 : -1;
        const state = index > 0 ? 'dormant' : 'live';
        orders.push({
          ...draft,
          me,
          symbol,
          sign,
          now: draft.type,
          state,
          step,
          hasFilled: false,
          isSized: false,
        });
        emit(symbol, me.strategy, draft);
      }
    }
    return families.map(([parent]) => parent!.sequence);
  }
  function find(me: Instance, id: number): Order | null {
    const order = ordersOf(me).find(({ sequence }) => sequence === id);
    demand(id === 0 || order !== undefined, `order ${id} was never issued`);
    return order === undefined || order.state === 'done' ? null : order;
  }
  function cancelById(me: Instance, id: number): boolean {
    const order = find(me, id);
    const isAsleep = order?.state === 'dormant' && order.type === 'stop';
    if (order) cancel(order, 'request');
    const target = ordersOf(me).find(({ sequence, level }) => sequence === id + 1 && level === 'multiple');
    if (isAsleep && target?.state === 'dormant') cancel(target, 'request');
    return order !== null;
  }
  function replace(me: Instance, id: number, { quantity, price }: asked.OrderChange): boolean {
    const order = find(me, id);
    if (!order) return false;
    demand(quantity === undefined || isPositive(quantity), `quantity ${quantity}`);
    demand(price === undefined || (Number.isFinite(price) && order.now !== 'market'), `price ${price}`);
    const { symbol, type, side } = order;
    if (quantity !== undefined)
      [order.quantity, order.isSized] = [toWhole(quantity, instrument(symbol).lot, Math.floor), true];
    if (price !== undefined) order.price = toTick(price, symbol, type, side);
    if (price !== undefined && order.parent !== 0) order.level = 'price';
    order.step = step;
    emit(symbol, me.strategy, {
      kind: 'replace',
      sequence: id,
      quantity: order.quantity,
      price: order.price,
    });
    return true;
  }

  // What strategies see.

  function contextOf(me: Instance): object {
    const { symbol: own, strategy, series } = me;
    const positionOf = (symbol: string) => {
      const quantity = () => bookOf(symbol, strategy).quantity;
      const averagePrice = () => bookOf(symbol, strategy).averagePrice;
      const [isFlat, isLong, isShort] = [() => quantity() === 0, () => quantity() > 0, () => quantity() < 0];
      return moving({ quantity, isFlat, isLong, isShort, averagePrice });
    };
    const view = (symbol: string) => {
      demand(symbols.includes(symbol), `the run has no symbol "${symbol}"`);
      const [bar, position] = [() => lastBar(symbol), positionOf(symbol)];
      const isPresent = () => bar().time === time;
      const netQuantity = () => sumOf(books, (book) => (book.symbol === symbol ? book.quantity : 0));
      const fixed = { name: symbol, instrument: instrument(symbol), position };
      return Object.assign(moving({ isPresent, bar, netQuantity }), fixed);
    };
    const ago = (field: keyof Bar) => (count: number) => seen[own]!.at(-1 - count)?.[field] ?? NaN;
    const fields = (Object.keys(NO_BAR) as (keyof Bar)[]).map((field) => [field, ago(field)] as const);
    const bars = Object.assign(moving({ count: () => seen[own]!.length }), Object.fromEntries(fields));
    const candles = (text: string) => {
      const [, count, unit] = /^(\d+)([smhd])$/.exec(text)!;
      const timeframe = Number(count) * UNITS[unit!]!;
      const empty = { timeframe, count: 0, closed: noCandle(timeframe), forming: noCandle(timeframe) };
      if (!series.some((one) => one.timeframe === timeframe)) series.push(empty);
      return series.find((one) => one.timeframe === timeframe)!;
    };
    const buyingPower = () => Math.max(0, leverage * equity - worth((bar) => bar.close, Math.abs));
    const account = moving({ cash: () => cash, equity: () => equity, buyingPower });
    /** For a portfolio strategy as it is, else with the own symbol as first argument. */
    const withSymbol = <Given extends unknown[], T>(call: (symbol: string, ...given: Given) => T) =>
      own === '' ? call : (...given: Given) => call(own, ...given);
    const order = (side: asked.Side) => (symbol: string, quantity: number, options?: asked.OrderOptions) =>
      place(me, symbol, [{ ...options, side, quantity }])[0]!;
    const closeOut = (symbol: string, tag = '') => {
      demand(symbols.includes(symbol), `the run has no symbol "${symbol}"`);
      const { quantity } = bookOf(symbol, strategy);
      const options = { reduceOnly: true, tag };
      return quantity === 0 ? 0 : order(quantity > 0 ? 'sell' : 'buy')(symbol, Math.abs(quantity), options);
    };
    const oco = (symbol: string, ...requests: asked.OrderRequest[]) =>
      place(me, symbol, requests, ordersOf(me).length + 1);
    const now = { step: () => step, time: () => time, isWarmup, bar: () => lastBar(own) };
    const shared = { symbol: own, symbols, interval, account, view, log: () => {}, plot: () => {} };
    const calls = {
      buy: withSymbol(order('buy')),
      sell: withSymbol(order('sell')),
      close: withSymbol(closeOut),
    };
    const changes = {
      oco: withSymbol(oco),
      cancel: (id: number) => cancelById(me, id),
      replace: (id: number, change: asked.OrderChange) => replace(me, id, change),
    };
    if (own === '')
      return Object.assign(moving(now), shared, calls, changes, { universe: symbols.map(view) });
    const mine = { bars, candles, position: positionOf(own), instrument: instrument(own) };
    return Object.assign(moving(now), shared, calls, changes, mine);
  }
  /** Older candles end, the bar joins its candle, candles that end with it end. */
  function feedCandles({ series, self, ctx }: Instance, bar: Bar) {
    const end = (at: number) => {
      const ended = series.filter(({ forming }) => forming.endTime <= at);
      ended.sort((a, b) => a.forming.endTime - b.forming.endTime || a.timeframe - b.timeframe);
      for (const one of ended) {
        [one.closed, one.forming, one.count] = [one.forming, noCandle(one.timeframe), one.count + 1];
        self['onCandle']!(one.closed, ctx);
      }
    };
    end(bar.time);
    for (const one of series) {
      const { timeframe, forming } = one;
      const start = Math.floor(bar.time / timeframe) * timeframe;
      const [high, low] = [Math.max(forming.high, bar.high), Math.min(forming.low, bar.low)];
      one.forming = Number.isNaN(forming.time)
        ? { ...bar, time: start, timeframe, endTime: start + timeframe }
        : { ...forming, high, low, close: bar.close, volume: forming.volume + bar.volume };
    }
    end(bar.time + interval);
  }

  // The run.

  function create(symbol: string, strategy: number): Instance {
    const { source, params, symbolParams } = strategies[strategy]!;
    if (!('strategyClass' in source)) throw new Error('the naive simulator takes strategy classes only');
    const me = { strategy, symbol, series: [], notices: [] } as unknown as Instance;
    me.ctx = contextOf(me);
    const given = resolveParams(source.strategyClass.params, { ...params, ...symbolParams[symbol] });
    me.self = new source.strategyClass({ params: given, symbol, ctx: me.ctx }) as unknown as Instance['self'];
    return me;
  }
  const isPortfolio = ({ source }: Plan['strategies'][0]) =>
    'strategyClass' in source && PORTFOLIO_STRATEGY in source.strategyClass;
  const places = [...symbols, ''].flatMap((symbol) => strategies.map((_, index) => ({ symbol, index })));
  const instances = places
    .filter(({ symbol, index }) => isPortfolio(strategies[index]!) === (symbol === ''))
    .map(({ symbol, index }) => create(symbol, index));
  const times = grid
    ? Array.from({ length: grid.count }, (_, index) => grid.start + index * grid.stepMs)
    : [...new Set(Object.values(market.bars).flatMap((bars) => bars.map((bar) => bar.time)))].sort(
        (a, b) => a - b,
      );

  for (const { self, ctx } of instances) self['onStart']!(ctx);
  for (const [index, at] of times.entries()) {
    [step, time] = [index, at];
    for (const symbol of symbols)
      seen[symbol]!.push(...market.bars[symbol]!.filter((bar) => bar.time === time));
    settle();
    phase = PHASE.mark;
    equity = cash + worth((bar) => bar.close);
    if (!isWarmup()) emit('', -1, { kind: 'equity', time, cash, equity });
    for (const me of instances) {
      phase = me.symbol === '' ? PHASE.portfolio : PHASE.tick;
      const bar = me.symbol === '' ? NO_BAR : lastBar(me.symbol);
      if (me.symbol !== '' && bar.time !== time) continue;
      tell(me);
      if (me.symbol === '') me.self['onStep']!(me.ctx);
      else {
        feedCandles(me, bar);
        me.self['onTick']!(bar, me.ctx);
      }
    }
  }
  phase = PHASE.end;
  for (const order of orders.sort((a, b) => byBook(a, b) || a.sequence - b.sequence)) {
    const { sequence, quantity } = order;
    if (order.state === 'live')
      finish(order, { kind: 'expiry', sequence, reason: 'end of data', quantity, limit: NaN });
  }
  for (const me of instances) tell(me);
  for (const { self, ctx } of instances) self['onEnd']!(ctx);
  return events.sort(compareKeys);
}
