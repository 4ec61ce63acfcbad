/** The candles in `fixtures/` are what the script beside them writes, and each is explained. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeFixtures } from '../fixtures/make-fixtures.ts';
import { loadCandles } from '../src/sources/candle-files.ts';
import { explainedFixtures } from './support/explained.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/', import.meta.url));
const GENERATED = ['demo/', 'small/'];

const made = makeFixtures();
const present = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(FOLDER.length).replace(/^\//, ''));

/** Deflate is free to choose its bytes, and a newer zlib may choose others: what is inside counts. */
function content(path: string, bytes: Buffer): Buffer {
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

describe('fixtures', () => {
  test.each([...made.keys()])('%s is what the script writes, byte for byte', (path) => {
    const onDisk = readFileSync(FOLDER + path);
    expect(content(path, onDisk).equals(content(path, made.get(path)!))).toBe(true);
  });

  test('gzip files carry no time and no operating system', () => {
    for (const path of [...made.keys()].filter((path) => path.endsWith('.gz'))) {
      expect([...readFileSync(FOLDER + path).subarray(4, 10)], path).toEqual([0, 0, 0, 0, 2, 255]);
    }
  });

  test('folders of generated candles hold nothing else', () => {
    const generated = present.filter((path) => GENERATED.some((folder) => path.startsWith(folder)));
    expect(generated.sort()).toEqual([...made.keys()].sort());
  });

  test('each file is explained in the README', () => {
    const explained = explainedFixtures(FOLDER);
    expect(present.length).toBeGreaterThan(made.size);
    expect(present.filter((path) => !explained.has(path))).toEqual([]);
  });

  test('the demo is small enough for a repository', () => {
    const bytes = [...made].map(([path, file]) => (path.startsWith('demo/') ? file.length : 0));
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2_500_000);
  });

  test('both folders load as they are, minute by minute', { timeout: 60_000 }, async () => {
    const demo = await loadCandles([`${FOLDER}demo`]);
    expect([demo.store.names, demo.store.interval]).toEqual([
      ['AURUM', 'BOREAL', 'CIRRUS', 'DORADO'],
      60_000,
    ]);
    const small = await loadCandles([`${FOLDER}small`]);
    expect(small.store.names).toEqual(['ALPHA', 'BETA', 'GAMMA', 'KAPPA', 'OMEGA', 'SIGMA']);
    expect(new Set(small.files.map(({ layout, timeFormat }) => `${layout}, ${timeFormat}`)).size).toBe(4);
  });
});
