/** Scenes for a simulator, and the record as a story: one line an event, written as a person would write it. */
import { type Context, PortfolioStrategy, Strategy } from '../../src/index.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../../src/market/instrument.ts';
import { DEFAULT_RULES, type Plan, type Rules } from '../../src/record/plan.ts';
import type { RunEvent } from '../../src/record/records.ts';
import type { PortfolioContext } from '../../src/strategy/context.ts';
import { simulate } from '../naive.ts';
import type { Market } from '../support/market.ts';
import { checkInvariants } from './invariants.ts';

export const MINUTE = 60_000;
export const LEVERAGE = { kind: 'leverage', leverage: 2 } as const;
/** Open, high, low, close; or no bar. */
type Quote = readonly [number, number, number, number] | null;
export const at = (price: number): Quote => [price, price, price, price];

interface Scene {
  readonly bars: Readonly<Record<string, readonly Quote[]>>;
  readonly tick?: (ctx: Context) => void;
  readonly step?: (ctx: PortfolioContext) => void;
  readonly rules?: Partial<Rules>;
  readonly instrument?: Partial<Instrument>;
  readonly warmupSteps?: number;
}

export function play({ bars, tick, step, rules, instrument, warmupSteps = 0 }: Scene): RunEvent[] {
  class Scripted extends Strategy {
    override onTick(_: unknown, ctx: Context) {
      tick!(ctx);
    }
  }
  class ScriptedPortfolio extends PortfolioStrategy {
    override onStep(ctx: PortfolioContext) {
      step!(ctx);
    }
  }
  return run(bars, [...(tick ? [Scripted] : []), ...(step ? [ScriptedPortfolio] : [])], {
    rules: { ...DEFAULT_RULES, cash: 10_000, ...rules },
    instruments: Object.fromEntries(
      Object.keys(bars).map((symbol) => [symbol, { ...DEFAULT_INSTRUMENT, lot: 1, ...instrument }]),
    ),
    warmupSteps,
  });
}

type ScriptClass = Extract<Plan['strategies'][0]['source'], { strategyClass: unknown }>['strategyClass'];

export function run(
  bars: Scene['bars'],
  classes: readonly ScriptClass[],
  given: Pick<Plan, 'rules' | 'instruments' | 'warmupSteps'>,
): RunEvent[] {
  const barOf = (quote: Quote, index: number) => {
    const [open, high, low, close] = quote ?? [0, 0, 0, 0];
    return quote ? [{ time: index * MINUTE, open, high, low, close, volume: 1 }] : [];
  };
  const columns = Object.entries(bars).map(([symbol, quotes]) => [symbol, quotes.flatMap(barOf)] as const);
  const market: Market = { interval: MINUTE, bars: Object.fromEntries(columns) };
  const strategies = classes.map((strategyClass) => ({
    source: { strategyClass },
    params: {},
    symbolParams: {},
  }));
  const plan: Plan = { strategies, seed: 1, grid: null, deterministic: true, ...given };
  const events = simulate(market, plan);
  checkInvariants(market, plan, events);
  return events;
}

const round = (value: number) => Number(value.toPrecision(10));

function describeEvent(event: RunEvent): string {
  switch (event.kind) {
    case 'order': {
      const { sequence, parent, group, side, type, quantity, price, level, distance, reduceOnly } = event;
      const where = level === '' || level === 'price' ? '' : ` ${level} ${distance}`;
      const words = `${side} ${type} ${quantity}${Number.isNaN(price) ? '' : ` @ ${price}`}${where}`;
      const family = `${parent ? ` child of ${parent}` : ''}${group ? ` group ${group}` : ''}`;
      return `order ${sequence} ${words}${family}${reduceOnly && !parent ? ' reduce-only' : ''}`;
    }
    case 'fill': {
      const { sequence, side, effect, quantity, price, position, cash } = event;
      return `fill ${sequence} ${side} ${effect} ${quantity} @ ${round(price)} -> ${position}, ${round(cash)}`;
    }
    case 'trade': {
      const { entry, exit, quantity, entryPrice, exitPrice, pnl, commission, reason } = event;
      const prices = `${round(entryPrice)} to ${round(exitPrice)}`;
      return `trade ${entry}-${exit} ${quantity}: ${prices}, ${round(pnl)} less ${round(commission)}, ${reason}`;
    }
    case 'replace':
      return `replace ${event.sequence} ${event.quantity} @ ${event.price}`;
    case 'rejection':
      return `rejection ${event.sequence} ${event.code} ${event.quantity} @ ${event.price}`;
    case 'expiry':
      return `expiry ${event.sequence} ${event.quantity}${event.reason === 'end of data' ? '' : ` ${event.reason}`}`;
    case 'cancel':
      return `cancel ${event.sequence} ${event.reason} ${event.quantity}`;
    default:
      return `equity ${round(event.cash)} ${round(event.equity)}`;
  }
}

/** `step.phase symbol what`; equity and orders only if asked for. */
export function story(events: readonly RunEvent[], ...extra: readonly ('equity' | 'order')[]): string[] {
  const isTold = ({ kind }: RunEvent) => (kind !== 'equity' && kind !== 'order') || extra.includes(kind);
  return events.filter(isTold).map((event) => {
    const { step, phase, symbol } = event;
    return `${step}.${phase} ${symbol ? `${symbol} ` : ''}${describeEvent(event)}`;
  });
}
