import { Strategy } from 'lockstep';

function sealed(_class: unknown, _context: unknown): void {}

@sealed
export default class extends Strategy {}
