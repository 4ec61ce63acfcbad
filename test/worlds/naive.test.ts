/** The naive simulator against records written by hand, and against what must be true of any record. */
import { describe, expect, test } from 'vitest';
import { type Context, OrderError, PortfolioStrategy, Strategy } from '../../src/index.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../../src/market/instrument.ts';
import { DEFAULT_RULES, type Plan, type Rules } from '../../src/record/plan.ts';
import type { RunEvent } from '../../src/record/records.ts';
import type { PortfolioContext } from '../../src/strategy/context.ts';
import { simulate } from '../naive.ts';
import type { Market } from '../support/market.ts';
import { checkInvariants } from './invariants.ts';
import { planOf, randomWorld } from './world.ts';

const MINUTE = 60_000;
const LEVERAGE = { kind: 'leverage', leverage: 2 } as const;
/** Open, high, low, close; or no bar. */
type Quote = readonly [number, number, number, number] | null;
const at = (price: number): Quote => [price, price, price, price];

interface Scene {
  readonly bars: Readonly<Record<string, readonly Quote[]>>;
  readonly tick?: (ctx: Context) => void;
  readonly step?: (ctx: PortfolioContext) => void;
  readonly rules?: Partial<Rules>;
  readonly instrument?: Partial<Instrument>;
  readonly warmupSteps?: number;
}

function play({ bars, tick, step, rules, instrument, warmupSteps = 0 }: Scene): RunEvent[] {
  class Scripted extends Strategy {
    override onTick(_: unknown, ctx: Context) {
      tick!(ctx);
    }
  }
  class ScriptedPortfolio extends PortfolioStrategy {
    override onStep(ctx: PortfolioContext) {
      step!(ctx);
    }
  }
  return run(bars, [...(tick ? [Scripted] : []), ...(step ? [ScriptedPortfolio] : [])], {
    rules: { ...DEFAULT_RULES, cash: 10_000, ...rules },
    instruments: Object.fromEntries(
      Object.keys(bars).map((symbol) => [symbol, { ...DEFAULT_INSTRUMENT, lot: 1, ...instrument }]),
    ),
    warmupSteps,
  });
}

type ScriptClass = Extract<Plan['strategies'][0]['source'], { strategyClass: unknown }>['strategyClass'];

function run(
  bars: Scene['bars'],
  classes: readonly ScriptClass[],
  given: Pick<Plan, 'rules' | 'instruments' | 'warmupSteps'>,
): RunEvent[] {
  const barOf = (quote: Quote, index: number) => {
    const [open, high, low, close] = quote ?? [0, 0, 0, 0];
    return quote ? [{ time: index * MINUTE, open, high, low, close, volume: 1 }] : [];
  };
  const columns = Object.entries(bars).map(([symbol, quotes]) => [symbol, quotes.flatMap(barOf)] as const);
  const market: Market = { interval: MINUTE, bars: Object.fromEntries(columns) };
  const strategies = classes.map((strategyClass) => ({
    source: { strategyClass },
    params: {},
    symbolParams: {},
  }));
  const plan: Plan = { strategies, seed: 1, grid: null, deterministic: true, ...given };
  const events = simulate(market, plan);
  checkInvariants(market, plan, events);
  return events;
}

const round = (value: number) => Number(value.toPrecision(10));

