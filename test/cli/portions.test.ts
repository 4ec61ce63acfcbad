/** `--data-frac` and `--portion`: the portions tile what there is, and each is a run that can be had again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Candles, choosePortion, readCandles, type Taking } from '../../src/cli/candles.ts';
import { viewsOf } from '../../src/market/bar-store.ts';
import { portionsOf, WHOLE } from '../../src/market/portions.ts';
import type { LoadOptions } from '../../src/sources/candle-files.ts';
import { seeded } from '../support/random.ts';
import { emptyFolder, lockstep, SMALL, strategy } from './cli.ts';

const MINUTE = 60_000;
const NINE = Date.UTC(2024, 2, 4, 9);
const ORDERS = strategy('many-orders');
const NO_WARMUP = { steps: 0 };

/** A folder of files with minutes of a random density, and gaps of hours. */
function randomCandles(random: () => number): string {
  const folder = emptyFolder();
  for (const name of ['A', 'B', 'C']) {
    const density = 0.2 + 0.8 * random();
    const [start, minutes] = [Math.floor(60 * random()), 100 + Math.floor(200 * random())];
    const rows = ['time,open,high,low,close,volume'];
    for (let minute = start; minute < start + minutes; minute++) {
      const isGap = minute > 120 && minute < 180;
      if (isGap || random() >= density) continue;
      rows.push(`${NINE + minute * MINUTE},1,2,0.5,1.5,${minute}`);
    }
    writeFileSync(join(folder, `${name}.csv`), `${rows.join('\n')}\n`);
  }
  return folder;
}

function portionsIn(folder: string, share: number, options: LoadOptions, more: Partial<Taking> = {}) {
  const count = portionsOf(share);
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  return Promise.all(
    numbers.map((number) =>
      readCandles([folder], options, {
        warmup: NO_WARMUP,
        resample: undefined,
        ...more,
        portion: { number, count },
      }),
    ),
  );
}

const traded = ({ times, warmupSteps }: Candles): number[] => [...times.subarray(warmupSteps)];

/** `A 2024-…` of each bar from the first step that is traded. */
function barsTraded({ store, times, warmupSteps }: Candles): string[] {
  return store.symbols.flatMap((symbol) => {
    const { time, close, volume } = viewsOf(symbol);
    return Array.from(time, (t, i) => ({ t, text: `${symbol.name} ${t} ${close[i]} ${volume[i]}` }))
      .filter(({ t }) => t >= times[warmupSteps]!)
      .map(({ text }) => text);
  });
}

describe('portions of candles', () => {
  it('hold every step and every bar exactly once, in order, with and without warm-up, range and longer bars, seed 21', async () => {
    const random = seeded(21);
    // Of more than a half there is one portion, which without --from is a run with its warm-up at the start.
    const shares = [1 / 3, 0.1, 0.07, 0.5, 0.05 + 0.45 * random(), 0.05 + 0.45 * random()];
    const ranges: LoadOptions[] = [{}, { from: NINE + 62 * MINUTE, to: NINE + 251 * MINUTE }];
    for (const share of shares) {
      const folder = randomCandles(random);
      for (const options of ranges) {
        for (const resample of [undefined, 5 * MINUTE]) {
          const taking = { warmup: NO_WARMUP, resample };
          const whole = await readCandles([folder], options, { ...taking, portion: WHOLE });
          const what = JSON.stringify({ share, options, resample });
          for (const warmup of [NO_WARMUP, { steps: 7 }, { ms: 20 * MINUTE }]) {
            const portions = await portionsIn(folder, share, options, { resample, warmup });
            // The window that --from cuts belongs to the warm-up, if there is one.
            const isCut = warmup !== NO_WARMUP && whole.times[0]! < (options.from ?? 0);
            const steps = isCut ? [...whole.times].slice(1) : [...whole.times];
            expect(portions.flatMap(traded), what).toEqual(steps);
            const first = steps[0]!;
            const bars = barsTraded(whole).filter((text) => Number(text.split(' ')[1]) >= first);
            expect(portions.flatMap(barsTraded).sort(), what).toEqual(bars.sort());
            const sizes = portions.map(({ reading }) =>
              reading.portion === null ? whole.times.length : reading.portion.end - reading.portion.first,
            );
            expect(Math.max(...sizes) - Math.min(...sizes), what).toBeLessThanOrEqual(1);
            expect(sizes, what).toEqual(sizes.toSorted((a, b) => b - a));
          }
        }
      }
    }
  });

  it('have the steps before them as warm-up: as many as there are, and it is said if these are fewer', async () => {
    const folder = randomCandles(seeded(22));
    const { times } = await readCandles(
      [folder],
      {},
      { warmup: NO_WARMUP, resample: undefined, portion: WHOLE },
    );
    const third = Math.ceil(times.length / 3);
    const [first, second] = await portionsIn(folder, 1 / 3, {}, { warmup: { steps: 7 } });
    expect(first!.warmupSteps).toBe(0);
    expect(first!.warnings).toEqual(['only 0 steps of warm-up before portion 1 of 3, not 7']);
    expect([...second!.times.subarray(0, 8)]).toEqual([...times.subarray(third - 7, third + 1)]);
    expect([second!.warmupSteps, second!.warnings]).toEqual([7, []]);

    const [, inTime] = await portionsIn(folder, 1 / 3, {}, { warmup: { ms: 10 * MINUTE } });
    const start = traded(inTime!)[0]!;
    expect(start).toBe(times[third]);
    expect(inTime!.times[0]).toBeGreaterThanOrEqual(start - 10 * MINUTE);
    expect([...inTime!.times]).toEqual(
      [...times].filter((t) => t >= start - 10 * MINUTE && t <= inTime!.times.at(-1)!),
    );

    // The first one reaches back to what lies before --from.
    const from = times[20]!;
    const [early] = await portionsIn(folder, 1 / 3, { from }, { warmup: { steps: 7 } });
    expect([early!.warmupSteps, early!.times[0], traded(early!)[0]]).toEqual([7, times[13], from]);
  });

  it('name the symbols that have no part in them', async () => {
    const folder = emptyFolder();
    const rows = (minutes: readonly number[]): string =>
      ['time,open,high,low,close,volume', ...minutes.map((m) => `${NINE + m * MINUTE},1,1,1,1,1`), ''].join(
        '\n',
      );
    writeFileSync(join(folder, 'A.csv'), rows([0, 1, 2, 3, 4, 5]));
    writeFileSync(join(folder, 'LATE.csv'), rows([4, 5]));
    const [early, late] = await portionsIn(folder, 0.5, { symbols: ['A', 'LATE'] });
    expect([early!.store.names, early!.warnings]).toEqual([
      ['A'],
      ['no bars in portion 1 of 2, and so no part in this run: LATE'],
    ]);
    expect([late!.store.names, late!.warnings]).toEqual([['A', 'LATE'], []]);
  });

  it('of more than a half are the whole, with a warning', () => {
    expect(choosePortion(1, 1)).toEqual({ portion: WHOLE, warnings: [] });
    const { portion, warnings } = choosePortion(0.7, 1);
    expect(portion).toEqual(WHOLE);
    expect(warnings.join()).toContain('--data-frac 0.7 leaves nothing out');
  });
});

