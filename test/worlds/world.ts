/**
 * Random markets and plans, small and unfriendly: prices on a coarse grid, so that an open on the limit, a high on the
 * stop and equal closes are common; gaps through levels; symbols that start late, end early or miss steps; odd lots.
 */
import type { Bar } from '../../src/market/bar.ts';
import type { Instrument } from '../../src/market/instrument.ts';
import type { Plan, StrategyEntry } from '../../src/record/plan.ts';
import type { Market } from '../support/market.ts';
import Chaos from './chaos.ts';
import ChaosPortfolio from './chaos-portfolio.ts';
import { Dice } from './dice.ts';
import { randomRules } from './random-rules.ts';

/** Code units, code points, integer keys, case and locale order them differently. */
const NAMES = ['b', 'B', 'a', 'Z', 'A10', 'A9', '10', '9', 'é', 'ｚ', '😀', 'BTC-USD', 'aa'];
/** Steps of the price, as fractions: exact counts of them are compared, not sums. */
const GRAINS = [
  [1, 100],
  [1, 10],
  [1, 4],
  [1, 1],
  [5, 1],
  [1, 3],
] as const;
const INTERVALS = [1_000, 60_000, 300_000, 3_600_000, 14_400_000, 86_400_000];
const DAY_MS = 86_400_000;

export interface World {
  readonly seed: number;
  readonly market: Market;
  readonly plan: Omit<Plan, 'strategies'>;
  /** Of the random traders: how many on each symbol, and whether there is one for all of them. */
  readonly traderCount: number;
  readonly hasPortfolio: boolean;
  /** Price step of each symbol. */
  readonly units: Readonly<Record<string, number>>;
}

export function randomWorld(seed: number): World {
  const dice = new Dice(seed, 'world');
  const interval = dice.pick(INTERVALS);
  const { times, grid } = randomTimes(dice, interval);
  const names = [...NAMES];
  const symbols = Array.from(
    { length: dice.int(1, 5) },
    () => names.splice(dice.int(0, names.length - 1), 1)[0]!,
  );
  const bars: Record<string, Bar[]> = {};
  const instruments: Record<string, Instrument> = {};
  const units: Record<string, number> = {};
  let value = 0;
  for (const symbol of symbols) {
    const [top, bottom] = dice.pick(GRAINS);
    const unit = top / bottom;
    bars[symbol] = randomBars(dice, randomPresence(dice, times), (count) => (count * top) / bottom);
    instruments[symbol] = {
      multiplier: dice.pick([1, 1, 1, 10, 0.1, 50]),
      lot: dice.pick([1, 1, 0.25, 0.001, 1e-8, 0.3, 10]),
      tick: dice.pick([0, unit, unit, 2 * unit, unit / 2, 0.07]),
      spread: dice.pick([0, unit, unit / 4]),
    };
    units[symbol] = unit;
    value += (bars[symbol][0]!.open * instruments[symbol].multiplier) / symbols.length;
  }
  const traderCount = dice.pick([0, 1, 1, 1, 2, 3]);
  const barTimes = Object.values(bars).flatMap((list) => list.map((bar) => bar.time));
  const stepCount = grid === null ? new Set(barTimes).size : grid.count;
  return {
    seed,
    market: { interval, bars },
    plan: {
      rules: randomRules(dice, Math.ceil(value * dice.pick([3, 30, 1000])), units),
      instruments,
      seed,
      warmupSteps: Math.min(dice.pick([0, 0, 0, 1, 3, 10]), stepCount - 1),
      grid,
      deterministic: true,
    },
    traderCount,
    hasPortfolio: traderCount === 0 || dice.chance(0.4),
    units,
  };
}

/** The plan with its traders: as classes, or as modules that a thread loads. */
export function planOf(world: World, by: 'class' | 'url'): Plan {
  const { seed, plan, traderCount, hasPortfolio, units } = world;
  const { interval } = world.market;
  const dice = new Dice(seed, 'traders');
  const entry = (strategyClass: typeof Chaos | typeof ChaosPortfolio, file: string): StrategyEntry => ({
    source:
      by === 'class'
        ? { strategyClass }
        : { url: new URL(file, import.meta.url).href, exportName: 'default' },
    params: { seed: dice.int(1, 1e9), activity: dice.int(1, 4), unit: Object.values(units)[0]!, interval },
    symbolParams: Object.fromEntries(Object.entries(units).map(([symbol, unit]) => [symbol, { unit }])),
  });
  const traders = Array.from({ length: traderCount }, () => entry(Chaos, './chaos.ts'));
  return {
    ...plan,
    strategies: hasPortfolio ? [...traders, entry(ChaosPortfolio, './chaos-portfolio.ts')] : traders,
  };
}

/** Moments at which bars may be; steps apart, or with sessions between them. */
function randomTimes(dice: Dice, interval: number): { times: number[]; grid: Plan['grid'] } {
  const count = dice.int(5, 80);
  const isNearMidnight = dice.chance(0.5) && interval < DAY_MS;
  const start = isNearMidnight
    ? Math.floor(1.6e12 / DAY_MS) * DAY_MS - dice.int(0, count) * interval
    : (Math.floor(1.6e12 / interval) + dice.int(0, 500)) * interval;
  const hasGrid = dice.chance(0.25);
  const times: number[] = [];
  let index = 0;
  while (times.length < count) {
    times.push(start + index * interval);
    index += !hasGrid && dice.chance(0.1) ? dice.int(2, 30) : 1;
  }
  return { times, grid: hasGrid ? { start, stepMs: interval, count } : null };
}

function randomPresence(dice: Dice, times: readonly number[]): number[] {
  const from = dice.chance(0.3) ? dice.int(0, times.length - 1) : 0;
  const to = dice.chance(0.3) ? dice.int(from + 1, times.length) : times.length;
  const gap = dice.pick([0, 0, 0.1, 0.5]);
  const present = times.slice(from, to).filter(() => !dice.chance(gap));
  return present.length > 0 ? present : [times[from]!];
}

const atLeast = (count: number) => Math.max(2, count);

function randomBars(dice: Dice, times: readonly number[], priceOf: (count: number) => number): Bar[] {
  let last = dice.int(20, 120);
  return times.map((time) => {
    const open = atLeast(last + (dice.chance(0.35) ? dice.int(-7, 7) : 0));
    const isFlat = dice.chance(0.1);
    const close = isFlat ? open : atLeast(open + dice.int(-4, 4));
    const high = Math.max(open, close) + (isFlat ? 0 : dice.int(0, 3));
    const low = isFlat ? open : atLeast(Math.min(open, close) - dice.int(0, 3));
    last = close;
    return {
      time,
      open: priceOf(open),
      high: priceOf(high),
      low: priceOf(Math.min(low, open, close)),
      close: priceOf(close),
      volume: dice.int(0, 1000),
    };
  });
}
