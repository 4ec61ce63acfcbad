/** The rules of zipline one by one, with figures that can be checked by hand. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../src/broker/policies.ts';
import { tickPrice, wholeAmount, type ZiplineSettings } from '../../src/broker/presets/zipline.ts';
import { type PortfolioContext, PortfolioStrategy } from '../../src/index.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../../src/market/instrument.ts';
import type { EventOf, RunEvent } from '../../src/record/records.ts';
import { marketOf, type Quote } from '../broker/scene.ts';
import { play } from '../support/play.ts';

/** What is done at a session, by its number. */
type Moves = Readonly<Record<number, (ctx: PortfolioContext) => void>>;
type Bars = Readonly<Record<string, readonly Quote[]>>;
type Given = Partial<ZiplineSettings> & { readonly instrument?: Partial<Instrument> };

/** A close and a volume: the rest of a bar is not read, and says so by its figures. */
const at = (close: number, volume = 1_000): Quote => [0.5, 9_999, 0.25, close, volume];
const FREE: Given = { slippage: { kind: 'none' }, commission: { kind: 'none' } };

async function eventsOf(
  bars: Bars,
  moves: Moves,
  { instrument, ...settings }: Given = FREE,
): Promise<RunEvent[]> {
  class Scripted extends PortfolioStrategy {
    override onStep(ctx: PortfolioContext) {
      moves[ctx.step]?.(ctx);
    }
  }
  const { events } = await play(marketOf(bars), {
    strategies: [{ source: { strategyClass: Scripted }, params: {}, symbolParams: {} }],
    rules: {
      ...DEFAULT_RULES,
      cash: 1_000,
      fills: { preset: 'zipline', settings: { ...FREE, ...settings } },
    },
    instruments: Object.fromEntries(
      Object.keys(bars).map((name) => [name, { ...DEFAULT_INSTRUMENT, ...instrument }]),
    ),
    seed: 1,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  });
  return events;
}

function of<Kind extends RunEvent['kind']>(events: readonly RunEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> & RunEvent => event.kind === kind);
}

/** `step symbol signed quantity @ price`. */
async function fillsOf(bars: Bars, moves: Moves, given?: Given): Promise<string[]> {
  return of(await eventsOf(bars, moves, given), 'fill').map(
    ({ step, symbol, side, quantity, price }) => `${step} ${symbol} ${side} ${quantity} @ ${price}`,
  );
}

describe('a session', () => {
  test('books all fills and then all commissions, and values longs and shorts at its close', async () => {
    const events = await eventsOf(
      { A: [at(10), at(20), at(30)], B: [at(5), at(4), at(6)] },
      { 0: (ctx) => (ctx.buy('A', 2), ctx.sell('B', 3)) },
      { slippage: { kind: 'fixed', spread: 0.5 }, commission: { kind: 'perTrade', cost: 1.5 } },
    );
    // 1000 − 2 × 20.25, then + 3 × 3.75; two commissions of 1.5 after that.
    expect(of(events, 'fill').map(({ price, commission, cash }) => [price, commission, cash])).toEqual([
      [20.25, 1.5, 959.5],
      [3.75, 1.5, 970.75],
    ]);
    expect(of(events, 'equity').map(({ cash, equity }) => [cash, equity])).toEqual([
      [1_000, 1_000],
      [967.75, 967.75 + 40 - 12],
      [967.75, 967.75 + 60 - 18],
    ]);
  });

  test('adds up what longs and shorts are worth together', async () => {
    const known: number[] = [];
    const bars = { A: [at(10), at(20), at(20)], B: [at(5), at(4), at(4)] };
    await eventsOf(bars, {
      0: (ctx) => (ctx.buy('A', 2), ctx.sell('B', 3)),
      1: ({ account }) => known.push(account.equity, account.buyingPower),
    });
    expect(known).toEqual([1_000, 1_000 - 40 - 12]);
  });

  test('fills nothing of a symbol that has no bar in it, or no volume', async () => {
    const bars = { A: [at(10), null, at(11, 0), at(12)], B: [at(1), at(1), at(1), at(1)] };
    expect(await fillsOf(bars, { 0: (ctx) => ctx.buy('A', 5) })).toEqual(['3 A buy 5 @ 12']);
  });

  test('takes orders for a symbol that has no bar in it', async () => {
    const bars = { A: [null, null, at(12)], B: [at(1), at(1), at(1)] };
    expect(await fillsOf(bars, { 0: (ctx) => ctx.buy('A', 5, { limit: 12 }) })).toEqual(['2 A buy 5 @ 12']);
  });

  test('checks neither cash nor shorts', async () => {
    const bars = { A: [at(10), at(10), at(10)] };
    const events = await eventsOf(bars, { 0: (ctx) => ctx.sell('A', 500), 1: (ctx) => ctx.buy('A', 5_000) });
    expect(of(events, 'rejection')).toEqual([]);
    expect(of(events, 'equity').map(({ cash }) => cash)).toEqual([1_000, 6_000, -44_000]);
  });
});

