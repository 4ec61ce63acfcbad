/** Brackets through the engine: where the children go, the bar of entry, and what ends them. */
import { describe, expect, test } from 'vitest';
import type { Bracket, Context, OrderOptions } from '../../src/index.ts';
import { at } from '../worlds/scene.ts';
import { bps, LEVERAGE, type Quote, type Scene, stage, tell } from './scene.ts';

const OPENED = '1.2 A fill 1 buy open 10 @ 100 -> 10, 9000';
const WIDE = [100, 200, 1, 100] as const;

describe('a child goes to its level', () => {
  const levels = (
    bracket: Bracket,
    scene: Omit<Scene, 'bars'> = {},
    side: 'buy' | 'sell' = 'buy',
    open = 100,
  ) =>
    stage({
      bars: { A: [at(100), at(open), WIDE] },
      rules: { account: LEVERAGE, ...scene.rules },
      ...(scene.instrument ? { instrument: scene.instrument } : {}),
      *script(ctx) {
        ctx[side](10, { bracket });
        yield;
      },
    });
  const exitPrice = async (...given: Parameters<typeof levels>) => {
    const { events } = await levels(...given);
    return events.flatMap((event) => (event.kind === 'trade' ? [event.exitPrice] : []));
  };

  test.each([
    ['buy', { stop: { price: 93 } }, 93],
    ['buy', { stop: { offset: 5 } }, 95],
    ['buy', { stop: { percent: 4 } }, 96],
    ['buy', { target: { price: 111 } }, 111],
    ['buy', { target: { offset: 8 } }, 108],
    ['buy', { target: { percent: 10 } }, 110],
    ['sell', { stop: { price: 107 } }, 107],
    ['sell', { stop: { offset: 5 } }, 105],
    ['sell', { stop: { percent: 4 } }, 104],
    ['sell', { target: { price: 89 } }, 89],
    ['sell', { target: { offset: 8 } }, 92],
    ['sell', { target: { percent: 10 } }, 90],
  ] as const)('of a %s with %j: %d', async (side, bracket, price) => {
    expect(await exitPrice(bracket, {}, side)).toEqual([price]);
  });

  test.each([
    ['buy', { stop: { offset: 5 }, target: { multiple: 2 } }, 110],
    ['buy', { stop: { price: 94 }, target: { multiple: 1.5 } }, 109],
    ['buy', { stop: { percent: 2 }, target: { multiple: 3 } }, 106],
    ['sell', { stop: { offset: 5 }, target: { multiple: 2 } }, 90],
    ['sell', { stop: { price: 106 }, target: { multiple: 0.5 } }, 97],
  ] as const)('of a %s with a multiple, %j: %d', async (side, bracket, price) => {
    expect(await exitPrice(bracket, { rules: { intrabar: 'optimistic' } }, side)).toEqual([price]);
  });

  test('counted from the fill, not from the close at the call', async () => {
    expect(await exitPrice({ stop: { offset: 5 } }, {}, 'buy', 120)).toEqual([100]); // The open is beyond 115.
    expect(await exitPrice({ target: { offset: 30 } }, {}, 'buy', 120)).toEqual([150]);
  });

  test('counted from the fill after slippage, and rounded to the tick: stops away, targets away', async () => {
    const given = { rules: { slippage: bps(30) }, instrument: { tick: 0.5 } } as const;
    // Filled at 100.3: 95.285 is 95; 105.315 is 105.5; 2 × |100.3 − 95| = 10.6, so 110.9 is 111.
    const [stop] = await exitPrice({ stop: { percent: 5 } }, given);
    expect(stop).toBeCloseTo(95 * 0.997, 10);
    expect(await exitPrice({ target: { percent: 5 } }, given)).toEqual([105.5]);
    const both = { stop: { percent: 5 }, target: { multiple: 2 } };
    const optimistic = { ...given, rules: { ...given.rules, intrabar: 'optimistic' } } as const;
    expect(await exitPrice(both, optimistic)).toEqual([111]);
  });
});

