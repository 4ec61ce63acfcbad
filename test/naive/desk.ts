/** What strategies may do about orders [1, 4], and what their position rules do for them [23]. */
import type * as asked from '../../src/broker/order.ts';
import { cancel, emit } from './filling.ts';
import { demand, type Draft, type Guard, type Instance, type Order, type Run } from './kit.ts';
import { toTick } from './meeting.ts';
import { missingFor, type Read, readOrder, type Sized, sizeOf } from './reading.ts';

const REASONS = {
  market: 'signal',
  'market-on-close': 'signal',
  stop: 'stop',
  'stop-limit': 'stop',
  limit: 'target',
  'trailing-stop': 'trailing',
} as const;

function put(run: Run, me: Instance, symbol: string, read: Read, reason?: asked.ExitReason): Order {
  const { draft } = read;
  const order: Order = {
    ...draft,
    me,
    symbol,
    sign: draft.side === 'buy' ? 1 : -1,
    from: read.from,
    to: read.to,
    reason: reason ?? REASONS[draft.type],
    now: draft.type,
    state: draft.parent === 0 ? 'live' : 'dormant',
    step: run.step,
    isSized: false,
    mark: draft.type === 'trailing-stop' ? run.closeOf(symbol) : NaN,
    opened: 0,
    fillCount: 0,
    raw: 0,
    charged: 0,
  };
  run.orders.push(order);
  me.orders.push(order);
  emit(run, symbol, me.strategy, draft);
  return order;
}

interface Request {
  readonly side: asked.Side;
  readonly given: Sized;
  readonly options: asked.OrderOptions;
}

/** All of them are read before the first is taken. */
function place(run: Run, me: Instance, symbol: string, requests: readonly Request[], inGroup: boolean) {
  demand(run.symbols.includes(symbol), `the run has no symbol "${symbol}"`);
  demand(run.isCall, 'orders are for steps');
  const issued = run.ordersOf(me).filter(({ sequence }) => sequence > 0).length;
  const group = inGroup ? issued + 1 : 0;
  const extra = inGroup ? 'side quantity' : '';
  const families = requests.map(({ side, given, options }) =>
    readOrder(run, symbol, group, side, given, ruled(me, options), extra),
  );
  if (run.isWarmup) return requests.map(() => 0);
  let next = issued + 1;
  return families.map((family) => {
    const first = next;
    for (const [index, read] of family.entries()) {
      const { draft } = read;
      draft.sequence = next++;
      if (index > 0) [draft.parent, draft.group] = [first, first + 1];
      put(run, me, symbol, read);
    }
    return first;
  });
}

export function send(
  run: Run,
  me: Instance,
  symbol: string,
  side: asked.Side,
  size: asked.OrderSize,
  options: asked.OrderOptions = {},
): number {
  return place(run, me, symbol, [{ side, given: sizeOf(size), options }], false)[0]!;
}

export function sendGroup(run: Run, me: Instance, symbol: string, requests: readonly asked.OrderRequest[]) {
  demand(requests.length > 0, 'an empty group');
  const read = requests.map((request) => ({
    side: request.side,
    given: sizeOf(request.quantity),
    options: request,
  }));
  return place(run, me, symbol, read, true);
}

export function sendTarget(
  run: Run,
  me: Instance,
  symbol: string,
  target: asked.Target,
  options: asked.OrderOptions = {},
): number {
  demand(run.symbols.includes(symbol), `the run has no symbol "${symbol}"`);
  const { quantity: held } = run.bookOf(symbol, me.strategy);
  const price = options.stop ?? options.limit ?? run.closeOf(symbol);
  const given = missingFor(run, symbol, target, held, price);
  if (run.lots(symbol, Math.abs(given.units)) === 0) return 0;
  return place(run, me, symbol, [{ side: given.units < 0 ? 'sell' : 'buy', given, options }], false)[0]!;
}

export function closeOut(run: Run, me: Instance, symbol: string, tag = ''): number {
  demand(run.symbols.includes(symbol), `the run has no symbol "${symbol}"`);
  const { quantity } = run.bookOf(symbol, me.strategy);
  if (quantity === 0) return 0;
  return send(run, me, symbol, quantity > 0 ? 'sell' : 'buy', Math.abs(quantity), { reduceOnly: true, tag });
}

function find(run: Run, me: Instance, id: number): Order | null {
  const order = run.ordersOf(me).find(({ sequence }) => sequence === id);
  demand(id === 0 || (order !== undefined && id > 0), `order ${id} was never issued`);
  return order === undefined || order.state === 'done' ? null : order;
}

export function cancelById(run: Run, me: Instance, id: number): boolean {
  const order = find(run, me, id);
  if (order === null) return false;
  const isStopAsleep = order.state === 'dormant' && order.type !== 'limit';
  cancel(run, order, 'request');
  for (const other of isStopAsleep ? run.childrenOf(run.parentOf(order)!) : [])
    if (other.level === 'multiple' && other.state === 'dormant') cancel(run, other, 'request');
  return true;
}

