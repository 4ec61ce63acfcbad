/** An order in backtrader's terms, and the price at which a bar fills it. */
import type { Bar } from '../../../market/bar.ts';
import { BUY, LIMIT, MARKET, STOP_LIMIT, TRAILING } from '../../matching.ts';
import { TIMES_IN_FORCE } from '../../order.ts';
import * as Row from '../../order-table.ts';
import type { BacktraderSettings, BacktraderSlippage } from './settings.ts';
import type { Taken } from '../intake.ts';

const DAY = TIMES_IN_FORCE.indexOf('day');
const DAY_MS = 86_400_000;
/** 23:59:59.99999, when a day's session ends and where a daily bar stands. */
const SESSION_END_MS = 86_399_999.99;
/** 23:59:59.009999, after which a day's orders expire. */
const DAY_ORDER_END_MS = 86_399_009.999;

/** The entry first; without it once that is complete, and empty once all are cancelled. */
export interface Bracket {
  readonly members: QueuedOrder[];
  isOver: boolean;
}

export class QueuedOrder {
  readonly taken: Taken;
  readonly book: number;
  readonly type: number;
  readonly side: number;
  readonly isChild: boolean;
  /** The bar on which it was sent: its symbol's last. */
  readonly created: Bar;
  readonly sessionEnd: number;
  readonly expiresAfter: number;
  readonly limitPrice: number;
  readonly #distance: number;
  /** Of a trail in percent; NaN for one in price. */
  readonly #fraction: number;
  /** Limit, stop (a trailing one moves), or the close of the bar on which it was sent. */
  price: number;
  /** Signed, still to be filled. */
  rest: number;
  isAlive = true;
  isAwake: boolean;
  /** Of a stop-limit: it is a limit from now on. */
  isTriggered = false;
  /** Of an order on close: the last close it was tried at, 0 before the first. */
  closeSeen = 0;
  bracket: Bracket | null = null;
  /** Its OCO group, itself included; empty once one of them was filled or has ended. */
  group: QueuedOrder[] = [];

  /** @param created with its time as `placedTime` has it */
  constructor(taken: Taken, book: number, created: Bar) {
    const { row } = taken;
    const { cells } = taken.table;
    this.taken = taken;
    this.book = book;
    this.created = created;
    this.type = cells[row + Row.TYPE]!;
    this.side = cells[row + Row.SIDE]!;
    this.isChild = cells[row + Row.PARENT] !== 0;
    this.isAwake = !this.isChild;
    this.rest = this.side * cells[row + Row.QUANTITY]!;
    this.limitPrice = cells[row + Row.LIMIT_PRICE]!;
    this.#distance = cells[row + Row.DISTANCE]!;
    this.#fraction = cells[row + Row.LEVEL] === Row.LEVEL_PERCENT ? hundredth(this.#distance) : NaN;
    const given = cells[row + Row.PRICE]!;
    this.price = given || (this.limitPrice ? given : created.close); // 0 is no price; NaN neither.
    if (this.type === TRAILING) {
      this.price = this.side * Infinity;
      this.follow(created.close);
    }
    const dayStart = Math.floor(created.time / DAY_MS) * DAY_MS;
    this.sessionEnd = dayStart + SESSION_END_MS;
    if (cells[row + Row.TIME_IN_FORCE] === DAY) cells[row + Row.UNTIL] = dayStart + DAY_ORDER_END_MS;
    this.expiresAfter = cells[row + Row.UNTIL]!;
  }

  /** Moves a trailing stop to its distance from the close, if that is nearer. */
  follow(close: number): void {
    const away = Number.isNaN(this.#fraction) ? this.#distance : close * this.#fraction;
    const level = close + this.side * away;
    if (this.side === BUY ? level < this.price : level > this.price) this.price = level;
  }
}

/** Where a bar that opens at `time` stands in backtrader's time. */
export function placedTime(time: number, interval: number): number {
  return interval < DAY_MS ? time : Math.floor(time / DAY_MS) * DAY_MS + SESSION_END_MS;
}

/** Fill prices of all types but orders on close. Each is null where the bar does not fill the order. */
export class PriceRules {
  readonly #slippage: BacktraderSlippage | null;
  readonly #closeOnCreation: boolean;

