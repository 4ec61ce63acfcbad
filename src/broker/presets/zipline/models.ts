/**
 * zipline's models of slippage and commission: what a reached order is filled with on a close and a volume, and what that costs.
 *
 * Each is one function of the order, the session and what the symbol's orders have traded of it. The order of the operations is the
 * tool's, so that the last bit is.
 */
import type { ZiplineCommission, ZiplineSettings, ZiplineSlippage } from './settings.ts';

export interface Order {
  /** 1 buys, −1 sells; amounts have its sign. */
  readonly side: number;
  readonly amount: number;
  filled: number;
  /** Commission so far. */
  paid: number;
  /** What it still waits for; null for nothing. */
  stop: number | null;
  limit: number | null;
  /** The limit that it was sent with. */
  readonly worst: number | null;
}

/** A fill; or none at this price, but perhaps for the orders behind; or none for any. */
export type Tried = { readonly amount: number; readonly price: number } | 'not now' | 'no volume';
/** @param traded units of the session that orders of the symbol have taken */
type Slippage = (order: Order, close: number, volume: number, traded: number) => Tried;
/** Of a fill; `filled` and `paid` of the order are those before it. */
type Commission = (order: Order, amount: number, price: number) => number;

export interface Execution {
  readonly slippage: Slippage;
  readonly commission: Commission;
}

export function executionOf({ slippage, commission }: ZiplineSettings): Execution {
  return { slippage: slippageOf(slippage), commission: commissionOf(commission) };
}

function slippageOf(given: ZiplineSlippage): Slippage {
  switch (given.kind) {
    case 'fixedBasisPoints':
      return basisPoints(given.bps / 10_000, given.volumeLimit);
    case 'volumeShare':
      return volumeShare(given.volumeLimit, given.priceImpact);
    case 'fixed':
      return ({ side, amount }, close) => ({ amount, price: close + (given.spread / 2) * side });
    case 'none':
      return ({ amount }, close) => ({ amount, price: close });
  }
}

function basisPoints(part: number, volumeLimit: number): Slippage {
  return ({ side, amount, filled }, close, volume, traded) => {
    const units = Math.min(Math.abs(amount - filled), Math.trunc(volumeLimit * volume) - traded);
    if (units === 0) return 'no volume';
    return { amount: side * units, price: close + close * (part * side) };
  };
}

function volumeShare(volumeLimit: number, impact: number): Slippage {
  return ({ side, amount, filled, worst }, close, volume, traded) => {
    const left = volumeLimit * volume - traded;
    if (left < 1) return 'no volume';
    const units = Math.trunc(Math.min(left, Math.abs(amount - filled)));
    const share = Math.min((traded + units) / volume, volumeLimit);
    const price = close + share * share * (impact * side) * close;
    // A limit of 0 counts as none.
    if (worst !== null && worst !== 0 && side * price > side * worst) return 'not now';
    return { amount: side * units, price };
  };
}

function commissionOf(given: ZiplineCommission): Commission {
  switch (given.kind) {
    case 'perShare':
      return perShare(given.cost, given.minimum);
    case 'perTrade':
      return ({ paid }) => (paid === 0 ? given.cost : 0);
    case 'perDollar':
      return (_, amount, price) => Math.abs(amount) * (price * given.rate);
    case 'none':
      return () => 0;
  }
}

/** The minimum is of the order: paid with its first fill, and nothing more until the shares have cost as much. */
function perShare(cost: number, minimum: number): Commission {
  return ({ filled, paid }, amount) => {
    const own = Math.abs(amount * cost);
    if (paid === 0) return Math.max(minimum, own);
    const total = Math.abs(filled * cost) + own;
    return total < minimum ? 0 : total - paid;
  };
}