describe('symbols come in the order of their first open order', () => {
  const bars = { A: [at(10), at(10), at(10)], B: [at(20), at(20), at(20)] };
  const cashOf = async (moves: Moves): Promise<Record<string, number>> =>
    Object.fromEntries(
      of(await eventsOf(bars, moves), 'fill').map(({ step, symbol, cash }) => [`${step} ${symbol}`, cash]),
    );

  test('not of their names', async () => {
    const cash = await cashOf({ 0: (ctx) => (ctx.buy('B', 1), ctx.buy('A', 1)) });
    expect(cash).toEqual({ '1 B': 980, '1 A': 970 });
  });

  test('and keep it when that one was cancelled in the same session', async () => {
    const moves: Moves = {
      0: (ctx) => {
        const first = ctx.buy('B', 7);
        ctx.buy('A', 1);
        expect(ctx.cancel(first)).toBe(true);
        ctx.buy('B', 1);
      },
    };
    expect(await cashOf(moves)).toEqual({ '1 B': 980, '1 A': 970 });
  });

  test('and come last again once they had none', async () => {
    const moves: Moves = {
      0: (ctx) => (ctx.buy('A', 1), ctx.buy('B', 1, { limit: 5 })),
      1: (ctx) => (ctx.buy('A', 1), ctx.buy('B', 1)),
    };
    expect(await cashOf(moves)).toEqual({ '1 A': 990, '2 B': 970, '2 A': 960 });
  });
});

