import { Strategy } from 'lockstep';
import { Half } from './helpers/half.ts';

export default class extends Strategy {
  half: Half = 0.5;
}