describe('replay --data-frac --portion', () => {
  const replay = (...args: string[]) => lockstep(['replay', SMALL, '-s', ORDERS, ...args], emptyFolder());

  it('is another run for each portion, and the same for each way to write it', async () => {
    const portion = async (frac: string, k: string) => {
      const { stdout } = await replay('--data-frac', frac, '--portion', k, '--json');
      const { digest, folder, steps, conventions } = JSON.parse(stdout);
      return { digest, folder, steps, conventions };
    };
    const [one, two, three, whole, ...same] = await Promise.all([
      portion('1/3', '1'),
      portion('1/3', '2'),
      portion('1/3', '3'),
      portion('1', '1'),
      portion('0.333', '2'),
      portion('33%', '2'),
    ]);
    expect(new Set([one, two, three, whole].map(({ digest }) => digest)).size).toBe(4);
    expect(new Set([one, two, three, whole].map(({ folder }) => folder)).size).toBe(4);
    expect(one.steps + two.steps + three.steps).toBe(whole.steps);
    expect(whole.conventions.join('\n')).not.toContain('portion');
    for (const other of same) expect(other).toEqual(two);
  });

  it('shows in the header, lies in the manifest, and is what verify runs again, warm-up included', async () => {
    const folder = emptyFolder();
    const args = ['replay', SMALL, '-s', ORDERS, '--out', 'run', '--warmup', '5'];
    const { stdout, code } = await lockstep([...args, '--data-frac', '25%', '--portion', '3'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^portion +3 of 4: steps 146 to 217 of 289; the first has one/m);
    const { reading, warmupSteps } = JSON.parse(readFileSync(join(folder, 'run/manifest.json'), 'utf8'));
    expect(reading.portion).toEqual({ number: 3, count: 4, first: 145, end: 217, steps: 289 });
    expect(warmupSteps).toBe(5);
    const again = await lockstep(['verify', 'run', '--across-workers'], folder);
    expect(again.stdout).toMatch(/^verdict +the same$/m);
    expect([again.code, again.stderr]).toEqual([0, '']);
  });

  it.each([
    [['--data-frac', '0'], '--data-frac is a share of the timeline above 0 and up to 1', ''],
    [['--data-frac', '1.5'], 'not "1.5"', 'the nearest is 1'],
    [['--data-frac', '10'], 'not "10"', 'did you mean "10%"?'],
    [['--data-frac', '1/0'], 'not "1/0"', ''],
    [['--data-frac', '0.5', '--from', '2025-01-01', '--warmup', '3'], 'no bars from 2025-01-01', ''],
    [['--portion', '0'], '--portion is a whole number from 1, not "0"', ''],
    [['--portion', '2'], '--portion 2: --data-frac 1 makes one portion', 'or --data-frac 1/2'],
    [
      ['--data-frac', '1/3', '--portion', '4'],
      '--portion 4: --data-frac 1/3 makes 3 portions',
      'is --portion 3',
    ],
    [
      ['--data-frac', '1/400', '--portion', '300'],
      '--portion 300 of 400 has no steps: the timeline has 289 steps',
      'the nearest is --portion 289, and --data-frac 1/289 leaves none empty',
    ],
  ])('%j is bad input, with the nearest valid choice', async (args, words, nearest) => {
    const { code, stdout, stderr } = await replay(...args);
    expect(stderr).toContain(words);
    expect(stderr).toContain(nearest);
    expect([code, stdout]).toEqual([2, '']);
  });
});