/** Ten bought on bar 1 with a stop at 95 and a target at 110. */
const bracket = { stop: { offset: 5 }, target: { multiple: 2 } } as const;
const STOPPED = [
  '1.3 A fill 2 sell close 10 @ 95 -> 0, 9950',
  '1.3 A trade 1-2 10: 100 to 95, -50 less 0, stop',
  '1.3 A cancel 3 oco 10',
];
const REACHED = [
  '1.3 A fill 3 sell close 10 @ 110 -> 0, 10100',
  '1.3 A trade 1-3 10: 100 to 110, 100 less 0, target',
  '1.3 A cancel 2 oco 0', // Nothing is left of it to protect.
];
const NEITHER = ['1.7 A expiry 2 10', '1.7 A expiry 3 10'];

describe('the bar of entry', () => {
  test.each([
    // Filled at the open: both children are tested on the whole bar.
    ['pessimistic', {}, [100, 111, 94, 100], STOPPED, 1],
    ['optimistic', {}, [100, 111, 94, 100], REACHED, 1],
    ['path', {}, [100, 111, 94, 101], STOPPED, 1],
    ['path', {}, [100, 111, 94, 99], REACHED, 1],
    ['pessimistic', {}, [100, 101, 94, 100], STOPPED, 0],
    ['pessimistic', {}, [100, 111, 99, 100], REACHED, 0],
    ['path', {}, [100, 111, 99, 100], REACHED, 0],
    ['pessimistic', {}, [100, 109, 96, 100], NEITHER, 0],
    // Filled by a limit within the bar: pessimistic sees the stop alone.
    ['pessimistic', { limit: 100 }, [105, 112, 94, 111], STOPPED, 1],
    ['pessimistic', { limit: 100 }, [105, 112, 99, 111], NEITHER, 1],
    ['optimistic', { limit: 100 }, [105, 112, 94, 111], REACHED, 1],
    ['optimistic', { limit: 100 }, [105, 109, 94, 96], STOPPED, 1],
    // Path: rising is 105, low, high, close: the low after the entry, then the high.
    ['path', { limit: 100 }, [105, 112, 99, 111], REACHED, 1],
    ['path', { limit: 100 }, [105, 112, 94, 111], STOPPED, 1],
    // Falling is 105, high, low, close: the high is over when the limit is filled.
    ['path', { limit: 100 }, [105, 112, 99, 104], NEITHER, 1],
    ['path', { limit: 100 }, [105, 112, 94, 104], STOPPED, 1],
    // Filled by a stop order on the way up.
    ['pessimistic', { stop: 100 }, [96, 112, 95.5, 111], NEITHER, 1],
    ['pessimistic', { stop: 100 }, [98, 112, 94, 111], STOPPED, 1],
    ['path', { stop: 100 }, [98, 112, 94, 111], REACHED, 1],
    ['path', { stop: 100 }, [98, 101, 94, 97], STOPPED, 1],
    ['path', { stop: 100 }, [98, 101, 94, 99], NEITHER, 1],
    ['optimistic', { stop: 100 }, [98, 101, 94, 99], STOPPED, 1],
  ] as const)('under `%s`, entered by %j in %j', async (intrabar, options, quote, expected, ambiguous) => {
    const isLow = 'stop' in options;
    const { story, outcome } = await stage({
      bars: { A: [at(isLow ? 98 : 100), quote as Quote] },
      rules: { intrabar },
      *script(ctx) {
        ctx.buy(10, { ...(options as OrderOptions), bracket });
        yield;
      },
    });
    expect(story).toEqual([OPENED, ...expected]);
    expect(outcome.counts.ambiguousBars).toBe(ambiguous);
  });

  test.each(['pessimistic', 'optimistic', 'path'] as const)(
    'whose open has already passed the stop fills it there, under `%s`, before a target that is touched too',
    async (intrabar) => {
      const { story, outcome } = await stage({
        bars: { A: [at(100), [93, 120, 92, 118]] },
        rules: { intrabar },
        *script(ctx) {
          ctx.buy(10, { bracket: { stop: { price: 95 }, target: { price: 110 } } });
          yield;
        },
      });
      expect(story).toEqual([
        '1.2 A fill 1 buy open 10 @ 93 -> 10, 9070',
        '1.3 A fill 2 sell close 10 @ 93 -> 0, 10000',
        '1.3 A trade 1-2 10: 93 to 93, 0 less 0, stop',
        '1.3 A cancel 3 oco 10',
      ]);
      expect(outcome.counts).toMatchObject({ stopsPassedAtEntry: 1, ambiguousBars: 0 });
    },
  );

  test('passes a stop by slippage alone: it is filled at the raw price of the entry, slipped again', async () => {
    const { story, outcome } = await stage({
      bars: { A: [at(100), at(100)] },
      rules: { slippage: bps(200), account: LEVERAGE },
      *script(ctx) {
        ctx.sell(10, { bracket: { stop: { offset: 1 } } });
        yield;
      },
    });
    // Sold at 98, so the stop is at 99, which 100 has passed; bought back at 102.
    expect(story).toEqual([
      '1.2 A fill 1 sell open 10 @ 98 -> -10, 10980',
      '1.3 A fill 2 buy close 10 @ 102 -> 0, 9960',
      '1.3 A trade 1-2 -10: 98 to 102, -40 less 0, stop',
    ]);
    expect(outcome.counts.stopsPassedAtEntry).toBe(1);
  });

  test('gives a target that the entry has passed the better price', async () => {
    const told = await tell({
      bars: { A: [at(100), [115, 116, 114, 115]] },
      *script(ctx) {
        ctx.buy(10, { bracket: { target: { price: 110 } } });
        yield;
      },
    });
    expect(told.slice(0, 2)).toEqual([
      '1.2 A fill 1 buy open 10 @ 115 -> 10, 8850',
      '1.3 A fill 2 sell close 10 @ 115 -> 0, 10000',
    ]);
  });

  test('asks for more than a touch of the target under `through`', async () => {
    const scene = (high: number): Scene => ({
      bars: { A: [at(100), [100, high, 99, 100]] },
      rules: { limitTouch: 'through' },
      *script(ctx) {
        ctx.buy(10, { bracket });
        yield;
      },
    });
    expect(await tell(scene(110))).toEqual([OPENED, ...NEITHER]);
    expect(await tell(scene(110.5))).toEqual([OPENED, ...REACHED]);
  });

  test('settles the children of two entries each for itself, by sequence of the parents', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 101, 94, 100]] },
      *script(ctx) {
        ctx.buy(10, { bracket: { stop: { offset: 5 } } });
        ctx.buy(20, { bracket: { stop: { offset: 4 } } });
        yield;
      },
    });
    expect(told).toEqual([
      OPENED,
      '1.2 A fill 3 buy open 20 @ 100 -> 30, 7000',
      '1.3 A fill 2 sell close 10 @ 95 -> 20, 7950',
      '1.3 A trade 1-2 10: 100 to 95, -50 less 0, stop',
      '1.3 A fill 4 sell close 20 @ 96 -> 0, 9870',
      '1.3 A trade 1-4 20: 100 to 96, -80 less 0, stop',
    ]);
  });
});

