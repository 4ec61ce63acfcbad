import { simulate } from './naive.ts';
import { planOf, randomWorld } from './worlds/world.ts';
const [seed,sym,strat,...seqs]=process.argv.slice(2);
const w=randomWorld(+seed!);const plan=planOf(w,'class');
const ev=simulate(w.market,plan);
for(const e of ev as any[])if(e.symbol===sym&&e.strategy===+strat!&&(seqs.includes(String(e.sequence))||seqs.includes(String(e.exit))))console.log(JSON.stringify(e));
const st=+(process.env.STEP??0);const times=[...new Set(Object.values(w.market.bars).flat().map(b=>b.time))].sort((a,b)=>a-b);
console.log(w.market.bars[sym!]!.filter(b=>w.plan.grid?Math.abs((b.time-w.plan.grid.start)/w.plan.grid.stepMs-st)<2:times.indexOf(b.time)>=st-1&&times.indexOf(b.time)<=st+1), w.plan.instruments[sym!]);
