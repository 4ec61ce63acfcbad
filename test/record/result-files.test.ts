/** What a run writes reads back as what happened, and a folder has its name only when it is complete. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'csv-parse/sync';
import { InputError } from '../../src/kernel/input-error.ts';
import { BarStore } from '../../src/market/bar-store.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import { unionTimeline } from '../../src/market/timeline.ts';
import { readArrowFile } from '../../src/record/arrow-file.ts';
import { DIGEST_FORMAT } from '../../src/record/digest.ts';
import { type Manifest, readRun } from '../../src/record/manifest.ts';
import { compareKeys, RECORD_KINDS, type RunEvent, type SideEvent } from '../../src/record/records.ts';
import { ResultFiles } from '../../src/record/result-files.ts';
import { readEvents, readSideEvents } from '../../src/record/result-reader.ts';
import { FILE_OF_KIND } from '../../src/record/result-tables.ts';
import { type Summary, SummaryBuilder } from '../../src/record/summary.ts';
import { playStore } from '../support/play.ts';
import { pass } from './rows.ts';
import { BUSY_MARKET, BUSY_PLAN, MINUTE, MONDAY, SAMPLES } from './samples.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-results-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** For folders that nobody reads as a run. */
const BARE = [{ hashes: [] } as unknown as Manifest, {} as Summary] as const;

interface Written {
  readonly folder: string;
  readonly files: ResultFiles;
  readonly events: RunEvent[];
  readonly side: SideEvent[];
  readonly manifest: Manifest;
  readonly summary: Summary;
}

/** Plays the busy run and writes it, all but the commit. */
async function write({ name = 'run', csv = false } = {}): Promise<Written> {
  const store = BarStore.create(BUSY_MARKET);
  const folder = join(root, name);
  const files = new ResultFiles({ folder, symbols: store.names, times: unionTimeline(store), csv });
  const builder = new SummaryBuilder(store.names, BUSY_PLAN.rules.cash);
  const { events, side, outcome } = await playStore(store, BUSY_PLAN, {
    listeners: [files.listen, builder.listen],
  });
  const summary = builder.finish({
    ...outcome,
    strategies: ['Scripted'],
    bars: store.totalBars,
    conventions: [],
    warnings: [],
    block: 1,
    timing: { loadMs: 0, runMs: 0, digestMs: 0, writeMs: files.writeMs, wallMs: 0 },
    memory: { peakRssBytes: 0, loadedBytes: 0 },
    interval: MINUTE,
    lastCloses: [1, 1],
    instruments: [DEFAULT_INSTRUMENT, DEFAULT_INSTRUMENT],
    intrabar: 'pessimistic',
  });
  const manifest: Manifest = {
    inputs: [],
    reading: { symbols: store.names, from: null, to: null, interval: MINUTE, resample: null, portion: null },
    strategies: [],
    rules: BUSY_PLAN.rules,
    instruments: {},
    seed: 0,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
    versions: { lockstep: '0', record: DIGEST_FORMAT, node: '26' },
    digest: outcome.digest,
    hashes: outcome.hashes,
  };
  return { folder, files, events, side: side.sort(compareKeys), manifest, summary };
}

async function committed(options: { name?: string; csv?: boolean } = {}): Promise<Written> {
  const written = await write(options);
  written.files.commit(written.manifest, written.summary);
  return written;
}

