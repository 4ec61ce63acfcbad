#!/usr/bin/env node
/**
 * Where a process starts, in plain JavaScript that any Node can run: looks whether this one can run the rest.
 *
 * An old Node cannot load a `.ts` file at all, so the check cannot stand in one. `npm ci` puts the right Node into
 * node_modules/.bin, where npm scripts find it first; with `--ignore-scripts` it is not there, and we end up here with
 * whatever Node the machine has.
 *
 * Compiled code is kept in the system's temporary folder (NODE_DISABLE_COMPILE_CACHE=1 turns that off): it takes a third of a
 * second off each start. Not while coverage is measured, which it makes coarse.
 */
import nodeModule from 'node:module';

const NODE_MIN = 24;
const { node } = process.versions;

if (Number.parseInt(node, 10) < NODE_MIN) {
  process.stderr.write(
    `lockstep needs Node ${NODE_MIN} or newer, and this is ${node}: ` +
      'run it by `npm start` or `npm run lockstep --` after `npm ci` (which brings Node 26 for this project), or install a newer Node\n',
  );
  process.exitCode = 2;
} else {
  if (process.env['NODE_V8_COVERAGE'] === undefined) nodeModule.enableCompileCache();
  await import('./main.ts');
}
