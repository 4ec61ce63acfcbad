/**
 * The second simulator: the same record as the engine, from the written rules alone.
 *
 * Plain objects, every list walked whole, every order looked at on every bar. Types and declarations are shared with `src`,
 * computations never. Rules in brackets, here and in `naive/`: "Settlement to the letter" in ARCHITECTURE.md.
 */
import type { Plan } from '../src/record/plan.ts';
import { compareKeys, PHASE, type RunEvent } from '../src/record/records.ts';
import { resolveParams } from '../src/strategy/params.ts';
import { PORTFOLIO_STRATEGY } from '../src/strategy/portfolio-strategy.ts';
import { contextOf, feedCandles } from './naive/context.ts';
import { liquidate, unguarded, watch } from './naive/desk.ts';
import { expire, tell } from './naive/filling.ts';
import { byBook, bySequence, type Instance, NO_BAR, Run } from './naive/kit.ts';
import { mark, settle } from './naive/settlement.ts';
import type { Market } from './support/market.ts';

/** Every event of the run, in canonical order. */
export function simulate(market: Market, plan: Plan): RunEvent[] {
  const run = new Run(market, plan);
  createInstances(run);
  const { instances } = run;
  for (const { self, ctx } of instances) self['onStart']!(ctx);
  for (const [index, at] of timesOf(run).entries()) {
    [run.step, run.time] = [index, at];
    for (const symbol of run.symbols)
      run.seen[symbol]!.push(...market.bars[symbol]!.filter((bar) => bar.time === at));
    settle(run);
    mark(run, (me, symbol, quantity) => liquidate(run, me, symbol, quantity));
    for (const me of instances) turn(run, me);
  }
  run.phase = PHASE.end;
  for (const order of [...run.orders].sort((a, b) => byBook(a, b) || bySequence(a, b)))
    if (order.state === 'live') expire(run, order, 'end of data');
  for (const me of instances) tell(me);
  for (const { self, ctx } of instances) self['onEnd']!(ctx);
  return run.events.sort(compareKeys);
}

function timesOf({ plan: { grid }, market }: Run): number[] {
  if (grid) return Array.from({ length: grid.count }, (_, index) => grid.start + index * grid.stepMs);
  const all = Object.values(market.bars).flatMap((bars) => bars.map((bar) => bar.time));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Symbol strategies symbol by symbol, then portfolio strategies. */
function createInstances(run: Run) {
  const isPortfolio = ({ source }: Plan['strategies'][0]) =>
    'strategyClass' in source && PORTFOLIO_STRATEGY in source.strategyClass;
  for (const symbol of [...run.symbols, ''])
    for (const [strategy, entry] of run.plan.strategies.entries())
      if (isPortfolio(entry) === (symbol === '')) run.instances.push(create(run, symbol, strategy));
}
function create(run: Run, symbol: string, strategy: number): Instance {
  const { source, params, symbolParams } = run.plan.strategies[strategy]!;
  if (!('strategyClass' in source)) throw new Error('the naive simulator takes strategy classes only');
  const parts = { strategy, symbol, series: [], notices: [], orders: [], guard: unguarded() };
  const me: Instance = Object.assign(parts, { ctx: {}, self: {} });
  me.ctx = contextOf(run, me);
  const given = resolveParams(source.strategyClass.params, { ...params, ...symbolParams[symbol] });
  me.self = new source.strategyClass({ params: given, symbol, ctx: me.ctx }) as unknown as Instance['self'];
  return me;
}

/** What an instance gets to do at a step. */
function turn(run: Run, me: Instance) {
  const isPortfolio = me.symbol === '';
  run.phase = isPortfolio ? PHASE.portfolio : PHASE.tick;
  const bar = isPortfolio ? NO_BAR : run.lastBar(me.symbol);
  if (!isPortfolio && bar.time !== run.time) return;
  tell(me);
  if (isPortfolio) return me.self['onStep']!(me.ctx);
  feedCandles(run, me, bar);
  watch(run, me);
  me.self['onTick']!(bar, me.ctx);
}
