import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TRANSCENDENTAL } from '../../src/kernel/ambient-calls.ts';
import { AmbientError, AmbientGuard } from '../../src/kernel/ambient-guard.ts';
import { callEverything, type Report, under } from './ambient-party.ts';
import { ALLOWED, CALLS } from './ambient-strategy.ts';

const STRATEGY = new URL('./ambient-strategy.ts', import.meta.url);
const LINES = readFileSync(STRATEGY, 'utf8').split('\n');

const RUNS = { 'main thread': async () => callEverything(), worker: inWorker };

/** A flag of Node's adds one more to what may be called. */
async function inWorker(): Promise<Report> {
  const party = new URL('./ambient-party.ts', import.meta.url);
  const [report] = await once(new Worker(party, { execArgv: ['--experimental-eventsource'] }), 'message');
  return report;
}

test('what a flag of Node adds is refused, too', async () => {
  expect((await inWorker()).outcomes.get('EventSource')?.call).toBe('EventSource');
});

describe.each(Object.entries(RUNS))('on a %s', (_, run) => {
  let report: Report;
  beforeAll(async () => {
    report = await run();
  });

  test.each(CALLS)('%s is refused', (title, _, name) => {
    const { call, message, at } = report.outcomes.get(title)!;
    expect(call).toBe(name);
    expect(message).toMatch(/ in a deterministic run: .*(?:ctx\.time|ctx\.random\(\)|ctx\.log\(\))/);
    const line = 1 + LINES.findIndex((text) => text.includes(`['${title}', `));
    expect(at).toContain(`ambient-strategy.ts:${line}:`);
  });

  test.each(ALLOWED)('%s is allowed', (title, _, result) => {
    expect(report.outcomes.get(title)).toEqual({ result });
  });

  test('everything is afterwards exactly what it was before', () => {
    expect(report.changedWhileInstalled).toBeGreaterThan(80);
    expect(report.changedAfterwards).toEqual([]);
    expect(report.isTickingAfterwards).toBe(true);
  });
});

/** Loads `strategy.mjs` of these files under the guard, for which it is the strategy and the others are not. */
async function load(
  guard: AmbientGuard,
  files: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-ambient-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const url = pathToFileURL(join(folder, 'strategy.mjs')).href;
  return guard.duringImport(
    (candidate) => candidate === url,
    () => import(url),
  );
}

function helper(): string {
  return String(Math.random());
}

