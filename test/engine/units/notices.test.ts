/** The queue of what settlement has to tell: it grows on one side and is read on the other. */
import { describe, expect, test } from 'vitest';
import { CANCEL, FILL, NoticeQueue, STRIDE } from '../../../src/engine/notices.ts';

describe('a queue of notices', () => {
  test('is read by the owner in the order in which the conductor wrote it', () => {
    const conductor = NoticeQueue.create();
    const owner = new NoticeQueue(conductor.memory);
    conductor.push(24, false, FILL, 1, 10, 99.5, 0.25);
    conductor.push(0, true, CANCEL, 2, 3, NaN, 0);
    expect(owner.count).toBe(2);
    expect([...owner.refresh().subarray(0, 2 * STRIDE)]).toEqual([
      24,
      FILL,
      1,
      10,
      99.5,
      0.25,
      0,
      0,
      CANCEL,
      2,
      3,
      NaN,
      0,
      1,
    ]);
  });

  test('is seen by the owner however far it has grown', () => {
    const conductor = NoticeQueue.create();
    const owner = new NoticeQueue(conductor.memory);
    for (let i = 0; i < 10_000; i++) conductor.push(i, false, FILL, 0, i, 2 * i, 0);
    const cells = owner.refresh();
    expect(owner.count).toBe(10_000);
    expect(cells[9_999 * STRIDE + 4]).toBe(19_998);
  });

  test('begins anew when it is cleared', () => {
    const conductor = NoticeQueue.create();
    const owner = new NoticeQueue(conductor.memory);
    conductor.push(1, false, FILL, 0, 1, 1, 0);
    conductor.clear();
    expect(owner.count).toBe(0);
    conductor.push(7, false, CANCEL, 0, 1, 1, 0);
    expect([owner.count, owner.refresh()[0]]).toEqual([1, 7]);
  });
});
