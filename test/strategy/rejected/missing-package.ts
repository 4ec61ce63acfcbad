import { Strategy } from 'lockstep';
import { half } from 'no-such-package';

export default class extends Strategy {
  half = half;
}
