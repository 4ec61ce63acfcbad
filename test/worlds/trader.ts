/** What the two random strategies have in common: the asking. All of its state is in the object. */
import type {
  Account,
  Bar,
  Instrument,
  OrderOptions,
  OrderRequest,
  Side,
  StopLevel,
} from '../../src/index.ts';
import { OrderError, type OrderChange, type SymbolView } from '../../src/index.ts';
import type { Dice } from './dice.ts';

/** One symbol, as the trader deals with it. */
export interface Desk {
  readonly bar: Bar;
  /** Signed, what it holds. */
  readonly held: number;
  readonly instrument: Instrument;
  readonly account: Account;
  buy(quantity: number, options?: OrderOptions): number;
  sell(quantity: number, options?: OrderOptions): number;
  oco(...orders: readonly OrderRequest[]): readonly number[];
  close(tag?: string): number;
  cancel(id: number): boolean;
  replace(id: number, change: OrderChange): boolean;
}

const TAGS = ['', '', 'dip', 'breakout', 'naïve'];

export class Trader {
  readonly #dice: Dice;
  /** A natural step of the price. */
  readonly #unit: number;
  readonly #ids: number[] = [];

  constructor(dice: Dice, unit: number) {
    this.#dice = dice;
    this.#unit = unit;
  }

  look(account: Account, views: readonly SymbolView[]) {
    const dice = this.#dice;
    dice.see(account.cash, account.equity, account.buyingPower);
    for (const { isPresent, bar, position, netQuantity } of views)
      dice.see(isPresent ? 1 : 0, bar.close, position.quantity, position.averagePrice, netQuantity);
  }

  /** Up to so many things at once. What could never be right throws, and that is seen too. */
  act(desk: Desk, countMax: number) {
    for (let count = this.#dice.int(0, countMax); count > 0; count--) {
      try {
        this.#actOnce(desk);
      } catch (error) {
        if (!(error instanceof OrderError)) throw error;
        this.#dice.see(-7);
      }
    }
  }

