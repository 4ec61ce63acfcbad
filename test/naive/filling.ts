/** What is written down and told, and everything that one fill does. */
import type * as asked from '../../src/broker/order.ts';
import { compareKeys, type EventOf, type RunEvent } from '../../src/record/records.ts';
import { FLAT, type Instance, isStop, isTrailing, type Order, type Run, type Unkeyed } from './kit.ts';
import { commissionOf, levelOf, shareOf, slipped, stopDistance } from './meeting.ts';

type End = Unkeyed<EventOf<'cancel'> | EventOf<'rejection'> | EventOf<'expiry'>>;
const HOOKS = { cancel: 'onCancel', rejection: 'onReject', expiry: 'onExpire' };

export function emit(run: Run, symbol: string, strategy: number, fields: Unkeyed<RunEvent>) {
  const { step, phase, events } = run;
  const key = { step, phase, symbol, strategy };
  const last = events.findLast(
    (event) => event.step < step || compareKeys({ ...event, event: 0 }, { ...key, event: 0 }) === 0,
  );
  events.push({ ...fields, ...key, event: last?.step === step ? last.event + 1 : 0 } as RunEvent);
}

/** Of what settlement and the end of data did: a strategy knows what it did itself. */
function notify(run: Run, { me, sequence: id, symbol, side, type, tag }: Order, hook: string, more: object) {
  if (!run.isCall) me.notices.push([hook, { id, symbol, side, type, tag, ...more }]);
}
export function tell(me: Instance) {
  for (const [hook, body] of me.notices.splice(0)) me.self[hook]!(body, me.ctx);
}

function cancelSleepers(run: Run, order: Order) {
  for (const child of run.childrenOf(order)) if (child.state === 'dormant') cancel(run, child, 'parent');
}
function finish(run: Run, order: Order, fields: End) {
  order.state = 'done';
  emit(run, order.symbol, order.me.strategy, fields);
  const reason = fields.kind === 'rejection' ? fields.code : fields.reason;
  notify(run, order, HOOKS[fields.kind], { quantity: order.quantity, reason });
  cancelSleepers(run, order);
}
export function cancel(run: Run, order: Order, reason: asked.CancelReason) {
  const { sequence, quantity } = order;
  finish(run, order, { kind: 'cancel', sequence, reason, quantity });
}
export function reject(run: Run, order: Order, code: asked.RejectionCode, price: number) {
  const { sequence, quantity } = order;
  finish(run, order, { kind: 'rejection', sequence, code, quantity, price });
}
export function expire(run: Run, order: Order, reason: asked.ExpiryReason) {
  const { sequence, quantity, until } = order;
  const limit = reason === 'day' || reason === 'gtd' ? until : NaN;
  finish(run, order, { kind: 'expiry', sequence, reason, quantity, limit });
}

/** A stop that was reached is a market order from then on. */
export function goOn(order: Order) {
  if (order.state === 'live' && isStop(order)) [order.now, order.price] = ['market', NaN];
}

/** Everything that one fill does, in the order of [11]. */
export function fill(run: Run, order: Order, quantity: number, price: number) {
  const { me, symbol, sign, side, sequence } = order;
  const { multiplier } = run.instrument(symbol);
  const book = run.bookOf(symbol, me.strategy);
  const before = { ...book };
  const old = Math.abs(before.quantity);
  const effect = run.opposes(order) ? 'close' : 'open';
  const cost = commissionOf(run, order, quantity, price);
  const distance = stopDistance(run, order, price);
  run.cash -= sign * quantity * multiplier * price;
  run.cash -= cost.charged;
  run.traded[symbol] = run.lots(symbol, (run.traded[symbol] ?? 0) + quantity, Math.round);
  const position = run.lots(symbol, before.quantity + sign * quantity, Math.round);
  book.quantity = position;
  order.fillCount++;
  order.raw += cost.raw;
  order.charged += cost.charged;
  order.quantity = run.lots(symbol, order.quantity - quantity, Math.round);
  const isGone = order.reduceOnly === 1 && position === 0;
  if (order.quantity === 0 || isGone) order.state = 'done';
  const { cash } = run;
  const commission = cost.charged;
  const told = { side, effect, quantity, price, commission, position, cash } as const;
  emit(run, symbol, me.strategy, { kind: 'fill', sequence, ...told });
  notify(run, order, 'onFill', { quantity, price, commission, effect });
  if (effect === 'close') {
    const share = position === 0 ? book.carried : (book.carried * quantity) / old;
    const closed = -sign * quantity;
    book.carried -= share;
    emit(run, symbol, me.strategy, {
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
      reason: order.reason,
      entryTag: before.tag,
      exitTag: order.tag,
    });
    if (position === 0) Object.assign(book, FLAT);
  } else {
    const mean = (was: number, is: number) => (old * was + quantity * is) / Math.abs(position);
    const { step, time } = run;
    if (old === 0) Object.assign(book, { entry: sequence, tag: order.tag, step, time });
    book.averagePrice = old === 0 ? price : mean(before.averagePrice, price);
    book.risk = mean(before.risk, distance);
    book.carried += commission;
    wake(run, order, quantity, price);
  }
  goOn(order);
  if (order.parent === 0) {
    for (const other of order.group === 0 ? [] : run.ordersOf(me))
      if (other !== order && other.group === order.group && other.state !== 'done') cancel(run, other, 'oco');
  } else closeFamily(run, order, quantity);
  for (const child of position === 0 ? run.ordersOf(me) : []) {
    if (child.symbol !== symbol || child.parent === 0 || child.state !== 'live') continue;
    cancel(run, child, 'position closed');
    cancelParent(run, child);
  }
  if (order.state === 'done') cancelSleepers(run, order);
}

/** The children of what was opened come alive, or have more to protect [4]. */
function wake(run: Run, order: Order, quantity: number, price: number) {
  const { symbol, opened } = order;
  const now = run.lots(symbol, opened + quantity, Math.round);
  order.opened = now;
  const levels = run.childrenOf(order).map((child) => [child, levelOf(run, child, price)] as const);
  for (const [child, level] of levels) {
    if (child.state === 'dormant') {
      [child.state, child.price] = ['live', level];
      if (isTrailing(child)) child.mark = price;
      if (!child.isSized) child.quantity = shareOf(run, child, now);
    } else if (child.state === 'live' && !child.isSized) {
      const more = shareOf(run, child, now) - shareOf(run, child, opened);
      child.quantity = run.lots(symbol, child.quantity + more, Math.round);
    }
  }
}

/** A stop ends the targets of its bracket, a target shrinks the stop, and either ends what is left of the parent [11]. */
function closeFamily(run: Run, child: Order, quantity: number) {
  const siblings = run
    .childrenOf(run.parentOf(child)!)
    .filter((one) => one !== child && one.state === 'live');
  for (const other of siblings) {
    if (child.type !== 'limit') cancel(run, other, 'oco');
    else if (other.type !== 'limit') {
      other.quantity = Math.max(0, run.lots(child.symbol, other.quantity - quantity, Math.round));
      if (other.quantity === 0) cancel(run, other, 'oco');
    }
  }
  cancelParent(run, child);
}
function cancelParent(run: Run, child: Order) {
  const parent = run.parentOf(child)!;
  if (parent.state === 'live') cancel(run, parent, 'children');
}

/** As much as there is to close and volume to close it with; a stop goes on as a market order. */
export function close(run: Run, order: Order, raw: number) {
  const quantity = Math.min(order.quantity, Math.abs(run.held(order)), run.volumeLeft(order.symbol));
  if (quantity > 0) fill(run, order, quantity, slipped(run, order, raw));
  else goOn(order);
}
