/** What the two random strategies have in common: the asking. All of its state is in the object. */
import { OrderError, type OrderChange, type SymbolView } from '../../src/index.ts';
import type { Account, Bar, Instrument, OrderOptions, OrderRequest, Side } from '../../src/index.ts';
import type { OrderSize, PositionRules, Target } from '../../src/broker/order.ts';
import type { Dice } from './dice.ts';
import { wishBracket, wishEntry, wishPrice, wishRules, wishTime } from './wishes.ts';

/** One symbol, as the trader deals with it. */
export interface Desk {
  readonly time: number;
  readonly bar: Bar;
  /** Signed, what it holds. */
  readonly held: number;
  readonly instrument: Instrument;
  readonly account: Account;
  buy(quantity: OrderSize, options?: OrderOptions): number;
  sell(quantity: OrderSize, options?: OrderOptions): number;
  target(target: Target, options?: OrderOptions): number;
  oco(...orders: readonly OrderRequest[]): readonly number[];
  close(tag?: string): number;
  cancel(id: number): boolean;
  replace(id: number, change: OrderChange): boolean;
  /** Of a symbol's own strategy. */
  protect?(rules: PositionRules | null): void;
}

const TAGS = ['', '', 'dip', 'breakout', 'naïve'];

export class Trader {
  readonly #dice: Dice;
  /** A natural step of the price, and of time. */
  readonly #unit: number;
  readonly #interval: number;
  readonly #ids: number[] = [];

  constructor(dice: Dice, { unit, interval }: { readonly unit: number; readonly interval: number }) {
    this.#dice = dice;
    this.#unit = unit;
    this.#interval = interval;
  }

  look(account: Account, views: readonly SymbolView[]) {
    const dice = this.#dice;
    dice.see(account.cash, account.equity, account.buyingPower);
    for (const { isPresent, bar, position, netQuantity } of views)
      dice.see(isPresent ? 1 : 0, bar.close, position.quantity, position.averagePrice, netQuantity);
  }

