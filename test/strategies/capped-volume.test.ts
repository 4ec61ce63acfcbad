/** A breakout in a thin market: whatever part of an order is filled, what is held has a stop. */
import { expect, test } from 'vitest';
import VolumeBreakout from '../../strategies/volume-breakout.ts';
import { DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import { play } from '../support/play.ts';

const MINUTE = 60_000;
const flat = [100, 100, 100, 100, 10];
/** Open, high, low, close, volume. A tenth may be filled. */
const BARS = [
  flat,
  flat,
  [100, 101, 100, 101, 50], //  the breakout
  [100, 100, 100, 100, 40], //  4 of 10 bought; the other 6 are cancelled
  [100, 101, 100, 100, 20], //  the target at 101: 2 of 4, and the stop goes
  [100, 100, 99, 99, 1_000], // the stop at 99.5 of the pair sent for the 2 left
  flat,
];

test('buys what the first fill gives, and stops what a part of the target leaves', async () => {
  const bars = BARS.map(([open, high, low, close, volume], i) => {
    return { time: i * MINUTE, open: open!, high: high!, low: low!, close: close!, volume: volume! };
  });
  const plan: Plan = {
    strategies: [
      {
        source: { strategyClass: VolumeBreakout },
        params: { lookback: 2, volumeLookback: 2 },
        symbolParams: {},
      },
    ],
    rules: { ...DEFAULT_RULES, maxVolume: 0.1 },
    instruments: {},
    seed: 0,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
  const { events } = await play({ interval: MINUTE, bars: { A: bars } }, plan);
  const fills = events.flatMap((event) =>
    event.kind === 'fill' ? [[event.step, event.side, event.quantity, event.price, event.position]] : [],
  );
  expect(fills).toEqual([
    [3, 'buy', 4, 100, 4],
    [4, 'sell', 2, 101, 2],
    [5, 'sell', 2, 99.5, 0],
  ]);
});
