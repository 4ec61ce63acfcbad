/** The store is read from every worker, so what matters is that views, slices and clones all see the same memory. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import type { Bar } from '../../src/market/bar.ts';
import { BarColumnsBuilder, BarStore, detectInterval, viewsOf } from '../../src/market/bar-store.ts';

const MINUTE = 60_000;

/** A bar whose six numbers all differ, so that a swapped column shows. */
function bar(time: number): Bar {
  return { time, open: time + 1, high: time + 2, low: time + 3, close: time + 4, volume: time + 5 };
}

function built(times: number[], capacity: number): BarColumnsBuilder {
  const builder = new BarColumnsBuilder('A', capacity);
  for (const b of times.map(bar)) builder.append(b.time, b.open, b.high, b.low, b.close, b.volume);
  return builder;
}

describe('BarStore', () => {
  const store = BarStore.create({
    interval: MINUTE,
    bars: { b: [bar(0), bar(MINUTE)], a: [bar(7)], B: [], Z: [bar(1), bar(2), bar(3)] },
  });

  test('sorts symbols by name in code-unit order, capitals first', () => {
    expect(store.names).toEqual(['B', 'Z', 'a', 'b']);
    expect(store.symbols.map((symbol) => symbol.count)).toEqual([0, 3, 1, 2]);
  });

  test('reads back what was put in, column by column', () => {
    const { time, open, high, low, close, volume, count } = store.columns(3);
    expect(count).toBe(2);
    expect([time, open, high, low, close, volume].map((column) => column[1]! - MINUTE)).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });

  test('counts bars and the bytes that they take', () => {
    expect([store.totalBars, store.loadedBytes]).toEqual([6, 6 * 6 * 8]);
  });

  test('makes the views of a symbol once', () => {
    expect(store.columns(1)).toBe(store.columns(1));
    expect(() => store.columns(4)).toThrow('the store has this symbol');
  });

  test('does not attach to symbols that are out of order or named twice', () => {
    const { interval, symbols } = store.shared;
    expect(() => BarStore.attach({ interval, symbols: symbols.toReversed() })).toThrow('sorted');
    expect(() => BarStore.of(interval, [symbols[0]!, symbols[0]!])).toThrow('each once');
  });

  test('is the same memory in a worker, not a copy', async () => {
    const fresh = BarStore.create({ interval: MINUTE, bars: { A: [bar(0)], B: [bar(0), bar(MINUTE)] } });
    const source = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { BarStore } = await import(workerData.url);
      const store = BarStore.attach(workerData.shared);
      store.columns(1).close[1] = 99;
      parentPort.postMessage([store.names, store.columns(1).open[1]]);
    `;
    const url = new URL('../../src/market/bar-store.ts', import.meta.url).href;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: { url, shared: fresh.shared },
    });
    const [seen] = await once(worker, 'message');
    expect(seen).toEqual([['A', 'B'], MINUTE + 1]);
    expect(fresh.columns(1).close[1]).toBe(99);
  });
});

describe('BarColumnsBuilder', () => {
  test.each([1, 2, 7, 100])('keeps every bar while growing from a capacity of %i', (capacity) => {
    const times = Array.from({ length: 100 }, (_, i) => i * 10);
    const views = viewsOf(built(times, capacity).slice());
    expect([...views.time]).toEqual(times);
    expect([...views.volume]).toEqual(times.map((time) => time + 5));
  });

  const times = [10, 20, 30, 40];
  test.each([
    [10, 50, [10, 20, 30, 40]],
    [20, 40, [20, 30]],
    [11, 41, [20, 30, 40]],
    [-5, 10, []],
    [41, 99, []],
    [30, 20, []],
  ])('slices [%i, %i) without copying', (from, to, expected) => {
    const builder = built(times, 16);
    const slice = builder.slice(from, to);
    expect([...viewsOf(slice).time]).toEqual(expected);
    expect([...viewsOf(slice).close]).toEqual(expected.map((time) => time + 4));
    expect(slice.buffer).toBe(builder.slice().buffer);
  });

  test('takes over the bars of another builder behind its own', () => {
    const builder = built([10, 20], 2);
    builder.appendAll(built([30, 40, 50], 3).slice(30, 50));
    expect([...viewsOf(builder.slice()).open]).toEqual([11, 21, 31, 41]);
  });

  test('refuses bars that do not follow in time', () => {
    expect(() => built([10, 10], 4)).toThrow('time order');
    expect(() => built([10, 20], 4).appendAll(built([20, 30], 4).slice())).toThrow('time order');
  });
});

describe('room for a stretch of bars', () => {
  test('is behind the bars that are there, and what is committed is one of them', () => {
    const builder = built([10, 20], 2);
    const { time, count: capacity } = builder.room();
    expect(capacity).toBe(4);
    expect([...time.subarray(0, 2)]).toEqual([10, 20]);
    time.set([30, 40], 2);
    builder.commit(4);
    expect([builder.count, builder.timeLast]).toEqual([4, 40]);
    expect(builder.room().count).toBe(8);
  });

  test('is not to be overrun, and time does not go back', () => {
    const builder = built([10, 20], 3);
    builder.room().time[2] = 20;
    expect(() => builder.commit(3)).toThrow('time order');
    expect(() => builder.commit(4)).toThrow('in the room');
    expect(() => builder.commit(1)).toThrow('in the room');
  });
});

describe('detectInterval', () => {
  test.each([
    ['the most frequent difference', [[0, 1, 2, 9]], 1],
    [
      'over all symbols together',
      [
        [0, 5],
        [0, 5, 6],
        [2, 3, 8],
      ],
      5,
    ],
    ['the smallest on ties, whichever comes first', [[0, 5, 10, 13, 16]], 3],
    ['the smallest on ties, in the other order', [[0, 3, 6, 11, 16]], 3],
  ])('is %s', (_, times, expected) => {
    expect(detectInterval(times.map((time) => ({ time })))).toBe(expected);
  });

  test('is an input error when no symbol has two bars', () => {
    expect(() => detectInterval([{ time: [1] }, { time: [] }])).toThrow(InputError);
  });
});
