/** What a strategy can reach, leave behind and throw, and that none of it goes further than it should. */
import { expect, test } from 'vitest';
import { StrategyError } from '../../src/engine/failure.ts';
import { type Bar, type Context, PortfolioStrategy, Strategy } from '../../src/index.ts';
import type { PortfolioContext } from '../../src/strategy/context.ts';
import { play } from '../support/play.ts';
import { marketOf, planWith } from './stage.ts';
import './warm-threads.ts';

const market = marketOf({ A: [10, 11, 12], B: [20, 21, 22] });
const planOf = (strategyClass: unknown) =>
  planWith([{ source: { strategyClass: strategyClass as never }, params: {}, symbolParams: {} }]);

/** Everything that can be had from an object by reading properties, own or inherited. */
function reachable(root: object): Set<unknown> {
  const seen = new Set<unknown>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || depth > 6) return;
    seen.add(value);
    for (let holder: object | null = value; holder !== null && holder !== Object.prototype; ) {
      for (const key of Reflect.ownKeys(holder)) {
        if (key !== 'constructor') visit(Reflect.get(holder, key, value), depth + 1);
      }
      holder = Object.getPrototypeOf(holder);
    }
  };
  visit(root, 0);
  return seen;
}

test('nothing that a strategy holds leads to the columns', async () => {
  const found: unknown[] = [];
  class Curious extends Strategy {
    override onStart(ctx: Context) {
      ctx.candles('2m');
    }
    override onTick(bar: Bar, ctx: Context) {
      for (const value of reachable({ bar, ctx, view: ctx.view('B') })) {
        if (ArrayBuffer.isView(value) || value instanceof SharedArrayBuffer) found.push(value);
      }
    }
  }
  await play(market, planOf(Curious));
  expect(found).toEqual([]);
});

test('a bar cannot be moved on by who holds it, and writes itself as a plain object', async () => {
  const closes: number[] = [];
  const written: string[] = [];
  class Peeking extends Strategy {
    override onTick(bar: Bar, ctx: Context) {
      (bar as { index?: number }).index = 2;
      if (ctx.symbol === 'A') closes.push(bar.close);
      if (ctx.symbol === 'A') written.push(JSON.stringify(bar));
    }
  }
  await play(market, planOf(Peeking));
  expect(closes).toEqual([10, 11, 12]);
  expect(JSON.parse(written[1]!)).toMatchObject({ open: 11, high: 11, low: 11, close: 11 });
});

test('the list of symbols cannot be changed for others', async () => {
  class Greedy extends Strategy {
    override onTick(_bar: Bar, ctx: Context) {
      (ctx.symbols as string[]).push('C');
    }
  }
  await expect(play(market, planOf(Greedy))).rejects.toThrow(/not extensible/);
});

test('what a portfolio strategy logs belongs to no symbol', async () => {
  class Chronicler extends PortfolioStrategy {
    override onStep(ctx: PortfolioContext) {
      ctx.log(`step ${ctx.step}`);
      ctx.plot('cash', ctx.account.cash);
    }
  }
  const { side } = await play(market, planOf(Chronicler));
  const lines = side.filter(({ kind }) => kind === 'log');
  expect(lines.map(({ symbol, event }) => [symbol, event])).toEqual([
    ['', 0],
    ['', 0],
    ['', 0],
  ]);
  expect(side.filter(({ kind }) => kind === 'plot').map(({ symbol, event }) => [symbol, event])).toEqual([
    ['', 1],
    ['', 1],
    ['', 1],
  ]);
});

test('a value to plot is a number', async () => {
  class Wordy extends Strategy {
    override onTick(_bar: Bar, ctx: Context) {
      ctx.plot('mood', 'good' as never);
    }
  }
  await expect(play(market, planOf(Wordy))).rejects.toThrow('plot "mood" takes a number, was string');
});

test.each([
  ['an object without a prototype', () => Object.create(null) as unknown],
  ['nothing', () => undefined],
  [
    'an error that cannot be asked',
    () => Object.defineProperty(new Error('x'), 'message', { get: () => JSON.parse('{') }),
  ],
])('%s is a strategy that throws, like any other', async (_, make) => {
  class Thrower extends Strategy {
    override onTick() {
      throw make();
    }
  }
  await expect(play(market, planOf(Thrower))).rejects.toThrow(StrategyError);
});

test('a timer that a strategy leaves running does not keep a thread', async () => {
  const url = new URL('./strategies/restless.ts', import.meta.url).href;
  const plan = planWith([{ source: { url, exportName: 'default' }, params: {}, symbolParams: {} }]);
  const { outcome } = await play(market, plan, { workers: 2 });
  expect(outcome.ticks).toBe(6);
}, 20_000);
