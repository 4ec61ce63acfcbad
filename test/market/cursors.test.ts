/** A reader's place in every symbol: never ahead of its step, against a search through all bars. */
import { describe, expect, test } from 'vitest';
import { BarStore } from '../../src/market/bar-store.ts';
import { Cursors } from '../../src/market/cursors.ts';
import { seeded } from '../support/random.ts';

function storeOf(...times: readonly (readonly number[])[]): BarStore {
  const bars = times.map((list, index) => {
    const name = `S${String(index).padStart(2, '0')}`;
    return [name, list.map((time) => ({ time, open: 1, high: 1, low: 1, close: 1, volume: 1 }))] as const;
  });
  return BarStore.create({ interval: 1, bars: Object.fromEntries(bars) });
}

describe('a cursor', () => {
  test.each([
    // Time, whether there is a bar at it, the place of the last bar.
    [[10, true, 0]],
    [[9, false, -1]],
    [
      [10, true, 0],
      [15, false, 0],
      [20, true, 1],
      [30, true, 2],
      [99, false, 2],
    ],
    [
      [25, false, 1],
      [26, false, 1],
      [30, true, 2],
    ],
    [
      [1, false, -1],
      [30, true, 2],
    ],
    [[100, false, 2]],
  ] as const)('over 10, 20, 30, taken to %j %j %j %j %j', (...moves) => {
    const cursors = new Cursors(storeOf([10, 20, 30]));
    expect(cursors.index[0]).toBe(-1);
    for (const [time, isThere, index] of moves.filter((move) => Array.isArray(move))) {
      expect(cursors.advance(0, time), `at ${time}`).toBe(isThere);
      expect(cursors.index[0], `at ${time}`).toBe(index);
    }
  });

  test('of a symbol without bars stays before the first', () => {
    const cursors = new Cursors(storeOf([], [5]));
    expect(cursors.advance(0, 1e15)).toBe(false);
    expect([...cursors.index]).toEqual([-1, -1]);
  });

  test('of one symbol, or of one reader, moves no other', () => {
    const store = storeOf([1, 2, 3], [1, 2, 3]);
    const [one, other] = [new Cursors(store), new Cursors(store)];
    one.advance(0, 3);
    expect([...one.index]).toEqual([2, -1]);
    expect([...other.index]).toEqual([-1, -1]);
  });

  test('walks random symbols as a search would, seed 11', () => {
    const random = seeded(11);
    const times = Array.from({ length: 20 }, () => {
      const density = random();
      return Array.from({ length: 400 }, (_, time) => time).filter(() => random() < density);
    });
    const cursors = new Cursors(storeOf(...times));
    for (let time = 0; time < 420; time += 1 + Math.floor(random() ** 4 * 30)) {
      for (const [symbol, list] of times.entries()) {
        if (random() < 0.2) continue; // A reader need not look at every step.
        const where = `symbol ${symbol} at ${time}`;
        expect(cursors.advance(symbol, time), where).toBe(list.includes(time));
        expect(cursors.index[symbol], where).toBe(list.filter((known) => known <= time).length - 1);
      }
    }
  });
});
