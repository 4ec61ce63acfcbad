/** The presence that strategies read is what the bars say, at every step, for every reader, on any number of threads. */
import { describe, expect, test } from 'vitest';
import type { SideEvent } from '../../src/record/records.ts';
import type { Market } from '../support/market.ts';
import { play } from '../support/play.ts';
import { seeded } from '../support/random.ts';
import { MINUTE, planWith, still, strategyAt, WAYS } from './stage.ts';
import './warm-threads.ts';

const entries = [strategyAt('roll-call'), strategyAt('portfolio-roll-call')];
/** More than a word of the bitmap has bits, so that rows of two words are walked; names sort by code unit. */
const COUNTS = [1, 5, 37];

/** Symbols that come and go: rare ones, frequent ones, late ones, early ones, and one that has a single bar. */
function ragged(symbols: number, steps: number, seed: number): Market {
  const random = seeded(seed);
  const bars = Object.fromEntries(
    Array.from({ length: symbols }, (_, i) => {
      const name = `${'bZa9é'[i % 5]}${i}`;
      const [from, to] = [i % 4 === 1 ? steps / 3 : 0, i % 4 === 2 ? steps / 2 : steps];
      const chance = [0.05, 0.5, 0.95, 1][i % 4]!;
      const present = Array.from({ length: steps }, (_, step) => step).filter(
        (step) => step >= from && step < to && random() < chance,
      );
      return [name, (present.length > 0 ? present : [steps - 1]).map((step) => still(step))] as const;
    }),
  );
  return { interval: MINUTE, bars };
}

/** From the bars alone: at each step of a grid, who has one. */
function recomputed({ bars }: Market, steps: number): string[] {
  const symbols = Object.keys(bars).sort();
  return Array.from({ length: steps }, (_, step) =>
    symbols.map((symbol) => (bars[symbol]!.some(({ time }) => time === step * MINUTE) ? '1' : '0')).join(''),
  );
}

function readings(side: readonly SideEvent[], phase: number) {
  return side.flatMap((event) => (event.kind === 'log' && event.phase === phase ? [event] : []));
}

describe('presence', { timeout: 60_000 }, () => {
  test.each(COUNTS.flatMap((count) => WAYS.map((workers) => ({ count, workers }))))(
    'of $count symbols is what the bars say, with $workers workers',
    async ({ count, workers }) => {
      const steps = 60;
      if (workers === 'symbols' && count > 8) return; // Forty threads on two cores show nothing more.
      const market = ragged(count, steps, count);
      const plan = planWith(entries, { grid: { start: 0, stepMs: MINUTE, count: steps } });
      const truth = recomputed(market, steps);
      const policy = { spinTries: 50, sleepMs: 20, jitterSeed: count };
      const { side } = await play(market, plan, { workers, policy });

      const ofPortfolio = readings(side, 6);
      expect(ofPortfolio.map(({ message }) => message)).toEqual(truth);
      const ofSymbols = readings(side, 5);
      const bars = Object.values(market.bars).reduce((sum, list) => sum + list.length, 0);
      expect(ofSymbols).toHaveLength(bars);
      for (const { step, symbol, message } of ofSymbols)
        expect(`${step} ${symbol} ${message}`).toBe(`${step} ${symbol} ${truth[step]}`);
      // A page too old or too new would show: neighbours differ.
      if (count > 1)
        expect(truth.filter((word, step) => word !== truth[step - 1]).length).toBeGreaterThan(10);
    },
  );
});
