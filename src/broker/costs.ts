/** What a fill costs beside its price. */
import type { CommissionSpec } from './policies.ts';

/** The commission of one fill. A model of any kind stands behind this. */
export interface Commission {
  /** @param isFirst whether it is the first fill of its order. @returns money, added in one fixed order. */
  of(quantity: number, multiplier: number, price: number, isFirst: boolean): number;
}

/** quantity × multiplier × price × rate + quantity × perShare + perOrder. */
export class LinearCommission implements Commission {
  readonly #rate: number;
  readonly #perShare: number;
  readonly #perOrder: number;

  constructor({ rate, perShare, perOrder }: CommissionSpec) {
    this.#rate = rate;
    this.#perShare = perShare;
    this.#perOrder = perOrder;
  }

  of(quantity: number, multiplier: number, price: number, isFirst: boolean): number {
    return (
      quantity * multiplier * price * this.#rate + quantity * this.#perShare + (isFirst ? this.#perOrder : 0)
    );
  }
}
