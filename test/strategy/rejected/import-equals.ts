import { Strategy } from 'lockstep';
import fs = require('node:fs');

export default class extends Strategy {
  files = fs;
}
