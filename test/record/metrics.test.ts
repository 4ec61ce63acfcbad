/** Metrics against values worked out by hand. */
import { describe, expect, test } from 'vitest';
import { EquityCurve } from '../../src/record/equity-curve.ts';
import { annualisationOf, computeMetrics } from '../../src/record/metrics.ts';
import type { Metric } from '../../src/record/summary.ts';
import type { TradeResults } from '../../src/record/trade-totals.ts';

const DAY = 86_400_000;
const YEAR = 31_557_600_000;
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const NO_TRADES: TradeResults = { trades: 0, wins: 0, losses: 0, profit: 0, loss: 0, netPnl: 0 };

/** Marks at these days after Monday. */
function curveOf(start: number, marks: readonly (readonly [day: number, equity: number])[]): EquityCurve {
  const curve = new EquityCurve(start);
  for (const [day, equity] of marks) curve.add(MONDAY + day * DAY, equity, equity, false);
  return curve;
}

function metricsOf(curve: EquityCurve, trades = NO_TRADES, interval = DAY): Record<string, Metric> {
  return computeMetrics(curve, trades, interval);
}

describe('metrics of the equity curve', () => {
  // Returns 0.1, −0.1, 0.2: mean 1/15, deviations 1/30, −1/6, 2/15, squares 0.001111, 0.027778, 0.017778,
  // sum 7/150, / 2 = 7/300, root 0.1527525.
  const deviation = Math.sqrt(7 / 300);
  const curve = curveOf(100, [
    [0, 110],
    [1, 99],
    [2, 118.8],
  ]);
  const metrics = metricsOf(curve);

  test('total return, volatility and Sharpe over three days', () => {
    expect(metrics['totalReturn']!.value).toBeCloseTo(0.188, 12);
    expect(metrics['annualVolatility']!.value).toBeCloseTo(deviation * Math.sqrt(252), 12);
    expect(metrics['sharpe']!.value).toBeCloseTo((1 / 15 / deviation) * Math.sqrt(252), 12);
  });

  test('CAGR over the time from the first open to the last close, Calmar from it', () => {
    const cagr = 1.188 ** (YEAR / (3 * DAY)) - 1;
    expect(metrics['cagr']!.value! / cagr).toBeCloseTo(1, 12);
    expect(metrics['calmar']!.value! / (cagr / 0.1)).toBeCloseTo(1, 12);
    // Twice the money in two years and a day more: 2^(1/2) − 1 if the bar is as long as what is missing.
    const two = curveOf(100, [
      [0, 100],
      [730, 200],
    ]);
    expect(metricsOf(two, NO_TRADES, 2 * YEAR - 730 * DAY)['cagr']!.value).toBeCloseTo(Math.SQRT2 - 1, 12);
  });

  test('two days are enough for a CAGR, to the millisecond', () => {
    const curve = curveOf(100, [
      [0, 99],
      [1, 101],
    ]);
    expect(metricsOf(curve)['cagr']!.value).toBeCloseTo(1.01 ** (YEAR / (2 * DAY)) - 1, 9);
    expect(metricsOf(curve)['calmar']!.value).not.toBeNull();
    expect(metricsOf(curve, NO_TRADES, DAY - 1)['cagr']!.value).toBeNull();
  });

  test('drawdown is taken at every step, not at every day', () => {
    const curve = curveOf(100, [
      [0, 120],
      [0.1, 90],
      [0.2, 130],
      [1, 117],
    ]);
    expect(metricsOf(curve)['maxDrawdown']!.value).toBeCloseTo(-0.25, 12);
  });

  test('the peak begins at the starting equity', () => {
    const curve = curveOf(100, [
      [0, 80],
      [1, 90],
    ]);
    expect(metricsOf(curve)['maxDrawdown']!.value).toBeCloseTo(-0.2, 12);
  });

  test('the first day counts from the starting equity, and a day by its last mark', () => {
    // Returns 0.1 and 0.1, whatever happened at noon.
    const curve = curveOf(100, [
      [0, 500],
      [0.5, 110],
      [1, 1],
      [1.5, 121],
    ]);
    expect(curve.daily).toEqual([110, 121]);
  });

  test.each([
    ['Monday to Friday', [0, 1, 2, 3, 4, 7], 252],
    ['a Saturday', [4, 5], 365],
    ['a Sunday', [4, 6], 365],
    ['a Sunday before 1970', [-20_021], 365],
    ['a Saturday before 1970', [-20_022], 365],
  ])('annualises by the calendar of the data: %s', (_, days, A) => {
    const curve = curveOf(
      100,
      days.map((day) => [day, 100 + day] as const),
    );
    expect(annualisationOf(curve.hasWeekends)).toContain(`A = ${A} `);
  });

  test('exposure is the share of marks with a position', () => {
    const curve = new EquityCurve(100);
    for (const [day, isExposed] of [true, false, true, true].entries())
      curve.add(MONDAY + day * DAY, 100, 100, isExposed);
    expect(metricsOf(curve)['exposure']!.value).toBe(0.75);
  });
});

