import { play } from './support/play.ts';
import { simulate } from './naive.ts';
import { planOf, randomWorld } from './worlds/world.ts';
import { Dice } from './worlds/dice.ts';
let log:any[]=[];const see=Dice.prototype.see;
Dice.prototype.see=function(...v:any){const s=new Error().stack!.split('\n').slice(2,4).map(l=>l.trim().replace(/.*worlds/,'')).join(' ');log.push([v.map(String).join(),s]);return see.apply(this,v)};
const w=randomWorld(+process.argv[2]!);const plan=planOf(w,'class');
simulate(w.market,plan);const a=log;log=[];
await play(w.market,plan);const b=log;
// group by instance impossible; naive order: all in step order too
for(let i=0;i<a.length;i++)if(a[i][0]!==b[i]?.[0]){console.log(i);for(let j=i-4;j<i+2;j++)console.log('N',a[j],'\nE',b[j]);break}
