/**
 * Loads strategies as a run does, natively, on a main thread (`node load-party.ts <list>`) or as a worker, and tells what came
 * of each. Tests run it because their own runner may bring a loader that accepts more than Node does.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../src/kernel/input-error.ts';
import { describeSource, loadStrategy, type ModuleSource } from '../../src/strategy/loader.ts';

export interface Loaded {
  readonly loaded?: string;
  /** Name, message and line of what was thrown instead. */
  readonly error?: string;
  readonly message?: string;
  readonly line?: number;
}

const sources: readonly ModuleSource[] = parentPort === null ? JSON.parse(process.argv[2]!) : workerData;
const results = [];
for (const source of sources) results.push(await load(source));
if (parentPort === null) process.stdout.write(JSON.stringify(results));
else parentPort.postMessage(results);

async function load(source: ModuleSource): Promise<Loaded> {
  try {
    return { loaded: describeSource(source, await loadStrategy(source)) };
  } catch (error) {
    if (!(error instanceof InputError)) return { error: String(error) };
    const { line } = error.place;
    return { error: error.name, message: error.message, ...(line === undefined ? {} : { line }) };
  }
}
