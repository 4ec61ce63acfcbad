/** Loads a strategy class on the thread that calls it, under the guard of deterministic mode if there is one. */
import type { AmbientGuard } from '../kernel/ambient-guard.ts';
import { loadStrategy, type ModuleSource } from '../strategy/loader.ts';
import type { PortfolioStrategyClass } from '../strategy/portfolio-strategy.ts';
import type { StrategyClass } from '../strategy/strategy.ts';

const OURS = new URL('..', import.meta.url).href;

export function loadClass(
  source: ModuleSource,
  guard: AmbientGuard | null,
): Promise<StrategyClass | PortfolioStrategyClass> {
  const load = (): Promise<StrategyClass | PortfolioStrategyClass> => loadStrategy(source);
  return guard === null ? load() : guard.duringImport(isStrategyFile, load);
}

/** The strategy and what it imports locally; neither we nor packages. */
function isStrategyFile(url: string): boolean {
  return url.startsWith('file:') && !url.startsWith(OURS) && !url.includes('/node_modules/');
}
