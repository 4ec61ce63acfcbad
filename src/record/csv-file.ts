/**
 * The tables of a run as CSV (RFC 4180): a header, comma, CRLF, quotes where they are needed, UTF-8 without a mark.
 *
 * Numbers are the shortest digits that read back as the same double, −0 is -0, NaN is empty. Times are ISO 8601 in UTC.
 */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import type { Column, ColumnValues, TableFile } from './result-tables.ts';

export class CsvFile implements TableFile {
  readonly #descriptor: number;
  readonly #columns: readonly Column[];
  /** Quoted already. */
  readonly #symbols: readonly string[];

  constructor(path: string, columns: readonly Column[], symbols: readonly string[]) {
    this.#descriptor = openSync(path, 'wx');
    this.#columns = columns;
    this.#symbols = symbols.map(quoted);
    this.#write(`${columns.map(({ name }) => quoted(name)).join(',')}\r\n`);
  }

  append(values: readonly ColumnValues[], count: number): void {
    if (count === 0) return;
    const columns = this.#columns.map(({ type }, column) => {
      const cells = values[column]!;
      if (type === 'text') return (cells as readonly string[]).map(quoted);
      const numbers = Array.from(cells as Float64Array | Int32Array);
      if (type === 'symbol') return numbers.map((index) => this.#symbols[index] ?? '');
      return numbers.map(type === 'time' ? timeText : numberText);
    });
    let text = '';
    for (let row = 0; row < count; row++) text += `${columns.map((cells) => cells[row]!).join(',')}\r\n`;
    this.#write(text);
  }

  close(): void {
    try {
      fsyncSync(this.#descriptor);
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #write(text: string): void {
    writeFileSync(this.#descriptor, text);
  }
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return '';
  return Object.is(value, -0) ? '-0' : String(value);
}

function timeText(time: number): string {
  return Number.isNaN(time) ? '' : new Date(Math.round(time)).toISOString();
}
