/** How much is traded, where the stop goes, and when it moves: by a short fakeout, decided at 108 with a high of 111. */
import { describe, expect, it } from 'vitest';
import Fakeout from '../../strategies/fakeout.ts';
import {
  entries,
  eventsOf,
  FAKEOUT,
  mirrored,
  type RunOptions,
  run,
  type Shape,
  signals,
  tapeOf,
} from './tape.ts';

/** Entry and stop of the short. */
function ordered(options: RunOptions): { quantity: number; stop: number } {
  const [entry, stop] = eventsOf(run(Fakeout, tapeOf(...FAKEOUT), options), 'order');
  return { quantity: entry?.quantity ?? 0, stop: stop?.price ?? Number.NaN };
}

describe('the stop', () => {
  it.each([
    // lookback, spread, stop
    [10, 0, 111],
    [10, 0.5, 111.5],
    [5, 0, 109.5],
    [1_000, 0, 112],
  ])('over %i minutes with a spread of %d is at %d', (stopLookback, spread, stop) => {
    expect(ordered({ params: { stopLookback }, instrument: { spread } }).stop).toBe(stop);
  });

  it('that is not on its side rejects the signal', () => {
    // Within the last four minutes nothing moved: the stop would be at the close.
    const params = { stopLookback: 4 };
    expect(signals(run(Fakeout, tapeOf(...FAKEOUT), { params }))).toEqual([]);
    const again: Shape = [109, 109.5, 107, 108, 200];
    const tape = tapeOf(...FAKEOUT, ...FAKEOUT.slice(0, 2))
      .candle(again, 4)
      .minute([108, 108.5, 108, 108, 1]);
    expect(signals(run(Fakeout, tape, { params }))).toEqual([`${tape.last} sell`]);
  });

  it('closer than a tick rejects the signal, as rounding would put it at the price', () => {
    expect(ordered({ instrument: { tick: 3 } }).stop).toBe(111);
    expect(ordered({ instrument: { tick: 4 } }).quantity).toBe(0);
  });
});

describe('the quantity', () => {
  it.each([
    // what, options, quantity
    ['1 % of equity over the distance', {}, 333.33333333],
    ['half of it at half the risk', { params: { riskPercent: 0.5 } }, 166.66666666],
    ['less with a wider stop', { instrument: { spread: 1 } }, 250],
    ['a tenth with a multiplier of 10', { instrument: { multiplier: 10 } }, 33.33333333],
    ['whole lots', { instrument: { lot: 100 } }, 300],
    ['nothing if less than a lot', { instrument: { lot: 400 } }, 0],
    ['no more than a share of buying power', { params: { maxNotionalPercent: 1 } }, 92.59259259],
    [
      'that share with a multiplier too',
      { params: { maxNotionalPercent: 0.1 }, instrument: { multiplier: 2 } },
      4.62962962,
    ],
  ] as [string, RunOptions, number][])('is %s', (_what, options, quantity) => {
    expect(ordered(options).quantity).toBe(quantity);
  });

  it('of nothing at all rejects the signal', () => {
    expect(entries(run(Fakeout, tapeOf(...FAKEOUT), { params: { riskPercent: 0 } }))).toEqual([]);
  });
});

/** Filled at 108 with the stop at 111: 1 R is at 105. */
const after = (...minutes: Shape[]) => {
  const tape = tapeOf(...FAKEOUT);
  for (const minute of minutes) tape.minute(minute);
  return tape;
};
const still: Shape = [108, 108, 108, 108, 1];
const moved: Shape = [108, 108, 105, 106, 1];
const replaced = (breakevenAtR: number, ...minutes: Shape[]) =>
  eventsOf(run(Fakeout, after(...minutes), { params: { breakevenAtR } }), 'replace').map(
    ({ step, sequence, price }) => [step, sequence, price],
  );

describe('break-even', () => {
  it('moves the stop to the fill at 1 R, once', () => {
    expect(replaced(1, still, moved, [106, 107, 104, 106, 1])).toEqual([[356, 2, 108]]);
  });

  it('counts the entry bar', () => {
    expect(replaced(1, moved, still)).toEqual([[355, 2, 108]]);
  });

  it('does not move it before', () => {
    expect(replaced(1, still, [108, 108, 105.01, 106, 1], still)).toEqual([]);
  });

  it('moves it at another multiple, or never', () => {
    expect(replaced(0.5, still, [108, 108, 106.5, 107, 1])).toEqual([[356, 2, 108]]);
    expect(replaced(1.5, still, moved)).toEqual([]);
    expect(replaced(0, still, moved)).toEqual([]);
  });

  it('acts from the next bar', () => {
    const back: Shape = [106, 109, 106, 109, 1];
    const events = run(Fakeout, after(still, [108, 108.5, 105, 106, 1], back));
    expect(eventsOf(events, 'fill').map(({ step, price }) => [step, price])).toEqual([
      [355, 108],
      [357, 108],
    ]);
  });

  it('measures from the fill, not from the signal', () => {
    // Filled at 107: 1 R is 4, so 103.
    expect(replaced(1, [107, 107, 103.5, 107, 1])).toEqual([]);
    expect(replaced(1, [107, 107, 103, 107, 1])).toEqual([[355, 2, 107]]);
  });

  it('is for a long the mirror', () => {
    const tape = tapeOf(...FAKEOUT.map(mirrored))
      .minute(mirrored(still))
      .minute(mirrored(moved));
    const [replace] = eventsOf(run(Fakeout, tape), 'replace');
    expect(replace).toMatchObject({ step: 356, sequence: 2, price: 102 });
  });
});

describe('an entry above the open risk', () => {
  it('is rejected by the broker, and the next signal trades', () => {
    // 1 % at the signal, and at an open of 105 twice that; the second is filled where it was decided.
    const low = FAKEOUT.map(mirrored) as unknown as [Shape, Shape, Shape];
    const tape = tapeOf(...FAKEOUT, [105, 105, 105, 105, 100], ...low).minute([102, 102, 102, 102, 1]);
    const events = run(Fakeout, tape, { params: { maxOpenRiskPercent: 1.5 } });
    expect(eventsOf(events, 'rejection').map(({ step, code }) => [step, code])).toEqual([[355, 'OPEN_RISK']]);
    expect(signals(events)).toEqual(['354 sell', '374 buy']);
    expect(eventsOf(events, 'fill').length).toBe(1);
  });

  it('leaves its side silent: the signal was accepted', () => {
    const tape = tapeOf(...FAKEOUT, [105, 105, 105, 105, 100], ...FAKEOUT);
    expect(signals(run(Fakeout, tape, { params: { maxOpenRiskPercent: 1.5 } }))).toEqual(['354 sell']);
  });
});

describe('the target', () => {
  it('is a multiple of the distance from the fill', () => {
    const tape = tapeOf(...FAKEOUT)
      .minute([107, 107, 107, 107, 1])
      .minute([107, 107, 98, 100, 1]);
    const exits = eventsOf(run(Fakeout, tape), 'fill').filter(({ effect }) => effect === 'close');
    expect(exits.map(({ step, price }) => [step, price])).toEqual([[356, 99]]);
  });
});
