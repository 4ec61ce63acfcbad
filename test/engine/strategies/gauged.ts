/**
 * Strategies that weigh what their thread allocates between two ticks, far apart: the answer is a line of the run's log.
 *
 * V8 counts every byte that was ever allocated on the heap of a thread, collected or not: nothing goes unseen.
 */
import { getHeapStatistics } from 'node:v8';
import { threadId } from 'node:worker_threads';
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

const params = { from: integer(0), to: integer(0), litter: choice('nothing', ['nothing', 'object', 'kept']) };

/** Somebody must hold what is littered, or the compiler sees that nobody wants it. */
const litter: object[] = [{}];

function isAtScales(ctx: Context, { from, to }: { from: number; to: number }): boolean {
  return ctx.step === from || ctx.step === to;
}

/** What was allocated so far, and what is left of it after two collections. */
function weigh(ctx: Context): void {
  const { total_allocated_bytes: bytes } = getHeapStatistics() as { total_allocated_bytes?: number };
  globalThis.gc!();
  globalThis.gc!();
  ctx.log(`${threadId} ${bytes} ${getHeapStatistics().used_heap_size}`);
}

/** Does nothing, so that what is weighed is the engine's. */
export class Idle extends Strategy.with(params) {
  override onTick(_bar: Bar, ctx: Context) {
    if (this.params.litter === 'object') litter[0] = {};
    if (this.params.litter === 'kept') litter.push({});
    if (isAtScales(ctx, this.params)) weigh(ctx);
  }
}

/** Windows, candles, reads of bars, of another symbol and of the account; no orders. */
export class Typical extends Strategy.with(params) {
  readonly #fast = new SimpleMovingAverage(10);
  readonly #slow = new SimpleMovingAverage(30);
  readonly #highs = new RollingMaximum(60);
  readonly #volumes = new VolumeCache(20);
  #candles: CandleSeries | null = null;
  #other: SymbolView | null = null;
  signals = 0;

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
    const isAhead = other.isPresent && other.bar.close > ctx.bars.low(9);
    const isAbove = this.#fast.value > this.#slow.value && bar.close > this.#candles!.closed.high;
    if (isHighest && isLoud && isAbove && isAhead && ctx.position.isFlat && ctx.account.buyingPower > 0)
      this.signals++;
    if (this.params.litter === 'object') litter[0] = {};
    if (this.params.litter === 'kept') litter.push({});
    if (isAtScales(ctx, this.params)) weigh(ctx);
  }

  override onCandle() {
    this.signals++;
  }
}
