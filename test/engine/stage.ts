/** Small markets and plans for tests of the engine, with strategies that threads can load. */
import { DEFAULT_RULES, type Plan, type StrategyEntry } from '../../src/record/plan.ts';
import type { WorkerCount } from '../../src/engine/run.ts';
import type { Bar } from '../../src/market/bar.ts';
import type { Market } from '../support/market.ts';

export const MINUTE = 60_000;
/** Every way to run. */
export const WAYS: readonly WorkerCount[] = ['inline', 1, 2, 3, 'symbols'];

/** A bar that stands still at a price. */
export function still(step: number, price = 100, volume = 1_000): Bar {
  return { time: step * MINUTE, open: price, high: price, low: price, close: price, volume };
}

/** Minute bars by symbol; a missing price is a missing bar. */
export function marketOf(prices: Readonly<Record<string, readonly (number | null)[]>>): Market {
  const bars = Object.entries(prices).map(([symbol, list]) => [
    symbol,
    list.flatMap((price, step) => (price === null ? [] : [still(step, price)])),
  ]);
  return { interval: MINUTE, bars: Object.fromEntries(bars) };
}

/** So many bars of each symbol, at 100. */
export function flatMarket(symbols: readonly string[], steps: number): Market {
  return marketOf(
    Object.fromEntries(symbols.map((symbol) => [symbol, Array.from({ length: steps }, () => 100)])),
  );
}

/** A strategy of `test/engine/strategies`. */
export function strategyAt(
  name: string,
  params: StrategyEntry['params'] = {},
  symbolParams: StrategyEntry['symbolParams'] = {},
): StrategyEntry {
  const url = new URL(`./strategies/${name}.ts`, import.meta.url).href;
  return { source: { url, exportName: 'default' }, params, symbolParams };
}

export function strategyOf(
  strategyClass: Extract<StrategyEntry['source'], { strategyClass: unknown }>['strategyClass'],
): StrategyEntry {
  return { source: { strategyClass }, params: {}, symbolParams: {} };
}

export function planWith(strategies: readonly StrategyEntry[], more: Partial<Plan> = {}): Plan {
  return {
    strategies,
    rules: DEFAULT_RULES,
    instruments: {},
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
    ...more,
  };
}
