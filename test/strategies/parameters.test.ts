/** Every parameter changes the record of some run: one that does not would be a flag that nobody reads. */
import { describe, expect, it } from 'vitest';
import BuyAndHold from '../../strategies/buy-and-hold.ts';
import Fakeout from '../../strategies/fakeout.ts';
import SmaCross from '../../strategies/sma-cross.ts';
import TrueBreakout from '../../strategies/true-breakout.ts';
import VolumeBreakout from '../../strategies/volume-breakout.ts';
import { SUM_KINDS } from '../../src/rolling/summed-average.ts';
import type { ParamValue } from '../../src/strategy/params.ts';
import type { StrategyClass } from '../../src/strategy/strategy.ts';
import { seeded } from '../support/random.ts';
import { DIVERGING_BREAK, eventsOf, FAKEOUT, run, type Shape, Tape, TRUE_BREAKOUT, tapeOf } from './tape.ts';

const MOVED: Shape = [108, 108, 104, 106, 100];
const PAYOFF: Shape = [108, 109, 98, 105, 100];
const faded = () => tapeOf(...FAKEOUT, MOVED, PAYOFF);
const diverging = () => tapeOf(...DIVERGING_BREAK, ...FAKEOUT.slice(1), MOVED);
const followed = () => tapeOf(...TRUE_BREAKOUT, [112, 114.5, 112, 113, 100], [113, 120, 109, 110, 100]);

type Case = readonly [name: string, value: ParamValue, tape: () => Tape, others?: Record<string, ParamValue>];

const frameCases = (tape: () => Tape): readonly Case[] => [
  ['range', '15M_1M', tape],
  ['timeoutCandles', 1, tape],
  ['volumeLookback', 30, tape],
  ['stopLookback', 5, tape],
  ['rewardRisk', 1, tape],
  ['riskPercent', 2, tape],
  ['maxOpenRiskPercent', 0.1, tape],
  ['maxNotionalPercent', 1, tape],
  ['breakevenAtR', 0, tape],
];

const waves = () => {
  const tape = new Tape(0);
  for (let i = 0; i < 400; i++) {
    const close = 100 + ((i * i) % 37) + (i % 11);
    tape.minute([close - 1, close + 2, close - 2, close, 100 + ((i * 7) % 50)]);
  }
  return tape;
};

/** Closes of four values, in cents that have no exact double: two averages of them tie often. */
const ties = () => {
  const tape = new Tape(0);
  const random = seeded(1);
  for (let i = 0; i < 200; i++) {
    const close = (1_000 + Math.floor(random() * 4)) / 10;
    tape.minute([close, close, close, close, 100]);
  }
  return tape;
};
const LENGTHS = { fast: 5, slow: 10 };

const CASES: readonly (readonly [name: string, strategy: StrategyClass, cases: readonly Case[]])[] = [
  [
    'sma-cross',
    SmaCross,
    [
      ['fast', 5, waves],
      ['slow', 20, waves],
      ['quantity', 11, waves],
      ...SUM_KINDS.map((kind): Case => ['sum', kind, ties, LENGTHS]),
    ],
  ],
  [
    'buy-and-hold',
    BuyAndHold,
    [
      ['cashPercent', 50, waves],
      ['headroomPercent', 10, waves],
    ],
  ],
  [
    'volume-breakout',
    VolumeBreakout,
    [
      ['lookback', 10, waves],
      ['volumeLookback', 3, waves, { lookback: 10 }],
      ['quantity', 11, waves, { lookback: 10 }],
      ['stopPercent', 5, waves, { lookback: 10 }],
      ['targetPercent', 5, waves, { lookback: 10 }],
    ],
  ],
  [
    'fakeout',
    Fakeout,
    [
      ...frameCases(faded),
      ['breakoutVolumeMax', 0.7, faded],
      ['confirmationVolumeMin', 2.5, faded],
      ['divergence', 'off', diverging],
      ['divergence', 'required', faded],
      ['rsiPeriod', 100, diverging],
      ['divergenceLookback', 10, diverging],
    ],
  ],
  [
    'true-breakout',
    TrueBreakout,
    [
      ...frameCases(followed),
      ['breakoutVolumeMin', 1.6, followed],
      ['continuationVolumeMin', 2.5, followed],
      ['retestTolerance', 0, followed],
    ],
  ],
];

for (const [name, strategyClass, cases] of CASES) {
  describe(name, () => {
    for (const [param, value, tape, others = {}] of cases)
      it(`changes with ${param} = ${value}`, () => {
        const base = run(strategyClass, tape(), { params: others });
        const changed = run(strategyClass, tape(), { params: { ...others, [param]: value } });
        expect(eventsOf(base, 'fill')).not.toEqual([]);
        expect(changed).not.toEqual(base);
      });

    it('has no parameter besides these', () => {
      const tested = new Set(cases.map(([param]) => param));
      expect(Object.keys(strategyClass.params).toSorted()).toEqual([...tested].toSorted());
    });
  });
}

it('each way of summing trades the ties of two averages in its own way', () => {
  const kinds = ['windowed', ...SUM_KINDS];
  const trades = kinds.map((sum) =>
    JSON.stringify(eventsOf(run(SmaCross, ties(), { params: { ...LENGTHS, sum } }), 'fill')),
  );
  expect(new Set(trades).size).toBe(kinds.length);
});
