/**
 * Adds up trades and commissions: by symbol, by tag, by reason, and over all.
 *
 * A trade here is one closing leg, as the record has it, and its result is net of its commission: more than 0 is a win,
 * less is a loss, and 0 is neither. Memory grows with symbols and distinct tags, not with trades. Sums run in the record's
 * order, so they do not depend on chunks or threads.
 */
import { EXIT_REASONS, type ExitReason } from '../broker/order.ts';
import { placeOf } from './fields.ts';
import type { Chunk, Texts } from './ledger.ts';
import { SYMBOL_AT } from './record-log.ts';
import type { SymbolTotals, TagTotals } from './summary.ts';

/** The same without `readonly`, while it grows. */
type Growing<T> = { -readonly [Field in keyof T]: T[Field] };

/** What the metrics of trades are made of. Money, net of commission. */
export interface TradeResults {
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  /** Σ of the wins, ≥ 0, and Σ of the losses, ≤ 0. */
  readonly profit: number;
  readonly loss: number;
  readonly netPnl: number;
}

const TRADE_QUANTITY = placeOf('trade', 'quantity');
const TRADE_PNL = placeOf('trade', 'pnl');
const TRADE_COMMISSION = placeOf('trade', 'commission');
const TRADE_REASON = placeOf('trade', 'reason');
const ENTRY_TAG = placeOf('trade', 'entryTag');
const EXIT_TAG = placeOf('trade', 'exitTag');
const FILL_COMMISSION = placeOf('fill', 'commission');

export class TradeTotals {
  readonly #bySymbol: Growing<SymbolTotals>[];
  readonly #total = emptyTotals('');
  readonly #byEntryTag = new Map<string, Growing<TagTotals>>();
  readonly #byExitTag = new Map<string, Growing<TagTotals>>();
  readonly #byReason: number[] = EXIT_REASONS.map(() => 0);
  #losses = 0;
  #profit = 0;
  #loss = 0;

  constructor(symbols: readonly string[]) {
    this.#bySymbol = symbols.map(emptyTotals);
  }

  add({ rows: { trade, fill }, texts }: Chunk): void {
    for (let row = 0; row < trade.count; row++) this.#addTrade(trade.cells, row * trade.rowSize, texts);
    for (let row = 0; row < fill.count; row++) this.#addFees(fill.cells, row * fill.rowSize);
  }

  /** Of each symbol, in canonical order, also of those without trades. */
  get bySymbol(): readonly SymbolTotals[] {
    return this.#bySymbol;
  }

  /** Of all symbols; its symbol is ''. */
  get total(): SymbolTotals {
    return this.#total;
  }

  /** In the order of the tags. */
  get byEntryTag(): readonly TagTotals[] {
    return sorted(this.#byEntryTag);
  }

  get byExitTag(): readonly TagTotals[] {
    return sorted(this.#byExitTag);
  }

  get byExitReason(): Record<ExitReason, number> {
    const counts = EXIT_REASONS.map((reason, index) => [reason, this.#byReason[index]!] as const);
    return Object.fromEntries(counts) as Record<ExitReason, number>;
  }

  get results(): TradeResults {
    const { trades, wins, netPnl } = this.#total;
    return { trades, wins, losses: this.#losses, profit: this.#profit, loss: this.#loss, netPnl };
  }

  #addTrade(cells: Float64Array, at: number, texts: Texts): void {
    const pnl = cells[at + TRADE_PNL]!;
    const net = pnl - cells[at + TRADE_COMMISSION]!;
    const isLong = cells[at + TRADE_QUANTITY]! > 0;
    for (const totals of [this.#bySymbol[cells[at + SYMBOL_AT]!]!, this.#total]) {
      totals.trades++;
      totals.wins += net > 0 ? 1 : 0;
      totals.longs += isLong ? 1 : 0;
      totals.shorts += isLong ? 0 : 1;
      totals.grossPnl += pnl;
      totals.netPnl += net;
    }
    if (net > 0) this.#profit += net;
    if (net < 0) {
      this.#losses++;
      this.#loss += net;
    }
    this.#byReason[cells[at + TRADE_REASON]!]!++;
    addTag(this.#byEntryTag, texts.of(cells[at + ENTRY_TAG]!), net);
    addTag(this.#byExitTag, texts.of(cells[at + EXIT_TAG]!), net);
  }

  #addFees(cells: Float64Array, at: number): void {
    const commission = cells[at + FILL_COMMISSION]!;
    this.#bySymbol[cells[at + SYMBOL_AT]!]!.commission += commission;
    this.#total.commission += commission;
  }
}

function emptyTotals(symbol: string): Growing<SymbolTotals> {
  return { symbol, trades: 0, wins: 0, longs: 0, shorts: 0, grossPnl: 0, commission: 0, netPnl: 0 };
}

function addTag(byTag: Map<string, Growing<TagTotals>>, tag: string, net: number): void {
  let totals = byTag.get(tag);
  if (totals === undefined) byTag.set(tag, (totals = { tag, trades: 0, wins: 0, netPnl: 0 }));
  totals.trades++;
  totals.wins += net > 0 ? 1 : 0;
  totals.netPnl += net;
}

function sorted(byTag: ReadonlyMap<string, TagTotals>): TagTotals[] {
  return [...byTag.values()].sort((a, b) => (a.tag < b.tag ? -1 : 1));
}
