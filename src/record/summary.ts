/** What a run amounted to: the contents of summary.json, and of everything printed about a run. */
import type { Counts } from '../broker/broker.ts';
import { type ExitReason, REJECTION_CODES, type RejectionCode } from '../broker/order.ts';
import { INTRABAR_POLICIES, type IntrabarPolicy } from '../broker/policies.ts';
import { assert } from '../kernel/assert.ts';
import type { Instrument } from '../market/instrument.ts';
import { EquityCurve } from './equity-curve.ts';
import { placeOf } from './fields.ts';
import type { Chunk, ChunkListener } from './ledger.ts';
import { annualisationOf, computeMetrics } from './metrics.ts';
import { PositionTracker } from './position-tracker.ts';
import { STEP } from './record-log.ts';
import { TradeTotals } from './trade-totals.ts';

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
  /** From the open of the first bar that was marked to the close of the last, ISO 8601. */
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
  /**
   * Under each intrabar policy but the run's: final equity with every ambiguous bar valued at its close under that policy, and
   * everything after it as it was. A run with that policy may go on otherwise. Empty if the fill rules have no such policy.
   */
  readonly finalEquityUnder: Readonly<Partial<Record<IntrabarPolicy, number>>>;
  readonly bySymbol: readonly SymbolTotals[];
  /** Of all symbols; its symbol is ''. */
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
  /** The run's policy; null if its fill rules have none. */
  readonly intrabar: IntrabarPolicy | null;
}

const REJECTION_CODE = placeOf('rejection', 'code');
const TIME = placeOf('equity', 'time');
const CASH = placeOf('equity', 'cash');
const EQUITY = placeOf('equity', 'equity');

/** Adds a run up while its chunks come. Memory: a few numbers a symbol, tag and day; none a step. */
export class SummaryBuilder {
  readonly #symbols: readonly string[];
  readonly #trades: TradeTotals;
  readonly #positions: PositionTracker;
  readonly #curve: EquityCurve;
  readonly #rejectionsByCode: number[] = REJECTION_CODES.map(() => 0);
  #orders = 0;
  #fills = 0;
  #rejections = 0;
  #cancels = 0;
  #expiries = 0;

  /** @param startEquity the cash that the account begins with. */
  constructor(symbols: readonly string[], startEquity: number) {
    this.#symbols = symbols;
    this.#trades = new TradeTotals(symbols);
    this.#positions = new PositionTracker(symbols.length);
    this.#curve = new EquityCurve(startEquity);
  }

  /** A listener of the ledger. */
  readonly listen: ChunkListener = (chunk) => {
    const { order, fill, rejection, cancel, expiry } = chunk.rows;
    this.#orders += order.count;
    this.#fills += fill.count;
    this.#rejections += rejection.count;
    this.#cancels += cancel.count;
    this.#expiries += expiry.count;
    for (let row = 0; row < rejection.count; row++) {
      this.#rejectionsByCode[rejection.cells[row * rejection.rowSize + REJECTION_CODE]!]!++;
    }
    this.#trades.add(chunk);
    this.#follow(chunk);
  };

  /** Call it once, when the run is over. */
  finish(given: SummaryGiven): Summary {
    const { interval, lastCloses, instruments, intrabar, conventions, ...rest } = given;
    const curve = this.#curve;
    const trades = this.#trades;
    const others = INTRABAR_POLICIES.filter((policy) => intrabar !== null && policy !== intrabar);
    const codes = REJECTION_CODES.map((code, index) => [code, this.#rejectionsByCode[index]!] as const);
    return {
      ...rest,
      symbols: this.#symbols,
      from: isoOf(curve.firstTime),
      to: isoOf(curve.lastTime + interval),
      orders: this.#orders,
      fills: this.#fills,
      rejections: this.#rejections,
      rejectionsByCode: Object.fromEntries(codes.filter(([, count]) => count > 0)),
      cancels: this.#cancels,
      expiries: this.#expiries,
      trades: trades.total.trades,
      startEquity: curve.startEquity,
      finalEquity: curve.equity,
      finalCash: curve.cash,
      finalEquityUnder: Object.fromEntries(
        others.map((policy) => [policy, curve.equity + given.counts.underPolicy[policy]]),
      ),
      bySymbol: trades.bySymbol,
      total: trades.total,
      byEntryTag: trades.byEntryTag,
      byExitTag: trades.byExitTag,
      byExitReason: trades.byExitReason,
      openPositions: this.#positions.open().map(({ symbol, strategy, quantity, averagePrice }) => ({
        symbol: this.#symbols[symbol]!,
        strategy: given.strategies[strategy]!,
        quantity,
        averagePrice,
        lastClose: lastCloses[symbol]!,
        unrealisedPnl: quantity * instruments[symbol]!.multiplier * (lastCloses[symbol]! - averagePrice),
      })),
      metrics: computeMetrics(curve, trades.results, interval),
      conventions: [
        ...conventions,
        annualisationOf(curve.hasWeekends),
        'trades: one for each fill that closes; wins and losses are net of commission, exactly 0 is neither',
      ],
    };
  }

  /** Fills and marks, interleaved as they happened: a mark sees the fills of its step. */
  #follow({ rows: { fill, equity } }: Chunk): void {
    let next = 0;
    for (let row = 0; row < equity.count; row++) {
      const at = row * equity.rowSize;
      const step = equity.cells[at + STEP]!;
      for (; next < fill.count && fill.cells[next * fill.rowSize + STEP]! <= step; next++) {
        this.#positions.add(fill.cells, next * fill.rowSize);
      }
      const { cells } = equity;
      const isExposed = this.#positions.openCount > 0;
      this.#curve.add(cells[at + TIME]!, cells[at + CASH]!, cells[at + EQUITY]!, isExposed);
    }
    assert(next === fill.count, 'every fill is followed by the mark of its step');
  }
}

/** '' for no time. */
function isoOf(time: number): string {
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}
