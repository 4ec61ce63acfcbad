/** A market as a test writes it down: bars by symbol, ascending in time. */
import type { Bar } from '../../src/market/bar.ts';

export interface Market {
  /** Length of a bar, in milliseconds. */
  readonly interval: number;
  readonly bars: Readonly<Record<string, readonly Bar[]>>;
}
