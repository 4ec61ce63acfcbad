import { Strategy } from 'lockstep';

function explode(): never {
  throw new RangeError('no such market');
}

export default class extends Strategy {
  static override readonly params = explode();
}
