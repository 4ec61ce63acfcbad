import { Strategy } from 'lockstep';

namespace Limits {
  export const loss = 1;
}

export default class extends Strategy {
  loss = Limits.loss;
}
