/** Every flag of `replay` shows in what comes of it: none is parsed and read by nothing. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Summary } from '../../src/record/summary.ts';
import { emptyFolder, lockstep, ROOT, SMA, SMALL, strategy, unexpected } from './cli.ts';

const ORDERS = strategy('many-orders');
const WORKERS_MORE_THAN_CORES = '4096';

async function summaryOf(...args: string[]): Promise<Summary & { folder: string }> {
  const { code, stdout, stderr } = await lockstep(
    ['replay', SMALL, '-s', ORDERS, ...args, '--json'],
    emptyFolder(),
  );
  expect(unexpected(stderr)).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe('a flag that determines the run changes its digest and its id:', () => {
  let plain: ReturnType<typeof summaryOf> | undefined;
  const plainDigest = async (): Promise<string> => (await (plain ??= summaryOf())).digest;

  it.each([
    [['-p', 'size=11']],
    [['-p', 'BETA.size=11']],
    [['-s', SMA]],
    [['--symbols', 'BETA,ALPHA']],
    [['--from', '2024-03-04T10:00']],
    [['--to', '2024-03-04T10:00']],
    [['--warmup', '5']],
    [['--warmup', '20m']],
    [['--resample', '5m']],
    [['--data-frac', '0.5']],
    [['--data-frac', '0.5', '--portion', '2']],
    [['--intrabar', 'optimistic']],
    [['--intrabar', 'path']],
    [['--limit-touch', 'through']],
    [['--cash', '5000']],
    [['--account', 'leverage 2']],
    [['--account', 'reg-t']],
    [['--limit', 'trade=0.5%']],
    [['--limit', 'open-risk=0.001%']],
    [['--limit', 'positions=2']],
    [['--limit', 'symbol-exposure=2%']],
    [['--limit', 'gross-exposure=5%']],
    [['--limit', 'daily-loss=0.01%']],
    [['--limit', 'drawdown=0.01%']],
    [['--commission', '0.1%+1/order']],
    [['--commission', '0.005/share']],
    [['--commission', '2/contract']],
    [['--commission', '0.1%+min 1']],
    [['--commission', '0.1%+max 0.01']],
    [['--slippage', '2bps']],
    [['--slippage', '0.05%']],
    [['--slippage', '0.01']],
    [['--max-volume', '1%']],
    [['--seed', '1']],
  ])('%j', async (args) => {
    const { digest, folder } = await summaryOf(...args);
    expect(digest).not.toBe(await plainDigest());
    expect(folder).not.toBe((await plain!).folder);
  });

  it.each([
    [
      ['--limit', 'trade=0.5%'],
      ['--limit', 'positions=2'],
    ],
    [
      ['--slippage', '2bps'],
      ['--slippage', '0.01'],
    ],
    [
      ['--commission', '0.1%'],
      ['--commission', 'min 0.1'],
    ],
  ])('%j and %j together are another run than either', async (one, other) => {
    const value = `${one[1]}+${other[1]}`;
    const both = one[0] === '--limit' ? [...one, ...other] : [one[0]!, value];
    const digests = await Promise.all(
      [one, other, both].map(async (args) => (await summaryOf(...args)).digest),
    );
    expect(new Set([...digests, await plainDigest()]).size).toBe(4);
  });

  it('forms of the same are the same run', async () => {
    const [fraction, percent] = await Promise.all([
      summaryOf('--max-volume', '0.01', '--slippage', '2bps', '--account', 'reg-t'),
      summaryOf('--max-volume', '1%', '--slippage', '0.02%', '--account', 'margin 50%/25%/30%'),
    ]);
    expect(percent.digest).toBe(fraction.digest);
    expect(percent.folder).toBe(fraction.folder);
  });

  it('--instruments', async () => {
    const file = join(emptyFolder(), 'instruments.json');
    writeFileSync(file, JSON.stringify({ '*': { lot: 1 }, KAPPA: { tick: 0.5, multiplier: 2 } }));
    expect((await summaryOf('--instruments', file)).digest).not.toBe(await plainDigest());
  });

  it('and one that does not leaves it: --workers, --csv, --deterministic', async () => {
    const digest = await plainDigest();
    const [threads, csv, deterministic] = await Promise.all([
      summaryOf('--workers', '2'),
      summaryOf('--csv'),
      summaryOf('--deterministic'),
    ]);
    expect(threads).toMatchObject({ digest, workers: 2 });
    expect(csv.digest).toBe(digest);
    expect(deterministic.digest).toBe(digest);
  });
});

describe('replay', () => {
  it('prints one JSON document, with what tools read', async () => {
    const summary = await summaryOf();
    expect(summary).toMatchObject({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      symbols: ['ALPHA', 'BETA', 'GAMMA', 'KAPPA', 'OMEGA', 'SIGMA'],
      startEquity: 100_000,
      folder: expect.stringMatching(/^runs\/[0-9a-f]{12}$/),
      warnings: [],
      workers: 0,
      block: 1,
    });
    const { timing, memory } = summary;
    for (const count of ['steps', 'ticks', 'orders', 'fills', 'rejections', 'trades'] as const)
      expect(summary[count]).toBeTypeOf('number');
    for (const amount of ['finalEquity', 'finalCash'] as const) expect(summary[amount]).toBeTypeOf('number');
    for (const name of ['loadMs', 'runMs', 'digestMs', 'writeMs', 'wallMs'] as const)
      expect(timing[name]).toBeGreaterThan(0);
    expect(memory.peakRssBytes).toBeGreaterThan(memory.loadedBytes);
    expect(Object.keys(summary.metrics)).toContain('sharpe');
    expect(summary.conventions.join('\n')).toContain('commission: none');
  });

  it('prints the digest and the folder only, if --quiet', async () => {
    const { stdout, stderr, code } = await lockstep(['replay', SMALL, '-s', SMA, '--quiet'], emptyFolder());
    expect(stdout).toMatch(/^digest {2}[0-9a-f]{64}\nfolder {2}runs\/[0-9a-f]{12}\n$/);
    expect([stderr, code]).toEqual(['', 0]);
  });

  it('prints a text that fits 80 columns, without colours, in the order of its sections', async () => {
    const { stdout } = await lockstep(
      ['replay', SMALL, '-s', ORDERS, '--commission', '0.1%', '--deterministic'],
      emptyFolder(),
    );
    expect(stdout).not.toContain('\u001b');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const places = [
      'symbols',
      'range',
      'files',
      'strategies',
      'size=10',
      'account',
      'commission   0.1%',
      'slippage',
      'workers',
      'annualisation',
      'Closed trades by symbol',
      'TOTAL',
      'Positions left open',
      'entry tag',
      'exit tag',
      'Summary',
      'Sharpe, annualised [ratio]',
      'rejected orders',
      'NO_SHORT',
      'ambiguous bars',
      'fills above 10 % of volume',
      'orders dropped',
      'Math.exp',
      'digest',
      'folder',
    ].map((word) => stdout.indexOf(word));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('prints one table of tags where entries and exits have the same, best first', async () => {
    const args = ['replay', join(ROOT, 'fixtures/demo'), '-s', join(ROOT, 'strategies/fakeout.ts')];
    const { stdout } = await lockstep(args, emptyFolder());
    expect(stdout).not.toContain('entry tag');
    expect(stdout).not.toContain('exit tag');
    expect(stdout.match(/^│ tag +│ trades │ win % │/gm)).toHaveLength(1);
    const results = [...stdout.matchAll(/^│ weak .* ([-,.\d]+) │$/gm)].map(([, money]) =>
      Number(money!.replaceAll(',', '')),
    );
    expect(results.length).toBeGreaterThan(1);
    expect(results).toEqual(results.toSorted((a, b) => b - a));
  });

  it('prints no table of tags where there are none', async () => {
    const { stdout } = await lockstep(['replay', SMALL, '-s', SMA], emptyFolder());
    expect(stdout).toMatch(/^Tags: none\nexits: \d+ by signal, 0 by stop, 0 by target$/m);
    expect(stdout).toMatch(/^CAGR \[%\] +– \(fewer than two days\)$/m);
  });

  it('prints the 20 tags that moved the most of a flood of them, on lines of 80; JSON has all', async () => {
    const flood = ['replay', SMALL, '-s', strategy('live-handle')];
    const [text, json] = await Promise.all([
      lockstep(flood, emptyFolder()),
      lockstep([...flood, '--json'], emptyFolder()),
    ]);
    const { byEntryTag, byExitTag, trades }: Summary = JSON.parse(json.stdout);
    for (const tags of [byEntryTag, byExitTag]) expect(tags).toHaveLength(trades);
    for (const line of text.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text.stdout.match(/^│ order \d+ of .*… │/gm)).toHaveLength(40);
    const more = [...text.stdout.matchAll(/^… and (\d+) more/gm)].map(([, count]) => Number(count));
    expect(more).toEqual([trades - 20, trades - 20]);

    const largest = byExitTag.toSorted((a, b) => Math.abs(b.netPnl) - Math.abs(a.netPnl)).slice(0, 20);
    const shown = text.stdout.slice(text.stdout.indexOf('exit tag'));
    for (const { tag } of largest) expect(shown).toContain(`│ ${tag.split('\n')[0]} with`);
  });

  it('writes to --out, and CSV beside Arrow if --csv', async () => {
    const out = join(emptyFolder(), 'mine');
    expect((await summaryOf('--out', out, '--csv')).folder).toBe(out);
    const files = readdirSync(out);
    for (const name of ['manifest.json', 'summary.json', 'fills.arrow', 'fills.csv', 'equity.csv'])
      expect(files).toContain(name);
    await summaryOf('--out', out);
    expect(existsSync(join(out, 'fills.csv'))).toBe(false);
  });

  it('takes the length of a bar from --interval', async () => {
    expect((await summaryOf('--interval', '30s')).to).toBe('2024-03-04T13:59:30.000Z');
  });

  it('counts a warm-up in steps back from --from, as in time', async () => {
    const from = ['--symbols', 'SIGMA', '--from', '2024-03-04T10:00'];
    const [plain, steps, time] = await Promise.all([
      summaryOf(...from),
      summaryOf(...from, '--warmup', '5'),
      summaryOf(...from, '--warmup', '5m'),
    ]);
    expect(steps.steps).toBe(plain.steps + 5);
    expect(steps.from).toBe(plain.from);
    expect(steps.warnings.join()).toContain('dropped');
    expect(time.from).toBe(plain.from);
    expect((await summaryOf(...from, '--warmup', '5000')).warnings.join()).toContain(
      'of warm-up before --from',
    );
  });

  it('caps auto by --max-workers, and warns of a cap above the cores', async () => {
    const { warnings, workers } = await summaryOf('--max-workers', WORKERS_MORE_THAN_CORES);
    expect(warnings.filter((warning) => warning.includes('--max-workers 4096 is more than'))).toHaveLength(1);
    expect(workers).toBe(0);
    const one = await lockstep(['replay', SMALL, '-s', SMA, '--max-workers', '1'], emptyFolder());
    expect(one.stdout).toContain('auto: at most 1');
  });

  it('gives strategies the account that they ask for, the one with leverage if they differ', async () => {
    const leveraged = strategy('../../../strategies/fakeout');
    const { stdout, stderr } = await lockstep(['replay', SMALL, '-s', SMA, '-s', leveraged], emptyFolder());
    expect(stdout).toMatch(/^account +leverage 10 \(asked for by fakeout\.ts\)$/m);
    expect(stderr).toBe('warning: sma-cross.ts asks for the account "cash", the run has "leverage 10"\n');
  });
});
