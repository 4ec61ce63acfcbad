import { describe, expect, test } from 'vitest';
import {
  CELLS_PER_LINE,
  cells,
  type Field,
  LINE_EACH,
  layout,
  NUMBERS_PER_LINE,
  numbers,
  OWN_LINE,
  type Spacing,
  views,
} from '../../src/kernel/layout.ts';
import { RandomStream } from '../../src/kernel/random.ts';

describe('layout', () => {
  test('lays fields one after the other', () => {
    expect(layout({ A: cells(3), B: cells(2), C: cells(1) })).toEqual({ A: 0, B: 3, C: 5, bytes: 128 });
  });

  test('gives numbers their index among numbers, at a multiple of 8 bytes', () => {
    expect(layout({ A: cells(3), B: numbers(2), C: cells(1) })).toEqual({ A: 0, B: 2, C: 8, bytes: 128 });
  });

  test('gives a field lines of its own', () => {
    const at = layout({ A: cells(1), B: numbers(17, OWN_LINE), C: cells(1) });
    expect(at).toEqual({ A: 0, B: NUMBERS_PER_LINE, C: 3 * CELLS_PER_LINE, bytes: 512 });
  });

  test('gives each element a line of its own', () => {
    const at = layout({ A: cells(1), B: cells(3, LINE_EACH), C: cells(1) });
    expect(at).toEqual({ A: 0, B: CELLS_PER_LINE, C: 4 * CELLS_PER_LINE, bytes: 640 });
  });

  test('may have fields without elements, and no fields at all', () => {
    expect(layout({ A: cells(0), B: cells(1) })).toEqual({ A: 0, B: 0, bytes: 128 });
    expect(layout({})).toEqual({ bytes: 0 });
  });

  test('opens both views on one block', () => {
    const at = layout({ A: cells(1), B: numbers(1) });
    const { cells: ints, numbers: doubles } = views(new SharedArrayBuffer(at.bytes));
    doubles[at.B] = 1.5;
    expect(ints[at.A]).toBe(0);
    expect([...ints].filter((cell) => cell !== 0)).toHaveLength(1);
    expect(() => views(new SharedArrayBuffer(100))).toThrow('a whole number of lines');
  });

  test.each([-1, 0.5, Number.NaN])('refuses a count of %d', (count) => {
    expect(() => layout({ A: cells(count) })).toThrow(`a count of A, was ${count}`);
  });

  test('refuses a field called like the size', () => {
    expect(() => layout({ bytes: cells(1) })).toThrow('not a field');
  });

  test('never lets two fields overlap, nor share a line with one that has its own', () => {
    const seed = 20_260_101;
    const random = new RandomStream(seed, 0, 'layout');
    const pick = (count: number) => Math.floor(random.next() * count);
    for (let round = 0; round < 100; round++) {
      const fields: Record<string, Field> = {};
      for (let i = pick(8); i >= 0; i--) {
        const spacing = (['packed', OWN_LINE, LINE_EACH] satisfies Spacing[])[pick(3)]!;
        fields[`F${i}`] = (pick(2) === 0 ? cells : numbers)(pick(70), spacing);
      }
      const at = layout(fields);
      // Who touches each byte, and who has a line to itself: once, by hand.
      const owners: string[] = [];
      const lines: string[] = [];
      for (const [name, { size, count, spacing }] of Object.entries(fields)) {
        for (let i = 0; i < count; i++) {
          const element = spacing === LINE_EACH ? `${name}[${i}]` : name;
          const offset = at[name]! * size + i * (spacing === LINE_EACH ? 128 : size);
          expect(offset % size).toBe(0);
          expect(offset + size).toBeLessThanOrEqual(at.bytes);
          const bytes = Array.from({ length: size }, (_, byte) => offset + byte);
          expect(
            bytes.filter((byte) => byte in owners),
            `seed ${seed}`,
          ).toEqual([]);
          for (const byte of bytes) owners[byte] = element;
          const line = Math.floor(offset / 128);
          const owner = spacing === 'packed' ? 'anyone' : element;
          expect(lines[line] ?? owner, `seed ${seed}`).toBe(owner);
          lines[line] = owner;
        }
      }
    }
  });
});