describe('Arrow files', () => {
  test('read back as the events that were recorded, log and plots too', async () => {
    const { folder, events, side } = await committed();
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(RECORD_KINDS));
    expect(readEvents(folder)).toEqual(events);
    expect(readSideEvents(folder)).toEqual(side);
    expect(side.some((event) => event.kind === 'plot' && Object.is(event.value, -0))).toBe(true);
    expect(readEvents(folder, { kinds: ['fill'] })).toEqual(events.filter(({ kind }) => kind === 'fill'));
  });

  test('hold every field of every kind, over several chunks', () => {
    const symbols = ['A', 'B', 'C'];
    const steps = [0, 7, 4_095, 4_096, 9_000];
    const times = Float64Array.from({ length: 9_001 }, (_, step) => MONDAY + step * MINUTE);
    const tags = ['', 'ü😀', '', 'x', 'ü😀'];
    /** A sample, moved to the `at`-th of the steps. */
    const movedTo = (sample: RunEvent, at: number, event: number): RunEvent => {
      const step = steps[at]!;
      if (sample.kind === 'equity') return { ...sample, step, time: times[step]! };
      if (sample.kind === 'expiry') return { ...sample, step, event, limit: step === 0 ? NaN : sample.limit };
      return sample.kind === 'order'
        ? { ...sample, step, event, tag: tags[at]! }
        : { ...sample, step, event };
    };
    const samples = Object.values(SAMPLES) as RunEvent[];
    const events = steps.flatMap((_, at) => samples.map((sample, event) => movedTo(sample, at, event)));
    const folder = join(root, 'run');
    const files = new ResultFiles({ folder, symbols, times, csv: false });
    pass(events, symbols, files.listen);
    files.commit(...BARE);
    expect(readEvents(folder)).toEqual(events.sort(compareKeys));
    expect(readEvents(folder, { chunk: 1 }).map(({ step }) => step)).toEqual(Array<number>(8).fill(4_096));
    const fills = readArrowFile(join(folder, 'fills.arrow'));
    expect(fills.column('time')).toEqual(steps.map((step) => times[step]));
  });

  test('texts with half a character at their seams stay apart', () => {
    const logs = ['a\ud83d', '\ude00b'].map(
      (message, event): SideEvent => ({
        kind: 'log',
        step: 0,
        phase: 5,
        symbol: 'A',
        strategy: 0,
        event,
        message,
      }),
    );
    const folder = join(root, 'run');
    const files = new ResultFiles({ folder, symbols: ['A'], times: new Float64Array(1), csv: false });
    pass(logs, ['A'], files.listen);
    files.commit(...BARE);
    expect(readArrowFile(join(folder, 'log.arrow')).column('message')).toEqual(['a\ufffd', '\ufffdb']);
  });

  test('know what belongs to no symbol', () => {
    const log: SideEvent = {
      kind: 'log',
      step: 0,
      phase: 6,
      symbol: '',
      strategy: 1,
      event: 0,
      message: 'all',
    };
    const folder = join(root, 'run');
    const files = new ResultFiles({ folder, symbols: ['A'], times: new Float64Array(1), csv: true });
    pass([log, { ...log, symbol: 'A' }], ['A'], files.listen);
    files.commit(...BARE);
    expect(readSideEvents(folder)).toEqual([log, { ...log, symbol: 'A' }]);
    expect(readFileSync(join(folder, 'log.csv'), 'utf8')).toContain('Z,0,6,,1,0,all\r\n');
  });

  test('are there for every kind, empty or not, and the same bytes each time', async () => {
    const [a, b] = [await committed({ name: 'a' }), await committed({ name: 'b' })];
    for (const file of Object.values(FILE_OF_KIND)) {
      const bytes = readFileSync(join(a.folder, `${file}.arrow`));
      expect(bytes.equals(readFileSync(join(b.folder, `${file}.arrow`))), file).toBe(true);
    }
    const files = new ResultFiles({
      folder: join(root, 'c'),
      symbols: ['A'],
      times: new Float64Array(0),
      csv: false,
    });
    files.commit(...BARE);
    expect(readEvents(join(root, 'c'))).toEqual([]);
  });

  test('that are missing, torn or zeros are input errors', async () => {
    const { folder } = await committed();
    const file = join(folder, 'fills.arrow');
    const { length } = readFileSync(file);
    for (let size = length - 1; size >= 0; size -= size > length - 20 ? 1 : 8) {
      truncateSync(file, size);
      expect(() => readArrowFile(file), `${size} of ${length} bytes`).toThrow(InputError);
    }
    for (const size of [0, 100]) {
      writeFileSync(file, new Uint8Array(size));
      expect(() => readArrowFile(file), `${size} zeros`).toThrow(InputError);
    }
    rmSync(file);
    expect(() => readEvents(folder)).toThrow(InputError);
  });

  test('read in Python', async (context) => {
    const python = process.env['LOCKSTEP_PYTHON'] ?? 'python3';
    try {
      execFileSync(python, ['-c', 'import pyarrow, pandas'], { stdio: 'ignore' });
    } catch {
      return context.skip(`${python} has no pyarrow and pandas`);
    }
    const { folder, events } = await committed();
    const script = `
import json, sys, pyarrow as pa
def rows(name):
    table = pa.ipc.open_file(f"{sys.argv[1]}/{name}.arrow").read_all()
    table.validate(full=True)
    return table.to_pandas()
fills, trades, log, expiries = rows("fills"), rows("trades"), rows("log"), rows("expiries")
print(json.dumps({
    "types": {name: str(kind) for name, kind in fills.dtypes.items()},
    "price": list(fills.price), "symbol": list(fills.symbol), "side": list(fills.side),
    "time": [t.isoformat() for t in fills.time], "entryTime": [t.isoformat() for t in trades.entryTime],
    "tag": list(trades.entryTag), "log": list(log.message), "limit": int(expiries.limit.isna().sum()),
}))`;
    const read = JSON.parse(execFileSync(python, ['-c', script, folder], { encoding: 'utf8' })) as Record<
      string,
      unknown
    >;
    const fills = events.filter((event) => event.kind === 'fill');
    const trades = events.filter((event) => event.kind === 'trade');
    const iso = (time: number): string => new Date(time).toISOString().replace('.000Z', '+00:00');
    expect(read).toMatchObject({
      types: { time: 'datetime64[ms, UTC]', symbol: 'category', price: 'float64', step: 'int32' },
      price: fills.map(({ price }) => price),
      symbol: fills.map(({ symbol }) => symbol),
      side: fills.map(({ side }) => side),
      time: fills.map(({ step }) => iso(MONDAY + step * MINUTE)),
      entryTime: trades.map(({ entryTime }) => iso(entryTime)),
      tag: trades.map(({ entryTag }) => entryTag),
      limit: events.filter(({ kind }) => kind === 'expiry').length,
    });
    expect((read['log'] as string[])[0]).toBe('step 0, "A"\nü😀');
  });
});

