/** What both breakout strategies share, on tapes: the reference, the timeout, silence, gaps, warm-up, the volumes. */
import { type Bar, type Candle, type Context, Strategy } from 'lockstep';
import { describe, expect, it } from 'vitest';
import Fakeout from '../../strategies/fakeout.ts';
import { BreakoutFrame, FRAME_PARAMS } from '../../strategies/frame/breakout-frame.ts';
import { seeded } from '../support/random.ts';
import {
  AWAY,
  afterReference,
  DAY,
  entries,
  eventsOf,
  FAKEOUT,
  HOUR,
  MIDNIGHT,
  MINUTE,
  mirrored,
  QUIET,
  run,
  type Shape,
  signals,
  Tape,
  tapeOf,
} from './tape.ts';

const [BREAK, REVERSAL, CONFIRMATION] = FAKEOUT;
const [LOW_BREAK, LOW_REVERSAL, LOW_CONFIRMATION] = FAKEOUT.map(mirrored) as [Shape, Shape, Shape];
/** A confirmation that takes the price on to the target of a short from about 108. */
const PAYOFF: Shape = [108, 108, 101, 105, 100];
/** For tapes on which only the range itself may end a breakout. */
const PATIENT = { timeoutCandles: 1_000 };

/** Up to a time of the next day. */
function untilTomorrow(tape: Tape, timeOfDay: number, shape: Shape = QUIET): Tape {
  return tape.candles((MIDNIGHT + DAY + timeOfDay - tape.time) / (5 * MINUTE), shape);
}

function fakeoutAfter(quiet: number): Tape {
  const tape = afterReference(quiet);
  for (const shape of FAKEOUT) tape.candle(shape);
  return tape;
}

/** Signals of a break that is confirmed so many candles later, with candles in between, or with none. */
function confirmedAfter(candles: number): number {
  const tape = tapeOf(BREAK, REVERSAL).candles(candles - 2, AWAY);
  return signals(run(Fakeout, tape.candle(CONFIRMATION))).length;
}

function confirmedAfterGap(candles: number): number {
  const tape = tapeOf(BREAK, REVERSAL).skip((candles - 2) * 5);
  return signals(run(Fakeout, tape.candle(CONFIRMATION))).length;
}

/** Signals of a trade, closed at once, and of the same candles again, the break so many after the first. */
function repeatedAfter(candles: number): string[] {
  const tape = tapeOf(...FAKEOUT, PAYOFF).candles(candles - 4);
  for (const shape of FAKEOUT) tape.candle(shape);
  return signals(run(Fakeout, tape));
}

/** A side that is armed ten minutes before the next reference. */
function armed(): Tape {
  const tape = untilTomorrow(afterReference(), 7 * HOUR + 40 * MINUTE);
  return tape.candle(BREAK).candle(REVERSAL);
}

describe('the volumes', () => {
  it('have to be as many as the average is of before there is a breakout', () => {
    // The candle that ends with the reference is closed when the range begins, so it is the first of the twenty.
    expect(signals(run(Fakeout, fakeoutAfter(18)))).toEqual([]);
    expect(signals(run(Fakeout, fakeoutAfter(19)))).toEqual(['349 sell']);
  });

  /** Keeps the candles and compares the window with them on every bar. */
  class Probe extends Strategy.with({ ...FRAME_PARAMS }) {
    static compared = 0;
    readonly #frame = new BreakoutFrame(this.params, {
      stance: 1,
      observe: ({ volume }) => void this.#volumes.push(volume),
      judge: () => 'wait',
      reasons: () => '',
    });
    #volumes: number[] = [];

    override onStart(ctx: Context): void {
      this.#frame.onStart(ctx);
    }

    override onCandle(candle: Candle, ctx: Context): void {
      this.#frame.onCandle(candle, ctx);
      const isReference = candle.timeframe === 4 * HOUR && candle.time % DAY === 4 * HOUR;
      if (isReference) this.#volumes = [];
    }

    override onTick(bar: Bar, ctx: Context): void {
      this.#frame.onTick(bar, ctx);
      const last = this.#volumes.slice(-this.params.volumeLookback);
      const isFull = last.length === this.params.volumeLookback;
      const expected = isFull ? last.reduce((sum, volume) => sum + volume, 0) / last.length : Number.NaN;
      expect(this.#frame.averageVolume).toBe(expected);
      if (isFull) Probe.compared++;
    }
  }

  it.each([1, 2, 3])('average as a recomputation on every bar does (seed %i)', (seed) => {
    const random = seeded(seed);
    const tape = new Tape(0);
    while (tape.time < MIDNIGHT + 3 * DAY) {
      if (random() < 0.02) tape.skip(Math.floor(random() * 90));
      tape.minute([105, 110, 100, 105, Math.floor(random() * 1_000)]);
    }
    Probe.compared = 0;
    run(Probe, tape, { params: { volumeLookback: 7 } });
    expect(Probe.compared).toBeGreaterThan(1_000);
  });
});

