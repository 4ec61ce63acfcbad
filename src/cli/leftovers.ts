/**
 * Folders that killed runs left beside the one that a run is about to write: `<name>.partial-<pid>`, as result-files.ts calls
 * them while it writes.
 *
 * One goes only if no process with its pid runs on this machine, it is a folder (not a link to one), and it holds nothing but
 * files of the kinds that a run writes. A pid that another process has by now keeps its folder: nothing is lost by that.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { plural } from './console.ts';

const PARTIAL = /^.+\.partial-([1-9]\d*)$/;
const OURS = /\.(arrow|csv|json|html|cpuprofile)$/;

/** Removes those beside `folder`. What there is to say of it, in one line; undefined for nothing. */
export function removeLeftovers(folder: string): string | undefined {
  const parent = dirname(folder);
  if (!existsSync(parent)) return undefined;
  try {
    const names = readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isLeftover(parent, entry.name))
      .map(({ name }) => name)
      .sort();
    if (names.length === 0) return undefined;
    for (const name of names) rmSync(join(parent, name), { recursive: true, force: true });
    return `removed ${plural(names.length, 'folder')} that killed runs left in ${parent}: ${names.join(', ')}`;
  } catch (error) {
    return `what killed runs left in ${parent} cannot be removed (${(error as Error).message})`;
  }
}

function isLeftover(parent: string, name: string): boolean {
  const [, pid] = PARTIAL.exec(name) ?? [];
  if (pid === undefined || isAlive(Number(pid))) return false;
  const inside = readdirSync(join(parent, name), { withFileTypes: true });
  return inside.every((entry) => entry.isFile() && OURS.test(entry.name));
}

/** Also if it is somebody else's, whom we may not signal. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
