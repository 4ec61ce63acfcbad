/**
 * `--instruments file.json`: what the symbols' contracts are, and what trading them costs where it is not what the flags say.
 *
 *     { "*": { "tick": 0.01 }, "ES": { "multiplier": 50, "tick": 0.25, "lot": 1, "commission": "2/contract", "slippage": "spread" } }
 *
 * What a symbol does not say it has from `*`, and what `*` does not say from the flags and the default.
 */
import { readFileSync } from 'node:fs';
import type { SymbolCosts } from '../broker/policies.ts';
import { didYouMean, InputError } from '../kernel/input-error.ts';
import { DEFAULT_INSTRUMENT, type Instrument } from '../market/instrument.ts';
import { parseCommission, parseSlippage } from './cost-specs.ts';

const COSTS = { commission: parseCommission, slippage: parseSlippage } as const;
const COST_EXAMPLES = { commission: '0.1%', slippage: '2bps' } as const;
const FIELDS = [...Object.keys(DEFAULT_INSTRUMENT), ...Object.keys(COSTS)];
const EVERY = '*';

/** What is said of one symbol, or of every one. */
interface Entry {
  readonly instrument: Partial<Instrument>;
  readonly costs: SymbolCosts;
}

/** Of the symbols of a run; none of those that the file says nothing about. */
export interface SymbolTerms {
  readonly instruments: Readonly<Record<string, Instrument>>;
  readonly costs: Readonly<Record<string, SymbolCosts>>;
}

/** A file whose fields have been checked, before it is known which symbols there are. */
export interface InstrumentsFile {
  /** As they are written, `*` included. */
  readonly costs: Readonly<Record<string, SymbolCosts>>;
  /** Throws InputError for a symbol too many. */
  of(symbols: readonly string[]): SymbolTerms;
}

/** Throws InputError if the file is not there, no JSON, or says what no instrument has. */
export function readInstruments(file: string): InstrumentsFile {
  const entries = new Map(
    Object.entries(objectOf(parseJson(file), 'it', file)).map(
      ([symbol, value]) => [symbol, entryOf(value, symbol, file)] as const,
    ),
  );
  const every = entries.get(EVERY);
  return {
    costs: withCosts([...entries].map(([symbol, { costs }]) => [symbol, costs])),
    of(symbols) {
      for (const symbol of entries.keys())
        if (symbol !== EVERY && !symbols.includes(symbol)) throw noSymbol(symbol, symbols, file);
      const named = symbols.filter((symbol) => every !== undefined || entries.has(symbol));
      return {
        instruments: Object.fromEntries(
          named.map((symbol) => [
            symbol,
            { ...DEFAULT_INSTRUMENT, ...every?.instrument, ...entries.get(symbol)?.instrument },
          ]),
        ),
        costs: withCosts(
          named.map((symbol) => [symbol, { ...every?.costs, ...entries.get(symbol)?.costs }] as const),
        ),
      };
    },
  };
}

/** Those that have any. */
function withCosts(all: readonly (readonly [string, SymbolCosts])[]): Record<string, SymbolCosts> {
  return Object.fromEntries(all.filter(([, costs]) => Object.keys(costs).length > 0));
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

function entryOf(value: unknown, symbol: string, file: string): Entry {
  const instrument: Record<string, number> = {};
  const costs: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(objectOf(value, `"${symbol}"`, file))) {
    if (isCost(name)) costs[name] = costOf(name, given, symbol, file);
    else instrument[name] = numberOf(name, given, symbol, file);
  }
  return { instrument, costs };
}

function isCost(name: string): name is keyof typeof COSTS {
  return Object.hasOwn(COSTS, name);
}

function costOf(name: keyof typeof COSTS, given: unknown, symbol: string, file: string): unknown {
  const what = `"${symbol}": ${name}`;
  if (typeof given !== 'string')
    throw new InputError(`${what} is a text such as "${COST_EXAMPLES[name]}", not ${JSON.stringify(given)}`, {
      file,
    });
  try {
    return COSTS[name](given, what);
  } catch (error) {
    throw error instanceof InputError ? new InputError(error.message, { file }) : error;
  }
}

function numberOf(name: string, given: unknown, symbol: string, file: string): number {
  if (!Object.hasOwn(DEFAULT_INSTRUMENT, name))
    throw new InputError(
      `"${symbol}" has a field "${name}"${didYouMean(name, FIELDS)}; fields are ${FIELDS.join(', ')}`,
      { file },
    );
  const isZeroFine = name === 'tick' || name === 'spread';
  const isRight = Number.isFinite(given) && ((given as number) > 0 || (isZeroFine && given === 0));
  if (isRight) return given as number;
  throw new InputError(
    `"${symbol}": ${name} is a number ${isZeroFine ? 'from' : 'above'} 0, not ${JSON.stringify(given)}`,
    { file },
  );
}