describe('a breakout', () => {
  it('is good for 24 candles and forgotten at the next', () => {
    expect(confirmedAfter(24)).toBe(1);
    expect(confirmedAfter(25)).toBe(0);
  });

  it('that was forgotten makes room for a new one on the very same candle', () => {
    const tape = tapeOf(BREAK).candles(24, AWAY).candle(BREAK).candle(REVERSAL).candle(CONFIRMATION);
    expect(signals(run(Fakeout, tape))).toEqual([`${tape.last} sell`]);
    const early = tapeOf(BREAK).candles(23, AWAY).candle(BREAK).candle(REVERSAL).candle(CONFIRMATION);
    expect(signals(run(Fakeout, early))).toEqual([]);
  });

  it('ages by the clock, also where there are no bars', () => {
    expect(confirmedAfterGap(24)).toBe(1);
    expect(confirmedAfterGap(25)).toBe(0);
  });

  it('on one side is forgotten without the other', () => {
    // Above, the low break is the reversal of a break that is 23 candles old; the last candle would confirm it.
    const tape = tapeOf(BREAK).candles(22, AWAY).candle(LOW_BREAK).candle(AWAY).candle(LOW_CONFIRMATION);
    expect(signals(run(Fakeout, tape))).toEqual([`${tape.last} buy`]);
    expect(signals(run(Fakeout, tape, { params: { timeoutCandles: 25 } }))).toEqual([`${tape.last} sell`]);
  });

  it('of a range without height is none', () => {
    const tape = new Tape(4 * HOUR)
      .candles(48, [105, 105, 105, 105, 100])
      .candles(20, [105, 105, 105, 105, 100]);
    tape.candle([105, 107, 105, 106, 50]).candle([106, 106, 104, 104, 100]).candle([104, 104, 103, 103, 300]);
    expect(signals(run(Fakeout, tape))).toEqual([]);
  });
});

describe('an accepted signal', () => {
  it('silences its side until the timeout of its breakout', () => {
    expect(repeatedAfter(24)).toEqual(['354 sell']);
    expect(repeatedAfter(25)).toEqual(['354 sell', '479 sell']);
  });

  it('leaves the other side alone', () => {
    const tape = tapeOf(...FAKEOUT, PAYOFF, LOW_BREAK, LOW_REVERSAL, LOW_CONFIRMATION);
    expect(signals(run(Fakeout, tape))).toEqual(['354 sell', `${tape.last} buy`]);
  });

  it('stays silent when a signal of the other side is rejected', () => {
    const tooLoud: Shape = [101, 101, 98, 99, 200];
    const tape = tapeOf(...FAKEOUT, PAYOFF, tooLoud, LOW_REVERSAL, LOW_CONFIRMATION, ...FAKEOUT);
    expect(signals(run(Fakeout, tape))).toEqual(['354 sell']);
  });

  it('is not repeated while the position is open, and such a signal is rejected', () => {
    const params = { rewardRisk: 100, breakevenAtR: 0 };
    const below = [LOW_BREAK, LOW_REVERSAL, LOW_CONFIRMATION] as const;
    const open = tapeOf(...FAKEOUT, QUIET, ...below);
    expect(signals(run(Fakeout, open, { params }))).toEqual(['354 sell']);
    expect(signals(run(Fakeout, tapeOf(QUIET, QUIET, QUIET, QUIET, ...below), { params }))).toEqual([
      `${open.last} buy`,
    ]);
    // Had it been taken for an accepted one, this side would be silent for the 24 candles.
    const stopOut: Shape = [105, 112, 105, 105, 100];
    const again = tapeOf(...FAKEOUT, QUIET, ...below, stopOut, ...below);
    expect(signals(run(Fakeout, again, { params }))).toEqual(['354 sell', `${again.last} buy`]);
  });
});

