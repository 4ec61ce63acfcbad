/**
 * Golden digests: every shipped strategy on every fixture set, inline and on two threads.
 *
 * A digest that changes means that somebody's results change. If that is meant: `LOCKSTEP_UPDATE_GOLDEN=1 npx vitest run
 * test/golden`, and a line in CHANGELOG.md that names the first event that differs.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../src/engine/run.ts';
import type { BarStore } from '../../src/market/bar-store.ts';
import type { ChunkListener } from '../../src/record/ledger.ts';
import { type AccountSpec, DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import { loadCandles } from '../../src/sources/candle-files.ts';
import { loadStrategy } from '../../src/strategy/loader.ts';
import '../engine/warm-threads.ts';

const DIGESTS = fileURLToPath(new URL('./digests.json', import.meta.url));
const STRATEGIES = new URL('../../strategies/', import.meta.url);
const FIXTURES = new URL('../../fixtures/', import.meta.url);
const isUpdating = process.env['LOCKSTEP_UPDATE_GOLDEN'] === '1';
const MEANT = 'if this is meant, run with LOCKSTEP_UPDATE_GOLDEN=1 and add a line to CHANGELOG.md';

const golden = (existsSync(DIGESTS) ? JSON.parse(readFileSync(DIGESTS, 'utf8')) : {}) as Record<
  string,
  string
>;
const found: Record<string, string> = {};

const strategies = readdirSync(STRATEGIES).filter((name) => name.endsWith('.ts'));
const sets = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'parity') // Those are for other engines' rules.
  .map(({ name }) => name);
const stores = new Map<string, BarStore>();

async function storeOf(set: string): Promise<BarStore> {
  const store = stores.get(set) ?? (await loadCandles([fileURLToPath(new URL(set, FIXTURES))])).store;
  stores.set(set, store);
  return store;
}

function accountOf(words: string): AccountSpec {
  const [, leverage] = /^leverage (\d+)$/.exec(words) ?? [];
  expect(words === 'cash' || leverage !== undefined, `account "${words}"`).toBe(true);
  return leverage === undefined ? { kind: 'cash' } : { kind: 'leverage', leverage: Number(leverage) };
}

async function planOf(name: string, params: Record<string, string>): Promise<Plan> {
  const source = { url: new URL(name, STRATEGIES).href, exportName: 'default' };
  const { account } = await loadStrategy(source);
  return {
    strategies: [{ source, params, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, account: accountOf(account) },
    instruments: {},
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false, // It changes no result, and a run on threads costs thrice as much.
  };
}

/** Every strategy with its defaults, and with each of its ranges if it has such. */
const cases = await Promise.all(
  strategies.map(async (name) => {
    const { params } = await loadStrategy({ url: new URL(name, STRATEGIES).href, exportName: 'default' });
    const { range } = params;
    const ranges = range?.kind === 'choice' ? range.choices.map((choice) => ({ range: choice })) : [{}];
    return ranges.map((params) => ({ name, params, words: Object.values(params).join() }));
  }),
);

describe('golden digests', () => {
  test('are of every strategy and every set there is', () => {
    expect(strategies.length).toBeGreaterThanOrEqual(5);
    expect(sets).toEqual(expect.arrayContaining(['demo', 'small']));
    expect(cases.flat()).toHaveLength(strategies.length + 2); // Two of them have a second range.
  });

  describe.each(sets)('on fixtures/%s', (set) => {
    test.each(cases.flat())('$name $words', { timeout: 60_000 }, async ({ name, params, words }) => {
      const [store, plan] = [await storeOf(set), await planOf(name, params)];
      let fills = 0;
      const listeners: ChunkListener[] = [({ rows }) => void (fills += rows.fill.count)];
      const { digest } = await run(store, plan, { workers: 'inline', listeners });
      const threaded = await run(store, plan, { workers: 2 });
      expect(threaded.digest, 'inline = two threads').toBe(digest);
      if (set === 'demo') expect(fills).toBeGreaterThan(0);
      const key = [name, words, set].filter((word) => word !== '').join(' ');
      found[key] = digest;
      if (!isUpdating) expect(digest, `${key} has another result than before: ${MEANT}`).toBe(golden[key]);
    });
  });

  test('are kept of nothing that is gone', () => {
    if (!isUpdating) expect(Object.keys(golden), MEANT).toEqual(Object.keys(found).sort());
  });

  afterAll(() => {
    const sorted = Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (isUpdating) writeFileSync(DIGESTS, `${JSON.stringify(sorted, null, 2)}\n`);
  });
});
