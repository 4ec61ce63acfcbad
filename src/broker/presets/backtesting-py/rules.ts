/** What backtesting.py can be asked for: its settings, the orders it has, and its rules in sentences. The rules themselves are in `backtesting-py.ts`. */
import { didYouMean, InputError } from '../../../kernel/input-error.ts';
import type { DeskRules } from '../../broker.ts';
import { BUY, MARKET, ON_CLOSE, STOP_LIMIT, TRAILING } from '../../matching.ts';
import { OrderError, SIZE_KINDS } from '../../order.ts';
import type { CheckedOrder } from '../../order-check.ts';
import { LEVEL_PRICE, QUANTITY, SIZE, SIZE_KIND } from '../../order-table.ts';
import type { Rules } from '../../policies.ts';

export interface BacktestingPySettings {
  /** Of a fill: fixed + |size| × price × rate. */
  readonly commission: { readonly fixed: number; readonly rate: number };
  /** Part of the price that an entry pays on top. */
  readonly spread: number;
  /** Part of its value that a trade takes up: 1 / leverage. */
  readonly margin: number;
  readonly tradeOnClose: boolean;
  /** Whether trades of both sides may be open: nothing is netted. */
  readonly hedging: boolean;
  /** Whether a new order cancels the ones before and closes all trades. */
  readonly exclusiveOrders: boolean;
  /** Whether trades are closed after the last bar. */
  readonly finalizeTrades: boolean;
}

export const BACKTESTING_PY_DEFAULTS: BacktestingPySettings = {
  commission: { fixed: 0, rate: 0 },
  spread: 0,
  margin: 1,
  tradeOnClose: false,
  hedging: false,
  exclusiveOrders: false,
  finalizeTrades: false,
};

const UNITS = SIZE_KINDS.indexOf('units');
const PERCENT = SIZE_KINDS.indexOf('percent');

/** Of an entry: whole units, or below 1 a fraction. All of the margin is the largest fraction there is. */
export function sizeOf(cells: Float64Array, row: number): number {
  const kind = cells[row + SIZE_KIND]!;
  const size = cells[row + SIZE]!;
  if (kind === PERCENT) return Math.min(size / 100, 1 - Number.EPSILON);
  return kind === UNITS && size < 1 ? size : Math.floor(cells[row + QUANTITY]!);
}

export const desk: DeskRules = {
  check(order: CheckedOrder): void {
    const { type, price, limitPrice, closes, given, stop, targets } = order;
    const children = stop === null ? targets : [stop, ...targets];
    if (type === ON_CLOSE || type === TRAILING)
      refuse('orders on the close or trailing stops; it has market, limit, stop and stop-limit orders');
    if (price <= 0 || limitPrice <= 0) refuse('prices of 0 or less');
    if (order.timeInForce !== 0) refuse('times in force: an order stays until it is cancelled');
    if (order.allowsPartial) refuse('partial fills: an order that cannot be paid for is dropped');
    if (!Number.isNaN(order.openRiskMax)) refuse('limits of risk');
    if (targets.length > 1 || targets.some(({ to }) => to !== 1))
      refuse('several targets: a bracket has a stop, a target or both');
    if (children.some(({ level, distance }) => level !== LEVEL_PRICE || distance <= 0))
      refuse('bracket levels other than prices above 0: { stop: { price }, target: { price } }');
    if (
      type === STOP_LIMIT &&
      children.some((child) => isBeyond(child.distance, limitPrice, child === stop, order.side))
    )
      refuse('a bracket that its limit is not within');
    const isWhole = Number.isInteger(given.size);
    if (given.kind === UNITS && !isWhole && given.size > 1)
      refuse('parts of a unit: a size is a whole number, or below 1 a fraction of the free margin');
    if (given.kind === PERCENT && given.size > 100)
      refuse('sizes above 100 percent; the leverage is in its margin');
    if (closes === 0 && !order.isReduceOnly) return;
    if (given.kind !== UNITS || !isWhole) refuse('closing orders whose size is not in whole units');
    if (children.length > 0) refuse('brackets on a closing order: it opens nothing');
    if (closes === 0 && type !== MARKET)
      refuse('reduceOnly except at the market; give closes, the id of the order that opened the trade');
    if (type === STOP_LIMIT)
      refuse('closing orders with a stop and a limit: a trade has the one and the other');
  },
  cancels: 'at the call',
  hasReplace: false,
  hasGroups: true,
  sizesLater: true,
};

function refuse(what: string): never {
  throw new OrderError(`backtesting.py has no ${what}`);
}

/** Whether a child's level is on the wrong side of the price that it must be on. */
function isBeyond(level: number, price: number, isStop: boolean, side: number): boolean {
  return isStop === (side === BUY) ? level >= price : level <= price;
}

const SWITCHES = ['tradeOnClose', 'hedging', 'exclusiveOrders', 'finalizeTrades'] as const;
/** What the description of a ledger says beside; the run has them from elsewhere. */
const OF_THE_RUN = ['cash', 'symbol'];

