/** Strategies and candles put together: the plan for the engine, and what the manifest will say about it. */
import type { Rules } from '../broker/policies.ts';
import type { Instrument } from '../market/instrument.ts';
import { DIGEST_FORMAT } from '../record/digest.ts';
import type { RunInputs } from '../record/manifest.ts';
import type { Plan } from '../record/plan.ts';
import type { Candles } from './candles.ts';
import { checkSymbolParams, type RunStrategy } from './strategies.ts';
import { version } from './version.ts';

export interface RunChoices {
  readonly rules: Rules;
  readonly instruments: Readonly<Record<string, Instrument>>;
  readonly seed: number;
  readonly deterministic: boolean;
}

export interface PreparedRun {
  readonly candles: Candles;
  readonly strategies: readonly RunStrategy[];
  readonly plan: Plan;
  readonly inputs: RunInputs;
}

/** Throws InputError if parameters are for symbols that are not there. */
export function prepareRun(
  strategies: readonly RunStrategy[],
  candles: Candles,
  { rules, instruments, seed, deterministic }: RunChoices,
): PreparedRun {
  const { store, files, warmupSteps, reading } = candles;
  checkSymbolParams(strategies, store.names);
  const common = { rules, instruments, seed, warmupSteps, grid: null, deterministic };
  return {
    candles,
    strategies,
    plan: { ...common, strategies: strategies.map(({ entry }) => entry) },
    inputs: {
      ...common,
      inputs: files.map(({ path, symbols, sha256, layout, timeFormat, zone, rows, bytes }) => ({
        path,
        symbols,
        sha256,
        layout,
        timeFormat,
        zone,
        rows,
        bytes,
      })),
      reading,
      strategies: strategies.map(({ manifest }) => manifest),
      versions: { lockstep: version, record: DIGEST_FORMAT, node: process.versions.node },
    },
  };
}
