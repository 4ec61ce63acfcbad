/**
 * The fakeout on tapes: range 100 to 110, volumes of 100, then a break, its reversal and its confirmation.
 *
 * A break at once has bars 340 to 344, so a signal two candles later comes on 354.
 */
import { describe, expect, it } from 'vitest';
import Fakeout from '../../strategies/fakeout.ts';
import {
  AWAY,
  DIVERGING_BREAK,
  entries,
  eventsOf,
  FAKEOUT,
  mirrored,
  QUIET,
  run,
  type Shape,
  signals,
  type Tape,
  tapeOf,
  withVolume,
} from './tape.ts';

const [BREAK, REVERSAL, CONFIRMATION] = FAKEOUT;

const confirmedBy = (volume: number) =>
  tapeOf(BREAK, withVolume(REVERSAL, 700), withVolume(CONFIRMATION, volume));

describe('a fakeout', () => {
  it('above the range is sold, with stop, target, risk limit and reasons', () => {
    const events = run(Fakeout, tapeOf(BREAK, REVERSAL, CONFIRMATION, QUIET));
    expect(signals(events)).toEqual(['354 sell']);
    const [entry, stop, target] = eventsOf(events, 'order');
    // 1 % of 100,000 over the 3 from the close at 108 to the high of the reversal.
    expect(entry).toMatchObject({ type: 'market', quantity: 333.33333333, maxOpenRiskPercent: 20 });
    expect(entry!.tag).toBe('weak reversal volume');
    expect(stop).toMatchObject({ side: 'buy', type: 'stop', level: 'price', price: 111, reduceOnly: 1 });
    expect(target).toMatchObject({ side: 'buy', type: 'limit', level: 'multiple', distance: 2 });
    expect(eventsOf(events, 'fill')[0]).toMatchObject({ step: 355, price: 105, effect: 'open' });
  });

  it('below the range is bought', () => {
    const events = run(Fakeout, tapeOf(mirrored(BREAK), mirrored(REVERSAL), mirrored(CONFIRMATION)));
    expect(signals(events)).toEqual(['354 buy']);
    const [entry, stop] = eventsOf(events, 'order');
    expect(entry!.quantity).toBe(333.33333333);
    expect(stop).toMatchObject({ side: 'sell', price: 99 });
  });

  it.each([
    // what, break, reversal, confirmation, signals
    ['a weak breakout at its limit', BREAK, REVERSAL, CONFIRMATION, ['354 sell']],
    ['a breakout on volume', withVolume(BREAK, 80.5), REVERSAL, CONFIRMATION, []],
    ['a confirmation at its limit', BREAK, REVERSAL, withVolume(CONFIRMATION, 148.5), ['354 sell']],
    ['a confirmation without volume', BREAK, REVERSAL, withVolume(CONFIRMATION, 148), []],
    ['no break: a close on the edge', [109, 112, 109, 110, 80], REVERSAL, CONFIRMATION, []],
    ['no break: an open outside', [110.5, 112, 109, 111, 80], REVERSAL, CONFIRMATION, []],
    ['no reversal: a close on the edge', BREAK, [111, 111, 108, 110, 100], CONFIRMATION, []],
    ['no reversal at all', BREAK, AWAY, CONFIRMATION, []],
    ['no confirmation: a close on the edge', BREAK, REVERSAL, [109, 110, 107, 110, 200], []],
    ['no confirmation: a close above', BREAK, REVERSAL, [109, 112, 107, 111, 200], []],
  ] as [string, Shape, Shape, Shape, string[]][])(
    '%s',
    (_what, breakout, reversal, confirmation, expected) => {
      expect(signals(run(Fakeout, tapeOf(breakout, reversal, confirmation)))).toEqual(expected);
      const [a, b, c] = [mirrored(breakout), mirrored(reversal), mirrored(confirmation)];
      const mirror = expected.map((signal) => signal.replace('sell', 'buy'));
      expect(signals(run(Fakeout, tapeOf(a, b, c)))).toEqual(mirror);
    },
  );

  it('waits for its reversal and for its confirmation', () => {
    const tape = tapeOf(BREAK, AWAY, REVERSAL, AWAY, AWAY, CONFIRMATION);
    expect(signals(run(Fakeout, tape))).toEqual([`${tape.last} sell`]);
  });

  it('is confirmed by the first candle after the reversal that closes back, and by no later one', () => {
    const tape = tapeOf(BREAK, REVERSAL, withVolume(CONFIRMATION, 100), CONFIRMATION, CONFIRMATION);
    expect(signals(run(Fakeout, tape))).toEqual([]);
  });

  it('that was rejected leaves room for another', () => {
    const tape = tapeOf(BREAK, REVERSAL, QUIET, withVolume(BREAK, 70), REVERSAL, CONFIRMATION);
    expect(signals(run(Fakeout, tape))).toEqual([`${tape.last} sell`]);
  });

  it('that was rejected takes the other side along', () => {
    const [low, back, sure] = [mirrored(BREAK), mirrored(REVERSAL), mirrored(CONFIRMATION)];
    // Both sides are broken; the one above fails its confirmation on the candle that is the reversal below.
    const rejected = tapeOf(BREAK, low, back, sure);
    expect(signals(run(Fakeout, rejected))).toEqual([]);
    // Without the break above the same candles are a signal.
    expect(signals(run(Fakeout, tapeOf(QUIET, low, back, sure)))).toEqual([`${rejected.last} buy`]);
  });

  it('judges confirmation volume by the candles before it, the break included', () => {
    // The average at the confirmation is (18 × 100 + 80 + 700) / 20 = 129, of which 1.5 times is 193.5.
    expect(signals(run(Fakeout, confirmedBy(193)))).toEqual([]);
    expect(signals(run(Fakeout, confirmedBy(193.5)))).toEqual(['354 sell']);
  });
});

const diverging = () => tapeOf(...DIVERGING_BREAK, REVERSAL, CONFIRMATION);
const plain = () => tapeOf(BREAK, REVERSAL, CONFIRMATION);
const tags = (tape: Tape, divergence: string) =>
  entries(run(Fakeout, tape, { params: { divergence } })).map(({ tag }) => tag);

describe('the divergence filter', () => {
  it('is noted if optional, and changes nothing else', () => {
    expect(tags(diverging(), 'optional')).toEqual(['weak reversal volume divergence']);
    expect(tags(plain(), 'optional')).toEqual(['weak reversal volume']);
  });

  it('rejects a signal without one if required', () => {
    expect(tags(diverging(), 'required')).toEqual(['weak reversal volume divergence']);
    expect(tags(plain(), 'required')).toEqual([]);
  });

  it('is not looked at if off', () => {
    expect(tags(diverging(), 'off')).toEqual(['weak reversal volume']);
    expect(tags(plain(), 'off')).toEqual(['weak reversal volume']);
  });
});
