/** What a fill costs beside its price: commission, and how far slippage moves the price. */
import type { Instrument } from '../market/instrument.ts';
import { BUY, LIMIT } from './matching.ts';
import type { CommissionSpec, Rules, SlippageSpec } from './policies.ts';

/** The commission of fills. A model of any kind stands behind this. */
export interface Commission {
  /** Before minimum and maximum, added in one fixed order. @param isFirst whether it is the first fill of its order */
  raw(quantity: number, multiplier: number, price: number, isFirst: boolean): number;
  /**
   * What a fill is charged. A minimum and a maximum are of the order in all: it has been charged `charged` for fills of `before` raw.
   */
  charge(raw: number, before: number, charged: number): number;
}

/** quantity × multiplier × price × rate + quantity × perShare + perOrder, within minimum and maximum. */
export class LinearCommission implements Commission {
  readonly #rate: number;
  readonly #perShare: number;
  readonly #perOrder: number;
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #isBounded: boolean;

  constructor({ rate, perShare, perOrder, minimum, maximum }: CommissionSpec) {
    this.#rate = rate;
    this.#perShare = perShare;
    this.#perOrder = perOrder;
    this.#minimum = minimum;
    this.#maximum = maximum ?? Infinity;
    this.#isBounded = minimum > 0 || maximum !== null;
  }

  raw(quantity: number, multiplier: number, price: number, isFirst: boolean): number {
    return (
      quantity * multiplier * price * this.#rate + quantity * this.#perShare + (isFirst ? this.#perOrder : 0)
    );
  }

  charge(raw: number, before: number, charged: number): number {
    if (!this.#isBounded) return raw; // (before + raw) − before is not always raw.
    return Math.min(Math.max(before + raw, this.#minimum), this.#maximum) - charged;
  }
}

/** raw ± (raw × bps / 10,000 + price + spreads × spread), against the trader; a limit never beyond its limit. */
export class Slippage {
  readonly #bps: number;
  /** In price. */
  readonly #fixed: number;

  constructor({ bps, price, spreads }: SlippageSpec, spread: number) {
    this.#bps = bps;
    this.#fixed = price + spreads * spread;
  }

  slipped(raw: number, type: number, side: number, price: number): number {
    const slip = this.#bps / 10_000;
    const moved = side === BUY ? raw * (1 + slip) + this.#fixed : Math.max(0, raw * (1 - slip) - this.#fixed);
    if (type !== LIMIT) return moved;
    return side === BUY ? Math.min(price, moved) : Math.max(price, moved);
  }
}

/** Both, for each symbol. */
export class Costs {
  readonly commissions: readonly Commission[];
  readonly slippages: readonly Slippage[];

  constructor(names: readonly string[], instruments: readonly Instrument[], rules: Rules) {
    const { costs, commission, slippage } = rules;
    this.commissions = names.map((name) => new LinearCommission(costs[name]?.commission ?? commission));
    this.slippages = names.map(
      (name, symbol) => new Slippage(costs[name]?.slippage ?? slippage, instruments[symbol]!.spread),
    );
  }
}
