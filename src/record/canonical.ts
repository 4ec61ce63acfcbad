/**
 * Canonical JSON (RFC 8785): one text for one value, whatever the order of its keys, so that it can be hashed.
 *
 * JSON is silent about what it cannot hold: a Map becomes {}, a typed array an object of its indices, undefined vanishes, −0
 * becomes 0. Two different runs would then have the same hash, so everything is looked at before.
 */
import canonicalize from 'canonicalize';
import { assert } from '../kernel/assert.ts';
import { InputError } from '../kernel/input-error.ts';

/** Throws InputError where a number or text of the user's has no JSON. */
export function canonicalJson(value: unknown): string {
  checkPlain(value, '');
  const json = canonicalize(value);
  assert(json !== undefined, 'a plain value has JSON');
  return json;
}

function checkPlain(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return;
    const given = Object.is(value, -0) ? '-0' : String(value);
    throw new InputError(`${path || 'the value'} is ${given}, which cannot be written down as a number`);
  }
  if (typeof value === 'string') return checkText(value, path);
  if (typeof value === 'object') return checkMembers(value, path);
  assert(false, `${path || 'the value'} is a value that JSON has, not ${typeof value}`);
}

function checkMembers(value: object, path: string): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkPlain(value[i], `${path}[${i}]`);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(
    prototype === Object.prototype || prototype === null,
    `${path || 'the value'} is a plain object or a list`,
  );
  for (const [key, member] of Object.entries(value)) {
    checkText(key, path);
    checkPlain(member, path === '' ? key : `${path}.${key}`);
  }
}

function checkText(text: string, path: string): void {
  if (text.isWellFormed()) return;
  throw new InputError(
    `${path || 'the value'} has half a character in ${JSON.stringify(text)}, which UTF-8 cannot hold`,
  );
}
