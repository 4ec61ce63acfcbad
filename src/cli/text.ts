/** Text in columns, for terminals of 80. */
export const WIDTH = 80;

/** Keys left, values in a column of their own, wrapped beneath themselves. An empty key continues the one above. */
export function keyed(rows: readonly (readonly [key: string, value: string])[]): string {
  const keyWidth = Math.max(...rows.map(([key]) => key.length)) + 2;
  return rows
    .flatMap(([key, value]) =>
      wrap(value, WIDTH - keyWidth).map((line, i) => (i === 0 ? key : '').padEnd(keyWidth) + line),
    )
    .join('\n');
}

/** Breaks at spaces; a word that is longer than a line keeps its length. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
