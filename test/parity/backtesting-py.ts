/**
 * A script of orders as a strategy under the rules of backtesting.py, and what came of it as lines of that tool's ledger.
 *
 * Money and prices are taken from the record. Which order a `cancel` means, and which trades there are to be closed, the strategy
 * knows as the tool's user would: it keeps the queue and the list of trades by its own calls and the notices of what became of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { OrderError } from '../../src/broker/order.ts';
import { DEFAULT_RULES, type Rules } from '../../src/broker/policies.ts';
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import type { Plan } from '../../src/record/plan.ts';
import type { RunEvent } from '../../src/record/records.ts';
import type { Fill, PortfolioContext } from '../../src/strategy/context.ts';
import { PortfolioStrategy } from '../../src/strategy/portfolio-strategy.ts';
import { play } from '../support/play.ts';
import type { Compared, ParityEntry } from './entry.ts';

/** See the README of the set: which fields there are depends on the kind. */
interface Action {
  readonly t: number;
  readonly s: number;
  readonly kind: string;
  readonly side: number;
  readonly size: number;
  readonly price: number;
  readonly plimit: number;
  readonly trail: number;
  readonly entry: 'market' | 'limit' | 'stop';
  readonly sl: number;
  readonly tp: number;
  readonly n: number;
}
type Actions = ReadonlyMap<number, readonly Action[]>;

/** What the driver itself reads of a ledger's settings. */
interface Settings {
  readonly cash: number;
  readonly symbol: number;
  readonly spread: number;
  readonly tradeOnClose: boolean;
  readonly exclusiveOrders: boolean;
}

/** An order in the queue. Those of the broker's own have ids below 0. */
interface Waiting {
  readonly id: number;
  readonly kind: 'entry' | 'stop' | 'target' | 'close';
  readonly trade: Holding | null;
  readonly price: number;
  /** Of a stop or a target: the one whose place it took. */
  readonly replaced: Waiting | null;
}

interface Holding {
  /** Of the order that opened it. */
  readonly id: number;
  size: number;
  stop: Waiting | null;
  target: Waiting | null;
}

/** What wakes when an order opens a trade. */
interface Children {
  readonly sl: number;
  readonly tp: number;
  readonly stopId: number;
  readonly targetId: number;
}

/** What is written of a bar beside the money. */
interface Seen {
  readonly step: number;
  readonly errors: readonly string[];
  readonly trades: number;
  readonly orders: number;
}

const SYMBOL = 'X';
/** The tool's strategies begin with their second bar. */
const STEP_FIRST = 1;
/** What a size means that 7 divides: a part of equity. */
const FRACTION = 0.3;
const NO_STOP = { 1: 0.01, [-1]: 1e9 } as const;

export async function compare(entry: ParityEntry, root: string): Promise<Compared> {
  const settings = entry.settings as unknown as Settings;
  const bars = readBars(join(root, entry.bars[settings.symbol]!));
  const actions = new Map<number, Action[]>();
  for (const action of JSON.parse(readFileSync(join(root, entry.actions), 'utf8')) as Action[]) {
    const time = Date.parse(entry.grid.start) + action.t * entry.grid.stepMs;
    if (action.s === settings.symbol) actions.set(time, [...(actions.get(time) ?? []), action]);
  }
  const lines = await ledgerOf(bars, entry.grid.stepMs, actions, settings);
  const expected = gunzipSync(readFileSync(join(root, entry.ledger)))
    .toString()
    .trimEnd()
    .split('\n');
  return compareLines(entry.prefix === true ? lines.slice(0, expected.length) : lines, expected);
}

