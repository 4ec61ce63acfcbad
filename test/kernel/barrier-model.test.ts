/**
 * No schedule can go wrong, and every rule of the protocol is needed: take one away, and some schedule does.
 *
 * The walk covers the start-up, the given number of steps and the release of the end.
 */
import { describe, expect, test } from 'vitest';
import { explore, type Fault } from './barrier-model.ts';
import type { Rule, World } from './barrier-programs.ts';

const PLENTY_MS = 120_000;

describe('the barrier, over all interleavings', () => {
  test.each<World>([
    { parties: 2, steps: 3 },
    { parties: 2, steps: 3, whim: true },
    { parties: 2, steps: 3, dies: 0 },
    { parties: 2, steps: 3, dies: 1 },
    { parties: 2, steps: 3, whim: true, dies: 1 },
    { parties: 2, steps: 2, whim: true, dies: 0, quits: 1 },
    { parties: 2, steps: 2, dies: 1, quits: 1 },
    { parties: 3, steps: 2 },
    { parties: 3, steps: 1, whim: true },
    { parties: 3, steps: 2, dies: 0 },
    { parties: 3, steps: 2, dies: 1 },
    { parties: 3, steps: 1, dies: 2, quits: 2 },
  ])(
    'is without fault: %o',
    (world) => {
      const { states, faults } = explore(world);
      expect(faults).toEqual([]);
      expect(states).toBeGreaterThan(1_000); // It did walk.
    },
    PLENTY_MS,
  );
});

describe('the barrier fails if nobody', () => {
  const step: World = { parties: 2, steps: 1 };
  const aborted: World = { parties: 2, steps: 1, whim: true };
  const halfAborted: World = { parties: 2, steps: 1, dies: 1, quits: 1 };

  test.each<[Rule, World, Fault[]]>([
    ['looks at the value again once registered', step, ['stuck']],
    ['reads the bell before the value', step, ['stuck']],
    ['rings the bell before notifying', step, ['stuck']],
    ['stores before waking', step, ['stuck']],
    ['stores before counting sleepers', step, ['stuck']],
    ['awaits every worker', step, ['lapped', 'overlap']],
    ['awaits every worker', { parties: 3, steps: 1 }, ['lapped', 'overlap']],
    ['looks at ABORT before each sleep', aborted, ['stuck']],
    ['looks at ABORT when the wait is over', aborted, ['ahead', 'lapped', 'overlap']],
    ['sets ABORT before waking', aborted, ['stuck']],
    ['wakes even if another has aborted before', halfAborted, ['stuck']],
  ])(
    '%s',
    (rule, world, faults) => {
      expect(explore(world).faults).toEqual([]);
      expect(explore(world, rule).faults).toEqual(faults);
    },
    PLENTY_MS,
  );

  test(
    'sleeps on the bell, but only when it comes to an abort: that leaves the value as it was',
    () => {
      const rule: Rule = 'sleeps on the bell, not on the value';
      expect(explore({ parties: 3, steps: 1 }, rule).faults).toEqual([]);
      expect(explore(aborted, rule).faults).toEqual(['stuck']);
    },
    PLENTY_MS,
  );
});
