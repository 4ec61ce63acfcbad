/** Throws in one hook, on some symbols, from a step on. Its orders are such that every hook gets called. */
import { type Bar, type Candle, type Context, integer, Strategy, choice } from '../../../src/index.ts';
import type { StrategyInit } from '../../../src/strategy/strategy.ts';

export const HOOKS = [
  'constructor',
  'onStart',
  'onTick',
  'onCandle',
  'onFill',
  'onReject',
  'onCancel',
  'onExpire',
  'onEnd',
] as const;

export default class Thrower extends Strategy.with({
  hook: choice('onTick', HOOKS),
  /** Of the symbol: 1 throws, 0 does not. */
  throws: integer(0),
  from: integer(0),
}) {
  constructor(init: StrategyInit) {
    super(init);
    this.#at('constructor');
  }

  #at(hook: (typeof HOOKS)[number]) {
    const { step, symbol } = this.ctx;
    const isDue = step < 0 || step >= this.params.from;
    if (this.params.throws === 1 && this.params.hook === hook && isDue)
      throw new TypeError(`${symbol} fell over in ${hook}`);
  }

  override onStart(ctx: Context) {
    ctx.candles('1m');
    this.#at('onStart');
  }
  override onTick(_bar: Bar, ctx: Context) {
    this.#at('onTick');
    ctx.buy(1);
    ctx.buy(1e9);
    ctx.buy(1, { limit: 1e-3 });
    ctx.buy(1, { limit: 1e-3, bracket: { stop: { percent: 1 } } });
    ctx.sell(1e9, { reduceOnly: true, stop: 1e-3 });
    ctx.oco({ side: 'buy', quantity: 1 }, { side: 'buy', quantity: 1, limit: 1e-3 });
  }
  override onCandle(_candle: Candle) {
    this.#at('onCandle');
  }
  override onFill() {
    this.#at('onFill');
  }
  override onReject() {
    this.#at('onReject');
  }
  override onCancel() {
    this.#at('onCancel');
  }
  override onExpire() {
    this.#at('onExpire');
  }
  override onEnd() {
    this.#at('onEnd');
  }
}
