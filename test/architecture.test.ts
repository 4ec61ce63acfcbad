/** What the code promises about itself: layers, seams, dependencies, and that nothing lies about unexplained. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');

/** A file imports from its own folder and from folders above it in this list. */
const LAYERS = ['kernel', 'market', 'rolling', 'broker', 'strategy', 'record', 'engine', 'sources', 'cli'];
/** The public faces may import everything, and nobody in `src` imports them. */
const FACES = ['index.ts', 'testing.ts'];
/** Tools, not imported by tests or sources; vitest is imported by every test. */
const TOOLS = ['@biomejs/biome', '@types/node', '@typescript/native', 'node', 'oxlint', 'vitest'];

interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function filesIn(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
      .map(({ parentPath, name }) => {
        const text = readFileSync(join(parentPath, name), 'utf8');
        return { path: relative(ROOT, join(parentPath, name)), text, imports: importsOf(text) };
      }),
  );
}

/** Specifiers of `import … from`, `export … from`, `import '…'` and `import('…')`. */
function importsOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const found = [...code.matchAll(/^\s*(?:import|export)\b[^'"`;]*?from\s*'([^']+)'/gm)];
  found.push(...code.matchAll(/^\s*import\s*'([^']+)'/gm), ...code.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g));
  return found.map((match) => match[1]!);
}

/** `@scope/name/deep` is of `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const isLocal = (specifier: string) => specifier.startsWith('.') || specifier.startsWith('/');
const sources = filesIn('src');
const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

describe('layers', () => {
  const layerOf = (path: string) => path.split('/')[1]!;

  test('are the folders of src, and beside them lie only the public faces', () => {
    const entries = readdirSync(SRC, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(folders.sort()).toEqual([...LAYERS].sort());
    expect(
      entries
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...FACES].sort());
  });

  test('were looked at: there are files, and imports in them', () => {
    expect(sources.length).toBeGreaterThan(50);
    for (const layer of LAYERS)
      expect(sources.filter(({ path }) => layerOf(path) === layer).length, layer).toBeGreaterThan(0);
    expect(sources.flatMap(({ imports }) => imports).filter(isLocal).length).toBeGreaterThan(100);
    // As many as the plainest of searches finds.
    const plain = sources.map(({ text }) => text.match(/ from '\.[^']*';$/gm)?.length ?? 0);
    expect(sources.map(({ imports }) => imports.filter(isLocal).length).every((n, i) => n >= plain[i]!)).toBe(
      true,
    );
  });

  test('import downwards only', () => {
    const wrong: string[] = [];
    for (const { path, imports } of sources) {
      for (const specifier of imports.filter(isLocal)) {
        const target = relative(ROOT, resolve(ROOT, dirname(path), specifier));
        expect(existsSync(join(ROOT, target)), `${path} imports ${specifier}`).toBe(true);
        const [from, to] = [LAYERS.indexOf(layerOf(path)), LAYERS.indexOf(layerOf(target))];
        const isAllowed =
          FACES.includes(layerOf(path)) || (to >= 0 && to <= from) || target === 'package.json';
        if (!isAllowed) wrong.push(`${path} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('have no circle of imports within them', () => {
    const graph = new Map(
      sources.map(({ path, text }) => [
        path,
        importsOf(text.replaceAll(/^\s*(?:import|export) type[\s\S]*?;$/gm, ''))
          .filter(isLocal)
          .map((specifier) => relative(ROOT, resolve(ROOT, dirname(path), specifier))),
      ]),
    );
    const done = new Set<string>();
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) expect.fail([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (done.has(path)) return;
      for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) walk(path, []);
    expect(done.size).toBeGreaterThanOrEqual(sources.length);
  });
});

describe('dependencies', () => {
  const importersOf = (name: string, files: readonly SourceFile[]) =>
    files
      .filter(({ imports }) => imports.some((s) => !isLocal(s) && packageOf(s) === name))
      .map(({ path }) => path);

  test.each(Object.keys(packageJson.dependencies))('%s is imported by exactly one file', (name) => {
    expect(importersOf(name, sources)).toHaveLength(1);
  });

  test('of development are used by somebody, or are tools that are run', () => {
    const others = filesIn('test', 'bench', 'fixtures');
    const names = Object.keys(packageJson.devDependencies);
    expect(names).toEqual(expect.arrayContaining(TOOLS));
    for (const name of names.filter((name) => !TOOLS.includes(name)))
      expect(importersOf(name, others), name).not.toEqual([]);
    expect(importersOf('vitest', others).length).toBeGreaterThan(30);
  });

  test('are all declared: sources import nothing else', () => {
    const strange = sources.flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => !isLocal(specifier) && !isBuiltin(specifier))
        .filter((specifier) => !Object.hasOwn(packageJson.dependencies, packageOf(specifier)))
        .map((specifier) => `${path} imports ${specifier}`),
    );
    expect(strange).toEqual([]);
  });
});

describe('raw calls', () => {
  /** Time, chance and timers go through the seams of the kernel. */
  const AMBIENT =
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bMath\.random\b|\bprocess\.hrtime\b|\brandomUUID\b|\bgetRandomValues\b|\bTemporal\.Now\b/;
  /** Their last bits are the implementation's choice. */
  const IMPRECISE =
    /\bMath\.(?:exp|expm1|log|log2|log10|log1p|pow|cbrt|hypot|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh)\b|(?<![*/])\*\*(?![*/])/;
  /** What is in these can change a decision. */
  const DECIDING = new Set(['kernel', 'market', 'rolling', 'broker', 'strategy', 'engine', 'sources']);
  const MARK = '// ambient-ok';

  /** Lines of code, without comments and what is quoted. */
  function linesWith(pattern: RegExp, files: readonly SourceFile[]): string[] {
    return files.flatMap(({ path, text }) => {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''));
      return code.split('\n').flatMap((line, index) => {
        const bare = line.replace(/\/\/.*$/, '').replaceAll(/'[^']*'|`[^`$]*`/g, "''");
        return !line.includes(MARK) && pattern.test(bare) ? [`${path}:${index + 1}: ${line.trim()}`] : [];
      });
    });
  }

  test('for time and chance are made at the seams alone, on lines that say so', () => {
    expect(linesWith(AMBIENT, [...sources, ...filesIn('strategies')])).toEqual([]);
    expect(sources.filter(({ text }) => text.includes(MARK)).map(({ path }) => dirname(path))).toEqual(
      expect.arrayContaining(['src/kernel']),
    );
  });

  test('of imprecise functions are not made where they could change a decision', () => {
    const deciding = sources.filter(({ path }) => DECIDING.has(path.split('/')[1]!));
    const allowed = [
      /\b2 \*\* -?\d+/, // Exact: a shift of the exponent.
      /^src\/kernel\/wait\.ts:.*JITTER/, // How long a test dawdles.
      /^src\/sources\/timestamp\.ts:.*\b10 \*\* \(MS_DIGITS - length\)/, // A small whole power of ten.
    ];
    const lines = linesWith(IMPRECISE, deciding);
    expect(lines.filter((line) => !allowed.some((pattern) => pattern.test(line)))).toEqual([]);
    for (const pattern of allowed)
      expect(
        lines.some((line) => pattern.test(line)),
        String(pattern),
      ).toBe(true);
  });

  test('would be seen', () => {
    const file = (text: string): SourceFile => ({ path: 'x.ts', text, imports: [] });
    const seen = ['const t = Date.now();', 'f(new Date());', 'x = performance.now()', 'Math.random() < 1'];
    for (const text of seen) expect(linesWith(AMBIENT, [file(text)]), text).toHaveLength(1);
    for (const text of ['Math.exp(x)', 'y = x ** 3', 'Math.log10(2)'])
      expect(linesWith(IMPRECISE, [file(text)]), text).toHaveLength(1);
    for (const text of [
      `Date.now() ${MARK}`,
      '// Date.now()',
      '/* Date.now() */',
      "'Date.now'",
      'new Date(t)',
    ])
      expect(linesWith(AMBIENT, [file(text)]), text).toEqual([]);
  });
});

describe('folders', () => {
  test('of strategies hold nothing that their README does not link', () => {
    const readme = readFileSync(join(ROOT, 'strategies/README.md'), 'utf8');
    const files = filesIn('strategies').map(({ path }) => path.slice('strategies/'.length));
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !readme.includes(`(${file})`))).toEqual([]);
    const links = [...readme.matchAll(/\]\(([^)]+\.ts)\)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !files.includes(link))).toEqual([]);
  });

  test('of strategies alone have default exports, one in each shipped file', () => {
    const isDefault = /^export (?:default\b|\{[^}]*\bas default\b)/m;
    expect(sources.filter(({ text }) => isDefault.test(text)).map(({ path }) => path)).toEqual([]);
    const shipped = filesIn('strategies').filter(({ path }) => path.split('/').length === 2);
    expect(shipped.length).toBeGreaterThanOrEqual(5);
    expect(shipped.filter(({ text }) => !isDefault.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('hold no leftovers', () => {
    const leftovers = filesIn('src', 'test', 'strategies', 'bench').filter(({ path }) =>
      /scratch|\.orig|\.bak|copy/.test(path),
    );
    expect(leftovers.map(({ path }) => path)).toEqual([]);
  });
});
