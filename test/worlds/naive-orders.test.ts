/** Orders that follow, wait, end or come in parts, in the naive simulator, as written by hand. */
import { describe, expect, test } from 'vitest';
import { NO_COMMISSION } from '../../src/broker/policies.ts';
import { type Context } from '../../src/index.ts';
import { at, MINUTE, play, story } from './scene.ts';

const once = (act: (ctx: Context) => void) => (ctx: Context) => {
  if (ctx.step === 0) act(ctx);
};

describe('the naive simulator', () => {
  test('tests a trailing stop against the level carried into the bar, then moves it', () => {
    const events = play({
      bars: { A: [at(100), [100, 110, 99, 109], [109, 112, 104, 105]] },
      tick: once((ctx) => ctx.buy(10, { bracket: { trail: { offset: 5 } } })),
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000',
      '2.3 A fill 2 sell close 10 @ 105 -> 0, 10050',
      '2.3 A trade 1-2 10: 100 to 105, 50 less 0, trailing',
    ]);
  });

  test.each([
    ['inside waits for the next bar', [100, 106, 100, 105], '2.2 A fill 1 buy open 1 @ 104 -> 1, 9896'],
    ['at its open goes on in it', [106, 107, 103, 105], '1.2 A fill 1 buy open 1 @ 104 -> 1, 9896'],
  ] as const)('a stop-limit whose stop a bar reaches %s', (_, quote, expected) => {
    const events = play({
      bars: { A: [at(100), quote, [105, 105, 103, 104]] },
      tick: once((ctx) => ctx.buy(1, { stop: 105, limit: 104 })),
    });
    expect(story(events)).toEqual([expected]);
  });

  test('shares the volume of a bar in the order of turns; FOK and IOC do not wait for more', () => {
    const events = play({
      bars: { A: [at(100), at(100), at(100)] },
      tick: once((ctx) => {
        ctx.buy(8);
        ctx.buy(6, { timeInForce: 'fok' });
        ctx.buy(1, { timeInForce: 'ioc' });
      }),
      rules: { maxVolume: 5, commission: { ...NO_COMMISSION, perShare: 1, minimum: 10 } },
    });
    // The minimum is of the order: 10 with the first part, nothing more with the second.
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 5 @ 100 -> 5, 9490',
      '1.2 A expiry 2 6 fok',
      '1.3 A expiry 3 1 ioc',
      '2.2 A fill 1 buy open 3 @ 100 -> 8, 9190',
    ]);
  });

  test('takes what a target closes off the stop', () => {
    const targets = [
      { offset: 5, portion: 0.5 },
      { offset: 10, portion: 0.5 },
    ];
    const events = play({
      bars: { A: [at(100), at(100), [100, 106, 100, 106], [100, 100, 94, 95]] },
      tick: once((ctx) => ctx.buy(10, { bracket: { stop: { offset: 5 }, targets } })),
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000',
      '2.3 A fill 3 sell close 5 @ 105 -> 5, 9525',
      '2.3 A trade 1-3 5: 100 to 105, 25 less 0, target',
      '3.3 A fill 2 sell close 5 @ 95 -> 0, 10000',
      '3.3 A trade 1-2 5: 100 to 95, -25 less 0, stop',
      '3.3 A cancel 4 oco 5',
    ]);
  });

  test('liquidates below the maintenance margin, at the next open', () => {
    const events = play({
      bars: { A: [at(100), [100, 100, 97, 97], at(97)] },
      tick: once((ctx) => ctx.buy(900)),
      rules: { account: { kind: 'margin', initial: 0.1, maintenanceLong: 0.09, maintenanceShort: 0.1 } },
    });
    // 10,000 − 2,700 is less than 900 × 97 × 0.09 = 7,857.
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 900 @ 100 -> 900, -80000',
      '2.1 A fill -1 sell close 900 @ 97 -> 0, 7300',
      '2.1 A trade 1--1 900: 100 to 97, -2700 less 0, liquidation',
    ]);
  });

  test('ends an order at the first bar that opens at its end', () => {
    const events = play({
      bars: { A: [at(100), at(100), at(90)] },
      tick: once((ctx) => ctx.buy(1, { limit: 95, goodUntil: 2 * MINUTE })),
    });
    expect(story(events)).toEqual(['2.1 A expiry 1 1 gtd']);
  });

  test('takes a position out so many bars after its entry', () => {
    const events = play({
      bars: { A: [at(100), at(100), at(100), at(100), at(101)] },
      tick: once((ctx) => {
        ctx.protect({ maxBars: 2 });
        ctx.buy(1);
      }),
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 1 @ 100 -> 1, 9900',
      '4.1 A fill 2 sell close 1 @ 101 -> 0, 10001',
      '4.1 A trade 1-2 1: 100 to 101, 1 less 0, time',
    ]);
  });

  test('moves a stop to the average price from the bar after the close that was far enough', () => {
    const events = play({
      bars: { A: [at(100), [100, 106, 100, 105], [105, 105, 99, 100]] },
      tick: once((ctx) => {
        ctx.protect({ stop: { offset: 5 }, breakevenAtR: 1 });
        ctx.buy(1);
      }),
    });
    expect(story(events)).toEqual([
      '1.2 A fill 1 buy open 1 @ 100 -> 1, 9900',
      '1.5 A replace 2 1 @ 100',
      '2.3 A fill 2 sell close 1 @ 100 -> 0, 10000',
      '2.3 A trade 1-2 1: 100 to 100, 0 less 0, stop',
    ]);
  });

  test('buys what a size comes to, and what is missing for a target', () => {
    const sizes: string[] = [];
    const events = play({
      bars: { A: [at(100), at(100), at(100)] },
      tick: (ctx) => {
        if (ctx.step === 0) ctx.buy({ riskPercent: 1 }, { bracket: { stop: { offset: 5 } } });
        if (ctx.step === 1) ctx.target({ percent: 10 });
      },
    });
    for (const event of events) if (event.kind === 'order') sizes.push(`${event.sizedIn} ${event.quantity}`);
    // 1 % of 10,000 over 5; of the 20 held, 10 are left.
    expect(sizes).toEqual(['riskPercent 20', 'units 20', 'target percent 10']);
  });
});
