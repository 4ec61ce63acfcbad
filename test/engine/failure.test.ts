/** How a run ends early: the same error on any number of threads, and nobody is left waiting. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { RunEvents } from '../../src/engine/events.ts';
import { InterruptedError, StrategyError, WorkerDiedError } from '../../src/engine/failure.ts';
import type { WorkerCount } from '../../src/engine/run.ts';
import { monotonicMs } from '../../src/kernel/clock.ts';
import type { Plan, StrategyEntry } from '../../src/record/plan.ts';
import { play } from '../support/play.ts';
import { flatMarket, planWith, strategyAt, WAYS } from './stage.ts';
import { HOOKS as PORTFOLIO_HOOKS } from './strategies/portfolio-thrower.ts';
import { HOOKS } from './strategies/thrower.ts';
import './warm-threads.ts';

const SYMBOLS = ['D', 'B', 'C', 'A', 'E'];
const STEPS = 12;
const market = flatMarket(SYMBOLS, STEPS);
const THREADS = WAYS.filter((workers) => workers !== 'inline');

/** One entry of which these symbols do it. */
function onSymbols(
  name: string,
  params: StrategyEntry['params'],
  flag: string,
  who: readonly string[],
): StrategyEntry {
  return strategyAt(name, params, Object.fromEntries(who.map((symbol) => [symbol, { [flag]: 1 }])));
}

async function failureOf(plan: Plan, workers: WorkerCount): Promise<unknown> {
  const bars = flatMarket(SYMBOLS, STEPS);
  return play(bars, plan, { workers }).then(
    () => expect.fail(`the run with ${workers} workers came to its end`),
    (error: unknown) => error,
  );
}

/** Runs in every way, expects the same StrategyError of all, and returns it. */
async function sameFailure(plan: Plan, ways: readonly WorkerCount[] = WAYS): Promise<StrategyError> {
  const errors: StrategyError[] = [];
  for (const workers of ways) {
    const error = await failureOf(plan, workers);
    expect(error, `${workers}`).toBeInstanceOf(StrategyError);
    errors.push(error as StrategyError);
  }
  const messages = errors.map((error, way) => `${ways[way]}: ${error.message}`);
  expect(new Set(errors.map(({ message }) => message)).size, messages.join('\n')).toBe(1);
  const told = errors.map(({ failure }) => ({ ...failure, stack: '' }));
  for (const failure of told) expect(failure).toEqual(told[0]);
  return errors[0]!;
}

