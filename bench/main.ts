/**
 * All benchmarks, one after the other.
 *
 *     npm run bench              as long as it takes to trust the figures
 *     npm run bench -- --small   a few seconds: whether they run, and compute what they should
 *
 * Each prints a digest of what it computed and throws if two ways that should agree do not. The digests of the small
 * runs are kept here, so that a fast wrong answer fails.
 */
import { barrier } from './barrier.ts';
import { csv } from './csv.ts';
import type { BenchOptions } from './harness.ts';
import { presence } from './presence.ts';
import { tick } from './tick.ts';
import { volumeCache } from './volume-cache.ts';

const SMALL_DIGESTS: Readonly<Record<string, string>> = {
  barrier: 'bcaf4399 bcaf4399 a8d0f54c a8d0f54c 566b2d5c 566b2d5c',
  presence: '6aa7f57f 15e03e75',
  'volume-cache': 'cf5107dc ce2923cb a477c758',
  tick: 'cb835eebf8da 53346ece52d2 6463ca40ab82',
  csv: '4d80ed6a 4d80ed6a',
};

const small = process.argv.includes('--small');
const benches = {
  barrier: async (options: BenchOptions) => ({
    digests: (await barrier(options)).map(({ digest }) => digest),
  }),
  presence,
  'volume-cache': volumeCache,
  tick,
  csv,
};
let wrong = 0;
for (const [name, bench] of Object.entries(benches)) {
  const { digests } = await bench({ small });
  const digest = digests.map((part) => part.slice(0, 12)).join(' ');
  console.log('');
  if (!small || digest === SMALL_DIGESTS[name]) continue;
  console.error(`${name}: computed ${digest}, should be ${SMALL_DIGESTS[name]}`);
  wrong++;
}
process.exitCode = wrong === 0 ? 0 : 1;
