import { createHash } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { localSpecifiers, sourceHash } from '../../src/strategy/source-hash.ts';
import { folderWith } from './load-on.ts';

const FILES = {
  'mine.ts': "import { a } from './lib/a.ts';\nimport { Strategy } from 'lockstep';\nexport default a;\n",
  'lib/a.ts': "export { b as a } from '../lib/b.ts';\n",
  'lib/b.ts': "import './a.ts';\nexport const b = await import('./late.ts');\n",
  'lib/late.ts': 'export const late = 1;\n',
  'lib/unused.ts': 'export const unused = 1;\n',
};
const hashIn = (folder: string, entry = 'mine.ts') => sourceHash(pathToFileURL(join(folder, entry)).href);
const pathsOf = async (files: Record<string, string>) => {
  const { files: found } = await hashIn(folderWith(files));
  return found.map(({ path }) => path);
};

describe('the hash of a source', () => {
  test('covers the entry and all that it imports, once each, in the order of their paths', async () => {
    const { files } = await hashIn(folderWith(FILES));
    expect(files.map(({ path }) => path)).toEqual(['lib/a.ts', 'lib/b.ts', 'lib/late.ts', 'mine.ts']);
    expect(files[3]!.sha256).toBe(createHash('sha256').update(FILES['mine.ts']).digest('hex'));
  });

  test('does not depend on the folder', async () => {
    const one = await hashIn(folderWith(FILES));
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashIn(folderWith(FILES))).toEqual(one);
  });

  test('does not depend on a link that leads to the entry', async () => {
    const folder = folderWith(FILES);
    const other = folderWith({});
    symlinkSync(join(folder, 'mine.ts'), join(other, 'link.ts'));
    expect(await hashIn(other, 'link.ts')).toEqual(await hashIn(folder));
  });

  test.each(['mine.ts', 'lib/a.ts', 'lib/late.ts'])('changes with %s', async (name) => {
    const folder = folderWith(FILES);
    const before = await hashIn(folder);
    writeFileSync(join(folder, name), `${FILES[name as keyof typeof FILES]} `);
    expect((await hashIn(folder)).hash).not.toBe(before.hash);
  });

  test('does not change with a file that is not imported', async () => {
    const folder = folderWith(FILES);
    const before = await hashIn(folder);
    writeFileSync(join(folder, 'lib/unused.ts'), '');
    expect(await hashIn(folder)).toEqual(before);
  });

  test('changes when a file moves, though all say the same', async () => {
    const entry = "await import('./a.ts').catch(() => import('./b.ts'));";
    const here = await hashIn(folderWith({ 'mine.ts': entry, 'a.ts': '' }));
    const there = await hashIn(folderWith({ 'mine.ts': entry, 'b.ts': '' }));
    expect(there.hash).not.toBe(here.hash);
  });

  test('leaves out packages and Lockstep itself', async () => {
    const ours = new URL('../../src/index.ts', import.meta.url).href;
    const paths = await pathsOf({
      'mine.ts': `import 'left-pad'; import './node_modules/left-pad/index.js'; import '${ours}';`,
      'node_modules/left-pad/index.js': '',
    });
    expect(paths).toEqual(['mine.ts']);
  });

  test('covers what a # import of the package means', async () => {
    const paths = await pathsOf({
      'mine.ts': "import '#half';",
      'package.json': '{ "imports": { "#half": "./lib/half.ts" } }',
      'lib/half.ts': '',
    });
    expect(paths).toEqual(['lib/half.ts', 'mine.ts']);
  });

  test('covers data that is imported, without looking for imports in it', async () => {
    const paths = await pathsOf({
      'mine.ts': "import table from './table.json' with { type: 'json' };",
      'table.json': `["import './other.ts'"]`,
      'other.ts': '',
    });
    expect(paths).toEqual(['mine.ts', 'table.json']);
  });

  test('is not there for a file that is not', async () => {
    await expect(hashIn(folderWith({}))).rejects.toThrow('ENOENT');
  });
});

describe('an import is found', () => {
  test.each([
    ["import './a.ts';", './a.ts'],
    ['import "../a.ts";', '../a.ts'],
    ["import{a}from'./a.ts'", './a.ts'],
    ["import a, * as b from './a.ts';", './a.ts'],
    ["import {\n  a,\n  b,\n} from './a.ts';", './a.ts'],
    ["export * from './a.ts';", './a.ts'],
    ["import type { A } from './a.ts';", './a.ts'],
    ["await import('./a.ts')", './a.ts'],
    ['await import(`./a.ts`)', './a.ts'],
    ["await import(\n  // late\n  './a.ts',\n)", './a.ts'],
    ["import /* a * b **/ './a.ts';", './a.ts'],
    ["require('./a.cjs')", './a.cjs'],
    ["import '/absolute/a.ts';", '/absolute/a.ts'],
    ["import 'file:///absolute/a.ts';", 'file:///absolute/a.ts'],
    ["import '#a';", '#a'],
  ])('%j', (source, specifier) => {
    expect(localSpecifiers(source).map((found) => found.specifier)).toEqual([specifier]);
  });

  test.each(["import 'rxjs';", "const from = './a.ts';", 'import(`./${a}.ts`)', "import('.' + './a.ts')"])(
    'but not in %j',
    (source) => {
      expect(localSpecifiers(source)).toEqual([]);
    },
  );

  test('on its line', () => {
    expect(localSpecifiers("\nimport './a.ts';\n\nimport './b.ts';")).toEqual([
      { specifier: './a.ts', line: 2 },
      { specifier: './b.ts', line: 4 },
    ]);
  });

  test('in linear time, whatever stands between', () => {
    const source = `import ${'/* a */ '.repeat(20_000)}`;
    expect(localSpecifiers(source)).toEqual([]);
  });
});