  /** Up to so many things at once. What could never be right throws, and that is seen too. */
  act(desk: Desk, countMax: number) {
    for (let count = this.#dice.int(0, countMax); count > 0; count--) this.try(() => this.#actOnce(desk));
  }

  try(what: () => void) {
    try {
      what();
      this.#dice.see(7);
    } catch (error) {
      if (!(error instanceof OrderError)) throw error;
      this.#dice.see(-7);
    }
  }

  /** An order that it did not send itself, or is not to forget. */
  remember(...ids: readonly number[]) {
    this.#dice.see(...ids);
    this.#ids.push(...ids);
  }

  #actOnce(desk: Desk) {
    const dice = this.#dice;
    const what = dice.int(0, 23);
    if (what < 10) this.#send(desk, this.#request(desk));
    else if (what < 12) this.#send(desk, this.#exit(desk));
    else if (what < 14) this.#aim(desk);
    else if (what < 17) this.remember(...desk.oco(...this.#pair(desk)));
    else if (what < 18) this.#interfere((id) => desk.cancel(id));
    else if (what < 21) this.#interfere((id) => desk.replace(id, this.#change(desk)));
    else if (what < 22) this.remember(desk.close(dice.pick(TAGS)));
    else if (what < 23) desk.protect?.(wishRules(dice, this.#unit));
    else this.#nonsense(desk);
  }

  #send(desk: Desk, { side, quantity, ...options }: OrderRequest) {
    const id = side === 'buy' ? desk.buy(quantity, options) : desk.sell(quantity, options);
    this.remember(id);
  }

  #aim(desk: Desk) {
    const dice = this.#dice;
    const { side, quantity, ...options } = this.#request(desk);
    const { equity } = desk.account;
    const ways: readonly Target[] = [
      { quantity: typeof quantity === 'number' ? (side === 'buy' ? quantity : -quantity) : 0 },
      { value: equity * dice.pick([-0.7, 0, 0.1, 0.5, 1.1]) },
      { percent: dice.pick([-150, -30, 0, 10, 60, 100, 300]) },
    ];
    this.remember(desk.target(dice.pick(ways), options));
  }

  /** With an order or one of its children, rather a late one, until one is alive; or with one that never was. */
  #interfere(how: (id: number) => boolean) {
    const dice = this.#dice;
    for (let tries = 0; tries < 4 && this.#ids.length > 0; tries++) {
      const index = this.#ids.length - 1 - dice.int(0, Math.min(7, this.#ids.length - 1));
      const isDone = how(this.#ids[index]! + dice.pick([0, 0, 0, 1, 1, 2, 3]));
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
    const entry = wishEntry(dice, desk.bar, this.#unit);
    const isReduceOnly = dice.chance(0.12);
    const reference = entry.stop ?? entry.limit ?? desk.bar.close;
    return {
      side,
      quantity: this.#size(desk),
      tag: dice.pick(TAGS),
      ...entry,
      ...wishTime(dice, desk.time, this.#interval),
      ...(isReduceOnly ? { reduceOnly: true } : {}),
      ...(dice.chance(0.25) ? { allowPartial: true } : {}),
      ...(!isReduceOnly && dice.chance(0.45)
        ? { bracket: wishBracket(dice, side, reference, this.#unit) }
        : {}),
      ...(dice.chance(0.15) ? { maxOpenRiskPercent: dice.pick([0, 0.1, 0.5, 2, 10]) } : {}),
    };
  }

  #exit(desk: Desk): OrderRequest {
    const dice = this.#dice;
    const side = desk.held > 0 ? 'sell' : 'buy';
    const quantity = Math.abs(desk.held) * dice.pick([0.5, 1, 1, 1.5]) || desk.instrument.lot;
    const options = {
      ...wishEntry(dice, desk.bar, this.#unit),
      ...wishTime(dice, desk.time, this.#interval),
    };
    return { side, quantity, ...options, reduceOnly: true };
  }

  #size(desk: Desk): OrderSize {
    const dice = this.#dice;
    const way = dice.int(0, 11);
    const { equity } = desk.account;
    if (way === 0) return { cash: Math.abs(equity) * dice.pick([0.05, 0.5, 1, 1.5]) };
    if (way === 1) return { percent: dice.pick([1, 10, 50, 100, 250, 900]) };
    if (way === 2) return { riskPercent: dice.pick([0.1, 1, 5]) };
    return this.#quantity(desk);
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
    const which = dice.int(0, 12);
    if (which === 12) return dice.pick([{}, { quantity: 0 }, { price: NaN }, { quantity: -1, price: 1 }]);
    return {
      ...(which < 8 ? { quantity: this.#quantity(desk) } : {}),
      ...(which > 3 ? { price: wishPrice(dice, desk.bar, this.#unit) } : {}),
    };
  }

  /** Each of these throws. */
  #nonsense(desk: Desk) {
    const dice = this.#dice;
    const { bar, time } = desk;
    const options: readonly OrderOptions[] = [
      { limit: NaN },
      { stop: Infinity },
      { closes: 1 },
      { onClose: true, limit: bar.close },
      { trail: { offset: 1 }, stop: bar.close },
      { trail: { percent: 100 } },
      { trail: { offset: 0 } },
      { trail: { atr: 1, period: 1000 } },
      { trail: { atr: 1, period: 1.5 } },
      { trail: { atr: 2 } as never },
      { trail: { offset: 1, percent: 1 } as never },
      { goodUntil: time, timeInForce: 'day' },
      { goodUntil: NaN },
      { timeInForce: 'gtd' as never },
      { maxOpenRiskPercent: -1 },
      { reduceOnly: true, bracket: { stop: { percent: 1 } } },
      { limt: 1 } as never,
      { bracket: {} },
      { bracket: { stop: { price: bar.close } } },
      { bracket: { target: { price: bar.close * 0.5 } } },
      { bracket: { target: { multiple: 2 } } },
      { bracket: { stop: { percent: 1 }, trail: { percent: 1 } } },
      { bracket: { trail: { percent: 150 } } },
      { bracket: { targets: [] } },
      { bracket: { targets: [{ percent: 1, portion: 0 }] } },
      {
        bracket: {
          targets: [
            { percent: 1, portion: 0.7 },
            { percent: 2, portion: 0.5 },
          ],
        },
      },
      { bracket: { target: { percent: 1 }, targets: [{ percent: 1, portion: 1 }] } },
    ];
    const quantities: readonly OrderSize[] = [
      -1,
      NaN,
      1e308,
      { cash: 0 },
      { percent: -5 },
      { riskPercent: 1 },
      {} as never,
      { cash: 1, percent: 1 } as never,
    ];
    const way = dice.int(0, 9);
    if (way < 6) desk.buy(1, dice.pick(options));
    else if (way < 8) desk.sell(dice.pick(quantities));
    else if (way < 9) desk.oco(this.#request(desk), { side: 'sell', quantity: Infinity });
    else desk.target(dice.pick([{ value: NaN }, {} as never]));
  }
}
