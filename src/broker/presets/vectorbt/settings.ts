/** What vectorbt's simulation can be told, by the names that its settings have in a run's plan; and the same from the rules of any run. */
import { didYouMean, InputError } from '../../../kernel/input-error.ts';
import { NO_LIMITS, type Rules } from '../../policies.ts';

const CHOICES = {
  source: ['signals', 'orders'],
  sizeType: ['amount', 'value', 'percent', 'targetAmount', 'targetValue', 'targetPercent'],
  price: ['close', 'open'],
  stopEntryPrice: ['close', 'fillPrice', 'price', 'valPrice'],
  stopExitPrice: ['stopLimit', 'stopMarket', 'close', 'price'],
  uponStopExit: ['close', 'closeReduce', 'reverse', 'reverseReduce'],
  uponOppositeEntry: ['ignore', 'close', 'closeReduce', 'reverse', 'reverseReduce'],
  accumulate: [false, true, 'addOnly', 'removeOnly'],
  callSequence: ['default', 'reversed', 'auto'],
} as const;
type Choice<Name extends keyof typeof CHOICES> = (typeof CHOICES)[Name][number];
export type SizeType = Choice<'sizeType'>;

export interface VectorbtSettings {
  /** What a plain buy or sell is: a signal of from_signals, or the signed size of from_orders. */
  readonly source: Choice<'source'>;
  readonly initCash: number;
  /** False gives each column cash of its own: only for a run of one column. */
  readonly cashSharing: boolean;
  /** Of every signal; null for all cash. Where it is missing, each order's own number counts. */
  readonly size?: number | null;
  /** How sizes are read, those of orders too unless the order itself says cash, value or percent. */
  readonly sizeType: SizeType;
  /** Of the row on which the order is sent. */
  readonly price: Choice<'price'>;
  /** A fraction of the value, an amount an order, and a fraction of the price. */
  readonly fees: number;
  readonly fixedFees: number;
  readonly slippage: number;
  /** Signals for shorts, too. Sized orders may always sell short. */
  readonly longShort: boolean;
  /** Fractions of the price at entry; null for none. */
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly stopTrail: boolean;
  /** Whether stops see open, high and low, or the close alone. */
  readonly stopUsesRange: boolean;
  readonly stopEntryPrice: Choice<'stopEntryPrice'>;
  readonly stopExitPrice: Choice<'stopExitPrice'>;
  readonly uponStopExit: Choice<'uponStopExit'>;
  readonly uponOppositeEntry: Choice<'uponOppositeEntry'>;
  readonly accumulate: Choice<'accumulate'>;
  readonly lockCash: boolean;
  readonly granularity: number | null;
  /** Null for the tool's own, 1e-8. */
  readonly minSize: number | null;
  readonly maxSize: number | null;
  readonly allowPartial: boolean;
  readonly callSequence: Choice<'callSequence'>;
}

/** The tool's own, but for `size`, whose default there is null. */
export const VECTORBT_DEFAULTS: VectorbtSettings = {
  source: 'signals',
  initCash: 100,
  cashSharing: true,
  sizeType: 'amount',
  price: 'close',
  fees: 0,
  fixedFees: 0,
  slippage: 0,
  longShort: false,
  stopLoss: null,
  takeProfit: null,
  stopTrail: false,
  stopUsesRange: false,
  stopEntryPrice: 'close',
  stopExitPrice: 'stopLimit',
  uponStopExit: 'close',
  uponOppositeEntry: 'reverseReduce',
  accumulate: false,
  lockCash: false,
  granularity: null,
  minSize: null,
  maxSize: null,
  allowPartial: true,
  callSequence: 'default',
};

const NAMES = [...Object.keys(VECTORBT_DEFAULTS), 'size'];
const SWITCHES: ReadonlySet<string> = new Set([
  'cashSharing',
  'longShort',
  'stopTrail',
  'stopUsesRange',
  'lockCash',
  'allowPartial',
]);
/** By name: whether null is a value, and whether 0 is. */
const NUMBERS: Readonly<Record<string, { readonly canBeNull: boolean; readonly canBeZero: boolean }>> = {
  initCash: { canBeNull: false, canBeZero: false },
  size: { canBeNull: true, canBeZero: true },
  fees: { canBeNull: false, canBeZero: true },
  fixedFees: { canBeNull: false, canBeZero: true },
  slippage: { canBeNull: false, canBeZero: true },
  stopLoss: { canBeNull: true, canBeZero: true },
  takeProfit: { canBeNull: true, canBeZero: true },
  granularity: { canBeNull: true, canBeZero: false },
  minSize: { canBeNull: true, canBeZero: true },
  maxSize: { canBeNull: true, canBeZero: false },
};

