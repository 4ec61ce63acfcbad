/** Runs a plan over a market with the engine and gives back the record as objects. */
import { BarStore } from '../../src/market/bar-store.ts';
import { run, type RunOptions, type RunOutcome } from '../../src/engine/run.ts';
import { type ChunkListener, decodeRows } from '../../src/record/ledger.ts';
import type { Plan } from '../../src/record/plan.ts';
import { compareKeys, RECORD_KINDS, type RunEvent, type SideEvent } from '../../src/record/records.ts';
import type { Market } from './market.ts';

export interface Played {
  readonly events: RunEvent[];
  readonly side: SideEvent[];
  readonly outcome: RunOutcome;
}

export async function play(market: Market, plan: Plan, options: Partial<RunOptions> = {}): Promise<Played> {
  return playStore(BarStore.create(market), plan, options);
}

export async function playStore(
  store: BarStore,
  plan: Plan,
  options: Partial<RunOptions> = {},
): Promise<Played> {
  const events: RunEvent[] = [];
  const side: SideEvent[] = [];
  const collect: ChunkListener = ({ rows, texts }) => {
    for (const kind of RECORD_KINDS)
      for (const event of decodeRows(rows[kind], store.names, texts)) events.push(event as RunEvent);
    for (const kind of ['log', 'plot'] as const)
      for (const event of decodeRows(rows[kind], store.names, texts)) side.push(event as SideEvent);
  };
  const outcome = await run(store, plan, {
    workers: 'inline',
    ...options,
    listeners: [collect, ...(options.listeners ?? [])],
  });
  return { events: events.sort(compareKeys), side, outcome };
}
