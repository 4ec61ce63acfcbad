/** The three that need no range: what they buy, when, and what they leave alone. */
import { describe, expect, it } from 'vitest';
import BuyAndHold from '../../strategies/buy-and-hold.ts';
import SmaCross from '../../strategies/sma-cross.ts';
import VolumeBreakout from '../../strategies/volume-breakout.ts';
import { entries, eventsOf, run, type Shape, signals, Tape } from './tape.ts';

const tapeOfBars = (...shapes: readonly Shape[]): Tape => {
  const tape = new Tape(0);
  for (const shape of shapes) tape.minute(shape);
  return tape;
};
const tapeOfCloses = (...closes: readonly number[]): Tape =>
  tapeOfBars(...closes.map((close): Shape => [close, close, close, close, 100]));

describe('the moving averages', () => {
  const params = { fast: 1, slow: 2 };

  it('buy a cross upwards and sell a cross downwards, at the next open', () => {
    const events = run(SmaCross, tapeOfCloses(10, 9, 11, 12, 13, 12, 11, 10), { params });
    expect(signals(events)).toEqual(['2 buy', '5 sell']);
    const fills = eventsOf(events, 'fill').map(({ step, quantity, price }) => [step, quantity, price]);
    expect(fills).toEqual([
      [3, 10, 12],
      [6, 10, 11],
    ]);
  });

  it('do nothing if the fast one is above from the start', () => {
    expect(entries(run(SmaCross, tapeOfCloses(9, 10, 11, 12), { params }))).toEqual([]);
  });

  it('sell nothing that is not held', () => {
    expect(entries(run(SmaCross, tapeOfCloses(9, 10, 9, 8), { params }))).toEqual([]);
  });

  it('wait until both have seen their length', () => {
    const closes = [10, 9, 8, 12, 7, 5, 14];
    expect(signals(run(SmaCross, tapeOfCloses(...closes), { params }))).toEqual(['3 buy', '4 sell', '6 buy']);
    const swapped = { fast: 4, slow: 2 };
    expect(signals(run(SmaCross, tapeOfCloses(...closes), { params: swapped }))).toEqual(['5 buy', '6 sell']);
  });

  it('buy as many as they are told', () => {
    const events = run(SmaCross, tapeOfCloses(10, 9, 11), { params: { ...params, quantity: 3 } });
    expect(entries(events)[0]!.quantity).toBe(3);
  });
});

describe('buy and hold', () => {
  it('buys once, at the open after the first bar, and keeps it', () => {
    const events = run(BuyAndHold, tapeOfCloses(100, 101, 50, 200));
    expect(signals(events)).toEqual(['0 buy']);
    expect(eventsOf(events, 'fill').map(({ step, quantity, price }) => [step, quantity, price])).toEqual([
      [1, 980, 101],
    ]);
  });

  it('shares the cash equally, whoever comes first', () => {
    const late = new Tape(0).skip(2);
    for (let i = 0; i < 3; i++) late.minute([50, 50, 50, 50, 100]);
    const events = run(BuyAndHold, { EARLY: tapeOfCloses(100, 100, 100, 100), LATE: late });
    expect(entries(events).map(({ symbol, quantity }) => [symbol, quantity])).toEqual([
      ['EARLY', 490],
      ['LATE', 980],
    ]);
    expect(eventsOf(events, 'fill').length).toBe(2);
  });

  it('spends what it is told, in units of the contract', () => {
    const events = run(BuyAndHold, tapeOfCloses(100, 100), {
      params: { cashPercent: 50, headroomPercent: 10 },
      instrument: { multiplier: 10 },
    });
    expect(entries(events)[0]!.quantity).toBe(45);
  });

  it('does not try again when the open was beyond its headroom', () => {
    const events = run(BuyAndHold, tapeOfCloses(100, 103, 100, 100));
    expect(eventsOf(events, 'rejection').map(({ code }) => code)).toEqual(['INSUFFICIENT_CASH']);
    expect(signals(events)).toEqual(['0 buy']);
  });

  it('buys after the warm-up', () => {
    expect(signals(run(BuyAndHold, tapeOfCloses(1, 2, 3, 4), { warmupSteps: 2 }))).toEqual(['2 buy']);
  });
});

