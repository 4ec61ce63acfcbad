/** One step of settlement: what ends before it, three passes, the children on the entry bar, the mark. */
import { PHASE } from '../../src/record/records.ts';
import { cancel, close, emit, expire, reject } from './filling.ts';
import { enter, openGate } from './gate.ts';
import { better, byBook, byMoment, bySequence, isStop, isTrailing } from './kit.ts';
import type { Instance, Moment, Order, Run } from './kit.ts';
import { isPassedBy, isPassedByOpen, rawOf, reach, slipped, trailAt } from './meeting.ts';

const RANKS = {
  pessimistic: ['market', 'stop', 'limit', 'market-on-close'],
  optimistic: ['market', 'limit', 'stop', 'market-on-close'],
};
interface Entered {
  readonly order: Order;
  readonly leg: number;
  readonly raw: number;
}

export function settle(run: Run) {
  run.traded = {};
  const waiting = run.orders.filter(
    ({ state, symbol }) => state === 'live' && run.lastBar(symbol).time === run.time,
  );
  waiting.sort((a, b) => byBook(a, b) || bySequence(a, b));
  run.phase = PHASE.closeAtOpen;
  const tested = new Set(waiting.filter((order) => comesToTurn(run, order)));
  const candidates = waiting.filter(
    (order) => order.state === 'live' && tested.has(order) && reach(run, order) !== null,
  );
  exitAtOpen(run, candidates);
  const { putOff, entered } = enterAll(run, candidates);
  exitWithin(run, putOff);
  entered.sort((a, b) => byBook(a.order, b.order) || bySequence(a.order, b.order));
  for (const one of entered) exitOnEntryBar(run, one);
  for (const order of waiting) {
    const { timeInForce } = order;
    if (order.state === 'live' && (timeInForce === 'ioc' || timeInForce === 'fok'))
      expire(run, order, timeInForce);
  }
  for (const order of waiting)
    if (order.state === 'live' && isTrailing(order)) {
      const { high, low } = run.lastBar(order.symbol);
      moveMark(run, order, order.side === 'sell' ? high : low);
    }
}

/** Whether it is still to be tested on this bar [18]. */
function comesToTurn(run: Run, order: Order): boolean {
  const { timeInForce, until } = order;
  if (timeInForce === 'day' || timeInForce === 'gtd') {
    if (run.time >= until) {
      expire(run, order, timeInForce);
      return false;
    }
  }
  if (order.now !== 'stop-limit' || reach(run, order) === null) return true;
  const isAtOpen = isPassedByOpen(run, order);
  [order.now, order.price] = ['limit', order.limitPrice];
  return isAtOpen;
}

/** A FOK that the volume left does not fill whole ends at its turn [18]. */
function isKilled(run: Run, order: Order): boolean {
  const { timeInForce, reduceOnly, quantity, symbol } = order;
  const whole = reduceOnly ? Math.min(quantity, Math.abs(run.held(order))) : quantity;
  const isTooMuch = timeInForce === 'fok' && run.volumeLeft(symbol) < whole;
  if (isTooMuch) expire(run, order, 'fok');
  return isTooMuch;
}

function exitAtOpen(run: Run, candidates: Order[]) {
  candidates.sort((a, b) => byBook(a, b) || a.step - b.step || bySequence(a, b));
  for (const order of candidates) {
    const isDue = order.state === 'live' && order.quantity > 0 && isPassedByOpen(run, order);
    if (isDue && run.opposes(order) && !isKilled(run, order)) close(run, order, rawOf(run, order));
  }
}

function enterAll(run: Run, candidates: Order[]) {
  run.phase = PHASE.enter;
  openGate(run);
  const putOff: { order: Order; rank: Moment }[] = [];
  const entered: Entered[] = [];
  candidates.sort((a, b) => a.step - b.step || byBook(a, b) || bySequence(a, b));
  for (const order of candidates) {
    if (order.state !== 'live') continue;
    const moment = reach(run, order)!;
    const { intrabar } = run.rules;
    const word = isStop(order) ? 'stop' : order.now;
    const rank: Moment = intrabar === 'path' ? moment : [RANKS[intrabar].indexOf(word), 0];
    const [raw, isFirst] = [rawOf(run, order), order.opened === 0];
    if (order.quantity === 0) reject(run, order, 'LOT', NaN);
    else if (order.reduceOnly || run.opposes(order)) putOff.push({ order, rank });
    else if (!isTaken(run, order, candidates) || isKilled(run, order)) continue;
    else if (enter(run, order, slipped(run, order, raw)) && isFirst)
      entered.push({ order, leg: moment[0], raw });
  }
  return { putOff, entered };
}

