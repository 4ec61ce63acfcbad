/** A record read again: each order as it stands at some event, and the claim that something about it holds. */
import type { EventOf, RunEvent } from '../../src/record/records.ts';

export interface OrderState {
  readonly order: EventOf<'order'>;
  /** Of submission or of the last replace. */
  step: number;
  remaining: number;
  price: number;
  isReplaced: boolean;
  /** A replaced child: whether by quantity too the record does not say, so what it holds once its parent opened is unknown. */
  isUnsure: boolean;
  isEnded: boolean;
  /** Commission of its fills so far; NaN before the first. */
  charged: number;
  /** Step and price of the first fill that opened something, NaN if none did, and all that was opened. */
  openedAt: number;
  openedPrice: number;
  opened: number;
}
export function claim(fact: boolean, text: string, event?: RunEvent): asserts fact {
  if (!fact) throw new Error(`${text}${event ? `: ${JSON.stringify(event)}` : ''}`);
}

/** What the record says of each order, up to some event. */
export class Orders {
  readonly #states = new Map<string, OrderState>();

  constructor(events: readonly RunEvent[]) {
    for (const order of events) {
      if (order.kind !== 'order') continue;
      const id = Orders.#id(order, order.sequence);
      claim(!this.#states.has(id), 'ids are unique', order);
      const { step, quantity: remaining, price } = order;
      const fresh = {
        isReplaced: false,
        isUnsure: false,
        isEnded: false,
        charged: NaN,
        openedAt: NaN,
        openedPrice: NaN,
        opened: 0,
      };
      this.#states.set(id, { order, step, remaining, price, ...fresh });
    }
  }

  static #id({ symbol, strategy }: RunEvent, sequence: number): string {
    return JSON.stringify([symbol, strategy, sequence]);
  }

  /** Order of that sequence of the instance that the event belongs to. */
  of(event: RunEvent, sequence: number): OrderState {
    const state = this.#states.get(Orders.#id(event, sequence));
    claim(state !== undefined, `there is an order ${sequence}`, event);
    return state;
  }

  /** The children of an order, which protect what it opened. */
  childrenOf({ order }: OrderState): OrderState[] {
    const family: OrderState[] = [];
    for (let id = order.sequence + 1; ; id++) {
      const state = this.#states.get(Orders.#id(order, id));
      if (state === undefined || state.order.parent !== order.sequence) return family;
      family.push(state);
    }
  }

  all(): OrderState[] {
    return [...this.#states.values()];
  }
}