describe('a strategy that throws', { timeout: 60_000 }, () => {
  const moments: Readonly<Record<(typeof HOOKS)[number], string>> = {
    constructor: 'as it started',
    onStart: 'as it started',
    onTick: 'at 1970-01-01T00:04:00.000Z (step 4)',
    onCandle: 'at 1970-01-01T00:04:00.000Z (step 4)',
    onFill: 'at 1970-01-01T00:04:00.000Z (step 4)',
    onReject: 'at 1970-01-01T00:04:00.000Z (step 4)',
    onCancel: 'at 1970-01-01T00:04:00.000Z (step 4)',
    onExpire: 'at 1970-01-01T00:11:00.000Z (step 11, the end)',
    onEnd: 'at 1970-01-01T00:11:00.000Z (step 11, the end)',
  };

  test.each(HOOKS)('in %s gives the same error on any number of threads', async (hook) => {
    const entry = onSymbols('thrower', { hook, from: 4 }, 'throws', ['D', 'C', 'E']);
    const error = await sameFailure(planWith([entry]));
    // Three fell over at the same moment: the smallest symbol is told.
    expect(error.message).toBe(
      `strategy thrower.ts on C threw ${moments[hook]}: TypeError: C fell over in ${hook}`,
    );
    const file = new URL('./strategies/thrower.ts', import.meta.url).pathname;
    expect(error.stack).toContain(`${file}:`);
    expect(error.stack).toContain('C fell over');
  });

  test.each(THREADS)('has the stack of its own file with %s workers', async (workers) => {
    const plan = planWith([onSymbols('thrower', { hook: 'onTick' }, 'throws', ['B'])]);
    const error = (await failureOf(plan, workers)) as StrategyError;
    expect(error.stack).toMatch(/strategies\/thrower\.ts:\d+/);
  });

  test('as the second of two on the same symbol is told as that', async () => {
    const throwing = onSymbols('thrower', { hook: 'onTick', from: 2 }, 'throws', ['A', 'B', 'D']);
    const error = await sameFailure(planWith([strategyAt('slow', { turns: 1 }), throwing]));
    expect(error.failure).toMatchObject({ step: 2, symbol: 0, strategy: 1 });
  });

  test.each(PORTFOLIO_HOOKS)('over all symbols in %s gives the same error', async (hook) => {
    const error = await sameFailure(planWith([strategyAt('portfolio-thrower', { hook, from: 4 })]));
    expect(error.message).toMatch(/^portfolio strategy portfolio-thrower\.ts threw /);
    expect(error.message).toMatch(new RegExp(`RangeError: the portfolio fell over in ${hook}$`));
  });

  test('comes before a portfolio strategy that throws at the same step', async () => {
    const symbols = onSymbols('thrower', { hook: 'onTick', from: 4 }, 'throws', ['E']);
    const portfolio = strategyAt('portfolio-thrower', { hook: 'onStep', from: 4 });
    const error = await sameFailure(planWith([symbols, portfolio]));
    expect(error.message).toMatch(/ on E threw .*step 4/);
  });

  test('at an earlier step is told, whoever else would throw later', async () => {
    const late = onSymbols('thrower', { hook: 'onTick', from: 7 }, 'throws', ['A', 'B', 'C']);
    const early = onSymbols('thrower', { hook: 'onTick', from: 6 }, 'throws', ['E']);
    expect((await sameFailure(planWith([late, early]))).message).toContain(' on E threw ');
  });

  /** Known: with threads, one throws in onEnd while the other still has its last notices; inline they come first. */
  test('at its last notice is told before one that throws in onEnd', async () => {
    const ends = onSymbols('thrower', { hook: 'onEnd' }, 'throws', ['A']);
    const expires = onSymbols('thrower', { hook: 'onExpire' }, 'throws', ['E']);
    expect((await sameFailure(planWith([ends, expires]))).message).toContain('E fell over in onExpire');
  });

  test.each(['order in onStart', 'order in onEnd'])('for an %s throws an OrderError', async (way) => {
    const error = await sameFailure(planWith([onSymbols('ender', { way }, 'on', ['B', 'C'])]));
    expect(error.message).toMatch(/^strategy ender\.ts on B threw .*: OrderError: .*onStart.*onEnd/);
  });

  test.each(['class', 'text'])('a %s is told as what it is', async (what) => {
    class Odd extends (await import('../../src/index.ts')).Strategy {
      override onTick() {
        throw what === 'text' ? 'just words' : new (class Mine extends Error {})('own class');
      }
    }
    const plan = planWith([{ source: { strategyClass: Odd }, params: {}, symbolParams: {} }]);
    const error = (await failureOf(plan, 'inline')) as StrategyError;
    expect(error.message).toMatch(what === 'text' ? /: just words$/ : /: Error: own class$/);
  });
});

describe('a thread that dies', { timeout: 30_000 }, () => {
  /** Far below what a sleeper that nobody wakes would need, far above what a busy machine takes. */
  const AT_ONCE_MS = 8_000;

  test.each(THREADS)('by process.exit ends the run with a WorkerDiedError: %s workers', async (workers) => {
    const from = monotonicMs();
    const error = await failureOf(planWith([onSymbols('ender', { way: 'exit' }, 'on', ['C'])]), workers);
    expect(error).toBeInstanceOf(WorkerDiedError);
    expect((error as Error).message).toMatch(/^worker \d+ ended with code 7 at step 3/);
    expect(monotonicMs() - from).toBeLessThan(AT_ONCE_MS);
  });

  test.each(['throw later', 'reject later'])('by what it %ss ends the run, too', async (way) => {
    for (const workers of THREADS) {
      const error = await failureOf(planWith([onSymbols('ender', { way }, 'on', ['C'])]), workers);
      expect(error, String(workers)).toBeInstanceOf(WorkerDiedError);
      const text = way === 'throw later' ? 'too late' : 'nobody heard';
      expect((error as Error).message).toContain(text);
    }
  });
});