describe('a guard', () => {
  const guards: AmbientGuard[] = [];
  const install = () => {
    const guard = AmbientGuard.install();
    guards.push(guard);
    return guard;
  };
  afterEach(() => {
    for (const guard of guards.splice(0)) guard.remove();
  });

  test('lets everything pass while no strategy runs', async () => {
    const original = Date;
    const guard = install();
    expect(Date).not.toBe(original); // It is installed.
    expect(Date.now()).toBeGreaterThan(0);
    expect(new Date()).toBeInstanceOf(original);
    expect(typeof Date()).toBe('string');
    expect(Math.random()).toBeLessThan(1);
    expect(performance.timeOrigin).toBeGreaterThan(0);
    expect(randomBytes(3)).toHaveLength(3);
    expect(String(execFileSync(process.execPath, ['--version']))).toBe(`${process.version}\n`);
    await nextTurn();
    await new Promise((resolve) => setTimeout(resolve, 1));
    under(guard, () => {});
    expect(Date.now()).toBeGreaterThan(0); // And after one has run.
  });

  test('lets go when a strategy throws and the caller leaves', () => {
    const guard = install();
    expect(under(guard, () => Date.now()).call).toBe('Date.now');
    expect(Date.now()).toBeGreaterThan(0);
  });

  test('keeps the replaced functions equal to each other, and like the originals', () => {
    const { length, name } = setTimeout;
    install();
    const timers = process.getBuiltinModule('node:timers');
    expect(timers.setTimeout).toBe(setTimeout);
    expect(new Date(0).constructor).toBe(Date);
    expect({ length: setTimeout.length, name: setTimeout.name }).toEqual({ length, name });
  });

  test('tells a strategy what to use instead', () => {
    const guard = install();
    expect(under(guard, () => Date.now()).message).toContain('use ctx.time');
    expect(under(guard, () => Math.random()).message).toContain('use ctx.random()');
    expect(under(guard, () => fetch('')).message).toContain('tell ctx.log()');
    expect(under(guard, () => setTimeout(() => {})).message).toContain(
      'compare it with ctx.time at a later tick',
    );
  });

  test('refuses what a helper calls for the strategy', () => {
    expect(under(install(), helper).call).toBe('Math.random');
  });

  test('allows what the engine does beneath a strategy', () => {
    const file = fileURLToPath(new URL('../../src/engine/beneath.ts', import.meta.url));
    const engine = new Script('() => Date.now()', { filename: file }).runInThisContext();
    expect(under(install(), () => engine()).result).toBeGreaterThan(0);
  });

  describe('on transcendental functions', () => {
    test.each(TRANSCENDENTAL)('lets Math.%s through and notes its name', (name) => {
      const of = Math[name as 'atan2'];
      const result = of(0.3, 0.7);
      const guard = install();
      expect(under(guard, () => Math[name as 'atan2'](0.3, 0.7)).result).toBe(result);
      expect(guard.transcendental).toEqual([name]);
    });

    test('notes each once, in the order of their names', () => {
      const guard = install();
      under(guard, () => Math.tan(1) + Math.exp(1) + Math.tan(2) + Math.sqrt(2) + Math.abs(1));
      expect(guard.transcendental).toEqual(['exp', 'tan']);
    });

    test('notes none that others call', () => {
      const guard = install();
      Math.exp(1);
      under(install(), () => Math.sin(1));
      expect(guard.transcendental).toEqual([]);
    });
  });

  describe('beside another', () => {
    test('keeps the replacements until both are removed', () => {
      const original = Math.random;
      const one = install();
      const other = install();
      one.remove();
      one.remove(); // A second time does nothing.
      expect(Math.random).not.toBe(original);
      expect(under(other, () => Math.random()).call).toBe('Math.random');
      other.remove();
      expect(Math.random).toBe(original);
    });

    test('cannot be entered while a strategy of the other runs', () => {
      const [one, other] = [install(), install()];
      one.enter();
      expect(() => other.enter()).toThrow('entered once');
      one.leave();
    });
  });

  test('replaces what modules have imported by name, and gives it back', () => {
    const original = randomBytes;
    const guard = install();
    expect(randomBytes).not.toBe(original);
    guard.remove();
    expect(randomBytes).toBe(original);
  });

  test('cannot be entered after its end', () => {
    const guard = install();
    guard.remove();
    expect(() => guard.enter()).toThrow('not after its end');
  });

  test('that is removed while a strategy runs lets go', () => {
    const guard = install();
    guard.enter();
    guard.remove();
    expect(Date.now()).toBeGreaterThan(0);
    under(install(), () => {}); // Another one may run.
  });

  describe('while modules load', () => {
    test('refuses what the module of a strategy does', async () => {
      const loading = load(install(), { 'strategy.mjs': '\nexport const started = Date.now();' });
      await expect(loading).rejects.toThrow(AmbientError);
      await expect(loading).rejects.toMatchObject({
        call: 'Date.now',
        stack: expect.stringMatching(/\n\s+at (?:file:.*)?.*strategy\.mjs:2:/),
      });
    });

    test('refuses what it lets another module do', async () => {
      const loading = load(install(), {
        'strategy.mjs': "import { draw } from './lib.mjs';\nexport const drawn = draw();",
        'lib.mjs': 'export const draw = () => Math.random();',
      });
      await expect(loading).rejects.toMatchObject({ call: 'Math.random' });
    });

    test('refuses it after an await, too', async () => {
      const loading = load(install(), {
        'strategy.mjs': 'await null;\nexport const started = performance.now();',
      });
      await expect(loading).rejects.toMatchObject({ call: 'performance.now' });
    });

    test('allows what a module that is not the strategy’s does for itself', async () => {
      const { started } = await load(install(), {
        'strategy.mjs': "export { started } from './lib.mjs';",
        'lib.mjs': 'export const started = Date.now();',
      });
      expect(started).toBeGreaterThan(0);
    });

    test('allows Node what it does for the strategy', async () => {
      const { promise } = await load(install(), {
        'strategy.mjs':
          "import { Writable } from 'node:stream';\n" + // Tells on the next tick that it has written.
          'export const promise = new Promise((done) => new Writable({ write: (_1, _2, next) => next() }).end("", () => done(1)));',
      });
      expect(await promise).toBe(1);
    });

    test('allows what others do in the meantime', async () => {
      const guard = install();
      const times: number[] = [];
      await guard.duringImport(
        () => false,
        async () => {
          await nextTurn();
          times.push(Date.now());
        },
      );
      expect(times[0]).toBeGreaterThan(0);
    });

    test('notes the transcendental functions of the strategy alone', async () => {
      const guard = install();
      await load(guard, {
        'strategy.mjs': "import './lib.mjs';\nexport const weights = [1, 2].map(Math.exp);",
        'lib.mjs': 'export const table = Math.sin(1);',
      });
      expect(guard.transcendental).toEqual(['exp']);
    });

    test('refuses nothing any more when they are loaded', async () => {
      const { later } = await load(install(), { 'strategy.mjs': 'export const later = () => Date.now();' });
      expect((later as () => number)()).toBeGreaterThan(0);
    });

    test('refuses nothing any more when they could not be', async () => {
      const loading = load(install(), {
        'strategy.mjs': "throw new Error('broken'); export const later = 1;",
      });
      await expect(loading).rejects.toThrow('broken');
      expect(Date.now()).toBeGreaterThan(0);
    });
  });
});
