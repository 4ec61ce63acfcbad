/** As `roll-call.ts`, once a step, whether or not anyone is there. */
import { type PortfolioContext, PortfolioStrategy } from '../../../src/index.ts';

export default class PortfolioRollCall extends PortfolioStrategy {
  override onStep(ctx: PortfolioContext) {
    ctx.log(ctx.universe.map(({ isPresent }) => (isPresent ? '1' : '0')).join(''));
  }
}
