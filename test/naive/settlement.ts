/**
 * Settlement of the second simulator: orders, books and cash, in three passes over the orders that a step reaches.
 *
 * Plain objects, every list walked whole. Rules in brackets: "Settlement to the letter" in ARCHITECTURE.md.
 */
import type { CancelReason, RejectionCode } from '../../src/broker/order.ts';
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import type { Plan } from '../../src/record/plan.ts';
import { type EventOf, PHASE, type RunEvent } from '../../src/record/records.ts';
import { type Instance, NO_BAR } from './context.ts';
import { fulfils, type Moment, type Order, reach, slipped, toTick, toWhole, type Unkeyed } from './orders.ts';

const FLAT = { quantity: 0, averagePrice: NaN, risk: 0, carried: 0, entry: 0, tag: '', step: NaN, time: NaN };
const HOOKS = { cancel: 'onCancel', rejection: 'onReject', expiry: 'onExpire' } as const;
const REASONS = { market: 'signal', stop: 'stop', limit: 'target' } as const;
const RANKS = {
  pessimistic: { market: 0, stop: 1, limit: 2 },
  optimistic: { market: 0, limit: 1, stop: 2 },
} as const;
export const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const byBook = (a: Order, b: Order) => byText(a.symbol, b.symbol) || a.me.strategy - b.me.strategy;
const byMoment = (a: Moment, b: Moment) => a[0] - b[0] || a[1] - b[1];
const sumOf = <T>(items: readonly T[], term: (item: T) => number) =>
  items.reduce((total, item) => total + term(item), 0);
const isEntry = ({ state, reduceOnly, quantity }: Order) => state === 'live' && !reduceOnly && quantity > 0;

/** What the run is at: written by the loop (step, time, phase, bars) and by settlement (money). */
export interface State {
  step: number;
  time: number;
  phase: number;
  cash: number;
  equity: number;
  readonly seen: Record<string, Bar[]>;
  readonly orders: Order[];
  readonly events: RunEvent[];
}

