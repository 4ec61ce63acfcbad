/** A table that grows under its readers: what is seen when, on one thread and across two. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { SharedRows } from '../../src/kernel/shared-rows.ts';

const STRIDE = 3;

describe('a shared table', () => {
  test('starts with its rows, all 0', () => {
    const rows = SharedRows.create(STRIDE, 4, 100);
    expect([rows.rows, rows.stride]).toEqual([4, STRIDE]);
    expect([...rows.cells]).toEqual(Array.from({ length: 12 }, () => 0));
  });

  test('grows by doubling, or to what is asked for if that is more, and never shrinks', () => {
    const rows = SharedRows.create(STRIDE, 4, 100);
    const sizes = [4, 5, 6, 9, 50, 3].map((count) => {
      rows.ensure(count);
      return rows.rows;
    });
    expect(sizes).toEqual([4, 8, 8, 16, 50, 50]);
  });

  test('keeps what is in it, and its memory, when it grows', () => {
    const rows = SharedRows.create(STRIDE, 2, 100);
    rows.cells.set([1, 2, 3, 4, 5, 6]);
    const { buffer } = rows.memory;
    rows.ensure(3);
    expect([...rows.cells]).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0]);
    expect(rows.cells.buffer).toBe(buffer);
  });

  test('stays within the maximum reserved for it', () => {
    const rows = SharedRows.create(STRIDE, 4, 10);
    rows.ensure(9); // Twice 4 is too few; twice 8 would be too many.
    rows.ensure(10);
    expect(rows.rows).toBe(10);
    expect(() => rows.ensure(11)).toThrow('a shared table stays within the maximum reserved for it');
    expect(rows.rows).toBe(10);
  });

  test('doubles no further than its maximum', () => {
    const rows = SharedRows.create(STRIDE, 6, 10);
    rows.ensure(7);
    expect(rows.rows).toBe(10);
  });

  test('is seen to have grown by a second view after its refresh, not before', () => {
    const writer = SharedRows.create(STRIDE, 2, 100);
    const reader = new SharedRows(writer.memory);
    writer.ensure(5);
    writer.cells[4 * STRIDE] = 42;
    expect(reader.rows).toBe(2);
    expect(reader.cells[4 * STRIDE]).toBeUndefined();
    reader.refresh();
    expect(reader.rows).toBe(5);
    expect(reader.cells[4 * STRIDE]).toBe(42);
  });

  test('leaves the old view of a reader valid: the same memory, both ways', () => {
    const writer = SharedRows.create(STRIDE, 2, 100);
    const reader = new SharedRows(writer.memory);
    const old = reader.cells;
    writer.ensure(50);
    writer.cells[1] = 7;
    expect(old[1]).toBe(7);
    old[2] = 8;
    expect(writer.cells[2]).toBe(8);
    reader.refresh();
    expect(old.length).toBe(2 * STRIDE);
    expect(old[1]).toBe(7);
  });

  test('makes no new view if there is nothing new', () => {
    const rows = SharedRows.create(STRIDE, 4, 100);
    const { cells } = rows;
    rows.refresh();
    rows.ensure(4);
    expect(rows.cells).toBe(cells);
  });
});

test('a running worker sees rows that were added after it attached, without a message', async () => {
  const writer = SharedRows.create(STRIDE, 2, 1_000);
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { SharedRows } = await import(workerData.url);
    const reader = new SharedRows(workerData.memory);
    const old = reader.cells;
    const before = reader.rows;
    parentPort.postMessage('attached');
    Atomics.wait(workerData.signal, 0, 0);
    const stale = [reader.rows, old[0]];
    reader.refresh();
    reader.cells[500 * reader.stride + 1] = 99;
    parentPort.postMessage([before, stale, reader.rows, reader.cells[500 * reader.stride]]);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: {
      url: new URL('../../src/kernel/shared-rows.ts', import.meta.url).href,
      memory: writer.memory,
      signal,
    },
  });
  await once(worker, 'message');
  writer.ensure(501);
  writer.cells[0] = 5;
  writer.cells[500 * STRIDE] = 42;
  Atomics.store(signal, 0, 1);
  const answer = once(worker, 'message');
  Atomics.notify(signal, 0);
  expect((await answer)[0]).toEqual([2, [2, 5], 501, 42]);
  expect(writer.cells[500 * STRIDE + 1]).toBe(99);
});
