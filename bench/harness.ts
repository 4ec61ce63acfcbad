/**
 * Measures and prints: the one harness of all benchmarks here, and the only file that knows tinybench.
 *
 * A benchmark is a few tasks that do the same work in different ways or sizes. A task is run again and again, and what
 * counts is the median of its runs, divided by the operations in one run. A run should take well over a
 * microsecond, or it is the clock that is measured: let it do some thousand operations, and say how many.
 *
 * A fast wrong answer is no result, so each benchmark prints a digest of what it computed (`checksum`), and throws where
 * two ways should agree and do not. With `small` it runs only long enough to show that it works.
 */
import { Bench } from 'tinybench';

export interface BenchTask {
  readonly name: string;
  /** Does the work once. Async work is awaited inside the measurement. */
  readonly run: () => void | Promise<void>;
  /** Operations in one run, 1 if not given. */
  readonly operations?: number;
}

export interface BenchOptions {
  /** For CI: a few milliseconds a task. */
  readonly small: boolean;
}

export interface BenchRow {
  readonly name: string;
  /** Nanoseconds an operation takes, in the median run. */
  readonly medianNs: number;
  /** The same in the run that only one in a hundred exceeds. */
  readonly slowNs: number;
  /** Runs measured. */
  readonly runs: number;
  /** Operations in one run. */
  readonly operations: number;
}

// Times are budgets; at least `iterations` runs are measured, however long they take.
const LARGE = { time: 500, iterations: 9, warmupTime: 100, warmupIterations: 3 };
const SMALL = { time: 10, iterations: 3, warmupTime: 2, warmupIterations: 1 };

/**
 * Runs the tasks one after the other, prints a table and returns its rows, in the order of the tasks.
 *
 * @throws what a task throws, so that nothing is printed for work that was not done
 */
export async function measure(
  name: string,
  tasks: readonly BenchTask[],
  { small }: BenchOptions,
): Promise<BenchRow[]> {
  const bench = new Bench(small ? SMALL : LARGE);
  for (const task of tasks) bench.add(task.name, task.run);
  await bench.run();
  const rows = tasks.map((task) => rowOf(bench, task));
  console.log(`${name}${small ? ' (small: the times mean little)' : ''}`);
  console.log(tableOf(rows));
  return rows;
}

/** The row of a task that was run. `bench.run()` does not reject when a task throws: it is noted in its result. */
function rowOf(bench: Bench, { name, operations = 1 }: BenchTask): BenchRow {
  const result = bench.getTask(name)!.result;
  if (result.state === 'errored') throw result.error;
  if (result.state !== 'completed') throw new Error(`the task "${name}" was not completed: ${result.state}`);
  const { p50, p99, samplesCount } = result.latency;
  const nsPerOperation = 1e6 / operations; // Times are in ms a run.
  return {
    name,
    medianNs: p50 * nsPerOperation,
    slowNs: p99 * nsPerOperation,
    runs: samplesCount,
    operations,
  };
}

/** Lines with a column for the name and one for each number, the numbers flush right. */
function tableOf(rows: readonly BenchRow[]): string {
  const head = ['task', 'ns/op', 'p99', 'runs', 'ops/run'];
  const lines = rows.map(({ name, medianNs, slowNs, runs, operations }) => [
    name,
    digits(medianNs),
    digits(slowNs),
    String(runs),
    String(operations),
  ]);
  const table = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const padded = table.map((line) =>
    line.map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!))),
  );
  return padded.map((line) => `  ${line.join('  ')}`).join('\n');
}

/** Three digits that count, or all before the point. */
function digits(ns: number): string {
  return ns.toFixed(ns < 10 ? 2 : ns < 100 ? 1 : 0);
}

/** Eight hex digits over the bits of the numbers, in order (FNV-1a, 32 bit): any other bit gives others. */
export function checksum(numbers: Float64Array): string {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
