/** How an order meets a bar, at what price, and what that costs. */
import type * as asked from '../../src/broker/order.ts';
import { better, isTrailing, type Moment, type Order, type Run, toWhole } from './kit.ts';

/** Limits to the side that protects, stops to the side that hurts [2]. */
export function toTick(run: Run, price: number, symbol: string, isLimit: boolean, side: asked.Side): number {
  const { tick } = run.instrument(symbol);
  if (tick === 0) return price;
  return toWhole(price, tick, isLimit === (side === 'buy') ? Math.floor : Math.ceil);
}

/** Where a trailing stop stands [19]. */
export function trailAt(
  run: Run,
  order: Pick<Order, 'level' | 'distance' | 'symbol' | 'side'>,
  mark: number,
) {
  const { level, distance, symbol, side } = order;
  const away = level === 'percent' ? (mark * distance) / 100 : distance;
  return toTick(run, side === 'sell' ? mark - away : mark + away, symbol, false, side);
}

/** Whether a price does it. A stop-limit waits for its stop; on close no price does. */
function fulfils(run: Run, { now, sign, price }: Order, at: number): boolean {
  if (now === 'market') return true;
  if (now === 'market-on-close') return false;
  if (now !== 'limit') return sign * (at - price) >= 0;
  const excess = sign * (price - at);
  return excess > 0 || (excess === 0 && run.rules.limitTouch === 'touch');
}

/** When the path through the bar reaches an order, from a price on one of its legs; or null [9]. */
export function reach(run: Run, order: Order, leg = 0, from = run.lastBar(order.symbol).open): Moment | null {
  const { open, high, low, close } = run.lastBar(order.symbol);
  const corners = close < open ? [open, high, low, close] : [open, low, high, close];
  if (order.now === 'market-on-close') return [4, 0];
  if (fulfils(run, order, from)) return [leg, leg === 0 ? 0 : Math.abs(from - corners[leg - 1]!)];
  for (let next = Math.max(leg, 1); next <= 3; next++)
    if (fulfils(run, order, corners[next]!)) return [next, Math.abs(order.price - corners[next - 1]!)];
  return null;
}
export const isPassedBy = fulfils;
export const isPassedByOpen = (run: Run, order: Order) => fulfils(run, order, run.lastBar(order.symbol).open);

export function rawOf(run: Run, order: Order): number {
  const { open, close } = run.lastBar(order.symbol);
  if (order.now === 'market-on-close') return close;
  return isPassedByOpen(run, order) ? open : order.price;
}

/** Against the trader, but a limit never beyond its limit. */
export function slipped(run: Run, { symbol, sign, now, price }: Order, raw: number): number {
  const slippage = run.rules.costs[symbol]?.slippage ?? run.rules.slippage;
  const fixed = slippage.price + slippage.spreads * run.instrument(symbol).spread;
  const part = slippage.bps / 10_000;
  const paid = sign > 0 ? raw * (1 + part) + fixed : Math.max(0, raw * (1 - part) - fixed);
  return now === 'limit' ? better(sign, price, paid) : paid;
}

/** What the next fill of an order costs, and that before minimum and maximum [12]. */
export function commissionOf(run: Run, order: Order, quantity: number, price: number) {
  const { rate, perShare, perOrder, minimum, maximum } =
    run.rules.costs[order.symbol]?.commission ?? run.rules.commission;
  const first = order.fillCount === 0 ? perOrder : 0;
  const raw = quantity * run.multiplierOf(order) * price * rate + quantity * perShare + first;
  if (minimum === 0 && maximum === null) return { raw, charged: raw };
  const total = Math.min(Math.max(order.raw + raw, minimum), maximum ?? Infinity);
  return { raw, charged: total - order.charged };
}

/** Where a bracket's child goes if its parent fills at `fill` [3]. */
export function levelOf(run: Run, child: Order, fill: number): number {
  const { level, distance, sign, side, symbol } = child;
  if (level === 'price') return child.price;
  if (isTrailing(child)) return trailAt(run, child, fill);
  let away = level === 'percent' ? (fill * distance) / 100 : distance;
  if (level === 'multiple') {
    const stop = run.childrenOf(run.parentOf(child)!)[0]!;
    away = distance * Math.abs(fill - levelOf(run, stop, fill));
  }
  const isLimit = child.type === 'limit';
  return toTick(run, fill + (isLimit ? -sign : sign) * away, symbol, isLimit, side);
}

/** What a unit loses between the fill and its stop [7]. */
export function stopDistance(run: Run, order: Order, fill: number): number {
  const stop = run.childrenOf(order).find(({ type, state }) => type !== 'limit' && state !== 'done');
  if (stop === undefined) return 0;
  return Math.abs(fill - (stop.state === 'live' ? stop.price : levelOf(run, stop, fill)));
}

/** The share of a whole that a child covers [4]. */
export function shareOf(
  run: Run,
  { symbol, from, to }: Pick<Order, 'symbol' | 'from' | 'to'>,
  whole: number,
) {
  if (from === 0 && to === 1) return whole;
  return run.lots(symbol, run.lots(symbol, whole * to) - run.lots(symbol, whole * from), Math.round);
}
