import { play } from './support/play.ts';
import { simulate } from './naive.ts';
import { planOf, randomWorld } from './worlds/world.ts';
import { Trader } from './worlds/trader.ts';
let log:any[]=[];
const act=Trader.prototype.act;
Trader.prototype.act=function(desk:any,n:any){const d={...desk,get bar(){return desk.bar},cancel:(id:number)=>{let r;try{r=desk.cancel(id)}catch(e:any){log.push(`cancel ${id} ${e.message}`);throw e};log.push(`cancel ${id} ${r}`);return r},replace:(id:number,c:any)=>{let r;try{r=desk.replace(id,c)}catch(e:any){log.push(`replace ${id} ${JSON.stringify(c)} ${e.message}`);throw e};log.push(`replace ${id} ${JSON.stringify(c)} ${r}`);return r}};return act.call(this,d,n)};
const w=randomWorld(+process.argv[2]!);const plan=planOf(w,'class');
simulate(w.market,plan);const a=log;log=[];
await play(w.market,plan);const b=log;
for(let i=0;i<a.length;i++)if(a[i]!==b[i]&&!(/is not the|never/.test(a[i])&&/is not the|never/.test(b[i]))){console.log(i);for(let j=i-2;j<i+2;j++)console.log('N',a[j],'\nE',b[j]);break}
