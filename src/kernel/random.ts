/**
 * A seeded stream of random numbers: `ctx.random` of one strategy on one symbol.
 *
 * The stream depends on (run seed, strategy, symbol) and on nothing else. Each instance draws from its own,
 * so what one draws does not move another's, whatever thread either of them runs on.
 *
 * The generator is xoroshiro128+ (Blackman and Vigna). Its 128 bits of state are the first 128 of a SHA-256
 * over the three: neighbouring seeds start at unrelated places, and two streams overlap in their first 2^40
 * numbers with a probability near 2^-86. (The state that is all zeros would be stuck. It comes up once in
 * 2^128.)
 */
import { hash } from 'node:crypto';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { assert } from './assert.ts';

const TWO_POW_26 = 2 ** 26;
const TWO_POW_MINUS_53 = 2 ** -53;

export class RandomStream {
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  /** `strategy` is the index of the strategy in the run. */
  constructor(runSeed: number, strategy: number, symbol: string) {
    assert(Number.isFinite(runSeed) && Number.isFinite(strategy), 'the seed of a stream is finite');
    // As JSON no two triples give the same text, whatever the symbol's name contains.
    const bytes = hash('sha256', JSON.stringify([runSeed, strategy, symbol]), 'buffer');
    this.#generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => bytes.readInt32LE(offset)));
  }

  /** The next number, uniform over the 2^53 multiples of 2^-53 in [0, 1). */
  next(): number {
    const generator = this.#generator;
    // The generator's lowest bits are its weakest (the last is a plain shift register): 5 and 6 of them are dropped.
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * TWO_POW_26 + low) * TWO_POW_MINUS_53; // 27 + 26 bits: exact.
  }
}
