/**
 * Deterministic mode: while a strategy runs, asking the machine for the time, for chance, or for anything outside throws.
 *
 *     const guard = AmbientGuard.install();      // once per run and thread
 *     const strategyClass = await guard.duringImport(isStrategyFile, () => loadStrategy(source));
 *     guard.enter();
 *     try { strategy.onTick(bar, ctx); } finally { guard.leave(); }
 *     guard.remove();
 *
 * Installed, every call of ambient-calls.ts is replaced by one that looks whether strategy code is running. A thread runs one
 * thing at a time, so from `enter` to `leave` it is, and nothing else can be. While modules load, others run in between: there
 * a call is refused if a file of the strategy is on the stack. In all other cases it does what it always did, and
 * nothing is replaced at all in a run that is not deterministic.
 *
 * Two callers are never refused: ourselves, as the engine runs beneath a strategy's `ctx.buy`; and Node itself for time
 * and timers, because `console.log` schedules its own write. Who has kept an original from before the guard was installed
 * escapes: this is against mistakes, not against malice.
 *
 * Guards on one thread share the replacements, and the last to be removed puts everything back.
 */
import { syncBuiltinESMExports } from 'node:module';
import { pathToFileURL } from 'node:url';
import { getCallSites } from 'node:util';
import { ambientCalls, type AmbientCall, type AmbientKind, TRANSCENDENTAL } from './ambient-calls.ts';
import { assert } from './assert.ts';

const INSTEAD: Readonly<Record<AmbientKind, string>> = {
  time: 'use ctx.time, the time of the step',
  random: 'use ctx.random(), which the seed of the run determines',
  timer: 'a tick is synchronous; keep a time and compare it with ctx.time at a later tick',
  outside: 'a run knows its candles and parameters alone; what you want to tell, tell ctx.log()',
};

/** A strategy asked for something that may be different in the next run. Its stack starts at the line that did. */
export class AmbientError extends Error {
  override readonly name: string = 'AmbientError';
  /** What was called, such as `performance.timeOrigin`. */
  readonly call: string;

  constructor({ name, kind }: AmbientCall, below: Function) {
    super(`${name} in a deterministic run: ${INSTEAD[kind]}`);
    this.call = name;
    Error.captureStackTrace(this, below);
    // Between the strategy and us may be frames of Node or of the language: a `map` over one of these functions.
    this.stack = this.stack!.replaceAll(/\n\s+at .*(?:\bnode:|\(<anonymous>\)).*/g, '');
  }
}

/** Code that counts as the strategy's while its modules load. */
interface Import {
  readonly files: (url: string) => boolean;
  readonly met: Set<string>;
}

interface Replaced {
  readonly owner: object;
  readonly key: string;
  readonly descriptor: PropertyDescriptor;
}

/** Names of the guard whose strategy is running now; undefined if none is. */
let running: Set<string> | undefined;
const imports = new Set<Import>();
let guards = 0;
let replaced: Replaced[] = [];

export class AmbientGuard {
  readonly #met = new Set<string>();
  #isInstalled = true;

  static install(): AmbientGuard {
    if (guards === 0) replaceAll();
    guards++;
    return new AmbientGuard();
  }

  private constructor() {}

