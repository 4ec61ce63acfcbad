/** What every check of an order's parts is made of: a name, a value, and an OrderError that says what would be right. */
import { didYouMean } from '../kernel/input-error.ts';
import { OrderError } from './order.ts';

export function checkPositive(name: string, value: unknown): void {
  checkFinite(name, value);
  if (!((value as number) > 0)) throw new OrderError(`${name} must be above 0, was ${value}`);
}

export function checkFinite(name: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new OrderError(`${name} must be a number, was ${value}`);
}

export function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new OrderError(`${name} is true or false, was ${value}`);
}

/** A misspelt option that nobody reads would change what is asked for. */
export function checkNames(given: object, names: readonly string[], what: string): void {
  if (typeof given !== 'object' || given === null) throw new OrderError(`${what} is an object, was ${given}`);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw new OrderError(
      `${what} has no "${name}"${didYouMean(name, names)}; it may have ${names.join(', ')}`,
    );
  }
}
