/** What the rules of a run say in its header and do to its money: accounts, limits, costs and presets, from flags and file to the cent. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/broker/policies.ts';
import type { Summary } from '../../src/record/summary.ts';
import { emptyFolder, lockstep, SMALL, strategy, unexpected } from './cli.ts';

const HOLDER = strategy('holder');
const MONDAY = 1_709_542_800;

/** A folder with candles of a minute that open and close at these prices. */
function candles(bySymbol: Readonly<Record<string, readonly number[]>>): string {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'candles'));
  for (const [symbol, prices] of Object.entries(bySymbol)) {
    const rows = prices.map((price, i) => [MONDAY + 60 * i, price, price, price, price, 5_000].join(','));
    const text = ['time,open,high,low,close,volume', ...rows, ''].join('\n');
    writeFileSync(join(folder, 'candles', `${symbol}.csv`), text);
  }
  return folder;
}

async function replay(folder: string, ...args: readonly string[]): Promise<Summary> {
  const ended = await lockstep(['replay', 'candles', '-s', HOLDER, ...args, '--json'], folder);
  expect(unexpected(ended.stderr)).toBe('');
  expect(ended.code).toBe(0);
  return JSON.parse(ended.stdout);
}

/** A line of the header, with those that continue it. */
function lineOf(stdout: string, key: string): string {
  const lines = stdout.split('\n');
  const first = lines.findIndex((line) => line.startsWith(`${key} `));
  expect(first, `there is a line "${key}"`).toBeGreaterThanOrEqual(0);
  const rest = lines.slice(first + 1);
  const end = rest.findIndex((line) => !line.startsWith('   '));
  return [lines[first]!.slice(key.length), ...rest.slice(0, end)].map((line) => line.trim()).join(' ');
}

describe('costs by symbol', () => {
  // The next bar of both opens at 100.
  const flat = { A: [100, 100, 100], B: [100, 100, 100], C: [100, 100, 100] };
  const file = {
    '*': { commission: '0.1%' },
    A: { commission: '2/contract+min 25', slippage: 'spread', spread: 0.5 },
    B: { multiplier: 10 },
    C: { commission: 'none' },
  };

  it('are paid to the cent, each with its own minimum, spread and multiplier', async () => {
    const folder = candles(flat);
    writeFileSync(join(folder, 'i.json'), JSON.stringify(file));
    const summary = await replay(folder, '--instruments', 'i.json', '--slippage', '1%');
    // A: 10 × 100.25, and 25 for 20. B: 10 × 10 × 101, and 10.10. C: 10 × 101.
    const [a, b, c] = summary.bySymbol.map(({ commission }) => commission);
    expect([a, b, c]).toEqual([25, expect.closeTo(10.1, 9), 0]);
    expect(summary.finalCash).toBeCloseTo(100_000 - 1_027.5 - 10_110.1 - 1_010, 6);
    expect(summary.openPositions.map(({ averagePrice }) => averagePrice)).toEqual([100.25, 101, 101]);
  });

  it('are in the header, symbols with the same together, and leave the flags to the others', async () => {
    const folder = candles(flat);
    const same = { commission: '1/order' };
    writeFileSync(
      join(folder, 'i.json'),
      JSON.stringify({ A: same, B: { ...same, slippage: '0.01' }, C: same }),
    );
    const args = ['replay', 'candles', '-s', HOLDER, '--instruments', 'i.json'];
    const { stdout } = await lockstep([...args, '--slippage', '2bps+0.01'], folder);
    expect(lineOf(stdout, 'commission')).toBe('none');
    expect(lineOf(stdout, 'slippage')).toBe(
      '2 bps + 0.01 in price, against the trader, a limit never beyond its limit',
    );
    expect(lineOf(stdout, 'own costs')).toBe(
      'commission 1/order (A, C); commission 1/order, slippage 0.01 in price (B)',
    );
  });

  it('by the spread are warned of where a symbol has none', async () => {
    const folder = candles(flat);
    writeFileSync(join(folder, 'i.json'), '{"A": {"spread": 0.5}}');
    const summary = await replay(folder, '--instruments', 'i.json', '--slippage', 'spread');
    expect(summary.warnings).toEqual([
      'slippage by the spread is none for B, C: --instruments gives no spread',
    ]);
    expect(summary.openPositions.map(({ averagePrice }) => averagePrice)).toEqual([100.25, 100, 100]);
  });

  it('can be run again from the manifest', async () => {
    const folder = candles(flat);
    writeFileSync(join(folder, 'i.json'), JSON.stringify(file));
    await replay(
      folder,
      '--instruments',
      'i.json',
      '--slippage',
      '1%',
      '--limit',
      'positions=2',
      '--out',
      'run',
    );
    const { code, stdout } = await lockstep(['verify', 'run'], folder);
    expect(stdout).toMatch(/^verdict +the same$/m);
    expect(code).toBe(0);
  });
});