export function replace(run: Run, me: Instance, id: number, change: asked.OrderChange): boolean {
  const { quantity, price } = change;
  demand(quantity !== undefined || price !== undefined, 'a change of nothing');
  demand(quantity === undefined || (Number.isFinite(quantity) && quantity > 0), `quantity ${quantity}`);
  demand(price === undefined || Number.isFinite(price), `price ${price}`);
  const order = find(run, me, id);
  if (order === null) return false;
  const hasNone = ['market', 'market-on-close', 'trailing-stop'].includes(order.now);
  demand(price === undefined || !hasNone, `a price of an order at the ${order.now}`);
  const { symbol, side, now } = order;
  if (quantity !== undefined) {
    const lots = run.lots(symbol, quantity);
    demand(Number.isFinite(lots), `quantity ${quantity}`);
    [order.quantity, order.isSized] = [lots, true];
  }
  if (price !== undefined) moveTo(run, order, toTick(run, price, symbol, now === 'limit', side));
  else restate(run, order);
  return true;
}
function moveTo(run: Run, order: Order, price: number) {
  order.price = price;
  if (order.parent !== 0) order.level = 'price';
  restate(run, order);
}
function restate(run: Run, order: Order) {
  const { sequence, quantity, price } = order;
  order.step = run.step;
  emit(run, order.symbol, order.me.strategy, { kind: 'replace', sequence, quantity, price });
}

/** The broker's own way out of a position [22]. */
export function liquidate(run: Run, me: Instance, symbol: string, held: number) {
  const count = run.ordersOf(me).filter(({ sequence }) => sequence < 0).length;
  const quantity = Math.abs(held);
  const draft: Draft = {
    kind: 'order',
    sequence: -1 - count,
    parent: 0,
    group: 0,
    side: held > 0 ? 'sell' : 'buy',
    type: 'market',
    quantity,
    sizedIn: 'units',
    size: quantity,
    portion: 1,
    price: NaN,
    limitPrice: NaN,
    timeInForce: 'gtc',
    until: NaN,
    level: '',
    distance: NaN,
    reduceOnly: 1,
    allowPartial: 0,
    closes: 0,
    maxOpenRiskPercent: NaN,
    tag: '',
  };
  put(run, me, symbol, { draft, from: 0, to: 1 }, 'liquidation');
}

// Position rules [23].

export const unguarded = (): Guard => ({ rules: null, entry: 0, step: NaN, bars: 0, exit: null });

function ruled(me: Instance, options: asked.OrderOptions): asked.OrderOptions {
  const { stop, trail, target } = me.guard.rules ?? {};
  const parts = Object.entries({ stop, trail, target }).filter(([, part]) => part !== undefined);
  if (parts.length === 0 || options.bracket !== undefined || options.reduceOnly === true) return options;
  return { ...options, bracket: Object.fromEntries(parts) as asked.Bracket };
}

/** Throws at rules that no position could follow. */
export function protect(me: Instance, rules: asked.PositionRules | null) {
  if (rules !== null) {
    const names = new Set(['stop', 'trail', 'target', 'maxBars', 'breakevenAtR']);
    demand(
      Object.keys(rules).every((name) => names.has(name)),
      'a rule that is none',
    );
    const { stop, trail, target, maxBars, breakevenAtR } = rules;
    demand(stop === undefined || trail === undefined, 'a stop and a trail');
    demand(!('price' in { ...stop, ...target }), 'a price for every position');
    const isAlone = target !== undefined && 'multiple' in target && stop === undefined && trail === undefined;
    demand(!isAlone, 'a multiple needs a stop');
    demand(maxBars === undefined || (Number.isInteger(maxBars) && maxBars >= 1), `maxBars ${maxBars}`);
    demand(breakevenAtR === undefined || breakevenAtR > 0, `breakevenAtR ${breakevenAtR}`);
  }
  me.guard.rules = rules;
}

export function watch(run: Run, me: Instance) {
  const { symbol, guard } = me;
  const { rules } = guard;
  const book = run.bookOf(symbol, me.strategy);
  if (rules === null || book.quantity === 0) return;
  const isSame = guard.entry === book.entry && guard.step === book.step;
  Object.assign(guard, { entry: book.entry, step: book.step, bars: isSame ? guard.bars + 1 : 0 });
  if (rules.maxBars !== undefined && guard.bars >= rules.maxBars && guard.exit?.state !== 'live') {
    const id = closeOut(run, me, symbol);
    guard.exit = run.ordersOf(me).find(({ sequence }) => sequence === id)!;
    guard.exit.reason = 'time';
  }
  const { averagePrice, risk, quantity } = book;
  const gain = (run.closeOf(symbol) - averagePrice) * Math.sign(quantity);
  if (rules.breakevenAtR === undefined || !(risk > 0) || !(gain >= rules.breakevenAtR * risk)) return;
  for (const child of run.ordersOf(me)) {
    const isFixed = child.now !== 'limit' && child.now !== 'trailing-stop';
    if (child.symbol !== symbol || child.parent === 0 || child.state !== 'live' || !isFixed) continue;
    const even = toTick(run, averagePrice, symbol, false, child.side);
    if (child.sign * (child.price - even) > 0) moveTo(run, child, even);
  }
}
