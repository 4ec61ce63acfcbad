/**
 * Runs a strategy over several symbols and prints, for each thread, how many bytes a tick allocates on its heap and by how many
 * the heap has grown after two forced collections, over a million ticks and after its code is compiled. Run by `allocation.test.ts` in a process of its own.
 *
 *     node --expose-gc allocation-probe.ts <Idle | Typical> <inline | number of workers> <nothing | object | kept>
 */
import { run } from '../../src/engine/run.ts';
import { BarColumnsBuilder, BarStore } from '../../src/market/bar-store.ts';
import { decodeRows } from '../../src/record/ledger.ts';
import { seeded } from '../support/random.ts';
import { MINUTE, planWith } from './stage.ts';

const SYMBOLS = ['A', 'B', 'C', 'D'];
/** Until the code is compiled; compiling takes memory, too. */
const WARM_STEPS = 250_000;
const WEIGHED_STEPS = 250_000;
const STEPS = WARM_STEPS + WEIGHED_STEPS + 2;

const [exportName, way, litter] = process.argv.slice(2) as [string, string, string];

const random = seeded(7);
const symbols = SYMBOLS.map((name) => {
  const builder = new BarColumnsBuilder(name, STEPS);
  let close = 100;
  for (let step = 0; step < STEPS; step++) {
    const open = close;
    close = Math.max(1, close + random() - 0.5);
    const [high, low] = [Math.max(open, close) + 0.1, Math.min(open, close) - 0.1];
    builder.append(step * MINUTE, open, high, low, close, random() * 100);
  }
  return builder.slice();
});
const store = BarStore.of(MINUTE, symbols);
const entry = {
  source: { url: new URL('./strategies/gauged.ts', import.meta.url).href, exportName },
  params: { litter, from: WARM_STEPS, to: WARM_STEPS + WEIGHED_STEPS },
  symbolParams: {},
};
/** By thread: of each of its symbols, [allocated, in use] before and after. */
const weighings = new Map<string, Map<string, [number, number][]>>();
globalThis.gc!();
globalThis.gc!();
await run(store, planWith([entry]), {
  workers: way === 'inline' ? 'inline' : Number(way),
  listeners: [
    ({ rows, texts }) => {
      for (const { symbol, message } of decodeRows({ ...rows.log, kind: 'log' }, store.names, texts)) {
        const [thread, allocated, used] = message.split(' ') as [string, string, string];
        const ofThread = weighings.getOrInsertComputed(thread, () => new Map());
        ofThread.getOrInsertComputed(symbol, () => []).push([Number(allocated), Number(used)]);
      }
    },
  ],
});

const weights = [...weighings.values()].map((bySymbol) => {
  const [before = [NaN, NaN], after = [NaN, NaN]] = bySymbol.values().next().value!;
  return {
    bytesPerTick: (after[0] - before[0]) / (WEIGHED_STEPS * bySymbol.size),
    growthBytes: after[1] - before[1],
  };
});
console.log(JSON.stringify(weights));
