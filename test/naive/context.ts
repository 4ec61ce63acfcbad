/** What strategies see, and the candles that are made for them. */
import type * as asked from '../../src/broker/order.ts';
import type { Bar } from '../../src/market/bar.ts';
import type { CandleSeries } from '../../src/strategy/context.ts';
import { cancelById, closeOut, protect, replace, send, sendGroup, sendTarget } from './desk.ts';
import { demand, type Instance, type Mutable, NO_BAR, type Run, sumOf } from './kit.ts';

const UNITS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };
const noCandle = (timeframe: number) => ({ ...NO_BAR, timeframe, endTime: NaN });

/** An object whose properties are read anew at every look. */
function moving(parts: Record<string, () => unknown>): object {
  const getters = Object.entries(parts).map(([name, get]) => [name, { get, enumerable: true }] as const);
  return Object.defineProperties({}, Object.fromEntries(getters));
}

function positionOf(run: Run, symbol: string, strategy: number) {
  const quantity = () => run.bookOf(symbol, strategy).quantity;
  const averagePrice = () => run.bookOf(symbol, strategy).averagePrice;
  const [isFlat, isLong, isShort] = [() => quantity() === 0, () => quantity() > 0, () => quantity() < 0];
  return moving({ quantity, isFlat, isLong, isShort, averagePrice });
}
function viewOf(run: Run, symbol: string, strategy: number) {
  demand(run.symbols.includes(symbol), `the run has no symbol "${symbol}"`);
  const bar = () => run.lastBar(symbol);
  const isPresent = () => bar().time === run.time;
  const netQuantity = () => sumOf(run.books, (book) => (book.symbol === symbol ? book.quantity : 0));
  const fixed = {
    name: symbol,
    instrument: run.instrument(symbol),
    position: positionOf(run, symbol, strategy),
  };
  return Object.assign(moving({ isPresent, bar, netQuantity }), fixed);
}
function candlesOf(series: Mutable<CandleSeries>[], text: string) {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text)!;
  const timeframe = Number(count) * UNITS[unit!]!;
  const empty = { timeframe, count: 0, closed: noCandle(timeframe), forming: noCandle(timeframe) };
  if (!series.some((one) => one.timeframe === timeframe)) series.push(empty);
  return series.find((one) => one.timeframe === timeframe)!;
}

export function contextOf(run: Run, me: Instance): object {
  const { symbol: own, strategy, series } = me;
  const ago = (field: keyof Bar) => (count: number) => run.seen[own]!.at(-1 - count)?.[field] ?? NaN;
  const fields = (Object.keys(NO_BAR) as (keyof Bar)[]).map((field) => [field, ago(field)] as const);
  const bars = () =>
    Object.assign(moving({ count: () => run.seen[own]!.length }), Object.fromEntries(fields));
  const gross = () => run.worth((symbol) => run.closeOf(symbol), Math.abs);
  const account = moving({
    cash: () => run.cash,
    equity: () => run.equity,
    buyingPower: () => Math.max(0, run.leverage * run.equity - gross()),
  });
  /** For a portfolio strategy as it is, else with the own symbol as first argument. */
  const withSymbol = <Given extends unknown[], T>(call: (symbol: string, ...given: Given) => T) =>
    own === '' ? call : (...given: Given) => call(own, ...given);
  const order = (side: asked.Side) => (symbol: string, size: asked.OrderSize, options?: asked.OrderOptions) =>
    send(run, me, symbol, side, size, options);
  const shared = {
    symbol: own,
    symbols: run.symbols,
    interval: run.market.interval,
    account,
    view: (symbol: string) => viewOf(run, symbol, strategy),
    log: () => {},
    plot: () => {},
    buy: withSymbol(order('buy')),
    sell: withSymbol(order('sell')),
    close: withSymbol((symbol: string, tag?: string) => closeOut(run, me, symbol, tag)),
    target: withSymbol((symbol: string, target: asked.Target, options?: asked.OrderOptions) =>
      sendTarget(run, me, symbol, target, options),
    ),
    oco: withSymbol((symbol: string, ...requests: asked.OrderRequest[]) =>
      sendGroup(run, me, symbol, requests),
    ),
    cancel: (id: number) => cancelById(run, me, id),
    replace: (id: number, change: asked.OrderChange) => replace(run, me, id, change),
  };
  const mine =
    own === ''
      ? { universe: run.symbols.map((symbol) => viewOf(run, symbol, strategy)) }
      : {
          bars: bars(),
          candles: (text: string) => candlesOf(series, text),
          position: positionOf(run, own, strategy),
          instrument: run.instrument(own),
          protect: (rules: asked.PositionRules | null) => protect(me, rules),
        };
  const now = {
    step: () => run.step,
    time: () => run.time,
    isWarmup: () => run.isWarmup,
    bar: () => run.lastBar(own),
  };
  return Object.assign(moving(now), shared, mine);
}

/** Older candles end, the bar joins its candle, candles that end with it end. */
export function feedCandles(run: Run, { series, self, ctx }: Instance, bar: Bar) {
  const end = (at: number) => {
    const ended = series.filter(({ forming }) => forming.endTime <= at);
    ended.sort((a, b) => a.forming.endTime - b.forming.endTime || a.timeframe - b.timeframe);
    for (const one of ended) {
      [one.closed, one.forming, one.count] = [one.forming, noCandle(one.timeframe), one.count + 1];
      self['onCandle']!(one.closed, ctx);
    }
  };
  end(bar.time);
  for (const one of series) {
    const { timeframe, forming } = one;
    const start = Math.floor(bar.time / timeframe) * timeframe;
    const [high, low] = [Math.max(forming.high, bar.high), Math.min(forming.low, bar.low)];
    one.forming = Number.isNaN(forming.time)
      ? { ...bar, time: start, timeframe, endTime: start + timeframe }
      : { ...forming, high, low, close: bar.close, volume: forming.volume + bar.volume };
  }
  end(bar.time + run.market.interval);
}
