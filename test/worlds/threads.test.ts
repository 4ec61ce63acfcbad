/**
 * The same digest on any number of threads, for any order of the symbols, and whatever the threads' luck.
 *
 * Luck is injected: with a jitter seed every thread dawdles before each arrival and after each release.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run, type RunOptions, type WorkerCount } from '../../src/engine/run.ts';
import type { WaitPolicy } from '../../src/kernel/wait.ts';
import type { BarStore } from '../../src/market/bar-store.ts';
import { DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import { loadCandles } from '../../src/sources/candle-files.ts';
import { divergence } from '../engine/divergence.ts';
import '../engine/warm-threads.ts';
import type { Market } from '../support/market.ts';
import { play } from '../support/play.ts';
import { seeded } from '../support/random.ts';
import { planOf, randomWorld, type World } from './world.ts';

const WORLDS = 24;
const GUARDED_EVERY = 10;
const SYMBOLS_MIN = 3;

/** The first worlds from `seed` on that have enough symbols to share out. */
function worldsFrom(seed: number, count: number): World[] {
  const worlds: World[] = [];
  for (let next = seed; worlds.length < count; next++) {
    const world = randomWorld(next);
    if (Object.keys(world.market.bars).length >= SYMBOLS_MIN) worlds.push(world);
  }
  return worlds;
}

function shuffled({ interval, bars }: Market, random: () => number): Market {
  const entries = Object.entries(bars).map((entry) => ({ entry, at: random() }));
  entries.sort((a, b) => a.at - b.at);
  return { interval, bars: Object.fromEntries(entries.map(({ entry }) => entry)) };
}

function jittered(jitterSeed: number): WaitPolicy {
  // Now one that sleeps at once, now one that spins: both ways of waiting are walked.
  return { spinTries: jitterSeed % 2 === 0 ? 0 : 500, sleepMs: 20, jitterSeed };
}

describe('random worlds', () => {
  const worlds = worldsFrom(10_000, WORLDS);
  const ways: readonly WorkerCount[] = [1, 2, 3, 'symbols'];

  test('are of all kinds', () => {
    const kinds = worlds.map(({ traderCount, hasPortfolio }) => `${traderCount > 0}, ${hasPortfolio}`);
    expect(new Set(kinds).size).toBe(3); // Symbol strategies, a portfolio, both.
    expect(worlds.some(({ plan }) => plan.warmupSteps > 0)).toBe(true);
    expect(worlds.some(({ plan }) => plan.grid !== null)).toBe(true);
  });

  test.each(worlds)('world $seed: the same on any number of threads', { timeout: 60_000 }, async (world) => {
    const random = seeded(world.seed);
    // The guard of deterministic mode costs every thread more than the world does.
    const plan = { ...planOf(world, 'url'), deterministic: world.seed % GUARDED_EVERY === 0 };
    const inline = await play(world.market, plan);
    for (const workers of ways) {
      const policy = jittered(Math.floor(random() * 2 ** 31));
      const threaded = await play(shuffled(world.market, random), plan, { workers, policy });
      const where = `world ${world.seed}, ${workers} workers, jitter ${policy.jitterSeed}`;
      expect(divergence(threaded.events, inline.events, ['threads', 'inline']), where).toBe('');
      expect(threaded.outcome, where).toMatchObject({
        digest: inline.outcome.digest,
        ticks: inline.outcome.ticks,
        steps: inline.outcome.steps,
        counts: inline.outcome.counts,
        droppedOrders: inline.outcome.droppedOrders,
      });
    }
  });

  test('world 10000: a dollar more is another digest', async () => {
    const world = worlds[0]!;
    const plan = planOf(world, 'url');
    const { digest } = (await play(world.market, plan)).outcome;
    const cash = plan.rules.cash + 1;
    const richer = await play(world.market, { ...plan, rules: { ...plan.rules, cash } });
    expect(richer.outcome.digest).not.toBe(digest);
  });
});

/** Every file of a set of fixtures, in an order of its own. */
async function loadShuffled(folder: string, seed: number): Promise<BarStore> {
  const root = fileURLToPath(new URL(`../../fixtures/${folder}/`, import.meta.url));
  const random = seeded(seed);
  const files = readdirSync(root)
    .map((name) => ({ path: root + name, at: random() }))
    .sort((a, b) => a.at - b.at);
  return (await loadCandles(files.map(({ path }) => path))).store;
}

describe('fixtures', () => {
  test.each([
    ['demo', ['inline', 2]],
    ['small', ['inline', 1, 2, 3, 'symbols']],
  ] as const)(
    '%s, in any order of files and with threads that dawdle, come to one digest',
    { timeout: 120_000 },
    async (folder, ways) => {
      const url = new URL('../../strategies/volume-breakout.ts', import.meta.url).href;
      const source = { url, exportName: 'default' };
      const plan: Plan = {
        strategies: [{ source, params: {}, symbolParams: {} }],
        rules: DEFAULT_RULES,
        instruments: {},
        seed: 1,
        warmupSteps: 0,
        grid: null,
        deterministic: false,
      };
      const digests = new Set<string>();
      for (const [seed, workers] of ways.entries()) {
        const store = await loadShuffled(folder, seed);
        digests.add((await run(store, plan, { workers, policy: jittered(seed) })).digest);
      }
      expect([...digests]).toHaveLength(1);
    },
  );
});

describe('the demo', () => {
  const strategyOf = (name: string, range: string): Plan['strategies'][0] => ({
    source: { url: new URL(`../../strategies/${name}.ts`, import.meta.url).href, exportName: 'default' },
    params: { range },
    symbolParams: {},
  });

  test('of four breakout strategies is the same on any number of threads', { timeout: 120_000 }, async () => {
    const { store } = await loadCandles([fileURLToPath(new URL('../../fixtures/demo', import.meta.url))]);
    const plan: Plan = {
      strategies: ['fakeout', 'true-breakout'].flatMap((name) =>
        ['4H_5M', '15M_1M'].map((range) => strategyOf(name, range)),
      ),
      rules: { ...DEFAULT_RULES, account: { kind: 'leverage', leverage: 10 } },
      instruments: {},
      seed: 1,
      warmupSteps: 0,
      grid: null,
      deterministic: true,
    };
    const digests: Record<string, string> = {};
    let fills = 0;
    const ways: readonly Pick<RunOptions, 'workers' | 'policy'>[] = [
      { workers: 'inline' },
      { workers: 1 },
      { workers: 2 },
      { workers: 3, policy: { spinTries: 0, sleepMs: 100 } },
      { workers: 'symbols' },
    ];
    for (const way of ways) {
      const listeners = [
        ({ rows }: { rows: { fill: { count: number } } }) => void (fills += rows.fill.count),
      ];
      digests[String(way.workers)] = (await run(store, plan, { ...way, listeners })).digest;
    }
    expect(fills / ways.length).toBeGreaterThan(20);
    expect(new Set(Object.values(digests)).size, JSON.stringify(digests)).toBe(1);
  });
});
