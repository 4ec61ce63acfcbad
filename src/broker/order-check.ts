/**
 * Reads an order as a strategy wrote it, and refuses what could never be right, saying what would be.
 *
 * A typed caller cannot misspell an option; a JavaScript one can, and a `limt` that nobody reads would be a market order. So names
 * are checked too. Nothing is recorded or remembered here: an order that throws has left no trace.
 */
import { didYouMean } from '../kernel/input-error.ts';
import { checkBoolean, checkFinite, checkNames, checkPositive } from './checks.ts';
import { BUY, LIMIT, MARKET, ON_CLOSE, SELL, STOP, STOP_LIMIT, TRAILING } from './matching.ts';
import {
  type Bracket,
  LEVELS,
  OrderError,
  type OrderOptions,
  type StopLevel,
  type TargetLevel,
  TIMES_IN_FORCE,
  type TrailDistance,
} from './order.ts';
import { LEVEL_MULTIPLE, LEVEL_OFFSET, LEVEL_PERCENT, LEVEL_PRICE } from './order-table.ts';
import { type Grain, roundPrice } from './rounding.ts';
import { type GivenSize, type Quote, unitsOf } from './sizing.ts';
import { trailLevel } from './trailing.ts';

/** A child's level: an index into LEVELS and a number. */
export interface CheckedLevel {
  readonly level: number;
  readonly distance: number;
  /** STOP, TRAILING or LIMIT. */
  readonly type: number;
  /** Which stretch of what the parent opens it closes: 0 to 1 for all. */
  readonly from: number;
  readonly to: number;
}

/** An order with nothing left to doubt: rounded, its type known. */
export interface CheckedOrder {
  readonly side: number;
  readonly type: number;
  readonly quantity: number;
  readonly given: GivenSize;
  /** Limit or stop; of a trailing stop the first one; NaN for an order at the market or on close. */
  readonly price: number;
  /** Of a stop-limit; else NaN. */
  readonly limitPrice: number;
  /** Of a trailing stop; else null. */
  readonly trail: CheckedLevel | null;
  /** Place in TIMES_IN_FORCE, and the time that was given with `goodUntil`; else NaN. */
  readonly timeInForce: number;
  readonly goodUntil: number;
  readonly isReduceOnly: boolean;
  readonly allowsPartial: boolean;
  /** 0 for none. */
  readonly closes: number;
  readonly stop: CheckedLevel | null;
  readonly targets: readonly CheckedLevel[];
  /** NaN for none. */
  readonly openRiskMax: number;
  readonly tag: string;
}

export const OPTION_NAMES: readonly string[] = [
  'limit',
  'stop',
  'trail',
  'onClose',
  'timeInForce',
  'goodUntil',
  'reduceOnly',
  'allowPartial',
  'closes',
  'bracket',
  'maxOpenRiskPercent',
  'tag',
];
/** A member of an OCO group says in the same object what else an order's call says in arguments. */
export const REQUEST_NAMES: readonly string[] = [...OPTION_NAMES, 'side', 'quantity'];
const BRACKET_NAMES = ['stop', 'trail', 'target', 'targets'];
const TRAIL_NAMES = ['offset', 'percent', 'atr', 'period'];
const LEVEL_NAMES = LEVELS.slice(LEVEL_PRICE);
/** A stop cannot be a multiple of itself. */
const STOP_LEVEL_NAMES = LEVEL_NAMES.filter((name) => name !== 'multiple');
/** Those that are said by name; `gtd` is said by its time. */
const NAMED_TIMES: readonly string[] = TIMES_IN_FORCE.filter((time) => time !== 'gtd');
const GTD = TIMES_IN_FORCE.indexOf('gtd');
/** Portions such as three thirds add up to a little less or more than 1. */
const PORTIONS_OFF = 1e-9;

/** What an order is checked against. */
export interface OrderGround {
  /** The properties that options may have. */
  readonly names: readonly string[];
  readonly lot: Grain;
  readonly tick: Grain;
  readonly quote: Quote;
}