function describeEvent(event: RunEvent): string {
  switch (event.kind) {
    case 'order': {
      const { sequence, parent, group, side, type, quantity, price, level, distance, reduceOnly } = event;
      const where = level === '' || level === 'price' ? '' : ` ${level} ${distance}`;
      const words = `${side} ${type} ${quantity}${Number.isNaN(price) ? '' : ` @ ${price}`}${where}`;
      const family = `${parent ? ` child of ${parent}` : ''}${group ? ` group ${group}` : ''}`;
      return `order ${sequence} ${words}${family}${reduceOnly && !parent ? ' reduce-only' : ''}`;
    }
    case 'fill': {
      const { sequence, side, effect, quantity, price, position, cash } = event;
      return `fill ${sequence} ${side} ${effect} ${quantity} @ ${round(price)} -> ${position}, ${round(cash)}`;
    }
    case 'trade': {
      const { entry, exit, quantity, entryPrice, exitPrice, pnl, commission, reason } = event;
      const prices = `${round(entryPrice)} to ${round(exitPrice)}`;
      return `trade ${entry}-${exit} ${quantity}: ${prices}, ${round(pnl)} less ${round(commission)}, ${reason}`;
    }
    case 'replace':
      return `replace ${event.sequence} ${event.quantity} @ ${event.price}`;
    case 'rejection':
      return `rejection ${event.sequence} ${event.code} ${event.quantity} @ ${event.price}`;
    case 'expiry':
      return `expiry ${event.sequence} ${event.quantity}`;
    case 'cancel':
      return `cancel ${event.sequence} ${event.reason} ${event.quantity}`;
    default:
      return `equity ${round(event.cash)} ${round(event.equity)}`;
  }
}

/** `step.phase symbol what`; equity and orders only if asked for. */
function story(events: readonly RunEvent[], ...extra: readonly ('equity' | 'order')[]): string[] {
  const isTold = ({ kind }: RunEvent) => (kind !== 'equity' && kind !== 'order') || extra.includes(kind);
  return events.filter(isTold).map((event) => {
    const { step, phase, symbol } = event;
    return `${step}.${phase} ${symbol ? `${symbol} ` : ''}${describeEvent(event)}`;
  });
}

describe('the naive simulator fills', () => {
  test('a market order at the next open, with slippage and three kinds of commission', () => {
    const events = play({
      bars: { A: [at(90), [100, 100, 100, 105], at(110)] },
      rules: { slippageBps: 100, commission: { rate: 0.001, perShare: 0.01, perOrder: 1 } },
      tick: (ctx) => {
        if (ctx.step === 0) ctx.buy(10);
        if (ctx.step === 1) ctx.close();
      },
    });
    // 10 × 101 × 0.001 + 0.1 + 1 = 2.11; then 10 × 108.9 × 0.001 + 1.1 = 2.189
    expect(story(events, 'equity', 'order')).toEqual([
      '0.4 equity 10000 10000',
      '0.5 A order 1 buy market 10',
      '1.2 A fill 1 buy open 10 @ 101 -> 10, 8987.89',
      '1.4 equity 8987.89 10037.89',
      '1.5 A order 2 sell market 10 reduce-only',
      '2.1 A fill 2 sell close 10 @ 108.9 -> 0, 10074.701',
      '2.1 A trade 1-2 10: 101 to 108.9, 79 less 4.299, signal',
      '2.4 equity 10074.701 10074.701',
    ]);
  });

  test.each([
    ['touch', 'a low on the limit', [102, 103, 99, 101], '1.2 A fill 1 buy open 1 @ 99 -> 1, 9901'],
    ['through', 'a low beyond the limit', [102, 103, 98, 101], '1.2 A fill 1 buy open 1 @ 99 -> 1, 9901'],
    ['through', 'a low on the limit', [102, 103, 99, 101], '1.7 A expiry 1 1'],
    ['touch', 'an open beyond the limit', [97, 103, 96, 101], '1.2 A fill 1 buy open 1 @ 97 -> 1, 9903'],
  ] as const)('a buy limit at 99 under `%s` with %s', (limitTouch, _, quote, expected) => {
    const bars = { A: [at(100), quote] };
    expect(
      story(
        play({
          bars,
          tick: (ctx: Context) => void (ctx.step === 0 && ctx.buy(1, { limit: 99 })),
          rules: { limitTouch },
        }),
      ),
    ).toEqual([expected]);
  });

  test('a stop at its level, or at an open beyond it; a limit never worse for slippage', () => {
    const events = play({
      bars: { A: [at(100), [100, 104, 98, 100], [106, 107, 105, 106]] },
      rules: { slippageBps: 100, account: LEVERAGE },
      tick: (ctx) => {
        if (ctx.step !== 0) return;
        ctx.buy(1, { stop: 102 });
        ctx.buy(1, { stop: 105 });
        ctx.buy(1, { limit: 98 });
      },
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 1 @ 103.02 -> 1, 9896.98',
      '1.2 A fill 3 buy open 1 @ 98 -> 2, 9798.98',
      '2.2 A fill 2 buy open 1 @ 107.06 -> 3, 9691.92',
    ]);
  });

  test('no order of a symbol that has no bar, and tells its notices at its next tick', () => {
    const told: string[] = [];
    class Waiting extends Strategy {
      override onTick(_: unknown, ctx: Context) {
        told.push(`${ctx.symbol} ticks at ${ctx.step}`);
        if (ctx.step === 0 && ctx.symbol === 'A') ctx.buy(1);
      }
      override onFill(_: unknown, ctx: Context) {
        told.push(`${ctx.symbol} filled, told at ${ctx.step}`);
      }
    }
    const given = { rules: DEFAULT_RULES, instruments: {}, warmupSteps: 0 };
    const events = run({ A: [at(1), null, at(2)], B: [at(5), at(5), null] }, [Waiting], given);
    expect(story(events)).toEqual(['2.2 A fill 1 buy open 1 @ 2 -> 1, 99998']);
    expect(told).toEqual([
      'A ticks at 0',
      'B ticks at 0',
      'B ticks at 1',
      'A filled, told at 2',
      'A ticks at 2',
    ]);
  });
});

