/** Reads an order as it was asked for; throws at what could never be right [1, 2, 3, 19, 21]. */
import * as asked from '../../src/broker/order.ts';
import { DAY_MS, demand, type Draft, type Run } from './kit.ts';
import { shareOf, toTick, trailAt } from './meeting.ts';

export interface Read {
  readonly draft: Draft;
  readonly from: number;
  readonly to: number;
}
/** A size as it was given, and the units if they are known already. */
export interface Sized {
  readonly kind: asked.SizeKind;
  readonly size: number;
  readonly units?: number;
}

const OPTIONS =
  'limit stop trail onClose timeInForce goodUntil reduceOnly allowPartial closes bracket maxOpenRiskPercent tag';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isPositive = (value: unknown): value is number => isNumber(value) && value > 0;

function demandNames(given: object, names: string) {
  demand(typeof given === 'object' && given !== null, `${given} is no object`);
  for (const name of Object.keys(given)) demand(names.split(' ').includes(name), `there is no ${name}`);
}
function onlyEntry(given: object, names: string): [string, number] {
  demandNames(given, names);
  const entries = Object.entries(given) as [string, number][];
  demand(entries.length === 1, `one of ${names}`);
  return entries[0]!;
}

export function sizeOf(given: asked.OrderSize): Sized {
  if (typeof given !== 'object') {
    demand(isPositive(given), `quantity ${given}`);
    return { kind: 'units', size: given };
  }
  const [kind, size] = onlyEntry(given, 'cash percent riskPercent');
  demand(isPositive(size), `${kind} ${size}`);
  return { kind: kind as asked.SizeKind, size };
}

/** What is missing to hold a target, signed [21]. */
export function missingFor(run: Run, symbol: string, target: asked.Target, held: number, price: number) {
  const [name, size] = onlyEntry(target, 'quantity value percent');
  demand(isNumber(size), `${name} ${size}`);
  demand(name === 'quantity' || price > 0, `a target in ${name} at ${price}`);
  const money = name === 'value' ? size : (run.equity * size) / 100;
  const wanted = name === 'quantity' ? size : money / (run.multiplierOf({ symbol }) * price);
  return { kind: `target ${name}` as asked.SizeKind, size, units: wanted - held };
}

/** How far behind a trailing stop stays, as a price or a percentage. */
function readTrail(run: Run, symbol: string, given: asked.TrailDistance) {
  demandNames(given, 'offset percent atr period');
  const { offset, percent, atr, period } = given as Record<string, number | undefined>;
  const ways = [offset, percent, atr].filter((way) => way !== undefined);
  demand(ways.length === 1 && (atr === undefined) === (period === undefined), 'a trail goes one way');
  demand(isPositive(ways[0]), `a trail of ${ways[0]}`);
  demand(percent === undefined || percent < 100, `a trail of ${percent} %`);
  if (percent !== undefined) return { level: 'percent', distance: percent } as const;
  if (offset !== undefined) return { level: 'offset', distance: offset } as const;
  demand(Number.isInteger(period) && period! >= 1, `a period of ${period}`);
  const bars = run.seen[symbol]!.slice(-period! - 1);
  demand(bars.length > period!, 'too few bars for an atr');
  let sum = 0;
  for (const [index, { high, low }] of bars.entries()) {
    const before = bars[index - 1]?.close;
    if (before !== undefined) sum += Math.max(high, before) - Math.min(low, before);
  }
  const distance = atr! * (sum / period!);
  demand(distance > 0, 'an atr of 0');
  return { level: 'offset', distance } as const;
}

function untilOf(run: Run, { timeInForce, goodUntil }: asked.OrderOptions) {
  if (goodUntil !== undefined) {
    demand(isNumber(goodUntil) && timeInForce === undefined, `good until ${goodUntil}`);
    return { timeInForce: 'gtd', until: goodUntil } as const;
  }
  const word: asked.TimeInForce = timeInForce ?? 'gtc';
  demand(['gtc', 'day', 'ioc', 'fok'].includes(word), `time in force ${word}`);
  const day = Math.floor((run.time + run.market.interval) / DAY_MS);
  return { timeInForce: word, until: word === 'day' ? (day + 1) * DAY_MS : NaN };
}

