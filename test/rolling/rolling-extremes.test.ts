import { describe, expect, test } from 'vitest';
import { RollingMaximum, RollingMinimum } from '../../src/rolling/rolling-extremes.ts';
import { LENGTHS, SEEDS, walk } from './walk.ts';

const STREAMS = {
  'distinct numbers': (random: () => number): number => random() - 0.5,
  'many ties': (random: () => number): number => Math.floor(random() * 4) - 2 + 0,
  'ties and NaN': (random: () => number): number => (random() < 0.03 ? Number.NaN : Math.floor(random() * 4)),
  infinities: (random: () => number): number =>
    random() < 0.1 ? Number.POSITIVE_INFINITY : random() < 0.1 ? Number.NEGATIVE_INFINITY : random(),
};

describe.each([
  ['RollingMinimum', RollingMinimum, Math.min],
  ['RollingMaximum', RollingMaximum, Math.max],
] as const)('%s', (_, Window, naive) => {
  // `Math.min` and `Math.max` are NaN where there is a NaN among their arguments: our rule for the window, too.
  test.each(Object.entries(STREAMS))('is that of the slice, exactly, of %s', (_, draw) => {
    for (const seed of SEEDS) {
      for (const length of LENGTHS) {
        const window = new Window(length);
        const result = walk(window, { seed, length, steps: 5_000, draw }, (slice) => {
          const expected = naive(...slice);
          // `===` rather than `Object.is`, as 0 and -0 tie and the newer is reported.
          const same = window.value === expected || (Number.isNaN(window.value) && Number.isNaN(expected));
          return same ? null : `${window.value}, not ${expected}, of ${slice}`;
        });
        expect(result).toBe('ok');
      }
    }
  });

  test('follows runs that rise and runs that fall, longer than the window', () => {
    const window = new Window(5);
    const stream = [...Array(40).keys()].map((k) => (k < 20 ? k : 40 - k));
    stream.forEach((x, k) =>
      expect(window.update(x)).toBe(naive(...stream.slice(Math.max(0, k - 4), k + 1))),
    );
  });

  test('reports the newer of 0 and -0, which tie', () => {
    const window = new Window(3);
    expect([window.update(0), window.update(-0), window.update(0)]).toEqual([0, -0, 0]);
  });

  test('is NaN while a NaN is in the window, and no longer', () => {
    const window = new Window(3);
    const stream = [1, Number.NaN, 1, 1, 1, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 2, 2, 2];
    const expected = [1, NaN, NaN, NaN, 1, NaN, NaN, NaN, NaN, NaN, NaN, 2];
    expect(stream.map((x) => window.update(x))).toEqual(expected);
  });

  test('starts anew after a reset, also while it held a NaN', () => {
    const window = new Window(3);
    for (const x of [-9, 9, Number.NaN]) window.update(x);
    window.reset();
    expect([window.value, window.count, window.isReady]).toEqual([NaN, 0, false]);
    expect([window.update(5), window.value, window.count]).toEqual([5, 5, 1]);
  });

  test('rejects a length of 0', () => {
    expect(() => new Window(0)).toThrow(RangeError);
  });
});
