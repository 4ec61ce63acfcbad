/** What an author of strategies imports: `import { Strategy } from 'lockstep'`. */
export type { Bar } from './market/bar.ts';
export type { Instrument } from './market/instrument.ts';
export type * from './strategy/context.ts';
export type {
  Bracket,
  OrderChange,
  OrderOptions,
  OrderRequest,
  OrderSize,
  PortionedTarget,
  PositionRules,
  Side,
  StopLevel,
  Target,
  TargetLevel,
  TrailDistance,
} from './broker/order.ts';
export { OrderError } from './broker/order.ts';
export { boolean, choice, integer, number } from './strategy/params.ts';
export { Strategy } from './strategy/strategy.ts';
export { PortfolioStrategy } from './strategy/portfolio-strategy.ts';
export { ExponentialMovingAverage, SimpleMovingAverage, WilderAverage } from './rolling/averages.ts';
export { AverageTrueRange, RelativeStrengthIndex } from './rolling/oscillators.ts';
export { Ring } from './rolling/ring.ts';
export { RollingMaximum, RollingMinimum } from './rolling/rolling-extremes.ts';
export { RollingSum } from './rolling/rolling-sum.ts';
export { RollingVariance } from './rolling/rolling-variance.ts';
export { SUM_KINDS, SummedAverage, type SumKind } from './rolling/summed-average.ts';
export { VolumeCache } from './rolling/volume-cache.ts';
