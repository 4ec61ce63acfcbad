import { Context, Strategy } from 'lockstep';

export default class extends Strategy {
  override onStart(_ctx: Context): void {}
}