  /** Names of the transcendental Math functions that strategies called, sorted. */
  get transcendental(): readonly string[] {
    return [...this.#met].sort();
  }

  /** Strategy code runs from now on. Does not nest. */
  enter(): void {
    assert(this.#isInstalled && running === undefined, 'a guard is entered once, and not after its end');
    running = this.#met;
  }

  /** Strategy code has returned, or thrown. */
  leave(): void {
    running = undefined;
  }

  /** Loads modules, of which those that `files` says yes to are the strategy's. */
  async duringImport<T>(files: (url: string) => boolean, load: () => Promise<T>): Promise<T> {
    assert(this.#isInstalled, 'a guard loads nothing after its end');
    const scope: Import = { files, met: this.#met };
    imports.add(scope);
    try {
      return await load();
    } finally {
      imports.delete(scope);
    }
  }

  /** Puts everything back as it was, once no other guard is there. A second time does nothing. */
  remove(): void {
    if (!this.#isInstalled) return;
    this.#isInstalled = false;
    if (running === this.#met) running = undefined;
    guards--;
    if (guards === 0) restoreAll();
  }
}

function replaceAll(): void {
  // One replacement for one function, under however many names it is known: they stay equal to each other.
  const known = new Map<Function, Function>();
  const once = (original: Function, replace: () => Function): Function => {
    const replacement = known.get(original) ?? replace();
    known.set(original, replacement);
    return replacement;
  };
  for (const call of ambientCalls()) {
    replaceProperty(call.owner, call.key, (descriptor) => refusing(call, descriptor, once));
  }
  for (const name of TRANSCENDENTAL)
    replaceProperty(Math, name, (descriptor) => ({ ...descriptor, value: noting(name, descriptor.value) }));
  syncBuiltinESMExports();
}

function restoreAll(): void {
  for (const { owner, key, descriptor } of replaced.toReversed())
    Object.defineProperty(owner, key, descriptor);
  replaced = [];
  syncBuiltinESMExports();
}

function replaceProperty(
  owner: object,
  key: string,
  replace: (descriptor: PropertyDescriptor) => PropertyDescriptor,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key);
  assert(descriptor !== undefined, 'what is guarded exists');
  if (descriptor.configurable === false && descriptor.writable !== true) return;
  Object.defineProperty(owner, key, replace(descriptor));
  replaced.push({ owner, key, descriptor });
}

type Once = (original: Function, replace: () => Function) => Function;

/** The same property, with a function that refuses; or, if it is read and not called, with a getter that does. */
function refusing(call: AmbientCall, descriptor: PropertyDescriptor, once: Once): PropertyDescriptor {
  const { get, value } = descriptor;
  if (get === undefined) return { ...descriptor, value: once(value, () => refusingFunction(call, value)) };
  const refusingGet = function (this: unknown): unknown {
    const read: unknown = Reflect.apply(get, this, []);
    if (typeof read === 'function') return once(read, () => refusingFunction(call, read));
    if (isWatching()) refuseStrategy(call, refusingGet);
    return read;
  };
  return { ...descriptor, get: refusingGet };
}

/** A proxy, and not a function that calls: it keeps name, static members, prototype and `new.target`. */
function refusingFunction(call: AmbientCall, original: Function): Function {
  const isDate = call.name === 'Date';
  const handler: Required<Pick<ProxyHandler<Function>, 'apply' | 'construct'>> = {
    apply(target, self, values) {
      // Date() as a function ignores what it is given: it is always the present moment.
      if (isWatching()) refuseStrategy(call, handler.apply);
      return Reflect.apply(target, self, values);
    },
    construct(target, values, newTarget) {
      const isAmbient = !isDate || values.length === 0;
      if (isAmbient && isWatching()) refuseStrategy(call, handler.construct);
      return Reflect.construct(target, values, newTarget === proxy ? target : newTarget);
    },
  };
  const proxy: Function = new Proxy(original, handler);
  return proxy;
}

function noting(name: string, original: Function): Function {
  return new Proxy(original, {
    apply(target, self, values) {
      if (running !== undefined) running.add(name);
      else if (imports.size > 0) importThatCalls()?.met.add(name);
      return Reflect.apply(target, self, values);
    },
  });
}

function isWatching(): boolean {
  return running !== undefined || imports.size > 0;
}

/** Throws if it is a strategy that called. The error's stack starts below the function `below`. */
function refuseStrategy(call: AmbientCall, below: Function): void {
  const caller = callers()[0] ?? '';
  const isNodesOwn = caller.startsWith('node:') && (call.kind === 'time' || call.kind === 'timer');
  if (isNodesOwn || caller.startsWith(OUR_SOURCE)) return;
  if (running !== undefined || importThatCalls() !== undefined) throw new AmbientError(call, below);
}

function importThatCalls(): Import | undefined {
  const urls = callers();
  return [...imports].find(({ files }) => urls.some((url) => files(url)));
}

const OUR_SOURCE = new URL('..', import.meta.url).href;
const FRAMES_MAX = 200; // As many as Node gives. A strategy that calls from deeper down calls from higher up, too.

/** The files on the stack, the innermost first, without this one. Functions of the language itself have none. */
function callers(): string[] {
  return getCallSites(FRAMES_MAX)
    .map(({ scriptName }) => (scriptName.startsWith('/') ? pathToFileURL(scriptName).href : scriptName))
    .filter((url) => url !== '' && url !== import.meta.url);
}
