import { describe, expect, test } from 'vitest';
import { VolumeCache } from '../../src/rolling/volume-cache.ts';
import { LENGTHS, SEEDS, walk } from './walk.ts';

const draw = (random: () => number): number => (random() < 0.2 ? 0 : Math.floor(random() * 1e9));

describe('VolumeCache', () => {
  test.each(SEEDS)('averages whole volumes exactly as if it summed them anew (seed %d)', (seed) => {
    for (const length of LENGTHS) {
      const volumes = new VolumeCache(length);
      const result = walk(volumes, { seed, length, steps: 3_000, draw }, (slice) => {
        const average = slice.reduce((a, b) => a + b, 0) / slice.length;
        return volumes.average === average ? null : `average ${volumes.average}, not ${average}`;
      });
      expect(result).toBe('ok');
    }
  });

  test('has the average of what is there until it is full, and 0 when empty', () => {
    const volumes = new VolumeCache(3);
    const readings = [[volumes.average, volumes.isReady, volumes.count]];
    for (const volume of [30, 60, 0, 90]) {
      volumes.update(volume);
      readings.push([volumes.average, volumes.isReady, volumes.count]);
    }
    expect(readings).toEqual([
      [0, false, 0],
      [30, false, 1],
      [45, false, 2],
      [30, true, 3],
      [50, true, 4],
    ]);
  });

  test('is empty again after a reset', () => {
    const volumes = new VolumeCache(2);
    for (const volume of [7, 8, 9]) volumes.update(volume);
    volumes.reset();
    expect([volumes.average, volumes.value, volumes.isReady, volumes.count]).toEqual([0, 0, false, 0]);
    expect(volumes.update(5)).toBe(5);
  });

  test('is not disturbed by one huge volume, once it has left', () => {
    const volumes = new VolumeCache(2);
    for (const volume of [1e17, 0.1, 0.1]) volumes.update(volume);
    expect(volumes.average).toBe(0.1);
  });

  test('rejects a length of 0', () => {
    expect(() => new VolumeCache(0)).toThrow(RangeError);
  });
});
