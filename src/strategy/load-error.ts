/**
 * Why a module did not load, in the words of someone who writes strategies: what to write instead.
 *
 * Node runs TypeScript by blanking out its types. What is not only types it refuses, and an import has to be written as it
 * is resolved, with its ending. TypeScript's own settings for that are `erasableSyntaxOnly`, `verbatimModuleSyntax` and
 * `allowImportingTsExtensions`: with them an editor says all of this earlier.
 *
 * Node says what it found and where, in its message and on the first lines of the stack (`file:line`, the line of source, a
 * caret). We look at both, and where they do not tell enough, at the files.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, isAbsolute, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AmbientError } from '../kernel/ambient-guard.ts';
import { didYouMean, InputError, type Place } from '../kernel/input-error.ts';
import { localSources, localSpecifiers, resolveLocal } from './source-hash.ts';

/** What Node calls it, and what to write instead. The first that its message contains. */
const REFUSED_SYNTAX: readonly (readonly [string, string])[] = [
  [
    'enum',
    "an enum is not only types; write `const Side = { Long: 'long', Short: 'short' } as const` and " +
      '`type Side = (typeof Side)[keyof typeof Side]`',
  ],
  [
    'parameter property',
    'a parameter property is not only types; declare a field and assign it: ' +
      '`readonly size: number; constructor(size: number) { this.size = size; }`',
  ],
  [
    'namespace',
    'a namespace is not only types; put its contents into a module of their own, or into an object',
  ],
  [
    'import equals',
    "`import x = …` is not only types; write `import x from '…'` or `import * as x from '…'`, " +
      'and for a name inside of a namespace `const x = …`',
  ],
  ['export assignment', '`export =` is not only types; write `export default …`'],
];

const LOADER = new URL('loader.', import.meta.url).href;

interface Found {
  readonly file?: string;
  readonly line?: number;
  /** The line of source that Node shows. */
  readonly text: string;
}

/** The error to throw instead of what an import of `entryUrl` rejected with. */
export async function explainLoadError(error: unknown, entryUrl: string): Promise<Error> {
  if (error instanceof InputError || error instanceof AmbientError) return error;
  const entry = fileURLToPath(entryUrl);
  if (!(error instanceof Error))
    return new InputError(`it threw ${String(error)} while it was loaded`, at(entry));
  const { code, url } = error as Error & { code?: string; url?: string };
  const found = placeIn(error.stack ?? '');
  const place = at(found.file ?? entry, found.line);
  const { message } = error;
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return refusedSyntax(message, place);
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return unknownExtension(message, entry);
  if (code === 'ERR_UNSUPPORTED_DIR_IMPORT' || code === 'ERR_MODULE_NOT_FOUND')
    return missingModule(message, url, entry);
  const stack = strategyStack(error);
  if (error instanceof SyntaxError && !stack.includes('\n')) {
    const missing = /^The requested module '(.+)' does not provide an export named '(.+)'$/.exec(message);
    if (missing !== null) return missingExport(missing[1]!, missing[2]!, found, entry);
    return brokenSyntax(message, found, entry);
  }
  return new InputError(`it threw while it was loaded:\n${stack}`, at(entry));
}

function refusedSyntax(message: string, place: Place): InputError {
  const advice = REFUSED_SYNTAX.find(([words]) => message.includes(words))?.[1] ?? message;
  return new InputError(
    `Node runs TypeScript by removing its types. ${advice[0]!.toUpperCase()}${advice.slice(1)}`,
    place,
  );
}

async function brokenSyntax(message: string, found: Found, entry: string): Promise<InputError> {
  if (found.file !== undefined)
    return new InputError(`${message}: ${found.text.trim()}`, at(found.file, found.line));
  // Of what is not TypeScript's fault, Node does not tell the place, except when it prints the error and ends.
  const decorator = await decoratorIn(entry);
  if (decorator === undefined)
    return new InputError(`${message}, in this file or in one that it imports`, at(entry));
  return new InputError(
    'decorators are not part of JavaScript yet, and not only types; leave them out. Parameters of a strategy are ' +
      'declared by `extends Strategy.with({ … })`, other things by a call',
    decorator,
  );
}

