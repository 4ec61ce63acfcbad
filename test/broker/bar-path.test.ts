/** The walk through a bar, against levels written by hand and against one that really walks. */
import { describe, expect, test } from 'vitest';
import { BarPath } from '../../src/broker/matching.ts';
import { seeded } from '../support/random.ts';

type Prices = readonly [open: number, high: number, low: number, close: number];
/** 100 up to 110, down to 90, back to 95. */
const FALLING: Prices = [100, 110, 90, 95];
/** 100 down to 90, up to 110, back to 105. */
const RISING: Prices = [100, 110, 90, 105];
/** Closes where it opened: walked as a rising bar. */
const LEVEL: Prices = [100, 110, 90, 100];

type Time = readonly [leg: number, distance: number] | null;

function find(prices: Prices, price: number, way: 'up' | 'down', strictly: boolean): Time {
  const path = new BarPath();
  path.set(...prices);
  return path.find(price, way === 'up', strictly) ? [path.leg, path.distance] : null;
}

describe('the path of a bar', () => {
  test.each([
    ['falling', FALLING, 'up', 105, false, [1, 5]],
    ['falling', FALLING, 'up', 110, false, [1, 10]],
    ['falling', FALLING, 'up', 110, true, null],
    ['falling', FALLING, 'up', 110.5, false, null],
    ['falling', FALLING, 'down', 99, false, [2, 11]],
    ['falling', FALLING, 'down', 90, false, [2, 20]],
    ['falling', FALLING, 'down', 90, true, null],
    ['falling', FALLING, 'down', 89, false, null],
    ['rising', RISING, 'down', 95, false, [1, 5]],
    ['rising', RISING, 'down', 90, true, null],
    ['rising', RISING, 'up', 105, false, [2, 15]],
    ['rising', RISING, 'up', 110, false, [2, 20]],
    ['level', LEVEL, 'down', 95, false, [1, 5]],
    ['level', LEVEL, 'up', 105, false, [2, 15]],
    ['falling', FALLING, 'up', 100, false, [0, 0]],
    ['falling', FALLING, 'up', 97, false, [0, 0]],
    ['falling', FALLING, 'down', 100, false, [0, 0]],
    ['falling', FALLING, 'down', 103, true, [0, 0]],
    // The open stands on the level but not beyond it: the time is that of the next crossing.
    ['falling', FALLING, 'up', 100, true, [1, 0]],
    ['falling', FALLING, 'down', 100, true, [2, 10]],
    ['rising', RISING, 'up', 100, true, [2, 10]],
  ] as const)(
    'of a %s bar %j, going %s to %d (strictly: %s): %j',
    (_, prices, way, price, strictly, time) => {
      expect(find(prices, price, way, strictly)).toEqual(time);
    },
  );

  test.each([
    ['falling', FALLING, [2, 98], 'down', 95, false, [2, 15]],
    ['falling', FALLING, [2, 98], 'up', 105, false, null],
    ['falling', FALLING, [2, 92], 'up', 94, false, [3, 4]],
    ['falling', FALLING, [2, 92], 'up', 95, true, null],
    ['falling', FALLING, [1, 105], 'down', 102, false, [2, 8]],
    ['falling', FALLING, [1, 105], 'up', 108, false, [1, 8]],
    ['falling', FALLING, [3, 93], 'down', 92, false, null],
    ['rising', RISING, [1, 95], 'up', 105, false, [2, 15]],
    ['rising', RISING, [1, 95], 'down', 92, false, [1, 8]],
    ['rising', RISING, [2, 104], 'down', 106, false, [2, 14]],
    ['rising', RISING, [2, 104], 'down', 104, true, null],
    ['rising', RISING, [2, 108], 'down', 106, false, [3, 4]],
    ['rising', RISING, [0, 100], 'down', 95, false, [1, 5]],
  ] as const)(
    'of a %s bar %j, after leg and price %j, going %s to %d (strictly: %s): %j',
    (_, prices, [leg, from], way, price, strictly, time) => {
      const path = new BarPath();
      path.set(...prices);
      const isFound = path.findAfter(leg, from, price, way === 'up', strictly);
      expect(isFound ? [path.leg, path.distance] : null).toEqual(time);
    },
  );

  test('puts a level that is never reached after all that are', () => {
    const path = new BarPath();
    path.set(...FALLING);
    path.find(110, true, false);
    expect(path.find(111, true, false)).toBe(false);
    expect(path.leg).toBeGreaterThan(3);
  });

  test('forgets the bar before', () => {
    const path = new BarPath();
    path.set(...FALLING);
    path.set(...RISING);
    expect(path.find(95, false, false)).toBe(true);
    expect(path.leg).toBe(1);
  });
});

/** Walks in half steps from a place on a leg, and looks at every stop. Levels and turns are whole. */
function walk(
  prices: Prices,
  start: readonly [number, number],
  level: number,
  up: boolean,
  strictly: boolean,
): Time {
  const [open, high, low, close] = prices;
  const turns = close < open ? [open, high, low, close] : [open, low, high, close];
  const isBeyond = (price: number) => (up ? price > level : price < level) || (!strictly && price === level);
  let [leg, at] = start;
  if (isBeyond(at)) return [leg, leg === 0 ? 0 : Math.abs(at - turns[leg - 1]!)];
  for (leg = Math.max(1, leg); leg <= 3; leg++) {
    const end = turns[leg]!;
    const step = Math.sign(end - at) / 2;
    while (at !== end) {
      at += step;
      if (isBeyond(at)) return [leg, Math.abs((strictly ? at - step : at) - turns[leg - 1]!)];
    }
  }
  return null;
}

test('a walk of 20,000 random levels, seed 5: the path is where the walker is', () => {
  const random = seeded(5);
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const path = new BarPath();
  let found = 0;
  for (let i = 0; i < 20_000; i++) {
    const low = whole(0, 4);
    const high = low + whole(0, 8);
    const prices: Prices = [whole(low, high), high, low, whole(low, high)];
    const level = whole(low - 1, high + 1);
    const [up, strictly] = [random() < 0.5, random() < 0.5];
    const [open, , , close] = prices;
    const turns = close < open ? [open, high, low, close] : [open, low, high, close];
    const leg = whole(0, 3);
    const from =
      leg === 0
        ? open
        : whole(Math.min(turns[leg - 1]!, turns[leg]!), Math.max(turns[leg - 1]!, turns[leg]!));
    path.set(...prices);
    const isFound = path.findAfter(leg, from, level, up, strictly);
    const expected = walk(prices, [leg, from], level, up, strictly);
    const where = `${prices.join(' ')}, leg ${leg} at ${from}, ${up ? 'up' : 'down'} to ${level}, strictly ${strictly}`;
    expect(isFound ? [path.leg, path.distance] : null, where).toEqual(expected);
    if (isFound) found++;
  }
  expect(found).toBeGreaterThan(5_000);
});