/** @throws {OrderError} saying what was wrong and what would be right */
export function checkOrder(
  side: number,
  given: GivenSize,
  options: OrderOptions,
  { names, lot, tick, quote }: OrderGround,
): CheckedOrder {
  checkNames(options, names, 'an order');
  const { limit, stop, trail, bracket, maxOpenRiskPercent, goodUntil } = options;
  const { onClose = false, reduceOnly = false, allowPartial = false, closes = 0, tag = '' } = options;
  if (side !== BUY && side !== SELL) throw new OrderError('side must be "buy" or "sell"');
  checkBoolean('onClose', onClose);
  checkBoolean('reduceOnly', reduceOnly);
  checkBoolean('allowPartial', allowPartial);
  if (limit !== undefined) checkFinite('limit', limit);
  if (stop !== undefined) checkFinite('stop', stop);
  if (trail !== undefined && (limit !== undefined || stop !== undefined))
    throw new OrderError('a trailing stop has no limit or stop of its own: it follows the price');
  if (onClose && (limit !== undefined || stop !== undefined || trail !== undefined))
    throw new OrderError('an order on the close has no limit, stop or trail');
  if (typeof tag !== 'string') throw new OrderError(`tag is a text, was ${typeof tag}`);
  if (maxOpenRiskPercent !== undefined) checkFinite('maxOpenRiskPercent', maxOpenRiskPercent);
  if (maxOpenRiskPercent! < 0)
    throw new OrderError(`maxOpenRiskPercent must not be below 0, was ${maxOpenRiskPercent}`);
  if (!Number.isInteger(closes) || closes < 0)
    throw new OrderError(`closes is the id of an order, was ${closes}`);
  if (reduceOnly && bracket !== undefined)
    throw new OrderError('an order that only reduces opens nothing to put a bracket on');

  const type = typeOf(options);
  const trailing = trail === undefined ? null : checkTrail(trail, quote);
  const price = priceOf(type, side, options, trailing, tick, quote);
  const limitPrice = type === STOP_LIMIT ? roundPrice(limit!, true, side, tick) : NaN;
  const entry = type === MARKET || type === ON_CLOSE ? quote.lastClose : price;
  const children = bracket === undefined ? NO_CHILDREN : checkBracket(bracket, side, tick, entry, quote);
  const units = unitsOf(given, entry, riskOf(children.stop, entry), quote);
  return {
    side,
    type,
    quantity: wholeLots(units, lot),
    given,
    price,
    limitPrice,
    trail: trailing,
    timeInForce: timeInForceOf(options),
    goodUntil: goodUntil ?? NaN,
    isReduceOnly: reduceOnly,
    allowsPartial: allowPartial,
    closes,
    ...children,
    openRiskMax: maxOpenRiskPercent ?? NaN,
    tag,
  };
}

/** The units of a whole that a stretch of it is: stretches that follow each other add up to what they cover together. */
export function stretchOf(whole: number, from: number, to: number, lot: Grain): number {
  if (from === 0 && to === 1) return whole;
  return lot.nearest(lot.down(whole * to) - lot.down(whole * from));
}

/** Rounded down, and still a number: a quantity can be too large to be counted in lots. */
export function wholeLots(quantity: number, lot: Grain): number {
  const whole = lot.down(quantity);
  if (Number.isFinite(whole)) return whole;
  throw new OrderError(`quantity ${quantity} is too large to be counted in lots of ${lot.size}`);
}

function typeOf({ limit, stop, trail, onClose }: OrderOptions): number {
  if (trail !== undefined) return TRAILING;
  if (onClose === true) return ON_CLOSE;
  if (stop !== undefined) return limit === undefined ? STOP : STOP_LIMIT;
  return limit === undefined ? MARKET : LIMIT;
}

function priceOf(
  type: number,
  side: number,
  { limit, stop }: OrderOptions,
  trail: CheckedLevel | null,
  tick: Grain,
  { lastClose }: Quote,
): number {
  if (type === LIMIT) return roundPrice(limit!, true, side, tick);
  if (type === STOP || type === STOP_LIMIT) return roundPrice(stop!, false, side, tick);
  if (trail === null) return NaN;
  if (Number.isNaN(lastClose)) throw new OrderError('a trailing stop needs a bar to start from');
  return trailLevel(lastClose, side, trail.level === LEVEL_PERCENT, trail.distance, tick);
}

function timeInForceOf({ timeInForce, goodUntil }: OrderOptions): number {
  if (goodUntil !== undefined) {
    checkFinite('goodUntil', goodUntil);
    if (timeInForce !== undefined)
      throw new OrderError(`an order is good until a time or ${timeInForce}, not both`);
    return GTD;
  }
  if (timeInForce === undefined) return 0;
  const choice = NAMED_TIMES.includes(timeInForce) ? TIMES_IN_FORCE.indexOf(timeInForce) : -1;
  if (choice >= 0) return choice;
  const hint = didYouMean(String(timeInForce), NAMED_TIMES);
  throw new OrderError(
    `timeInForce is ${NAMED_TIMES.join(' or ')}, or goodUntil a time, was "${timeInForce}"${hint}`,
  );
}

type Children = Pick<CheckedOrder, 'stop' | 'targets'>;
const NO_CHILDREN: Children = { stop: null, targets: [] };

