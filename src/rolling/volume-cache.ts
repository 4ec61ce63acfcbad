/**
 * The last n volumes and their average, kept up in O(1) as they come: the same work for 20 as for 2,000.
 *
 *     readonly #volumes = new VolumeCache(20);
 *     …
 *     const isLoud = this.#volumes.isReady && bar.volume > 2 * this.#volumes.average;
 *     this.#volumes.update(bar.volume); // After the question: the average is of the volumes before.
 *
 * Memory: that of the `RollingSum` inside it, a ring of the volumes and as many partial sums.
 *
 * The average of whole volumes is that of the exact sum, rounded once. Others are off by less than 1e-15 of it,
 * however many went through.
 */
import { RollingSum } from './rolling-sum.ts';

export class VolumeCache {
  readonly length: number;
  readonly #sum: RollingSum;
  readonly #average = new Float64Array(1);

  /** @throws {RangeError} if `length` is not a whole number from 1 up */
  constructor(length: number) {
    this.#sum = new RollingSum(length);
    this.length = length;
  }

  /** Takes the next volume, in place of the oldest if n are held. Returns the average. */
  update(volume: number): number {
    this.#sum.update(volume);
    this.#average[0] = this.#sum.mean;
    return this.#average[0]!;
  }

  /** The mean of the volumes held: of the last n, or of those seen if they are fewer; 0 if there are none. */
  get average(): number {
    return this.#average[0]!;
  }

  /** The average, by the name that the other windows have for what they compute. */
  get value(): number {
    return this.average;
  }

  /** True once n volumes were seen. */
  get isReady(): boolean {
    return this.#sum.isReady;
  }

  /** Updates since the start, or since the last `reset()`. */
  get count(): number {
    return this.#sum.count;
  }

  reset(): void {
    this.#sum.reset();
    this.#average[0] = 0;
  }
}
