/**
 * Does what the README says, with the README's own words: the commands are taken from it, and so is what they print.
 *
 * A block of output is lines that the command prints, in that order; a line `…` stands for lines left out.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));
const scripts: Record<string, string> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;

/** The first block after a text of the README. */
function blockAfter(text: string, language: string): string {
  const from = readme.indexOf(text);
  expect(from, `the README says "${text}"`).toBeGreaterThanOrEqual(0);
  const block = blocks.find(
    (candidate) => candidate.language === language && readme.indexOf(candidate.text) > from,
  );
  return block!.text;
}

/** Runs an npm script as npm would, with the Node that runs this test. */
function npmRun(script: string, args: readonly string[], cwd: string): string {
  const [node, file, ...given] = scripts[script]!.split(' ');
  expect(node).toBe('node');
  return execFileSync(process.execPath, [join(ROOT, file!), ...given, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function expectLines(printed: string, block: string): void {
  const lines = printed.split('\n');
  let at = 0;
  for (const line of block.trimEnd().split('\n')) {
    if (line === '…') continue;
    const found = lines.indexOf(line, at);
    expect(found, `the command prints "${line}", after what the README has before it`).toBeGreaterThanOrEqual(
      0,
    );
    at = found + 1;
  }
}

let folder = '';
beforeAll(() => {
  // Inside the repository, so that the test of a user's suite finds vitest.
  folder = mkdtempSync(join(ROOT, 'test/readme/play-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('npm start prints what the README shows', () => {
  const printed = npmRun('start', ['--out', join(folder, 'start')], ROOT);
  expectLines(printed, blockAfter('`npm start` prints', 'text'));
});

test('npm start closes at least 20 trades, both sides, with fewer rejections than trades', () => {
  const summary = JSON.parse(npmRun('start', ['--out', join(folder, 'json'), '--json'], ROOT));
  expect(summary.trades).toBeGreaterThanOrEqual(20);
  expect(summary.total.longs).toBeGreaterThan(0);
  expect(summary.total.shorts).toBeGreaterThan(0);
  expect(summary.rejections).toBeLessThan(summary.trades);
});

test('the strategy of fifteen lines runs and prints what the README shows', () => {
  const source = blockAfter('## A strategy of your own', 'ts');
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  writeFileSync(join(folder, 'dip.ts'), source);
  const command = blockAfter('## A strategy of your own', 'sh').trim();
  const args = /^npm run lockstep -- (.*)$/.exec(command)![1]!.split(' ');
  const given = args.map((arg) => (arg === 'dip.ts' ? join(folder, 'dip.ts') : arg));
  const printed = npmRun('lockstep', [...given, '--out', join(folder, 'dip')], ROOT);
  expectLines(printed, blockAfter('npm run lockstep -- replay fixtures/small', 'text'));
});

test('the test of a strategy passes, and fails with the first divergent event once the strategy has changed', () => {
  const source = blockAfter('## A strategy of your own', 'ts');
  const suite = blockAfter('## Testing a strategy', 'ts')
    .replace("'fixtures/small'", JSON.stringify(join(ROOT, 'fixtures/small')))
    .replace("'dip.ts'", JSON.stringify(join(folder, 'dip.ts')))
    .replace("'golden/dip.json'", JSON.stringify(join(folder, 'golden/dip.json')));
  writeFileSync(join(folder, 'dip.ts'), source);
  writeFileSync(join(folder, 'dip.test.ts'), suite);
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    'export default { test: { experimental: { viteModuleRunner: false } } };\n',
  );
  const vitest = (env: Record<string, string>) =>
    spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
    });

  expect(vitest({ CI: 'true' }).stdout + vitest({ CI: 'true' }).stderr).toContain('there is no golden file');
  expect(vitest({}).status, 'the first run writes the file').toBe(0);
  expect(vitest({ CI: 'true' }).status, 'the second finds it equal').toBe(0);

  writeFileSync(join(folder, 'dip.ts'), source.replace('percent: 0.5', 'percent: 0.6'));
  const changed = vitest({ CI: 'true' });
  expect(changed.status).toBe(1);
  expect(changed.stdout + changed.stderr).toMatch(/first divergent event: .*order/);
  expect(vitest({ LOCKSTEP_UPDATE_GOLDEN: '1' }).status, 'a change that is meant is written anew').toBe(0);
  expect(vitest({ CI: 'true' }).status).toBe(0);
}, 120_000);

test('every flag in the README is one of the command, and the other way round', () => {
  const help = npmRun('lockstep', ['replay', '--help'], ROOT);
  const flagsOf = (text: string): Set<string> => new Set(text.match(/--[a-z][a-z-]+/g));
  const section = readme.slice(readme.indexOf('## Replay'), readme.indexOf('## Testing a strategy'));
  const inReadme = flagsOf(section);
  inReadme.delete('--across-workers'); // Of verify.
  const inHelp = flagsOf(help);
  inHelp.delete('--help');
  expect([...inReadme].sort()).toEqual([...inHelp].sort());
});