describe('a later bar', () => {
  const long = (ctx: Context) => ctx.buy(10, { bracket });

  test.each([
    ['pessimistic', [100, 111, 94, 101], '2.3', 2, 95, 'stop'],
    ['optimistic', [100, 111, 94, 99], '2.3', 3, 110, 'target'],
    ['path', [100, 111, 94, 101], '2.3', 2, 95, 'stop'],
    ['path', [100, 111, 94, 99], '2.3', 3, 110, 'target'],
    ['pessimistic', [90, 111, 85, 99], '2.1', 2, 90, 'stop'],
    ['pessimistic', [120, 121, 94, 99], '2.1', 3, 120, 'target'],
  ] as const)(
    'under `%s` in %j fills in %s order %d at %d',
    async (intrabar, quote, when, id, price, reason) => {
      const told = await tell({
        bars: { A: [at(100), at(100), quote] },
        rules: { intrabar },
        *script(ctx) {
          long(ctx);
          yield;
        },
      });
      expect(told).toEqual([
        OPENED,
        `${when} A fill ${id} sell close 10 @ ${price} -> 0, ${9_000 + 10 * price}`,
        `${when} A trade 1-${id} 10: 100 to ${price}, ${10 * (price - 100)} less 0, ${reason}`,
        `${when} A cancel ${5 - id} oco ${id === 2 ? 10 : 0}`,
      ]);
    },
  );

  test('closes only what is left of the position, and opens nothing beyond it', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(102), [102, 102, 94, 95], at(90)] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        long(ctx);
        yield;
        ctx.sell(4);
      },
    });
    expect(told).toEqual([
      OPENED,
      '2.1 A fill 4 sell close 4 @ 102 -> 6, 9408',
      '2.1 A trade 1-4 4: 100 to 102, 8 less 0, signal',
      '3.3 A fill 2 sell close 6 @ 95 -> 0, 9978',
      '3.3 A trade 1-2 6: 100 to 95, -30 less 0, stop',
      '3.3 A cancel 3 oco 10',
    ]);
  });

  test('protects what its parent opened, not what came on top', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100), [100, 100, 94, 95]] },
      *script(ctx) {
        long(ctx);
        yield;
        ctx.buy(7);
      },
    });
    expect(told.slice(2)).toEqual([
      '3.3 A fill 2 sell close 10 @ 95 -> 7, 9250',
      '3.3 A trade 1-2 10: 100 to 95, -50 less 0, stop',
      '3.3 A cancel 3 oco 10',
    ]);
  });

  test.each([
    ['a market order', (ctx: Context) => ctx.sell(10), '4', 'signal'],
    ['ctx.close', (ctx: Context) => ctx.close(), '4', 'signal'],
    ['another stop', (ctx: Context) => ctx.sell(10, { stop: 101, reduceOnly: true }), '4', 'stop'],
  ] as const)('on which %s closes the position cancels the children', async (_, exit, id, reason) => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(101), [101, 120, 80, 100]] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        long(ctx);
        yield;
        exit(ctx);
      },
    });
    expect(told).toEqual([
      OPENED,
      `2.1 A fill ${id} sell close 10 @ 101 -> 0, 10010`,
      `2.1 A trade 1-${id} 10: 100 to 101, 10 less 0, ${reason}`,
      '2.1 A cancel 2 position closed 10',
      '2.1 A cancel 3 position closed 10',
    ]);
  });

  test('on which the position is reversed cancels the children, and they touch nothing of the new one', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(101), [101, 120, 80, 100]] },
      rules: { account: LEVERAGE },
      *script(ctx) {
        long(ctx);
        yield;
        ctx.sell(15);
      },
    });
    expect(told.slice(3)).toEqual([
      '2.1 A cancel 2 position closed 10',
      '2.1 A cancel 3 position closed 10',
      '2.2 A fill 4 sell open 5 @ 101 -> -5, 10515',
    ]);
  });
});