describe('an order', () => {
  const FEW: Given = { slippage: { kind: 'fixedBasisPoints', bps: 0, volumeLimit: 0.1 } };

  test('that was reached once is a market order for what is left of it', async () => {
    const bars = { A: [at(10), at(10.5), at(11), at(9), at(9)] };
    const fills = await fillsOf(bars, { 0: (ctx) => ctx.buy('A', 150, { stop: 11 }) }, FEW);
    expect(fills).toEqual(['2 A buy 100 @ 11', '3 A buy 50 @ 9']);
  });

  test('with stop and limit is a limit from the close on that reaches the stop', async () => {
    const bars = { A: [at(10), at(9.5), at(11), at(10.5), at(10)] };
    const fills = await fillsOf(bars, { 0: (ctx) => ctx.buy('A', 1, { stop: 10.8, limit: 10.2 }) });
    expect(fills).toEqual(['4 A buy 1 @ 10']);
  });

  test('at a limit fills at the close, and slips beyond the limit', async () => {
    const bars = { A: [at(10), at(9), at(12), at(11)] };
    const moves: Moves = { 0: (ctx) => (ctx.buy('A', 1, { limit: 9 }), ctx.sell('A', 1, { limit: 11.5 })) };
    const fills = await fillsOf(bars, moves, { slippage: { kind: 'fixed', spread: 0.5 } });
    expect(fills).toEqual(['1 A buy 1 @ 9.25', '2 A sell 1 @ 11.75']);
  });

  test('is filled by what the orders before it leave of the volume, and those behind are not asked', async () => {
    const bars = { A: [at(10), at(11), at(10), at(10)] };
    const moves: Moves = { 0: (ctx) => (ctx.buy('A', 120), ctx.buy('A', 5), ctx.buy('A', 5, { stop: 11 })) };
    // The stop was passed in session 1, when the volume was used up before its turn.
    expect(await fillsOf(bars, moves, FEW)).toEqual([
      '1 A buy 100 @ 11',
      '2 A buy 20 @ 10',
      '2 A buy 5 @ 10',
    ]);
  });

  test('waits where its share of the volume would move the price beyond its limit', async () => {
    const slippage = { kind: 'volumeShare', volumeLimit: 0.5, priceImpact: 0.4 } as const;
    const bars = { A: [at(10), at(10, 100), at(10, 200), at(10, 200)] };
    // 50 of 100: 10 × (1 + 0.25 × 0.4) = 11. 50 of 200: 10 × (1 + 0.0625 × 0.4) = 10.25.
    const fills = await fillsOf(bars, { 0: (ctx) => ctx.buy('A', 50, { limit: 10.5 }) }, { slippage });
    expect(fills).toEqual(['2 A buy 50 @ 10.25']);
  });

  test('is not held back by a limit of 0', async () => {
    const slippage = { kind: 'volumeShare', volumeLimit: 0.5, priceImpact: 5 } as const;
    const bars = { A: [at(10), at(10, 100), at(10, 100)] };
    // 10 × (1 − 0.25 × 5).
    const fills = await fillsOf(bars, { 0: (ctx) => ctx.sell('A', 50, { limit: 0 }) }, { slippage });
    expect(fills).toEqual(['1 A sell 50 @ -2.5']);
  });

  test('is rounded as it was given, whatever the lot', async () => {
    const bars = { A: [at(10), at(10)] };
    const given = { instrument: { lot: 1 } };
    expect(await fillsOf(bars, { 0: (ctx) => ctx.buy('A', 1.99995) }, given)).toEqual(['1 A buy 2 @ 10']);
  });

  test('of an amount that rounds to 0 is refused', async () => {
    const bars = { A: [at(10), at(10)] };
    const events = await eventsOf(bars, { 0: (ctx) => (ctx.buy('A', 0.5), ctx.buy('A', 1.99995)) });
    expect(of(events, 'rejection').map(({ step, sequence, code }) => [step, sequence, code])).toEqual([
      [1, 1, 'LOT'],
    ]);
    expect(of(events, 'fill').map(({ sequence, quantity }) => [sequence, quantity])).toEqual([[2, 2]]);
  });

  test('that takes a position to the other side is two fills, whose parts are those of one', async () => {
    const bars = { A: [at(10), at(10), at(12), at(12)] };
    const moves: Moves = { 0: (ctx) => ctx.buy('A', 2), 1: (ctx) => ctx.sell('A', 7) };
    const events = await eventsOf(bars, moves, { commission: { kind: 'perTrade', cost: 2.9 } });
    const [, close, open] = of(events, 'fill');
    expect([close!.effect, close!.quantity, open!.effect, open!.quantity]).toEqual(['close', 2, 'open', 5]);
    const part = 2.9 * (2 / 7);
    expect(part + (2.9 - part)).not.toBe(2.9); // So the parts cannot be these.
    expect(close!.commission + open!.commission).toBe(2.9);
    expect(close!.commission).toBeCloseTo(part, 12);
    expect([close!.cash, open!.cash]).toEqual([1_061.1, 1_061.1]);
    expect(of(events, 'trade').map(({ quantity, entryPrice, pnl }) => [quantity, entryPrice, pnl])).toEqual([
      [2, 10, 4],
    ]);
  });

  test('ends by a cancel before the next session, and with the data', async () => {
    const bars = { A: [at(10), at(10), at(10)] };
    const events = await eventsOf(bars, {
      0: (ctx) => ctx.cancel(ctx.buy('A', 1)),
      1: (ctx) => (ctx.buy('A', 2, { limit: 1 }), ctx.cancel(ctx.buy('A', 3, { limit: 1 }))),
      2: (ctx) => ctx.cancel(ctx.buy('A', 4)),
    });
    expect(of(events, 'fill')).toEqual([]);
    expect(of(events, 'cancel').map(({ sequence, reason }) => `${sequence} ${reason}`)).toEqual([
      '1 request',
      '3 request',
      '4 request',
    ]);
    expect(of(events, 'expiry').map(({ sequence, reason }) => `${sequence} ${reason}`)).toEqual([
      '2 end of data',
    ]);
  });
});

describe('the cancel policy at the end of a day', () => {
  test('takes the oldest order of a symbol that has more than one, and no other', async () => {
    const low = { limit: 1 };
    const events = await eventsOf(
      { A: [at(10), at(10), at(10), at(10)], B: [at(10), at(10), at(10), at(10)] },
      {
        0: (ctx) => (ctx.buy('A', 1, low), ctx.buy('B', 1, low), ctx.buy('A', 2, low), ctx.buy('A', 3, low)),
      },
      { cancelPolicy: 'endOfDay' },
    );
    expect(of(events, 'cancel').map(({ step, sequence, reason }) => [step, sequence, reason])).toEqual([
      [1, 1, 'end of day'],
      [2, 3, 'end of day'],
    ]);
  });
});

