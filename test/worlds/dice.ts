/**
 * Seeded chance that listens: every number that is seen stirs the stream, so that traders who see different things
 * part for good, at once.
 */
export class Dice {
  #state: number;
  readonly #double = new Float64Array(1);
  readonly #words = new Uint32Array(this.#double.buffer);

  constructor(seed: number, ...words: readonly string[]) {
    this.#state = seed >>> 0;
    for (const word of words) for (let i = 0; i < word.length; i++) this.#stir(word.charCodeAt(i));
  }

  #stir(word: number) {
    let bits = Math.imul(this.#state ^ word, 0x9e3779b1) + 0x6d2b79f5;
    bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
    this.#state = (bits ^ (bits >>> 13)) >>> 0;
  }

  /** All NaN are one, and so are the zeros. */
  see(...values: readonly number[]) {
    for (const value of values) {
      this.#double[0] = Number.isNaN(value) ? -1.5e300 : value + 0;
      this.#stir(this.#words[0]!);
      this.#stir(this.#words[1]!);
    }
  }

  /** In [0, 1). */
  next(): number {
    this.#stir(0x2545f491);
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
    bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  }

  /** Whole, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)]!;
  }
}
