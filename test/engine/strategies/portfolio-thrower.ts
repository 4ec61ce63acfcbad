/** As `thrower.ts`, over all symbols. */
import { choice, integer, type PortfolioContext, PortfolioStrategy } from '../../../src/index.ts';
import type { StrategyInit } from '../../../src/strategy/strategy.ts';

export const HOOKS = ['constructor', 'onStart', 'onStep', 'onFill', 'onExpire', 'onEnd'] as const;

export default class PortfolioThrower extends PortfolioStrategy.with({
  hook: choice('onStep', HOOKS),
  from: integer(0),
}) {
  constructor(init: StrategyInit) {
    super(init);
    this.#at('constructor');
  }

  #at(hook: (typeof HOOKS)[number]) {
    if (this.params.hook === hook && (this.ctx.step < 0 || this.ctx.step >= this.params.from))
      throw new RangeError(`the portfolio fell over in ${hook}`);
  }

  override onStart() {
    this.#at('onStart');
  }
  override onStep(ctx: PortfolioContext) {
    this.#at('onStep');
    ctx.buy('C', 1);
    ctx.buy('C', 1, { limit: 1e-3 });
  }
  override onFill() {
    this.#at('onFill');
  }
  override onExpire() {
    this.#at('onExpire');
  }
  override onEnd() {
    this.#at('onEnd');
  }
}
