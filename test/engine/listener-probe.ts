/** A run with a listener that throws, in a process of its own: what is caught by nobody must not end the tests. */
import { play } from '../support/play.ts';
import { flatMarket, planWith, strategyAt } from './stage.ts';

const [way] = process.argv.slice(2);
const listener = (): never => {
  throw new Error('the disk is full');
};
await play(flatMarket(['A', 'B'], 12), planWith([strategyAt('slow', { turns: 1 })]), {
  workers: way === 'inline' ? 'inline' : Number(way),
  listeners: [listener],
}).then(
  () => console.log('the run succeeded'),
  (error: Error) => console.log(`rejected: ${error.message}`),
);