/**
 * What the run's own rules come to, and over them what `rules.fills.settings` says.
 *
 * @throws {InputError} for what the original has no setting for
 */
export function settingsFrom(rules: Rules): BacktestingPySettings {
  const given = rules.fills.settings as Partial<BacktestingPySettings> & { readonly cash?: number };
  const names = [...Object.keys(BACKTESTING_PY_DEFAULTS), ...OF_THE_RUN];
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new InputError(`backtesting.py has no setting "${name}"${didYouMean(name, names)}`);
  }
  if (given.cash !== undefined && given.cash !== rules.cash)
    throw new InputError(`the settings say cash ${given.cash}, and the run starts with ${rules.cash}`);
  checkRest(rules);
  const settings: { -readonly [Name in keyof BacktestingPySettings]: BacktestingPySettings[Name] } = {
    ...BACKTESTING_PY_DEFAULTS,
    commission: given.commission ?? commissionOf(rules),
    spread: given.spread ?? spreadOf(rules),
    margin: given.margin ?? marginOf(rules),
  };
  for (const name of SWITCHES) {
    settings[name] = given[name] ?? false;
    if (typeof settings[name] !== 'boolean')
      throw new InputError(`${name} is true or false, was ${given[name]}`);
  }
  const { commission, spread, margin } = settings;
  if (!(commission.fixed >= 0)) none(`fixed commission of ${commission.fixed}`, '0 or more');
  if (!(commission.rate >= -0.1 && commission.rate < 0.1))
    none(`rate of commission of ${commission.rate}`, '-0.1 to 0.1');
  if (!Number.isFinite(spread)) none(`spread of ${spread}`, 'a part of the price, such as 0.0002');
  if (!(margin > 0 && margin <= 1)) none(`margin of ${margin}`, 'above 0, up to 1');
  return settings;
}

/** Rules of the run that nothing here stands for. */
function checkRest({ limits, costs, maxVolume, intrabar, limitTouch }: Rules): void {
  if (Object.values(limits).some((limit) => limit !== null)) none('limits of the account', 'none');
  if (Object.keys(costs).length > 0) none('costs of one symbol', "the run's own: it trades only one");
  if (maxVolume !== null) none('cap on the volume', 'none');
  if (intrabar !== 'pessimistic')
    none(`intrabar policy "${intrabar}"`, 'pessimistic: the stop of a trade comes first');
  if (limitTouch !== 'touch') none(`limit rule "${limitTouch}"`, 'touch');
}

function commissionOf({ commission }: Rules): BacktestingPySettings['commission'] {
  const { rate, perShare, perOrder, minimum, maximum } = commission;
  if (perShare !== 0) none('commission per share', 'a rate, and a fixed amount per order');
  if (minimum !== 0 || maximum !== null)
    none('least or most commission', 'a rate, and a fixed amount per order');
  return { fixed: perOrder, rate };
}

function spreadOf({ slippage }: Rules): number {
  const { bps, price, spreads } = slippage;
  if (price !== 0 || spreads !== 0)
    none('slippage in price or spreads', 'basis points, which entries alone pay');
  return bps / 10_000;
}

function marginOf({ account }: Rules): number {
  if (account.kind === 'margin') none('maintenance margin', `leverage ${1 / account.initial}`);
  return account.kind === 'leverage' ? 1 / account.leverage : 1;
}

function none(what: string, instead: string): never {
  throw new InputError(`backtesting.py has no ${what}; it may have ${instead}`);
}

export function conventions(rules: Rules): string[] {
  const { commission, spread, margin, tradeOnClose, hedging, exclusiveOrders, finalizeTrades } =
    settingsFrom(rules);
  return [
    tradeOnClose
      ? 'market and closing orders fill, a bar later, at the close that they were decided on, which is over by then'
      : 'orders are live from the next bar; market orders fill at its open',
    'a gap through a stop fills at the open; a limit fills when it is touched, never worse than its limit',
    'stops and closing orders of trades come first, the last one sent before all, then orders as sent, then targets',
    'stop and target of a market entry are tried on its own bar, of others from the next (a target also after a stop entry)',
    hedging
      ? 'trades of both sides stay open'
      : 'an order closes trades of the other side first, oldest first',
    'an entry is dropped if its cost is above the margin that is free at the CLOSE of the bar on which it fills',
    ...(spread === 0 ? [] : [`an entry pays ${spread} of its price on top, an exit does not`]),
    `a trade takes up ${margin} of its value; shorts are allowed; a size below 1 is a fraction of the free margin`,
    `commission ${commission.fixed} + ${commission.rate} of the value, for each trade at entry and at exit`,
    ...(exclusiveOrders
      ? [
          'a new order closes all trades and cancels the orders before it, but not one that stands behind a cancelled one',
        ]
      : []),
    finalizeTrades
      ? 'trades open at the end are closed at the OPEN of the last bar'
      : 'trades open at the end stay open',
    'when equity is 0 or less every other trade is closed at the close, cash and equity become 0, and trading ends',
    'members of an OCO group end with the first fill of one (backtesting.py has no such groups)',
  ];
}
