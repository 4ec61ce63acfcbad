/** Brackets and reversals in the naive simulator, as written by hand. */
import { describe, expect, test } from 'vitest';
import { type Context } from '../../src/index.ts';
import { NO_COMMISSION, NO_SLIPPAGE } from '../../src/broker/policies.ts';
import { at, LEVERAGE, play, story } from './scene.ts';

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
        '1.3 A cancel 2 oco 0',
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
            '1.3 A cancel 2 oco 0',
          ]
        : ['1.7 A expiry 2 10', '1.7 A expiry 3 10'];
      expect(story(events)).toEqual([opened, ...last]);
    },
  );

  test('whose stop the entry has already passed fills it at the raw price of the entry', () => {
    const events = play({
      bars: { A: [at(100), at(100)] },
      tick: (ctx: Context) => void (ctx.step === 0 && ctx.buy(10, { bracket: { stop: { offset: 1 } } })),
      rules: { slippage: { ...NO_SLIPPAGE, bps: 200 } },
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
  const rules = { account: LEVERAGE, commission: { ...NO_COMMISSION, rate: 0, perShare: 0, perOrder: 1 } };

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
