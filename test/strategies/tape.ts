/**
 * Tapes: minute bars written down as the candles that they make, and the run of a strategy over them.
 *
 * A candle of five minutes is written as one bar that has all of it, open to close, and four that stand still
 * at the close. So the candle is known from its first minute, and the extremes of the last ten minutes are
 * those of the last two candles. The index of a bar is its step as long as the tape is the only one, or all
 * tapes have the same minutes.
 */
import { type AccountSpec, DEFAULT_RULES, type Rules } from '../../src/broker/policies.ts';
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../../src/market/instrument.ts';
import type { Plan } from '../../src/record/plan.ts';
import type { EventOf, RecordKind, RunEvent } from '../../src/record/records.ts';
import type { ParamValue } from '../../src/strategy/params.ts';
import type { StrategyClass } from '../../src/strategy/strategy.ts';
import { simulate } from '../naive.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A midnight: 1 January 2024, UTC. */
export const MIDNIGHT = 19_723 * DAY;

/** Open, high, low, close, volume. */
export type Shape = readonly [open: number, high: number, low: number, close: number, volume: number];

/** The range of most tapes is 100 to 110; a quiet candle lies in the middle of it and trades 100. */
export const QUIET: Shape = [105, 106, 104, 105, 100];

/** A short fakeout: a weak break above, its reversal, its confirmation. A signal by all defaults. */
export const FAKEOUT: readonly [Shape, Shape, Shape] = [
  [109, 112, 109, 111, 80],
  [111, 111, 108, 109, 100],
  [109, 109.5, 107, 108, 200],
];

/** A long true breakout: a strong break above, its retest, its continuation. A signal by all defaults. */
export const TRUE_BREAKOUT: readonly [Shape, Shape, Shape] = [
  [109, 112, 109, 111, 150],
  [111, 111.5, 110.1, 110.5, 100],
  [110.5, 113, 110.5, 112.5, 200],
];

/** Closes that rise to a first high at once and to a higher one slowly, then a weak break: a divergence for a short. */
export const DIVERGING_BREAK: readonly Shape[] = [
  ...[103, 104.5, 106, 107.5, 109, 108, 107, 106, 105, 104, 103, 104, 105, 106, 107, 108].map(
    (close): Shape => [close, close + 0.2, close - 0.2, close, 100],
  ),
  [108, 110.5, 108, 110.1, 80],
];

/** Outside, above the range: neither comes back nor breaks out. */
export const AWAY: Shape = [111, 112, 110.5, 111, 100];

export class Tape {
  readonly bars: Bar[] = [];
  readonly #minutesPerCandle: number;
  #time: number;

  constructor(timeOfDay: number, minutesPerCandle = 5) {
    this.#time = MIDNIGHT + timeOfDay;
    this.#minutesPerCandle = minutesPerCandle;
  }

  /** Index of the last bar. */
  get last(): number {
    return this.bars.length - 1;
  }

  /** When the next bar opens. */
  get time(): number {
    return this.#time;
  }

  minute([open, high, low, close, volume]: Shape): this {
    this.bars.push({ time: this.#time, open, high, low, close, volume });
    this.#time += MINUTE;
    return this;
  }

  /** A confirmation candle. `minutes` says how many of its minutes have a bar, the first ones. */
  candle(shape: Shape, minutes = this.#minutesPerCandle): this {
    const [, , , close, volume] = shape;
    const each = volume / minutes;
    this.minute([shape[0], shape[1], shape[2], close, each]);
    for (let minute = 1; minute < minutes; minute++) this.minute([close, close, close, close, each]);
    return this.skip(this.#minutesPerCandle - minutes);
  }

  candles(count: number, shape: Shape = QUIET): this {
    for (let i = 0; i < count; i++) this.candle(shape);
    return this;
  }

  /** Candles up to a time of the day of the tape, the first of which spans from `low` to `high`. */
  reference(until: number, low = 100, high = 110): this {
    const count = (MIDNIGHT + until - this.#time) / (this.#minutesPerCandle * MINUTE);
    return this.candle([105, high, low, 105, 100]).candles(count - 1);
  }

  /** Minutes without a bar. */
  skip(minutes: number): this {
    this.#time += minutes * MINUTE;
    return this;
  }
}

/** The same candle on the other side of the range: 100 to 110 upside down. */
export const mirrored = ([open, high, low, close, volume]: Shape): Shape => [
  210 - open,
  210 - low,
  210 - high,
  210 - close,
  volume,
];

export const withVolume = ([open, high, low, close]: Shape, volume: number): Shape => [
  open,
  high,
  low,
  close,
  volume,
];

/** A tape at 08:00 with the range of the day set and the volumes of `quiet` candles after it. */
export function afterReference(quiet = 20): Tape {
  return new Tape(4 * HOUR).reference(8 * HOUR).candles(quiet);
}

/** The candles from 09:40 on, the first of which begins with bar 340. Enough quiet ones came before them. */
export function tapeOf(...shapes: readonly Shape[]): Tape {
  const tape = afterReference();
  for (const shape of shapes) tape.candle(shape);
  return tape;
}

export interface RunOptions {
  readonly params?: Readonly<Record<string, ParamValue>>;
  readonly rules?: Partial<Rules>;
  readonly instrument?: Partial<Instrument>;
  readonly warmupSteps?: number;
}

/** The record of a run. This is the one place that says which simulator the tests of strategies are driven by. */
export function run(
  strategyClass: StrategyClass,
  tapes: Readonly<Record<string, Tape>> | Tape,
  { params = {}, rules = {}, instrument = {}, warmupSteps = 0 }: RunOptions = {},
): RunEvent[] {
  const named = tapes instanceof Tape ? { ABC: tapes } : tapes;
  const bars = Object.fromEntries(Object.entries(named).map(([symbol, tape]) => [symbol, tape.bars]));
  const plan: Plan = {
    strategies: [{ source: { strategyClass }, params, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, account: accountOf(strategyClass.account), ...rules },
    instruments: Object.fromEntries(
      Object.keys(named).map((symbol) => [symbol, { ...DEFAULT_INSTRUMENT, ...instrument }]),
    ),
    seed: 1,
    warmupSteps,
    grid: null,
    deterministic: false,
  };
  return simulate({ interval: MINUTE, bars }, plan);
}

function accountOf(spec: string): AccountSpec {
  const [kind, leverage] = spec.split(' ');
  return kind === 'leverage' ? { kind, leverage: Number(leverage) } : { kind: 'cash' };
}

export function eventsOf<Kind extends RecordKind>(events: readonly RunEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> & RunEvent => event.kind === kind);
}

/** Orders that nobody's bracket brought along. */
export function entries(events: readonly RunEvent[]): EventOf<'order'>[] {
  return eventsOf(events, 'order').filter((order) => order.parent === 0);
}

/** Entries in short: `step side`. */
export function signals(events: readonly RunEvent[]): string[] {
  return entries(events).map(({ step, side }) => `${step} ${side}`);
}
