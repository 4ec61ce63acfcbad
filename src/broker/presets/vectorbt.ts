/**
 * The rules of vectorbt's simulation (from_signals and from_orders of 0.28 and 1.1), number for number.
 *
 *  1. A row is a step, a column a symbol (of several strategies: symbol × strategy). An order acts on the row on which it is sent, at
 *     that row's close, or with `price: "open"` at its open. The open has passed when the strategy sees the bar, so who does not want
 *     to trade on what was not known yet acts on what it saw a row before.
 *  2. One order a column and row: of several alike the first. With source "signals" a buy is a long entry, or reduce-only a short exit;
 *     a sell is a short entry, or reduce-only a long exit, and without `longShort` always a long exit. `vectorbt/signals.ts` says what
 *     they trade together. With source "orders" a buy or sell is a signed size. A target is a size, with either source.
 *  3. Sizes: `size` for every signal (null: all cash). Where it is missing the order's own number, read as `sizeType` says (of a target
 *     as its target), unless the order says value or percent itself: percent of the cash that is left (of a target: of the value). Units
 *     are whole lots if the order's own number counts; what cash or a target allows is not rounded.
 *  4. Stops belong to positions: fractions of the price at entry, from the row after the fill on. They are read before the row's
 *     signals, whose place a hit takes, the stop before the target. A trailing one follows the high (of a short the low) after the test.
 *  5. Columns are filled in their order, or with `callSequence: "auto"` by what their orders are roughly worth, sales first. All share
 *     one cash. `vectorbt/order.ts` fills one order: what cash does not cover is cut off, and what is cut off is gone.
 *  6. Cash and equity of a step are added up anew from the fills: the row's flows from left to right, cash as their running sum, equity
 *     as cash plus held × last close. The cash told with a fill is the simulation's own, which can differ in its last bits.
 *
 * Faults that are reproduced because results depend on them:
 *
 *  - An order for a symbol without a bar is gone, not kept.
 *  - With a granularity and a `minSize` of 0, cash for less than one grain buys 0 units, and the fixed fee is charged for it.
 *  - Without `lockCash` shorts are sold without limit. Value may fall below 0, and nobody is liquidated.
 *  - Sums that nearly vanish are 0: what is left of a position after an order of almost its size disappears.
 *  - A stop that an order cannot carry out (below `minSize`, a fee above the proceeds) is tried again at every row.
 *
 * Not here: cash of its own for each of several columns (run them one by one), rows in random order, several groups, settings by row or
 * column, stops that change on the way, multipliers, and what `check` refuses.
 */
import type { Broker } from '../broker.ts';
import { MARKET } from '../matching.ts';
import { OrderError, SIZE_KINDS } from '../order.ts';
import type { CheckedOrder } from '../order-check.ts';
import type { Rules } from '../policies.ts';
import { settingsFrom } from './vectorbt/settings.ts';
import { VectorbtSettlement } from './vectorbt/settlement.ts';

export { settingsFrom, VECTORBT_DEFAULTS, type VectorbtSettings } from './vectorbt/settings.ts';

export const vectorbtBroker: Broker = {
  name: 'vectorbt',
  isSameStep: true,
  desk: { check, cancels: 'at the call', hasReplace: false, hasGroups: false, sizesLater: true },
  scope: () => 'account',
  conventions,
  settlement: (memory, journal) => new VectorbtSettlement(memory, journal),
};

function check({ type, stop, targets, timeInForce, closes, openRiskMax, ...rest }: CheckedOrder): void {
  if (type !== MARKET) refuse('limits, stops and orders on the close', 'orders at the price of the row');
  if (stop !== null || targets.length > 0)
    refuse('brackets', 'stopLoss and takeProfit in its settings, for all positions');
  if (timeInForce !== 0) refuse('times in force', 'orders that are filled on their row or not at all');
  if (closes !== 0) refuse('orders that close a certain trade', 'reduceOnly, for the position');
  if (rest.isReduceOnly && SIZE_KINDS[rest.given.kind]!.startsWith('target'))
    refuse('targets that only reduce', 'targets, and orders that only reduce');
  if (!Number.isNaN(openRiskMax)) refuse('limit of open risk', 'maxSize in its settings');
}

function refuse(what: string, instead: string): never {
  throw new OrderError(`the fill rules of vectorbt have no ${what}, but ${instead}`);
}

function conventions(rules: Rules): string[] {
  const settings = settingsFrom(rules);
  const { source, size, sizeType, price, longShort, stopLoss, takeProfit } = settings;
  const lines = [
    `orders fill on the bar on which they are sent, at its ${price}; what is sent where a bar is missing is lost`,
    source === 'orders'
      ? 'buys and sells are signed sizes, one a symbol and bar'
      : `buys and sells are signals, one a symbol and bar, ${longShort ? 'for longs and shorts' : 'and sells only exit'}; what contradicts itself is ignored`,
    size === undefined
      ? `sizes are the orders' own, read as ${sizeType}; a percent is of the cash that is left`
      : `every signal trades ${size === null ? 'all cash' : `${size} (${sizeType})`}, whatever the order says`,
    settings.allowPartial
      ? 'what cash does not cover is cut off and gone'
      : 'an order that cash does not cover is refused',
  ];
  if (settings.lockCash) lines.push('shorts keep as much cash locked as they brought');
  else if (longShort || source === 'orders')
    lines.push('shorts are sold without limit, and nobody is liquidated');
  if (stopLoss !== null || takeProfit !== null) lines.push(stopsInWords(settings));
  lines.push('cash and equity are added up from the fills; sums that nearly vanish are 0');
  return lines;
}

function stopsInWords({
  stopLoss,
  takeProfit,
  stopTrail,
  stopUsesRange,
}: ReturnType<typeof settingsFrom>): string {
  const stop =
    stopLoss === null ? [] : [`a ${stopTrail ? 'trailing ' : ''}stop ${stopLoss} of the price away`];
  const target = takeProfit === null ? [] : [`a target ${takeProfit} away`];
  const seen = stopUsesRange ? 'open, high and low' : 'the close alone';
  return `every position has ${[...stop, ...target].join(' and ')}, read from the bar after the fill against ${seen}, the stop first`;
}
