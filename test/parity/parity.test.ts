/**
 * Every line that four other engines wrote, reproduced exactly: fills, commissions, rejections, cash and equity on every bar.
 *
 * The sets are read from the folder that LOCKSTEP_PARITY names. Where there is none, the excerpts in `fixtures/parity` still
 * run: one for every preset and configuration.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compare as backtestingPy } from './backtesting-py.ts';
import { compare as backtrader } from './backtrader.ts';
import type { ParityEntry } from './entry.ts';
import { compare as vectorbt } from './vectorbt.ts';
import { compare as zipline } from './zipline.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPARE = { backtrader, 'backtesting.py': backtestingPy, vectorbt, zipline };
const FIXTURES = join(ROOT, 'fixtures/parity');
const MINIS = ['backtrader', 'backtesting-py', 'vectorbt', 'zipline'];

const shared = process.env['LOCKSTEP_PARITY'] ?? join(ROOT, '../shared/parity');

describe('whole sets', () => {
  if (!existsSync(join(shared, 'index.json'))) {
    console.log(`SKIPPED parity: there is no index.json in ${shared}`);
    test('are elsewhere, and the excerpts are compared in their place', () => {
      expect(existsSync(FIXTURES)).toBe(true);
    });
    return;
  }
  test.each(entriesOf(join(shared, 'index.json')))('$tool $config of $set', { timeout: 120_000 }, (entry) =>
    expectEqual(entry, shared),
  );
});

describe('excerpts', () => {
  test.each(MINIS.flatMap((tool) => entriesOf(join(FIXTURES, `${tool}.json`))))(
    '$tool $config',
    { timeout: 60_000 },
    (entry) => expectEqual(entry, FIXTURES),
  );
});

async function expectEqual(entry: ParityEntry, root: string): Promise<void> {
  const { lines, equal, firstDifference } = await COMPARE[entry.tool](entry, root);
  expect(firstDifference).toBeNull();
  expect(lines).toBeGreaterThan(0);
  expect(equal).toBe(lines);
}

function entriesOf(file: string): ParityEntry[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { entries: ParityEntry[] }).entries;
}
