/**
 * The strategies of a run: loaded, their parameters checked, and the account that they ask for.
 *
 * The engine loads each class again on its own threads. Here it is loaded for what stands on it (parameters, account, name),
 * before any candle is read, so that a typing error costs no time.
 */
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leverageOf } from '../broker/gate.ts';
import type { AccountSpec } from '../broker/policies.ts';
import { loadClass } from '../engine/load.ts';
import { AmbientGuard } from '../kernel/ambient-guard.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import type { ManifestStrategy } from '../record/manifest.ts';
import type { StrategyEntry } from '../record/plan.ts';
import { describeSource, type ModuleSource, parseStrategySpec } from '../strategy/loader.ts';
import { type ParamSpecs, type ParamValue, resolveParams } from '../strategy/params.ts';
import { sourceHash } from '../strategy/source-hash.ts';
import { isPortfolioStrategy } from '../strategy/strategy-class.ts';
import { formatAccount, parseAccount } from './account-specs.ts';

/** A strategy as the command line or a manifest names it. */
export interface StrategyRequest {
  readonly spec: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly symbolParams: Readonly<Record<string, Readonly<Record<string, ParamValue>>>>;
}

export interface RunStrategy {
  readonly manifest: ManifestStrategy;
  readonly entry: StrategyEntry;
  readonly account: AccountSpec;
  /** Of the module, as messages name it. */
  readonly file: string;
}

/** Throws InputError for whatever is wrong with the module, the class or the parameters. */
export async function loadStrategies(
  requests: readonly StrategyRequest[],
  isDeterministic: boolean,
): Promise<RunStrategy[]> {
  if (requests.length === 0)
    throw new InputError('a run needs a strategy: -s strategies/sma-cross.ts, for example');
  // A module is evaluated once in a process, and where it is, deterministic mode has to watch.
  const guard = isDeterministic ? AmbientGuard.install() : null;
  try {
    const loaded: RunStrategy[] = [];
    for (const request of requests) loaded.push(await loadOne(request, guard));
    return loaded;
  } finally {
    guard?.remove();
  }
}

async function loadOne(request: StrategyRequest, guard: AmbientGuard | null): Promise<RunStrategy> {
  const source = parseStrategySpec(request.spec, process.cwd());
  const file = relative(process.cwd(), fileURLToPath(source.url));
  const strategyClass = await loadClass(source, guard);
  const { hash } = await sourceHash(source.url);
  const name = describeSource(source, strategyClass);
  const isPortfolio = isPortfolioStrategy(strategyClass);
  if (isPortfolio && Object.keys(request.symbolParams).length > 0)
    throw new InputError('a portfolio strategy trades all symbols, so none has parameters of its own', {
      file,
    });
  const resolve = (given: Readonly<Record<string, ParamValue>>): Record<string, ParamValue> =>
    inFile(file, () => resolveParams(strategyClass.params, given));
  const params = resolve(request.params);
  const symbolParams = mapValues(request.symbolParams, (given) =>
    pick(resolve({ ...request.params, ...given }), strategyClass.params, given),
  );
  return {
    manifest: {
      name,
      file,
      exportName: source.exportName,
      sourceHash: hash,
      params,
      symbolParams,
    },
    entry: { source: source satisfies ModuleSource, params, symbolParams },
    account: inFile(file, () => parseAccount(strategyClass.account)),
    file,
  };
}

/** Throws InputError if a parameter is for a symbol that is not there. */
export function checkSymbolParams(strategies: readonly RunStrategy[], symbols: readonly string[]): void {
  for (const { entry } of strategies) {
    for (const symbol of Object.keys(entry.symbolParams)) {
      if (symbols.includes(symbol)) continue;
      throw new InputError(
        `-p ${symbol}.…: no symbol "${symbol}" in the run${didYouMean(symbol, symbols)}; it has ${symbols.join(', ')}`,
      );
    }
  }
}

export interface ChosenAccount {
  readonly account: AccountSpec;
  /** Who chose it. */
  readonly why: string;
  /** Where a strategy does not get what it asks for, or gets more. */
  readonly warnings: readonly string[];
}

/** What the user says, else what the strategies ask for; where they differ, what lets them hold most, and the first of these. */
export function chooseAccount(
  given: AccountSpec | undefined,
  strategies: readonly RunStrategy[],
): ChosenAccount {
  const highest = (a: AccountSpec, b: AccountSpec): AccountSpec => (reachOf(b) > reachOf(a) ? b : a);
  const account = given ?? strategies.map((strategy) => strategy.account).reduce(highest);
  const others = strategies.filter((strategy) => formatAccount(strategy.account) !== formatAccount(account));
  // A cash account is what a strategy has that asks for nothing: who gives it more has said so.
  const isWorthSaying = (strategy: RunStrategy): boolean =>
    given === undefined || reachOf(strategy.account) > reachOf(given);
  const warnings = others
    .filter(isWorthSaying)
    .map(
      (strategy) =>
        `${basename(strategy.file)} asks for the account "${formatAccount(strategy.account)}", the run has "${formatAccount(account)}"`,
    );
  const askers = strategies
    .filter((strategy) => !others.includes(strategy))
    .map(({ file }) => basename(file));
  const asked = account.kind === 'cash' ? 'default' : `asked for by ${askers.join(', ')}`;
  const why = given === undefined ? asked : 'as given';
  return { account, why, warnings };
}

/** Its leverage, but 0 for a cash account: one with leverage 1 may be short, so it is more. */
function reachOf(account: AccountSpec): number {
  return account.kind === 'cash' ? 0 : leverageOf(account);
}

/** What goes wrong is wrong with this file. */
function inFile<T>(file: string, code: () => T): T {
  try {
    return code();
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, { file }) : error;
  }
}

function pick(
  values: Readonly<Record<string, ParamValue>>,
  specs: ParamSpecs,
  given: Readonly<Record<string, ParamValue>>,
): Record<string, ParamValue> {
  const names = Object.keys(specs).filter((name) => Object.hasOwn(given, name));
  return Object.fromEntries(names.map((name) => [name, values[name]!]));
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
