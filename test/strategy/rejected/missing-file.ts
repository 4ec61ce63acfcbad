import { Strategy } from 'lockstep';
import { half } from './helpers/quarter.ts';

export default class extends Strategy {
  half = half;
}
