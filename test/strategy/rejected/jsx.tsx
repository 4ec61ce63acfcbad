import { Strategy } from 'lockstep';

export default class extends Strategy {}