/** Whether an entry is the one that its OCO group takes [6]. */
function isTaken(run: Run, order: Order, candidates: readonly Order[]): boolean {
  const merit = (entry: Order): Moment => {
    const { intrabar } = run.rules;
    if (intrabar === 'path') return reach(run, entry)!;
    const gain = run.closeOf(entry.symbol) - slipped(run, entry, rawOf(run, entry));
    const mark = entry.sign * entry.quantity * run.multiplierOf(entry) * gain;
    return [intrabar === 'pessimistic' ? mark : -mark, 0];
  };
  const rivals = candidates.filter((other) => {
    const isMember = other.me === order.me && other.group === order.group && other.state === 'live';
    return isMember && !other.reduceOnly && other.quantity > 0 && !run.opposes(other);
  });
  rivals.sort((a, b) => byMoment(merit(a), merit(b)) || bySequence(a, b));
  return order.group === 0 || rivals[0] === order;
}

function exitWithin(run: Run, putOff: { order: Order; rank: Moment }[]) {
  run.phase = PHASE.close;
  putOff.sort((a, b) => byBook(a.order, b.order) || byMoment(a.rank, b.rank) || bySequence(a.order, b.order));
  for (const { order } of putOff) {
    if (order.state !== 'live') continue;
    if (!run.opposes(order)) {
      if (order.reduceOnly) cancel(run, order, 'reduce only');
    } else if (!isKilled(run, order)) close(run, order, rawOf(run, order));
  }
}

/** The children of a parent that was filled at a raw price on a leg of this bar [10]. */
function exitOnEntryBar(run: Run, { order: parent, leg, raw }: Entered) {
  const { intrabar } = run.rules;
  const { high, low, close: last } = run.lastBar(parent.symbol);
  const live = run.childrenOf(parent).filter(({ state, quantity }) => state === 'live' && quantity > 0);
  const stop = live.find(({ type }) => type !== 'limit');
  if (stop && isPassedBy(run, stop, raw)) close(run, stop, raw);
  else if (leg < 4) {
    const from = intrabar === 'path' ? leg : 0;
    const isTested = (child: Order) => child === stop || leg === 0 || intrabar !== 'pessimistic';
    const reached = live.filter(isTested).flatMap((child) => {
      const moment = reach(run, child, from, raw);
      const first = (child === stop) === (intrabar === 'pessimistic') ? 0 : 1;
      return moment ? [{ child, rank: intrabar === 'path' ? moment : ([first, 0] as const) }] : [];
    });
    reached.sort((a, b) => byMoment(a.rank, b.rank) || bySequence(a.child, b.child));
    for (const { child } of reached) {
      const { state, price, sign } = child;
      if (state === 'live') close(run, child, child === stop ? price : better(sign, price, raw));
    }
  }
  for (const child of run.childrenOf(parent))
    if (child.state === 'live' && isTrailing(child))
      moveMark(run, child, leg > 0 ? last : child.side === 'sell' ? high : low);
}

function moveMark(run: Run, order: Order, reached: number) {
  order.mark = better(order.sign, order.mark, reached);
  order.price = trailAt(run, order, order.mark);
}

/** What all is worth, and whether the account can keep it [22]. */
export function mark(run: Run, sendFor: (me: Instance, symbol: string, quantity: number) => void) {
  const { rules, books, cash, time } = run;
  const closeOf = (symbol: string) => run.closeOf(symbol);
  run.phase = PHASE.mark;
  const equity = cash + run.worth(closeOf);
  run.equity = equity;
  run.marks.push({ time, equity });
  if (!run.isWarmup) emit(run, '', -1, { kind: 'equity', time, cash, equity });
  const { account } = rules;
  if (account.kind !== 'margin') return;
  const kept = run.worth(closeOf, (value) =>
    value < 0 ? -value * account.maintenanceShort : value * account.maintenanceLong,
  );
  if (!(equity < kept)) return;
  for (const { symbol, strategy, quantity } of books) {
    const me = run.instances.find(
      (one) => one.strategy === strategy && (one.symbol === '' || one.symbol === symbol),
    )!;
    const isOnItsWay = run
      .ordersOf(me)
      .some((order) => order.symbol === symbol && order.sequence < 0 && order.state === 'live');
    if (quantity !== 0 && !isOnItsWay) sendFor(me, symbol, quantity);
  }
}