/** The first line of the sources that begins with a decorator. */
async function decoratorIn(entry: string): Promise<Place | undefined> {
  for (const [file, bytes] of await localSources(entry)) {
    const lines = bytes.toString('utf8').split('\n');
    const index = lines.findIndex((line) => /^\s*(?:export\s+)?(?:default\s+)?@[\w$(]/.test(line));
    if (index >= 0) return at(file, index + 1);
  }
  return undefined;
}

function unknownExtension(message: string, entry: string): InputError {
  const [, extension, file] = /"(.*)" for (.+)$/.exec(message) ?? [];
  const place = at(file ?? entry);
  if (extension === '.tsx' || extension === '.jsx')
    return new InputError(
      `${extension} files hold JSX, which Node does not run; put the strategy into a .ts file`,
      place,
    );
  return new InputError(`${message}; a strategy and what it imports are .ts or .js`, place);
}

async function missingModule(message: string, url: string | undefined, entry: string): Promise<InputError> {
  const [, name, importer] = /'(.+)' .*imported from (.+)$/.exec(message) ?? [];
  const parent = importer === undefined ? entry : pathOf(importer);
  if (url === undefined || !url.startsWith('file:'))
    return new InputError(
      `there is no package "${name}" in its node_modules; install it there: npm install ${name}`,
      at(parent),
    );
  const wanted = fileURLToPath(url);
  if (wanted === entry) return new InputError('there is no such file', at(entry));
  const written = writtenImport(parent, wanted);
  const right = existingInstead(wanted);
  const specifier = written?.specifier ?? relativeSpecifier(wanted, parent);
  const advice =
    right === undefined
      ? `there is no such file, ${shownPath(wanted, process.cwd())}`
      : `an import has to name a file, with its ending; write '${relativeSpecifier(right, parent)}'`;
  return new InputError(`import '${specifier}': ${advice}`, at(parent, written?.line));
}

/** The import in `parent` that asks for `wanted`. */
function writtenImport(parent: string, wanted: string): { specifier: string; line: number } | undefined {
  return localSpecifiers(textOf(parent)).find(({ specifier }) => {
    try {
      return fileURLToPath(new URL(specifier, pathToFileURL(parent))) === wanted;
    } catch {
      return false;
    }
  });
}

/** The file that was meant by a path without an ending, with the ending of compiled output, or of a folder. */
function existingInstead(wanted: string): string | undefined {
  const endings = ['.ts', '.mts', '.js', '.mjs', `${sep}index.ts`, `${sep}index.js`];
  const stems = /\.[cm]?js$/.test(wanted) ? [wanted.slice(0, -extname(wanted).length), wanted] : [wanted];
  return stems.flatMap((stem) => endings.map((ending) => stem + ending)).find((path) => existsSync(path));
}

async function missingExport(
  specifier: string,
  name: string,
  found: Found,
  entry: string,
): Promise<InputError> {
  const parent = found.file ?? entry;
  const place = at(parent, found.line);
  const isReexport = /^\s*export\b/.test(found.text);
  const target =
    specifier === 'lockstep'
      ? fileURLToPath(import.meta.resolve('lockstep'))
      : await resolveLocal(specifier, parent);
  if (target === undefined || (await declaresType(target, name, new Set())))
    return new InputError(
      `'${specifier}' exports no value "${name}". If it is a type, say so, for types are removed: ` +
        `\`${isReexport ? 'export' : 'import'} type { ${name} } from '${specifier}'\``,
      place,
    );
  const hint = didYouMean(name, exportedNames(textOf(target)));
  return new InputError(`'${specifier}' exports no "${name}"${hint}`, place);
}

/** Whether a file, or one that it passes on, declares a type of that name. */
async function declaresType(file: string, name: string, seen: Set<string>): Promise<boolean> {
  if (seen.has(file)) return false;
  seen.add(file);
  const source = textOf(file);
  if (
    new RegExp(String.raw`\b(?:interface|type)\s+${name.replaceAll('$', String.raw`\$`)}(?![\w$])`).test(
      source,
    )
  )
    return true;
  for (const { specifier } of localSpecifiers(source)) {
    const next = await resolveLocal(specifier, file);
    if (next !== undefined && (await declaresType(next, name, seen))) return true;
  }
  return false;
}

/** Names of values that a source exports, as far as a glance can tell: for a hint only. */
function exportedNames(source: string): string[] {
  const declared = source.matchAll(
    /\bexport\s+(?:async\s+)?(?:const|let|var|class|function)\b\s*\*?\s*([\w$]+)/g,
  );
  const listed = source.matchAll(/\bexport\s*\{([^}]*)\}/g);
  return [
    ...[...declared].map((match) => match[1]!),
    ...[...listed].flatMap((match) =>
      match[1]!.split(',').map(
        (item) =>
          item
            .trim()
            .split(/\s+as\s+/)
            .at(-1)!,
      ),
    ),
  ].filter((name) => name !== '');
}

/** What Node puts before the message: `file:line`, the line, a caret. */
function placeIn(stack: string): Found {
  const [first = '', text = ''] = stack.split('\n');
  const match = /^(.+):(\d+)$/.exec(first);
  const file = match === null ? '' : pathOf(match[1]!);
  return isAbsolute(file) ? { file, line: Number(match![2]), text } : { text: '' };
}

/** The stack as far as it is the strategy's: from the throw to our import, without Node's own frames. */
function strategyStack({ name, message, stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line) && !/\bnode:/.test(line));
  const ours = frames.findIndex((line) => line.includes(LOADER));
  return [`${name}: ${message}`, ...frames.slice(0, ours < 0 ? frames.length : ours)].join('\n');
}

/** Relative to `cwd` if it lies below, since that is what the user typed. */
export function shownPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown === '' || shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}

function at(path: string, line?: number): Place {
  const file = shownPath(path, process.cwd());
  return line === undefined ? { file } : { file, line };
}

function relativeSpecifier(file: string, parent: string): string {
  const path = relative(dirname(parent), file).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function pathOf(pathOrUrl: string): string {
  return pathOrUrl.startsWith('file:') ? fileURLToPath(pathOrUrl) : pathOrUrl;
}
