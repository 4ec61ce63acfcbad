/**
 * The classic first strategy: hold a symbol while its fast moving average is above its slow one.
 *
 * Bought when the fast average rises above the slow one, sold when it is no longer above. Both are market
 * orders, decided on the close of a bar and filled at the open of the symbol's next bar: no order ever sees the
 * bar it was decided on. There is one instance of this class for each symbol, so the fields below belong to one
 * symbol.
 *
 * Where the two averages tie, their last bits decide, and these come from the way of summing: `sum` chooses it, for
 * whoever compares with a tool that sums in another way than `SimpleMovingAverage` does.
 */
import {
  type Bar,
  choice,
  type Context,
  integer,
  number,
  SimpleMovingAverage,
  Strategy,
  SUM_KINDS,
  type SumKind,
  SummedAverage,
} from 'lockstep';

export default class SmaCross extends Strategy.with({
  fast: integer(10, { min: 1 }),
  slow: integer(30, { min: 1 }),
  quantity: number(10, { min: 1e-8 }),
  sum: choice('windowed', ['windowed', ...SUM_KINDS]),
}) {
  readonly #fast = averageOf(this.params.fast, this.params.sum);
  readonly #slow = averageOf(this.params.slow, this.params.sum);
  #wasAbove: boolean | undefined;

  override onTick(bar: Bar, ctx: Context): void {
    this.#fast.update(bar.close);
    this.#slow.update(bar.close);
    if (!this.#fast.isReady || !this.#slow.isReady) return;

    const isAbove = this.#fast.value > this.#slow.value;
    const crossedUp = isAbove && this.#wasAbove === false;
    const crossedDown = !isAbove && this.#wasAbove === true;
    this.#wasAbove = isAbove;

    if (crossedUp) ctx.buy(this.params.quantity);
    if (crossedDown) ctx.close();
  }
}

function averageOf(length: number, sum: 'windowed' | SumKind): SimpleMovingAverage | SummedAverage {
  return sum === 'windowed' ? new SimpleMovingAverage(length) : new SummedAverage(length, sum);
}