/** The parent first, then its stop, then its targets. */
export function readOrder(
  run: Run,
  symbol: string,
  group: number,
  side: asked.Side,
  given: Sized,
  options: asked.OrderOptions,
  extra = '',
): Read[] {
  demandNames(options, `${OPTIONS} ${extra}`);
  const { limit, stop, trail, bracket, maxOpenRiskPercent = NaN } = options;
  const { onClose = false, reduceOnly = false, allowPartial = false, closes = 0, tag = '' } = options;
  const last = run.closeOf(symbol);
  demand(side === 'buy' || side === 'sell', `side ${side}`);
  for (const flag of [onClose, reduceOnly, allowPartial]) demand(typeof flag === 'boolean', `flag ${flag}`);
  demand(limit === undefined || isNumber(limit), `limit ${limit}`);
  demand(stop === undefined || isNumber(stop), `stop ${stop}`);
  demand(trail === undefined || (limit === undefined && stop === undefined), 'a trail and a price');
  const hasPrice = limit !== undefined || stop !== undefined || trail !== undefined;
  demand(!onClose || !hasPrice, 'a price on the close');
  demand(typeof tag === 'string', `tag ${tag}`);
  const isAnyRisk = options.maxOpenRiskPercent === undefined;
  demand(isAnyRisk || (isNumber(maxOpenRiskPercent) && maxOpenRiskPercent >= 0), 'open risk');
  demand(closes === 0, `closes ${closes}`);
  demand(!reduceOnly || bracket === undefined, 'a bracket cannot be reduce-only');

  const plain = { level: '', distance: NaN } as const;
  const from = { symbol, side };
  let [type, price, limitPrice]: [asked.OrderType, number, number] = ['market', NaN, NaN];
  const trailing = trail === undefined ? plain : readTrail(run, symbol, trail);
  if (trail !== undefined) {
    demand(!Number.isNaN(last), 'a trailing stop needs a bar');
    [type, price] = ['trailing-stop', trailAt(run, { ...from, ...trailing }, last)];
  } else if (onClose) type = 'market-on-close';
  else if (stop !== undefined) {
    [type, price] = ['stop', toTick(run, stop, symbol, false, side)];
    if (limit !== undefined) [type, limitPrice] = ['stop-limit', toTick(run, limit, symbol, true, side)];
  } else if (limit !== undefined) [type, price] = ['limit', toTick(run, limit, symbol, true, side)];
  const entry = Number.isNaN(price) ? last : price;

  const parent: Draft = {
    kind: 'order',
    sequence: 0,
    parent: 0,
    group,
    side,
    type,
    quantity: NaN,
    sizedIn: given.kind,
    size: given.size,
    portion: 1,
    price,
    limitPrice,
    ...untilOf(run, options),
    ...trailing,
    reduceOnly: reduceOnly ? 1 : 0,
    allowPartial: allowPartial ? 1 : 0,
    closes: 0,
    maxOpenRiskPercent,
    tag,
  };
  const children = bracket === undefined ? [] : readBracket(run, symbol, parent, bracket, entry);
  const units = unitsOf(run, symbol, given, entry, children[0]?.draft);
  parent.quantity = run.lots(symbol, units);
  demand(isNumber(parent.quantity), `quantity ${units}`);
  for (const { draft, from: start, to } of children)
    draft.quantity = draft.size = shareOf(run, { symbol, from: start, to }, parent.quantity);
  return [{ draft: parent, from: 0, to: 1 }, ...children];
}

function unitsOf(
  run: Run,
  symbol: string,
  { kind, size, units }: Sized,
  price: number,
  stop?: Draft,
): number {
  const multiplier = run.multiplierOf({ symbol });
  if (units !== undefined) return Math.abs(units);
  if (kind === 'units') return size;
  if (kind === 'riskPercent') {
    const { level, distance } = stop && stop.type !== 'limit' ? stop : { level: '', distance: NaN };
    const away = level === 'price' ? Math.abs(price - stop!.price) : distance;
    const risk = level === 'percent' ? (price * distance) / 100 : away;
    demand(risk > 0, 'riskPercent needs a stop');
    return Math.max(0, (run.equity * size) / 100 / (multiplier * risk));
  }
  demand(price > 0, `a size in ${kind} at ${price}`);
  const money = kind === 'cash' ? size : (run.equity * size) / 100;
  return Math.max(0, money / (multiplier * price));
}

function readBracket(run: Run, symbol: string, parent: Draft, given: asked.Bracket, entry: number): Read[] {
  demandNames(given, 'stop trail target targets');
  const { stop, trail, target, targets } = given;
  demand(stop === undefined || trail === undefined, 'a stop and a trail');
  demand(target === undefined || targets === undefined, 'a target and targets');
  demand(Object.keys(given).length > 0, 'an empty bracket');
  const side = parent.side === 'buy' ? 'sell' : 'buy';
  const child: Draft = {
    ...parent,
    side,
    sizedIn: 'units',
    limitPrice: NaN,
    timeInForce: 'gtc',
    until: NaN,
    reduceOnly: 1,
    allowPartial: 0,
    maxOpenRiskPercent: NaN,
  };
  const family: Read[] = [];
  const add = (type: 'stop' | 'limit', where: asked.TargetLevel, start = 0, to = 1) => {
    const names = type === 'stop' ? 'price offset percent' : 'price offset percent multiple';
    const [level, value] = onlyEntry(where, names);
    const isPrice = level === 'price';
    demand(isPrice ? isNumber(value) : isPositive(value), `${type} ${level} ${value}`);
    const at = isPrice ? toTick(run, value, symbol, type === 'limit', side) : NaN;
    const isBelow = (type === 'stop') === (parent.side === 'buy');
    demand(!(isPrice && (isBelow ? at >= entry : at <= entry)), `${type} ${at} of an entry at ${entry}`);
    demand(level !== 'multiple' || family[0]?.draft.type.endsWith('stop') === true, 'a multiple of what');
    const own = { type, price: at, level: level as Draft['level'], distance: isPrice ? NaN : value };
    family.push({ draft: { ...child, ...own, portion: to - start }, from: start, to });
  };
  if (stop) add('stop', stop);
  if (trail) {
    const own = { type: 'trailing-stop', price: NaN, ...readTrail(run, symbol, trail) } as const;
    family.push({ draft: { ...child, ...own, portion: 1 }, from: 0, to: 1 });
  }
  if (target) add('limit', target);
  demand(targets === undefined || (Array.isArray(targets) && targets.length > 0), 'no targets');
  let sum = 0;
  for (const { portion, ...where } of targets ?? []) {
    const start = sum;
    demand(isPositive(portion), `portion ${portion}`);
    sum += portion;
    demand(sum <= 1 + 1e-9, `portions of ${sum}`);
    if (sum > 1 - 1e-9) sum = 1;
    add('limit', where as asked.TargetLevel, start, sum);
  }
  return family;
}
