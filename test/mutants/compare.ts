/** Compares the engine beside it with the naive simulator, world by world, and prints where they part first, or nothing. */
import { divergence } from '../engine/divergence.ts';
import { simulate } from '../naive.ts';
import { play } from '../support/play.ts';
import { planOf, randomWorld } from '../worlds/world.ts';

const [from = 0, to = 0] = process.argv.slice(2).map(Number);

for (let seed = from; seed < to; seed++) {
  const world = randomWorld(seed);
  const plan = { ...planOf(world, 'class'), deterministic: false };
  const naive = simulate(world.market, plan);
  let told: string;
  try {
    told = divergence((await play(world.market, plan)).events, naive);
  } catch (error) {
    told = String(error);
  }
  if (told === '') continue;
  console.log(`world ${seed}: ${told}`);
  break;
}
