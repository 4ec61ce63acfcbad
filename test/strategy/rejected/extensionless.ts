import { Strategy } from 'lockstep';
import { half } from './helpers/half';

export default class extends Strategy {
  half = half;
}
