/** The three passes and the gate of the naive simulator, as written by hand. */
import { describe, expect, test } from 'vitest';
import { type Context } from '../../src/index.ts';
import { NO_COMMISSION } from '../../src/broker/policies.ts';
import { at, LEVERAGE, play, story } from './scene.ts';

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
    const rules = { commission: { ...NO_COMMISSION, rate: 0, perShare: 0.1, perOrder: 0 } };
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
