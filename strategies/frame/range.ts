/**
 * The reference range: high and low of one candle of the day, which a breakout has to leave.
 *
 * Of the closed reference candles the newest one that opened at the range's time counts. Until a first such
 * candle was seen, the newest one that opened at the fallback time does; later fallbacks are ignored for good.
 * A day on which the market was closed for the whole of that candle makes none, and the range of the day before
 * stays.
 */
import type { Bar } from 'lockstep';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 1: up, above the range, long. −1: down, below it, short. Multiplied with, it mirrors a comparison of prices. */
export type Direction = 1 | -1;

export interface RangeSpec {
  /** Timeframe of the reference candle, and when it opens: milliseconds after midnight, UTC. */
  readonly referenceTimeframe: string;
  readonly opensAt: number;
  readonly fallbackAt: number;
  readonly confirmationTimeframe: string;
}

export const RANGES = {
  '4H_5M': {
    referenceTimeframe: '4h',
    opensAt: 4 * HOUR,
    fallbackAt: 12 * HOUR,
    confirmationTimeframe: '5m',
  },
  '15M_1M': {
    referenceTimeframe: '15m',
    opensAt: 14 * HOUR + 30 * MINUTE,
    fallbackAt: 15 * HOUR,
    confirmationTimeframe: '1m',
  },
} as const satisfies Record<string, RangeSpec>;
export type RangeName = keyof typeof RANGES;

export class ReferenceRange {
  readonly #spec: RangeSpec;
  #sawPrimary = false;
  #high = Number.NaN;
  #low = Number.NaN;

  constructor(spec: RangeSpec) {
    this.#spec = spec;
  }

  get high(): number {
    return this.#high;
  }

  get low(): number {
    return this.#low;
  }

  /** False before the first reference too: NaN is not above NaN. */
  get hasHeight(): boolean {
    return this.#high > this.#low;
  }

  /** Takes a closed reference candle of any time of the day. True if it is the new reference. */
  offer(candle: Bar): boolean {
    const opensAt = candle.time % DAY;
    const isPrimary = opensAt === this.#spec.opensAt;
    const isFallback = opensAt === this.#spec.fallbackAt && !this.#sawPrimary;
    if (!isPrimary && !isFallback) return false;
    this.#sawPrimary ||= isPrimary;
    this.#high = candle.high;
    this.#low = candle.low;
    return true;
  }

  /** Whether a price is in it, its edges included. */
  includes(price: number): boolean {
    return price >= this.#low && price <= this.#high;
  }

  /** The edge that a breakout in this direction closes beyond. */
  edge(direction: Direction): number {
    return direction > 0 ? this.#high : this.#low;
  }
}
