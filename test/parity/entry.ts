/** One ledger of another engine, as an index of ledgers describes it: see the README of the set. */
export interface ParityEntry {
  readonly set: string;
  readonly tool: 'backtrader' | 'backtesting.py' | 'vectorbt' | 'zipline';
  readonly config: string;
  /** Files of bars, in the tool's own order of symbols. */
  readonly bars: readonly string[];
  readonly grid: { readonly start: string; readonly stepMs: number; readonly count: number };
  readonly actions: string;
  readonly ledger: string;
  /** By name; null for what is not used. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of an excerpt: the ledger ends before the run did. */
  readonly prefix?: boolean;
}

export interface Compared {
  readonly lines: number;
  readonly equal: number;
  /** Null if there is none. */
  readonly firstDifference: string | null;
}
