/**
 * What the other intrabar policies would have made of the bars on which the policy decides.
 *
 * Worked by hand: an ambiguous bar is valued at its close under each policy, fills after slippage and commission, the rest of the position
 * at the close; the differences to the run's own policy are summed. Where a run's last bar is its only ambiguous one, that is the
 * difference to the run with the other policy, to the cent.
 */
import { describe, expect, test } from 'vitest';
import { INTRABAR_POLICIES, type IntrabarPolicy, type Rules } from '../../src/broker/policies.ts';
import type { Bracket, Context, OrderOptions } from '../../src/index.ts';
import type { Instrument } from '../../src/market/instrument.ts';
import { at } from '../worlds/scene.ts';
import { bps, fees, LEVERAGE, type Quote, type Script, stage } from './scene.ts';

const BRACKET: Bracket = { stop: { offset: 5 }, target: { offset: 10 } };
const HALVES: Bracket = {
  stop: { offset: 5 },
  targets: [
    { offset: 6, portion: 0.5 },
    { offset: 10, portion: 0.5 },
  ],
};
const RISING: Quote = [100, 112, 94, 101];
const FALLING: Quote = [100, 112, 94, 99];

interface World {
  readonly bars: readonly Quote[];
  readonly script: Script;
  readonly rules?: Partial<Rules>;
  readonly instrument?: Partial<Instrument>;
}

async function under(intrabar: IntrabarPolicy, { bars, script, rules, instrument = {} }: World) {
  const { outcome, events } = await stage({
    bars: { A: bars },
    script,
    instrument,
    rules: { account: LEVERAGE, cash: 100_000, ...rules, intrabar },
  });
  const last = events.findLast((event) => event.kind === 'equity');
  const rounded = (value: number) => Number(value.toFixed(8)) + 0;
  const { pessimistic, optimistic, path } = outcome.counts.underPolicy;
  return {
    totals: [pessimistic, optimistic, path].map(rounded),
    equity: last?.kind === 'equity' ? last.equity : NaN,
    ambiguousBars: outcome.counts.ambiguousBars,
  };
}

/** Ten with a bracket, sent at a close of 101 (or 99, below a stop), in on bar 1. */
const entering = (bracket: Bracket, options: OrderOptions = {}, side: 'buy' | 'sell' = 'buy'): Script =>
  function* script(ctx) {
    ctx[side](10, { ...options, bracket });
    yield;
  };
/** Ten bought at 100 on bar 1; then members of a group. */
const leaving = (quantity: number): Script =>
  function* script(ctx) {
    ctx.buy(10);
    yield;
    ctx.oco({ side: 'sell', quantity, stop: 95 }, { side: 'sell', quantity, limit: 110 });
  };
/** Ten without a bracket and ten with one. */
const twice = (bracket: Bracket): Script =>
  function* script(ctx) {
    ctx.buy(10);
    ctx.buy(10, { bracket });
    yield;
  };
const straddle = (up = 10, down = 10): Script =>
  function* script(ctx) {
    ctx.oco({ side: 'buy', quantity: up, stop: 105 }, { side: 'sell', quantity: down, stop: 95 });
    yield;
  };

