/**
 * An update, once compiled, leaves nothing on the heap. A boxed double takes 12 or 16 bytes; what is measured besides is what the
 * process does for itself, some hundredths of a byte an update.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROBE = fileURLToPath(new URL('./allocation-probe.ts', import.meta.url));
/** On one thread, so that when code is compiled does not depend on what else the machine does. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64', '--single-threaded'];
/** What V8 inlines it decides anew in each process; what allocates on purpose does so in all of them. */
const ATTEMPTS = 3;
/** Less than the smallest object. */
const BYTES_ENOUGH = 4;

test.each([
  'Ring',
  'RollingSum',
  'RollingVariance',
  'VolumeCache',
  'RollingMinimum',
  'RollingMaximum',
  'SimpleMovingAverage',
  'ExponentialMovingAverage',
  'WilderAverage',
  'RelativeStrengthIndex',
  'AverageTrueRange',
  'SummedAverage running',
  'SummedAverage compensated',
  'SummedAverage exact',
  'SummedAverage cumulated',
  'SummedAverage fresh',
])(
  'an update of %s allocates nothing',
  async (kind) => {
    let bytes = NaN;
    for (let attempt = 0; attempt < ATTEMPTS && !(Math.abs(bytes) < BYTES_ENOUGH); attempt++) {
      const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROBE, kind]);
      expect(stdout).toMatch(/^-?\d/);
      bytes = Number(stdout);
    }
    expect(Math.abs(bytes)).toBeLessThan(BYTES_ENOUGH); // Far below 0, something was collected, and nothing shown.
  },
  60_000,
);
