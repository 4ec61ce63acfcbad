/** What threads write apart comes together as if one had written it: rows by key, texts by reference, chunks in order. */
import { describe, expect, test } from 'vitest';
import { type Chunk, decodeRows, Ledger } from '../../../src/record/ledger.ts';
import {
  type Batch,
  EMPTY_TEXT,
  KIND,
  RecordLog,
  TEXT_THREAD,
  FIRST_LINE,
} from '../../../src/record/record-log.ts';
import { type AnyKind, compareKeys, type EventKey, type EventOf } from '../../../src/record/records.ts';
import { seeded } from '../../support/random.ts';

const SYMBOLS = ['A', 'B', 'C'];
const STRATEGIES = 2;
const logOf = (thread: number) => new RecordLog(thread, SYMBOLS.length, STRATEGIES);

function writeReplace(log: RecordLog, symbol: number, strategy: number, sequence: number): void {
  const at = log.begin(KIND.replace, symbol, strategy);
  log.cells(KIND.replace)[at] = sequence;
  log.cells(KIND.replace)[at + 1] = 10 * sequence;
  log.cells(KIND.replace)[at + 2] = 100 * sequence;
}

function writeLine(log: RecordLog, symbol: number, text: string): void {
  const at = log.begin(KIND.log, symbol, 0);
  log.cells(KIND.log)[at] = log.addLine(text);
}

function writePlot(log: RecordLog, symbol: number, name: string): void {
  const at = log.begin(KIND.plot, symbol, 0);
  log.cells(KIND.plot)[at] = log.intern(name);
}

/** A ledger over so many threads, and the chunks that it passes on. */
function collecting(threads: number): { ledger: Ledger; chunks: Chunk[] } {
  const chunks: Chunk[] = [];
  return { ledger: new Ledger(threads, [(chunk) => chunks.push(chunk)]), chunks };
}

const keyOf = ({ step, phase, symbol, strategy, event }: EventKey) => [step, phase, symbol, strategy, event];
const keysOf = (chunk: Chunk) => eventsOf(chunk, 'replace').map(keyOf);

function eventsOf<Kind extends AnyKind>({ rows, texts }: Chunk, kind: Kind): EventOf<Kind>[] {
  return decodeRows(rows[kind], SYMBOLS, texts) as EventOf<Kind>[];
}

describe('a log', () => {
  test('counts the events of an instance from 0 within a step and phase, the record apart from the log', () => {
    const log = logOf(0);
    log.at(3, 5);
    writeReplace(log, 1, 0, 1);
    writeLine(log, 1, 'between');
    writeReplace(log, 1, 0, 2);
    writeReplace(log, 1, 1, 3);
    writeReplace(log, 2, 0, 4);
    log.at(3, 6);
    writeReplace(log, 1, 0, 5);
    log.at(4, 5);
    writeReplace(log, 1, 0, 6);
    const { ledger, chunks } = collecting(1);
    ledger.add(log.take(0));
    expect(keysOf(chunks[0]!)).toEqual([
      [3, 5, 'B', 0, 0],
      [3, 5, 'B', 0, 1],
      [3, 5, 'B', 1, 0],
      [3, 5, 'C', 0, 0],
      [3, 6, 'B', 0, 0],
      [4, 5, 'B', 0, 0],
    ]);
  });

  test('keeps the events of the account apart from those of the first instance', () => {
    const log = logOf(0);
    log.at(2, 4);
    const at = log.beginShared(KIND.equity);
    log.cells(KIND.equity).set([60_000, 900, 1_000], at);
    const { ledger, chunks } = collecting(1);
    ledger.add(log.take(0));
    expect(eventsOf(chunks[0]!, 'equity')).toEqual([
      {
        kind: 'equity',
        step: 2,
        phase: 4,
        symbol: '',
        strategy: -1,
        event: 0,
        time: 60_000,
        cash: 900,
        equity: 1_000,
      },
    ]);
  });

  test('grows without losing a row', () => {
    const log = logOf(0);
    for (let step = 0; step < 5_000; step++) {
      log.at(step, 5);
      writeReplace(log, step % 3, step % 2, step);
    }
    const { ledger, chunks } = collecting(1);
    ledger.add(log.take(0));
    const events = eventsOf(chunks[0]!, 'replace');
    expect(events.length).toBe(5_000);
    expect(events.every((event) => event.sequence === event.step && event.price === 100 * event.step)).toBe(
      true,
    );
  });

  test('hands over memory of its own: what comes later does not change it', () => {
    const log = logOf(0);
    log.at(0, 5);
    writeReplace(log, 0, 0, 1);
    const first = log.take(0);
    log.at(1, 5);
    writeReplace(log, 2, 1, 9);
    const second = log.take(1);
    expect(first.rows[KIND.replace]!.slice(5)).toEqual(Float64Array.of(1, 10, 100));
    expect(second.rows[KIND.replace]!.slice(0, 6)).toEqual(Float64Array.of(1, 5, 2, 1, 0, 9));
    expect(log.take(2).rows.every((rows) => rows.length === 0)).toBe(true);
  });

  test('interns a text once, with a reference that names its thread', () => {
    const log = logOf(3);
    const [dip, line] = [log.intern('dip'), log.addLine('a line')];
    expect([dip, line]).toEqual([3 * TEXT_THREAD, 3 * TEXT_THREAD + FIRST_LINE]);
    expect(log.intern('dip')).toBe(dip);
    expect(log.addLine('a line')).toBe(line + 1);
    expect([log.intern(''), log.interned(EMPTY_TEXT), log.interned(dip)]).toEqual([EMPTY_TEXT, '', 'dip']);
    const first = log.take(0);
    expect([first.texts, first.lines]).toEqual([['dip'], ['a line', 'a line']]);
    expect(log.intern('dip')).toBe(dip);
    expect(log.addLine('of the next chunk'), 'lines are forgotten with their chunk').toBe(line);
    const second = log.take(1);
    expect([second.texts, second.lines]).toEqual([[], ['of the next chunk']]);
  });
});

