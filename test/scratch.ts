import { play } from './support/play.ts';
import { simulate } from './naive.ts';
import { planOf, randomWorld } from './worlds/world.ts';
let bad = 0,
  events = 0;
const kinds: any = {};
const from = Number(process.argv[2] ?? 0),
  to = Number(process.argv[3] ?? 300);
const why: any = {};
for (let seed = from; seed < to; seed++) {
  const w = randomWorld(seed);
  const plan = planOf(w, 'class');
  let a: any, b: any;
  try {
    b = simulate(w.market, plan);
  } catch (e: any) {
    b = String(e.stack).slice(0, 300);
  }
  try {
    a = (await play(w.market, plan)).events;
  } catch (e: any) {
    a = String(e.stack).slice(0, 600);
  }
  if (typeof a === 'string' || typeof b === 'string') {
    if (bad++ < 3)
      console.log(
        seed,
        'ERR engine:',
        typeof a === 'string' ? a : 'ok',
        '\n naive:',
        typeof b === 'string' ? b : 'ok',
      );
    continue;
  }
  events += b.length;
  for (const e of b)
    kinds[e.kind + (e.code ?? e.reason ?? '')] = (kinds[e.kind + (e.code ?? e.reason ?? '')] ?? 0) + 1;
  const n = Math.max(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a[i],
      y = b[i];
    const same = x && y && Object.keys({ ...x, ...y }).every((k) => Object.is(x[k], y[k]));
    if (!same) {
      bad++;
      const f =
        x && y
          ? Object.keys({ ...x, ...y })
              .filter((k) => !Object.is(x[k], y[k]))
              .join()
          : 'missing';
      why[f] = (why[f] ?? 0) + 1;
      if (bad < 600) {
        console.log('seed', seed, w.plan.rules, 'differs at', i, f);
        for (let j = Math.max(0, i - 3); j < i + 3; j++)
          console.log(j, 'E', JSON.stringify(a[j]), '\n  ', 'N', JSON.stringify(b[j]));
      }
      break;
    }
  }
}
console.log({ bad, events, kinds, why });
