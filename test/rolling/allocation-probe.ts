/**
 * Prints the bytes that one update of a window leaves on the heap, once its code is compiled. Run by
 * `allocation.test.ts` in a process of its own, with a young generation so large that nothing is collected between
 * two readings of the heap, and one kind of window a process, so that none spoils the code of another.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import * as averages from '../../src/rolling/averages.ts';
import * as oscillators from '../../src/rolling/oscillators.ts';
import { Ring } from '../../src/rolling/ring.ts';
import * as extremes from '../../src/rolling/rolling-extremes.ts';
import { RollingSum } from '../../src/rolling/rolling-sum.ts';
import { RollingVariance } from '../../src/rolling/rolling-variance.ts';
import { SUM_KINDS, SummedAverage, type SumKind } from '../../src/rolling/summed-average.ts';
import { VolumeCache } from '../../src/rolling/volume-cache.ts';
import { seeded } from '../support/random.ts';

/** All of them: those that look at one number a time leave the other two alone. */
interface Probed {
  update(high: number, low: number, close: number): number;
  readonly value: number;
}

const KINDS: Record<string, new (length: number) => Probed> = {
  Ring,
  RollingSum,
  RollingVariance,
  VolumeCache,
  ...extremes,
  ...averages,
  ...oscillators,
  ...Object.fromEntries(SUM_KINDS.map((kind) => [`SummedAverage ${kind}`, summed(kind)])),
};

function summed(kind: SumKind): new (length: number) => Probed {
  return class extends SummedAverage {
    constructor(length: number) {
      super(length, kind);
    }
  };
}

const CHUNK = 4_096;
const CHUNKS = 100;
const ROUNDS_MAX = 30;
/** Less than the smallest object. */
const BYTES_ENOUGH = 4;

const random = seeded(1);
const stream = Float64Array.from({ length: CHUNK }, () => 100 + random());
const sink = new Float64Array(1);

function feed(window: Probed): void {
  let total = 0;
  for (let index = 0; index < CHUNK; index++) {
    const x = stream[index]!;
    window.update(x, x - 1, x - 0.5);
    total += window.value;
  }
  sink[0] = total;
}

const window = new KINDS[process.argv[2]!]!(20);
let bytesMin = Number.POSITIVE_INFINITY;
// The least of several rounds: code is compiled, and at times thrown away and compiled anew, on other threads, which a busy
// machine may keep waiting. What allocates on purpose does so in every round.
for (let round = 0; round < ROUNDS_MAX && !(bytesMin < BYTES_ENOUGH); round++) {
  globalThis.gc!();
  const before = process.memoryUsage().heapUsed;
  for (let chunk = 0; chunk < CHUNKS; chunk++) feed(window);
  bytesMin = Math.min(bytesMin, (process.memoryUsage().heapUsed - before) / (CHUNK * CHUNKS));
  await sleep(20);
}
console.log(bytesMin);