describe('a parent that never opens', () => {
  test.each([
    [
      'is rejected',
      (ctx: Context) => ctx.buy(1_000, { bracket }),
      '2.2 A rejection 2 INSUFFICIENT_CASH 1000 @ 100',
      1_000,
    ],
    [
      'only closes',
      (ctx: Context) => ctx.sell(10, { bracket }),
      '2.1 A fill 2 sell close 10 @ 100 -> 0, 10000',
      10,
    ],
    ['expires', (ctx: Context) => ctx.buy(3, { limit: 50, bracket }), '2.7 A expiry 2 3', 3],
    [
      'is cancelled',
      (ctx: Context) => ctx.cancel(ctx.buy(3, { limit: 50, bracket })),
      '1.5 A cancel 2 request 3',
      3,
    ],
  ] as const)('because it %s takes its children along', async (_, send, end, quantity) => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(100)] },
      *script(ctx) {
        ctx.buy(10);
        yield;
        send(ctx);
      },
    });
    const when = end.slice(0, 3);
    expect(told.filter((line) => !line.includes('trade'))).toEqual([
      OPENED,
      end,
      `${when} A cancel 3 parent ${quantity}`,
      `${when} A cancel 4 parent ${quantity}`,
    ]);
  });

  test('has children that no bar reaches, however far it goes', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 200, 60, 100]] },
      *script(ctx) {
        ctx.buy(3, { limit: 50, bracket: { stop: { price: 40 }, target: { price: 90 } } });
        yield;
      },
    });
    expect(told).toEqual(['1.7 A expiry 1 3', '1.7 A cancel 2 parent 3', '1.7 A cancel 3 parent 3']);
  });
});

