/** The machine of one side, step by step. */
import { describe, expect, it } from 'vitest';
import { BreakoutSide } from '../../strategies/frame/breakout-side.ts';
import { type Direction, RANGES, ReferenceRange } from '../../strategies/frame/range.ts';
import { HOUR, MIDNIGHT } from './tape.ts';

const range = new ReferenceRange(RANGES['4H_5M']);
range.offer({ time: MIDNIGHT + 4 * HOUR, open: 105, high: 110, low: 100, close: 105, volume: 1 });

const candle = (open: number, close: number, time = 0) => ({
  time,
  open,
  high: Math.max(open, close),
  low: Math.min(open, close),
  close,
  volume: 7,
});

function broken(direction: Direction = 1): BreakoutSide {
  const side = new BreakoutSide(direction);
  side.detect(candle(105, direction > 0 ? 111 : 99), range, 30);
  return side;
}

describe('a breakout', () => {
  it.each([
    // direction, open, close, whether it is one
    [1, 105, 110.01, true],
    [1, 110, 110.01, true],
    [1, 100, 110.01, true],
    [1, 105, 110, false],
    [1, 110.01, 111, false],
    [1, 99.9, 111, false],
    [1, 105, 99, false],
    [-1, 105, 99.99, true],
    [-1, 100, 99.99, true],
    [-1, 105, 100, false],
    [-1, 99.99, 99, false],
    [-1, 105, 111, false],
  ] as const)('on side %i from %d to %d: %s', (direction, open, close, isBreakout) => {
    const side = new BreakoutSide(direction);
    side.detect(candle(open, close), range, 30);
    expect(side.stage).toBe(isBreakout ? 'broken' : 'idle');
  });

  it('remembers volume, average and time of its candle', () => {
    const side = new BreakoutSide(1);
    side.detect(candle(105, 111, 42), range, 30);
    expect([side.volume, side.average, side.time, side.edge]).toEqual([7, 30, 42, 110]);
  });

  it('is not replaced by a second one while it lasts', () => {
    const side = broken();
    side.detect(candle(105, 112, 42), range, 99);
    expect([side.time, side.average]).toEqual([0, 30]);
  });

  it('of a range without height is none', () => {
    const flat = new ReferenceRange(RANGES['4H_5M']);
    flat.offer({ time: MIDNIGHT + 4 * HOUR, open: 105, high: 105, low: 105, close: 105, volume: 1 });
    const side = new BreakoutSide(1);
    side.detect(candle(105, 111), flat, 30);
    expect(side.stage).toBe('idle');
  });

  it('is forgotten when it is older than its time, not when it is as old', () => {
    for (const arrange of ['broken', 'armed', 'silent']) {
      const side = broken();
      if (arrange === 'armed') side.arm();
      if (arrange === 'silent') side.accept();
      side.expire(24, 24);
      expect(side.stage).toBe(arrange);
      side.expire(25, 24);
      expect(side.stage).toBe('idle');
    }
  });

  it('is gone after a rejection unless it is silent, and after a new reference in any case', () => {
    const armed = broken();
    armed.arm();
    armed.reject();
    expect(armed.stage).toBe('idle');
    const silent = broken();
    silent.accept();
    silent.reject();
    expect(silent.stage).toBe('silent');
    silent.forget();
    expect(silent.stage).toBe('idle');
  });

  it('knows beyond and back on both sides; the edge is neither', () => {
    const above = broken(1);
    expect([111, 110, 109].map((price) => above.isBeyond(price))).toEqual([true, false, false]);
    expect([111, 110, 109].map((price) => above.isBack(price))).toEqual([false, false, true]);
    const below = broken(-1);
    expect([99, 100, 101].map((price) => below.isBeyond(price))).toEqual([true, false, false]);
    expect([99, 100, 101].map((price) => below.isBack(price))).toEqual([false, false, true]);
  });
});
