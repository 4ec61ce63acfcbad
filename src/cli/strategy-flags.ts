/**
 * `-s` and `-p`, whose order on the command line means something: a parameter belongs to the strategy before it.
 *
 * `name=value` is for all symbols, `SYMBOL.name=value` for one. A symbol may have dots in its name, a parameter has none.
 */
import { InputError } from '../kernel/input-error.ts';

export interface StrategyFlag {
  /** `file` or `file#Export`. */
  readonly spec: string;
  readonly params: Record<string, string>;
  readonly symbolParams: Record<string, Record<string, string>>;
}

export class StrategyFlags {
  readonly list: StrategyFlag[] = [];

  /** Takes one `-s`. */
  addStrategy(spec: string): void {
    this.list.push({ spec, params: {}, symbolParams: {} });
  }

  /** Takes one `-p`. Throws InputError if it is not `name=value`, comes before any `-s`, or comes twice. */
  addParam(text: string): void {
    const [, symbol, name, value] = /^(?:(.+)\.)?([^.=]+)=(.*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined || value === '')
      throw new InputError(`-p is name=value or SYMBOL.name=value, not "${text}"`);
    const strategy = this.list.at(-1);
    if (strategy === undefined)
      throw new InputError(`-p ${text} comes before any -s; a parameter belongs to the strategy before it`);
    const params = symbol === undefined ? strategy.params : (strategy.symbolParams[symbol] ??= {});
    if (Object.hasOwn(params, name))
      throw new InputError(`-p ${text}: "${name}" is given twice for ${strategy.spec}`);
    params[name] = value;
  }
}
