/**
 * One trade at a time with a stop and a target: how much, where they go, and the move to break-even.
 *
 * An entry is a market order with a bracket, filled at the open of the symbol's next bar. Its stop is a price,
 * known at the signal: the lowest low of the last `stopLookback` closed bars, the one just closed included,
 * minus the instrument's spread (for a short the highest high, plus the spread). Its target is a multiple of
 * the distance from the *fill* to the stop, so a gap at the open moves it. Both are live on the entry bar.
 *
 * Quantity: `riskPercent` of equity ÷ what a unit loses from the last close to the stop, at most
 * `maxNotionalPercent` of buying power. The fill may be worse than the close; what is at risk then is judged by
 * the broker, which rejects an entry that takes the open risk of the run above `maxOpenRiskPercent` of equity.
 *
 * Break-even: once the high of a complete bar (the low, for a short) is `breakevenAtR` × |fill − stop| beyond
 * the fill, the stop is replaced by the fill price, live from the next bar. The entry bar counts, as the entry
 * was filled at its open. Whether the price came back within that same bar a bar does not tell; the old stop
 * was the one in force.
 */
import type { Bar, Context, Fill } from 'lockstep';
import type { Direction } from './range.ts';

export interface TradeParams {
  readonly stopLookback: number;
  readonly rewardRisk: number;
  readonly riskPercent: number;
  readonly maxOpenRiskPercent: number;
  readonly maxNotionalPercent: number;
  readonly breakevenAtR: number;
}

/** A bracket's stop has the sequence after its parent's. */
const STOP_AFTER_PARENT = 1;

export class BracketTrade {
  readonly #params: TradeParams;
  #direction: Direction = 1;
  /** The entry while it is under way, else 0. */
  #entryId = 0;
  /** The stop that is still to be moved to break-even, else 0. */
  #stopId = 0;
  #stopPrice = Number.NaN;
  #fillPrice = Number.NaN;

  constructor(params: TradeParams) {
    this.#params = params;
  }

  /** Neither in a position nor on the way into one. */
  isFree(ctx: Context): boolean {
    return this.#entryId === 0 && ctx.position.isFlat;
  }

  /** Sends the entry. False if there is no sensible one: the stop is not on its side, or a lot is too much. */
  enter(direction: Direction, tag: string, ctx: Context): boolean {
    const { rewardRisk, maxOpenRiskPercent, stopLookback } = this.#params;
    const stop = protectiveStop(direction, stopLookback, ctx);
    const distance = direction * (ctx.bar.close - stop);
    // A stop is rounded by up to a tick towards the price and must not arrive there. The subtraction rounds too.
    const isOnItsSide = distance > 0 && distance * (1 + 1e-9) >= ctx.instrument.tick;
    if (!isOnItsSide) return false;
    const quantity = this.#quantity(distance, ctx);
    if (!(quantity >= ctx.instrument.lot)) return false;

    const options = {
      bracket: { stop: { price: stop }, target: { multiple: rewardRisk } },
      maxOpenRiskPercent,
      tag,
    };
    this.#direction = direction;
    this.#stopPrice = stop;
    this.#entryId = direction > 0 ? ctx.buy(quantity, options) : ctx.sell(quantity, options);
    return true;
  }

  onFill(fill: Fill): void {
    if (fill.id !== this.#entryId) return;
    this.#entryId = 0;
    this.#fillPrice = fill.price;
    this.#stopId = this.#params.breakevenAtR > 0 ? fill.id + STOP_AFTER_PARENT : 0;
  }

  /** The entry is all that can be rejected: children only ever close. */
  onReject(): void {
    this.#entryId = 0;
  }

  /** Moves the stop to the price of the fill if this bar went far enough. */
  protect(bar: Bar, ctx: Context): void {
    if (this.#stopId === 0 || ctx.position.isFlat) return;
    const direction = this.#direction;
    const best = direction > 0 ? bar.high : bar.low;
    const risk = Math.abs(this.#fillPrice - this.#stopPrice);
    if (direction * (best - this.#fillPrice) < this.#params.breakevenAtR * risk) return;
    ctx.replace(this.#stopId, { price: this.#fillPrice });
    this.#stopId = 0;
  }

  #quantity(distance: number, ctx: Context): number {
    const { riskPercent, maxNotionalPercent } = this.#params;
    const { multiplier } = ctx.instrument;
    const risk = (ctx.account.equity * riskPercent) / 100;
    const notionalMax = (ctx.account.buyingPower * maxNotionalPercent) / 100;
    return Math.min(risk / (distance * multiplier), notionalMax / (ctx.bar.close * multiplier));
  }
}

/** The extreme of the last `lookback` bars, or of those there are, a spread further away. */
function protectiveStop(direction: Direction, lookback: number, ctx: Context): number {
  const { bars, instrument } = ctx;
  const count = Math.min(lookback, bars.count);
  let extreme = direction > 0 ? Infinity : -Infinity;
  for (let ago = 0; ago < count; ago++)
    extreme = direction > 0 ? Math.min(extreme, bars.low(ago)) : Math.max(extreme, bars.high(ago));
  return extreme - direction * instrument.spread;
}
