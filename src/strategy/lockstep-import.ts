/**
 * Lets a strategy anywhere on the disk write `import { Strategy } from 'lockstep'`.
 *
 * A strategy is a single file that may lie in a folder without a package.json and without node_modules, where Node finds
 * no package of that name. So we resolve `lockstep` and `lockstep/…` as if we had written the import ourselves: our own
 * package.json says what they are. It also means that there is one copy of the engine on a thread, even where a project
 * has installed another. (The brands in strategy.ts would cope with two, but a custom class could be compared with
 * the wrong one.)
 *
 * Hooks belong to a thread, so every thread that loads a strategy registers its own.
 */
import { registerHooks, type ResolveFnOutput, type ResolveHookContext } from 'node:module';

let isRegistered = false;

/** Registers the hook on this thread, unless it is there already. */
export function registerLockstepImport(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({ resolve });
}

function resolve(
  specifier: string,
  context: ResolveHookContext,
  nextResolve: (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput,
): ResolveFnOutput {
  const isOurs = specifier === 'lockstep' || specifier.startsWith('lockstep/');
  const resolved = nextResolve(specifier, isOurs ? { ...context, parentURL: import.meta.url } : context);
  return isUndeclaredModule(resolved, context) ? { ...resolved, format: 'module-typescript' } : resolved;
}

/**
 * A TypeScript file that is imported, and whose folder says nothing about the kind of its modules. Node would parse it
 * twice and print a warning in every thread. Something that is imported and is TypeScript is not CommonJS to us: those who want
 * that can say it with `.cts` or in a package.json.
 */
function isUndeclaredModule({ url, format }: ResolveFnOutput, { conditions }: ResolveHookContext): boolean {
  return (format ?? null) === null && /^file:.*\.ts$/.test(url) && conditions.includes('import');
}