async function ledgerOf(
  bars: Bar[],
  interval: number,
  actions: Actions,
  settings: Settings,
): Promise<string[]> {
  const rules: Rules = {
    ...DEFAULT_RULES,
    cash: settings.cash,
    fills: { preset: 'backtesting.py', settings },
  };
  const seen: Seen[] = [];
  const strategyClass = driverOf(actions, settings, seen);
  const plan: Plan = {
    strategies: [{ source: { strategyClass }, params: {}, symbolParams: {} }],
    rules,
    instruments: { [SYMBOL]: { ...DEFAULT_INSTRUMENT, lot: 1 } },
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
  const { events } = await play({ interval, bars: { [SYMBOL]: bars } }, plan);
  return [...barLines(events, seen), ...tradeLines(events, settings)];
}

function driverOf(actions: Actions, { spread, exclusiveOrders }: Settings, seen: Seen[]) {
  return class Driver extends PortfolioStrategy {
    readonly #queue: Waiting[] = [];
    readonly #trades: Holding[] = [];
    readonly #brackets = new Map<number, Children>();
    #houseOrders = 0;
    #isOver = false;

    override onStep(ctx: PortfolioContext): void {
      this.#isOver ||= ctx.account.equity <= 0; // The tool ends there, before its strategy has its turn.
      if (ctx.step < STEP_FIRST || this.#isOver) return;
      const errors: string[] = [];
      for (const action of actions.get(ctx.time) ?? []) {
        if (!this.#tryAct(action, ctx)) errors.push(action.kind);
      }
      seen.push({ step: ctx.step, errors, trades: this.#trades.length, orders: this.#queue.length });
    }

    override onFill(fill: Fill): void {
      const { id, effect, side, quantity } = fill;
      const size = side === 'buy' ? quantity : -quantity;
      if (effect === 'open') this.#openTrade(id, size);
      else this.#reduceTrade(id, size);
      this.#forget(id); // Whatever was filled has had its turn.
    }

    override onReject({ id }: { readonly id: number }): void {
      this.#forget(id);
    }

    override onCancel({ id }: { readonly id: number }): void {
      this.#forget(id);
    }

    #openTrade(id: number, size: number): void {
      const trade: Holding = { id, size, stop: null, target: null };
      this.#trades.push(trade);
      const bracket = this.#brackets.get(id);
      if (bracket === undefined) return;
      this.#guard(trade, 'target', bracket.targetId, bracket.tp);
      this.#guard(trade, 'stop', bracket.stopId, bracket.sl);
    }

    #reduceTrade(id: number, size: number): void {
      const own = this.#queue.find((order) => order.id === id)?.trade;
      const trade = own ?? this.#trades.find((open) => open.size * size < 0)!;
      trade.size += size;
      if (trade.size !== 0) return;
      this.#trades.splice(this.#trades.indexOf(trade), 1);
      for (const guard of [trade.stop, trade.target]) if (guard !== null) this.#forget(guard.id);
    }

    #forget(id: number): void {
      const place = this.#queue.findIndex((order) => order.id === id);
      if (place < 0) return;
      const [order] = this.#queue.splice(place, 1);
      if (order!.trade?.stop === order) order!.trade!.stop = null;
      if (order!.trade?.target === order) order!.trade!.target = null;
    }

    /** A stop goes to the front of the queue, a target to its end; what was in its place is gone. */
    #guard(trade: Holding, kind: 'stop' | 'target', id: number, price: number): void {
      const replaced = trade[kind];
      if (replaced !== null) this.#forget(replaced.id);
      const order: Waiting = { id, kind, trade, price, replaced };
      trade[kind] = order;
      if (kind === 'stop') this.#queue.unshift(order);
      else this.#queue.push(order);
    }

    #tryAct(action: Action, ctx: PortfolioContext): boolean {
      try {
        return this.#act(action, ctx);
      } catch (error) {
        if (error instanceof OrderError) return false;
        throw error;
      }
    }

    /** False if the tool would not take the order. */
    #act(action: Action, ctx: PortfolioContext): boolean {
      const { kind, side, size, price, plimit, sl, tp } = action;
      const { close } = ctx.view(SYMBOL).bar;
      const options = {
        market: {},
        limit: { limit: price },
        stop: { stop: price },
        stoplimit: { stop: price, limit: plimit },
      };
      switch (kind) {
        case 'market':
        case 'limit':
        case 'stop':
        case 'stoplimit':
          this.#enter(action, ctx, options[kind]);
          break;
        case 'bracket': {
          const from = action.entry === 'market' ? close * (1 + side * spread) : price;
          const isBetween = side > 0 ? sl < from && from < tp : tp < from && from < sl;
          if (!isBetween) return false;
          this.#enterBracket(action, close, ctx);
          break;
        }
        case 'trail':
        case 'trailpct': {
          const distance = kind === 'trail' ? action.trail : close * action.trail;
          for (const trade of this.#trades) this.#follow(trade, close, distance, ctx);
          break;
        }
        case 'oco':
          for (const trade of this.#trades) {
            if (trade.size * side <= 0) continue;
            this.#setGuard(trade, 'stop', sl, ctx);
            this.#setGuard(trade, 'target', tp, ctx);
          }
          break;
        case 'close': {
          const trade = this.#trades[size % this.#trades.length];
          const units = trade === undefined ? 0 : roundHalfEven(Math.abs(trade.size) * 0.5);
          if (trade !== undefined) this.#close(trade, Math.max(1, units), ctx);
          break;
        }
        case 'flatten':
          for (const trade of this.#trades) this.#close(trade, Math.abs(trade.size), ctx);
          break;
        case 'cancel':
          if (this.#queue.length > 0) this.#cancel(this.#queue[action.n % this.#queue.length]!, ctx);
          break;
        default:
          throw new Error(`an action of unknown kind ${kind}`);
      }
      return true;
    }

    #enterBracket(action: Action, close: number, ctx: PortfolioContext): void {
      const { entry, side, price, sl, tp } = action;
      const isMarket = entry === 'market';
      const options = isMarket ? {} : { [entry]: price };
      const bracket = { stop: { price: sl }, target: { price: tp } };
      // The desk takes no bracket that the last close is not within, and the spread may have moved the entry from there.
      const from = isMarket ? close : price;
      if (side > 0 ? sl < from && from < tp : tp < from && from < sl) {
        const id = this.#enter(action, ctx, { ...options, bracket });
        this.#brackets.set(id, { sl, tp, stopId: id + 1, targetId: id + 2 });
        return;
      }
      const id = this.#enter(action, ctx, options);
      const send = side > 0 ? ctx.sell.bind(ctx) : ctx.buy.bind(ctx);
      const stopId = send(SYMBOL, 1, { stop: sl, closes: id });
      const targetId = send(SYMBOL, 1, { limit: tp, closes: id });
      this.#brackets.set(id, { sl, tp, stopId, targetId });
    }

    #enter({ side, size }: Action, ctx: PortfolioContext, options: object): number {
      const units = size % 7 === 0 ? FRACTION : size;
      const id = side > 0 ? ctx.buy(SYMBOL, units, options) : ctx.sell(SYMBOL, units, options);
      if (exclusiveOrders) this.#makeWay();
      this.#queue.push({ id, kind: 'entry', trade: null, price: NaN, replaced: null });
      return id;
    }

    /** What the broker will do for an exclusive order. */
    #makeWay(): void {
      for (let place = 0; place < this.#queue.length; place++) {
        const { id, kind } = this.#queue[place]!;
        if (kind === 'entry' || kind === 'close') this.#forget(id);
      }
      for (const trade of this.#trades) {
        this.#houseOrders++;
        const id = -this.#houseOrders;
        this.#queue.unshift({ id, kind: 'close', trade, price: NaN, replaced: null });
      }
    }

    #follow(trade: Holding, close: number, distance: number, ctx: PortfolioContext): void {
      const side = trade.size > 0 ? 1 : -1;
      const present = trade.stop?.price ?? NO_STOP[side];
      const price = side > 0 ? Math.max(present, close - distance) : Math.min(present, close + distance);
      this.#setGuard(trade, 'stop', price, ctx);
    }

    #setGuard(trade: Holding, kind: 'stop' | 'target', price: number, ctx: PortfolioContext): void {
      const units = Math.abs(trade.size);
      const options = kind === 'stop' ? { stop: price } : { limit: price };
      this.#guard(trade, kind, this.#send(trade, units, options, ctx), price);
    }

    #close(trade: Holding, units: number, ctx: PortfolioContext): void {
      const id = this.#send(trade, units, {}, ctx);
      this.#queue.unshift({ id, kind: 'close', trade, price: NaN, replaced: null });
    }

    #send(trade: Holding, units: number, options: object, ctx: PortfolioContext): number {
      const own = { ...options, closes: trade.id };
      return trade.size > 0 ? ctx.sell(SYMBOL, units, own) : ctx.buy(SYMBOL, units, own);
    }

    /** What a stop or target has replaced is gone for good, also if that was in this very step. */
    #cancel(order: Waiting, ctx: PortfolioContext): void {
      if (order.id < 0) throw new Error('closing orders of the broker cannot be cancelled');
      this.#forget(order.id);
      for (let gone: Waiting | null = order; gone !== null; gone = gone.replaced) ctx.cancel(gone.id);
    }
  };
}

