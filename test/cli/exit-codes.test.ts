/** How the process ends: 0 done, 1 failed, 2 bad input, 3 differed, 130 interrupted; and what it leaves behind. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
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
    [['replay', SMALL, '-s', 'strategies/sma-crss.ts'], 'did you mean "strategies/sma-cross.ts"'],
    [['replay', 'fixtures/smal', '-s', SMA], 'did you mean "fixtures/small"'],
    [['replay', SMALL, '-s', SMA, '--symbols', 'ALFA'], 'did you mean "ALPHA"'],
    [['replay', SMALL, '-s', SMA, '--intrabar', 'optimist'], 'did you mean "optimistic"'],
    [['replay', SMALL, '-s', SMA, '--from', '2025-01-01'], 'no bars from 2025'],
    [['replay', SMALL, '-s', SMA, '--account', 'margin 50'], 'did you mean "margin 50%"'],
    [['replay', SMALL, '-s', SMA, '--limit', 'trade=50'], 'did you mean "trade=50%"'],
    [['replay', SMALL, '-s', SMA, '--limit', 'trade=5%', '--limit', 'trade=5%'], '"trade" is given twice'],
    [['replay', SMALL, '-s', SMA, '--max-volume', '10'], 'did you mean "10%"'],
    [['replay', SMALL, '-s', SMA, '--slippage', 'spred'], 'did you mean "spread"'],
    [['replay', SMALL, '-s', SMA, '--slippage', 'spread'], 'slippage by the spread, and no spread'],
    [['replay', SMALL, '-s', SMA, '--commission', 'max 1'], 'a maximum of nothing'],
    [['replay', SMALL, '-s', SMA, '--fills', 'backtrade'], 'did you mean "backtrader"'],
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
    ['{"ALPHA": {"comission": "0.1%"}}', 'did you mean "commission"'],
    ['{"ALPHA": {"commission": 0.1}}', '"ALPHA": commission is a text such as "0.1%", not 0.1'],
    ['{"ALPHA": {"commission": "0.1"}}', '"ALPHA": commission is none, 0.1%'],
    ['{"*": {"slippage": "2bp"}}', '"*": slippage is none, 2bps'],
    ['{"BETA": {"slippage": "spread"}}', 'as {"BETA": {"spread": 0.01}} would'],
    ['[]', 'is not an object'],
    ['{', 'is not JSON'],
  ])('--instruments %s', async (json, words) => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'i.json'), json);
    const { code, stderr } = await lockstep(['replay', SMALL, '-s', SMA, '--instruments', 'i.json'], folder);
    if (!words.endsWith('would')) expect(stderr).toContain('i.json: ');
    expect(stderr).toContain(words);
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual(['i.json']);
  });

  it.each([
    ['--commission', '1/order'],
    ['--slippage', '2bps'],
  ])('%s %s that no symbol is left to read', async (flag, value) => {
    const folder = emptyFolder();
    const own = { commission: '0.1%', slippage: '0.01' };
    const write = (symbols: object): void =>
      writeFileSync(join(folder, 'i.json'), JSON.stringify({ ...symbols }));
    const args = ['replay', SMALL, '-s', SMA, '--quiet', '--instruments', 'i.json', flag, value];
    write({ '*': own });
    const { code, stderr } = await lockstep(args, folder);
    expect(stderr).toContain(`${flag} is read by nothing`);
    expect(code).toBe(2);
    write({ ALPHA: own });
    expect((await lockstep(args, folder)).code).toBe(0);
  });

  it.each([
    ['--intrabar', 'pessimistic', 'backtrader'],
    ['--limit-touch', 'touch', 'vectorbt'],
    ['--limit', 'positions=5', 'backtesting.py'],
    ['--max-volume', '10%', 'vectorbt'],
  ])('%s %s with --fills %s, before a candle is looked for', async (flag, value, preset) => {
    const args = ['replay', 'not-there', '-s', SMA, '--fills', preset, flag, value];
    const { code, stderr } = await lockstep(args);
    expect(stderr).toContain(`${flag} is a choice of --fills lockstep`);
    expect(stderr).toContain(`${preset} has no such rule`);
    expect(code).toBe(2);
  });

  it.each([
    [['--commission', '1/share'], 'nothing a share'],
    [['--account', 'reg-t'], 'no margin account'],
  ])('%j, which backtrader cannot express, before a candle is looked for', async (rule, words) => {
    const args = ['replay', 'not-there', '-s', SMA, '--fills', 'backtrader', ...rule];
    const { code, stderr } = await lockstep(args);
    expect(stderr).toContain(words);
    expect(stderr).toContain('(--fills backtrader)');
    expect(code).toBe(2);
  });

  it('costs of a symbol that backtrader cannot express, too', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'i.json'), '{"ALPHA": {"commission": "0.1%"}}');
    const args = ['replay', 'not-there', '-s', SMA, '--fills', 'backtrader', '--instruments', 'i.json'];
    const { code, stderr } = await lockstep(args, folder);
    expect(stderr).toContain('no costs by symbol');
    expect(code).toBe(2);
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

it.each([['--help'], ['replay', SMALL, '-s', SMA, '--json']])(
  'a reader that has gone is no failure: %s',
  async (...args) => {
    const started = start(args, emptyFolder());
    started.process.stdout!.destroy();
    const { code, stderr } = await started.ended;
    expect([code, stderr]).toEqual([0, '']);
  },
);

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
    expect(stderr).toContain('process.exit in a strategy?');
    expect(stderr).toContain('nothing was written');
    expect([code, stdout]).toEqual([1, '']);
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });

  it.each([
    'rejection',
    'microtask',
    'timer',
    'immediate',
    'rejection at the last bar',
    'timer at the last bar',
  ])('strategy code that fails outside of a tick: %s', async (how) => {
    const folder = emptyFolder();
    const args = ['replay', SMALL, '-s', strategy('stray'), '-p', `how=${how}`, '--workers', 'inline'];
    const { code, stdout, stderr } = await lockstep(args, folder);
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toBe(
      'strategy code failed outside of a tick (asynchronously, in a promise or a timer): RangeError: too late',
    );
    expect(lines[1]).toMatch(/^ {4}at fail \(.*stray\.ts:\d+:\d+\)$/);
    expect(lines.slice(1, -1).every((line) => line.includes('stray.ts'))).toBe(true);
    expect(lines.at(-1)).toBe('nothing was written');
    expect([code, stdout]).toEqual([1, '']);
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });

  it('a module that awaits what never comes', async () => {
    const args = ['replay', SMALL, '-s', strategy('never-loads')];
    const { code, stderr } = await lockstep(args, emptyFolder());
    expect(stderr).toContain('awaits something that never comes; nothing was written\n');
    expect(stderr).not.toContain('process.exit');
    expect(code).toBe(1);
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

it('SIGTERM ends an inline run that never returns, by the signal itself', async () => {
  const folder = emptyFolder();
  const started = start(['replay', SMALL, '-s', strategy('endless'), '--workers', 'inline'], folder);
  await started.said('in the loop\n');
  started.process.kill('SIGTERM');
  const { stdout } = await started.ended;
  expect([started.process.signalCode, stdout]).toEqual(['SIGTERM', '']);
  expect(readdirSync(join(folder, 'runs')).every((name) => name.includes('.partial-'))).toBe(true);
});

describe('a strategy that keeps a timer does not keep the process:', () => {
  it('it ends when everything is out, however long its reader takes', async () => {
    const args = ['replay', SMALL, '-s', strategy('live-handle'), '--workers', 'inline', '--json'];
    const started = start(args, emptyFolder());
    const out = started.process.stdout!;
    // More than a pipe holds, and nobody reads at first.
    out.pause();
    setTimeout(() => out.resume(), 1_500);
    const { code, stdout, stderr } = await started.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.length).toBeGreaterThan(1_000_000);
    expect(JSON.parse(stdout).byEntryTag.length).toBeGreaterThan(300);
  });

  it('nor after Ctrl-C', async () => {
    const args = [
      'replay',
      SMALL,
      '-s',
      strategy('live-handle'),
      '-s',
      strategy('slow'),
      '--workers',
      'inline',
    ];
    const started = start(args, emptyFolder());
    await started.said('at work\n');
    started.process.kill('SIGINT');
    expect((await started.ended).code).toBe(130);
  });

  it('nor while its module waits for ever', async () => {
    const args = ['replay', SMALL, '-s', strategy('live-handle'), '-s', strategy('never-loads')];
    const started = start(args, emptyFolder());
    await started.said('waiting\n');
    started.process.kill('SIGINT');
    expect((await started.ended).code).toBe(130);
  });
});

describe('what is beside the folder of a run:', () => {
  /** A pid that no process has: one that was, and has ended. */
  const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
  const replay = ['replay', SMALL, '-s', SMA, '--quiet', '--out', 'mine'];

  it('what a killed run left is removed, and nothing else', async () => {
    const folder = emptyFolder();
    const dead = deadPid();
    const stay = [
      `running.partial-${process.pid}`,
      `holds-more.partial-${dead}`,
      `no-pid.partial-${dead}x`,
      `.partial-${dead}`,
      `mine.old-${dead}`,
      `mine.partial`,
    ];
    const go = [`mine.partial-${dead}`, `other.partial-${dead}`];
    for (const name of [...stay, ...go]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'fills.arrow'), 'ARROW1');
    }
    writeFileSync(join(folder, `holds-more.partial-${dead}`, 'notes.txt'), 'mine');
    writeFileSync(join(folder, `file.partial-${dead}`), 'mine');
    symlinkSync(join(folder, `no-pid.partial-${dead}x`), join(folder, `link.partial-${dead}`));
    const { code, stderr } = await lockstep(replay, folder);
    expect(stderr).toBe(`removed 2 folders that killed runs left in .: ${go.join(', ')}\n`);
    expect(code).toBe(0);
    const left = [...stay, `file.partial-${dead}`, `link.partial-${dead}`, 'mine'];
    expect(readdirSync(folder).toSorted()).toEqual(left.toSorted());
  });

  it('a killed run leaves one, and the next run removes it', async () => {
    const folder = emptyFolder();
    const killed = start(['replay', SMALL, '-s', strategy('slow'), '--workers', 'inline'], folder);
    await killed.said('at work\n');
    killed.process.kill('SIGKILL');
    await killed.ended;
    const [left] = readdirSync(join(folder, 'runs'));
    const { stderr } = await lockstep(['replay', SMALL, '-s', SMA, '--quiet'], folder);
    expect(stderr).toBe(`removed 1 folder that killed runs left in runs: ${left}\n`);
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(1);
  });

  it('a run of another id that --out replaces is named; the same one is not', async () => {
    const folder = emptyFolder();
    expect((await lockstep(replay, folder)).stderr).toBe('');
    expect((await lockstep(replay, folder)).stderr).toBe('');
    const { code, stderr } = await lockstep([...replay, '--seed', '1'], folder);
    expect(stderr).toMatch(
      /^mine held another run, [0-9a-f]{12}; this one, [0-9a-f]{12}, has replaced it\n$/,
    );
    expect(code).toBe(0);
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