describe('the naive simulator rounds', () => {
  test('down to the lot, limits to protect, stops to hurt', () => {
    const events = play({
      bars: { A: [at(100), at(100)] },
      instrument: { lot: 0.1, tick: 0.5 },
      tick: (ctx) => {
        if (ctx.step !== 0) return;
        ctx.buy(0.3, { limit: 90.9 });
        ctx.sell(0.39, { limit: 110.1 });
        ctx.buy(0.1 + 0.2, { stop: 110.1 });
        ctx.sell(1.05, { stop: 90.9 });
        ctx.buy(0.09);
      },
    });
    expect(story(events, 'order')).toEqual([
      '0.5 A order 1 buy limit 0.3 @ 90.5',
      '0.5 A order 2 sell limit 0.3 @ 110.5',
      '0.5 A order 3 buy stop 0.3 @ 110.5',
      '0.5 A order 4 sell stop 1 @ 90.5',
      '0.5 A order 5 buy market 0',
      '1.2 A rejection 5 LOT 0 @ NaN',
      '1.7 A expiry 1 0.3',
      '1.7 A expiry 2 0.3',
      '1.7 A expiry 3 0.3',
      '1.7 A expiry 4 1',
    ]);
  });

  test('positions, so that three tenths less three times a tenth is flat', () => {
    const events = play({
      bars: { A: Array.from({ length: 6 }, () => at(100)) },
      instrument: { lot: 0.1 },
      tick: (ctx) => void (ctx.step === 0 ? ctx.buy(0.3) : ctx.step < 4 && ctx.sell(0.1)),
    });
    const positions = events.filter((event) => event.kind === 'fill').map((event) => event.position);
    expect(positions).toEqual([0.3, 0.2, 0.1, 0]);
  });
});