export function createSettlement(state: State, plan: Plan) {
  const { rules } = plan;
  const { orders, events } = state;
  const leverage = rules.account.kind === 'cash' ? 1 : rules.account.leverage;
  const isCash = rules.account.kind === 'cash';
  const books = Object.keys(state.seen)
    .sort(byText)
    .flatMap((symbol) => plan.strategies.map((_, strategy) => ({ symbol, strategy, ...FLAT })));
  const eventCounts = new Map<string, number>();
  /** What is left to the gate at this step, and what margin it has used [7]. */
  let gate = { equity: NaN, used: NaN };

  // What is known.

  const instrument = (symbol: string) => plan.instruments[symbol] ?? DEFAULT_INSTRUMENT;
  const lastBar = (symbol: string) => state.seen[symbol]!.at(-1) ?? NO_BAR;
  const bookOf = (symbol: string, index: number) =>
    books.find((book) => book.symbol === symbol && book.strategy === index)!;
  const held = (order: Order) => bookOf(order.symbol, order.me.strategy).quantity;
  const opposes = (order: Order) => held(order) * order.sign < 0;
  const ordersOf = (me: Instance) => orders.filter((order) => order.me === me);
  const childrenOf = ({ me, sequence }: Order) => ordersOf(me).filter((order) => order.parent === sequence);
  const worth = (price: (bar: Bar) => number, size = (quantity: number) => quantity, divisor = 1) =>
    sumOf(books, ({ symbol, quantity }) => {
      const value = size(quantity) * instrument(symbol).multiplier * price(lastBar(symbol));
      return quantity === 0 ? 0 : value / divisor;
    });
  const reachOf = (order: Order) => reach(order, lastBar(order.symbol), rules);
  const isPassedByOpen = (order: Order) => reachOf(order)![0] === 0;
  const rawOf = (order: Order) => (isPassedByOpen(order) ? lastBar(order.symbol).open : order.price);

  function commissionOf(order: Order, quantity: number, price: number) {
    const { rate, perShare, perOrder } = rules.commission;
    const byValue = quantity * instrument(order.symbol).multiplier * price * rate;
    return byValue + quantity * perShare + (order.hasFilled ? 0 : perOrder);
  }

  /** Where a bracket's child goes if its parent fills at `fill` [3]. */
  function levelOf(child: Order, fill: number): number {
    const { level, distance, sign, type, symbol, price } = child;
    if (level === 'price') return price;
    const stop = () => ordersOf(child.me).find((order) => order.sequence === child.sequence - 1)!;
    const multiple = () => distance * Math.abs(fill - levelOf(stop(), fill));
    const away = { '': () => NaN, offset: () => distance, percent: () => (fill * distance) / 100, multiple };
    return toTick(fill + (type === 'stop' ? sign : -sign) * away[level](), child, instrument(symbol));
  }
  const stopDistance = (order: Order, fill: number) => {
    const stop = childrenOf(order).find((child) => child.type === 'stop' && child.state !== 'done');
    return stop ? Math.abs(fill - levelOf(stop, fill)) : 0;
  };

  // What is written down.

  function emit(symbol: string, strategy: number, fields: Unkeyed<RunEvent>) {
    const { step, phase } = state;
    const key = [step, phase, symbol, strategy].join();
    const event = eventCounts.get(key) ?? 0;
    eventCounts.set(key, event + 1);
    events.push({ ...fields, step, phase, symbol, strategy, event } as RunEvent);
  }

  /** Of what settlement and the end of data did: a strategy knows what it did itself. */
  function notify(order: Order, hook: Instance['notices'][0]['hook'], more: object) {
    const { sequence: id, symbol, side, type, tag } = order;
    if (state.phase === PHASE.tick || state.phase === PHASE.portfolio) return;
    order.me.notices.push({ hook, body: { id, symbol, side, type, tag, ...more } });
  }

  function finish(
    order: Order,
    fields: Unkeyed<EventOf<'cancel'> | EventOf<'rejection'> | EventOf<'expiry'>>,
  ) {
    order.state = 'done';
    emit(order.symbol, order.me.strategy, fields);
    const reason = fields.kind === 'rejection' ? fields.code : fields.reason;
    notify(order, HOOKS[fields.kind], { quantity: order.quantity, reason });
    for (const child of childrenOf(order)) if (child.state === 'dormant') cancel(child, 'parent');
  }
  const cancel = (order: Order, reason: CancelReason) =>
    finish(order, { kind: 'cancel', sequence: order.sequence, reason, quantity: order.quantity });
  const reject = (order: Order, code: RejectionCode, price: number) =>
    finish(order, { kind: 'rejection', sequence: order.sequence, code, quantity: order.quantity, price });

  /** Everything that one fill does, in the order of [11]. */
  function fill(order: Order, quantity: number, price: number) {
    const { me, symbol, sign, side, sequence } = order;
    const { multiplier, lot } = instrument(symbol);
    const book = bookOf(symbol, me.strategy);
    const [effect, commission] = [
      opposes(order) ? 'close' : 'open',
      commissionOf(order, quantity, price),
    ] as const;
    const [before, distance] = [{ ...book }, stopDistance(order, price)];
    const old = Math.abs(before.quantity);
    state.cash -= sign * quantity * multiplier * price;
    state.cash -= commission;
    const position = toWhole(before.quantity + sign * quantity, lot, Math.round);
    book.quantity = position;
    order.hasFilled = true;
    order.quantity = toWhole(order.quantity - quantity, lot, Math.round);
    if (order.quantity === 0 || order.reduceOnly) order.state = 'done';
    else if (order.now === 'stop') [order.now, order.price] = ['market', NaN];
    const done = { sequence, side, effect, quantity, price, commission, position, cash: state.cash };
    emit(symbol, me.strategy, { kind: 'fill', ...done });
    notify(order, 'onFill', { quantity, price, commission, effect });
    if (effect === 'close') {
      const share = position === 0 ? book.carried : (book.carried * quantity) / old;
      book.carried -= share;
      const closed = -sign * quantity;
      emit(symbol, me.strategy, {
        kind: 'trade',
        entry: before.entry,
        exit: sequence,
        entryStep: before.step,
        entryTime: before.time,
        quantity: closed,
        entryPrice: before.averagePrice,
        exitPrice: price,
        pnl: closed * multiplier * (price - before.averagePrice),
        commission: share + commission,
        reason: REASONS[order.type],
        entryTag: before.tag,
        exitTag: order.tag,
      });
      if (position === 0) Object.assign(book, FLAT);
    } else {
      const mean = (was: number, is: number) => (old * was + quantity * is) / Math.abs(position);
      const { step, time } = state;
      if (old === 0) Object.assign(book, { entry: sequence, tag: order.tag, step, time });
      book.averagePrice = old === 0 ? price : mean(before.averagePrice, price);
      book.risk = mean(before.risk, distance);
      book.carried += commission;
      for (const child of childrenOf(order))
        if (child.state === 'dormant') [child.state, child.price] = ['live', levelOf(child, price)];
    }
    const rivals = order.group === 0 ? [] : ordersOf(me).filter((other) => other.group === order.group);
    for (const other of rivals) if (other !== order && other.state !== 'done') cancel(other, 'oco');
    const isExit = (other: Order) => other.symbol === symbol && other.parent !== 0 && other.state === 'live';
    if (position === 0) for (const child of ordersOf(me).filter(isExit)) cancel(child, 'position closed');
    if (order.state === 'done')
      for (const child of childrenOf(order)) if (child.state === 'dormant') cancel(child, 'parent');
  }

  const close = (order: Order, raw: number) =>
    fill(order, Math.min(order.quantity, Math.abs(held(order))), slipped(order, raw, rules));

  /** Through the gate [7]; whether it was let in. */
  function enter(order: Order, price: number): boolean {
    const { quantity, symbol, maxOpenRiskPercent: limit } = order;
    const { multiplier } = instrument(symbol);
    const [commission, margin] = [
      commissionOf(order, quantity, price),
      (quantity * multiplier * price) / leverage,
    ];
    const risk = sumOf(
      books,
      (book) => Math.abs(book.quantity) * instrument(book.symbol).multiplier * book.risk,
    );
    const added = quantity * multiplier * stopDistance(order, price);
    let code: RejectionCode | null = null;
    if (isCash && order.sign < 0) code = 'NO_SHORT';
    else if (isCash && !(margin + commission <= state.cash)) code = 'INSUFFICIENT_CASH';
    else if (!isCash && !(gate.used + margin + commission <= gate.equity)) code = 'INSUFFICIENT_MARGIN';
    else if (!Number.isNaN(limit) && !(risk + added <= (limit / 100) * gate.equity)) code = 'OPEN_RISK';
    if (code === null) {
      gate = { equity: gate.equity - commission, used: gate.used + margin };
      fill(order, quantity, price);
    } else reject(order, code, price);
    return code === null;
  }

  /** The smallest is taken. */
  const merit = (entry: Order): Moment => {
    const price = slipped(entry, rawOf(entry), rules);
    const { close } = lastBar(entry.symbol);
    const mark = entry.sign * entry.quantity * instrument(entry.symbol).multiplier * (close - price);
    return rules.intrabar === 'path' ? reachOf(entry)! : [rules.intrabar === 'pessimistic' ? mark : -mark, 0];
  };

  /** Whether an entry is the one that its OCO group takes [6]. */
  function isTaken(order: Order, candidates: readonly Order[]): boolean {
    const rivals = candidates.filter((other) => other.me === order.me && other.group === order.group);
    const entries = rivals.filter((other) => isEntry(other) && !opposes(other));
    entries.sort((a, b) => byMoment(merit(a), merit(b)) || a.sequence - b.sequence);
    return order.group === 0 || entries[0] === order;
  }

  function rankOf(order: Order): Moment {
    return rules.intrabar === 'path' ? reachOf(order)! : [RANKS[rules.intrabar][order.now], 0];
  }

  /** The children of a parent that was filled at a raw price on a leg of this bar [10]. */
  function exitOnEntryBar(parent: Order, leg: number, raw: number) {
    const live = childrenOf(parent).filter(({ state, quantity }) => state === 'live' && quantity > 0);
    const stop = live.find((child) => child.type === 'stop');
    const target = live.find((child) => child.type === 'limit');
    if (stop && fulfils(stop, raw, rules)) return close(stop, raw);
    const from = rules.intrabar === 'path' ? leg : 0;
    const at = (child: Order | undefined) =>
      child ? reach(child, lastBar(child.symbol), rules, from, raw) : null;
    const stopAt = at(stop);
    const targetAt = leg > 0 && rules.intrabar === 'pessimistic' ? null : at(target);
    const isStopFirst =
      rules.intrabar === 'path' && stopAt && targetAt
        ? byMoment(stopAt, targetAt) <= 0
        : rules.intrabar !== 'optimistic';
    if (stopAt && (!targetAt || isStopFirst)) close(stop!, stop!.price);
    else if (targetAt)
      close(target!, target!.sign > 0 ? Math.min(target!.price, raw) : Math.max(target!.price, raw));
  }

  function settle() {
    const isPresent = (symbol: string) => lastBar(symbol).time === state.time;
    const isReached = (order: Order) =>
      order.state === 'live' && isPresent(order.symbol) && reachOf(order) !== null;
    const candidates = orders.filter(isReached);
    state.phase = PHASE.closeAtOpen;
    candidates.sort((a, b) => byBook(a, b) || a.step - b.step || a.sequence - b.sequence);
    for (const order of candidates)
      if (order.state === 'live' && order.quantity > 0 && isPassedByOpen(order) && opposes(order))
        close(order, rawOf(order));

    state.phase = PHASE.enter;
    const opens = (bar: Bar) => (bar.time === state.time ? bar.open : bar.close);
    gate = { equity: state.cash + worth(opens), used: worth(opens, Math.abs, leverage) };
    const putOff: Order[] = [];
    const entered: { order: Order; leg: number; raw: number }[] = [];
    candidates.sort((a, b) => a.step - b.step || byBook(a, b) || a.sequence - b.sequence);
    for (const order of candidates) {
      if (order.state !== 'live') continue;
      const [leg, raw] = [reachOf(order)![0], rawOf(order)];
      if (order.quantity === 0) reject(order, 'LOT', NaN);
      else if (order.reduceOnly || opposes(order)) putOff.push(order);
      else if (isTaken(order, candidates) && enter(order, slipped(order, raw, rules)))
        entered.push({ order, leg, raw });
    }

    state.phase = PHASE.close;
    const ranks = new Map(putOff.map((order) => [order, rankOf(order)]));
    const byRank = (a: Order, b: Order) => byMoment(ranks.get(a)!, ranks.get(b)!);
    putOff.sort((a, b) => byBook(a, b) || byRank(a, b) || a.sequence - b.sequence);
    for (const order of putOff) {
      if (order.state !== 'live') continue;
      if (opposes(order)) close(order, rawOf(order));
      else if (order.reduceOnly) cancel(order, 'reduce only');
    }
    entered.sort((a, b) => byBook(a.order, b.order) || a.order.sequence - b.order.sequence);
    for (const { order, leg, raw } of entered) exitOnEntryBar(order, leg, raw);
  }

  return { settle, emit, finish, cancel, instrument, lastBar, bookOf, books, worth, leverage };
}