/** By the pessimist's book: what each policy would add. All of them are worlds whose last bar is the only one in doubt. */
const WORLDS: readonly (readonly [
  what: string,
  world: World,
  ambiguousBars: number,
  totals: readonly number[],
])[] = [
  // Out at 95 or at 110: 150.
  [
    'stop and target, rising',
    { bars: [at(100), at(100), RISING], script: entering(BRACKET) },
    1,
    [0, 150, 0],
  ],
  [
    'stop and target, falling',
    { bars: [at(100), at(100), FALLING], script: entering(BRACKET) },
    1,
    [0, 150, 150],
  ],
  [
    'of a short, rising',
    { bars: [at(100), at(100), [100, 106, 88, 101]], script: entering(BRACKET, {}, 'sell') },
    1,
    [0, 150, 150],
  ],
  [
    'a trail and a target',
    { bars: [at(100), at(100), FALLING], script: entering({ trail: { offset: 5 }, target: { offset: 10 } }) },
    1,
    [0, 150, 150],
  ],
  [
    'with a multiplier of 5',
    { bars: [at(100), at(100), FALLING], script: entering(BRACKET), instrument: { multiplier: 5 } },
    1,
    [0, 750, 750],
  ],
  // In at 101: the stop at 96 is slipped to 95.04, the target at 111 is not.
  [
    'after slippage',
    { bars: [at(100), at(100), FALLING], script: entering(BRACKET), rules: { slippage: bps(100) } },
    1,
    [0, 159.6, 159.6],
  ],
  // 9.50 against 11.
  [
    'after commission',
    {
      bars: [at(100), at(100), FALLING],
      script: entering(BRACKET),
      rules: { commission: fees({ rate: 0.01 }) },
    },
    1,
    [0, 148.5, 148.5],
  ],
  // 5 at 106 and 5 at 95, or 10 at 95: 55; 5 at 106 and 5 at 110: 130.
  [
    'one half and the stop, falling',
    { bars: [at(100), at(100), [100, 107, 94, 99]], script: entering(HALVES) },
    1,
    [0, 55, 55],
  ],
  [
    'one half and the stop, rising',
    { bars: [at(100), at(100), [100, 107, 94, 101]], script: entering(HALVES) },
    1,
    [0, 55, 0],
  ],
  [
    'both halves and the stop',
    { bars: [at(100), at(100), FALLING], script: entering(HALVES) },
    1,
    [0, 130, 130],
  ],
  // The rest of the position is the same under each.
  ['four of ten', { bars: [at(100), at(100), FALLING], script: leaving(4) }, 1, [0, 60, 60]],
  ['more than ten', { bars: [at(100), at(100), FALLING], script: leaving(15) }, 1, [0, 150, 150]],

  ['the entry bar, at the open', { bars: [at(100), FALLING], script: entering(BRACKET) }, 1, [0, 150, 150]],
  // In at 100 by a limit, the high before it: only the optimist is out, at 110; the others hold at 104.
  [
    'the entry bar, within, falling',
    { bars: [at(101), [105, 112, 96, 104]], script: entering(BRACKET, { limit: 100 }) },
    1,
    [0, 60, 0],
  ],
  [
    'the entry bar, within, both',
    { bars: [at(101), [105, 112, 94, 111]], script: entering(BRACKET, { limit: 100 }) },
    1,
    [0, 150, 0],
  ],
  // On the way up from 94 the stop is behind; 112 is ahead.
  [
    'the entry bar, by a stop, rising',
    { bars: [at(99), [98, 112, 94, 111]], script: entering(BRACKET, { stop: 100 }) },
    1,
    [0, 150, 150],
  ],
  // The stop at 95 was touched before the entry: the pessimist and the optimist take it, the path holds at 99.
  [
    'the entry bar, a low before the entry',
    { bars: [at(99), [98, 101, 94, 99]], script: entering(BRACKET, { stop: 100 }) },
    1,
    [0, 0, 40],
  ],
  [
    'the entry bar, halves',
    { bars: [at(100), [100, 107, 94, 99]], script: entering(HALVES) },
    1,
    [0, 55, 55],
  ],

  // At a close of 101: −40 for the buy at 105, −60 for the sell at 95.
  ['two entries, rising', { bars: [at(100), [100, 106, 94, 101]], script: straddle() }, 1, [0, 20, 0]],
  ['two entries, falling', { bars: [at(100), [100, 106, 94, 99]], script: straddle() }, 1, [0, 20, 0]],
  // −40 and −30: the pessimist buys, the path sells, as the optimist does.
  [
    'two entries of two sizes',
    { bars: [at(100), [100, 106, 94, 101]], script: straddle(10, 5) },
    1,
    [0, 10, 10],
  ],
  // Fees of 10.50 and 9.50.
  [
    'two entries after commission',
    { bars: [at(100), [100, 106, 94, 101]], script: straddle(), rules: { commission: fees({ rate: 0.01 }) } },
    1,
    [0, 19, 0],
  ],
  // A bracket of ten in a position of twenty: the target leaves the stop nothing, and the rest is held at 99.
  [
    'more than the bracket covers',
    { bars: [at(100), at(100), FALLING], script: twice(BRACKET) },
    1,
    [0, 150, 150],
  ],
  [
    'more than the halves cover',
    { bars: [at(100), at(100), [100, 107, 94, 99]], script: twice(HALVES) },
    1,
    [0, 55, 55],
  ],
  // Four find volume, at 95 or at 110; six are held.
  [
    'a thin bar',
    {
      bars: [at(100), at(100), [...FALLING, 40] as unknown as Quote],
      script: entering(BRACKET),
      rules: { maxVolume: 0.1 },
    },
    1,
    [0, 60, 60],
  ],
  // None is left after the entry.
  [
    'a thin entry bar',
    {
      bars: [at(100), [...FALLING, 100] as unknown as Quote],
      script: entering(BRACKET),
      rules: { maxVolume: 0.1 },
    },
    1,
    [0, 0, 0],
  ],
  [
    'two entries on a thin bar',
    { bars: [at(100), [100, 106, 94, 101, 40]], script: straddle(), rules: { maxVolume: 0.1 } },
    1,
    [0, 8, 0],
  ],
];

