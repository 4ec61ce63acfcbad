import { Strategy } from 'lockstep';

const half = <number>0.5;

export default class extends Strategy {
  half = half;
}