describe('a bracket', () => {
  const bracket = { stop: { offset: 5 }, target: { multiple: 2 } };
  const long = (ctx: Context) => void (ctx.step === 0 && ctx.buy(10, { bracket }));
  const opened = '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000';

  test.each([
    ['pessimistic', [100, 111, 94, 100], '3 cancelled by the stop'],
    ['optimistic', [100, 111, 94, 100], '2 cancelled by the target'],
    ['path', [100, 111, 94, 101], '3 cancelled by the stop'],
    ['path', [100, 111, 94, 99], '2 cancelled by the target'],
  ] as const)(
    'under `%s` with both children in the bar of entry at its open, %s: %s',
    (intrabar, quote, won) => {
      const stopped = [
        opened,
        '1.3 A fill 2 sell close 10 @ 95 -> 0, 9950',
        '1.3 A trade 1-2 10: 100 to 95, -50 less 0, stop',
        '1.3 A cancel 3 oco 10',
      ];
      const reached = [
        opened,
        '1.3 A fill 3 sell close 10 @ 110 -> 0, 10100',
        '1.3 A trade 1-3 10: 100 to 110, 100 less 0, target',
        '1.3 A cancel 2 oco 10',
      ];
      const events = play({ bars: { A: [at(100), quote] }, tick: long, rules: { intrabar } });
      expect(story(events)).toEqual(won.startsWith('3') ? stopped : reached);
    },
  );

  test.each([
    ['pessimistic', [105, 112, 99, 111], false],
    ['optimistic', [105, 112, 99, 111], true],
    ['path', [105, 112, 99, 111], true],
    ['path', [105, 112, 99, 104], false],
  ] as const)(
    'entered within the bar at 100, under `%s` in %s, has its target at 110: %s',
    (intrabar, quote, isTaken) => {
      const events = play({
        bars: { A: [at(105), quote] },
        tick: (ctx: Context) => void (ctx.step === 0 && ctx.buy(10, { limit: 100, bracket })),
        rules: { intrabar },
      });
      const last = isTaken
        ? [
            '1.3 A fill 3 sell close 10 @ 110 -> 0, 10100',
            '1.3 A trade 1-3 10: 100 to 110, 100 less 0, target',
            '1.3 A cancel 2 oco 10',
          ]
        : ['1.7 A expiry 2 10', '1.7 A expiry 3 10'];
      expect(story(events)).toEqual([opened, ...last]);
    },
  );

  test('whose stop the entry has already passed fills it at the raw price of the entry', () => {
    const events = play({
      bars: { A: [at(100), at(100)] },
      tick: (ctx: Context) => void (ctx.step === 0 && ctx.buy(10, { bracket: { stop: { offset: 1 } } })),
      rules: { slippageBps: 200 },
    });
    // Filled at 102, so the stop is at 101; the bar has it passed at 100, less 2 %.
    expect(story(events, 'order')).toEqual([
      '0.5 A order 1 buy market 10',
      '0.5 A order 2 sell stop 10 offset 1 child of 1 group 2',
      '1.2 A fill 1 buy open 10 @ 102 -> 10, 8980',
      '1.3 A fill 2 sell close 10 @ 98 -> 0, 9960',
      '1.3 A trade 1-2 10: 102 to 98, -40 less 0, stop',
    ]);
  });

  test('loses its children when the position is closed by something else', () => {
    const events = play({
      bars: { A: [at(100), at(100), at(101)] },
      tick: (ctx) => {
        long(ctx);
        if (ctx.step === 1) ctx.close();
      },
    });
    expect(story(events)).toEqual([
      opened,
      '2.1 A fill 4 sell close 10 @ 101 -> 0, 10010',
      '2.1 A trade 1-4 10: 100 to 101, 10 less 0, signal',
      '2.1 A cancel 2 position closed 10',
      '2.1 A cancel 3 position closed 10',
    ]);
  });

  test('whose parent only closes, is refused or expires never wakes its children', () => {
    const events = play({
      bars: { A: [at(100), at(100), at(100)] },
      tick: (ctx) => {
        if (ctx.step === 0) ctx.buy(10);
        if (ctx.step !== 1) return;
        ctx.sell(10, { bracket: { stop: { percent: 5 } } });
        ctx.buy(1000, { bracket: { stop: { percent: 5 } } });
        ctx.buy(1, { limit: 50, bracket });
      },
    });
    expect(story(events)).toEqual([
      opened,
      '2.1 A fill 2 sell close 10 @ 100 -> 0, 10000',
      '2.1 A trade 1-2 10: 100 to 100, 0 less 0, signal',
      '2.1 A cancel 3 parent 10',
      '2.2 A rejection 4 INSUFFICIENT_CASH 1000 @ 100',
      '2.2 A cancel 5 parent 1000',
      '2.7 A expiry 6 1',
      '2.7 A cancel 7 parent 1',
      '2.7 A cancel 8 parent 1',
    ]);
  });

  test('may have its children cancelled and replaced while they sleep', () => {
    const events = play({
      bars: { A: [at(100), [100, 100, 97, 98], [98, 98, 96, 97]] },
      tick: (ctx) => {
        long(ctx);
        if (ctx.step !== 0) return;
        ctx.replace(2, { price: 97.4, quantity: 4 });
        ctx.cancel(3);
      },
      instrument: { tick: 0.5 },
    });
    expect(story(events)).toEqual([
      '0.5 A replace 2 4 @ 97',
      '0.5 A cancel 3 request 10',
      opened,
      '1.3 A fill 2 sell close 4 @ 97 -> 6, 9388',
      '1.3 A trade 1-2 4: 100 to 97, -12 less 0, stop',
    ]);
  });
});

