/** Tables for a terminal: figures right, words left, and no colours of their own. */
import Table from 'cli-table3';

export type Align = 'left' | 'right';

/** Rows under a head, ruled by thin lines. Cells are texts: whoever calls has formatted them. */
export function table(
  head: readonly string[],
  aligns: readonly Align[],
  rows: readonly (readonly string[])[],
): string {
  const drawn = new Table({
    head: [...head],
    colAligns: [...aligns],
    style: { head: [], border: [], compact: true, 'padding-left': 1, 'padding-right': 1 },
  });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}
