import { afterEach, describe, expect, test, vi } from 'vitest';
import { isoNow, monotonicMs, wallClockMs } from '../../src/kernel/clock.ts';

afterEach(() => void vi.restoreAllMocks());

function banned(): never {
  throw new Error('banned');
}

describe('clock', () => {
  test('never goes back', () => {
    let last = monotonicMs();
    for (let i = 0; i < 10_000; i++) {
      const now = monotonicMs();
      expect(now >= last).toBe(true);
      last = now;
    }
  });

  test('tells wall time as a number and as text', () => {
    const before = wallClockMs();
    const text = isoNow();
    const after = wallClockMs();
    expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(text)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(text)).toBeLessThanOrEqual(after);
  });

  test('goes on while the globals are guarded', () => {
    vi.spyOn(Date, 'now').mockImplementation(banned);
    vi.spyOn(performance, 'now').mockImplementation(banned);
    vi.stubGlobal('Date', banned);
    try {
      expect(() => performance.now()).toThrow('banned');
      expect(monotonicMs()).toBeGreaterThan(0);
      expect(wallClockMs()).toBeGreaterThan(0);
      expect(isoNow()).toMatch(/Z$/);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
