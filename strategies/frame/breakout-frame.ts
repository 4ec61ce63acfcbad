/**
 * What the two breakout strategies share: from the candles of a symbol to a verdict, from a verdict to a trade.
 *
 * Whenever a confirmation candle C closes, in this order:
 *
 *   1. the newest closed reference candle is the range; a new one resets all that follows, the volumes included
 *   2. `average` is the mean volume of the last `volumeLookback` confirmation candles before C; as long as there
 *      are fewer, the machine waits
 *   3. breakouts older than `timeoutCandles` are forgotten, each side for itself
 *   4. breakouts are detected, each side for itself
 *   5. the strategy's own rules judge each side that broke out before C, above first
 *   6. C's volume enters the window, after use
 *
 * An accepted signal silences its side; a rejected one resets both. Rejected is a signal that fails the
 * strategy's filters, one that comes while the instance is in a position or on the way into one, and one
 * without a sensible order. What the broker makes of an order afterwards changes nothing here: the signal was
 * accepted. So it is during the warm-up, when orders are dropped.
 *
 * When C is judged: on the bar with which it is known to be closed. That is its own last minute or, if that
 * minute has no bar, the symbol's next bar; stop, quantity and fill then follow from that bar. A reference
 * candle that ends together with C is told after C, being longer. Yet both are closed then, so C is held until
 * all candles of the step, or one that ends later, are in.
 */
import {
  type Bar,
  type Candle,
  type Context,
  choice,
  type Fill,
  integer,
  number,
  VolumeCache,
} from 'lockstep';
import { BracketTrade, type TradeParams } from './bracket-trade.ts';
import { BreakoutSide } from './breakout-side.ts';
import { type Direction, RANGES, type RangeName, type RangeSpec, ReferenceRange } from './range.ts';

export const FRAME_PARAMS = {
  range: choice('4H_5M', ['4H_5M', '15M_1M']),
  timeoutCandles: integer(24, { min: 1 }),
  volumeLookback: integer(20, { min: 1 }),
  stopLookback: integer(10, { min: 1 }),
  rewardRisk: number(2, { min: 0.01 }),
  riskPercent: number(1, { min: 0, max: 100 }),
  maxOpenRiskPercent: number(20, { min: 0 }),
  maxNotionalPercent: number(100, { min: 0, max: 100 }),
  breakevenAtR: number(1, { min: 0 }),
} as const;

export interface FrameParams extends TradeParams {
  readonly range: RangeName;
  readonly timeoutCandles: number;
  readonly volumeLookback: number;
}

/** What a candle makes of a breakout: nothing; what the signal needs first; a failed signal; a signal. */
export type Verdict = 'wait' | 'arm' | 'reject' | 'signal';

/** Step 5: what the strategies differ in. */
export interface BreakoutRules {
  /** 1 trades with the breakout, −1 against it. */
  readonly stance: Direction;
  /** Called with every confirmation candle, before it is judged and whether or not there is a range. */
  observe(candle: Bar): void;
  /** Judges a later candle than that of the breakout, while the side is broken or armed. */
  judge(side: BreakoutSide, candle: Bar, average: number): Verdict;
  /** Why, in a few words for the order, asked for right after the verdict `signal`. */
  reasons(): string;
}

/** The held candle: numbers, as the view of a candle moves on. */
interface Held {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

export class BreakoutFrame {
  readonly above = new BreakoutSide(1);
  readonly below = new BreakoutSide(-1);
  readonly #spec: RangeSpec;
  readonly #rules: BreakoutRules;
  readonly #range: ReferenceRange;
  readonly #volumes: VolumeCache;
  readonly #trade: BracketTrade;
  readonly #timeoutCandles: number;
  readonly #held: Held = { time: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  #isHolding = false;
  #referenceLength = 0;
  #confirmationLength = 0;

  constructor(params: FrameParams, rules: BreakoutRules) {
    this.#spec = RANGES[params.range];
    this.#rules = rules;
    this.#range = new ReferenceRange(this.#spec);
    this.#volumes = new VolumeCache(params.volumeLookback);
    this.#trade = new BracketTrade(params);
    this.#timeoutCandles = params.timeoutCandles;
  }

  /** What the next confirmation candle is judged by; NaN as long as too few came before it. */
  get averageVolume(): number {
    return this.#volumes.isReady ? this.#volumes.average : Number.NaN;
  }

  onStart(ctx: Context): void {
    this.#referenceLength = ctx.candles(this.#spec.referenceTimeframe).timeframe;
    this.#confirmationLength = ctx.candles(this.#spec.confirmationTimeframe).timeframe;
  }

  onCandle(candle: Candle, ctx: Context): void {
    if (candle.timeframe === this.#confirmationLength) {
      this.#judgeHeld(ctx);
      this.#hold(candle);
    } else if (candle.timeframe === this.#referenceLength) {
      const heldEnd = this.#held.time + this.#confirmationLength;
      if (heldEnd < candle.endTime) this.#judgeHeld(ctx);
      if (this.#range.offer(candle)) this.#startOver();
    }
  }

  onTick(bar: Bar, ctx: Context): void {
    this.#trade.protect(bar, ctx);
    this.#judgeHeld(ctx);
  }

  onFill(fill: Fill): void {
    this.#trade.onFill(fill);
  }

  onReject(): void {
    this.#trade.onReject();
  }

  #startOver(): void {
    this.above.forget();
    this.below.forget();
    this.#volumes.reset();
  }

  #hold(candle: Candle): void {
    const held = this.#held;
    held.time = candle.time;
    held.open = candle.open;
    held.high = candle.high;
    held.low = candle.low;
    held.close = candle.close;
    held.volume = candle.volume;
    this.#isHolding = true;
  }

  #judgeHeld(ctx: Context): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    const candle = this.#held;
    this.#rules.observe(candle);
    if (this.#volumes.isReady) this.#classify(candle, this.averageVolume, ctx);
    this.#volumes.update(candle.volume);
  }

  /** Steps 3 to 5. */
  #classify(candle: Bar, average: number, ctx: Context): void {
    const { above, below } = this;
    const ageMax = this.#timeoutCandles * this.#confirmationLength;
    above.expire(candle.time, ageMax);
    below.expire(candle.time, ageMax);
    above.detect(candle, this.#range, average);
    below.detect(candle, this.#range, average);
    this.#judgeSide(above, candle, average, ctx);
    this.#judgeSide(below, candle, average, ctx);
  }

  #judgeSide(side: BreakoutSide, candle: Bar, average: number, ctx: Context): void {
    const isUnderWay = side.stage === 'broken' || side.stage === 'armed';
    if (!isUnderWay || side.time === candle.time) return;
    const verdict = this.#rules.judge(side, candle, average);
    if (verdict === 'wait') return;
    if (verdict === 'arm') side.arm();
    else if (verdict === 'signal' && this.#enter(side, ctx)) side.accept();
    else {
      this.above.reject();
      this.below.reject();
    }
  }

  /** Sends the order for a signal. False if the signal has to be rejected. */
  #enter(side: BreakoutSide, ctx: Context): boolean {
    const direction: Direction = side.direction === this.#rules.stance ? 1 : -1;
    return this.#trade.isFree(ctx) && this.#trade.enter(direction, this.#rules.reasons(), ctx);
  }
}
