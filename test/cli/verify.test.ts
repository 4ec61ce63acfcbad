/** `lockstep verify`: a run that was recorded can be had again, or it is said why not. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Ended, emptyFolder, lockstep, ROOT, SMALL, strategy, unexpected } from './cli.ts';

/** A folder with candles and a strategy of its own, and a run of them. */
async function recorded(name: string, ...args: string[]): Promise<string> {
  const folder = emptyFolder();
  cpSync(SMALL, join(folder, 'candles'), { recursive: true });
  cpSync(strategy(name), join(folder, 'strategy.ts'));
  const { code, stderr } = await lockstep(
    ['replay', 'candles', '-s', 'strategy.ts', '--out', 'run', '--quiet', ...args],
    folder,
  );
  expect([code, unexpected(stderr)]).toEqual([0, '']);
  return folder;
}

const verify = (folder: string, ...args: string[]): Promise<Ended> =>
  lockstep(['verify', 'run', ...args], folder);

describe('verify', () => {
  it('runs again, inline and on threads, and finds the same', async () => {
    const flags =
      '-p size=7 -p BETA.size=9 --symbols BETA,GAMMA,SIGMA --from 2024-03-04T09:30 --to 2024-03-04T12:00 ' +
      '--warmup 5 --commission 1/order+min=1 --seed 3 --account margin=40%/20% --limit positions=2 --max-volume 50%';
    const folder = await recorded('many-orders', ...flags.split(' '));
    const { code, stdout, stderr } = await verify(folder, '--across-workers');
    const digests = [...stdout.matchAll(/[0-9a-f]{64}/g)].map(([digest]) => digest);
    expect(digests).toHaveLength(3);
    expect(new Set(digests).size).toBe(1);
    expect(stdout).toMatch(/^verdict +the same$/m);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('gives symbols the names that the user gave them', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, 'candles'));
    cpSync(join(SMALL, 'ALPHA.csv'), join(folder, 'candles', 'data.csv'));
    const args = [
      'replay',
      'MINE=candles/data.csv',
      '-s',
      strategy('many-orders'),
      '--out',
      'run',
      '--quiet',
    ];
    await lockstep(args, folder);
    expect((await verify(folder)).code).toBe(0);
  });

  it('names candles and strategies that are gone or have changed, with both hashes', async () => {
    const folder = await recorded('many-orders');
    const candles = join(folder, 'candles', 'BETA-1m.csv');
    writeFileSync(candles, readFileSync(candles, 'utf8').replace('7,7,6.99,6.99', '7,7,6.98,6.99'));
    rmSync(join(folder, 'candles', 'ALPHA.csv'));
    writeFileSync(join(folder, 'strategy.ts'), '// more\n', { flag: 'a' });
    const { code, stdout, stderr } = await verify(folder);
    expect(stderr).toMatch(/^candles\/ALPHA\.csv: is gone .*; it had [0-9a-f]{64}$/m);
    expect(stderr).toMatch(
      /^candles\/BETA-1m\.csv has changed\n {2}then [0-9a-f]{64}\n {2}now {2}[0-9a-f]{64}$/m,
    );
    expect(stderr).toMatch(/^strategy\.ts, .*has changed\n {2}then [0-9a-f]{64}\n {2}now {2}[0-9a-f]{64}$/m);
    expect(stderr).not.toContain('KAPPA');
    expect([code, stdout]).toEqual([2, '']);
  });

  it('refuses a run whose rules were others, and names them', async () => {
    const folder = await recorded('many-orders');
    const file = join(folder, 'run', 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    const { limits: _, maxVolume: __, ...rules } = manifest.rules;
    writeFileSync(file, JSON.stringify({ ...manifest, rules }));
    const { code, stdout, stderr } = await verify(folder);
    expect(stderr).toMatch(
      /^run: cannot be run again: .*Lockstep \d.* whose rules had no limits, maxVolume; replay it anew\n$/,
    );
    expect([code, stdout]).toEqual([2, '']);
  });

  it('says where it looked, if it is started elsewhere', async () => {
    const folder = await recorded('many-orders');
    const elsewhere = emptyFolder();
    const { code, stderr } = await lockstep(['verify', join(folder, 'run')], elsewhere);
    const lines = stderr.trimEnd().split('\n');
    expect(lines[1]).toMatch(/^candles\/ALPHA\.csv: is gone \(looked for in .*\); it had [0-9a-f]{64}$/);
    expect(lines[1]).toContain(elsewhere);
    expect(lines.at(-1)).toContain('in the folder where the run was started');
    expect(code).toBe(2);
  });

  it('finds state in a module, which only threads show, and names the first event', async () => {
    const folder = await recorded('module-state');
    expect((await verify(folder)).code).toBe(0);
    const { code, stdout } = await verify(folder, '--across-workers');
    expect(stdout).toMatch(/^verdict +different$/m);
    expect(stdout).toContain('chunk 0 (steps 0 to 288), the order records of ALPHA');
    expect(stdout).toMatch(/^step +2, 2024-03-04T09:02:00Z$/m);
    expect(stdout).toMatch(/^symbol +ALPHA$/m);
    expect(stdout).toMatch(/^strategy +ModuleState \(strategy\.ts\)$/m);
    expect(stdout).toMatch(/^one thread +order: sequence 1/m);
    expect(stdout).toMatch(/^threads +nothing$/m);
    expect(stdout).toContain('state in a module or a static field');
    expect(code).toBe(3);
  });

  it('finds chance, and names the fields that differ', async () => {
    const { code, stdout } = await verify(await recorded('chance'));
    expect(stdout).toMatch(/^quantity +recorded \d+, again \d+$/m);
    expect(stdout).toContain('chance, time or files');
    expect(code).toBe(3);
  });

  it('runs from the folder of the repository as well', async () => {
    const out = join(emptyFolder(), 'run');
    const args = ['replay', 'fixtures/small', '-s', 'strategies/sma-cross.ts', '--out', out, '--quiet'];
    expect((await lockstep(args, ROOT)).code).toBe(0);
    expect((await lockstep(['verify', out], ROOT)).code).toBe(0);
  });
});
