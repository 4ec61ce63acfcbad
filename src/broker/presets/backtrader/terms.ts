/** What positions cost and return under backtrader's rules: pure functions of sizes, prices and cash, in its order of operations. */
import type { BacktraderSettings } from './settings.ts';

/** A signed size at its average price, which means nothing where the size is 0. */
export interface Holding {
  readonly size: number;
  readonly average: number;
}

/** What an execution does to a holding. Both parts have the sign of the execution. */
export interface Split {
  readonly closed: number;
  readonly opened: number;
  readonly after: Holding;
}

/** An increase averages the price, a reduction leaves it, a reversal closes all and opens the rest at its own. */
export function split({ size, average }: Holding, added: number, price: number): Split {
  const held = size + added;
  if (held === 0) return { closed: added, opened: 0, after: { size: 0, average: NaN } };
  if (size === 0) return { closed: 0, opened: added, after: { size: held, average: price } };
  if (size > 0 === added > 0) {
    const mean = (average * size + added * price) / held;
    return { closed: 0, opened: added, after: { size: held, average: mean } };
  }
  if (size > 0 === held > 0) return { closed: added, opened: 0, after: { size: held, average } };
  return { closed: -size, opened: held, after: { size: held, average: price } };
}

/** Stocks by value, or contracts by margin. */
export class Terms {
  readonly isStock: boolean;
  readonly multiplier: number;
  readonly #perUnit: number;
  readonly #margin: number;
  readonly #leverage: number;
  readonly #shortCash: boolean;

  constructor({ commission, leverage, shortCash }: BacktraderSettings) {
    this.isStock = commission.kind === 'percent';
    this.multiplier = commission.kind === 'percent' ? 1 : commission.multiplier;
    this.#perUnit = commission.kind === 'percent' ? commission.rate : commission.amount;
    this.#margin = commission.kind === 'percent' ? NaN : commission.margin;
    this.#leverage = leverage;
    this.#shortCash = shortCash;
  }

  commission(size: number, price: number): number {
    return this.isStock ? Math.abs(size) * this.#perUnit * price : Math.abs(size) * this.#perUnit;
  }

  profit(size: number, from: number, to: number): number {
    return size * (to - from) * this.multiplier;
  }

  /** What contracts pay or receive when the price moves; stocks do not. */
  settled(size: number, from: number, to: number): number {
    return this.isStock ? 0 : this.profit(size, from, to);
  }

  /** Cash after a closing part and its commission. @param profit 0 on paper */
  afterClosing(cash: number, closed: number, average: number, price: number, profit: number): number {
    const value = this.#levered(this.#value(-closed, average));
    return cash + (value + (this.isStock ? profit : 0)) - this.commission(closed, price);
  }

  afterOpening(cash: number, opened: number, price: number): number {
    return cash - this.#levered(this.#value(opened, price)) - this.commission(opened, price);
  }

  /** `sum` and what a position adds to equity. */
  addWorth(sum: number, size: number, average: number, close: number): number {
    let value = this.#value(size, close);
    // A short that has cost its value is worth what was paid and what was won since.
    if (this.isStock && !this.#shortCash && size < 0)
      value = Math.abs(average * size + (average - close) * size);
    if (!(value > 0)) return sum + value;
    const profit = this.profit(size, average, close);
    return sum + (value - profit) / this.#leverage + profit;
  }

  #value(size: number, price: number): number {
    if (!this.isStock) return Math.abs(size) * this.#margin;
    return (this.#shortCash ? size : Math.abs(size)) * price;
  }

  #levered(value: number): number {
    return value > 0 ? value / this.#leverage : value;
  }
}
