/** A run's id is that of everything that determines the run, and of nothing else. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/kernel/input-error.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import { canonicalJson } from '../../src/record/canonical.ts';
import { type Manifest, manifestText, runId } from '../../src/record/manifest.ts';
import { DEFAULT_RULES } from '../../src/record/plan.ts';

const INPUT = {
  path: 'data/A-1m.csv',
  symbols: ['A'],
  sha256: 'aa',
  layout: 'plain',
  timeFormat: 'ms',
  zone: 'UTC',
  rows: 10,
  bytes: 400,
};
const STRATEGY = {
  name: 'Dip',
  file: 'dip.ts',
  exportName: 'default',
  sourceHash: 'cc',
  params: { size: 1, mode: 'fast', strict: true },
  symbolParams: { A: { size: 2 } },
};
const BASE: Manifest = {
  inputs: [INPUT, { ...INPUT, path: 'data/B-1m.csv', symbols: ['B'], sha256: 'bb' }],
  reading: { symbols: ['A', 'B'], from: null, to: 1_000, interval: 60_000, resample: null, portion: null },
  strategies: [STRATEGY, { ...STRATEGY, exportName: 'Other' }],
  rules: DEFAULT_RULES,
  instruments: { A: { ...DEFAULT_INSTRUMENT, lot: 1 } },
  seed: 0,
  warmupSteps: 0,
  grid: null,
  deterministic: false,
  versions: { lockstep: '0.1.0', record: 'lockstep record 2', node: 'v26.10.0' },
  digest: 'dd',
  hashes: [{ kind: 'fill', symbol: 'A', chunk: 0, hash: 'ee' }],
};

/** The manifest with one member changed: `strategies.0.params.size`. */
function changed(path: string, value: unknown): Manifest {
  const copy = structuredClone(BASE) as unknown as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop()!;
  const parent = names.reduce((object, name) => object[name] as Record<string, unknown>, copy);
  parent[last] = value;
  return copy as unknown as Manifest;
}

describe('the id of a run', () => {
  test('is twelve hex digits', () => {
    expect(runId(BASE)).toMatch(/^[0-9a-f]{12}$/);
    expect(runId(structuredClone(BASE))).toBe(runId(BASE));
  });

  test.each([
    ['inputs.0.sha256', 'a0'],
    ['inputs.0.symbols', ['A', 'C']],
    ['inputs.0.layout', 'exchange'],
    ['inputs.0.timeFormat', 's'],
    ['inputs.0.zone', '+01:00'],
    ['inputs', BASE.inputs.slice(1)],
    ['reading.symbols', ['A']],
    ['reading.from', 0],
    ['reading.to', null],
    ['reading.interval', 1_000],
    ['reading.resample', 300_000],
    ['reading.portion', { number: 1, count: 2, first: 0, end: 5, steps: 10 }],
    ['strategies.0.sourceHash', 'c0'],
    ['strategies.0.exportName', 'Dip'],
    ['strategies.0.params.size', 2],
    ['strategies.0.params.mode', 'slow'],
    ['strategies.0.params.strict', 'true'],
    ['strategies.0.symbolParams.A.size', 3],
    ['strategies.0.symbolParams', { B: { size: 2 } }],
    ['strategies', BASE.strategies.toReversed()],
    ['rules.cash', 1],
    ['rules.account', { kind: 'leverage', leverage: 2 }],
    ['rules.commission.rate', 0.1],
    ['rules.commission.perShare', 0.1],
    ['rules.commission.perOrder', 0.1],
    ['rules.commission.minimum', 0.1],
    ['rules.commission.maximum', 0.1],
    ['rules.slippage.bps', 1],
    ['rules.slippage.price', 1],
    ['rules.slippage.spreads', 1],
    ['rules.costs', { A: { slippage: { bps: 1, price: 0, spreads: 0 } } }],
    ['rules.maxVolume', 0.1],
    ['rules.limits.openRiskPercent', 2],
    ['rules.limits.positions', 2],
    ['rules.account', { kind: 'margin', initial: 0.5, maintenanceLong: 0.25, maintenanceShort: 0.3 }],
    ['rules.fills.preset', 'zipline'],
    ['rules.fills.settings', { x: 1 }],
    ['rules.intrabar', 'path'],
    ['rules.limitTouch', 'through'],
    ['instruments.A.lot', 2],
    ['instruments.A.multiplier', 2],
    ['instruments.A.tick', 2],
    ['instruments.A.spread', 2],
    ['instruments.B', { ...DEFAULT_INSTRUMENT, lot: 1 }],
    ['seed', 1],
    ['warmupSteps', 1],
    ['grid', { start: 0, stepMs: 1, count: 1 }],
    ['deterministic', true],
    ['versions.lockstep', '0.2.0'],
    ['versions.record', 'lockstep record 0'],
  ])('changes with %s', (path, value) => {
    expect(runId(changed(path, value))).not.toBe(runId(BASE));
  });

  test.each([
    ['inputs.0.path', 'elsewhere/A.csv'],
    ['inputs.0.rows', 11],
    ['inputs.0.bytes', 401],
    ['inputs', BASE.inputs.toReversed()],
    ['strategies.0.name', 'Dop'],
    ['strategies.0.file', 'elsewhere/dip.ts'],
    ['strategies.0.params', { strict: true, mode: 'fast', size: 1 }],
    ['instruments.B', DEFAULT_INSTRUMENT],
    ['instruments.C', { ...DEFAULT_INSTRUMENT, lot: 1 }],
    ['versions.node', 'v24.0.0'],
    ['digest', 'd0'],
    ['hashes', []],
  ])('does not change with %s', (path, value) => {
    expect(runId(changed(path, value))).toBe(runId(BASE));
  });

  test('of a manifest from before resampling and portions is that of a run without them', () => {
    const { resample: _, portion: __, ...reading } = BASE.reading;
    expect(runId(changed('reading', reading))).toBe(runId(BASE));
  });

  test('does not take a symbol for a member of every object', () => {
    const odd = changed('reading.symbols', ['constructor']);
    expect(runId(odd)).toBe(runId({ ...odd, instruments: { constructor: DEFAULT_INSTRUMENT } }));
  });
});

describe('what JSON cannot hold', () => {
  test.each([
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set([1])],
    ['a typed array', new Float64Array(2)],
    ['a Date', new Date(0)],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['undefined', undefined],
    ['a hole', [1, , 2]], // oxlint-disable-line no-sparse-arrays
  ])('%s is a mistake of ours', (_, value) => {
    expect(() => canonicalJson({ a: { b: value } })).toThrow(/assertion failed: a\.b/);
  });

  test.each([
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-0', -0],
  ])('%s is the user’s to put right', (name, value) => {
    expect(() => runId(changed('strategies.0.params.size', value))).toThrow(InputError);
    expect(() => canonicalJson({ a: [value] })).toThrow(`a[0] is ${name}`);
  });

  test('half a character is, in a text and in a name', () => {
    expect(() => canonicalJson({ a: '\ud83d' })).toThrow(InputError);
    expect(() => canonicalJson({ '\ud83d': 1 })).toThrow(InputError);
  });
});

test('the text of a manifest is JSON, with a line for each hash', () => {
  expect(JSON.parse(manifestText(BASE))).toEqual(BASE);
  expect(manifestText(BASE)).toContain('\n    {"kind":"fill","symbol":"A","chunk":0,"hash":"ee"}\n');
  expect(JSON.parse(manifestText({ ...BASE, hashes: [] }))).toEqual({ ...BASE, hashes: [] });
});
