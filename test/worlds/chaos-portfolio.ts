/** As `chaos.ts`, over all symbols: who trades what is a matter of dice. */
import {
  type Cancellation,
  type Expiry,
  type Fill,
  integer,
  number,
  type PortfolioContext,
} from '../../src/index.ts';
import { PortfolioStrategy, type Rejection } from '../../src/index.ts';
import { Dice } from './dice.ts';
import { type Desk, Trader } from './trader.ts';

const specs = { seed: integer(1), unit: number(1), interval: number(1), activity: integer(2) };

export default class ChaosPortfolio extends PortfolioStrategy.with(specs) {
  readonly #dice: Dice = new Dice(this.params.seed, 'portfolio');
  readonly #trader = new Trader(this.#dice, this.params);

  /** Mostly a symbol that has had a bar; a market order may go to one that will. */
  #desk(ctx: PortfolioContext, symbol = this.#dice.pick(ctx.symbols)): Desk {
    const { bar, instrument, position } = ctx.view(symbol);
    return {
      time: ctx.time,
      bar,
      instrument,
      account: ctx.account,
      held: position.quantity,
      buy: (quantity, options) => ctx.buy(symbol, quantity, options),
      sell: (quantity, options) => ctx.sell(symbol, quantity, options),
      target: (target, options) => ctx.target(symbol, target, options),
      oco: (...orders) => ctx.oco(symbol, ...orders),
      close: (tag) => ctx.close(symbol, tag),
      cancel: (id) => ctx.cancel(id),
      replace: (id, change) => ctx.replace(id, change),
    };
  }

  override onStep(ctx: PortfolioContext) {
    const dice = this.#dice;
    dice.see(ctx.step, ctx.time, ctx.isWarmup ? 1 : 0);
    this.#trader.look(ctx.account, ctx.universe);
    if (dice.chance(0.6)) this.#trader.act(this.#desk(ctx), this.params.activity);
    if (dice.chance(0.3)) this.#trader.act(this.#desk(ctx), this.params.activity);
  }

  override onFill({ id, symbol, quantity, price, commission }: Fill, ctx: PortfolioContext) {
    this.#dice.see(id, quantity, price, commission);
    if (this.#dice.chance(0.1)) this.#trader.remember(id);
    if (this.#dice.chance(0.3)) this.#trader.act(this.#desk(ctx, symbol), 2);
  }

  override onReject({ id, quantity, reason }: Rejection, ctx: PortfolioContext) {
    this.#dice.see(id, quantity, reason.length);
    if (this.#dice.chance(0.3)) this.#trader.act(this.#desk(ctx), 1);
  }

  override onCancel({ id, quantity, reason }: Cancellation, ctx: PortfolioContext) {
    this.#dice.see(id, quantity, reason.length);
    if (this.#dice.chance(0.2)) this.#trader.act(this.#desk(ctx), 1);
  }

  override onExpire({ id, type, quantity, reason }: Expiry, ctx: PortfolioContext) {
    this.#dice.see(id, type.length, quantity, reason.length);
    if (this.#dice.chance(0.2)) this.#trader.act(this.#desk(ctx), 1);
  }
}
