/** Rules for a random world: every model of costs, every account, every limit, most of the time not all at once. */
import {
  type AccountSpec,
  type CommissionSpec,
  DEFAULT_RULES,
  INTRABAR_POLICIES,
  type LimitsSpec,
  REG_T,
  type Rules,
  type SlippageSpec,
} from '../../src/broker/policies.ts';
import type { Dice } from './dice.ts';

export function randomRules(dice: Dice, cash: number, units: Readonly<Record<string, number>>): Rules {
  const costs = Object.entries(units).flatMap(([symbol, unit]) => {
    if (!dice.chance(0.15)) return [];
    const commission = dice.chance(0.6) ? { commission: randomCommission(dice, cash) } : {};
    const slippage = dice.chance(0.6) ? { slippage: randomSlippage(dice, unit) } : {};
    return [[symbol, { ...commission, ...slippage }] as const];
  });
  return {
    ...DEFAULT_RULES,
    cash,
    account: randomAccount(dice),
    limits: randomLimits(dice),
    commission: randomCommission(dice, cash),
    slippage: randomSlippage(dice, Object.values(units)[0]!),
    costs: Object.fromEntries(costs),
    maxVolume: dice.pick([null, null, null, 0.02, 0.1, 0.5, 1]),
    intrabar: dice.pick(INTRABAR_POLICIES),
    limitTouch: dice.pick(['touch', 'touch', 'through']),
  };
}

/** Margins so thin that a few bars bring them down, and the usual ones. */
function randomAccount(dice: Dice): AccountSpec {
  const way = dice.int(0, 9);
  if (way < 4) return { kind: 'cash' };
  if (way < 6) return { kind: 'leverage', leverage: dice.pick([1, 2, 4, 10]) };
  if (way < 7) return REG_T;
  const [maintenanceLong, maintenanceShort] = [dice.pick([0.05, 0.09]), dice.pick([0.04, 0.1])];
  return { kind: 'margin', initial: 0.1, maintenanceLong, maintenanceShort };
}

function randomCommission(dice: Dice, cash: number): CommissionSpec {
  const [minimum, more] = [dice.pick([0, 0, 0, cash * 1e-4, 2]), dice.pick([0, cash * 1e-3, 1])];
  return {
    rate: dice.pick([0, 0, 0.001, 0.0005]),
    perShare: dice.pick([0, 0, 0.01]),
    perOrder: dice.pick([0, 0, 1, 0.3]),
    minimum,
    maximum: dice.chance(0.25) ? minimum + more : null,
  };
}

function randomSlippage(dice: Dice, unit: number): SlippageSpec {
  return {
    bps: dice.pick([0, 0, 2, 25, 150]),
    price: dice.pick([0, 0, 0, unit / 3, unit * 2]),
    spreads: dice.pick([0, 0, 0, 0.5, 1]),
  };
}

function randomLimits(dice: Dice): LimitsSpec {
  const maybe = (...choices: readonly number[]) => (dice.chance(0.12) ? dice.pick(choices) : null);
  return {
    tradePercent: maybe(1, 20, 100),
    openRiskPercent: maybe(0.5, 3, 20),
    positions: maybe(1, 2, 3),
    symbolExposurePercent: maybe(10, 50, 150),
    grossExposurePercent: maybe(20, 80, 250),
    dailyLossPercent: maybe(0.2, 1, 5),
    drawdownPercent: maybe(2, 10, 30),
  };
}
