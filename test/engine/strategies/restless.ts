/** Leaves a timer running for ever, which keeps a thread alive that waits for it. */
import { Strategy } from '../../../src/index.ts';

setInterval(() => {}, 1_000);

export default class Restless extends Strategy {}