const open = (ctx: Context) => void (ctx.step === 0 && ctx.buy(10));

describe('a reversal', () => {
  const rules = { account: LEVERAGE, commission: { rate: 0, perShare: 0, perOrder: 1 } };

  test('at the open is two fills of one order, which pays its fee once', () => {
    const events = play({
      bars: { A: [at(100), at(100), at(110), at(110)] },
      rules,
      tick: (ctx) => {
        open(ctx);
        if (ctx.step === 1) ctx.sell(15);
      },
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 8999',
      '2.1 A fill 2 sell close 10 @ 110 -> 0, 10098',
      '2.1 A trade 1-2 10: 100 to 110, 100 less 2, signal',
      '2.2 A fill 2 sell open 5 @ 110 -> -5, 10648',
    ]);
  });

  test.each([
    ['stop', { stop: 95 }, [98, 99, 94, 96], '3.2 A fill 2 sell open 5 @ 97 -> -5, 10433'],
    ['limit', { limit: 105 }, [98, 106, 97, 99], '3.7 A expiry 2 5'],
  ] as const)('within the bar by a %s opens at the next bar', (type, options, quote, last) => {
    const events = play({
      bars: { A: [at(100), at(100), quote, [97, 98, 96, 97]] },
      rules,
      tick: (ctx) => {
        open(ctx);
        if (ctx.step === 1) ctx.sell(15, options);
      },
    });
    const price = type === 'stop' ? 95 : 105;
    const cash = 8999 + 10 * price - 1;
    const word = type === 'stop' ? 'stop' : 'target';
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 8999',
      `2.3 A fill 2 sell close 10 @ ${price} -> 0, ${cash}`,
      `2.3 A trade 1-2 10: 100 to ${price}, ${10 * (price - 100)} less 2, ${word}`,
      last,
    ]);
  });

  test('beyond the holding of a cash account is refused for the rest', () => {
    const events = play({
      bars: { A: [at(100), at(100), at(100)] },
      tick: (ctx) => {
        open(ctx);
        if (ctx.step === 1) ctx.sell(15);
      },
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000',
      '2.1 A fill 2 sell close 10 @ 100 -> 0, 10000',
      '2.1 A trade 1-2 10: 100 to 100, 0 less 0, signal',
      '2.2 A rejection 2 NO_SHORT 5 @ 100',
    ]);
  });
});

