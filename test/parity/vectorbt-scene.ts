/** Scenes under the rules of vectorbt: what is done at which row, and what is told of it. */
import type { Rules } from '../../src/broker/policies.ts';
import type { VectorbtSettings } from '../../src/broker/presets/vectorbt.ts';
import type { Context } from '../../src/index.ts';
import type { PortfolioContext } from '../../src/strategy/context.ts';
import { type Quote, type Scene, stage } from '../broker/scene.ts';
import { story } from '../worlds/scene.ts';

export type Given = Partial<VectorbtSettings>;
/** What is done at a row, by its number. */
export type Moves = Readonly<Record<number, (ctx: Context) => unknown>>;

export const at = (price: number): Quote => [price, price, price, price];
export const AT_100 = at(100);

export const rulesOf = (settings: Given, cash = 10_000): Partial<Rules> => ({
  cash,
  fills: { preset: 'vectorbt', settings },
});

/** Moves as a script of scenes. */
export function* play<Ctx extends { step: number }>(
  moves: Readonly<Record<number, (ctx: Ctx) => unknown>>,
  ctx: Ctx,
) {
  for (;;) {
    moves[ctx.step]?.(ctx);
    yield;
  }
}

export async function eventsOf(scene: Scene) {
  return (await stage({ instrument: { lot: 0 }, ...scene, areInvariantsChecked: false })).events;
}

/** Fills, trades and ends of orders on one symbol, X. */
export async function tell(quotes: readonly Quote[], moves: Moves, settings: Given = {}, cash?: number) {
  const script = (ctx: Context) => play(moves, ctx);
  return story(await eventsOf({ bars: { X: quotes }, script, rules: rulesOf(settings, cash) }));
}

export type PortfolioMoves = Readonly<Record<number, (ctx: PortfolioContext) => unknown>>;
export async function tellOfAll(bars: Scene['bars'], moves: PortfolioMoves, settings: Given, cash?: number) {
  const portfolio = (ctx: PortfolioContext) => play(moves, ctx);
  return story(await eventsOf({ bars, portfolio, rules: rulesOf(settings, cash) }));
}
