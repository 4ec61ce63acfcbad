/**
 * An update leaves nothing on the heap. A boxed double takes 12 or 16 bytes; what is measured besides is what the
 * process does for itself, some hundredths of a byte an update.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROBE = fileURLToPath(new URL('./allocation-probe.ts', import.meta.url));
const FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

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
])(
  'an update of %s allocates nothing',
  async (kind) => {
    const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, PROBE, kind]);
    expect(stdout).toMatch(/^-?\d/);
    expect(Math.abs(Number(stdout))).toBeLessThan(4); // Far below 0, something was collected, and nothing shown.
  },
  30_000,
);
