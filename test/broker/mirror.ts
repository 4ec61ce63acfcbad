/**
 * The other side of a case: a price p becomes 200 − p, high and low change places, and a buy is a sell.
 *
 * Every rule of fills holds for it, so a table is written for one side and played for both. Percentages are the exception: they are
 * the same on both sides of 100 alone.
 */
import type { Bracket, OrderOptions } from '../../src/index.ts';
import type { EventOf } from '../../src/record/records.ts';
import type { Quote, Staged } from './scene.ts';

export const SIDES = ['buy', 'sell'] as const;
export type Side = (typeof SIDES)[number];

export const other = (side: Side): Side => (side === 'buy' ? 'sell' : 'buy');

/** A price as it is on the side that a case is played for. */
export const priceOn = (side: Side, price: number): number => (side === 'buy' ? price : 200 - price);

export function quoteOn(side: Side, quote: Quote): Quote {
  if (side === 'buy' || quote === null) return quote;
  const [open, high, low, close, ...volume] = quote;
  return [200 - open, 200 - low, 200 - high, 200 - close, ...volume] as unknown as Quote;
}

export function optionsOn(side: Side, options: OrderOptions): OrderOptions {
  if (side === 'buy') return options;
  const { limit, stop, bracket } = options;
  return {
    ...options,
    ...(limit !== undefined && { limit: 200 - limit }),
    ...(stop !== undefined && { stop: 200 - stop }),
    ...(bracket !== undefined && { bracket: bracketOn(side, bracket) }),
  };
}

export function bracketOn(side: Side, bracket: Bracket): Bracket {
  const { stop, target, targets } = bracket;
  const turned = <Level extends object>(level: Level): Level =>
    'price' in level ? { ...level, price: priceOn(side, level.price as number) } : level;
  return {
    ...bracket,
    ...(stop !== undefined && { stop: turned(stop) }),
    ...(target !== undefined && { target: turned(target) }),
    ...(targets !== undefined && { targets: targets.map(turned) }),
  };
}

type Fill = EventOf<'fill'>;

/** The fills of an order as a table writes them: `step.phase price`, a comma between two; all prices on the buyer's side. */
export function fillsOf({ events }: Pick<Staged, 'events'>, side: Side, sequence: number): string {
  return events
    .filter((event): event is Fill => event.kind === 'fill' && event.sequence === sequence)
    .map(({ step, phase, price }) => `${step}.${phase} ${rounded(priceOn(side, price))}`)
    .join(', ');
}

/** The same of all orders: `step.phase sequence quantity @ price`. */
export function allFillsOf({ events }: Pick<Staged, 'events'>, side: Side = 'buy'): string[] {
  return events
    .filter((event): event is Fill => event.kind === 'fill')
    .map(
      ({ step, phase, sequence, quantity, price }) =>
        `${step}.${phase} ${sequence}: ${quantity} @ ${rounded(priceOn(side, price))}`,
    );
}

const rounded = (price: number) => Number(price.toPrecision(12));