  constructor({ slippage, closeOnCreation }: BacktraderSettings) {
    this.#slippage = slippage;
    this.#closeOnCreation = closeOnCreation;
  }

  /** Triggers a stop-limit whose stop the bar reaches. */
  priceOn(bar: Bar, order: QueuedOrder): number | null {
    const { type, side, price, limitPrice } = order;
    if (type === MARKET) return this.#marketPrice(bar, order);
    if (type === LIMIT) return this.#limitPrice(bar, side, price);
    if (type !== STOP_LIMIT) return this.#stopPrice(bar, side, price);
    if (order.isTriggered) return this.#limitPrice(bar, side, limitPrice);
    order.isTriggered = isBeyond(side, worst(bar, side), price) || isBeyond(side, bar.open, price);
    return order.isTriggered ? this.#stopLimitPrice(bar, side, price, limitPrice) : null;
  }

  #marketPrice(bar: Bar, { side, created }: QueuedOrder): number | null {
    if (this.#closeOnCreation) return this.#slipped(side, created.close, worst(bar, side), true, false);
    if (bar.time <= created.time) return null;
    return this.#slipped(side, bar.open, worst(bar, side), true, false);
  }

  #limitPrice(bar: Bar, side: number, limit: number): number | null {
    if (isBeyond(side, limit, bar.open)) {
      // Cut to the bar's extreme only where a buy slips.
      const cap = side === BUY ? Math.min(bar.high, limit) : limit;
      return this.#slipped(side, bar.open, cap, true, true);
    }
    return isBeyond(side, limit, best(bar, side)) ? limit : null;
  }

  #stopPrice(bar: Bar, side: number, stop: number): number | null {
    const cap = worst(bar, side);
    if (isBeyond(side, bar.open, stop)) return this.#slipped(side, bar.open, cap, true, false);
    return isBeyond(side, cap, stop) ? this.#slipped(side, stop, cap, false, false) : null;
  }

  /** On the bar that reaches the stop. */
  #stopLimitPrice(bar: Bar, side: number, stop: number, limit: number): number | null {
    if (isBeyond(side, bar.open, stop)) return this.#limitPrice(bar, side, limit);
    if (isBeyond(side, limit, stop)) return this.#slipped(side, stop, worst(bar, side), false, true);
    const hasTurned = side === BUY ? bar.open > bar.close : bar.open <= bar.close;
    return hasTurned && isBeyond(side, limit, bar.close) ? limit : null;
  }

  /** @param cap the worst price there is */
  #slipped(side: number, price: number, cap: number, isAtOpen: boolean, isLimit: boolean): number | null {
    if (this.#slippage === null) return price;
    const { percent, fixed, open, match, limit, out } = this.#slippage;
    if ((isAtOpen && !open) || (percent === 0 && fixed === 0)) return price;
    const moved = percent !== 0 ? price * (1 + side * percent) : price + side * fixed;
    if (isBeyond(side, cap, moved)) return moved;
    if (!match && !(isLimit && limit)) return null;
    return out ? moved : cap;
  }
}

/** Whether `price` is as high as `level` for a buy, as low for a sell. */
function isBeyond(side: number, price: number, level: number): boolean {
  return side === BUY ? price >= level : price <= level;
}

/** The bar's price at which a trader fares worst, and best. */
function worst({ high, low }: Bar, side: number): number {
  return side === BUY ? high : low;
}
function best({ high, low }: Bar, side: number): number {
  return side === BUY ? low : high;
}

/** The double of the decimal that is meant: 1.1 / 100 is not 0.011. */
function hundredth(percent: number): number {
  const [digits, exponent = '0'] = String(percent).split('e');
  return Number(`${digits}e${Number(exponent) - 2}`);
}