describe('commissions', () => {
  const bars = { A: [at(10), at(10, 600), at(10, 600), at(10, 600), at(10)] };
  const slippage = { kind: 'fixedBasisPoints', bps: 0, volumeLimit: 0.1 } as const;
  const feesOf = async (commission: ZiplineSettings['commission']): Promise<number[]> =>
    of(await eventsOf(bars, { 0: (ctx) => ctx.buy('A', 150) }, { slippage, commission }), 'fill').map(
      (fill) => fill.commission,
    );

  test('by the share have a minimum an order, which its later fills use up first', async () => {
    const fees = await feesOf({ kind: 'perShare', cost: 0.01, minimum: 1.3 });
    expect(fees.map((fee) => fee.toFixed(9))).toEqual(['1.300000000', '0.000000000', '0.200000000']);
  });

  test('by the trade are for the first fill', async () => {
    expect(await feesOf({ kind: 'perTrade', cost: 1.5 })).toEqual([1.5, 0, 0]);
  });

  test('are never paid out, as slippage beyond the price would have it', async () => {
    const given: Given = {
      slippage: { kind: 'fixed', spread: 24 },
      commission: { kind: 'perDollar', rate: 0.5 },
    };
    const events = await eventsOf({ A: [at(10), at(10)] }, { 0: (ctx) => ctx.sell('A', 1) }, given);
    expect(of(events, 'fill').map(({ price, commission, cash }) => [price, commission, cash])).toEqual([
      [-2, 0, 998],
    ]);
    expect(of(events, 'equity').at(-1)!.cash).toBe(998);
  });

  test('by the value are of each fill', async () => {
    expect(await feesOf({ kind: 'perDollar', rate: 0.5 })).toEqual([300, 300, 150]);
  });
});

test.each([
  [3, 3],
  [2.99995, 3],
  [2.9998, 2],
  [3.00005, 3],
  [3.9, 3],
  [0.5, 0],
  [0.99995, 1],
])('%d units are an amount of %d', (size, amount) => {
  expect(wholeAmount(size)).toBe(amount);
});

test.each([
  [1.0094, true, 1],
  [1.0096, true, 1.01],
  [1.0004, false, 1],
  [1.0006, false, 1.01],
  [0.0001, true, 0],
  [1, true, 1],
  [1, false, 1],
])('a price of %d goes down first (%s): %d', (price, prefersDown, tick) => {
  expect(tickPrice(price, prefersDown)).toBeCloseTo(tick, 12);
});

describe('the desk', () => {
  const QUIET: Bars = { A: [at(10), at(10)] };
  const trying = (move: (ctx: PortfolioContext) => void): Promise<RunEvent[]> => eventsOf(QUIET, { 0: move });

  test.each<readonly [string, (ctx: PortfolioContext) => unknown, string]>([
    ['a trailing stop', (ctx) => ctx.sell('A', 1, { trail: { offset: 1 } }), 'trailing stops'],
    ['an order on the close', (ctx) => ctx.buy('A', 1, { onClose: true }), 'orders on the close'],
    ['a bracket', (ctx) => ctx.buy('A', 1, { bracket: { stop: { price: 9 } } }), 'brackets'],
    ['a day order', (ctx) => ctx.buy('A', 1, { timeInForce: 'day' }), 'times in force'],
    ['a good-until order', (ctx) => ctx.buy('A', 1, { goodUntil: 1 }), 'times in force'],
    ['an order for a trade', (ctx) => ctx.sell('A', 1, { closes: 1 }), 'close a certain trade'],
    ['a limit of open risk', (ctx) => ctx.buy('A', 1, { maxOpenRiskPercent: 1 }), 'open risk'],
    ['a reduce-only stop', (ctx) => ctx.sell('A', 1, { stop: 9, reduceOnly: true }), 'reduce-only'],
    ['a price below 0', (ctx) => ctx.buy('A', 1, { limit: -1 }), 'prices below 0'],
    ['an OCO group', (ctx) => ctx.oco('A', { side: 'buy', quantity: 1 }), 'no OCO groups'],
    ['a replace', (ctx) => ctx.replace(ctx.buy('A', 1), { quantity: 2 }), 'no replace'],
  ])('refuses %s', async (_, move, message) => {
    await expect(trying(move)).rejects.toThrow(message);
  });

  test('closes what is held at the call', async () => {
    const bars = { A: [at(10), at(10), at(10), at(10)] };
    const moves: Moves = { 0: (ctx) => ctx.buy('A', 3), 1: (ctx) => (ctx.close('A'), ctx.sell('A', 1)) };
    expect(await fillsOf(bars, moves)).toEqual(['1 A buy 3 @ 10', '2 A sell 3 @ 10', '2 A sell 1 @ 10']);
  });

  test('sizes at the last close', async () => {
    const bars = { A: [at(30), at(40), at(40)] };
    expect(await fillsOf(bars, { 0: (ctx) => ctx.buy('A', { percent: 50 }) })).toEqual(['1 A buy 16 @ 40']);
    expect(await fillsOf(bars, { 0: (ctx) => ctx.target('A', { quantity: -7 }) })).toEqual([
      '1 A sell 7 @ 40',
    ]);
  });

  test('knows shares alone', async () => {
    await expect(eventsOf(QUIET, {}, { instrument: { multiplier: 5 } })).rejects.toThrow(
      'A has a multiplier of 5, which must be 1',
    );
  });
});
