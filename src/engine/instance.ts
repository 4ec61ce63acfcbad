/**
 * One instance of a strategy as the engine calls it: which hooks it defines, and the objects that tell it what happened.
 *
 * A hook left as the base class has it is never called, so it costs nothing.
 */
import { BUY } from '../broker/matching.ts';
import {
  CANCEL_REASONS,
  EXPIRY_REASONS,
  FILL_EFFECTS,
  ORDER_TYPES,
  REJECTION_CODES,
  type CancelReason,
  type ExpiryReason,
  type FillEffect,
  type OrderType,
  type RejectionCode,
  type Side,
} from '../broker/order.ts';
import * as Order from '../broker/order-table.ts';
import type { OrderTable } from '../broker/order-table.ts';
import type { Cancellation, Expiry, Fill, Rejection } from '../strategy/context.ts';
import * as Notice from './notices.ts';

/** The hooks that tell what became of orders; both kinds of strategy have them. */
interface OrderHooks<Ctx> {
  onFill(fill: Fill, ctx: Ctx): void;
  onReject(rejection: Rejection, ctx: Ctx): void;
  onExpire(expiry: Expiry, ctx: Ctx): void;
  onCancel(cancellation: Cancellation, ctx: Ctx): void;
}

/** What is told, written over at every notice. */
class MovingNotice<Reason extends string> {
  id = 0;
  symbol = '';
  side: Side = 'buy';
  type: OrderType = 'market';
  quantity = 0;
  price = 0;
  commission = 0;
  effect: FillEffect = 'open';
  reason = '' as Reason;
  tag = '';
}

/** Tells one thread's instances their notices. */
export class Teller {
  readonly #table: OrderTable;
  readonly #house: OrderTable;
  readonly #symbols: readonly string[];
  readonly #tagOf: (reference: number) => string;
  readonly #fill = new MovingNotice<never>();
  readonly #rejection = new MovingNotice<RejectionCode>();
  readonly #cancellation = new MovingNotice<CancelReason>();
  readonly #expiry = new MovingNotice<ExpiryReason>();

  /** @param house the broker's own orders */
  constructor(
    table: OrderTable,
    house: OrderTable,
    symbols: readonly string[],
    tagOf: (reference: number) => string,
  ) {
    this.#table = table;
    this.#house = house;
    this.#symbols = symbols;
    this.#tagOf = tagOf;
  }

  /** The book, symbol × strategies + strategy, of the instance that a notice is for. */
  bookOf(notices: Float64Array, at: number, strategies: number): number {
    const row = notices[at + Notice.ROW]!;
    const cells = this.#cellsOf(notices, at);
    return cells[row + Order.SYMBOL]! * strategies + cells[row + Order.STRATEGY]!;
  }

  tell<Ctx>(strategy: OrderHooks<Ctx>, ctx: Ctx, notices: Float64Array, at: number): void {
    const row = notices[at + Notice.ROW]!;
    const detail = notices[at + Notice.DETAIL]!;
    switch (notices[at + Notice.KIND]!) {
      case Notice.FILL: {
        const fill = this.#about(this.#fill, row, notices, at);
        fill.price = notices[at + Notice.PRICE]!;
        fill.commission = notices[at + Notice.FEE]!;
        fill.effect = FILL_EFFECTS[detail]!;
        return strategy.onFill(fill, ctx);
      }
      case Notice.REJECT: {
        const rejection = this.#about(this.#rejection, row, notices, at);
        rejection.reason = REJECTION_CODES[detail]!;
        return strategy.onReject(rejection, ctx);
      }
      case Notice.CANCEL: {
        const cancellation = this.#about(this.#cancellation, row, notices, at);
        cancellation.reason = CANCEL_REASONS[detail]!;
        return strategy.onCancel(cancellation, ctx);
      }
      default: {
        const expiry = this.#about(this.#expiry, row, notices, at);
        expiry.reason = EXPIRY_REASONS[detail]!;
        return strategy.onExpire(expiry, ctx);
      }
    }
  }

  #cellsOf(notices: Float64Array, at: number): Float64Array {
    if (notices[at + Notice.IS_HOUSE] === 0) return this.#table.cells;
    this.#house.refresh();
    return this.#house.cells;
  }

  #about<T extends MovingNotice<string>>(notice: T, row: number, notices: Float64Array, at: number): T {
    const cells = this.#cellsOf(notices, at);
    notice.id = cells[row + Order.SEQUENCE]!;
    notice.symbol = this.#symbols[cells[row + Order.SYMBOL]!]!;
    notice.side = cells[row + Order.SIDE] === BUY ? 'buy' : 'sell';
    notice.type = ORDER_TYPES[cells[row + Order.TYPE_SENT]!]!;
    notice.quantity = notices[at + Notice.QUANTITY]!;
    notice.tag = this.#tagOf(cells[row + Order.TAG]!);
    return notice;
  }
}

/** Whether the class of `strategy` defines the hook, below the base class that carries the brand. */
export function definesHook(strategy: object, hook: string, brand: symbol): boolean {
  if (Object.hasOwn(strategy, hook)) return true;
  for (
    let prototype = Object.getPrototypeOf(strategy);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    if (Object.hasOwn(prototype.constructor, brand)) return false;
    if (Object.hasOwn(prototype, hook)) return true;
  }
  return false;
}
