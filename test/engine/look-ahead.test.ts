/**
 * No decision knows what is to come: a run over bars that are garbage from step k + 1 on does the same up to k.
 *
 * Everything the traders see goes into their dice, so one look at a bar that is not there yet makes them part for good. A fill
 * at k + 1 uses the bar of k + 1, so what is compared is everything up to and including step k.
 */
import { describe, expect, test } from 'vitest';
import type { Bar } from '../../src/market/bar.ts';
import type { Plan } from '../../src/record/plan.ts';
import type { RunEvent } from '../../src/record/records.ts';
import { PHASE } from '../../src/record/records.ts';
import type { Market } from '../support/market.ts';
import { play } from '../support/play.ts';
import { seeded } from '../support/random.ts';
import { planOf, randomWorld } from '../worlds/world.ts';
import { divergence } from './divergence.ts';

const WORLDS = 40;
const CUTS_PER_WORLD = 10;

/** Other prices and volumes after `time`, and bars that come to be or are gone: but the same steps. */
function garbled({ interval, bars }: Market, time: number, steps: readonly number[], random: () => number) {
  const later = steps.filter((step) => step > time);
  const symbols = Object.keys(bars);
  const entries = symbols.map((symbol, place) => {
    const known = bars[symbol]!.filter((bar) => bar.time <= time);
    // Each step keeps a bar of some symbol, or it would not be a step.
    const present = later.filter((_, i) => i % symbols.length === place || random() < 0.5);
    return [symbol, [...known, ...present.map((at) => garbage(at, random))]] as const;
  });
  return { interval, bars: Object.fromEntries(entries) };
}

function garbage(time: number, random: () => number): Bar {
  const [open, close] = [random() * 1e4 + 1, random() * 1e4 + 1];
  return {
    time,
    open,
    close,
    high: Math.max(open, close) * 2,
    low: Math.min(open, close) / 2,
    volume: random() * 1e9,
  };
}

function stepsOf({ bars }: Market, { grid }: Plan): number[] {
  if (grid !== null) return Array.from({ length: grid.count }, (_, step) => grid.start + step * grid.stepMs);
  return [...new Set(Object.values(bars).flatMap((list) => list.map(({ time }) => time)))].sort(
    (a, b) => a - b,
  );
}

const upTo = (events: readonly RunEvent[], step: number) =>
  events.filter((event) => event.step <= step && event.phase !== PHASE.end);

describe('a future of garbage', { timeout: 60_000 }, () => {
  test.each(Array.from({ length: WORLDS }, (_, i) => 20_000 + i))(
    'changes nothing before it in world %i',
    async (seed) => {
      const world = randomWorld(seed);
      const plan = { ...planOf(world, 'class'), deterministic: false };
      const random = seeded(seed);
      const steps = stepsOf(world.market, plan);
      const { events } = await play(world.market, plan);
      for (let cut = 0; cut < Math.min(CUTS_PER_WORLD, steps.length); cut++) {
        const step = Math.floor(random() * steps.length);
        const other = await play(garbled(world.market, steps[step]!, steps, random), plan);
        const where = `world ${seed}, garbage after step ${step} of ${steps.length}`;
        expect(divergence(upTo(other.events, step), upTo(events, step), ['garbage', 'truth']), where).toBe(
          '',
        );
      }
    },
  );

  test('does change what comes after it', async () => {
    let changed = 0;
    for (let seed = 20_000; seed < 20_010; seed++) {
      const world = randomWorld(seed);
      const plan = { ...planOf(world, 'class'), deterministic: false };
      const steps = stepsOf(world.market, plan);
      const middle = Math.floor(steps.length / 2);
      const [truth, other] = [
        await play(world.market, plan),
        await play(garbled(world.market, steps[middle]!, steps, seeded(seed)), plan),
      ];
      if (divergence(upTo(other.events, middle + 4), upTo(truth.events, middle + 4)) !== '') changed++;
    }
    expect(changed).toBeGreaterThan(5);
  });
});