describe('CSV files', () => {
  test('hold what the Arrow files hold, quoted as RFC 4180 has it', async () => {
    const { folder } = await committed({ csv: true });
    for (const file of Object.values(FILE_OF_KIND)) {
      const text = readFileSync(join(folder, `${file}.csv`), 'utf8');
      const rows = parse(text, { record_delimiter: '\r\n', columns: true }) as Record<string, string>[];
      const table = readArrowFile(join(folder, `${file}.arrow`));
      expect(rows).toHaveLength(table.rows);
      for (const name of Object.keys(rows[0] ?? {})) {
        const isTime = name === 'time' || name === 'entryTime' || name === 'limit';
        const values = rows.map((row) => row[name]!);
        const read = table.column(name).map((value, row) => {
          if (typeof value === 'string') return values[row]!;
          return values[row] === '' ? NaN : isTime ? Date.parse(values[row]!) : Number(values[row]);
        });
        expect(read, `${file}.${name}`).toEqual(table.column(name));
      }
    }
  });

  test('read as written down', async () => {
    const { folder } = await committed({ csv: true });
    const [head, first] = readFileSync(join(folder, 'orders.csv'), 'utf8').split('\r\n');
    expect(head).toBe(
      'time,step,phase,symbol,strategy,event,sequence,parent,group,side,type,quantity,sizedIn,size,portion,price,limitPrice,timeInForce,until,level,distance,reduceOnly,allowPartial,closes,maxOpenRiskPercent,tag',
    );
    expect(first).toMatch(
      /^2024-01-01T00:00:00\.000Z,0,5,A,0,0,1,0,0,buy,market,2,units,2,1,,,gtc,,,,0,0,0,,"a, ""b"""$/,
    );
    expect(readFileSync(join(folder, 'plots.csv'), 'utf8')).toContain(',"B,""2""",0,2,close,\r\n');
    expect(readFileSync(join(folder, 'plots.csv'), 'utf8')).toContain(',close,-0\r\n');
  });
});

