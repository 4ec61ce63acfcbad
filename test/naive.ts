/**
 * The second simulator: the same record as the engine, from the written rules alone.
 *
 * Plain objects, no state kept that can be found again, every order looked at on every bar. Types and declarations are
 * shared with `src`, computations never. `naive/orders.ts` reads orders and lays them against bars,
 * `naive/settlement.ts` fills them, `naive/context.ts` is what strategies see; the run is here.
 */
import type { OrderChange, OrderRequest } from '../src/broker/order.ts';
import type { Plan } from '../src/record/plan.ts';
import { compareKeys, PHASE, type RunEvent } from '../src/record/records.ts';
import { resolveParams } from '../src/strategy/params.ts';
import { PORTFOLIO_STRATEGY } from '../src/strategy/portfolio-strategy.ts';
import { contextOf, feedCandles, type Instance, type World } from './naive/context.ts';
import { demand, isPositive, type Order, readRequest, toTick, toWhole } from './naive/orders.ts';
import { byText, createSettlement, type State } from './naive/settlement.ts';
import type { Market } from './support/market.ts';

const byOwner = (a: Order, b: Order) => byText(a.symbol, b.symbol) || a.me.strategy - b.me.strategy;
const isPortfolio = ({ source }: Plan['strategies'][0]) =>
  'strategyClass' in source && PORTFOLIO_STRATEGY in source.strategyClass;

function tell(me: Instance) {
  const notices = me.notices;
  me.notices = [];
  const hooks = me.self as unknown as Record<string, (notice: object, context: object) => void>;
  for (const { hook, body } of notices) hooks[hook]!(body, me.context);
}