describe('the total under each policy', () => {
  test.each(WORLDS)('of %s', async (_, world, ambiguousBars, totals) => {
    const runs = {} as Record<IntrabarPolicy, Awaited<ReturnType<typeof under>>>;
    for (const policy of INTRABAR_POLICIES) runs[policy] = await under(policy, world);
    expect(runs.pessimistic.totals).toEqual(totals);
    for (const own of INTRABAR_POLICIES) {
      expect(runs[own].ambiguousBars).toBe(ambiguousBars);
      for (const [index, policy] of INTRABAR_POLICIES.entries())
        expect(runs[own].totals[index], `${policy}, from ${own}`).toBeCloseTo(
          runs[policy].equity - runs[own].equity,
          7,
        );
    }
  });

  test.each<readonly [string, World]>([
    [
      'the open has passed the stop',
      { bars: [at(100), at(100), [94, 112, 93, 99]], script: entering(BRACKET) },
    ],
    [
      'the open has passed the target',
      { bars: [at(100), at(100), [111, 112, 93, 99]], script: entering(BRACKET) },
    ],
    [
      'the stop alone is reached',
      { bars: [at(100), at(100), [100, 105, 94, 99]], script: entering(BRACKET) },
    ],
    [
      'the target alone is reached',
      { bars: [at(100), at(100), [100, 112, 96, 99]], script: entering(BRACKET) },
    ],
    [
      'an exit on the close stands beside a stop',
      {
        bars: [at(100), at(100), [100, 112, 94, 99]],
        *script(ctx: Context) {
          ctx.buy(10, { bracket: { stop: { offset: 5 } } });
          yield;
          ctx.sell(10, { onClose: true });
        },
      },
    ],
    ['one of two entries is reached', { bars: [at(100), [100, 106, 96, 101]], script: straddle() }],
    [
      'the entry is on the close',
      { bars: [at(100), [100, 112, 94, 100]], script: entering(BRACKET, { onClose: true }) },
    ],
  ])('is 0 where %s', async (_, world) => {
    for (const policy of INTRABAR_POLICIES) {
      const { totals, ambiguousBars } = await under(policy, world);
      expect([totals, ambiguousBars]).toEqual([[0, 0, 0], 0]);
    }
  });

  test('is summed over bars and symbols, everything after a bar as it was', async () => {
    const { outcome } = await stage({
      bars: {
        A: [at(100), at(100), FALLING, at(100), at(100), RISING],
        B: [at(100), at(100), [100, 107, 94, 99], at(100), at(100), at(100)],
      },
      rules: { account: LEVERAGE, cash: 100_000 },
      *script(ctx) {
        ctx.buy(10, { bracket: ctx.symbol === 'A' ? BRACKET : HALVES });
        yield;
        yield;
        yield;
        if (ctx.symbol === 'A') ctx.buy(10, { bracket: BRACKET });
      },
    });
    // 150 and 55 falling, 150 rising.
    expect(outcome.counts.underPolicy).toEqual({ pessimistic: 0, optimistic: 355, path: 205 });
    expect(outcome.counts.ambiguousBars).toBe(3);
  });
});
