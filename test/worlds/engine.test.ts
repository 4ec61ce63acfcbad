/**
 * The engine against the second simulator: the same record, event by event and bit by bit, in a thousand random worlds.
 *
 * A hunt for more: `LOCKSTEP_WORLDS=5000-9000 npx vitest run test/worlds/engine.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import { CANCEL_REASONS, EXIT_REASONS, REJECTION_CODES } from '../../src/broker/order.ts';
import type { RecordKind, RunEvent } from '../../src/record/records.ts';
import { divergence } from '../engine/divergence.ts';
import { simulate } from '../naive.ts';
import { play } from '../support/play.ts';
import { planOf, randomWorld } from './world.ts';

const [FROM = 0, TO = 1_000] = (process.env['LOCKSTEP_WORLDS'] ?? '0-1000').split('-').map(Number);
const WORLDS_PER_TEST = 250;
/** Installing the guard of deterministic mode costs more than a small world. */
const GUARDED_EVERY = 25;

const met = new Set<string>();
const starts = Array.from(
  { length: Math.ceil((TO - FROM) / WORLDS_PER_TEST) },
  (_, i) => FROM + i * WORLDS_PER_TEST,
);

describe('the inline engine and the naive simulator', () => {
  test.each(starts)('write the same record in the worlds from %i', { timeout: 60_000 }, async (start) => {
    for (let seed = start; seed < Math.min(TO, start + WORLDS_PER_TEST); seed++) {
      const world = randomWorld(seed);
      const plan = { ...planOf(world, 'class'), deterministic: seed % GUARDED_EVERY === 0 };
      const naive = simulate(world.market, plan);
      const { events } = await play(world.market, plan);
      expect.soft(divergence(events, naive), `world ${seed}: ${JSON.stringify(plan.rules)}`).toBe('');
      for (const event of events) met.add(kindOf(event));
    }
  });

  test('have met every kind of event in them', () => {
    const kinds = ['order', 'replace', 'fill', 'expiry', 'equity'] as const satisfies readonly RecordKind[];
    const reasons = [...REJECTION_CODES, ...CANCEL_REASONS, ...EXIT_REASONS];
    expect([...met].sort()).toEqual([...kinds, ...reasons].sort());
  });
});

function kindOf(event: RunEvent): string {
  switch (event.kind) {
    case 'rejection':
      return event.code;
    case 'cancel':
    case 'trade':
      return event.reason;
    default:
      return event.kind;
  }
}
