/**
 * A strategy over all symbols at once: one instance, called at every step after all symbol strategies of that step.
 *
 * It sees what they see, bars up to this step and settled positions, and sends orders to any symbol. It has a book of
 * its own on every symbol. What became of its orders is told right before its next onStep.
 */
import type { Cancellation, Expiry, Fill, PortfolioContext, Rejection } from './context.ts';
import type { ParamSpecs, ParamValues } from './params.ts';
import type { StrategyInit } from './strategy.ts';

export const PORTFOLIO_STRATEGY: unique symbol = Symbol.for('lockstep.portfolio-strategy') as never;

export interface PortfolioStrategyClass<Specs extends ParamSpecs = ParamSpecs> {
  new (init: StrategyInit): PortfolioStrategy<Specs>;
  readonly params: ParamSpecs;
  readonly account: string;
  readonly [PORTFOLIO_STRATEGY]: true;
}

export class PortfolioStrategy<Specs extends ParamSpecs = ParamSpecs> {
  static readonly params: ParamSpecs = {};
  static readonly account: string = 'cash';
  static readonly [PORTFOLIO_STRATEGY] = true as const;

  readonly params: ParamValues<Specs>;
  readonly ctx: PortfolioContext;

  /** A base class with these parameters, typed in `this.params`. */
  static with<const Given extends ParamSpecs>(params: Given): PortfolioStrategyClass<Given> {
    return class extends PortfolioStrategy<Given> {
      static override readonly params = params;
    };
  }

  constructor(init: StrategyInit) {
    this.params = init.params as ParamValues<Specs>;
    this.ctx = init.ctx as PortfolioContext;
  }

  onStart(_ctx: PortfolioContext): void {}
  /** All bars and ticks of this step are done. */
  onStep(_ctx: PortfolioContext): void {}
  onFill(_fill: Fill, _ctx: PortfolioContext): void {}
  onReject(_rejection: Rejection, _ctx: PortfolioContext): void {}
  onExpire(_expiry: Expiry, _ctx: PortfolioContext): void {}
  onCancel(_cancellation: Cancellation, _ctx: PortfolioContext): void {}
  onEnd(_ctx: PortfolioContext): void {}
}
