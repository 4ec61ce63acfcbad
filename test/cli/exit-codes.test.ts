/** How the process ends: 0 done, 1 failed, 2 bad input, 3 differed, 130 interrupted; and what it leaves behind. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, lockstep, ROOT, SMA, SMALL, start, strategy } from './cli.ts';

describe('2 is bad input or usage, with the nearest valid choice:', () => {
  it.each([
    [['reply'], 'Did you mean replay?'],
    [['replay', SMALL, '-s', SMA, '--form', '2024'], 'Did you mean --from?'],
    [['replay'], "missing required argument 'candles'"],
    [['replay', SMALL], 'a run needs a strategy'],
    [['replay', SMALL, '-p', 'fast=3', '-s', SMA], 'comes before any -s'],
    [['replay', SMALL, '-s', SMA, '-p', 'fats=3'], 'did you mean "fast"'],
    [['replay', SMALL, '-s', SMA, '-p', 'ALFA.fast=3'], 'did you mean "ALPHA"'],
    [['replay', SMALL, '-s', 'strategies/sma-crss.ts'], 'did you mean "sma-cross.ts"'],
    [['replay', 'fixtures/smal', '-s', SMA], 'did you mean "small"'],
    [['replay', SMALL, '-s', SMA, '--symbols', 'ALFA'], 'did you mean "ALPHA"'],
    [['replay', SMALL, '-s', SMA, '--intrabar', 'optimist'], 'did you mean "optimistic"'],
    [['replay', SMALL, '-s', SMA, '--from', '2025-01-01'], 'no bars from 2025'],
    [['replay', SMALL, '-s', SMA, '--warmup', '9000'], 'nothing is left to trade'],
    [['replay', SMALL, '-s', SMA, '--workers', '2', '--max-workers', '2'], 'leave one of them out'],
    [['replay', SMALL, '-s', SMA, '--out', 'fixtures'], 'no folder of a run'],
    [['verify', 'fixtures'], 'no folder of a run'],
  ])('%j', async (args, words) => {
    const { code, stdout, stderr } = await lockstep(args);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([code, stdout]).toEqual([2, '']);
  });

  it.each([
    ['{"ALFA": {}}', 'did you mean "ALPHA"'],
    ['{"ALPHA": {"tik": 1}}', 'did you mean "tick"'],
    ['{"ALPHA": {"lot": 0}}', 'lot is a number above 0, not 0'],
    ['{"*": {"spread": "1"}}', 'spread is a number from 0, not "1"'],
    ['[]', 'is not an object'],
    ['{', 'is not JSON'],
  ])('--instruments %s', async (json, words) => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'i.json'), json);
    const { code, stderr } = await lockstep(['replay', SMALL, '-s', SMA, '--instruments', 'i.json'], folder);
    expect(stderr).toContain('i.json: ');
    expect(stderr).toContain(words);
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual(['i.json']);
  });

  it('a Node that is too old', () => {
    const launch = `Object.defineProperty(process.versions, 'node', { value: '20.11.1' }); await import('./src/cli/launch.js')`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', launch], {
      cwd: ROOT,
    });
    expect(stderr.toString()).toMatch(
      /^lockstep needs Node 24 or newer, and this is 20\.11\.1: .*npm ci.*\n$/,
    );
    expect(status).toBe(2);
  });
});

describe('0', () => {
  it.each([['--help'], ['--version']])('%s', async (flag) => {
    const { code, stdout } = await lockstep([flag]);
    expect(stdout).not.toBe('');
    expect(code).toBe(0);
  });
});

describe('1 is a run or a strategy that failed', () => {
  it.each(['inline', '2'])(
    'a strategy that throws: its place, its own stack, nothing written (%s)',
    async (workers) => {
      const folder = emptyFolder();
      const { code, stdout, stderr } = await lockstep(
        ['replay', SMALL, '-s', strategy('thrower'), '--workers', workers],
        folder,
      );
      const lines = stderr.trimEnd().split('\n');
      expect(lines[0]).toMatch(
        /^strategy thrower\.ts on BETA threw at 2024-03-04T09:\d\d:00\.000Z \(step \d+\): RangeError: no such level$/,
      );
      expect(lines[1]).toMatch(/^ {4}at #fail \(.*thrower\.ts:12:\d+\)$/);
      expect(lines[2]).toMatch(/^ {4}at Thrower\.onTick \(.*thrower\.ts:8:\d+\)$/);
      expect(lines.slice(3)).toEqual(['nothing was written']);
      expect([code, stdout]).toEqual([1, '']);
      expect(readdirSync(join(folder, 'runs'))).toEqual([]);
    },
  );

  it.each(['inline', '2'])('a strategy that calls process.exit(0) (%s)', async (workers) => {
    const folder = emptyFolder();
    const { code, stdout, stderr } = await lockstep(
      ['replay', SMALL, '-s', strategy('quitter'), '--workers', workers],
      folder,
    );
    expect(stderr).toContain('in the middle of the run');
    expect(stderr).toContain('nothing was written');
    expect([code, stdout]).toEqual([1, '']);
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });

  it('chance in a strategy, if --deterministic', async () => {
    const args = ['replay', SMALL, '-s', strategy('chance'), '--deterministic'];
    const { code, stderr } = await lockstep(args, emptyFolder());
    expect(stderr).toMatch(/Math\.random in a deterministic run.*\n {4}at Chance\.onTick \(.*chance\.ts:6/);
    expect(code).toBe(1);
  });
});

describe('3 is a digest that differs', () => {
  it('the same id with another digest leaves the folder as it was; with the same one it is replaced', async () => {
    const folder = emptyFolder();
    const chance = ['replay', SMALL, '-s', strategy('chance'), '--quiet'];
    const first = await lockstep(chance, folder);
    const second = await lockstep(chance, folder);
    expect([first.code, second.code, second.stdout]).toEqual([0, 3, '']);
    expect(second.stderr).toContain('recorded with another digest');
    expect(second.stderr).toContain(first.stdout.slice('digest  '.length).split('\n')[0]);
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(1);

    const cross = ['replay', SMALL, '-s', SMA, '--quiet', '--out', 'cross'];
    expect(await lockstep(cross, folder)).toEqual(await lockstep(cross, folder));
    expect(readdirSync(folder).toSorted()).toEqual(['cross', 'runs']);
  });
});

describe('130 is interrupted, and leaves nothing', () => {
  it.each([
    ['SIGINT', 'slow', 'inline'],
    ['SIGINT', 'slow', '2'],
    ['SIGTERM', 'slow', '2'],
    ['SIGINT', 'endless', 'inline'],
    ['SIGINT', 'endless', '2'],
  ] as const)('%s, %s strategy, %s', async (signal, name, workers) => {
    const folder = emptyFolder();
    const started = start(['replay', SMALL, '-s', strategy(name), '--workers', workers], folder);
    await started.said(name === 'slow' ? 'at work\n' : 'in the loop\n');
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(1); // Being written, under another name.
    started.process.kill(signal);
    const { code, stdout, stderr } = await started.ended;
    expect(stderr).toContain('interrupted: nothing was written\n');
    expect([code, stdout]).toEqual([130, '']);
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });
});

it('a folder that is no run is never replaced', async () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'mine'));
  writeFileSync(join(folder, 'mine', 'notes.txt'), 'mine');
  const { code } = await lockstep(['replay', SMALL, '-s', SMA, '--out', 'mine'], folder);
  expect(code).toBe(2);
  expect(existsSync(join(folder, 'mine', 'notes.txt'))).toBe(true);
});
