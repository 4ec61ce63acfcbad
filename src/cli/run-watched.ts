/** A run with its progress on stderr, that Ctrl-C ends, and that a strategy cannot end, or spoil, in silence. */
import { run, type RunOptions, type RunOutcome } from '../engine/run.ts';
import type { RunEvents } from '../engine/events.ts';
import { monotonicMs } from '../kernel/clock.ts';
import type { BarStore } from '../market/bar-store.ts';
import type { Plan } from '../record/plan.ts';
import type { Interrupt } from './interrupt.ts';
import { paceOf, type Progress, SILENT } from './progress.ts';

export async function runWatched(
  store: BarStore,
  plan: Plan,
  options: Omit<RunOptions, 'events' | 'breakOnSigint' | 'signal'>,
  progress: Progress,
  interrupt: Interrupt,
): Promise<RunOutcome> {
  const events = progress === SILENT ? undefined : await watch(progress);
  try {
    const outcome = await run(store, plan, {
      ...options,
      ...(events === undefined ? {} : { events }),
      signal: interrupt.signal,
      breakOnSigint: true,
    });
    await interrupt.settle(); // Before anybody takes the outcome for one.
    return outcome;
  } catch (error) {
    throw interrupt.reasonOf(error);
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
