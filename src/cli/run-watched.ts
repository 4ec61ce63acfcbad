/** A run with its progress on stderr, that Ctrl-C ends, and that a strategy cannot end in silence. */
import { run, type RunOptions, type RunOutcome } from '../engine/run.ts';
import type { RunEvents } from '../engine/events.ts';
import { monotonicMs } from '../kernel/clock.ts';
import type { BarStore } from '../market/bar-store.ts';
import type { Plan } from '../record/plan.ts';
import { paceOf, type Progress, SILENT } from './progress.ts';

export async function runWatched(
  store: BarStore,
  plan: Plan,
  options: Omit<RunOptions, 'events' | 'breakOnSigint'>,
  progress: Progress,
): Promise<RunOutcome> {
  const events = progress === SILENT ? undefined : await watch(progress);
  try {
    return await run(store, plan, {
      ...options,
      ...(events === undefined ? {} : { events }),
      breakOnSigint: true,
    });
  } finally {
    progress.clear();
  }
}

/** Observables take a tenth of a second to import, so only who watches them does. */
async function watch(progress: Progress): Promise<RunEvents> {
  const { RunEvents } = await import('../engine/events.ts');
  const events = new RunEvents();
  const from = monotonicMs();
  events.progress.subscribe(({ step, steps }) =>
    progress.show(() => `running: ${paceOf(step, steps, monotonicMs() - from)}`),
  );
  return events;
}
