/** A trader of one symbol without sense or memory of the module: everything from its own dice, and from what it sees. */
import type { Bar, Cancellation, Candle, CandleSeries, Context, Expiry, Fill } from '../../src/index.ts';
import { integer, number, Strategy, type SymbolView } from '../../src/index.ts';
import { Dice } from './dice.ts';
import { type Desk, Trader } from './trader.ts';
import { wishRules } from './wishes.ts';

const specs = { seed: integer(1), unit: number(1), interval: number(1), activity: integer(2) };

export default class Chaos extends Strategy.with(specs) {
  readonly #dice: Dice = new Dice(this.params.seed, this.ctx.symbol);
  readonly #trader = new Trader(this.#dice, this.params);
  #views: SymbolView[] = [];
  #series: CandleSeries[] = [];

  override onStart(ctx: Context) {
    this.#views = ctx.symbols.map((symbol) => ctx.view(symbol));
    const lengths = this.#dice.pick([[], [2], [5], [3, 2], [4, 1, 3]]);
    this.#series = lengths.map((length) => ctx.candles(`${(length * ctx.interval) / 1000}s`));
    if (this.#dice.chance(0.3)) this.#trader.try(() => ctx.protect(wishRules(this.#dice, this.params.unit)));
  }

  #desk(ctx: Context): Desk {
    const { time, bar, instrument, account, position } = ctx;
    return {
      time,
      bar,
      instrument,
      account,
      held: position.quantity,
      buy: (quantity, options) => ctx.buy(quantity, options),
      sell: (quantity, options) => ctx.sell(quantity, options),
      target: (target, options) => ctx.target(target, options),
      oco: (...orders) => ctx.oco(...orders),
      close: (tag) => ctx.close(tag),
      cancel: (id) => ctx.cancel(id),
      replace: (id, change) => ctx.replace(id, change),
      protect: (rules) => ctx.protect(rules),
    };
  }

  override onTick(bar: Bar, ctx: Context) {
    const dice = this.#dice;
    const { position, bars, step, time } = ctx;
    dice.see(step, time, bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, ctx.bar.close);
    dice.see(position.quantity, position.averagePrice, position.isFlat ? 1 : 0, position.isShort ? 1 : 0);
    dice.see(bars.count, bars.close(0), bars.close(1), bars.low(3), bars.time(dice.int(0, 9)));
    for (const { closed, forming, count } of this.#series)
      dice.see(count, closed.time, closed.high, closed.volume, forming.time, forming.low, forming.close);
    this.#trader.look(ctx.account, this.#views);
    if (dice.chance(0.6)) this.#trader.act(this.#desk(ctx), this.params.activity);
  }

  override onCandle(candle: Candle, ctx: Context) {
    const { timeframe, time, endTime, open, high, low, close, volume } = candle;
    this.#dice.see(timeframe, time, endTime, open, high, low, close, volume, ctx.time);
    if (this.#dice.chance(0.1)) this.#trader.act(this.#desk(ctx), 1);
  }

  override onFill({ id, quantity, price, commission, effect }: Fill, ctx: Context) {
    this.#dice.see(id, quantity, price, commission, effect === 'open' ? 1 : 0);
    if (this.#dice.chance(0.1)) this.#trader.remember(id);
    if (this.#dice.chance(0.3)) this.#trader.act(this.#desk(ctx), 2);
  }

  override onReject(
    { id, quantity, reason }: { id: number; quantity: number; reason: string },
    ctx: Context,
  ) {
    this.#dice.see(id, quantity, reason.length);
    if (this.#dice.chance(0.3)) this.#trader.act(this.#desk(ctx), 1);
  }

  override onCancel({ id, quantity, reason }: Cancellation, ctx: Context) {
    this.#dice.see(id, quantity, reason.length);
    if (this.#dice.chance(0.2)) this.#trader.act(this.#desk(ctx), 1);
  }

  override onExpire({ id, type, quantity, reason }: Expiry, ctx: Context) {
    this.#dice.see(id, type.length, quantity, reason.length);
    if (this.#dice.chance(0.2)) this.#trader.act(this.#desk(ctx), 1);
  }
}
