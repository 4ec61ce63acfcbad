/**
 * From `-s path/to/file.ts#ExportName` to a strategy class, on whatever thread asks for it.
 *
 * A plan carries where a class comes from, not the class: classes cannot be posted to a thread, so every thread loads the
 * module for itself. What goes wrong on the way is the user's to put right, so it is told as an InputError with the file and
 * with what to write instead. It is the same on every thread.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, parse, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { explainLoadError, shownPath } from './load-error.ts';
import { registerLockstepImport } from './lockstep-import.ts';
import type { PortfolioStrategyClass } from './portfolio-strategy.ts';
import { checkStrategyClass, isStrategyClass } from './strategy-class.ts';
import type { StrategyClass } from './strategy.ts';

/** A module that exports a strategy class. Can be posted to a thread. */
export interface ModuleSource {
  /** A `file:` URL. */
  readonly url: string;
  readonly exportName: string;
}

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** Reads `file` or `file#Export`, relative to `cwd`; without `#` the default export. Throws InputError if there is no such file. */
export function parseStrategySpec(spec: string, cwd: string): ModuleSource {
  const hash = spec.lastIndexOf('#');
  // A folder may have a # in its name: what exists as it stands is a file.
  const isPlain = hash < 0 || isFile(resolve(cwd, spec));
  const path = resolve(cwd, isPlain ? spec : spec.slice(0, hash));
  const exportName = isPlain ? 'default' : spec.slice(hash + 1) || 'default';
  const file = shownPath(path, cwd);
  if (!isFile(path)) throw missingFile(path, file, cwd);
  if (!EXTENSIONS.includes(extname(path)))
    throw new InputError(`a strategy is a module: ${EXTENSIONS.join(', ')}`, { file });
  return { url: pathToFileURL(path).href, exportName };
}

/** Imports the module and checks the class. Rejects with InputError if there is anything to put right. */
export async function loadStrategy({
  url,
  exportName,
}: ModuleSource): Promise<StrategyClass | PortfolioStrategyClass> {
  registerLockstepImport();
  const file = shownPath(fileURLToPath(url), process.cwd());
  const module = await importModule(url);
  if (!Object.hasOwn(module, exportName)) throw missingExport(module, exportName, file);
  return checkStrategyClass(module[exportName], file, exportName);
}

/** `SmaCross (sma-cross.ts)`: for people who read a table of strategies. */
export function describeSource(source: ModuleSource, strategyClass: { readonly name: string }): string {
  const file = basename(fileURLToPath(source.url));
  // A class without a name that is exported as default is called `default` by the language.
  const { name } = strategyClass;
  return name === '' || name === 'default' ? file : `${name} (${file})`;
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    return await import(url);
  } catch (error) {
    throw await explainLoadError(error, url);
  }
}

function missingExport(module: Record<string, unknown>, exportName: string, file: string): InputError {
  const names = Object.keys(module);
  const strategies = names.filter((name) => isStrategyClass(module[name]));
  if (names.length === 0)
    return new InputError('it exports nothing; write `export default class …`', { file });
  if (exportName === 'default' && strategies.length > 0) {
    const choices = strategies.map((name) => `${file}#${name}`).join(' or ');
    return new InputError(`it has no default export; say which one you mean: ${choices}`, { file });
  }
  return new InputError(
    `it exports no "${exportName}"${didYouMean(exportName, names)}; it exports ${names.join(', ')}`,
    { file },
  );
}

function missingFile(path: string, file: string, cwd: string): InputError {
  if (isFolder(path)) {
    const inside = modulesIn(path).slice(0, 10);
    const some = inside.length === 0 ? '' : `, such as ${inside.join(', ')}`;
    return new InputError(`is a folder; name a file in it${some}`, { file });
  }
  const folder = dirname(path);
  if (!isFolder(folder))
    return new InputError(`there is no such file, nor a folder ${shownPath(folder, cwd)}`, { file });
  const wanted = basename(path);
  const neighbours = modulesIn(folder);
  // The name without its extension is too far away for an edit distance, and the likeliest of all.
  const sameName = neighbours.find((name) => parse(name).name === wanted);
  const inStrategies = modulesIn(join(folder, 'strategies'))
    .filter((name) => name === wanted || parse(name).name === wanted)
    .map((name) => join('strategies', name));
  const nearest = sameName ?? inStrategies[0];
  // As it would have to be typed: with the folder that was typed.
  const asTyped = (name: string): string => join(dirname(file), name);
  const hint =
    nearest === undefined
      ? didYouMean(wanted, neighbours, asTyped)
      : ` (did you mean "${asTyped(nearest)}"?)`;
  return new InputError(`there is no such file${hint}`, { file });
}

/** Names of modules in a folder, in code-unit order; none if there is no such folder. */
function modulesIn(folder: string): string[] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder)
    .filter((name) => EXTENSIONS.includes(extname(name)) && !name.endsWith('.d.ts'))
    .sort();
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
