import { Strategy } from 'lockstep';
import { half } from './helpers/half.js';

export default class extends Strategy {
  half = half;
}
