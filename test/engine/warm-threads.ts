/**
 * To be imported by tests that start many threads: lets them share compiled modules, which more than halves the start of each.
 *
 * Threads read the variable as they start; nothing that a run computes depends on it.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'lockstep-compile-cache');