describe('a run that is stopped', { timeout: 60_000 }, () => {
  /** Hours of work, were it not stopped. */
  const endless = planWith([strategyAt('slow', { turns: 200_000 })]);
  const long = flatMarket(['A', 'B', 'C'], 20_000);

  async function stop(plan: Plan, workers: WorkerCount, afterMs: number): Promise<number> {
    const controller = new AbortController();
    let stoppedAt = NaN;
    setTimeout(() => {
      stoppedAt = monotonicMs();
      controller.abort();
    }, afterMs);
    const running = play(long, plan, { workers, signal: controller.signal });
    await expect(running, String(workers)).rejects.toBeInstanceOf(InterruptedError);
    return monotonicMs() - stoppedAt;
  }

  test.each(WAYS)('ends with an InterruptedError, quickly: %s workers', async (workers) => {
    expect(await stop(endless, workers, 600)).toBeLessThan(1_900); // Before threads are terminated.
  });

  test.each(THREADS)('before its threads have started ends, too: %s workers', async (workers) => {
    expect(await stop(endless, workers, 0)).toBeLessThan(4_000);
  });

  /** Known: the signal is looked at before the strategies are loaded, and listened to when the threads have started. */
  test('between its beginning and its threads ends, too', async () => {
    const events = new RunEvents();
    const controller = new AbortController();
    events.start.subscribe(() => controller.abort());
    const short = planWith([strategyAt('slow', { turns: 1 })]);
    const running = play(market, short, { workers: 2, events, signal: controller.signal });
    await expect(running).rejects.toBeInstanceOf(InterruptedError);
  });

  test('before it began does not begin', async () => {
    const running = play(long, endless, { workers: 2, signal: AbortSignal.abort() });
    await expect(running).rejects.toBeInstanceOf(InterruptedError);
  });

  test('terminates a thread that never looks up, about two seconds later', async () => {
    const loops = planWith([onSymbols('ender', { way: 'loop', at: 2 }, 'on', ['B'])]);
    const took = await stop(loops, 2, 1_000);
    expect(took).toBeGreaterThan(1_900);
    expect(took).toBeLessThan(6_000);
  });

  test('leaves the next run alone', async () => {
    await stop(endless, 2, 300);
    const { outcome } = await play(market, planWith([strategyAt('slow', { turns: 1 })]), { workers: 2 });
    expect(outcome.ticks).toBe(STEPS * SYMBOLS.length);
  });
});

describe('deterministic mode', { timeout: 60_000 }, () => {
  const clock = onSymbols('ender', { way: 'clock' }, 'on', ['B', 'D']);

  test('refuses Date.now() in a tick, with the stack of the line, on any number of threads', async () => {
    const error = await sameFailure(planWith([clock], { deterministic: true }));
    expect(error.message).toMatch(/ on B threw .*step 3.*Date\.now.*ctx\.time/);
    expect(error.stack).toMatch(/strategies\/ender\.ts:\d+/);
  });

  test('is over with the run, however it ended, and is not there unless asked for', async () => {
    const { now } = Date;
    await failureOf(planWith([clock], { deterministic: true }), 'inline');
    expect(Date.now).toBe(now);
    await play(market, planWith([strategyAt('slow', { turns: 1 })], { deterministic: true }), { workers: 2 });
    expect(Date.now).toBe(now);
    const { side } = await play(market, planWith([clock]), { workers: 2 });
    expect(side).toHaveLength(2);
  });
});

describe('whoever listens', { timeout: 30_000 }, () => {
  const run = async (workers: WorkerCount) => {
    const script = fileURLToPath(new URL('./listener-probe.ts', import.meta.url));
    return promisify(execFile)(process.execPath, [script, String(workers)]).then(
      ({ stdout }) => stdout.trim(),
      ({ code, stderr }: { code: number; stderr: string }) => `${code}: ${stderr}`,
    );
  };

  test('and throws ends an inline run with that', async () => {
    expect(await run('inline')).toBe('rejected: the disk is full');
  });

  /** Known: with threads it throws in the handler of a message, where nobody catches it, and the run itself succeeds. */
  test('and throws ends a run on threads with that', async () => {
    expect(await run(2)).toBe('rejected: the disk is full');
  });
});
