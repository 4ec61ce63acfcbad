/** What a run amounted to: the contents of summary.json, and of everything printed about a run. */
import type { Counts } from '../broker/broker.ts';
import type { ExitReason, RejectionCode } from '../broker/order.ts';
import type { Instrument } from '../market/instrument.ts';
import type { ChunkListener } from './ledger.ts';

/** Undefined is null with a reason: never 0, −100 or infinity. */
export interface Metric {
  readonly value: number | null;
  readonly unit: string;
  /** Which formula, by its name in the docs. */
  readonly formula: string;
  /** Why there is no value. */
  readonly reason?: string;
}

/** Closed trades of one symbol, or of all. */
export interface SymbolTotals {
  readonly symbol: string;
  readonly trades: number;
  readonly wins: number;
  readonly longs: number;
  readonly shorts: number;
  /** Of closed trades, before commission. */
  readonly grossPnl: number;
  /** All commissions of this symbol, of open positions too. */
  readonly commission: number;
  /** grossPnl − the commissions that belong to closed trades. */
  readonly netPnl: number;
}

export interface TagTotals {
  readonly tag: string;
  readonly trades: number;
  readonly wins: number;
  readonly netPnl: number;
}

export interface OpenPosition {
  readonly symbol: string;
  readonly strategy: string;
  readonly quantity: number;
  readonly averagePrice: number;
  readonly lastClose: number;
  readonly unrealisedPnl: number;
}

export interface Summary {
  readonly digest: string;
  readonly symbols: readonly string[];
  readonly strategies: readonly string[];
  readonly steps: number;
  readonly bars: number;
  readonly ticks: number;
  readonly from: string;
  readonly to: string;
  readonly orders: number;
  readonly fills: number;
  readonly rejections: number;
  readonly rejectionsByCode: Readonly<Partial<Record<RejectionCode, number>>>;
  readonly cancels: number;
  readonly expiries: number;
  readonly trades: number;
  readonly startEquity: number;
  readonly finalEquity: number;
  readonly finalCash: number;
  readonly bySymbol: readonly SymbolTotals[];
  readonly total: SymbolTotals;
  readonly byEntryTag: readonly TagTotals[];
  readonly byExitTag: readonly TagTotals[];
  readonly byExitReason: Readonly<Record<ExitReason, number>>;
  readonly openPositions: readonly OpenPosition[];
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly counts: Counts;
  /** Rules, costs, data conventions and annualisation, in sentences. */
  readonly conventions: readonly string[];
  readonly warnings: readonly string[];
  /** 0 means inline. */
  readonly workers: number;
  readonly block: number;
  readonly timing: {
    readonly loadMs: number;
    readonly runMs: number;
    readonly digestMs: number;
    readonly writeMs: number;
    readonly wallMs: number;
  };
  readonly memory: { readonly peakRssBytes: number; readonly loadedBytes: number };
}

/** What the record does not say, and whoever ran it knows. */
export interface SummaryGiven
  extends Pick<
    Summary,
    | 'digest'
    | 'strategies'
    | 'steps'
    | 'bars'
    | 'ticks'
    | 'counts'
    | 'conventions'
    | 'warnings'
    | 'workers'
    | 'block'
    | 'timing'
    | 'memory'
  > {
  /** Length of a bar in milliseconds. */
  readonly interval: number;
  /** By symbol, in canonical order. */
  readonly lastCloses: readonly number[];
  readonly instruments: readonly Instrument[];
}

export class SummaryBuilder {
  constructor(symbols: readonly string[], startEquity: number) {
    void [symbols, startEquity];
  }

  /** A listener of the ledger. */
  readonly listen: ChunkListener = () => {};

  finish(given: SummaryGiven): Summary {
    void given;
    throw new Error('to come');
  }
}
