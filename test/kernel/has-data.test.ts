/**
 * The bitmap equals a recomputation at every step: in random worlds on one thread, and while another thread
 * is writing ahead. With one page instead of two, the readers see bits of a step to come: the same test shows
 * it on a mutant.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { Barrier } from '../../src/kernel/barrier.ts';
import { HasData } from '../../src/kernel/has-data.ts';
import { RandomStream } from '../../src/kernel/random.ts';
import { SLEEP, type WaitPolicy } from '../../src/kernel/wait.ts';
import type { PresenceParty } from './has-data-party.ts';
import { mutant } from './mutant.ts';

const PARTY = new URL('./has-data-party.ts', import.meta.url);
const HAS_DATA = new URL('../../src/kernel/has-data.ts', import.meta.url);
const PLENTY_MS = 120_000;

/** A published block in which the given symbols are present at every step. */
function published(symbols: number, present: number[], block = 1): HasData {
  const presence = HasData.create(symbols, block);
  presence.clearPage(0);
  for (const symbol of present) for (let step = 0; step < block; step++) presence.set(step, symbol);
  presence.flip(0);
  return presence;
}

describe('HasData', () => {
  test.each([
    { symbols: 1, block: 1 },
    { symbols: 31, block: 3 },
    { symbols: 32, block: 1 },
    { symbols: 33, block: 7 },
    { symbols: 200, block: 64 },
  ])('equals a recomputation: $symbols symbols, $block steps a block', ({ symbols, block }) => {
    const seed = 17 * symbols + block;
    const random = new RandomStream(seed, 0, 'presence');
    const steps = block * Math.ceil(300 / block);
    const world = Array.from({ length: steps + block }, () =>
      Array.from({ length: symbols }, () => random.next() < 0.6),
    );
    const writer = HasData.create(symbols, block);
    const reader = new HasData(writer.buffer);
    const write = (number: number) => {
      writer.clearPage(number);
      for (let step = number * block; step < (number + 1) * block; step++) {
        world[step]!.forEach((present, symbol) => present && writer.set(step, symbol));
      }
    };
    write(0);
    for (let number = 0; number < steps / block; number++) {
      writer.flip(number);
      write(number + 1); // Ahead, while this block is read.
      for (let step = number * block; step < (number + 1) * block; step++) {
        const row = world[step]!.map((_, symbol) => reader.has(step, symbol));
        expect(row, `seed ${seed}, step ${step}`).toEqual(world[step]);
      }
    }
  });

  test('shows nothing of a step outside the published block, earlier or later', () => {
    const presence = HasData.create(3, 4);
    const outside = 'presence is read in the published block only';
    for (const step of [-1, 0]) expect(() => presence.has(step, 0)).toThrow(outside);
    presence.clearPage(0);
    presence.set(0, 0);
    expect(() => presence.has(0, 0)).toThrow(outside); // Written, but not published.
    presence.flip(0);
    expect(presence.has(0, 0)).toBe(true);
    presence.clearPage(1);
    presence.set(4, 1);
    for (const step of [-1, -4, 4, 8, Number.NaN]) expect(() => presence.has(step, 1)).toThrow(outside);
    presence.flip(1);
    expect(presence.has(4, 1)).toBe(true);
    for (const step of [0, 3, 8]) expect(() => presence.has(step, 1)).toThrow(outside);
  });

  test('is written for the next block only', () => {
    const presence = published(3, [0]);
    const outside = 'only the page of the next block is written';
    for (const block of [0, 2, -1]) {
      expect(() => presence.set(block, 0)).toThrow(outside);
      expect(() => presence.clearPage(block)).toThrow(outside);
      expect(() => presence.flip(block)).toThrow(outside);
    }
    expect(presence.visible).toBe(0);
  });

  test('knows no symbol beyond those of the run', () => {
    const presence = published(40, [39]);
    expect(presence.has(0, 39)).toBe(true);
    for (const symbol of [-1, 40, 64]) {
      expect(() => presence.has(0, symbol)).toThrow('a symbol of the run');
      expect(() => presence.set(1, symbol)).toThrow('a symbol of the run');
    }
  });

  test('keeps neighbours apart: the last bit of a cell and the first of the next', () => {
    const presence = published(64, [31, 63], 2);
    for (const step of [0, 1]) {
      const seen = Array.from({ length: 64 }, (_, symbol) => symbol).filter((symbol) =>
        presence.has(step, symbol),
      );
      expect(seen).toEqual([31, 63]);
    }
  });

  test.each([0, -1, 1.5])('refuses %d symbols, or steps a block', (count) => {
    expect(() => HasData.create(count)).toThrow(`at least one symbol, were ${count}`);
    expect(() => HasData.create(1, count)).toThrow(`at least one step a block, were ${count}`);
  });

  test('refuses a buffer that is something else', () => {
    expect(() => new HasData(new SharedArrayBuffer(1_024))).toThrow('this is a bitmap of presence');
  });
});

describe('HasData, read while it is written ahead', () => {
  const parties = 3;
  const jitter: WaitPolicy = { spinTries: 50, sleepMs: 100, jitterSeed: 5 };

  /** How each party ended: the number of wrong bits it saw. */
  function play(module: string, block: number, policy: WaitPolicy): Promise<unknown[]> {
    const { cells } = Barrier.create(parties);
    const { buffer } = HasData.create(500, block);
    const ends = Array.from({ length: parties }, async (_, id) => {
      const workerData: PresenceParty = { cells, buffer, id, blocks: 1_000 / block, policy, module };
      const [end] = await once(new Worker(PARTY, { workerData }), 'message');
      return end;
    });
    return Promise.all(ends);
  }

  test.each([
    { block: 1, policy: SLEEP },
    { block: 1, policy: jitter },
    { block: 8, policy: SLEEP },
  ])(
    'shows each step as it is: $block steps a block, $policy',
    async ({ block, policy }) => {
      expect(await play(HAS_DATA.href, block, policy)).toEqual([0, 0, 0]);
    },
    PLENTY_MS,
  );

  test(
    'does not with one page only',
    async () => {
      const onePage = mutant(HAS_DATA, '(block & 1) * this.#pageStride', '0');
      const wrong = await play(onePage, 1, SLEEP);
      expect(wrong.every((count) => typeof count === 'number')).toBe(true);
      expect(Math.max(...(wrong as number[]))).toBeGreaterThan(0);
    },
    PLENTY_MS,
  );
});
