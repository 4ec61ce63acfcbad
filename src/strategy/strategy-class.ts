/**
 * Looks at what a module exported, and says what is wrong with it before a run starts rather than by silence in it: a class
 * that is none of ours, a hook that waits, a hook whose name nobody calls.
 *
 * Classes are known by their brand (see strategy.ts), never by `instanceof`. Only what stands on a class can be seen: a
 * hook that is a field, `onTick = async () => …`, comes to be with the instance.
 */
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { PORTFOLIO_STRATEGY, PortfolioStrategy, type PortfolioStrategyClass } from './portfolio-strategy.ts';
import { Strategy, SYMBOL_STRATEGY, type StrategyClass } from './strategy.ts';

const SYMBOL_HOOKS = hooksOf(Strategy);
const PORTFOLIO_HOOKS = hooksOf(PortfolioStrategy);

export function isPortfolioStrategy(
  strategyClass: StrategyClass | PortfolioStrategyClass,
): strategyClass is PortfolioStrategyClass {
  return PORTFOLIO_STRATEGY in strategyClass;
}

/** Whether it is a class with a brand: a strategy, though perhaps a faulty one. */
export function isStrategyClass(value: unknown): value is StrategyClass | PortfolioStrategyClass {
  return typeof value === 'function' && (SYMBOL_STRATEGY in value || PORTFOLIO_STRATEGY in value);
}

/** The value as a strategy class. Throws InputError, which names `file` and the export. */
export function checkStrategyClass(
  value: unknown,
  file: string,
  exportName: string,
): StrategyClass | PortfolioStrategyClass {
  const what = exportName === 'default' ? 'its default export' : `"${exportName}"`;
  if (typeof value !== 'function' || !isClass(value))
    throw new InputError(`${what} is ${describe(value)}, not a class; export the class of a strategy`, {
      file,
    });
  if (!isStrategyClass(value))
    throw new InputError(
      `${what} is a class, but not of a strategy; extend Strategy: import { Strategy } from 'lockstep'`,
      { file },
    );
  if (Object.hasOwn(value, SYMBOL_STRATEGY) || Object.hasOwn(value, PORTFOLIO_STRATEGY))
    throw new InputError(`${what} is ${value.name} itself; export a class that extends it`, { file });
  checkHooks(value, file);
  return value;
}

/** All methods from the class down to ours, each name once: the one that would be called. */
function checkHooks(strategyClass: StrategyClass | PortfolioStrategyClass, file: string): void {
  for (const name of Object.getOwnPropertyNames(strategyClass))
    if (SYMBOL_HOOKS.includes(name) || PORTFOLIO_HOOKS.includes(name))
      throw new InputError(
        `${strategyClass.name}.${name} is static, so nobody calls it; leave "static" out`,
        {
          file,
        },
      );
  const hooks = isPortfolioStrategy(strategyClass) ? PORTFOLIO_HOOKS : SYMBOL_HOOKS;
  let prototype: object = strategyClass.prototype;
  while (prototype !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (hooks.includes(name)) checkIsSynchronous(name, value, strategyClass.name, file);
      else if (looksLikeHook(name, hooks)) throw misspelt(name, hooks, strategyClass, file);
    }
    prototype = Object.getPrototypeOf(prototype);
  }
}

function checkIsSynchronous(name: string, hook: unknown, className: string, file: string): void {
  if (typeof hook !== 'function') throw new InputError(`${className}.${name} is not a method`, { file });
  // By its kind: an async function is no longer one after a compiler has lowered it, but then it is not this file either.
  const kind = Object.prototype.toString.call(hook).slice('[object '.length, -1);
  if (kind === 'Function') return;
  const word = kind === 'GeneratorFunction' ? 'a generator' : 'async';
  throw new InputError(
    `${className}.${name} is ${word}: a tick is synchronous. Leave ${word === 'async' ? '"async"' : 'the "*"'} out; ` +
      'what has to be waited for belongs before the run',
    { file },
  );
}

/** `onBreakout`, `ontick`, `on_tick` and `OnTick` do; `once` and `only` do not. */
function looksLikeHook(name: string, hooks: readonly string[]): boolean {
  const plain = name.replaceAll('_', '').toLowerCase();
  return /^on[A-Z]/.test(name) || hooks.some((hook) => hook.toLowerCase() === plain);
}

function misspelt(
  name: string,
  hooks: readonly string[],
  strategyClass: StrategyClass | PortfolioStrategyClass,
  file: string,
): InputError {
  const isPortfolio = isPortfolioStrategy(strategyClass);
  const other = isPortfolio ? SYMBOL_HOOKS : PORTFOLIO_HOOKS;
  const ours = isPortfolio ? 'PortfolioStrategy' : 'Strategy';
  const theirs = isPortfolio ? 'Strategy' : 'PortfolioStrategy';
  const hint = other.includes(name) ? ` (it is one of ${theirs})` : didYouMean(name, hooks);
  return new InputError(
    `${strategyClass.name}.${name} is not a hook of ${ours}${hint}, so nobody calls it; hooks are ${hooks.join(', ')}, ` +
      'and a method of your own needs a name that does not begin with "on"',
    { file },
  );
}

function hooksOf(base: { readonly prototype: object }): readonly string[] {
  return Object.getOwnPropertyNames(base.prototype).filter((name) => name.startsWith('on'));
}

/** A class, rather than a function that could be called: its `prototype` cannot be replaced. */
function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return isStrategyClass(value.constructor) ? `an instance of ${value.constructor.name}` : 'an object';
}