/** @param entry what prices are measured from */
export function checkBracket(
  bracket: Bracket,
  side: number,
  tick: Grain,
  entry: number,
  quote: Quote,
): Children {
  checkNames(bracket, BRACKET_NAMES, 'a bracket');
  if (bracket.stop !== undefined && bracket.trail !== undefined)
    throw new OrderError('a bracket has a stop or a trailing one, not both');
  if (bracket.target !== undefined && bracket.targets !== undefined)
    throw new OrderError('a bracket has a target or several targets, not both');
  if (Object.values(bracket).every((part) => part === undefined))
    throw new OrderError('a bracket has a stop (or a trail), a target (or targets), or both');
  let stop: CheckedLevel | null = null;
  if (bracket.stop !== undefined) stop = checkLevel('stop', bracket.stop, STOP, side, tick, entry);
  if (bracket.trail !== undefined) stop = checkTrail(bracket.trail, quote);
  const targets =
    bracket.targets === undefined
      ? bracket.target === undefined
        ? []
        : [checkLevel('target', bracket.target, LIMIT, side, tick, entry)]
      : checkTargets(bracket.targets, side, tick, entry);
  if (stop === null && targets.some(({ level }) => level === LEVEL_MULTIPLE)) {
    throw new OrderError(
      'a target of a multiple needs a stop: it counts the distance from the fill to the stop',
    );
  }
  return { stop, targets };
}

function checkTargets(
  given: NonNullable<Bracket['targets']>,
  side: number,
  tick: Grain,
  entry: number,
): CheckedLevel[] {
  if (!Array.isArray(given) || given.length === 0)
    throw new OrderError('targets is a list of at least one target');
  let sum = 0;
  return given.map((target) => {
    checkNames(target, [...LEVEL_NAMES, 'portion'], 'a target');
    const { portion, ...level } = target;
    checkPositive('the portion of a target', portion);
    const from = sum;
    sum += portion;
    if (sum > 1 + PORTIONS_OFF)
      throw new OrderError(`the portions of the targets add up to more than 1: ${sum}`);
    if (sum > 1 - PORTIONS_OFF) sum = 1;
    return { ...checkLevel('target', level as TargetLevel, LIMIT, side, tick, entry), from, to: sum };
  });
}

/** @param parentSide of the entry; the child is of the other. */
function checkLevel(
  name: 'stop' | 'target',
  given: StopLevel | TargetLevel,
  type: number,
  parentSide: number,
  tick: Grain,
  entry: number,
): CheckedLevel {
  const names = type === STOP ? STOP_LEVEL_NAMES : LEVEL_NAMES;
  checkNames(given, names, `the ${name} of a bracket`);
  const keys = Object.keys(given);
  if (keys.length !== 1) throw new OrderError(`the ${name} of a bracket is one of ${names.join(', ')}`);
  const level = LEVELS.indexOf(keys[0] as (typeof LEVELS)[number]);
  const value = Object.values(given)[0] as number;
  if (level !== LEVEL_PRICE) {
    checkPositive(`the ${keys[0]} of the ${name}`, value);
    return { level, distance: value, type, from: 0, to: 1 };
  }
  checkFinite(`the price of the ${name}`, value);
  const price = roundPrice(value, type === LIMIT, -parentSide, tick);
  const isBelow = (type === STOP) === (parentSide === BUY);
  if (isBelow ? price >= entry : price <= entry) {
    const word = parentSide === BUY ? 'buy' : 'sell';
    const where = isBelow ? 'below' : 'above';
    throw new OrderError(`the ${name} of a ${word} must be ${where} its entry at ${entry}, was ${price}`);
  }
  return { level, distance: price, type, from: 0, to: 1 };
}

/** An ATR is a distance in price from here on. */
function checkTrail(given: TrailDistance, quote: Quote): CheckedLevel {
  checkNames(given, TRAIL_NAMES, 'a trail');
  const { offset, percent, atr, period } = given as Record<string, number | undefined>;
  const ways = [offset, percent, atr].filter((way) => way !== undefined);
  if (ways.length !== 1 || (period !== undefined) !== (atr !== undefined))
    throw new OrderError('a trail is an offset, a percent, or an atr with its period');
  if (offset !== undefined) {
    checkPositive('the offset of a trail', offset);
    return { level: LEVEL_OFFSET, distance: offset, type: TRAILING, from: 0, to: 1 };
  }
  if (percent !== undefined) {
    checkPositive('the percent of a trail', percent);
    if (percent >= 100) throw new OrderError(`the percent of a trail is below 100, was ${percent}`);
    return { level: LEVEL_PERCENT, distance: percent, type: TRAILING, from: 0, to: 1 };
  }
  checkPositive('the atr of a trail', atr);
  if (!Number.isInteger(period) || period! < 1)
    throw new OrderError(`the period of an atr is a whole number from 1, was ${period}`);
  const distance = atr! * quote.atr(period!);
  if (!(distance > 0)) throw new OrderError('an atr of 0 leaves a trail no distance');
  return { level: LEVEL_OFFSET, distance, type: TRAILING, from: 0, to: 1 };
}

/** From the entry to the stop, a unit. */
function riskOf(stop: CheckedLevel | null, entry: number): number {
  if (stop === null) return NaN;
  if (stop.level === LEVEL_PRICE) return Math.abs(entry - stop.distance);
  return stop.level === LEVEL_PERCENT ? (entry * stop.distance) / 100 : stop.distance;
}
