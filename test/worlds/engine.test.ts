/**
 * The engine against the second simulator: the same record, event by event and bit by bit, in a thousand random worlds.
 *
 * A hunt for more: `LOCKSTEP_WORLDS=5000-9000 npx vitest run test/worlds/engine.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import {
  CANCEL_REASONS,
  EXIT_REASONS,
  EXPIRY_REASONS,
  ORDER_TYPES,
  REJECTION_CODES,
  SIZE_KINDS,
  TIMES_IN_FORCE,
} from '../../src/broker/order.ts';
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
  test.each(starts)('write the same record in the worlds from %i', { timeout: 120_000 }, async (start) => {
    for (let seed = start; seed < Math.min(TO, start + WORLDS_PER_TEST); seed++) {
      const world = randomWorld(seed);
      const plan = { ...planOf(world, 'class'), deterministic: seed % GUARDED_EVERY === 0 };
      const naive = simulate(world.market, plan);
      const { events } = await play(world.market, plan);
      expect.soft(divergence(events, naive), `world ${seed}: ${JSON.stringify(plan.rules)}`).toBe('');
      for (const event of events) for (const word of wordsOf(event)) met.add(word);
    }
  });

  test('have met everything that the default broker does, in orders of every sort', () => {
    const kinds = ['replace', 'fill', 'equity'] as const satisfies readonly RecordKind[];
    const ends = [...REJECTION_CODES, ...CANCEL_REASONS, ...EXPIRY_REASONS, ...EXIT_REASONS];
    const orders = [...ORDER_TYPES, ...TIMES_IN_FORCE, ...SIZE_KINDS];
    const all = new Set<string>([...kinds, ...ends, ...orders]);
    for (const word of OF_PRESETS) all.delete(word);
    expect([...met].sort()).toEqual([...all].sort());
  });
});

/** Words that only the rules of other engines have a use for. */
const OF_PRESETS = ['BRACKET', 'replaced', 'ignored', 'no price', 'end of day'];

function wordsOf(event: RunEvent): string[] {
  switch (event.kind) {
    case 'order':
      return [event.type, event.timeInForce, event.sizedIn];
    case 'rejection':
      return [event.code];
    case 'cancel':
    case 'trade':
    case 'expiry':
      return [event.reason];
    default:
      return [event.kind];
  }
}
