/**
 * Scenes for the engine: bars by symbol, and strategies as generators that yield once a bar.
 *
 * What comes back is the record and its story (`test/worlds/scene.ts`); whatever a scene is about, the invariants of every
 * run are checked on it too.
 */
import { type Context, type Fill, PortfolioStrategy, Strategy } from '../../src/index.ts';
import {
  NO_COMMISSION,
  NO_SLIPPAGE,
  type CommissionSpec,
  type SlippageSpec,
} from '../../src/broker/policies.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../../src/market/instrument.ts';
import { DEFAULT_RULES, type Plan, type Rules } from '../../src/record/plan.ts';
import type { OrderEnd, PortfolioContext } from '../../src/strategy/context.ts';
import type { Market } from '../support/market.ts';
import { type Played, play } from '../support/play.ts';
import { checkInvariants } from '../worlds/invariants.ts';
import { MINUTE, story } from '../worlds/scene.ts';

/** Open, high, low, close and, unless it is 1,000, volume; or no bar. */
export type Quote =
  | readonly [number, number, number, number]
  | readonly [number, number, number, number, number]
  | null;
export const LEVERAGE = { kind: 'leverage', leverage: 2 } as const;
const VOLUME = 1_000;
export const DAY = 86_400_000;

/** Slippage of so many basis points. */
export const bps = (value: number): SlippageSpec => ({ ...NO_SLIPPAGE, bps: value });
/** A commission of these parts and no others. */
export const fees = (parts: Partial<CommissionSpec>): CommissionSpec => ({ ...NO_COMMISSION, ...parts });

export type Script = (ctx: Context) => Generator<void, void, void>;
/** One script for all symbols, or one for each that acts. */
type Cast = Script | Readonly<Record<string, Script>>;

export interface Scene {
  readonly bars: Readonly<Record<string, readonly Quote[]>>;
  readonly script?: Cast;
  /** Strategies after the first. */
  readonly others?: readonly Cast[];
  readonly portfolio?: (ctx: PortfolioContext) => Generator<void, void, void>;
  readonly rules?: Partial<Rules>;
  readonly instrument?: Partial<Instrument>;
  readonly warmupSteps?: number;
  /** When the first bar opens, and how long a bar is; a minute from the epoch on if not said. */
  readonly from?: number;
  readonly interval?: number;
  /** False where there are so many orders that looking at each against all takes too long. */
  readonly areInvariantsChecked?: boolean;
}

export interface Staged extends Played {
  /** What the instances are told, a line a notice: `step what id more`. */
  readonly notices: string[];
  /** One line an event: `step.phase symbol what`. */
  readonly story: string[];
}

function strategyOf(cast: Cast, notices: string[]) {
  const hear = (
    what: string,
    { id, symbol, type, quantity }: Fill | OrderEnd<string>,
    more: unknown,
    ctx: Context,
  ) => void notices.push(`${ctx.step} ${symbol} ${what} ${id} ${type} ${quantity} ${more}`);
  return class Scripted extends Strategy {
    #rest: Generator<void, void, void> | undefined;
    override onTick(_: unknown, ctx: Context) {
      const script = typeof cast === 'function' ? cast : cast[ctx.symbol];
      this.#rest ??= script?.(ctx);
      this.#rest?.next();
    }
    override onFill(fill: Fill, ctx: Context) {
      hear('fill', fill, fill.price, ctx);
    }
    override onReject(end: OrderEnd<string>, ctx: Context) {
      hear('rejection', end, end.reason, ctx);
    }
    override onExpire(end: OrderEnd<string>, ctx: Context) {
      hear('expiry', end, end.reason, ctx);
    }
    override onCancel(end: OrderEnd<string>, ctx: Context) {
      hear('cancel', end, end.reason, ctx);
    }
  };
}

function portfolioOf(script: NonNullable<Scene['portfolio']>) {
  return class ScriptedPortfolio extends PortfolioStrategy {
    #rest: Generator<void, void, void> | undefined;
    override onStep(ctx: PortfolioContext) {
      (this.#rest ??= script(ctx)).next();
    }
  };
}

export function marketOf(bars: Scene['bars'], from = 0, interval = MINUTE): Market {
  const columns = Object.entries(bars).map(([symbol, quotes]) => {
    const known = quotes.flatMap((quote, index) => {
      if (quote === null) return [];
      const [open, high, low, close, volume = VOLUME] = quote;
      return [{ time: from + index * interval, open, high, low, close, volume }];
    });
    return [symbol, known] as const;
  });
  return { interval, bars: Object.fromEntries(columns) };
}

/** A lot of 1, no tick and 10,000 in cash, unless the scene says otherwise. */
export async function stage(scene: Scene, ...told: readonly ('equity' | 'order')[]): Promise<Staged> {
  const {
    bars,
    script,
    others = [],
    portfolio,
    rules,
    instrument,
    warmupSteps = 0,
    from,
    interval,
    areInvariantsChecked = true,
  } = scene;
  const notices: string[] = [];
  const casts = [...(script === undefined ? [] : [script]), ...others];
  const classes = [
    ...casts.map((cast) => strategyOf(cast, notices)),
    ...(portfolio === undefined ? [] : [portfolioOf(portfolio)]),
  ];
  const plan: Plan = {
    strategies: classes.map((strategyClass) => ({ source: { strategyClass }, params: {}, symbolParams: {} })),
    rules: { ...DEFAULT_RULES, cash: 10_000, ...rules },
    instruments: Object.fromEntries(
      Object.keys(bars).map((symbol) => [symbol, { ...DEFAULT_INSTRUMENT, lot: 1, ...instrument }]),
    ),
    seed: 1,
    warmupSteps,
    grid: null,
    deterministic: false,
  };
  const market = marketOf(bars, from, interval);
  const played = await play(market, plan);
  if (areInvariantsChecked) checkInvariants(market, plan, played.events);
  return { ...played, notices, story: story(played.events, ...told) };
}

export async function tell(scene: Scene, ...told: readonly ('equity' | 'order')[]): Promise<string[]> {
  return (await stage(scene, ...told)).story;
}