/** The run's own rules in the tool's words, and over them the settings that were given. @throws {InputError} for what it has not */
export function settingsFrom(rules: Rules): VectorbtSettings {
  const given = rules.fills.settings as Partial<VectorbtSettings>;
  for (const [name, value] of Object.entries(given)) checkSetting(name, value);
  const settings: VectorbtSettings = { ...VECTORBT_DEFAULTS, ...fromRules(rules), ...given };
  checkTogether(settings, rules.cash);
  return settings;
}

function fromRules({ cash, account, limits, commission, slippage, costs, maxVolume, ...rest }: Rules) {
  if (account.kind !== 'cash' && !(account.kind === 'leverage' && account.leverage === 1))
    wrong('margin', '--account cash, or leverage 1 for shorts whose value stays locked');
  const limited = Object.entries(limits).find(
    ([name, limit]) => limit !== NO_LIMITS[name as keyof typeof limits],
  );
  if (limited !== undefined)
    wrong(`the limit ${limited[0]}`, 'no limits, and maxSize for the size of an order');
  if (commission.perShare !== 0 || commission.minimum !== 0 || commission.maximum !== null)
    wrong('a commission by the share, minimum or maximum', 'a rate of the value and an amount an order');
  if (slippage.price !== 0 || slippage.spreads !== 0)
    wrong('slippage in price or spreads', 'basis points of the price');
  if (Object.keys(costs).length > 0) wrong('costs by symbol', 'the same costs for all symbols');
  if (maxVolume !== null) wrong('a cap on the volume traded', 'maxSize, in units');
  if (rest.intrabar !== 'pessimistic')
    wrong(`intrabar ${rest.intrabar}`, 'pessimistic: its stops come first');
  if (rest.limitTouch !== 'touch') wrong('a limit that must be traded through', 'touch');
  return {
    initCash: cash,
    fees: commission.rate,
    fixedFees: commission.perOrder,
    slippage: slippage.bps / 10_000,
    longShort: account.kind !== 'cash',
    lockCash: account.kind !== 'cash',
  };
}

function wrong(what: string, nearest: string): never {
  throw new InputError(`the fill rules of vectorbt have no ${what}; the nearest is ${nearest}`);
}

function checkSetting(name: string, value: unknown): void {
  const where = `the setting ${name} of vectorbt`;
  if (!NAMES.includes(name))
    throw new InputError(`vectorbt has no setting "${name}"${didYouMean(name, NAMES)}`);
  if (SWITCHES.has(name)) {
    if (typeof value !== 'boolean') throw new InputError(`${where} is true or false, was ${value}`);
    return;
  }
  if (Object.hasOwn(CHOICES, name)) {
    const choices: readonly unknown[] = CHOICES[name as keyof typeof CHOICES];
    if (choices.includes(value)) return;
    const hint = didYouMean(String(value), choices.map(String));
    throw new InputError(`${where} is one of ${choices.join(', ')}, was ${value}${hint}`);
  }
  const { canBeNull, canBeZero } = NUMBERS[name]!;
  if ((value === null && canBeNull) || (name === 'size' && value === undefined)) return;
  if (Number.isFinite(value) && ((value as number) > 0 || (canBeZero && value === 0))) return;
  const least = canBeZero ? 'a number from 0' : 'a number above 0';
  throw new InputError(`${where} is ${least}${canBeNull ? ', or null' : ''}, was ${value}`);
}

function checkTogether(settings: VectorbtSettings, cash: number): void {
  const { source, initCash, size, sizeType, stopLoss, takeProfit, uponStopExit } = settings;
  if (initCash !== cash)
    throw new InputError(`initCash ${initCash} is not the run's cash of ${cash}: leave one of them out`);
  const hasStops = stopLoss !== null || takeProfit !== null;
  if (source === 'orders') {
    if (hasStops)
      throw new InputError('orders of a stated size have no stops: they go with source "signals"');
    if (typeof size === 'number')
      throw new InputError('with source "orders" the size is each order\'s own: leave `size` out');
    return;
  }
  if (sizeType.startsWith('target'))
    throw new InputError(
      `signals have no sizeType ${sizeType}: it is amount, value or percent, or the source "orders"`,
    );
  if (hasStops && uponStopExit !== 'close' && size === undefined)
    throw new InputError(`uponStopExit ${uponStopExit} trades more than is held: give it a size`);
}
