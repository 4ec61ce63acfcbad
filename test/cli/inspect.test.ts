/** `lockstep inspect`: what a file is read as, before anything is run over it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, lockstep, SMALL, unexpected } from './cli.ts';

const ROWS = [
  'time,open,high,low,close,volume',
  '2024-03-04T09:00:00Z,10,11,9,10.5,100',
  '2024-03-04T09:01:00Z,10.5,11,10,11,50',
  '2024-03-04T09:02:00Z,11,11,11,11,0',
  '2024-03-04T09:05:00Z,11,12,11,12,7',
];

function folderWith(rows: readonly string[]): string {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'A.csv'), `${rows.join('\n')}\n`);
  return folder;
}

async function inspected(args: readonly string[], folder: string): Promise<string> {
  const { code, stdout, stderr } = await lockstep(['inspect', ...args], folder);
  expect([code, unexpected(stderr)]).toEqual([0, '']);
  return stdout;
}

describe('inspect', () => {
  it('says how a file is read, its range and gaps, and its first bars', async () => {
    const lines = (await inspected(['A.csv'], folderWith(ROWS))).split('\n');
    expect(lines).toContain('file      A.csv');
    expect(lines).toContain(`          4 rows, ${ROWS.join('\n').length + 1} bytes: A`);
    expect(lines).toContain('layout    header');
    expect(lines).toContain('times     ISO date-time with zone, as written');
    expect(lines).toContain('interval  1m');
    expect(lines).toContain('│ A      │    4 │ 2024-03-04 09:00Z │ 2024-03-04 09:05Z │       2 │ 33.3 │');
    expect(lines).toContain('A  2 bars: 2024-03-04 09:03Z to 2024-03-04 09:04Z');
    expect(lines).toContain('│        │ 2024-03-04T09:01:00Z │ 10.5 │   11 │  10 │    11 │     50 │');
    expect(lines.join()).not.toContain('09:05:00Z'); // Three bars are shown.
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says the same as one JSON document', async () => {
    const { interval, files, symbols } = JSON.parse(await inspected(['A.csv', '--json'], folderWith(ROWS)));
    expect([interval, files.length, files[0].layout, symbols.length]).toEqual([60_000, 1, 'header', 1]);
    expect(symbols[0]).toMatchObject({
      symbol: 'A',
      bars: 4,
      first: '2024-03-04T09:00:00Z',
      last: '2024-03-04T09:05:00Z',
      gaps: {
        count: 1,
        missing: 2,
        longest: { from: '2024-03-04T09:02:00Z', to: '2024-03-04T09:05:00Z', missing: 2 },
      },
    });
    expect(symbols[0].head[0]).toEqual(['2024-03-04T09:00:00Z', 10, 11, 9, 10.5, 100]);
  });

  it.each([
    ['--symbols', 'BETA', 'BETA'],
    ['--symbols', 'OMEGA,BETA', 'BETA,OMEGA'],
  ])('keeps what is asked for: %s %s', async (flag, value, names) => {
    const { symbols } = JSON.parse(await inspected([SMALL, flag, value, '--json'], emptyFolder()));
    expect(symbols.map(({ symbol }: { symbol: string }) => symbol).join()).toBe(names);
  });

  it('cuts the range, and counts gaps in bars of the length that is given', async () => {
    const folder = folderWith(ROWS);
    const cut = ['--from', '2024-03-04T09:01', '--to', '2024-03-04T09:03'];
    const [symbol] = JSON.parse(await inspected(['A.csv', ...cut, '--json'], folder)).symbols;
    expect([symbol.bars, symbol.first, symbol.gaps.count]).toEqual([2, '2024-03-04T09:01:00Z', 0]);
    const [halves] = JSON.parse(await inspected(['A.csv', '--interval', '30s', '--json'], folder)).symbols;
    expect(halves.gaps.missing).toBe(2 + 5);
  });

  it('ends with the error of a replay where a value is none', async () => {
    const folder = folderWith([...ROWS, '2024-03-04T09:06:00Z,11,x,11,12,7']);
    const { code, stdout, stderr } = await lockstep(['inspect', 'A.csv'], folder);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('A.csv:6');
    expect(stderr).toContain('"x"');
  });
});