describe('a new reference', () => {
  it('resets a side that was armed', () => {
    const before = armed().candle(CONFIRMATION);
    expect(signals(run(Fakeout, before, { params: PATIENT }))).toEqual([`${before.last} sell`]);
    // 112 is the high of the new range; the candle closes below both.
    const after = armed().candles(2, AWAY).candle(CONFIRMATION);
    expect(signals(run(Fakeout, after, { params: PATIENT }))).toEqual([]);
  });

  it('is in force for the candle that ends together with it', () => {
    const together = armed().candle(AWAY).candle(CONFIRMATION);
    expect(together.time).toBe(MIDNIGHT + DAY + 8 * HOUR);
    expect(signals(run(Fakeout, together, { params: PATIENT }))).toEqual([]);
  });

  it('resets a side that was silent', () => {
    const tape = untilTomorrow(tapeOf(...FAKEOUT, PAYOFF), 4 * HOUR).candle(QUIET);
    tape.candle([105, 110, 100, 105, 100]).candles(46 + 20);
    for (const shape of FAKEOUT) tape.candle(shape);
    expect(signals(run(Fakeout, tape, { params: PATIENT }))).toEqual(['354 sell', `${tape.last} sell`]);
  });

  it('that never came, in a gap, leaves the range and its breakouts as they were', () => {
    const tape = untilTomorrow(afterReference(), 3 * HOUR)
      .candle(BREAK)
      .candle(REVERSAL);
    tape.skip((MIDNIGHT + DAY + 9 * HOUR - tape.time) / MINUTE).candle(CONFIRMATION);
    expect(signals(run(Fakeout, tape, { params: PATIENT }))).toEqual([`${tape.last} sell`]);
  });

  it('whose end is in a gap is known with the next bar, before it is judged', () => {
    // The last candle before the gap is told with the reference, ended before it, and is not of its twenty.
    const tape = new Tape(4 * HOUR)
      .reference(7 * HOUR + 50 * MINUTE)
      .candle(QUIET, 3)
      .skip(15);
    tape.candles(20);
    for (const shape of FAKEOUT) tape.candle(shape);
    expect(signals(run(Fakeout, tape))).toEqual([`${tape.last} sell`]);
    const tooFew = new Tape(4 * HOUR)
      .reference(7 * HOUR + 50 * MINUTE)
      .candle(QUIET, 3)
      .skip(15);
    tooFew.candles(19);
    for (const shape of FAKEOUT) tooFew.candle(shape);
    expect(signals(run(Fakeout, tooFew))).toEqual([]);
  });

  it('falls back on the candle of 12:00 until there is one of 04:00', () => {
    const tape = new Tape(9 * HOUR)
      .candles(36)
      .reference(16 * HOUR)
      .candles(20);
    for (const shape of FAKEOUT) tape.candle(shape);
    expect(signals(run(Fakeout, tape))).toEqual([`${tape.last} sell`]);
    // With a 04:00 the same afternoon is no reference: 104 to 106 is, and nothing below breaks out of it.
    const morning = new Tape(4 * HOUR)
      .candles(96)
      .reference(16 * HOUR)
      .candles(20);
    for (const shape of FAKEOUT) morning.candle(shape);
    expect(signals(run(Fakeout, morning))).toEqual([]);
  });

  it('of a quarter of an hour works by the minute', () => {
    const tape = new Tape(14 * HOUR + 30 * MINUTE, 1).reference(14 * HOUR + 45 * MINUTE).candles(20);
    for (const shape of FAKEOUT) tape.candle(shape);
    const events = run(Fakeout, tape, { params: { range: '15M_1M' } });
    expect(signals(events)).toEqual([`${tape.last} sell`]);
    // The highest high of ten minutes is that of the break now.
    expect(eventsOf(events, 'order')[1]).toMatchObject({ type: 'stop', price: 112 });
  });
});

describe('a symbol', () => {
  it('without a bar at the decisive minute decides on its next one, and holds up nobody', () => {
    const whole = tapeOf(...FAKEOUT)
      .minute([107.5, 108, 107.5, 107.8, 20])
      .minute([107.8, 108, 107, 107, 20]);
    const missing = tapeOf(BREAK, REVERSAL).candle([109, 109.5, 107, 108, 200], 4);
    missing.minute([107.5, 108, 107.5, 107.8, 20]).minute([107.8, 108, 107, 107, 20]);
    const events = run(Fakeout, { WHOLE: whole, MISSING: missing });
    const decided = entries(events).map(({ symbol, step }) => `${symbol} ${step}`);
    expect(decided).toEqual(['WHOLE 354', 'MISSING 355']);
    // Each by the close of the bar it was decided on, 108 and 107.8, and by the equity of that step.
    const [first, second] = entries(events);
    const equity = eventsOf(events, 'equity').find(({ step }) => step === 355)!.equity;
    expect(first!.quantity).toBeCloseTo(1_000 / (111 - 108), 6);
    expect(second!.quantity).toBeCloseTo((0.01 * equity) / (111 - 107.8), 6);
    const fills = eventsOf(events, 'fill').map(({ symbol, step, price }) => [symbol, step, price]);
    expect(fills).toEqual([
      ['WHOLE', 355, 107.5],
      ['MISSING', 356, 107.8],
    ]);
  });
});

describe('a bar', () => {
  it('that ends two candles has both judged, the older first', () => {
    const [open, high, low, close] = CONFIRMATION;
    const tape = tapeOf(BREAK).candle(REVERSAL, 3).skip(4).minute([open, high, low, close, 200]);
    expect(signals(run(Fakeout, tape))).toEqual([`${tape.last} sell`]);
  });
});

describe('the warm-up', () => {
  it('takes its signals for accepted and sends nothing', () => {
    const tape = tapeOf(...FAKEOUT, QUIET, ...FAKEOUT, LOW_BREAK, LOW_REVERSAL, LOW_CONFIRMATION);
    expect(signals(run(Fakeout, tape, { warmupSteps: 355 }))).toEqual([`${tape.last} buy`]);
  });
});
