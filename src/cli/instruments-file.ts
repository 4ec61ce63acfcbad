/**
 * `--instruments file.json`: what the symbols' contracts are.
 *
 *     { "*": { "tick": 0.01 }, "ES": { "multiplier": 50, "tick": 0.25, "lot": 1 } }
 *
 * What a symbol does not say it has from `*`, and what `*` does not say from the default.
 */
import { readFileSync } from 'node:fs';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../market/instrument.ts';

const FIELDS = Object.keys(DEFAULT_INSTRUMENT) as (keyof Instrument)[];
const EVERY = '*';

/** A file whose fields have been checked, before it is known which symbols there are. */
export interface InstrumentsFile {
  /** The instruments of these symbols; none of those that the file says nothing about. Throws InputError for a symbol too many. */
  of(symbols: readonly string[]): Record<string, Instrument>;
}

/** Throws InputError if the file is not there, no JSON, or says what no instrument has. */
export function readInstruments(file: string): InstrumentsFile {
  const { [EVERY]: every, ...own } = objectOf(parseJson(file), 'it', file);
  const base = every === undefined ? undefined : fieldsOf(every, EVERY, file);
  const fields = Object.entries(own).map(
    ([symbol, value]) => [symbol, fieldsOf(value, symbol, file)] as const,
  );
  return {
    of(symbols) {
      const instruments: Record<string, Instrument> = {};
      if (base !== undefined)
        for (const symbol of symbols) instruments[symbol] = { ...DEFAULT_INSTRUMENT, ...base };
      for (const [symbol, given] of fields) {
        if (!symbols.includes(symbol)) throw noSymbol(symbol, symbols, file);
        instruments[symbol] = { ...DEFAULT_INSTRUMENT, ...base, ...given };
      }
      return instruments;
    },
  };
}

function noSymbol(symbol: string, symbols: readonly string[], file: string): InputError {
  return new InputError(
    `no symbol "${symbol}" in the run${didYouMean(symbol, symbols)}; it has ${symbols.join(', ')}`,
    { file },
  );
}

function parseJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`cannot be read (${(error as Error).message})`, { file });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`is not JSON (${(error as Error).message})`, { file });
  }
}

function objectOf(value: unknown, what: string, file: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InputError(`${what} is not an object such as {"SYMBOL": {"tick": 0.01}}`, { file });
}

function fieldsOf(value: unknown, symbol: string, file: string): Partial<Instrument> {
  const fields = objectOf(value, `"${symbol}"`, file);
  for (const [name, number] of Object.entries(fields)) {
    if (!FIELDS.some((field) => field === name))
      throw new InputError(
        `"${symbol}" has a field "${name}"${didYouMean(name, FIELDS)}; fields are ${FIELDS.join(', ')}`,
        { file },
      );
    const isZeroFine = name === 'tick' || name === 'spread';
    const isRight = Number.isFinite(number) && ((number as number) > 0 || (isZeroFine && number === 0));
    if (!isRight)
      throw new InputError(
        `"${symbol}": ${name} is a number ${isZeroFine ? 'from' : 'above'} 0, not ${JSON.stringify(number)}`,
        { file },
      );
  }
  return fields;
}
