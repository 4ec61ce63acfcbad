/**
 * The strategies' side of the second simulator: what they see, and their candles. Nothing here settles anything.
 */
import {
  OrderError,
  type OrderChange,
  type OrderOptions,
  type OrderRequest,
} from '../../src/broker/order.ts';
import type { Side } from '../../src/broker/order.ts';
import type { Bar } from '../../src/market/bar.ts';
import type { Instrument } from '../../src/market/instrument.ts';
import type { Account, BarHistory, Candle, CandleSeries, Context } from '../../src/strategy/context.ts';
import type { PortfolioContext, Position, SymbolView } from '../../src/strategy/context.ts';
import type { PortfolioStrategy } from '../../src/strategy/portfolio-strategy.ts';
import type { Strategy } from '../../src/strategy/strategy.ts';

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };
export interface Instance {
  readonly strategy: number;
  /** '' for a portfolio strategy. */
  readonly symbol: string;
  readonly series: Mutable<CandleSeries>[];
  notices: { hook: 'onFill' | 'onReject' | 'onCancel' | 'onExpire'; body: object }[];
  context: Context & PortfolioContext;
  self: Strategy & PortfolioStrategy;
}

/** What a context asks of the simulator. */
export interface World {
  readonly symbols: readonly string[];
  readonly interval: number;
  now(): { readonly step: number; readonly time: number; readonly isWarmup: boolean };
  account(): Account;
  barsOf(symbol: string): readonly Bar[];
  instrument(symbol: string): Instrument;
  held(symbol: string, strategy: number): { readonly quantity: number; readonly averagePrice: number };
  netQuantity(symbol: string): number;
  place(me: Instance, symbol: string, requests: readonly OrderRequest[], isGroup: boolean): number[];
  cancel(me: Instance, id: number): boolean;
  replace(me: Instance, id: number, change: OrderChange): boolean;
}

export const NO_BAR: Bar = { time: NaN, open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN };
const UNITS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };

const noCandle = (timeframe: number): Candle => ({ ...NO_BAR, timeframe, endTime: NaN });

/** Older candles end, the bar joins its candle, candles that end with it end. */
export function feedCandles({ series, self, context }: Instance, bar: Bar, interval: number) {
  const close = (time: number) => {
    const ended = series.filter(({ forming }) => forming.endTime <= time);
    ended.sort((a, b) => a.forming.endTime - b.forming.endTime || a.timeframe - b.timeframe);
    for (const one of ended) {
      [one.closed, one.forming] = [one.forming, noCandle(one.timeframe)];
      one.count++;
      self.onCandle(one.closed, context);
    }
  };
  close(bar.time);
  for (const one of series) {
    const { timeframe, forming } = one;
    const time = Math.floor(bar.time / timeframe) * timeframe;
    const [high, low] = [Math.max(forming.high, bar.high), Math.min(forming.low, bar.low)];
    one.forming = Number.isNaN(forming.time)
      ? { ...bar, time, timeframe, endTime: time + timeframe }
      : { ...forming, high, low, close: bar.close, volume: forming.volume + bar.volume };
  }
  close(bar.time + interval);
}

/** An object whose properties are read anew at every look. */
function moving<T>(parts: { readonly [Name in keyof T]: () => T[Name] }): T {
  const getters = Object.entries(parts).map(([name, get]) => [name, { get, enumerable: true }] as const);
  return Object.defineProperties({}, Object.fromEntries(getters) as PropertyDescriptorMap) as T;
}

const random = () => {
  throw new Error('the naive simulator has no random numbers');
};

