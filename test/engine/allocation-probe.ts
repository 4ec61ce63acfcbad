/**
 * Runs a typical strategy over several symbols and prints what a million ticks have left on the heap, in bytes. Run by
 * `allocation.test.ts` in a process of its own, with a young generation so large that nothing is collected unseen.
 *
 *     node --expose-gc … allocation-probe.ts <inline | number of workers> <nothing | object>
 */
import { run, type WorkerCount } from '../../src/engine/run.ts';
import { BarColumnsBuilder, BarStore } from '../../src/market/bar-store.ts';
import { decodeRows } from '../../src/record/ledger.ts';
import { seeded } from '../support/random.ts';
import { MINUTE, planWith, strategyAt } from './stage.ts';

const SYMBOLS = ['A', 'B', 'C', 'D'];
const TICKS = 1_000_000;
/** Until the code is compiled; compiling takes memory, too. */
const WARM_STEPS = 150_000;
const STEPS = WARM_STEPS + TICKS / SYMBOLS.length + 2;

const [way, litter] = process.argv.slice(2) as [string, string];
const workers: WorkerCount = way === 'inline' ? 'inline' : Number(way);

const random = seeded(7);
const symbols = SYMBOLS.map((name, index) => {
  const builder = new BarColumnsBuilder(name, STEPS);
  let price = 100;
  for (let step = 0; step < STEPS; step++) {
    if ((step + index) % 20 === 0) continue; // Gaps, at different steps.
    const open = price;
    price = Math.max(1, price + random() - 0.5);
    builder.append(
      step * MINUTE,
      open,
      Math.max(open, price) + 0.1,
      Math.min(open, price) - 0.1,
      price,
      random() * 100,
    );
  }
  return builder.slice();
});
const store = BarStore.of(MINUTE, symbols);
/** The last symbol of each shard carries the scales: everything of its thread in a step comes before it. */
const weighs = Object.fromEntries(SYMBOLS.map((name) => [name, { weighs: 1 }]));
const entry = strategyAt('gauged', { litter, from: WARM_STEPS + 1, to: STEPS - 3 }, weighs);
const grown: number[] = [];
const { ticks } = await run(store, planWith([entry]), {
  workers,
  listeners: [
    ({ rows, texts }) => {
      for (const { message } of decodeRows({ ...rows.log, kind: 'log' }, store.names, texts))
        grown.push(Number(message));
    },
  ],
});
console.log(JSON.stringify({ ticks, grown }));