describe('the volume breakout', () => {
  const quiet: Shape = [100, 101, 99, 100, 100];
  const loud: Shape = [100, 103, 100, 102, 200];
  const quietFor = (count: number): Shape[] => Array.from({ length: count }, () => quiet);
  const after60 = (...shapes: readonly Shape[]) => tapeOfBars(...quietFor(60), ...shapes);

  it('needs 60 bars before its first signal, on the 61st', () => {
    expect(signals(run(VolumeBreakout, tapeOfBars(...quietFor(59), loud)))).toEqual([]);
    expect(signals(run(VolumeBreakout, after60(loud)))).toEqual(['60 buy']);
  });

  it.each([
    ['a close at the highest high', [100, 103, 100, 101, 200], 0],
    ['a close just above it', [100, 103, 100, 101.01, 200], 1],
    ['the usual volume', [100, 103, 100, 102, 100], 0],
    ['a little more', [100, 103, 100, 102, 101], 1],
  ] as [string, Shape, number][])('on %s: %s', (_what, shape, count) => {
    expect(signals(run(VolumeBreakout, after60(shape))).length).toBe(count);
  });

  it('needs its volumes too, if they reach further back', () => {
    const params = { lookback: 2, volumeLookback: 5 };
    expect(signals(run(VolumeBreakout, tapeOfBars(...quietFor(3), loud), { params }))).toEqual([]);
    expect(signals(run(VolumeBreakout, tapeOfBars(...quietFor(4), loud), { params }))).toEqual(['4 buy']);
  });

  it('forgets a high that is more than 60 bars old, and no sooner', () => {
    const spike: Shape = [100, 110, 99, 100, 100];
    const tape = (before: number) => tapeOfBars(quiet, spike, ...quietFor(before), loud);
    expect(signals(run(VolumeBreakout, tape(59)))).toEqual([]);
    expect(signals(run(VolumeBreakout, tape(60)))).toEqual(['62 buy']);
  });

  it('places stop and target from the fill, as one group that only reduces', () => {
    const events = run(VolumeBreakout, after60(loud, [104, 104, 104, 104, 100]));
    const [, stop, target] = eventsOf(events, 'order');
    expect(stop).toMatchObject({ step: 61, side: 'sell', type: 'stop', quantity: 10, reduceOnly: 1 });
    expect(target).toMatchObject({ step: 61, side: 'sell', type: 'limit', quantity: 10, reduceOnly: 1 });
    expect([stop!.price, target!.price]).toEqual([104 * (1 - 0.005), 104 * (1 + 0.01)]);
    expect(stop!.group).toBe(target!.group);
  });

  it('is not stopped on the entry bar, but on the next', () => {
    const crash: Shape = [102, 102, 90, 102, 100];
    const events = run(VolumeBreakout, after60(loud, crash, crash));
    expect(eventsOf(events, 'fill').map(({ step, price }) => [step, price])).toEqual([
      [61, 102],
      [62, 102 * (1 - 0.005)],
    ]);
    expect(eventsOf(events, 'cancel').map(({ reason }) => reason)).toEqual(['oco']);
    expect(entries(events).length).toBe(3);
  });

  it('may be beyond its stop when the entry bar closes, and leaves at the next open', () => {
    const events = run(VolumeBreakout, after60(loud, [102, 102, 90, 90, 100], [91, 91, 91, 91, 100]));
    expect(eventsOf(events, 'fill').map(({ step, price }) => [step, price])).toEqual([
      [61, 102],
      [62, 91],
    ]);
  });

  it('takes no second signal while in a position, and one after it', () => {
    const louder: Shape = [102, 103, 102, 103, 900];
    const loudest: Shape = [103, 105, 103, 105, 2_000];
    const events = run(
      VolumeBreakout,
      after60(loud, louder, [103, 106, 103, 104, 100], [104, 110, 104, 110, 9_000]),
    );
    expect(signals(events).filter((signal) => signal.endsWith('buy'))).toEqual(['60 buy', '63 buy']);
    expect(signals(run(VolumeBreakout, after60(loud, loudest))).length).toBe(3);
  });

  it('buys again after a rejection', () => {
    const rules = { cash: 1_025 };
    const events = run(VolumeBreakout, after60(loud, [103, 103, 102, 102, 100], [102, 104, 102, 104, 300]), {
      rules,
    });
    expect(eventsOf(events, 'rejection').length).toBe(1);
    expect(signals(events)).toEqual(['60 buy', '62 buy']);
  });
});