describe('metrics of trades', () => {
  test('are made of net results', () => {
    // Wins 30 and 10, losses −5 and −15, one of 0.
    const trades = { trades: 5, wins: 2, losses: 2, profit: 40, loss: -20, netPnl: 20 };
    const metrics = metricsOf(curveOf(100, [[0, 120]]), trades);
    const values = ['winRate', 'profitFactor', 'expectancy', 'averageWin', 'averageLoss'].map(
      (name) => metrics[name]!.value,
    );
    expect(values).toEqual([0.4, 2, 4, 20, -10]);
  });
});

describe('a metric that is undefined is null and says why', () => {
  const flat = curveOf(100, [
    [0, 100],
    [1, 100],
    [2, 100],
  ]);
  const even = curveOf(
    100,
    [0, 1, 2, 3, 4].map((day) => [day, 100 * 1.01 ** (day + 1)] as const),
  );
  const ruined = curveOf(100, [
    [0, 50],
    [1, -10],
    [2, -10],
  ]);
  /** From Monday noon to Tuesday night: two daily returns, but not two days. */
  const overnight = curveOf(100, [
    [0.5, 90],
    [1, 101],
  ]);
  const onlyWins = { trades: 1, wins: 1, losses: 0, profit: 3, loss: 0, netPnl: 3 };
  test.each([
    ['sharpe', flat, NO_TRADES, 'daily returns do not vary'],
    ['sharpe', even, NO_TRADES, 'daily returns do not vary'],
    ['sharpe', curveOf(100, [[0, 101]]), NO_TRADES, 'fewer than two days'],
    ['annualVolatility', curveOf(100, [[0, 101]]), NO_TRADES, 'fewer than two days'],
    ['annualVolatility', ruined, NO_TRADES, 'equity fell to 0 or below'],
    ['calmar', flat, NO_TRADES, 'there was no drawdown'],
    ['cagr', ruined, NO_TRADES, 'equity fell to 0 or below'],
    ['calmar', ruined, NO_TRADES, 'equity fell to 0 or below'],
    ['cagr', new EquityCurve(100), NO_TRADES, 'no time elapsed'],
    ['cagr', curveOf(100, [[0, 101]]), NO_TRADES, 'fewer than two days'],
    ['calmar', curveOf(100, [[0, 101]]), NO_TRADES, 'fewer than two days'],
    ['cagr', overnight, NO_TRADES, 'fewer than two days'],
    ['calmar', overnight, NO_TRADES, 'fewer than two days'],
    [
      'cagr',
      curveOf(1e-9, [
        [1, 1e9],
        [2, 1e9],
      ]),
      NO_TRADES,
      'too large for a number',
    ],
    ['totalReturn', curveOf(0, [[0, 0]]), NO_TRADES, 'there was no starting equity'],
    ['maxDrawdown', curveOf(0, [[0, 0]]), NO_TRADES, 'there was no starting equity'],
    ['winRate', flat, NO_TRADES, 'no trade was closed'],
    ['profitFactor', flat, NO_TRADES, 'no trade was closed'],
    ['profitFactor', flat, onlyWins, 'no trade lost'],
    ['averageLoss', flat, onlyWins, 'no trade lost'],
    ['averageWin', flat, NO_TRADES, 'no trade won'],
    ['expectancy', flat, NO_TRADES, 'no trade was closed'],
    ['exposure', new EquityCurve(100), NO_TRADES, 'no step was marked'],
  ] as const)('%s (%#)', (name, curve, trades, reason) => {
    expect(metricsOf(curve, trades)[name]).toMatchObject({ value: null, reason });
  });

  test('a loss of more than everything is a loss all the same', () => {
    const { totalReturn, maxDrawdown } = metricsOf(ruined);
    expect(totalReturn!.value).toBeCloseTo(-1.1, 12);
    expect(maxDrawdown!.value).toBeCloseTo(-1.1, 12);
  });

  test('each names its formula and unit, and none is NaN or infinite', () => {
    for (const curve of [flat, even, ruined, new EquityCurve(0), new EquityCurve(NaN)]) {
      for (const metric of Object.values(metricsOf(curve))) {
        expect(metric.formula).toMatch(/^[a-z-]+$/);
        expect(metric.unit).toMatch(/^(fraction|ratio|money)$/);
        if (metric.value === null) expect(metric.reason).toBeTruthy();
        else expect(Number.isFinite(metric.value)).toBe(true);
      }
    }
  });
});
