/**
 * Both breakout strategies against a naive twin, on random days with holes.
 *
 * The twin is told of no hook and keeps no window: it cuts the bars into candles, and for each confirmation
 * candle looks up the reference and the volumes again from the whole list. From the run it takes only when a
 * position was open.
 */
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../src/market/bar.ts';
import type { RunEvent } from '../../src/record/records.ts';
import Fakeout from '../../strategies/fakeout.ts';
import TrueBreakout from '../../strategies/true-breakout.ts';
import { seeded } from '../support/random.ts';
import { DAY, eventsOf, HOUR, MIDNIGHT, MINUTE, run, signals, Tape } from './tape.ts';

interface Closed extends Bar {
  readonly end: number;
  /** The bar with which it is known to be closed. */
  readonly step: number;
}
interface Breakout {
  readonly candle: Closed;
  readonly average: number;
  isArmed: boolean;
  isSilent: boolean;
}
/** What to do about a breakout above (prices below are negated before). */
type Judge = (breakout: Breakout, candle: Bar, high: number, average: number) => 'arm' | 'yes' | 'no' | '';

const LOOKBACK = 6;
const TIMEOUT = 24;

function closedCandles(bars: readonly Bar[], length: number): Closed[] {
  const starts = [...new Set(bars.map(({ time }) => time - (time % length)))];
  return starts.flatMap((time) => {
    const end = time + length;
    const inside = bars.filter((bar) => bar.time >= time && bar.time < end);
    const step = bars.findIndex((bar) => bar.time + MINUTE >= end);
    if (step < 0) return [];
    return {
      time,
      end,
      step,
      open: inside[0]!.open,
      high: Math.max(...inside.map(({ high }) => high)),
      low: Math.min(...inside.map(({ low }) => low)),
      close: inside.at(-1)!.close,
      volume: inside.reduce((sum, { volume }) => sum + volume, 0),
    };
  });
}

const negated = <T extends Bar>(bar: T): T => ({
  ...bar,
  open: -bar.open,
  high: -bar.low,
  low: -bar.high,
  close: -bar.close,
});

function twinSignals(
  bars: readonly Bar[],
  follows: boolean,
  judge: Judge,
  isBusy: (step: number) => boolean,
) {
  const candles = closedCandles(bars, 5 * MINUTE);
  const references = closedCandles(bars, 4 * HOUR);
  const found: string[] = [];
  let sides: (Breakout | null)[] = [null, null];
  let previous: Closed | undefined;

  for (const [index, candle] of candles.entries()) {
    const closed = references.filter(({ end }) => end <= candle.end);
    const reference =
      closed.findLast(({ time }) => time % DAY === 4 * HOUR) ??
      closed.findLast(({ time }) => time % DAY === 12 * HOUR);
    if (reference !== previous) sides = [null, null];
    previous = reference;
    if (reference === undefined) continue;
    const before = candles.slice(0, index).filter(({ end }) => end >= reference.end);
    if (before.length < LOOKBACK) continue;
    const average = before.slice(-LOOKBACK).reduce((sum, { volume }) => sum + volume, 0) / LOOKBACK;

    const views = [
      { candle, range: reference as Bar },
      { candle: negated(candle), range: negated(reference) },
    ];
    for (const [side, view] of views.entries()) {
      const old = sides[side];
      if (old && candle.time - old.candle.time > TIMEOUT * 5 * MINUTE) sides[side] = null;
      const { open, close } = view.candle;
      const isInside = open >= view.range.low && open <= view.range.high && view.range.high > view.range.low;
      if (!sides[side] && isInside && close > view.range.high)
        sides[side] = { candle: view.candle, average, isArmed: false, isSilent: false };
    }
    for (const [side, view] of views.entries()) {
      const breakout = sides[side];
      if (!breakout || breakout.isSilent || breakout.candle.time === candle.time) continue;
      const verdict = judge(breakout, view.candle, view.range.high, average);
      if (verdict === 'arm') breakout.isArmed = true;
      if (verdict !== 'yes' && verdict !== 'no') continue;
      const isBuy = (side === 0) === follows;
      const last = bars.slice(Math.max(0, candle.step - 9), candle.step + 1);
      const stop = isBuy
        ? Math.min(...last.map(({ low }) => low))
        : Math.max(...last.map(({ high }) => high));
      const close = bars[candle.step]!.close;
      const isSensible = isBuy ? stop < close : stop > close;
      if (verdict === 'yes' && isSensible && !isBusy(candle.step)) {
        found.push(`${candle.step} ${isBuy ? 'buy' : 'sell'}`);
        breakout.isSilent = true;
      } else sides = sides.map((other) => (other?.isSilent ? other : null));
    }
  }
  return found;
}

const judgeFakeout: Judge = (breakout, { close, volume }, high, average) => {
  if (close >= high) return '';
  if (!breakout.isArmed) return 'arm';
  return breakout.candle.volume <= 1.2 * breakout.average && volume >= 0.8 * average ? 'yes' : 'no';
};
const judgeTrueBreakout: Judge = (breakout, { low, close, volume }, high, average) => {
  const nearest = high + Math.abs(high) * 0.0015;
  if (!breakout.isArmed && low <= nearest && close >= high) return 'arm';
  if (close <= high || volume < 0.9 * average) return '';
  return breakout.isArmed && breakout.candle.volume >= 0.9 * breakout.average ? 'yes' : 'no';
};

/** Six days around 1,000, with holes from a minute to hours. */
function randomTape(seed: number): Tape {
  const random = seeded(seed);
  const tape = new Tape(Math.floor(random() * 20) * HOUR);
  let price = 1_000;
  while (tape.time < MIDNIGHT + 6 * DAY) {
    if (random() < 0.02) tape.skip(Math.floor(random() * 4));
    if (random() < 0.0005) tape.skip(Math.floor(random() * 500));
    const open = price;
    price += Math.round((random() - 0.5) * 4 - (price - 1_000) / 40);
    const [high, low] = [Math.max(open, price), Math.min(open, price)];
    tape.minute([open, high + Math.floor(random() * 2), low, price, 50 + Math.floor(random() * 100)]);
  }
  return tape;
}

function busyFrom(events: readonly RunEvent[]) {
  const fills = eventsOf(events, 'fill');
  return (step: number) => (fills.findLast((fill) => fill.step <= step)?.position ?? 0) !== 0;
}

const SHARED = {
  volumeLookback: LOOKBACK,
  timeoutCandles: TIMEOUT,
  riskPercent: 0.1,
  maxOpenRiskPercent: 100,
};

describe.each([11, 12])('on random days (seed %i)', (seed) => {
  const tape = randomTape(seed);

  it('the fakeout trades what its twin would', () => {
    const params = { ...SHARED, breakoutVolumeMax: 1.2, confirmationVolumeMin: 0.8 };
    const events = run(Fakeout, tape, { params });
    expect(signals(events)).toEqual(twinSignals(tape.bars, false, judgeFakeout, busyFrom(events)));
    expect(signals(events).length).toBeGreaterThan(5);
  });

  it('the true breakout trades what its twin would', () => {
    const params = { ...SHARED, breakoutVolumeMin: 0.9, continuationVolumeMin: 0.9 };
    const events = run(TrueBreakout, tape, { params });
    expect(signals(events)).toEqual(twinSignals(tape.bars, true, judgeTrueBreakout, busyFrom(events)));
    expect(signals(events).length).toBeGreaterThan(5);
  });
});
