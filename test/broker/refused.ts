/** Calls that are refused: what a strategy hears of one, and what is left of it. */
import { type Context, OrderError } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { stage } from './scene.ts';

/** The context as untyped code has it. */
export interface Loose {
  buy(quantity: unknown, options?: unknown): number;
  sell(quantity: unknown, options?: unknown): number;
  target(target: unknown, options?: unknown): number;
  oco(...orders: readonly unknown[]): readonly number[];
  replace(id: unknown, change: unknown): boolean;
  protect(rules: unknown): void;
}
export type Call = (ctx: Loose) => unknown;
export type Case = readonly [what: string, call: Call, message: string];

export const ORDER_NAMES =
  'it may have limit, stop, trail, onClose, timeInForce, goodUntil, reduceOnly, allowPartial, closes, bracket, maxOpenRiskPercent, tag';

/** Sent at a close of 100 with ticks of 1 and two bars; a good order follows it. */
export async function refused(call: Call) {
  const heard: unknown[] = [];
  const { events, notices } = await stage({
    bars: { A: [at(100), at(100), at(100)] },
    instrument: { tick: 1 },
    *script(ctx: Context) {
      yield;
      try {
        heard.push(call(ctx as unknown as Loose));
      } catch (error) {
        heard.push(error instanceof OrderError ? error.message : error);
      }
      heard.push(ctx.buy(7, { tag: 'good' }));
    },
  });
  const left = events.filter(({ kind }) => kind !== 'equity');
  return {
    heard,
    left: left.map((event) => [event.kind, 'sequence' in event ? event.sequence : 0]),
    notices,
  };
}