/** Every event of the run, in canonical order. */
export function simulate(market: Market, plan: Plan): RunEvent[] {
  const { grid, warmupSteps, strategies } = plan;
  const symbols = Object.keys(market.bars).sort(byText);
  const { cash } = plan.rules;
  const state: State = {
    step: -1,
    time: NaN,
    phase: -1,
    cash,
    equity: cash,
    seen: Object.fromEntries(symbols.map((symbol) => [symbol, []])),
    orders: [],
    events: [],
  };
  const broker = createSettlement(state, plan);
  const { emit, instrument, lastBar, worth } = broker;
  const isWarmup = () => Math.max(state.step, 0) < warmupSteps;
  const ordersOf = (me: Instance) => state.orders.filter((order) => order.me === me);

  // What strategies ask.

  function place(
    me: Instance,
    symbol: string,
    requests: readonly OrderRequest[],
    isGroup: boolean,
  ): number[] {
    demand(symbols.includes(symbol), `the run has no symbol "${symbol}"`);
    demand(state.phase === PHASE.tick || state.phase === PHASE.portfolio, 'orders are for steps');
    if (isWarmup()) return requests.map(() => 0);
    const first = ordersOf(me).length + 1;
    let sequence = first;
    const groups = requests.map((request) => {
      const group = isGroup ? first : 0;
      const read = readRequest(request, { sequence, group }, instrument(symbol), lastBar(symbol).close);
      sequence += read.length;
      return read;
    });
    for (const draft of groups.flat()) {
      const { step } = state;
      const lifecycle = draft.parent === 0 ? 'live' : 'dormant';
      const sign = draft.side === 'buy' ? 1 : -1;
      state.orders.push({
        ...draft,
        me,
        symbol,
        sign,
        now: draft.type,
        state: lifecycle,
        step,
        hasFilled: false,
      });
      emit(symbol, me.strategy, draft);
    }
    return groups.map(([parent]) => parent!.sequence);
  }

  function find(me: Instance, id: number): Order | null {
    if (id === 0) return null;
    const order = ordersOf(me).find(({ sequence }) => sequence === id);
    demand(order !== undefined, `order ${id} was never issued`);
    return order.state === 'done' ? null : order;
  }

  function cancel(me: Instance, id: number): boolean {
    const order = find(me, id);
    const isAsleep = order?.state === 'dormant' && order.type === 'stop';
    if (order) broker.cancel(order, 'request');
    const target = ordersOf(me).find(({ sequence, level }) => sequence === id + 1 && level === 'multiple');
    if (isAsleep && target?.state === 'dormant') broker.cancel(target, 'request');
    return order !== null;
  }

  function replace(me: Instance, id: number, { quantity, price }: OrderChange): boolean {
    const order = find(me, id);
    if (!order) return false;
    demand(quantity === undefined || isPositive(quantity), `quantity ${quantity}`);
    demand(price === undefined || (Number.isFinite(price) && order.now !== 'market'), `price ${price}`);
    const sizes = instrument(order.symbol);
    if (quantity !== undefined) order.quantity = toWhole(quantity, sizes.lot, Math.floor);
    if (price !== undefined) order.price = toTick(price, order, sizes);
    if (price !== undefined && order.parent !== 0) order.level = 'price';
    order.step = state.step;
    const stands = { sequence: id, quantity: order.quantity, price: order.price };
    emit(order.symbol, me.strategy, { kind: 'replace', ...stands });
    return true;
  }

  // What strategies see.

  const world: World = {
    symbols,
    interval: market.interval,
    instrument,
    now: () => ({ step: state.step, time: state.time, isWarmup: isWarmup() }),
    account: () => {
      const free = broker.leverage * state.equity - worth((bar) => bar.close, Math.abs);
      return { cash: state.cash, equity: state.equity, buyingPower: Math.max(0, free) };
    },
    barsOf: (symbol) => state.seen[symbol]!,
    netQuantity: (symbol) =>
      broker.books.reduce((total, book) => total + (book.symbol === symbol ? book.quantity : 0), 0),
    held: broker.bookOf,
    place,
    cancel,
    replace,
  };

  function create(symbol: string, strategy: number): Instance {
    const { source, params, symbolParams } = strategies[strategy]!;
    if (!('strategyClass' in source)) throw new Error('the naive simulator takes strategy classes only');
    const me = { strategy, symbol, series: [], notices: [] } as unknown as Instance;
    me.context = contextOf(world, me);
    const given = resolveParams(source.strategyClass.params, { ...params, ...symbolParams[symbol] });
    me.self = new source.strategyClass({ params: given, symbol, ctx: me.context }) as Instance['self'];
    return me;
  }

  // The run.

  const indices = strategies.map((_, index) => index);
  const instances = [
    ...symbols.flatMap((symbol) =>
      indices.filter((index) => !isPortfolio(strategies[index]!)).map((index) => create(symbol, index)),
    ),
    ...indices.filter((index) => isPortfolio(strategies[index]!)).map((index) => create('', index)),
  ];
  const times = grid
    ? Array.from({ length: grid.count }, (_, step) => grid.start + step * grid.stepMs)
    : [...new Set(Object.values(market.bars).flatMap((bars) => bars.map((bar) => bar.time)))];

  for (const { self, context } of instances) self.onStart(context);
  for (const [step, time] of times.sort((a, b) => a - b).entries()) {
    Object.assign(state, { step, time });
    for (const symbol of symbols)
      state.seen[symbol]!.push(...market.bars[symbol]!.filter((bar) => bar.time === time));
    broker.settle();
    state.phase = PHASE.mark;
    state.equity = state.cash + worth((bar) => bar.close);
    if (!isWarmup()) emit('', -1, { kind: 'equity', time, cash: state.cash, equity: state.equity });
    for (const me of instances) {
      state.phase = me.symbol === '' ? PHASE.portfolio : PHASE.tick;
      const bar = me.symbol === '' ? null : lastBar(me.symbol);
      if (bar && bar.time !== time) continue;
      tell(me);
      if (bar) feedCandles(me, bar, market.interval);
      if (bar) me.self.onTick(bar, me.context);
      else me.self.onStep(me.context);
    }
  }

  state.phase = PHASE.end;
  for (const order of state.orders.sort((a, b) => byOwner(a, b) || a.sequence - b.sequence)) {
    const { sequence, quantity } = order;
    if (order.state === 'live')
      broker.finish(order, { kind: 'expiry', sequence, reason: 'end of data', quantity, limit: NaN });
  }
  for (const me of instances) tell(me);
  for (const { self, context } of instances) self.onEnd(context);
  return state.events.sort(compareKeys);
}
