/**
 * The rules of backtrader's own broker (BackBroker of 1.9.78), number for number.
 *
 *  1. One queue for the orders of all symbols, oldest first, walked once at every step, whichever symbols have a bar then. What is
 *     sent at a step is tried from the next step on. Children of a bracket wake at the step after their entry is complete.
 *  2. market: open of a later bar. limit L, buy: L ≥ open → open; L ≥ low → L. stop S, buy: open ≥ S → open; high ≥ S → S. A sell is
 *     mirrored. stop-limit: the open beyond S → the limit rule on this bar; S inside the bar → S if L allows it, else L if the bar
 *     fell (for a sell: did not rise) to a close that L allows; from then on a limit. trailing: tested as a stop, then S follows
 *     the close. on close: the first bar of a later day, at the last close that was seen before it.
 *  3. Before they join the queue, the new orders of a step are executed on paper, one after the other, at their own prices; one that
 *     takes cash below 0 is refused. So is a fill whose opening part takes cash below 0; its closing part stands.
 *  4. A fill, even in part, cancels the others of its OCO group at once; a complete child of a bracket cancels the other one. A cancel
 *     of any order of a bracket cancels all of it.
 *  5. Money: a closing part returns |closed| × average price and its profit, an opening part costs |opened| × price (of longs divided
 *     by the leverage; a short brings its proceeds, unless `shortCash` is off). Contracts cost their margin, and are settled to
 *     every close.
 *
 * Faults that are reproduced because results depend on them:
 *
 *  - All orders but market and on-close ones are tried again on the last bar of their symbol while it has no newer one: even on the
 *    bar on which they were sent, whose prices were known then.
 *  - Cash is not put back after a refusal of rule 3, so orders behind it in the same step are checked against what is missing. On paper
 *    a closed position returns its size at the order's price.
 *  - An order that is cancelled at the step at which it was sent stays, unless `checkSubmit` is off.
 *  - Children are full orders: a stop whose position is gone opens one. `close()` is a market order for the size held at the call.
 *  - A price of 0 counts as none.
 *
 * Not here: cheat-on-open, stop-trail-limit orders, credit interest, other fillers, positions that several strategies share (each has
 * its own; cash is common), and all that `checkKind` refuses. Bars of a day or longer stand at the end of their day.
 */
import type { Broker, BrokerMemory, DeskRules, Journal } from '../broker.ts';
import { MARKET, TRAILING } from '../matching.ts';
import { OrderError, TIMES_IN_FORCE } from '../order.ts';
import type { CheckedLevel, CheckedOrder } from '../order-check.ts';
import { LEVEL_PRICE } from '../order-table.ts';
import type { Rules } from '../policies.ts';
import { settingsFrom, settingsInWords } from './backtrader/settings.ts';
import { BacktraderSettlement } from './backtrader/settlement.ts';

export { BACKTRADER_DEFAULTS, type BacktraderSettings, settingsFrom } from './backtrader/settings.ts';

const desk: DeskRules = {
  check: checkKind,
  cancels: 'at settlement',
  hasReplace: false,
  hasGroups: true,
  sizesLater: false,
};

export const backtraderBroker: Broker = {
  name: 'backtrader',
  isSameStep: false,
  desk,
  scope: () => 'account',
  conventions,
  settlement: (memory: BrokerMemory, journal: Journal) => new BacktraderSettlement(memory, journal),
};

const DAY = TIMES_IN_FORCE.indexOf('day');
const GTD = TIMES_IN_FORCE.indexOf('gtd');

/** @throws {OrderError} for an order that the tool does not have, with what it has */
function checkKind(order: CheckedOrder): void {
  const { type, timeInForce, stop, targets } = order;
  // close() sends a market order that only reduces: the tool's close() is one that does not know what it reduces.
  if (order.isReduceOnly && type !== MARKET)
    throw new OrderError('backtrader has no reduce-only orders: send a plain one, or close()');
  if (order.allowsPartial)
    throw new OrderError(
      'backtrader fills or refuses what it can pay for as a whole: leave out allowPartial',
    );
  if (order.closes !== 0)
    throw new OrderError('backtrader has one position a symbol and no trades to close one by one');
  if (!Number.isNaN(order.openRiskMax))
    throw new OrderError('backtrader knows no open risk: leave out maxOpenRiskPercent');
  if (timeInForce !== 0 && timeInForce !== DAY && timeInForce !== GTD)
    throw new OrderError(
      `backtrader has no order that is ${TIMES_IN_FORCE[timeInForce]}: day, gtc or goodUntil`,
    );
  if (timeInForce !== 0 && type === MARKET)
    throw new OrderError('a market order of backtrader never expires: leave out timeInForce and goodUntil');
  if (targets.length > 1 || targets.some(({ to }) => to !== 1))
    throw new OrderError('a bracket of backtrader has one target, for all of its entry');
  if (![stop, ...targets].every((level) => level === null || isFixed(level)))
    throw new OrderError('the stop and the target of a backtrader bracket are prices, or the stop a trail');
}

function isFixed({ level, type }: CheckedLevel): boolean {
  return level === LEVEL_PRICE || type === TRAILING;
}

function conventions(rules: Rules): string[] {
  return [
    "fills as backtrader 1.9.78's own broker has them; its faults that results depend on are reproduced on purpose",
    'one queue for the orders of all symbols, oldest first; new ones are tried from the next step on',
    'limits, stops and trailing stops are tried again on the last bar of their symbol while it has no newer one, even on the bar on which they were sent (a fault: its prices were known)',
    'a gap through a stop or a limit fills at the open; where a stop and a target are both touched, the older order fills: the stop',
    'trailing stops follow the close; orders on close fill one bar after the last of their day, at its close',
    'close() sends a market order for the size that is held at the call, which opens a position if that one is gone by then',
    'children of a bracket wake one step after their entry, are not reduced with their position, and can open one',
    'an order that is cancelled at the step at which it was sent stays, if new orders are checked',
    ...settingsInWords(settingsFrom(rules)),
  ];
}