describe('a margin account', () => {
  const falls = { A: [100, 100, 60, 60] };
  const rises = { A: [100, 100, 115, 115] };

  it.each([
    // 1,900 at 100, then at 60: equity 24,000, and maintenance of 25 % is 28,500, of 20 % 22,800.
    ['margin 50%', '1900', falls, 1],
    ['margin 50%/20%', '1900', falls, 0],
    ['margin 50%/20%/50%', '1900', falls, 0],
    ['leverage 2', '1900', falls, 0],
    // Short, then at 115: equity 71,500, and maintenance of 30 % is 65,550, of 35 % 76,475.
    ['reg-t', '-1900', rises, 0],
    ['margin 50%/25%/35%', '-1900', rises, 1],
    ['margin 50%/35%', '-1900', rises, 1],
  ] as const)('%s, holding %s: %#', async (account, quantity, prices, liquidations) => {
    const summary = await replay(candles(prices), '--account', account, '-p', `quantity=${quantity}`);
    expect(summary.counts.liquidations).toBe(liquidations);
    expect(summary.byExitReason.liquidation).toBe(liquidations);
    expect(summary.warnings).toEqual(
      liquidations === 0 ? [] : ['equity fell below the maintenance margin: 1 position liquidated'],
    );
  });

  it.each([
    ['margin 50%', '2001', 'INSUFFICIENT_MARGIN 1'],
    ['margin 40%', '2001', '0'],
    ['margin 40%', '2501', 'INSUFFICIENT_MARGIN 1'],
  ])('%s lets in what its initial margin allows: %s', async (account, quantity, expected) => {
    const args = ['replay', 'candles', '-s', HOLDER, '--account', account, '-p', `quantity=${quantity}`];
    const { stdout } = await lockstep(args, candles({ A: [100, 100, 100] }));
    expect(lineOf(stdout, 'rejected orders')).toContain(expected);
  });

  it('says its margins, its liquidations and why the run is in strict lock-step', async () => {
    const args = ['replay', 'candles', '-s', HOLDER, '-p', 'quantity=1900', '--account', 'reg-t'];
    const { stdout, stderr } = await lockstep(args, candles(falls));
    expect(lineOf(stdout, 'account')).toBe(
      'reg-t: a position takes 50% of its value to open, 25% to keep a long, 30% a short (as given)',
    );
    expect(lineOf(stdout, 'rules')).toContain(
      'strict lock-step (block 1): the whole account is needed at every step, by the maintenance margin',
    );
    expect(lineOf(stdout, 'liquidations')).toBe(
      '1: equity fell below the maintenance margin, and positions were closed for it',
    );
    expect(stdout).toMatch(/^exits: 0 by signal, 0 by stop, 0 by target, 1 by liquidation$/m);
    expect(stderr).toContain('warning: equity fell below the maintenance margin: 1 position liquidated\n');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('limits', () => {
  it.each([
    ['trade=50%', 'TRADE_SIZE'],
    ['positions=1', 'POSITIONS'],
    ['symbol-exposure=50%', 'SYMBOL_EXPOSURE'],
    ['gross-exposure=50%', 'GROSS_EXPOSURE'],
  ] as const)('%s refuses what is beyond it, with its own code', async (limit, code) => {
    const folder = candles({ A: [100, 100, 100], B: [50, 50, 50] });
    const all = ['--account', 'leverage 2', '-p', 'quantity=501'];
    expect((await replay(folder, ...all)).rejectionsByCode).toEqual({});
    const { rejectionsByCode } = await replay(folder, ...all, '--limit', limit);
    expect(Object.keys(rejectionsByCode)).toEqual([code]);
  });

  it('are in the header in words, and those that need the whole account are said to', async () => {
    const limits = ['trade=50%', 'daily-loss=3%', 'drawdown=20%'].flatMap((limit) => ['--limit', limit]);
    const args = ['replay', 'candles', '-s', HOLDER, ...limits, '--max-volume', '0.07'];
    const { stdout } = await lockstep(args, candles({ A: [100, 100] }));
    expect(lineOf(stdout, 'limits')).toBe(
      'trade=50%: an entry is worth at most 50% of equity; ' +
        'daily-loss=3%: a mark 3% below the last of the UTC day before ends entries for the day; ' +
        'drawdown=20%: a mark 20% below the highest ends entries for good; exits are never refused',
    );
    expect(lineOf(stdout, 'max volume')).toBe("7% of a bar's volume");
    expect(lineOf(stdout, 'rules')).toContain('every step, by the daily-loss limit, by the drawdown limit');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('that there are none of is said, and nothing of lock-step', async () => {
    const { stdout } = await lockstep(['replay', 'candles', '-s', HOLDER], candles({ A: [100, 100] }));
    expect(lineOf(stdout, 'limits')).toBe('none');
    expect(lineOf(stdout, 'fills')).toBe('lockstep');
    expect(stdout).not.toContain('own costs');
    expect(stdout).not.toContain('max volume');
    expect(stdout).not.toContain('liquidations');
    expect(lineOf(stdout, 'rules')).not.toContain('whole account');
  });
});

describe('ambiguous bars', () => {
  it('come with what the other policies would have made of them, in the words of what that means', async () => {
    const args = ['replay', SMALL, '-s', strategy('many-orders'), '--intrabar', 'optimistic'];
    const [text, json] = await Promise.all([
      lockstep(args, emptyFolder()),
      lockstep([...args, '--json'], emptyFolder()),
    ]);
    const { counts, finalEquity, finalEquityUnder }: Summary = JSON.parse(json.stdout);
    expect(counts.ambiguousBars).toBeGreaterThan(0);
    expect(finalEquityUnder).toEqual({
      pessimistic: finalEquity + counts.underPolicy.pessimistic,
      path: finalEquity + counts.underPolicy.path,
    });
    expect(finalEquityUnder.pessimistic).toBeLessThan(finalEquity);
    const money = (amount = NaN) => amount.toLocaleString('en-US', { maximumFractionDigits: 2 });
    expect(lineOf(text.stdout, 'ambiguous bars')).toBe(
      `${counts.ambiguousBars}; final equity with each valued at its close under another policy, and everything ` +
        `after it as it was: pessimistic ${money(finalEquityUnder.pessimistic)}, path ${money(finalEquityUnder.path)}`,
    );
  });
});

describe('--fills', () => {
  it.each(PRESETS.filter((preset) => preset !== 'lockstep'))(
    '%s has its own rules in the header, and nothing of those of lockstep',
    async (preset) => {
      const folder = candles({ A: [100, 101, 102, 103] });
      const args = ['replay', 'candles', '-s', HOLDER, '--out', 'run', '--fills', preset];
      const { code, stdout, stderr } = await lockstep(args, folder);
      expect([code, unexpected(stderr)]).toEqual([0, '']);
      expect(lineOf(stdout, 'fills')).toBe(preset);
      expect(stdout).not.toContain('ambiguous bars');
      expect(stdout).not.toContain(
        'within a bar: where a stop and a target are both touched, the stop came first',
      );
      expect(stdout).not.toMatch(/^limits/m);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);

      const { finalEquityUnder } = await replay(folder, '--fills', preset);
      expect(finalEquityUnder).toEqual({});
      expect((await lockstep(['verify', 'run'], folder)).code).toBe(0);
    },
  );

  it('warns of rules that fill on the bar of the decision, and of no others', async () => {
    const folder = candles({ A: [100, 101, 102, 103] });
    for (const preset of PRESETS) {
      const { warnings } = await replay(folder, '--fills', preset);
      const isWarned = warnings.some((warning) => warning.startsWith('look-ahead: '));
      expect(isWarned, preset).toBe(preset === 'vectorbt');
    }
  });

  it.each(['inline', '1', '2'])(
    'refuse what their engine cannot run, on any threads: %s',
    async (workers) => {
      const folder = candles({ A: [100, 101], B: [100, 101] });
      const args = ['-s', HOLDER, '--fills', 'backtesting.py', '--workers', workers];
      const { code, stdout, stderr } = await lockstep(['replay', 'candles', ...args], folder);
      expect([code, stdout]).toEqual([2, '']);
      expect(unexpected(stderr)).toContain('one symbol');
    },
  );

  it('of another engine are another run', async () => {
    const folder = candles({ A: [100, 101, 102, 103] });
    const folders = new Set<string>();
    for (const preset of PRESETS) {
      const { stdout } = await lockstep(
        ['replay', 'candles', '-s', HOLDER, '--quiet', '--fills', preset],
        folder,
      );
      folders.add(/^folder +(\S+)$/m.exec(stdout)![1]!);
    }
    expect(folders.size).toBe(PRESETS.length);
  });
});