describe('a ledger', () => {
  test('puts rows of several threads in the order of their keys, whoever comes first', () => {
    const logs = [0, 1, 2].map(logOf);
    for (const [thread, log] of logs.entries()) {
      for (const step of [0, 1, 2]) {
        log.at(step, 5);
        writeReplace(log, 2 - thread, 1, thread);
        writeReplace(log, 2 - thread, 0, thread);
      }
    }
    logs[0]!.at(2, 6);
    writeReplace(logs[0]!, 0, 1, 7);
    const { ledger, chunks } = collecting(3);
    for (const thread of [2, 0, 1]) ledger.add(logs[thread]!.take(0));
    const expected = [0, 1, 2].flatMap((step) =>
      SYMBOLS.flatMap((symbol) => [0, 1].map((strategy) => [step, 5, symbol, strategy, 0])),
    );
    expect(keysOf(chunks[0]!)).toEqual([...expected, [2, 6, 'A', 1, 0]]);
    expect(eventsOf(chunks[0]!, 'replace')[0]!.sequence).toBe(2);
  });

  test('passes a chunk on when all threads have handed it in, and in order', () => {
    const { ledger, chunks } = collecting(2);
    const [one, other] = [logOf(0), logOf(1)];
    const batches = [one.take(0), one.take(1), one.take(2)];
    const indexes = () => chunks.map(({ index }) => index);
    ledger.add(batches[0]!);
    ledger.add(batches[1]!);
    ledger.add(batches[2]!);
    expect(indexes()).toEqual([]);
    expect(() => ledger.close()).toThrow('every chunk of a finished run is complete');
    ledger.add(other.take(0));
    expect(indexes()).toEqual([0]);
    const [early, late] = [other.take(1), other.take(2)];
    ledger.add(late);
    expect(indexes()).toEqual([0]);
    ledger.add(early);
    expect(indexes()).toEqual([0, 1, 2]);
    ledger.close();
  });

  test('tells every listener, in turn', () => {
    const told: string[] = [];
    const ledger = new Ledger(1, [
      ({ index }) => told.push(`first ${index}`),
      ({ index }) => told.push(`second ${index}`),
    ]);
    ledger.add(logOf(0).take(0));
    ledger.add(logOf(0).take(1));
    expect(told).toEqual(['first 0', 'second 0', 'first 1', 'second 1']);
  });

  test('finds the texts of each thread, of this chunk and of those before', () => {
    const { ledger, chunks } = collecting(2);
    const logs = [logOf(0), logOf(1)];
    const seen: string[][] = [];
    for (const chunk of [0, 1]) {
      for (const [thread, log] of logs.entries()) {
        log.at(chunk, 5);
        writeLine(log, thread, `line ${chunk} of ${thread}`);
        writePlot(log, thread, `plot of ${thread}`); // Known from chunk 0 on.
      }
      for (const log of logs.toReversed()) ledger.add(log.take(chunk));
      seen.push([
        ...eventsOf(chunks[chunk]!, 'log').map(({ message }) => message),
        ...eventsOf(chunks[chunk]!, 'plot').map(({ name }) => name),
      ]);
    }
    expect(seen).toEqual([
      ['line 0 of 0', 'line 0 of 1', 'plot of 0', 'plot of 1'],
      ['line 1 of 0', 'line 1 of 1', 'plot of 0', 'plot of 1'],
    ]);
  });

  test('writes for three threads in any luck what one thread writes, seed 31', () => {
    const random = seeded(31);
    const whole = collecting(1);
    const parted = collecting(3);
    const single = logOf(0);
    const logs = [0, 1, 2].map(logOf);
    const batches: Batch[] = [];
    let sequence = 0;
    for (let chunk = 0; chunk < 20; chunk++) {
      for (let step = chunk * 10; step < chunk * 10 + 10; step++) {
        for (const phase of [1, 2, 5]) {
          for (const log of [single, ...logs]) log.at(step, phase);
          for (let i = Math.floor(random() * 8); i > 0; i--) {
            const symbol = Math.floor(random() * 3);
            // Settlement is written by thread 0, ticks by the owner of the symbol.
            const owner = phase === 5 ? logs[symbol]! : logs[0]!;
            for (const log of [single, owner]) {
              writeReplace(log, symbol, sequence % 2, sequence);
              writeLine(log, symbol, `line ${sequence}`);
            }
            sequence++;
          }
        }
      }
      whole.ledger.add(single.take(chunk));
      batches.push(...logs.map((log) => log.take(chunk)));
    }
    while (batches.length > 0) {
      // A thread hands in its batches in order; which thread is next is luck.
      const thread = batches[Math.floor(random() * batches.length)]!.thread;
      parted.ledger.add(
        batches.splice(
          batches.findIndex((batch) => batch.thread === thread),
          1,
        )[0]!,
      );
    }
    parted.ledger.close();
    const told = (chunks: readonly Chunk[]) =>
      chunks.map((chunk) => [...eventsOf(chunk, 'replace'), ...eventsOf(chunk, 'log')]);
    expect(parted.chunks.length).toBe(20);
    expect(told(parted.chunks)).toEqual(told(whole.chunks));
    for (const chunk of parted.chunks) {
      const events = eventsOf(chunk, 'replace');
      expect(events.slice(1).every((event, index) => compareKeys(events[index]!, event) < 0)).toBe(true);
    }
  });
});