describe('the folder of a run', () => {
  test('has its name only when it is complete', async () => {
    const { folder, files, manifest, summary } = await write();
    files.writeText('report.html', 'fine');
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(root)).toEqual([`run.partial-${process.pid}`]);
    files.commit(manifest, summary);
    expect(readdirSync(root)).toEqual(['run']);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toBe('fine');
    expect(readRun(folder)).toEqual({ manifest, summary });
    files.discard();
    expect(existsSync(folder)).toBe(true);
  });

  test('that is discarded leaves nothing', async () => {
    const { files } = await write({ csv: true });
    files.discard();
    files.discard();
    expect(readdirSync(root)).toEqual([]);
  });

  test('replaces the one of that name in whole', async () => {
    const { folder } = await committed({ csv: true });
    await committed();
    expect(readdirSync(root)).toEqual(['run']);
    expect(existsSync(join(folder, 'fills.csv'))).toBe(false);
    readRun(folder);
  });

  test('never replaces what no run has written', async () => {
    const folder = join(root, 'home');
    mkdirSync(folder);
    writeFileSync(join(folder, 'letter.txt'), 'dear');
    await expect(write({ name: 'home' })).rejects.toThrow(InputError);
    writeFileSync(join(root, 'file'), 'dear');
    await expect(write({ name: 'file' })).rejects.toThrow(InputError);
    mkdirSync(join(root, 'empty'));
    await committed({ name: 'empty' });
    expect(readdirSync(root)).toEqual(['empty', 'file', 'home']);
  });

  test('never replaces what somebody put there during the run', async () => {
    const { folder, files, manifest, summary } = await write();
    mkdirSync(folder);
    writeFileSync(join(folder, 'letter.txt'), 'dear');
    expect(() => files.commit(manifest, summary)).toThrow(InputError);
    expect(readdirSync(root)).toEqual(['run']);
    expect(readdirSync(folder)).toEqual(['letter.txt']);
  });

  test('is gone when the manifest cannot be written, and the old one stays', async () => {
    const { folder } = await committed();
    const { files, manifest, summary } = await write();
    const broken = { ...manifest, seed: NaN };
    expect(() => files.commit(broken, summary)).toThrow(InputError);
    expect(readdirSync(root)).toEqual(['run']);
    readRun(folder);
  });

  test('is not committed after an error while writing, of which the run hears nothing', () => {
    const folder = join(root, 'run');
    const files = new ResultFiles({ folder, symbols: ['A', 'B'], times: new Float64Array(1), csv: false });
    let chunks = 0;
    const broken: RunEvent = { ...SAMPLES.order, step: 0, tag: null as unknown as string };
    pass([broken], ['A', 'B'], files.listen, () => void chunks++);
    expect(chunks).toBe(1);
    expect(() => files.commit(...BARE)).toThrow();
    expect(readdirSync(root)).toEqual([]);
  });

  test('that cannot be made is an input error', () => {
    writeFileSync(join(root, 'file'), '');
    const folder = join(root, 'file', 'run');
    expect(() => new ResultFiles({ folder, symbols: [], times: new Float64Array(0), csv: false })).toThrow(
      InputError,
    );
  });
});

describe('reading a run back', () => {
  test.each([
    ['no folder', (folder: string) => rmSync(folder, { recursive: true })],
    ['a folder without a manifest', (folder: string) => rmSync(join(folder, 'manifest.json'))],
    ['one without a summary', (folder: string) => rmSync(join(folder, 'summary.json'))],
    ['one without a table', (folder: string) => rmSync(join(folder, 'expiries.arrow'))],
    ['one with a torn table', (folder: string) => truncateSync(join(folder, 'fills.arrow'), 64)],
    ['one with an empty table', (folder: string) => truncateSync(join(folder, 'fills.arrow'), 0)],
    ['one whose manifest is no JSON', (folder: string) => writeFileSync(join(folder, 'manifest.json'), '{')],
    ['one whose manifest is a list', (folder: string) => writeFileSync(join(folder, 'manifest.json'), '[]')],
    ['one whose summary is null', (folder: string) => writeFileSync(join(folder, 'summary.json'), 'null')],
    [
      'one whose summary is of another run',
      (folder: string) => edit(folder, 'summary.json', { digest: 'x' }),
    ],
    ['one whose hashes were changed', (folder: string) => edit(folder, 'manifest.json', { hashes: [] })],
  ])('%s is an input error', async (_, damage) => {
    const { folder } = await committed();
    readRun(folder);
    damage(folder);
    expect(() => readRun(folder)).toThrow(InputError);
  });
});

function edit(folder: string, name: string, change: object): void {
  const file = join(folder, name);
  const before = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...before, ...change }));
}
