/**
 * The command line: which commands and flags there are, and nothing else. Started by launch.js, which looks at the version
 * of Node first.
 *
 * Commander exits with 1 for a wrong usage; ours is 2, so it throws and we say how the process ends.
 */
import { Command, CommanderError } from 'commander';
import {
  DEFAULT_RULES,
  INTRABAR_POLICIES,
  LIMIT_TOUCHES,
  type LimitsSpec,
  PRESETS,
} from '../broker/policies.ts';
import { parseTime } from '../sources/timestamp.ts';
import { parseAccount } from './account-specs.ts';
import { parseCommission, parseSlippage } from './cost-specs.ts';
import { endingOf, EXIT } from './exit.ts';
import { LIMIT_EXAMPLES, parseLimit, parseMaxVolume } from './limit-specs.ts';
import { inspect } from './inspect.ts';
import { parseShare } from './portion-text.ts';
import { replay } from './replay.ts';
import {
  parseAmount,
  parseChoice,
  parseLength,
  parseSymbols,
  parseWarmup,
  parseWhole,
  parseWorkers,
} from './specs.ts';
import { StrategyFlags } from './strategy-flags.ts';
import { verify } from './verify.ts';
import { version } from './version.ts';

/** Of flags whose default reads better in words than as commander would print it. */
const DEFAULTS = {
  warmup: { steps: 0 },
  deterministic: false,
  csv: false,
  json: false,
  quiet: false,
};
const strategies = new StrategyFlags();

// Whoever reads us may stop reading (`| head`): that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const program = new Command('lockstep')
  .description('A deterministic, multi-threaded, event-driven backtester')
  .version(version)
  .exitOverride()
  .helpCommand(false);

program
  .command('replay')
  .description('run strategies over candles, print the result, and keep it in a folder')
  .argument('<candles...>', 'files (.csv, .csv.gz), folders or globs; NAME=path names the symbol')
  .option('-s, --strategy <file#export>', 'module with a strategy class; repeatable, in order', (spec) =>
    strategies.addStrategy(spec),
  )
  .option(
    '-p, --param <name=value>',
    'for the -s before it; SYMBOL.name=value for one symbol; repeatable',
    (text) => strategies.addParam(text),
  )
  .option('--symbols <a,b>', 'keep these', parseSymbols)
  .option('--from <time>', 'first bar, such as 2024-03-01 or 2024-03-01T09:30 (UTC)', parseTime)
  .option('--to <time>', 'the bar before which to stop', parseTime)
  .option(
    '--warmup <steps or duration>',
    'before --from or the portion, or at the start (default: 0)',
    parseWarmup,
  )
  .option('--interval <duration>', 'length of a bar, such as 1m (default: detected)', (text) =>
    parseLength('--interval', text),
  )
  .option('--resample <duration>', 'first make longer bars of the given ones, such as 5m, 1h or 1d', (text) =>
    parseLength('--resample', text),
  )
  .option('--data-frac <f>', 'cut the timeline into ⌊1/f⌋ portions: 0.1, 10% or 1/3', parseShare, 1)
  .option('--portion <k>', 'which of them to replay', (text) => parseWhole('--portion', text, 1), 1)
  .option('--instruments <file>', 'JSON with lot, tick, multiplier, spread and costs by symbol')
  .option(
    '--fills <preset>',
    `whose rules fill orders: ${PRESETS.join(', ')}`,
    (text) => parseChoice('--fills', text, PRESETS),
    DEFAULT_RULES.fills.preset,
  )
  .option(
    '--intrabar <policy>',
    `what came first within a bar: ${INTRABAR_POLICIES.join(', ')} (default: ${DEFAULT_RULES.intrabar})`,
    (text) => parseChoice('--intrabar', text, INTRABAR_POLICIES),
  )
  .option(
    '--limit-touch <rule>',
    `whether a touch fills a limit: ${LIMIT_TOUCHES.join(', ')} (default: ${DEFAULT_RULES.limitTouch})`,
    (text) => parseChoice('--limit-touch', text, LIMIT_TOUCHES),
  )
  .option('--cash <amount>', 'starting cash', (text) => parseAmount('--cash', text), DEFAULT_RULES.cash)
  .option(
    '--account <spec>',
    'cash, "leverage 10", reg-t, "margin 50%" or "margin 50%/25%/30%" (default: what the strategies ask for)',
    parseAccount,
  )
  .option(
    '--limit <name=value>',
    `what entries may not pass: ${LIMIT_EXAMPLES}; repeatable`,
    (text, before?: LimitsSpec) => parseLimit(text, before),
  )
  .option(
    '--commission <spec>',
    'none (default), 0.1%, 0.005/share, 2/contract, 1/order, min 1, max 20, or a sum of them with +',
    (text) => parseCommission(text),
  )
  .option(
    '--slippage <spec>',
    'none (default), 2bps, 0.05%, 0.01 (price), spread (half of it), or a sum of them with +',
    (text) => parseSlippage(text),
  )
  .option('--max-volume <share>', "most of a bar's volume that is filled, 0.1 or 10%", parseMaxVolume)
  .option('--workers <spec>', 'auto, inline, symbols, or a number of threads', parseWorkers, 'auto')
  .option('--max-workers <n>', 'cap for auto', (text) => parseWhole('--max-workers', text, 1))
  .option('--seed <n>', 'of ctx.random', (text) => parseWhole('--seed', text, 0), 0)
  .option('--deterministic', 'ambient time, randomness, timers and network are errors')
  .option('--out <dir>', 'folder of the run (default: runs/<id>)')
  .option('--csv', 'write CSV beside Arrow')
  .option('--json', 'print one JSON document and nothing else')
  .option('--quiet', 'print the digest and the folder only')
  .option('--no-color', 'no colours, as with NO_COLOR')
  .action(async (candles: string[], flags) => {
    process.exitCode = await replay(candles, { ...DEFAULTS, ...flags, strategies: strategies.list });
  });

program
  .command('inspect')
  .description('say what candle files are read as: layout, times, range, gaps, first bars')
  .argument('<candles...>', 'files (.csv, .csv.gz), folders or globs; NAME=path names the symbol')
  .option('--symbols <a,b>', 'keep these', parseSymbols)
  .option('--from <time>', 'first bar, such as 2024-03-01 or 2024-03-01T09:30 (UTC)', parseTime)
  .option('--to <time>', 'the bar before which to stop', parseTime)
  .option('--interval <duration>', 'length of a bar, such as 1m (default: detected)', (text) =>
    parseLength('--interval', text),
  )
  .option('--json', 'print one JSON document and nothing else')
  .option('--no-color', 'no colours, as with NO_COLOR')
  .action(async (candles: string[], flags) => {
    process.exitCode = await inspect(candles, { json: false, ...flags });
  });

program
  .command('verify')
  .description('run again from a run’s manifest, and compare digests')
  .argument('<run>', 'folder of the run')
  .option('--across-workers', 'compare inline with one thread a symbol too')
  .option('--no-color', 'no colours, as with NO_COLOR')
  .action(async (folder: string, flags) => {
    process.exitCode = await verify(folder, { acrossWorkers: false, ...flags });
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.input;
  else {
    const { code, text } = endingOf(error);
    process.exitCode = code;
    process.stderr.write(`${text}\n`);
  }
}
// A strategy's timer or socket would keep the process alive for ever: we are done when everything is out.
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit();

/** When all that was written before is out, or its reader is gone. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}
