/**
 * A typical strategy (windows, reads of bars and of other symbols, an account that is looked at, no orders) that weighs the
 * heap of its thread at two ticks, far apart.
 *
 * On one symbol it carries the scales: after two collections at the first tick, and without one at the second, so that
 * whatever was allocated in between still counts. The bytes are the answer, in the run's log.
 */
import {
  type Bar,
  type CandleSeries,
  type Context,
  choice,
  integer,
  RollingMaximum,
  SimpleMovingAverage,
  Strategy,
  type SymbolView,
  VolumeCache,
} from '../../../src/index.ts';

/** What the faulty ones leave behind: somebody must hold it, or nothing is left to weigh. */
const litter: object[] = [{}];

export default class Gauged extends Strategy.with({
  weighs: integer(0),
  from: integer(0),
  to: integer(0),
  litter: choice('nothing', ['nothing', 'object']),
}) {
  readonly #fast = new SimpleMovingAverage(10);
  readonly #slow = new SimpleMovingAverage(30);
  readonly #highs = new RollingMaximum(60);
  readonly #volumes = new VolumeCache(20);
  #candles: CandleSeries | null = null;
  #other: SymbolView | null = null;
  #before = 0;
  #signals = 0;

  override onStart(ctx: Context) {
    this.#candles = ctx.candles('5m');
    this.#other = ctx.view(ctx.symbols[0]!);
  }

  override onTick(bar: Bar, ctx: Context) {
    this.#fast.update(bar.close);
    this.#slow.update(bar.close);
    const isHighest = bar.close > this.#highs.value;
    this.#highs.update(bar.high);
    const isLoud = this.#volumes.isReady && bar.volume > this.#volumes.average;
    this.#volumes.update(bar.volume);
    const other = this.#other!;
    const isAhead = other.isPresent && other.bar.close > ctx.bars.low(9) + this.#candles!.forming.high;
    const isRich = ctx.account.equity > ctx.account.cash && ctx.account.buyingPower > 0;
    const isLate = ctx.time % 86_400_000 > 43_200_000;
    if (isHighest && isLoud && ctx.position.isFlat && this.#fast.value > this.#slow.value && isLate)
      this.#signals++;
    if (isAhead || isRich) this.#signals++;
    if (this.params.litter === 'object') litter[0] = {};
    if (this.params.weighs === 1) this.#weigh(ctx);
  }

  #weigh(ctx: Context) {
    if (ctx.step === this.params.from) {
      globalThis.gc!();
      globalThis.gc!();
      this.#before = process.memoryUsage().heapUsed;
    } else if (ctx.step === this.params.to) {
      ctx.log(String(process.memoryUsage().heapUsed - this.#before));
    }
  }

  override onCandle() {
    this.#signals++;
  }
}
