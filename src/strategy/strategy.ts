/**
 * The class a trader extends. One instance trades one symbol; the engine makes one for each symbol of the run.
 *
 *     export default class Dip extends Strategy.with({ size: number(1, { min: 0 }) }) {
 *       override onTick(bar: Bar, ctx: Context) {
 *         if (bar.close < ctx.bars.low(1)) ctx.buy(this.params.size);
 *       }
 *     }
 *
 * All hooks are synchronous and optional; one that is not defined costs nothing. At a step they come in this order: what
 * became of its orders, in the order in which it happened (onFill, onReject, onCancel, onExpire); the candles that
 * closed (onCandle); the bar (onTick). Keep state in fields of the instance, never in the module: that would be shared
 * by symbols on one thread and not by symbols on two.
 */
import type { Bar } from '../market/bar.ts';
import type { Cancellation, Candle, Context, Expiry, Fill, Rejection } from './context.ts';
import type { ParamSpecs, ParamValues } from './params.ts';

/** What the engine passes to the constructor. A strategy that defines one hands it on: `super(init)`. */
export interface StrategyInit {
  readonly params: Readonly<Record<string, unknown>>;
  readonly symbol: string;
  readonly ctx: unknown;
}

/** How the loader knows a strategy class, whichever copy of this module it was made from. */
export const SYMBOL_STRATEGY: unique symbol = Symbol.for('lockstep.strategy') as never;

export interface StrategyClass<Specs extends ParamSpecs = ParamSpecs> {
  new (init: StrategyInit): Strategy<Specs>;
  readonly params: ParamSpecs;
  readonly account: string;
  readonly [SYMBOL_STRATEGY]: true;
}

export class Strategy<Specs extends ParamSpecs = ParamSpecs> {
  static readonly params: ParamSpecs = {};
  /** The account it needs if the user does not choose one: as `--account` has it: `cash`, `leverage 10`, `reg-t` … */
  static readonly account: string = 'cash';
  static readonly [SYMBOL_STRATEGY] = true as const;

  readonly params: ParamValues<Specs>;
  readonly ctx: Context;

  /** A base class with these parameters, typed in `this.params`. */
  static with<const Given extends ParamSpecs>(params: Given): StrategyClass<Given> {
    return class extends Strategy<Given> {
      static override readonly params = params;
    };
  }

  constructor(init: StrategyInit) {
    this.params = init.params as ParamValues<Specs>;
    this.ctx = init.ctx as Context;
  }

  /** Before the first step. Subscribe to candles and views here; orders throw. */
  onStart(_ctx: Context): void {}
  /** A bar of this symbol is complete. */
  onTick(_bar: Bar, _ctx: Context): void {}
  /** A candle of a timeframe asked for in onStart has closed. */
  onCandle(_candle: Candle, _ctx: Context): void {}
  onFill(_fill: Fill, _ctx: Context): void {}
  onReject(_rejection: Rejection, _ctx: Context): void {}
  onExpire(_expiry: Expiry, _ctx: Context): void {}
  onCancel(_cancellation: Cancellation, _ctx: Context): void {}
  /** After the last step. Orders throw. */
  onEnd(_ctx: Context): void {}
}
