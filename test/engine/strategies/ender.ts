/** Ends its thread, or never ends: what no strategy should do and some will. */
import { isMainThread } from 'node:worker_threads';
import { choice, type Context, integer, Strategy } from '../../../src/index.ts';

export const WAYS = [
  'exit',
  'throw later',
  'reject later',
  'loop',
  'clock',
  'order in onStart',
  'order in onEnd',
  'cancel in onEnd',
  'nothing',
] as const;

export default class Ender extends Strategy.with({
  way: choice('exit', WAYS),
  on: integer(0),
  at: integer(3),
}) {
  override onStart(ctx: Context) {
    if (this.params.way === 'order in onStart' && this.params.on === 1) ctx.buy(1);
  }

  override onTick(_bar: unknown, ctx: Context) {
    const { way, on, at } = this.params;
    if (on !== 1 || ctx.step !== at) return;
    if (way === 'exit') process.exit(7);
    if (way === 'clock') ctx.log(String(Date.now()));
    if (way === 'throw later') queueMicrotask(() => fail());
    if (way === 'reject later') void Promise.reject(new Error('nobody heard'));
    if (way === 'loop') for (;;) if (isMainThread) throw new Error('for threads only');
  }

  override onEnd(ctx: Context) {
    if (this.params.on !== 1) return;
    if (this.params.way === 'order in onEnd') ctx.sell(1);
    if (this.params.way === 'cancel in onEnd') ctx.cancel(1);
  }
}

function fail(): never {
  throw new Error('too late');
}
