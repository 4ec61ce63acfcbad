/** What a symbol's contract is: the sizes in which it is counted and priced. */
export interface Instrument {
  /** Money per unit and point of price. */
  readonly multiplier: number;
  /** Quantities are rounded down to whole lots. */
  readonly lot: number;
  /** Prices of orders are rounded to whole ticks; 0 = any price. */
  readonly tick: number;
  /** Ask minus bid, for strategies that need one. */
  readonly spread: number;
}

export const DEFAULT_INSTRUMENT: Instrument = { multiplier: 1, lot: 1e-8, tick: 0, spread: 0 };
