/**
 * What a deterministic strategy must not call: all that may answer differently in the next run.
 *
 * Each entry is a property to be guarded: on the global object, on a prototype, or on what a built-in module exports
 * (which is what `import { randomInt } from 'node:crypto'` reads, too). Nothing is looked up before a guard asks for it, for
 * it loads modules that an ordinary run does without.
 *
 * Not covered, since nothing could be put in its place: `Intl.DateTimeFormat().format()` without a date, `await` and
 * promises by themselves, `x ** y` (as imprecise as the power function), files, environment variables.
 */
import { assert } from './assert.ts';

/** What kind of answer it gives, and so what to use instead. */
export type AmbientKind = 'time' | 'random' | 'timer' | 'outside';

export interface AmbientCall {
  readonly owner: object;
  readonly key: string;
  /** As the author of a strategy writes it. */
  readonly name: string;
  readonly kind: AmbientKind;
}

/** Their last bits are the implementation's choice, so they may differ between platforms. */
export const TRANSCENDENTAL: readonly string[] = (
  'exp expm1 log log2 log10 log1p pow cbrt hypot sin cos tan asin acos atan atan2 ' +
  'sinh cosh tanh asinh acosh atanh'
).split(' ');

/** Everything that is there on this version of Node. */
export function ambientCalls(): AmbientCall[] {
  return [...times(), ...randoms(), ...timers(), ...outside()];
}

function times(): AmbientCall[] {
  const performanceKeys = ['now', 'timeOrigin', 'mark', 'measure', 'toJSON', 'eventLoopUtilization'];
  return [
    ...listed('time', '', globalThis, ['Date']),
    ...listed('time', 'Date.', Date, ['now']),
    { owner: Date.prototype, key: 'constructor', name: 'Date', kind: 'time' },
    ...(typeof Temporal === 'undefined' ? [] : matching('time', 'Temporal.Now.', Temporal.Now, /./)), // ambient-ok
    ...listed('time', 'performance.', Object.getPrototypeOf(performance), performanceKeys),
    ...listed('time', 'process.', process, [
      'hrtime', // ambient-ok
      'uptime',
      'cpuUsage',
      'threadCpuUsage',
      'resourceUsage',
    ]),
    ...listed('time', 'process.hrtime.', process.hrtime, ['bigint']), // ambient-ok
    ...listed('time', 'os.', builtin('node:os'), ['uptime', 'loadavg', 'freemem']),
  ];
}

function randoms(): AmbientCall[] {
  return [
    ...listed('random', 'Math.', Math, ['random']),
    ...listed('random', 'crypto.', Object.getPrototypeOf(crypto), ['getRandomValues', 'randomUUID']), // ambient-ok
    ...listed('random', 'crypto.subtle.', Object.getPrototypeOf(crypto.subtle), ['generateKey']),
    ...matching('random', 'crypto.', builtin('node:crypto'), /^(?:random|generate)/),
  ];
}

function timers(): AmbientCall[] {
  const names = ['setTimeout', 'setInterval', 'setImmediate']; // ambient-ok
  const promises = builtin('node:timers/promises') as { scheduler: object };
  return [
    ...listed('timer', '', globalThis, [...names, 'queueMicrotask']), // ambient-ok
    ...listed('timer', '', builtin('node:timers'), names),
    ...listed('timer', '', promises, names),
    ...listed('timer', 'scheduler.', Object.getPrototypeOf(promises.scheduler), ['wait', 'yield']),
    ...listed('timer', 'process.', process, ['nextTick']), // ambient-ok
    ...listed('timer', 'AbortSignal.', AbortSignal, ['timeout']),
  ];
}

function outside(): AmbientCall[] {
  const net = builtin('node:net') as { Socket: Function; Server: Function };
  const dgram = builtin('node:dgram') as { Socket: Function };
  const dns = builtin('node:dns') as { Resolver: Function };
  const dnsPromises = builtin('node:dns/promises') as { Resolver: Function };
  const processes = builtin('node:child_process') as { ChildProcess: Function };
  const lookups = /^(?:lookup|resolve|reverse)/;
  return [
    ...listed('outside', '', globalThis, ['fetch', 'WebSocket', 'EventSource']),
    // The rest of the network (TLS, HTTP/2, Node's own clients) connects through these.
    ...listed('outside', 'net.', net, ['connect', 'createConnection']),
    ...listed('outside', 'net.Socket.', net.Socket.prototype, ['connect']),
    ...listed('outside', 'net.Server.', net.Server.prototype, ['listen']),
    ...listed('outside', 'http.', builtin('node:http'), ['request', 'get', 'ClientRequest', 'WebSocket']),
    ...listed('outside', 'https.', builtin('node:https'), ['request', 'get']),
    ...listed('outside', 'dgram.', dgram, ['createSocket']),
    ...listed('outside', 'dgram.Socket.', dgram.Socket.prototype, ['bind', 'connect', 'send']),
    ...matching('outside', 'dns.', dns, lookups),
    ...matching('outside', 'dns.promises.', dnsPromises, lookups),
    ...matching('outside', 'dns.Resolver.', dns.Resolver.prototype, lookups),
    ...matching('outside', 'dns.promises.Resolver.', dnsPromises.Resolver.prototype, lookups),
    ...matching('outside', 'child_process.', processes, /^(?:spawn|exec|fork)/),
    // What util.promisify(exec) calls cannot be replaced itself.
    ...listed('outside', 'child_process.ChildProcess.', processes.ChildProcess.prototype, ['spawn']),
    ...listed('outside', '', builtin('node:worker_threads'), ['Worker']),
  ];
}

/** Those of `keys` that the owner has: what is younger than this Node, or behind a flag, it has not. */
function listed(kind: AmbientKind, prefix: string, owner: object, keys: readonly string[]): AmbientCall[] {
  return keys
    .filter((key) => Object.hasOwn(owner, key))
    .map((key) => ({ owner, key, name: prefix + key, kind }));
}

/** All functions of the owner whose names match: so that a new one of the same family is not forgotten. */
function matching(kind: AmbientKind, prefix: string, owner: object, pattern: RegExp): AmbientCall[] {
  const keys = Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([key, { value }]) => typeof value === 'function' && key !== 'constructor' && pattern.test(key))
    .map(([key]) => key);
  return listed(kind, prefix, owner, keys);
}

function builtin(id: string): object {
  const module = process.getBuiltinModule(id);
  assert(module !== undefined, 'this Node has the built-in module');
  return module;
}
