/**
 * The metrics of a run, each with its formula's name; what is undefined is null with a reason.
 *
 * r = simple returns of daily marked equity, the first from the starting equity E₀; N of them, s their sample deviation
 * (n − 1); A = periods per year; years = elapsed ms / 31,557,600,000, from the open of the first marked bar to the close of
 * the last. Nothing is stretched to a year from less than two days.
 *
 *     total-return     E_N / E₀ − 1
 *     cagr             (E_N / E₀)^(1 / years) − 1
 *     volatility       s · √A
 *     sharpe           mean r / s · √A, riskless rate 0
 *     max-drawdown     min(E / cummax E − 1) over every step, the peak seeded with E₀: ≤ 0
 *     calmar           cagr / |max-drawdown|
 *     win-rate         wins / trades; a trade of exactly 0 is no win
 *     profit-factor    Σ wins / |Σ losses|, in money
 *     expectancy       mean result of a trade, in money
 *     average-win      Σ wins / wins;  average-loss  Σ losses / losses: < 0
 *     exposure         steps at whose mark a position is open / steps
 *
 * Trades are closing legs, their results net of commission.
 */
import type { EquityCurve } from './equity-curve.ts';
import type { Metric } from './summary.ts';
import type { TradeResults } from './trade-totals.ts';

const YEAR_MS = 31_557_600_000;
const DAY_MS = 86_400_000;
/** A return is E / E' − 1, so it carries a rounding of about 2⁻⁵³ however small it is: less deviation than a few of them is none. */
const DEVIATION_MIN = 2 ** -50;

/** A value, or why there is none. */
type Result = number | string;

const LOST_ALL = 'equity fell to 0 or below';
const NO_TRADES = 'no trade was closed';
const TOO_SHORT = 'fewer than two days';

/** 365 for markets that trade on weekends, else 252. */
export function periodsPerYear(hasWeekends: boolean): number {
  return hasWeekends ? 365 : 252;
}

/** The sentence that belongs beside the annualised ones. */
export function annualisationOf(hasWeekends: boolean): string {
  const why = hasWeekends ? 'there are bars on weekends' : 'there are no bars on weekends';
  return `annualisation: daily marked equity (UTC days), A = ${periodsPerYear(hasWeekends)} because ${why}; riskless rate 0`;
}

/** @param interval length of a bar in milliseconds. */
export function computeMetrics(
  curve: EquityCurve,
  trades: TradeResults,
  interval: number,
): Record<string, Metric> {
  const { startEquity, equity, daily, maxDrawdown, marks } = curve;
  const elapsedMs = marks === 0 ? 0 : curve.lastTime + interval - curve.firstTime;
  const returns = dailyReturns(startEquity, daily);
  const root = Math.sqrt(periodsPerYear(curve.hasWeekends));
  const cagr = cagrOf(startEquity, equity, elapsedMs);
  const drawdown: Result = maxDrawdown === maxDrawdown ? maxDrawdown : 'there was no starting equity';
  return {
    totalReturn: metric('fraction', 'total-return', totalReturnOf(startEquity, equity)),
    cagr: metric('fraction', 'cagr', cagr),
    annualVolatility: metric('fraction', 'volatility', volatilityOf(returns, root)),
    sharpe: metric('ratio', 'sharpe', sharpeOf(returns, root)),
    maxDrawdown: metric('fraction', 'max-drawdown', drawdown),
    calmar: metric('ratio', 'calmar', calmarOf(cagr, drawdown)),
    winRate: metric('fraction', 'win-rate', ratio(trades.wins, trades.trades, NO_TRADES)),
    profitFactor: metric('ratio', 'profit-factor', profitFactorOf(trades)),
    expectancy: metric('money', 'expectancy', ratio(trades.netPnl, trades.trades, NO_TRADES)),
    averageWin: metric('money', 'average-win', ratio(trades.profit, trades.wins, 'no trade won')),
    averageLoss: metric('money', 'average-loss', ratio(trades.loss, trades.losses, 'no trade lost')),
    exposure: metric('fraction', 'exposure', ratio(curve.exposedMarks, marks, 'no step was marked')),
  };
}

/** A number that cannot be written down as one is no result, whatever formula led to it. */
function metric(unit: string, formula: string, result: Result): Metric {
  if (typeof result === 'string') return { value: null, unit, formula, reason: result };
  if (!Number.isFinite(result)) return { value: null, unit, formula, reason: 'too large for a number' };
  return { value: result, unit, formula };
}

function ratio(numerator: number, denominator: number, reason: string): Result {
  return denominator === 0 ? reason : numerator / denominator;
}

function dailyReturns(startEquity: number, daily: readonly number[]): number[] | string {
  const returns: number[] = [];
  let before = startEquity;
  for (const equity of daily) {
    if (before <= 0) return LOST_ALL;
    returns.push(equity / before - 1);
    before = equity;
  }
  return returns;
}

function totalReturnOf(startEquity: number, equity: number): Result {
  return startEquity > 0 ? equity / startEquity - 1 : 'there was no starting equity';
}

function cagrOf(startEquity: number, equity: number, elapsedMs: number): Result {
  if (!(startEquity > 0)) return 'there was no starting equity';
  if (equity <= 0) return LOST_ALL;
  if (!(elapsedMs > 0)) return 'no time elapsed';
  if (elapsedMs < 2 * DAY_MS) return TOO_SHORT;
  return (equity / startEquity) ** (YEAR_MS / elapsedMs) - 1;
}

/** Mean and sample deviation, in two passes. */
function momentsOf(returns: number[] | string): { mean: number; deviation: number } | string {
  if (typeof returns === 'string') return returns;
  const count = returns.length;
  if (count < 2) return TOO_SHORT;
  const mean = returns.reduce((sum, value) => sum + value, 0) / count;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)) };
}

function volatilityOf(returns: number[] | string, root: number): Result {
  const moments = momentsOf(returns);
  return typeof moments === 'string' ? moments : moments.deviation * root;
}

function sharpeOf(returns: number[] | string, root: number): Result {
  const moments = momentsOf(returns);
  if (typeof moments === 'string') return moments;
  const { mean, deviation } = moments;
  return deviation < DEVIATION_MIN ? 'daily returns do not vary' : (mean / deviation) * root;
}

function calmarOf(cagr: Result, drawdown: Result): Result {
  if (typeof cagr === 'string') return cagr;
  if (typeof drawdown === 'string') return drawdown;
  return ratio(cagr, Math.abs(drawdown), 'there was no drawdown');
}

function profitFactorOf({ trades, profit, loss }: TradeResults): Result {
  return trades === 0 ? NO_TRADES : ratio(profit, Math.abs(loss), 'no trade lost');
}
