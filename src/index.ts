/** What an author of strategies imports: `import { Strategy } from 'lockstep'`. */
export type { Bar } from './market/bar.ts';
export type { Instrument } from './market/instrument.ts';
export type * from './strategy/context.ts';
export type {
  Bracket,
  OrderChange,
  OrderOptions,
  OrderRequest,
  Side,
  StopLevel,
  TargetLevel,
} from './broker/order.ts';
export { OrderError } from './broker/order.ts';
export { boolean, choice, integer, number } from './strategy/params.ts';
export { Strategy } from './strategy/strategy.ts';
export { PortfolioStrategy } from './strategy/portfolio-strategy.ts';
