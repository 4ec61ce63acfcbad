/** What a random trader may wish for: prices near the bar, ways in, times in force, brackets, position rules. */
import type { Bar, OrderOptions, Side } from '../../src/index.ts';
import type { PositionRules, StopLevel, TargetLevel, TrailDistance } from '../../src/broker/order.ts';
import type { Dice } from './dice.ts';

/** Near the bar, and mostly on a level that a bar will touch to the tick. */
export function wishPrice(dice: Dice, bar: Bar, unit: number): number {
  const steps = dice.int(-4, 4) + (dice.chance(0.1) ? 0.3 : 0);
  const price = dice.pick([bar.open, bar.high, bar.low, bar.close]) + steps * unit;
  return price > 0 ? price : unit;
}

/** Too far for the price, now and then, or for the bars that there are. */
function wishTrail(dice: Dice, unit: number): TrailDistance {
  const way = dice.int(0, 2);
  if (way === 0) return { offset: dice.pick([0.5, 1, 2, 3.3]) * unit };
  if (way === 1) return { percent: dice.pick([0.3, 1, 2.5, 7]) };
  return { atr: dice.pick([0.5, 1, 2]), period: dice.pick([1, 2, 3, 7]) };
}

export function wishEntry(
  dice: Dice,
  bar: Bar,
  unit: number,
): Pick<OrderOptions, 'limit' | 'stop' | 'trail' | 'onClose'> {
  const type = dice.int(0, 19);
  if (type < 5) return {};
  if (type < 10) return { limit: wishPrice(dice, bar, unit) };
  if (type < 14) return { stop: wishPrice(dice, bar, unit) };
  if (type < 16) return { trail: wishTrail(dice, unit) };
  if (type < 18) return { onClose: true };
  return { stop: wishPrice(dice, bar, unit), limit: wishPrice(dice, bar, unit) };
}

export function wishTime(
  dice: Dice,
  time: number,
  interval: number,
): Pick<OrderOptions, 'timeInForce' | 'goodUntil'> {
  const way = dice.int(0, 13);
  if (way < 8) return {};
  if (way < 10) return { timeInForce: 'day' };
  if (way < 11) return { timeInForce: 'ioc' };
  if (way < 12) return { timeInForce: 'fok' };
  if (way < 13) return { timeInForce: 'gtc' };
  return { goodUntil: time + interval * dice.int(0, 6) + dice.pick([-1, 0, 0, 1]) };
}

/** @param reference where the entry is expected */
export function wishBracket(
  dice: Dice,
  side: Side,
  reference: number,
  unit: number,
): NonNullable<OrderOptions['bracket']> {
  const sign = side === 'buy' ? 1 : -1;
  const level = (winning: number): StopLevel => {
    const way = dice.int(0, 2);
    const steps = dice.chance(0.03) ? 0 : dice.int(1, 6);
    if (way === 0) return { price: reference + winning * sign * steps * unit };
    return way === 1
      ? { offset: dice.pick([0.5, 1, 2, 3, 3.3]) * unit }
      : { percent: dice.pick([0.3, 1, 2.5, 7]) };
  };
  const target = (): TargetLevel => (dice.chance(0.3) ? { multiple: dice.pick([0.5, 1, 2, 3]) } : level(1));
  const down = dice.chance(0.25) ? { trail: wishTrail(dice, unit) } : { stop: level(-1) };
  const portions = dice.pick([[0.5, 0.5], [1 / 3, 1 / 3, 1 / 3], [0.25, 0.5], [0.1], [0.6, 0.3, 0.1]]);
  const up = dice.chance(0.35)
    ? { targets: portions.map((portion) => Object.assign({ portion }, target())) }
    : { target: target() };
  const which = dice.int(0, 9);
  return which < 7 ? { ...down, ...up } : which < 9 ? down : up;
}

/** Now and then some that cannot be. */
export function wishRules(dice: Dice, unit: number): PositionRules | null {
  if (dice.chance(0.2)) return null;
  if (dice.chance(0.1))
    return dice.pick<PositionRules>([
      { maxBars: 0 },
      { maxBars: 1.5 },
      { breakevenAtR: -1 },
      { target: { multiple: 2 } },
      { stop: { percent: 1 }, trail: { percent: 1 } },
      { stop: { price: 1 } } as never,
    ]);
  const offset = dice.pick([1, 2, 3.3]) * unit;
  const stop = dice.pick([
    { stop: { offset } },
    { stop: { percent: 2.5 } },
    { trail: wishTrail(dice, unit) },
  ]);
  const hasStop = dice.chance(0.7);
  const target = dice.pick([{ offset }, { percent: 3 }, hasStop ? { multiple: 1.5 } : { offset }]);
  return {
    ...(hasStop ? stop : {}),
    ...(dice.chance(0.4) ? { target } : {}),
    ...(dice.chance(0.5) ? { maxBars: dice.int(1, 6) } : {}),
    ...(dice.chance(0.6) ? { breakevenAtR: dice.pick([0.25, 0.5, 1]) } : {}),
  };
}