describe('cancel and replace', () => {
  test('of a parent move its children with its fill', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), at(98), [98, 98, 92, 93]] },
      *script(ctx) {
        ctx.buy(10, { limit: 90, bracket: { stop: { offset: 5 } } });
        yield;
        ctx.replace(1, { price: 99 });
      },
    });
    expect(told).toEqual([
      '1.5 A replace 1 10 @ 99',
      '2.2 A fill 1 buy open 10 @ 98 -> 10, 9020',
      '3.3 A fill 2 sell close 10 @ 93 -> 0, 9950',
      '3.3 A trade 1-2 10: 98 to 93, -50 less 0, stop',
    ]);
  });

  test('of a sleeping child make it wake with its new values, its price now a price', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 100, 97, 98], at(98)] },
      *script(ctx) {
        ctx.buy(10, { bracket: { stop: { offset: 20 } } });
        ctx.replace(2, { price: 97.4, quantity: 4 });
        yield;
      },
      instrument: { tick: 0.5 },
    });
    expect(told).toEqual([
      '0.5 A replace 2 4 @ 97',
      OPENED,
      '1.3 A fill 2 sell close 4 @ 97 -> 6, 9388',
      '1.3 A trade 1-2 4: 100 to 97, -12 less 0, stop',
    ]);
  });

  test('of a sleeping child in quantity alone leave its level to the fill', async () => {
    const told = await tell(
      {
        bars: { A: [at(100), at(104), [104, 104, 98, 99]] },
        *script(ctx) {
          ctx.buy(10, { bracket: { stop: { offset: 5 } } });
          ctx.replace(2, { quantity: 3 });
          yield;
        },
      },
      'order',
    );
    expect(told.slice(2)).toEqual([
      '0.5 A replace 2 3 @ NaN',
      '1.2 A fill 1 buy open 10 @ 104 -> 10, 8960',
      '2.3 A fill 2 sell close 3 @ 99 -> 7, 9257',
      '2.3 A trade 1-2 3: 104 to 99, -15 less 0, stop',
    ]);
  });

  test('of a live stop act from the next bar', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 100, 97, 99], [99, 99, 97, 98]] },
      *script(ctx) {
        ctx.buy(10, { bracket });
        yield;
        yield;
        ctx.replace(2, { price: 98 });
      },
    });
    expect(told).toEqual([
      OPENED,
      '2.5 A replace 2 10 @ 98',
      '3.3 A fill 2 sell close 10 @ 98 -> 0, 9980',
      '3.3 A trade 1-2 10: 100 to 98, -20 less 0, stop',
      '3.3 A cancel 3 oco 10',
    ]);
  });

  test('of a live stop leave the target, though it was a multiple of it', async () => {
    const told = await tell({
      bars: { A: [at(100), at(100), [100, 111, 90, 100]] },
      *script(ctx) {
        ctx.buy(10, { bracket });
        yield;
        ctx.cancel(2);
      },
    });
    expect(told.slice(1)).toEqual([
      '1.5 A cancel 2 request 10',
      '2.3 A fill 3 sell close 10 @ 110 -> 0, 10100',
      '2.3 A trade 1-3 10: 100 to 110, 100 less 0, target',
    ]);
  });

  test.each([
    ['a multiple of it goes with it', { multiple: 2 }, ['0.5 A cancel 3 request 10', OPENED]],
    [
      'any other stays',
      { offset: 10 },
      [
        OPENED,
        '1.3 A fill 3 sell close 10 @ 110 -> 0, 10100',
        '1.3 A trade 1-3 10: 100 to 110, 100 less 0, target',
      ],
    ],
  ] as const)('of a sleeping stop: a target that is %s', async (_, target, expected) => {
    const told = await tell({
      bars: { A: [at(100), [100, 111, 90, 100]] },
      *script(ctx) {
        ctx.buy(10, { bracket: { stop: { offset: 5 }, target } });
        ctx.cancel(2);
        yield;
      },
    });
    expect(told).toEqual(['0.5 A cancel 2 request 10', ...expected]);
  });

  test('of a sleeping target leave the stop alone in the bracket', async () => {
    const told = await tell({
      bars: { A: [at(100), [100, 111, 94, 100]] },
      rules: { intrabar: 'optimistic' },
      *script(ctx) {
        ctx.buy(10, { bracket });
        ctx.cancel(3);
        yield;
      },
    });
    expect(told).toEqual(['0.5 A cancel 3 request 10', OPENED, ...STOPPED.slice(0, 2)]);
  });
});