/** The context of an instance: of a symbol, or with the symbol as first argument. */
export function contextOf(world: World, me: Instance): Context & PortfolioContext {
  const { symbols, instrument } = world;
  const isPortfolio = me.symbol === '';
  const lastBar = (symbol: string) => world.barsOf(symbol).at(-1) ?? NO_BAR;
  const positionOf = (symbol: string) => {
    const quantity = () => world.held(symbol, me.strategy).quantity;
    return moving<Position>({
      quantity,
      isFlat: () => quantity() === 0,
      isLong: () => quantity() > 0,
      isShort: () => quantity() < 0,
      averagePrice: () => world.held(symbol, me.strategy).averagePrice,
    });
  };
  const view = (symbol: string) => {
    if (!symbols.includes(symbol)) throw new Error(`the run has no symbol "${symbol}"`);
    const position = positionOf(symbol);
    return moving<SymbolView>({
      name: () => symbol,
      instrument: () => instrument(symbol),
      isPresent: () => lastBar(symbol).time === world.now().time,
      bar: () => lastBar(symbol),
      position: () => position,
      netQuantity: () => world.netQuantity(symbol),
    });
  };
  const ago = (field: keyof Bar) => (count: number) => {
    if (count < 0) throw new RangeError(`${count} bars ago is the future`);
    return world.barsOf(me.symbol).at(-1 - count)?.[field] ?? NaN;
  };
  const fields = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
  const bars = moving<{ count: number }>({ count: () => world.barsOf(me.symbol).length });
  Object.assign(bars, Object.fromEntries(fields.map((field) => [field, ago(field)])));
  const candles = (text: string): CandleSeries => {
    const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
    const timeframe = Number(count) * (UNITS[unit ?? ''] ?? NaN);
    if (world.now().step !== -1) throw new Error('candles are asked for in onStart');
    if (!(timeframe > 0 && timeframe % world.interval === 0)) throw new Error(`no candles of ${text}`);
    const empty = { timeframe, count: 0, closed: noCandle(timeframe), forming: noCandle(timeframe) };
    if (!me.series.some((series) => series.timeframe === timeframe)) me.series.push(empty);
    return me.series.find((series) => series.timeframe === timeframe)!;
  };
  /** The arguments, with the symbol in front for those who do not say it. */
  const full = (given: readonly unknown[]) => (isPortfolio ? given : [me.symbol, ...given]);
  const order =
    (side: Side) =>
    (...given: readonly unknown[]) => {
      const [symbol, quantity, options] = full(given) as [string, number, OrderOptions?];
      return world.place(me, symbol, [{ ...options, side, quantity }], false)[0];
    };
  const oco = (...given: readonly unknown[]) => {
    const [symbol, ...requests] = full(given) as [string, ...OrderRequest[]];
    return world.place(me, symbol, requests, true);
  };
  const close = (...given: readonly unknown[]) => {
    const [symbol, tag = ''] = full(given) as [string, string?];
    if (!symbols.includes(symbol)) throw new OrderError(`the run has no symbol "${symbol}"`);
    const { quantity } = world.held(symbol, me.strategy);
    const whole = { side: quantity > 0 ? 'sell' : 'buy', quantity: Math.abs(quantity) } as const;
    const requests = quantity === 0 ? [] : [{ ...whole, reduceOnly: true, tag }];
    return world.place(me, symbol, requests, false)[0] ?? 0;
  };
  const position = isPortfolio ? undefined : positionOf(me.symbol);
  const account = moving<Account>({
    cash: () => world.account().cash,
    equity: () => world.account().equity,
    buyingPower: () => world.account().buyingPower,
  });
  const moments = moving({
    step: () => world.now().step,
    time: () => world.now().time,
    isWarmup: () => world.now().isWarmup,
    bar: () => lastBar(me.symbol),
    instrument: () => instrument(me.symbol),
  });
  const own = { symbol: me.symbol, bars: bars as BarHistory, position, interval: world.interval, candles };
  const common = { account, symbols, view, random, log: () => {}, plot: () => {} };
  const orders = { buy: order('buy'), sell: order('sell'), oco, close };
  const change = {
    cancel: (id: number) => world.cancel(me, id),
    replace: (id: number, change: OrderChange) => world.replace(me, id, change),
  };
  const universe = symbols.map(view);
  return Object.assign(moments, own, common, orders, change, { universe }) as never;
}