/** `E` and `V` lines. */
function barLines(events: readonly RunEvent[], seen: readonly Seen[]): string[] {
  const money = new Map<number, string>();
  let position = 0;
  for (const event of events) {
    if (event.kind === 'fill') position = event.position;
    if (event.kind === 'equity') money.set(event.step, `${event.cash} ${event.equity} ${position}`);
  }
  return seen.flatMap(({ step, errors, trades, orders }) => [
    ...errors.map((kind) => `E ${step} ${kind}`),
    `V ${step} ${money.get(step)} ${trades} ${orders}`,
  ]);
}

/** `T` lines. With tradeOnClose, what fills at the close before is dated there. */
function tradeLines(events: readonly RunEvent[], { tradeOnClose }: Settings): string[] {
  const isMarket = new Set<number>();
  const lines: string[] = [];
  for (const event of events) {
    if (event.kind === 'order' && event.type === 'market') isMarket.add(event.sequence);
    if (event.kind !== 'trade') continue;
    const { step, quantity, entryStep, exit, entryPrice, exitPrice, commission, pnl, reason } = event;
    const isBefore = tradeOnClose && isMarket.has(exit) && reason !== 'liquidation';
    const exitStep = isBefore ? step - 1 : step;
    const prices = `${entryPrice} ${exitPrice}`;
    lines.push(`T ${quantity} ${entryStep} ${exitStep} ${prices} ${commission} ${pnl - commission}`);
  }
  return lines;
}

/** Words as words, numbers as numbers. */
function compareLines(lines: readonly string[], expected: readonly string[]): Compared {
  let equal = 0;
  let firstDifference: string | null = null;
  const total = Math.max(lines.length, expected.length);
  for (let at = 0; at < total; at++) {
    const own = lines[at]?.split(' ') ?? [];
    const theirs = expected[at]?.split(' ') ?? [];
    const isEqual =
      own.length === theirs.length &&
      own.every((field, place) => field === theirs[place] || Number(field) === Number(theirs[place]));
    if (isEqual) equal++;
    else firstDifference ??= `line ${at + 1}: ${lines[at]} instead of ${expected[at]}`;
  }
  return { lines: total, equal, firstDifference };
}

function readBars(file: string): Bar[] {
  const [, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return rows.map((row) => {
    const [time, open, high, low, close, volume] = row.split(',');
    return {
      time: Date.parse(time!),
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume),
    };
  });
}

/** Python's round(). */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
