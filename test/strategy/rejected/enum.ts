import { Strategy } from 'lockstep';

enum Side {
  Long,
  Short,
}

export default class extends Strategy {
  side = Side.Long;
}
