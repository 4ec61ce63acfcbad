/**
 * Two large runs under the rules of each engine, fill for fill: averages that cross on 500 symbols, and breakouts with stop and target on 20
 * symbols by the minute.
 *
 * Their bars are made, not kept: `workloads/make_bars.py` of the set writes them, and LOCKSTEP_WORKLOADS names the folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Compared } from './entry.ts';
import { compareWorkloads as backtestingPy } from './workload-backtesting-py.ts';
import { compareWorkloads as backtrader } from './workload-backtrader.ts';
import { compareWorkloads as vectorbt } from './workload-vectorbt.ts';
import { compareWorkloads as zipline } from './workload-zipline.ts';

const shared =
  process.env['LOCKSTEP_PARITY'] ?? fileURLToPath(new URL('../../../shared/parity', import.meta.url));
const bars = process.env['LOCKSTEP_WORKLOADS'];

describe('workloads', () => {
  if (bars === undefined || !existsSync(join(shared, 'workloads'))) {
    console.log('SKIPPED workloads: LOCKSTEP_WORKLOADS names no folder with their bars');
    test.skip('need the bars that make_bars.py writes');
    return;
  }
  test.each([
    ['backtrader', backtrader],
    ['backtesting.py', backtestingPy],
    ['vectorbt', vectorbt],
    ['zipline', zipline],
  ])('%s', { timeout: 300_000 }, async (_name, compare) => {
    const compared = Object.entries(await compare(shared, bars)) as [string, Compared][];
    for (const [name, { lines, equal, firstDifference }] of compared) {
      console.log(`${name}: ${equal} of ${lines} fills equal`);
      expect(firstDifference).toBeNull();
      expect(lines).toBeGreaterThan(0);
      expect(equal).toBe(lines);
    }
  });
});
