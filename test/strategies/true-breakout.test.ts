/**
 * The true breakout on tapes: range 100 to 110, volumes of 100, then a break, its retest and its continuation.
 *
 * A break at once has bars 340 to 344, so a signal two candles later comes on 354.
 */
import { describe, expect, it } from 'vitest';
import TrueBreakout from '../../strategies/true-breakout.ts';
import {
  AWAY,
  eventsOf,
  mirrored,
  QUIET,
  run,
  type Shape,
  signals,
  TRUE_BREAKOUT,
  tapeOf,
  withVolume,
} from './tape.ts';

const [BREAK, RETEST, CONTINUATION] = TRUE_BREAKOUT;

const retestedDownTo = (low: number) => tapeOf(BREAK, [111, 111, low, 110.5, 100], CONTINUATION);
const retestedUpTo = (high: number) =>
  tapeOf(mirrored(BREAK), [99, high, 99, 99.5, 100], mirrored(CONTINUATION));

describe('a true breakout', () => {
  it('above the range is bought after its retest', () => {
    const events = run(TrueBreakout, tapeOf(BREAK, RETEST, CONTINUATION, [113, 113, 113, 113, 100]));
    expect(signals(events)).toEqual(['354 buy']);
    const [entry, stop, target] = eventsOf(events, 'order');
    // 1 % of 100,000 over the 2.4 from the close at 112.5 to the low of the retest.
    expect(entry).toMatchObject({ type: 'market', quantity: 416.66666666, maxOpenRiskPercent: 20 });
    expect(entry!.tag).toBe('strong retest continuation');
    expect(stop).toMatchObject({ side: 'sell', type: 'stop', price: 110.1 });
    expect(target).toMatchObject({ side: 'sell', type: 'limit', level: 'multiple', distance: 2 });
    expect(eventsOf(events, 'fill')[0]).toMatchObject({ step: 355, price: 113 });
  });

  it('below the range is sold', () => {
    const events = run(TrueBreakout, tapeOf(mirrored(BREAK), mirrored(RETEST), mirrored(CONTINUATION)));
    expect(signals(events)).toEqual(['354 sell']);
  });

  it.each([
    // what, the candles, whether the last one is a signal
    ['a breakout at its limit', [BREAK, RETEST, CONTINUATION], true],
    ['a breakout that was not strong', [withVolume(BREAK, 149.5), RETEST, CONTINUATION], false],
    // The average is (18 × 100 + 150 + 100) / 20 = 102.5, of which 1.3 times is 133.25.
    ['a continuation at its limit', [BREAK, RETEST, withVolume(CONTINUATION, 133.25)], true],
    ['a continuation without volume', [BREAK, RETEST, withVolume(CONTINUATION, 133)], false],
    [
      'a continuation that comes later',
      [BREAK, RETEST, withVolume(CONTINUATION, 100), AWAY, CONTINUATION],
      true,
    ],
    ['a continuation that closes on the edge', [BREAK, RETEST, [110, 112, 110, 110, 200]], false],
    ['a retest that comes later', [BREAK, AWAY, AWAY, RETEST, CONTINUATION], true],
    ['a retest that pierces the range', [BREAK, [111, 111, 109, 110.5, 100], CONTINUATION], true],
    ['a retest that closes on the edge', [BREAK, [111, 111, 109, 110, 100], CONTINUATION], true],
    ['a fall back into the range', [BREAK, [111, 111, 109, 109.9, 100], CONTINUATION], false],
    ['a retest on high volume', [BREAK, withVolume(RETEST, 200), CONTINUATION], true],
    [
      'a continuation without a retest, then both',
      [BREAK, withVolume(AWAY, 200), RETEST, CONTINUATION],
      false,
    ],
    ['a quiet candle away, then both', [BREAK, AWAY, RETEST, CONTINUATION], true],
  ] as [string, Shape[], boolean][])('%s', (_what, shapes, isSignal) => {
    const tape = tapeOf(...shapes);
    expect(signals(run(TrueBreakout, tape))).toEqual(isSignal ? [`${tape.last} buy`] : []);
    const mirror = tapeOf(...shapes.map(mirrored));
    expect(signals(run(TrueBreakout, mirror))).toEqual(isSignal ? [`${tape.last} sell`] : []);
  });

  it('is retested within the tolerance: 110.165 from above, 99.85 from below', () => {
    expect(signals(run(TrueBreakout, retestedDownTo(110.16)))).toEqual(['354 buy']);
    expect(signals(run(TrueBreakout, retestedDownTo(110.17)))).toEqual([]);
    expect(signals(run(TrueBreakout, retestedUpTo(99.86)))).toEqual(['354 sell']);
    expect(signals(run(TrueBreakout, retestedUpTo(99.84)))).toEqual([]);
  });

  it('that was rejected leaves room for another', () => {
    const tape = tapeOf(BREAK, withVolume(AWAY, 200), QUIET, withVolume(BREAK, 200), RETEST, CONTINUATION);
    expect(signals(run(TrueBreakout, tape))).toEqual([`${tape.last} buy`]);
  });
});
