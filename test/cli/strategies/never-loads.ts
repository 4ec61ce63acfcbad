/** Its module waits for what never comes. What it writes says that it is there. */
import { writeSync } from 'node:fs';
import { Strategy } from 'lockstep';

writeSync(2, 'waiting\n');
await new Promise(() => {});

export default class NeverLoads extends Strategy {}
