import { afterEach, describe, expect, test, vi } from 'vitest';
import { monotonicMs } from '../../src/kernel/clock.ts';

afterEach(() => void vi.restoreAllMocks());

describe('clock', () => {
  test('never goes back', () => {
    let last = monotonicMs();
    for (let i = 0; i < 10_000; i++) {
      const now = monotonicMs();
      expect(now >= last).toBe(true);
      last = now;
    }
  });

  test('goes on while the globals are guarded', () => {
    vi.spyOn(performance, 'now').mockImplementation(() => {
      throw new Error('banned');
    });
    expect(() => performance.now()).toThrow('banned');
    expect(monotonicMs()).toBeGreaterThan(0);
  });
});
