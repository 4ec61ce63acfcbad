/**
 * What a strategy might call, once in each way in which it can be reached, one to a line: tests look for the line in the stack.
 *
 * The third is what the error names. Nothing here may be called without a guard: some of it would really happen.
 */
import { exec, spawn } from 'node:child_process';
import childProcess from 'node:child_process';
import nodeCrypto, { getRandomValues, randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto';
import dgram from 'node:dgram';
import dns, { lookup } from 'node:dns';
import dnsPromises from 'node:dns/promises';
import http, { request } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { connect } from 'node:net';
import os from 'node:os';
import { performance as perf } from 'node:perf_hooks';
import { hrtime, nextTick, uptime } from 'node:process';
import timers, { setTimeout as later } from 'node:timers';
import timersPromises, { scheduler, setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

export type Call = readonly [title: string, call: () => unknown, name: string];

class Later extends Date {}
const noop = (): void => {};
const bytes = new Uint8Array(4);
const URL = 'http://127.0.0.1:9';

// biome-ignore format: one to a line.
export const CALLS: readonly Call[] = [
  ['the time', () => Date.now(), 'Date.now'],
  ['the time, taken out', () => { const { now } = Date; return now(); }, 'Date.now'],
  ['the time, taken along', () => [1].map(Date.now), 'Date.now'],
  ['a new date', () => new Date(), 'Date'],
  ['a date as text', () => Date(), 'Date'],
  ['a date as text, its argument ignored', () => Reflect.apply(Date, null, [0]), 'Date'],
  ['a date by reflection', () => Reflect.construct(Date, []), 'Date'],
  ['a date by the constructor of another', () => Reflect.construct(new Date(0).constructor, []), 'Date'],
  ['performance.now', () => performance.now(), 'performance.now'],
  ['performance.now, imported', () => perf.now(), 'performance.now'],
  ['performance.timeOrigin', () => performance.timeOrigin, 'performance.timeOrigin'],
  ['performance.mark', () => performance.mark('a'), 'performance.mark'],
  ['process.hrtime', () => process.hrtime(), 'process.hrtime'],
  ['process.hrtime, imported', () => hrtime(), 'process.hrtime'],
  ['process.hrtime.bigint', () => process.hrtime.bigint(), 'process.hrtime.bigint'],
  ['process.hrtime.bigint, imported', () => hrtime.bigint(), 'process.hrtime.bigint'],
  ['process.uptime', () => process.uptime(), 'process.uptime'],
  ['process.uptime, imported', () => uptime(), 'process.uptime'],
  ['process.cpuUsage', () => process.cpuUsage(), 'process.cpuUsage'],
  ['os.uptime', () => os.uptime(), 'os.uptime'],

  ['chance', () => Math.random(), 'Math.random'],
  ['crypto.randomUUID', () => crypto.randomUUID(), 'crypto.randomUUID'],
  ['crypto.getRandomValues', () => crypto.getRandomValues(bytes), 'crypto.getRandomValues'],
  ['crypto.subtle.generateKey', () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt']), 'crypto.subtle.generateKey'],
  ['node:crypto webcrypto', () => nodeCrypto.webcrypto.getRandomValues(bytes), 'crypto.getRandomValues'],
  ['node:crypto getRandomValues', () => nodeCrypto.getRandomValues(bytes), 'crypto.getRandomValues'],
  ['node:crypto getRandomValues, imported', () => getRandomValues(bytes), 'crypto.getRandomValues'],
  ['node:crypto randomUUID', () => nodeCrypto.randomUUID(), 'crypto.randomUUID'],
  ['node:crypto randomUUID, imported', () => randomUUID(), 'crypto.randomUUID'],
  ['node:crypto randomBytes', () => nodeCrypto.randomBytes(4), 'crypto.randomBytes'],
  ['node:crypto randomBytes, imported', () => randomBytes(4), 'crypto.randomBytes'],
  ['node:crypto randomInt, imported', () => randomInt(4), 'crypto.randomInt'],
  ['node:crypto randomFillSync, imported', () => randomFillSync(bytes), 'crypto.randomFillSync'],
  ['node:crypto randomFill', () => nodeCrypto.randomFill(bytes, noop), 'crypto.randomFill'],
  ['node:crypto generateKeySync', () => nodeCrypto.generateKeySync('hmac', { length: 64 }), 'crypto.generateKeySync'],

  ['setTimeout', () => setTimeout(noop, 1), 'setTimeout'],
  ['setTimeout, promisified', () => promisify(setTimeout)(1), 'setTimeout'],
  ['setInterval', () => setInterval(noop, 1), 'setInterval'],
  ['setImmediate', () => setImmediate(noop), 'setImmediate'],
  ['queueMicrotask', () => queueMicrotask(noop), 'queueMicrotask'],
  ['process.nextTick', () => process.nextTick(noop), 'process.nextTick'],
  ['process.nextTick, imported', () => nextTick(noop), 'process.nextTick'],
  ['node:timers setInterval', () => timers.setInterval(noop, 1), 'setInterval'],
  ['node:timers setTimeout, imported', () => later(noop, 1), 'setTimeout'],
  ['node:timers/promises setImmediate', () => timersPromises.setImmediate(), 'setImmediate'],
  ['node:timers/promises setTimeout, imported', () => sleep(1), 'setTimeout'],
  ['scheduler.wait', () => scheduler.wait(1), 'scheduler.wait'],
  ['scheduler.yield', () => scheduler.yield(), 'scheduler.yield'],
  ['AbortSignal.timeout', () => AbortSignal.timeout(1), 'AbortSignal.timeout'],

  ['fetch', () => fetch(URL), 'fetch'],
  ['WebSocket', () => new WebSocket('ws://127.0.0.1:9'), 'WebSocket'],
  ['node:http WebSocket', () => new http.WebSocket('ws://127.0.0.1:9'), 'WebSocket'],
  ['net.connect', () => net.connect(9), 'net.connect'],
  ['net.connect, imported', () => connect(9), 'net.connect'],
  ['net.createConnection', () => net.createConnection(9), 'net.connect'] /* The same function. */,
  ['net.Socket', () => new net.Socket().connect(9), 'net.Socket.connect'],
  ['net.Server', () => net.createServer().listen(0), 'net.Server.listen'],
  ['tls.connect', () => tls.connect(9), 'net.Socket.connect'],
  ['http.request', () => http.request(URL), 'http.request'],
  ['http.request, imported', () => request(URL), 'http.request'],
  ['http.get', () => http.get(URL), 'http.get'],
  ['https.request', () => https.request('https://127.0.0.1:9'), 'https.request'],
  ['https.get', () => https.get('https://127.0.0.1:9'), 'https.get'],
  ['http2.connect', () => http2.connect(URL), 'net.connect'],
  ['dgram.createSocket', () => dgram.createSocket('udp4'), 'dgram.createSocket'],
  ['dgram.Socket', () => Reflect.apply(dgram.Socket.prototype.send, null, [bytes]), 'dgram.Socket.send'],
  ['dns.lookup', () => dns.lookup('localhost', noop), 'dns.lookup'],
  ['dns.lookup, imported', () => lookup('localhost', noop), 'dns.lookup'],
  ['dns.resolve4', () => dns.resolve4('localhost', noop), 'dns.resolve4'],
  ['dns.promises', () => dns.promises.lookup('localhost'), 'dns.promises.lookup'],
  ['node:dns/promises resolve', () => dnsPromises.resolve('localhost'), 'dns.promises.resolve'],
  ['dns.Resolver', () => new dns.Resolver().resolve4('localhost', noop), 'dns.Resolver.resolve4'],
  ['child_process.spawn', () => childProcess.spawn('true'), 'child_process.spawn'],
  ['child_process.spawn, imported', () => spawn('true'), 'child_process.spawn'],
  ['child_process.spawnSync', () => childProcess.spawnSync('true'), 'child_process.spawnSync'],
  ['child_process.exec', () => childProcess.exec('true'), 'child_process.exec'],
  ['child_process.exec, promisified', () => promisify(exec)('true'), 'child_process.execFile'],
  ['child_process.execSync', () => childProcess.execSync('true'), 'child_process.execSync'],
  ['child_process.execFile', () => childProcess.execFile('true'), 'child_process.execFile'],
  ['child_process.execFileSync', () => childProcess.execFileSync('true'), 'child_process.execFileSync'],
  ['child_process.fork', () => childProcess.fork('true'), 'child_process.fork'],
  ['Worker', () => new Worker('', { eval: true }), 'Worker'],

  ...(typeof Temporal === 'undefined' ? [] : temporalCalls()),
  ...(typeof EventSource === 'undefined' ? [] : [eventSourceCall()]),
];

/** Calls that look like those above and are allowed, with what they return. */
// biome-ignore format: one to a line.
export const ALLOWED: readonly (readonly [title: string, call: () => unknown, result: unknown])[] = [
  ['a date of a time', () => new Date(5).getTime(), 5],
  ['a date of text', () => new Date('2026-01-31').getTime(), 1_769_817_600_000],
  ['a date that is none', () => new Date(undefined as never).getTime(), Number.NaN],
  ['Date.UTC', () => Date.UTC(2026, 0, 31), 1_769_817_600_000],
  ['Date.parse', () => Date.parse('2026-01-31'), 1_769_817_600_000],
  ['a date, recognised', () => new Date(5) instanceof Date, true],
  ['a class of dates, kept from before', () => new Later(5) instanceof Date, true],
  ['a hash', () => nodeCrypto.createHash('sha256').update('').digest('hex').slice(0, 8), 'e3b0c442'],
  ['an exact root', () => Math.sqrt(2), Math.SQRT2],
  ['a console that schedules its own write', () => { console.debug(''); }, undefined],
];

function temporalCalls(): Call[] {
  const { Now } = Temporal;
  // biome-ignore format: one to a line.
  return [
    ['Temporal.Now.instant', () => Now.instant(), 'Temporal.Now.instant'],
    ['Temporal.Now.plainDateISO', () => Now.plainDateISO(), 'Temporal.Now.plainDateISO'],
    ['Temporal.Now.plainTimeISO', () => Now.plainTimeISO(), 'Temporal.Now.plainTimeISO'],
    ['Temporal.Now.plainDateTimeISO', () => Now.plainDateTimeISO(), 'Temporal.Now.plainDateTimeISO'],
    ['Temporal.Now.zonedDateTimeISO', () => Now.zonedDateTimeISO(), 'Temporal.Now.zonedDateTimeISO'],
    ['Temporal.Now.timeZoneId', () => Now.timeZoneId(), 'Temporal.Now.timeZoneId'],
  ];
}

/** Behind a flag of Node, which the worker of the tests has. */
function eventSourceCall(): Call {
  return ['EventSource', () => new EventSource(URL), 'EventSource'];
}
