/** The steps of a run, against a set of all times, and grids that bars do or do not lie on. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import { BarStore } from '../../src/market/bar-store.ts';
import { gridTimeline, unionTimeline } from '../../src/market/timeline.ts';
import { seeded } from '../support/random.ts';

const MINUTE = 60_000;

function storeOf(times: Readonly<Record<string, readonly number[]>>): BarStore {
  const bars = Object.entries(times).map(([name, list]) => {
    return [name, list.map((time) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 1 }))] as const;
  });
  return BarStore.create({ interval: MINUTE, bars: Object.fromEntries(bars) });
}

describe('the union of times', () => {
  test.each([
    ['no symbol', {}, []],
    ['no bar', { A: [], B: [] }, []],
    ['ties', { A: [1, 2, 3], B: [1, 3, 5] }, [1, 2, 3, 5]],
    ['the same times thrice', { A: [1, 2], B: [1, 2], C: [1, 2] }, [1, 2]],
    ['one after the other', { A: [10, 20], B: [1, 2] }, [1, 2, 10, 20]],
    ['one without bars', { A: [], B: [7, 9], C: [8] }, [7, 8, 9]],
    ['an odd number', { A: [1], B: [4], C: [2], D: [3], E: [0, 2] }, [0, 1, 2, 3, 4]],
    ['times before 1970', { A: [-5, 3], B: [-5, -1] }, [-5, -1, 3]],
  ])('of %s', (_, times, expected) => {
    const steps = unionTimeline(storeOf(times));
    expect([...steps]).toEqual(expected);
    expect(steps.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('of one symbol is its own column, not a copy', () => {
    const store = storeOf({ A: [1, 5, 9] });
    expect(unionTimeline(store)).toBe(store.columns(0).time);
  });

  test('of several symbols is memory of its own: writing to it harms no bars', () => {
    const store = storeOf({ A: [1, 5], B: [1, 5] });
    unionTimeline(store).fill(0);
    expect([...store.columns(0).time, ...store.columns(1).time]).toEqual([1, 5, 1, 5]);
  });

  test('of 1 to 24 random symbols is that of a set, seed 3', () => {
    const random = seeded(3);
    for (let symbols = 1; symbols <= 24; symbols++) {
      const times = Array.from({ length: symbols }, () => {
        const density = random();
        return Array.from({ length: 200 }, (_, minute) => minute * MINUTE).filter(() => random() < density);
      });
      const store = storeOf(Object.fromEntries(times.map((list, index) => [`S${index}`, list])));
      const expected = [...new Set(times.flat())].sort((a, b) => a - b);
      expect([...unionTimeline(store)], `${symbols} symbols`).toEqual(expected);
    }
  });
});

describe('a grid', () => {
  const grid = { start: 0, stepMs: MINUTE, count: 4 };

  test('has its steps whether or not there are bars', () => {
    const steps = gridTimeline(storeOf({ A: [MINUTE], B: [] }), grid);
    expect([...steps]).toEqual([0, MINUTE, 2 * MINUTE, 3 * MINUTE]);
    expect(steps.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('may start anywhere, and hold bars at both its ends', () => {
    const steps = gridTimeline(storeOf({ A: [-7, 13] }), { start: -7, stepMs: 10, count: 3 });
    expect([...steps]).toEqual([-7, 3, 13]);
  });

  test.each([
    ['between two steps', { A: [0], B: [0, 90_000] }, 'B has a bar at 1970-01-01T00:01:30.000Z'],
    ['before the first', { A: [-60_000, 0] }, 'A has a bar at 1969-12-31T23:59:00.000Z'],
    ['after the last', { A: [0, 240_000] }, 'A has a bar at 1970-01-01T00:04:00.000Z'],
  ])('is an input error if a bar lies %s', (_, times, words) => {
    const make = () => gridTimeline(storeOf(times), grid);
    expect(make).toThrow(InputError);
    expect(make).toThrow(
      `${words}, which is not one of the 4 steps of the grid that starts at 1970-01-01T00:00:00.000Z with a step of 60000 ms`,
    );
  });
});
