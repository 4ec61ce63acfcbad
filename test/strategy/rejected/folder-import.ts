import { Strategy } from 'lockstep';
import { half } from './helpers';

export default class extends Strategy {
  half = half;
}