describe('settlement', () => {
  test('lets exits at the open pay for entries, and exits within the bar not before the next', () => {
    const bars = {
      B: [at(100), at(100), [100, 110, 100, 100]],
      A: [at(100), at(100), at(100)],
    } as const;
    expect(
      story(
        play({
          bars,
          tick: (ctx: Context) => {
            const isSeller = ctx.symbol === 'B';
            if (ctx.step === 0 && isSeller) ctx.buy(90);
            if (ctx.step === 1 && isSeller) ctx.sell(45);
            if (ctx.step === 1 && isSeller) ctx.sell(45, { limit: 110 });
            if (ctx.step === 1 && !isSeller) ctx.buy(50);
            if (ctx.step === 1 && !isSeller) ctx.buy(50);
          },
        }),
      ),
    ).toEqual([
      '1.2 B fill 1 buy open 90 @ 100 -> 90, 1000',
      '2.1 B fill 2 sell close 45 @ 100 -> 45, 5500',
      '2.1 B trade 1-2 45: 100 to 100, 0 less 0, signal',
      '2.2 A fill 1 buy open 50 @ 100 -> 50, 500',
      '2.2 A rejection 2 INSUFFICIENT_CASH 50 @ 100',
      '2.3 B fill 3 sell close 45 @ 110 -> 0, 5450',
      '2.3 B trade 1-3 45: 100 to 110, 450 less 0, target',
    ]);
  });

  test('serves entries by step of submission, and a replaced order by the step of its replace', () => {
    const bars = [at(100), at(100), at(90)];
    expect(
      story(
        play({
          bars: { A: bars, B: bars, C: bars },
          tick: (ctx: Context) => {
            if (ctx.symbol === 'B' && ctx.step === 0) ctx.buy(60, { limit: 90 });
            if (ctx.symbol === 'C' && ctx.step === 0) ctx.buy(60, { limit: 90 });
            if (ctx.symbol === 'A' && ctx.step === 1) ctx.buy(60, { limit: 90 });
            if (ctx.symbol === 'B' && ctx.step === 1) ctx.replace(1, { quantity: 70 });
          },
        }),
      ),
    ).toEqual([
      '1.5 B replace 1 70 @ 90',
      '2.2 A rejection 1 INSUFFICIENT_CASH 60 @ 90',
      '2.2 B rejection 1 INSUFFICIENT_CASH 70 @ 90',
      '2.2 C fill 1 buy open 60 @ 90 -> 60, 4600',
    ]);
  });

  test.each([
    ['pessimistic', '1.2 A fill 2 buy open 1 @ 105 -> 1, 9895', '1.2 A cancel 1 oco 1'],
    ['optimistic', '1.2 A fill 1 buy open 1 @ 95 -> 1, 9905', '1.2 A cancel 2 oco 1'],
    ['path', '1.2 A fill 1 buy open 1 @ 95 -> 1, 9905', '1.2 A cancel 2 oco 1'],
  ] as const)('takes one of two entries of a group, under `%s`: %s', (intrabar, fill, cancel) => {
    const bars = { A: [at(100), [100, 106, 94, 101]] as const };
    expect(
      story(
        play({
          bars,
          tick: (ctx: Context) => {
            if (ctx.step !== 0) return;
            const orders = [
              { side: 'buy', quantity: 1, limit: 95 },
              { side: 'buy', quantity: 1, stop: 105 },
            ] as const;
            expect(ctx.oco(...orders)).toEqual([1, 2]);
          },
          rules: { intrabar },
        }),
      ),
    ).toEqual([fill, cancel]);
  });

  test('lets the other member stand when the one taken is rejected', () => {
    const bars = { A: [at(100), [100, 106, 94, 101], [101, 102, 94, 100]] as const };
    expect(
      story(
        play({
          bars,
          tick: (ctx: Context) => {
            if (ctx.step !== 0) return;
            ctx.oco({ side: 'buy', quantity: 1, limit: 95 }, { side: 'buy', quantity: 1000, stop: 105 });
          },
        }),
      ),
    ).toEqual(['1.2 A rejection 2 INSUFFICIENT_CASH 1000 @ 105', '2.2 A fill 1 buy open 1 @ 95 -> 1, 9905']);
  });

  test('cancels what is reduce-only and finds nothing, and keeps what is not', () => {
    const bars = { A: [at(100), at(100), [100, 105, 95, 100], at(100)] as const };
    expect(
      story(
        play({
          bars,
          tick: (ctx: Context) => {
            if (ctx.step === 0) ctx.buy(10);
            if (ctx.step !== 1) return;
            ctx.sell(10, { limit: 105 });
            ctx.sell(10, { limit: 104, reduceOnly: true });
            ctx.sell(10, { stop: 95 });
            ctx.sell(4, { stop: 95, reduceOnly: true });
          },
          rules: { account: LEVERAGE },
        }),
      ),
    ).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000',
      '2.3 A fill 4 sell close 10 @ 95 -> 0, 9950',
      '2.3 A trade 1-4 10: 100 to 95, -50 less 0, stop',
      '2.3 A cancel 5 reduce only 4',
      '2.3 A cancel 3 reduce only 10',
      '3.7 A expiry 2 10',
    ]);
  });

  test('lets in what margin allows, counting what it has just let in', () => {
    const events = play({
      bars: { A: [at(100), at(100)] },
      tick: (ctx: Context) => {
        if (ctx.step !== 0) return;
        ctx.sell(150);
        ctx.sell(60);
        ctx.sell(50);
      },
      rules: { account: LEVERAGE },
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 sell open 150 @ 100 -> -150, 25000',
      '1.2 A rejection 2 INSUFFICIENT_MARGIN 60 @ 100',
      '1.2 A fill 3 sell open 50 @ 100 -> -200, 30000',
    ]);
  });

  test('limits the open risk of the run by the stop as it is at the fill', () => {
    expect(
      story(
        play({
          bars: { A: [at(100), at(100)] },
          tick: (ctx: Context) => {
            if (ctx.step !== 0) return;
            const options = { bracket: { stop: { offset: 10 } }, maxOpenRiskPercent: 1 };
            ctx.buy(6, options);
            ctx.buy(6, options);
            ctx.buy(4, options);
          },
        }),
      ),
    ).toEqual([
      '1.2 A fill 1 buy open 6 @ 100 -> 6, 9400',
      '1.2 A rejection 3 OPEN_RISK 6 @ 100',
      '1.2 A cancel 4 parent 6',
      '1.2 A fill 5 buy open 4 @ 100 -> 10, 9000',
      '1.7 A expiry 2 6',
      '1.7 A expiry 6 4',
    ]);
  });

  test('averages entries and spreads what they cost over the legs', () => {
    const rules = { commission: { rate: 0, perShare: 0.1, perOrder: 0 } };
    const bars = { A: [at(100), at(100), at(104), at(110), at(90)] as const };
    expect(
      story(
        play({
          bars,
          tick: (ctx: Context) => {
            if (ctx.step === 0) ctx.buy(10);
            if (ctx.step === 1) ctx.buy(30);
            if (ctx.step === 2) ctx.sell(10);
            if (ctx.step === 3) ctx.close();
          },
          rules,
        }),
      ),
    ).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 8999',
      '2.2 A fill 2 buy open 30 @ 104 -> 40, 5876',
      '3.1 A fill 3 sell close 10 @ 110 -> 30, 6975',
      '3.1 A trade 1-3 10: 103 to 110, 70 less 2, signal',
      '4.1 A fill 4 sell close 30 @ 90 -> 0, 9672',
      '4.1 A trade 1-4 30: 103 to 90, -390 less 6, signal',
    ]);
  });
});

