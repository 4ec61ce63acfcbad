/** Which candle of the day is the reference, and which is not. */
import { describe, expect, it } from 'vitest';
import { RANGES, ReferenceRange } from '../../strategies/frame/range.ts';
import { DAY, HOUR, MIDNIGHT, MINUTE } from './tape.ts';

const candleAt = (time: number, high: number, low: number) => ({
  time: MIDNIGHT + time,
  open: low,
  high,
  low,
  close: high,
  volume: 1,
});
const fourHours = () => new ReferenceRange(RANGES['4H_5M']);

describe('the reference range', () => {
  it('has no height before the first reference', () => {
    const range = fourHours();
    expect(range.hasHeight).toBe(false);
    expect(range.includes(105)).toBe(false);
  });

  it('is the candle that opens at its time, and no other', () => {
    const range = fourHours();
    expect(range.offer(candleAt(0, 9, 8))).toBe(false);
    expect(range.offer(candleAt(4 * HOUR, 110, 100))).toBe(true);
    for (const hour of [8, 12, 16, 20, 24]) expect(range.offer(candleAt(hour * HOUR, 9, 8))).toBe(false);
    expect([range.high, range.low, range.hasHeight]).toEqual([110, 100, true]);
    expect([range.edge(1), range.edge(-1)]).toEqual([110, 100]);
  });

  it('is replaced on the next day', () => {
    const range = fourHours();
    range.offer(candleAt(4 * HOUR, 110, 100));
    expect(range.offer(candleAt(DAY + 4 * HOUR, 120, 115))).toBe(true);
    expect([range.high, range.low]).toEqual([120, 115]);
  });

  it('takes the newest fallback as long as no primary candle was seen, and never after', () => {
    const range = fourHours();
    expect(range.offer(candleAt(12 * HOUR, 50, 40))).toBe(true);
    expect(range.offer(candleAt(DAY + 12 * HOUR, 60, 55))).toBe(true);
    expect(range.high).toBe(60);
    expect(range.offer(candleAt(2 * DAY + 4 * HOUR, 110, 100))).toBe(true);
    expect(range.offer(candleAt(2 * DAY + 12 * HOUR, 70, 65))).toBe(false);
    expect(range.offer(candleAt(3 * DAY + 12 * HOUR, 70, 65))).toBe(false);
    expect(range.high).toBe(110);
  });

  it('of a quarter of an hour opens at 14:30, in place of it at 15:00', () => {
    const range = new ReferenceRange(RANGES['15M_1M']);
    expect(range.offer(candleAt(14 * HOUR + 45 * MINUTE, 9, 8))).toBe(false);
    expect(range.offer(candleAt(15 * HOUR, 9, 8))).toBe(true);
    expect(range.offer(candleAt(DAY + 14 * HOUR + 30 * MINUTE, 9, 8))).toBe(true);
    expect(range.offer(candleAt(DAY + 15 * HOUR, 9, 8))).toBe(false);
  });

  it('includes its edges', () => {
    const range = fourHours();
    range.offer(candleAt(4 * HOUR, 110, 100));
    expect([99.9, 100, 110, 110.1].map((price) => range.includes(price))).toEqual([false, true, true, false]);
  });

  it('of a candle that stood still has no height', () => {
    const range = fourHours();
    range.offer(candleAt(4 * HOUR, 100, 100));
    expect(range.hasHeight).toBe(false);
  });
});
