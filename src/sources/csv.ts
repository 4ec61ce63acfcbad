/**
 * Reads one candle file, plain or gzip, row by row with csv-parse: the tolerant reader, which takes what the scanner
 * (`scanner.ts`) leaves, and is the judge of it in tests.
 *
 * The file streams through: raw bytes are hashed, inflated, cut into rows, and each row is checked and appended. Nothing
 * but the columns and a few chunks is ever held. When the promise fails, what the sink holds is to be thrown away.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type CsvError, parse } from 'csv-parse';
import { InputError } from '../kernel/input-error.ts';
import { detectDelimiter, type Layout } from './csv-layout.ts';
import { type CandleSink, RowLoader, Unwanted } from './csv-rows.ts';
import type { TimeFormat } from './timestamp.ts';

/** Reads a file into a sink. Undefined if the sink did not want the file. */
export type CandleReader = (file: string, sink: CandleSink) => Promise<ReadSummary | undefined>;

/** What was recognised, for the run's header and its manifest. */
export interface ReadSummary {
  readonly layout: string;
  readonly timeFormat: string;
  readonly zone: string;
  readonly rows: number;
  /** Of the file as it lies on the disk, compressed or not. */
  readonly bytes: number;
  readonly sha256: string;
}

const CHUNK_BYTES = 65_536;
const QUOTE = '"'.charCodeAt(0);

/** Thrown at the first quote, by a reader that does not look for any. */
class QuoteFound extends Error {
  override readonly name = 'QuoteFound';
}

/**
 * Looking for quotes at every byte takes a tenth of the time, and candles hardly ever have any. So we only search each
 * chunk for one, and if it turns up, start over with them.
 */
export const readCsv: CandleReader = async (file, sink) => {
  try {
    try {
      return await readOnce(file, sink, null);
    } catch (error) {
      if (!(error instanceof QuoteFound)) throw error;
      return await readOnce(file, sink, '"');
    }
  } catch (error) {
    if (error instanceof Unwanted) return undefined;
    throw asInputError(error, file);
  }
};

async function readOnce(file: string, sink: CandleSink, quote: '"' | null): Promise<ReadSummary> {
  const hash = createHash('sha256');
  const read = { bytes: 0 };
  const loader = new RowLoader(file, sink);
  const source = rawChunks(file, hash, read);
  const target = (chunks: AsyncIterable<Buffer>): Promise<void> => feed(chunks, loader, quote);
  if (file.endsWith('.gz')) await pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), target);
  else await pipeline(source, target);

  const { layout, time } = loader.finish();
  sink.progress(loader.rows);
  return summaryOf(layout, time, loader.rows, read.bytes, hash);
}

export function summaryOf(
  layout: Layout,
  time: TimeFormat,
  rows: number,
  bytes: number,
  hash: Hash,
): ReadSummary {
  return {
    layout: layout.name,
    timeFormat: time.name,
    zone: time.zone,
    rows,
    bytes,
    sha256: hash.digest('hex'),
  };
}

/** The file as it lies on the disk, hashed and counted on the way. */
export async function* rawChunks(
  file: string,
  hash: Hash,
  read: { bytes: number },
  chunkBytes: number = CHUNK_BYTES,
): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
    hash.update(chunk as Buffer);
    read.bytes += (chunk as Buffer).length;
    yield chunk as Buffer;
  }
}

/** Opens the parser once the first line is there to tell the delimiter, then passes everything through it. */
async function feed(chunks: AsyncIterable<Buffer>, loader: RowLoader, quote: '"' | null): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let line: string | undefined;
  while (line === undefined) {
    const next = await iterator.next();
    if (next.done === true) line = firstLine(`${textOf(head)}\n`) ?? '';
    else {
      head = Buffer.concat([head, next.value]);
      line = firstLine(textOf(head)) ?? (head.length > CHUNK_BYTES ? textOf(head) : undefined);
    }
  }
  const parser = parse({
    bom: true,
    quote,
    delimiter: detectDelimiter(line),
    record_delimiter: ['\n', '\r\n'],
    relax_column_count: true, // The number of fields is checked here, with a better message.
    skip_empty_lines: true,
    on_record: (fields: string[], context) => {
      loader.take(fields, context.lines);
      return null;
    },
  });
  parser.resume(); // Nothing comes out, but the end does.
  const rest = async function* (): AsyncGenerator<Buffer> {
    for (let chunk = head; ; ) {
      if (quote === null && chunk.includes(QUOTE)) throw new QuoteFound();
      yield chunk;
      const next = await iterator.next();
      if (next.done === true) return;
      chunk = next.value;
    }
  };
  await pipeline(rest, parser);
}

export function isUtf16(head: Buffer): boolean {
  return head[0] === 0xff && head[1] === 0xfe;
}

function textOf(head: Buffer): string {
  return head.toString(isUtf16(head) ? 'utf16le' : 'utf8');
}

/** The first line that is not blank, if it is complete. */
export function firstLine(text: string): string | undefined {
  return /^\s*(\S[^\n]*)\n/.exec(text)?.[1];
}

/** csv-parse knows the line of what it refuses; zlib and the file system know the file. */
function asInputError(error: unknown, file: string): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (/^(CSV_|INVALID_OPENING_QUOTE)/.test(code)) {
    return new InputError(error.message, { file, line: Number((error as CsvError)['lines']) });
  }
  if (code.startsWith('Z_')) {
    return new InputError(`the gzip data is damaged or cut off (${error.message})`, { file });
  }
  if (/^E[A-Z]+$/.test(code)) return new InputError(`cannot be read (${error.message})`, { file });
  return error;
}