describe('a strategy', () => {
  test('may do nothing in warm-up, whose steps count', () => {
    const ids: number[] = [];
    const events = play({
      bars: { A: [at(1), at(1), at(1), at(1)] },
      tick: (ctx: Context) => {
        ids.push(ctx.buy(1));
        expect(ctx.isWarmup).toBe(ctx.step < 2);
      },
      warmupSteps: 2,
    });
    expect(ids).toEqual([0, 0, 1, 2]);
    expect(story(events, 'equity')).toEqual([
      '2.4 equity 10000 10000',
      '3.2 A fill 1 buy open 1 @ 1 -> 1, 9999',
      '3.4 equity 9999 10000',
      '3.7 A expiry 2 1',
    ]);
  });

  test('gets an OrderError for what could never be right, and no number for it', () => {
    const wrong: ((ctx: Context) => void)[] = [
      (ctx) => ctx.buy(-1),
      (ctx) => ctx.buy(NaN),
      (ctx) => ctx.buy(1, { limit: 1, stop: 1 }),
      (ctx) => ctx.buy(1, { bracket: { stop: { price: 100 } } }),
      (ctx) => ctx.sell(1, { limit: 120, bracket: { target: { price: 125 } } }),
      (ctx) => ctx.buy(1, { bracket: { target: { multiple: 2 } } }),
      (ctx) => ctx.buy(1, { reduceOnly: true, bracket: { stop: { percent: 1 } } }),
      (ctx) => ctx.oco({ side: 'buy', quantity: 1 }, { side: 'sell', quantity: Infinity }),
      (ctx) => ctx.cancel(1),
      (ctx) => ctx.replace(7, { quantity: 1 }),
    ];
    const events = play({
      bars: { A: [at(100), at(100)] },
      tick: (ctx: Context) => {
        if (ctx.step !== 0) return;
        for (const call of wrong) expect(() => call(ctx)).toThrow(OrderError);
        expect(ctx.buy(1)).toBe(1);
        expect(() => ctx.replace(1, { price: 5 })).toThrow(OrderError);
        expect([ctx.cancel(1), ctx.cancel(1), ctx.replace(1, { quantity: 2 })]).toEqual([true, false, false]);
      },
    });
    expect(story(events, 'order')).toEqual(['0.5 A order 1 buy market 1', '0.5 A cancel 1 request 1']);
  });

  test('over all symbols comes last in a step, counts its orders over them and has books of its own', () => {
    const seen: number[] = [];
    const events = play({
      bars: { B: [at(10), at(10), at(11)], A: [at(20), null, at(20)] },
      tick: (ctx) => void (ctx.step === 0 && ctx.symbol === 'A' && ctx.buy(1)),
      step: (ctx) => {
        const { position, netQuantity, isPresent } = ctx.view('A');
        seen.push(position.quantity, netQuantity, isPresent ? 1 : 0, ctx.account.equity);
        if (ctx.step !== 0) return;
        ctx.buy('B', 5);
        ctx.buy('A', 2);
      },
    });
    expect(story(events, 'order')).toEqual([
      '0.5 A order 1 buy market 1',
      '0.6 A order 2 buy market 2',
      '0.6 B order 1 buy market 5',
      '1.2 B fill 1 buy open 5 @ 10 -> 5, 9950',
      '2.2 A fill 1 buy open 1 @ 20 -> 1, 9930',
      '2.2 A fill 2 buy open 2 @ 20 -> 2, 9890',
    ]);
    expect(seen).toEqual([0, 0, 1, 10_000, 0, 0, 0, 10_000, 2, 3, 1, 10_005]);
  });

  test('gets its candles when they end, or at the first bar after their end', () => {
    const told: string[] = [];
    class Candles extends Strategy {
      override onStart(ctx: Context) {
        ctx.candles('3m');
        ctx.candles('2m');
      }
      override onCandle({
        timeframe,
        time,
        open,
        high,
        low,
        close,
        volume,
      }: Parameters<Strategy['onCandle']>[0]) {
        const bar = [open, high, low, close, volume].join(' ');
        told.push(`${timeframe / MINUTE}m from ${time / MINUTE}: ${bar}, at ${this.ctx.step}`);
      }
    }
    const given = { rules: DEFAULT_RULES, instruments: {}, warmupSteps: 0 };
    // Minutes 0 to 7; minutes 3 and 5 are missing.
    run({ A: [at(1), at(3), at(2), null, at(5), null, at(7), at(6)] }, [Candles], given);
    expect(told).toEqual([
      '2m from 0: 1 3 1 3 2, at 1',
      '3m from 0: 1 3 1 2 3, at 2',
      '2m from 2: 2 2 2 2 1, at 3',
      '2m from 4: 5 5 5 5 1, at 4',
      '3m from 3: 5 5 5 5 1, at 4',
      '2m from 6: 7 7 6 6 2, at 5',
    ]);
  });
});

describe('in random worlds', () => {
  test('what must be true of every record is true', { timeout: 60_000 }, () => {
    for (let seed = 0; seed < 300; seed++) {
      const world = randomWorld(seed);
      const plan = planOf(world, 'class');
      const events = simulate(world.market, plan);
      expect(() => checkInvariants(world.market, plan, events), `world ${seed}`).not.toThrow();
    }
  });

  test('a second run has the same record', { timeout: 60_000 }, () => {
    for (let seed = 300; seed < 320; seed++) {
      const world = randomWorld(seed);
      const plan = planOf(world, 'class');
      expect(simulate(world.market, plan), `world ${seed}`).toEqual(simulate(world.market, plan));
    }
  });
});
