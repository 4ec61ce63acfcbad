import { Strategy } from 'lockstep';
import { halv } from './helpers/half.ts';

export default class extends Strategy {
  half = halv;
}
