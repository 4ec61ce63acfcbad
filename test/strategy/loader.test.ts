import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AmbientGuard } from '../../src/kernel/ambient-guard.ts';
import { describeSource, loadStrategy, parseStrategySpec } from '../../src/strategy/loader.ts';
import { folderWith, loadOn, loadText, THREADS } from './load-on.ts';

const urlOf = (folder: string, name: string) => pathToFileURL(join(folder, name)).href;
const refusal = async (source: string, exportName?: string) => (await loadText(source, exportName)).message;

describe('a strategy on the command line', () => {
  const files = {
    'sma-cross.ts': '',
    'a#b/sma.ts': '',
    'strategies/fade.ts': '',
    'view.tsx': '',
    'notes.md': '',
  };

  test.each([
    ['sma-cross.ts', 'sma-cross.ts', 'default'],
    ['./sma-cross.ts#Fast', 'sma-cross.ts', 'Fast'],
    ['sma-cross.ts#', 'sma-cross.ts', 'default'],
    ['a#b/sma.ts', 'a#b/sma.ts', 'default'],
    ['a#b/sma.ts#Slow', 'a#b/sma.ts', 'Slow'],
  ])('%s is the file %s and its export %s', (spec, file, exportName) => {
    const folder = folderWith(files);
    expect(parseStrategySpec(spec, folder)).toEqual({ url: urlOf(folder, file), exportName });
  });

  test('may be an absolute path', () => {
    const folder = folderWith(files);
    const { url } = parseStrategySpec(join(folder, 'sma-cross.ts'), '/');
    expect(url).toBe(urlOf(folder, 'sma-cross.ts'));
  });

  test.each([
    ['sma-cros.ts', 'sma-cros.ts: there is no such file (did you mean "sma-cross.ts"?)'],
    ['sma-cross', 'sma-cross: there is no such file (did you mean "sma-cross.ts"?)'],
    ['fade', `fade: there is no such file (did you mean "${join('strategies', 'fade.ts')}"?)`],
    [
      'strategies/fad.ts',
      `${join('strategies', 'fad.ts')}: there is no such file (did you mean "${join('strategies', 'fade.ts')}"?)`,
    ],
    ['something-else.ts', 'something-else.ts: there is no such file'],
    ['nowhere/sma.ts', `${join('nowhere', 'sma.ts')}: there is no such file, nor a folder nowhere`],
    ['strategies', 'strategies: is a folder; name a file in it, such as fade.ts'],
    ['view.tsx', 'view.tsx: a strategy is a module: .ts, .mts, .cts, .js, .mjs, .cjs'],
    ['notes.md', 'notes.md: a strategy is a module: .ts, .mts, .cts, .js, .mjs, .cjs'],
  ])('%s is refused', (spec, message) => {
    const folder = folderWith(files);
    expect(() => parseStrategySpec(spec, folder)).toThrow(
      expect.objectContaining({ name: 'InputError', message }),
    );
  });
});

describe('the name for tables', () => {
  const source = { url: 'file:///somewhere/sma-cross.ts', exportName: 'default' };
  test('is that of the class and its file', () => {
    expect(describeSource(source, { name: 'SmaCross' })).toBe('SmaCross (sma-cross.ts)');
  });
  test('is that of the file if the class has none', () => {
    expect(describeSource(source, { name: 'default' })).toBe('sma-cross.ts');
    expect(describeSource(source, { name: '' })).toBe('sma-cross.ts');
  });
});

describe.each(THREADS)('on a %s', (thread) => {
  const mine = `
    import { integer, Strategy, PortfolioStrategy, type Context } from 'lockstep';
    import { half } from './lib/half.ts';
    export default class Mine extends Strategy.with({ fast: integer(10) }) {
      override onStart(ctx: Context): void { ctx.log(String(half)); }
    }
    export class Pair extends PortfolioStrategy {}
  `;

  test('a strategy outside of any package finds lockstep, and Node has nothing to say', async () => {
    const folder = folderWith({
      'mine.ts': mine,
      'lib/half.ts': 'export const half: number = 0.5;',
      'package.json': '{ "name": "mine" }', // Without a "type": Node would warn, once in every thread.
    });
    const url = pathToFileURL(join(folder, 'mine.ts')).href;
    const { results, stderr } = await loadOn(thread, [
      { url, exportName: 'default' },
      { url, exportName: 'Pair' },
    ]);
    expect(results).toEqual([{ loaded: 'Mine (mine.ts)' }, { loaded: 'Pair (mine.ts)' }]);
    expect(stderr).toBe('');
  });

  test('a folder that has another lockstep installed gets ours', async () => {
    const folder = folderWith({
      'mine.mjs': "export { Strategy as default } from 'lockstep';",
      'node_modules/lockstep/package.json': '{ "name": "lockstep", "main": "index.js", "type": "module" }',
      'node_modules/lockstep/index.js': 'export class Strategy {}',
    });
    const url = pathToFileURL(join(folder, 'mine.mjs')).href;
    const { results } = await loadOn(thread, [{ url, exportName: 'default' }]);
    // Ours is refused for being the base class, the other would be for not being a strategy.
    expect(results[0]?.message).toContain('is Strategy itself');
  });
});

test('what a module asks the machine while it loads is the guard’s to tell', async () => {
  const url = urlOf(folderWith({ 'mine.mjs': 'export const started = Date.now();' }), 'mine.mjs');
  const guard = AmbientGuard.install();
  onTestFinished(() => guard.remove());
  const loading = guard.duringImport(
    (file) => file === url,
    () => loadStrategy({ url, exportName: 'default' }),
  );
  await expect(loading).rejects.toMatchObject({ name: 'AmbientError', call: 'Date.now' });
});

describe('an export is refused', () => {
  const strategy = "import { Strategy, PortfolioStrategy } from 'lockstep';";

  test.each([
    ['Pear', 'it exports no "Pear" (did you mean "Pair"?); it exports Pair, size'],
    ['toString', 'it exports no "toString"; it exports Pair, size'],
    ['size', '"size" is a number, not a class; export the class of a strategy'],
  ])('if it is %s', async (exportName, message) => {
    const source = `${strategy} export class Pair extends Strategy {} export const size = 1;`;
    expect(await refusal(source, exportName)).toContain(message);
  });

  test('if there is no default, with the names that could be meant', async () => {
    const source = `${strategy} export class Pair extends Strategy {} export class Other {}`;
    expect(await refusal(source)).toMatch(/no default export; say which one you mean: .*mine\.ts#Pair$/);
  });
  test('if there is none at all', async () => {
    expect(await refusal('const unused = 1;\nexport {};')).toContain('it exports nothing');
  });
});
