/** Which fixtures the README beside them explains. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Index {
  readonly entries: readonly { bars: readonly string[]; actions: string; ledger: string }[];
}

/** Those that it names, and those that an index of ledgers which it names speaks of. */
export function explainedFixtures(folder: string): ReadonlySet<string> {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
  const indexes = named.filter((name) => /^parity\/[^*]+\.json$/.test(name));
  const spoken = indexes.flatMap((index) => {
    const { entries } = JSON.parse(readFileSync(join(folder, index), 'utf8')) as Index;
    return entries.flatMap(({ bars, actions, ledger }) =>
      [...bars, actions, ledger].map((file) => `parity/${file}`),
    );
  });
  return new Set(['README.md', ...named, ...spoken]);
}
