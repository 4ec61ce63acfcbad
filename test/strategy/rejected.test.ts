/**
 * Modules that Node does not load, one for each reason, in the folder `rejected`: the message says what to write instead.
 */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadOn, loadText, THREADS } from './load-on.ts';
import type { Loaded } from './load-party.ts';

const FOLDER = new URL('./rejected/', import.meta.url);

const REJECTED: readonly (readonly [file: string, line: number | undefined, message: string])[] = [
  ['enum.ts', 3, "write `const Side = { Long: 'long', Short: 'short' } as const`"],
  ['parameter-property.ts', 4, 'declare a field and assign it'],
  ['namespace.ts', 3, 'A namespace is not only types'],
  ['import-equals.ts', 2, "write `import x from '…'`"],
  ['export-assignment.ts', 4, 'write `export default …`'],
  ['angle-brackets.ts', 3, "use the 'as' syntax"],
  [
    'extensionless.ts',
    2,
    "import './helpers/half': an import has to name a file, with its ending; write './helpers/half.ts'",
  ],
  [
    'compiled-ending.ts',
    2,
    "import './helpers/half.js': an import has to name a file, with its ending; write './helpers/half.ts'",
  ],
  [
    'folder-import.ts',
    2,
    "import './helpers': an import has to name a file, with its ending; write './helpers/index.ts'",
  ],
  ['missing-file.ts', 2, "import './helpers/quarter.ts': there is no such file"],
  ['missing-package.ts', undefined, 'npm install no-such-package'],
  ['type-import.ts', 1, "`import type { Context } from 'lockstep'`"],
  ['local-type-import.ts', 2, "`import type { Half } from './helpers/half.ts'`"],
  ['type-reexport.ts', 2, "`export type { Half } from './helpers/half.ts'`"],
  ['misspelt-import.ts', 2, `'./helpers/half.ts' exports no "halv" (did you mean "half"?)`],
  ['decorator.ts', 5, 'decorators are not part of JavaScript yet'],
  ['jsx.tsx', undefined, '.tsx files hold JSX, which Node does not run'],
  ['syntax.ts', 4, 'Expression expected'],
  ['syntax.js', undefined, "Unexpected token ';', in this file or in one that it imports"],
  ['throws.ts', undefined, 'it threw while it was loaded:\nRangeError: no such market\n    at explode ('],
  [
    'throws-syntax-error.ts',
    undefined,
    'it threw while it was loaded:\nSyntaxError: Unexpected end of JSON input\n',
  ],
  ['throws-a-string.ts', undefined, 'it threw thrown as it is while it was loaded'],
];

test('every file of the folder has its line in the table', () => {
  const files = readdirSync(FOLDER).filter((name) => name !== 'helpers');
  expect(REJECTED.map(([file]) => file).toSorted()).toEqual(files.toSorted());
});

describe.each(THREADS)('on a %s', (thread) => {
  let results: readonly Loaded[];
  beforeAll(async () => {
    const sources = REJECTED.map(([file]) => ({ url: new URL(file, FOLDER).href, exportName: 'default' }));
    ({ results } = await loadOn(thread, sources));
  });

  test.each(REJECTED)('%s is refused at line %s', (file, line, message) => {
    const result = results[REJECTED.findIndex((row) => row[0] === file)]!;
    expect(result.error).toBe('InputError');
    expect(result.message).toContain(message);
    expect(result.message).toContain(line === undefined ? `${file}: ` : `${file}:${line}: `);
    expect(result.line).toBe(line);
  });
});

test('what an imported file does wrong is told of that file', async () => {
  const enumUrl = new URL('enum.ts', FOLDER).href;
  const { message, line } = await loadText(`export { default } from '${enumUrl}';`);
  expect(message).toMatch(/enum\.ts:3: /);
  expect(line).toBe(3);
});

test('the stack of what threw ends where our loader begins', async () => {
  const { message } = await loadText("throw new Error('no');");
  expect(message).toMatch(/mine\.ts:1:7\)?$/);
});
