import { Strategy } from 'lockstep';

class Sound extends Strategy {}
export = Sound;
