/**
 * Whole lots and whole ticks, so that 0.1 + 0.2 lots are the 0.3 lots that a position can be closed with.
 *
 * A size such as 1e-8 or 0.25 is worked by its inverse, because count / 100000000 is the double nearest to the decimal
 * that is meant and count × 1e-8 often is not.
 */

/** A value this near (relative) to a whole number of sizes is that number: a few roundings of a double. */
const NEAR = 2 ** -50;
const WHOLE_INVERSE = 1e-9;

export class Grain {
  readonly size: number;
  /** 1 / size where that is whole, else 0. */
  readonly #inverse: number;

  /** @param size one lot or one tick; 0 means any value is whole. */
  constructor(size: number) {
    const inverse = size > 0 ? Math.round(1 / size) : 0;
    this.size = size;
    this.#inverse = inverse >= 1 && Math.abs(1 / size - inverse) <= WHOLE_INVERSE * inverse ? inverse : 0;
  }

  down(value: number): number {
    if (this.size === 0) return value;
    const count = this.#count(value);
    return this.#value(isNear(count) ? Math.round(count) : Math.floor(count));
  }

  up(value: number): number {
    if (this.size === 0) return value;
    const count = this.#count(value);
    return this.#value(isNear(count) ? Math.round(count) : Math.ceil(count));
  }

  nearest(value: number): number {
    return this.size === 0 ? value : this.#value(Math.round(this.#count(value)));
  }

  #count(value: number): number {
    return this.#inverse === 0 ? value / this.size : value * this.#inverse;
  }

  #value(count: number): number {
    return this.#inverse === 0 ? count * this.size : count / this.#inverse;
  }
}

function isNear(count: number): boolean {
  const whole = Math.round(count);
  return Math.abs(count - whole) <= NEAR * Math.abs(whole);
}

/** Limits to the tick in the trader's favour, stops against the trader. @param side 1 buys, −1 sells */
export function roundPrice(price: number, isLimit: boolean, side: number, tick: Grain): number {
  return isLimit === side > 0 ? tick.down(price) : tick.up(price);
}