  #actOnce(desk: Desk) {
    const dice = this.#dice;
    const what = dice.int(0, 19);
    if (what < 9) this.#send(desk, this.#request(desk));
    else if (what < 11) this.#send(desk, this.#exit(desk));
    else if (what < 14) this.#remember(...desk.oco(...this.#pair(desk)));
    else if (what < 15) this.#interfere((id) => desk.cancel(id));
    else if (what < 18) this.#interfere((id) => desk.replace(id, this.#change(desk)));
    else if (what < 19) this.#remember(desk.close(dice.pick(TAGS)));
    else this.#nonsense(desk);
  }

  #remember(...ids: readonly number[]) {
    this.#dice.see(...ids);
    this.#ids.push(...ids);
  }

  #send(desk: Desk, { side, quantity, ...options }: OrderRequest) {
    const id = side === 'buy' ? desk.buy(quantity, options) : desk.sell(quantity, options);
    this.#remember(id);
  }

  /** With an order or one of its children, rather a late one, until one is alive; or with one that never was. */
  #interfere(how: (id: number) => boolean) {
    const dice = this.#dice;
    for (let tries = 0; tries < 4 && this.#ids.length > 0; tries++) {
      const index = this.#ids.length - 1 - dice.int(0, Math.min(7, this.#ids.length - 1));
      const isDone = how(this.#ids[index]! + dice.pick([0, 0, 0, 1, 1, 2]));
      dice.see(isDone ? 1 : 0);
      if (isDone) return;
      if (dice.chance(0.7)) this.#ids.splice(index, 1);
    }
  }

  #pair(desk: Desk): OrderRequest[] {
    const dice = this.#dice;
    const isExit = desk.held !== 0 && dice.chance(0.5);
    return Array.from({ length: dice.pick([1, 2, 2, 2, 3]) }, () =>
      isExit && dice.chance(0.9) ? this.#exit(desk) : this.#request(desk),
    );
  }

  #request(desk: Desk): OrderRequest {
    const dice = this.#dice;
    const side: Side = dice.chance(0.6) ? 'buy' : 'sell';
    const entry = this.#entry(desk);
    const isReduceOnly = dice.chance(0.12);
    const reference = entry.limit ?? entry.stop ?? desk.bar.close;
    return {
      side,
      quantity: this.#quantity(desk),
      tag: dice.pick(TAGS),
      ...entry,
      ...(isReduceOnly ? { reduceOnly: true } : {}),
      ...(!isReduceOnly && dice.chance(0.45) ? { bracket: this.#bracket(side, reference) } : {}),
      ...(dice.chance(0.15) ? { maxOpenRiskPercent: dice.pick([0, 0.1, 0.5, 2, 10]) } : {}),
    };
  }

  #exit(desk: Desk): OrderRequest {
    const side = desk.held > 0 ? 'sell' : 'buy';
    const quantity = Math.abs(desk.held) * this.#dice.pick([0.5, 1, 1, 1.5]) || desk.instrument.lot;
    return { side, quantity, ...this.#entry(desk), reduceOnly: true };
  }

  #entry(desk: Desk): { limit?: number; stop?: number } {
    const type = this.#dice.int(0, 9);
    if (type < 3) return {};
    return type < 7 ? { limit: this.#price(desk) } : { stop: this.#price(desk) };
  }

  /** Near the bar, and mostly on a level that a bar will touch to the tick. */
  #price({ bar }: Desk): number {
    const dice = this.#dice;
    const steps = dice.int(-4, 4) + (dice.chance(0.1) ? 0.3 : 0);
    const price = dice.pick([bar.open, bar.high, bar.low, bar.close]) + steps * this.#unit;
    return price > 0 ? price : this.#unit;
  }

  #quantity({ bar, held, instrument, account }: Desk): number {
    const dice = this.#dice;
    const way = dice.int(0, 9);
    const { lot, multiplier } = instrument;
    let quantity = lot * dice.int(1, 5);
    if (way < 3) quantity = Math.abs(held) * dice.pick([0.5, 1, 1.5, 2, 3]);
    else if (way < 8)
      quantity = (account.buyingPower * dice.pick([0.02, 0.1, 0.3, 0.6, 1, 1.2])) / (bar.close * multiplier);
    else if (way < 9) quantity = lot * dice.pick([0.4, 0.999, 1.5, 2.999]);
    return quantity > 0 ? quantity : lot;
  }

  #change(desk: Desk): OrderChange {
    const dice = this.#dice;
    const which = dice.int(0, 3);
    return {
      ...(which < 2 ? { quantity: this.#quantity(desk) } : {}),
      ...(which > 0 ? { price: this.#price(desk) } : {}),
    };
  }

  #bracket(side: Side, reference: number): NonNullable<OrderOptions['bracket']> {
    const dice = this.#dice;
    const sign = side === 'buy' ? 1 : -1;
    const level = (winning: number): StopLevel => {
      const way = dice.int(0, 2);
      const steps = dice.chance(0.03) ? 0 : dice.int(1, 6);
      if (way === 0) return { price: reference + winning * sign * steps * this.#unit };
      return way === 1
        ? { offset: dice.pick([0.5, 1, 2, 3, 3.3]) * this.#unit }
        : { percent: dice.pick([0.3, 1, 2.5, 7]) };
    };
    const stop = level(-1);
    const target = dice.chance(0.3) ? { multiple: dice.pick([0.5, 1, 2, 3]) } : level(1);
    const which = dice.int(0, 9);
    return which < 7 ? { stop, target } : which < 9 ? { stop } : { target };
  }

  /** Each of these throws. */
  #nonsense(desk: Desk) {
    const way = this.#dice.int(0, 4);
    if (way === 0) desk.buy(-1);
    else if (way === 1) desk.sell(NaN);
    else if (way === 2) desk.buy(1, { limit: desk.bar.close, stop: desk.bar.close });
    else if (way === 3) desk.oco(this.#request(desk), { side: 'sell', quantity: Infinity });
    else desk.buy(1, { bracket: { target: { multiple: 2 } } });
  }
}
