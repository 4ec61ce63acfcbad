/**
 * The gate: what an entry must pass at its turn. One that does not is rejected with the first code that applies, never shrunk
 * unless it allows that.
 *
 *     cash            a sell that opens                                          NO_SHORT
 *     cash            quantity × multiplier × price + commission > cash          INSUFFICIENT_CASH
 *     leverage n      U + quantity × multiplier × price / n + commission > E     INSUFFICIENT_MARGIN
 *     margin          U + quantity × multiplier × price × m + commission > E     INSUFFICIENT_MARGIN
 *     all             open risk with it > limit % × E                            OPEN_RISK
 *                     its value > limit % × E                                    TRADE_SIZE
 *                     it would be one position too many                          POSITIONS
 *                     its symbol's exposure with it > limit % × E                SYMBOL_EXPOSURE
 *                     all exposure with it > limit % × E                         GROSS_EXPOSURE
 *                     a mark of this UTC day was limit % below the day before    DAILY_LOSS
 *                     a mark was limit % below the highest before it             DRAWDOWN_HALT
 *
 * E is equity and U = Σ |quantity| × multiplier × price / n (or × m, the initial margin) what is in use, both at the opens of this step
 * (last close where a symbol has no bar), taken once after the exits at the open. An entry that passes lowers E by its commission and
 * raises U by its term: its own mark does not count before the step is over. Exposure is Σ |quantity| × multiplier × the same
 * price of what is held at the entry's turn. Open risk is Σ |quantity| × multiplier × risk a unit, the distance from fill to stop that
 * was fixed when the position was opened.
 */
import type { BrokerMemory } from './broker.ts';
import { SELL } from './matching.ts';
import type { RejectionCode } from './order.ts';
import type { AccountSpec, LimitsSpec } from './policies.ts';

const DAY_MS = 86_400_000;

/** An entry at its turn. */
export interface Asked {
  readonly book: number;
  readonly symbol: number;
  readonly side: number;
  readonly quantity: number;
  readonly price: number;
  readonly commission: number;
  /** The order's own limit of open risk, in percent; NaN for none. */
  readonly openRiskMax: number;
  /** From its fill to its stop; 0 without a stop. */
  readonly distance: number;
}

/** How many times its equity an account may hold. */
export function leverageOf(account: AccountSpec): number {
  if (account.kind === 'cash') return 1;
  return account.kind === 'leverage' ? account.leverage : 1 / account.initial;
}

export class Gate {
  readonly #memory: BrokerMemory;
  readonly #isCash: boolean;
  /** Of a position's value, what it takes: the fraction `margin`, or the part 1 / `leverage`. */
  readonly #leverage: number;
  readonly #margin: number;
  readonly #limits: LimitsSpec;
  #time = 0;
  #isTaken = false;
  #equity = 0;
  #used = 0;
  /** Of marks: the highest, the last, the last of the day before, the day of the last. */
  #peak: number;
  #lastMark: number;
  #dayStart: number;
  #day = NaN;
  #lossDay = NaN;
  #isHalted = false;

  constructor(memory: BrokerMemory) {
    const { account, limits, cash } = memory.rules;
    this.#memory = memory;
    this.#isCash = account.kind === 'cash';
    this.#leverage = account.kind === 'leverage' ? account.leverage : 1;
    this.#margin = account.kind === 'margin' ? account.initial : 1;
    this.#limits = limits;
    this.#peak = cash;
    this.#lastMark = cash;
    this.#dayStart = cash;
  }

  /** Whether marks matter to it. */
  get watchesMarks(): boolean {
    return this.#limits.dailyLossPercent !== null || this.#limits.drawdownPercent !== null;
  }

  /** Begins pass (ii) of the step at `time`. E and U are taken at the first entry: until then nothing changes them. */
  open(time: number): void {
    this.#time = time;
    this.#isTaken = false;
  }

  /** Null if the entry may be filled. */
  refusal(asked: Asked): RejectionCode | null {
    if (!this.#isTaken) this.#take();
    return this.#refusalOfFunds(asked) ?? this.#refusalOfLimits(asked);
  }

  /** After an entry has passed and before the next asks. */
  admit({ quantity, symbol, price, commission }: Asked): void {
    this.#equity -= commission;
    this.#used += this.#termOf(quantity * this.#memory.instruments[symbol]!.multiplier * price);
  }

  /** After the mark of the step at `time`. */
  marked(time: number, equity: number): void {
    const { dailyLossPercent, drawdownPercent } = this.#limits;
    const day = Math.floor(time / DAY_MS);
    if (day !== this.#day) this.#dayStart = this.#lastMark;
    this.#day = day;
    this.#lastMark = equity;
    if (dailyLossPercent !== null && equity <= this.#dayStart * (1 - dailyLossPercent / 100))
      this.#lossDay = day;
    if (drawdownPercent !== null && equity <= this.#peak * (1 - drawdownPercent / 100)) this.#isHalted = true;
    this.#peak = Math.max(this.#peak, equity);
  }

  #refusalOfFunds({ symbol, side, quantity, price, commission }: Asked): RejectionCode | null {
    const value = quantity * this.#memory.instruments[symbol]!.multiplier * price;
    if (this.#isCash) {
      if (side === SELL) return 'NO_SHORT';
      return value + commission <= this.#memory.books.cash ? null : 'INSUFFICIENT_CASH';
    }
    return this.#used + this.#termOf(value) + commission <= this.#equity ? null : 'INSUFFICIENT_MARGIN';
  }

  #refusalOfLimits({ book, symbol, quantity, price, openRiskMax, distance }: Asked): RejectionCode | null {
    const limits = this.#limits;
    const { multiplier } = this.#memory.instruments[symbol]!;
    const value = quantity * multiplier * price;
    const mayRisk = Math.min(
      limits.openRiskPercent ?? Infinity,
      Number.isNaN(openRiskMax) ? Infinity : openRiskMax,
    );
    if (mayRisk < Infinity) {
      const risk = this.#openRisk() + quantity * multiplier * distance;
      if (!(risk <= this.#share(mayRisk))) return 'OPEN_RISK';
    }
    if (limits.tradePercent !== null && !(value <= this.#share(limits.tradePercent))) return 'TRADE_SIZE';
    if (limits.positions !== null && this.#isOneTooMany(book, limits.positions)) return 'POSITIONS';
    if (limits.symbolExposurePercent !== null) {
      const exposure = this.#exposure(symbol) + value;
      if (!(exposure <= this.#share(limits.symbolExposurePercent))) return 'SYMBOL_EXPOSURE';
    }
    if (limits.grossExposurePercent !== null) {
      const exposure = this.#exposure(null) + value;
      if (!(exposure <= this.#share(limits.grossExposurePercent))) return 'GROSS_EXPOSURE';
    }
    if (Math.floor(this.#time / DAY_MS) === this.#lossDay) return 'DAILY_LOSS';
    return this.#isHalted ? 'DRAWDOWN_HALT' : null;
  }

  #share(percent: number): number {
    return (percent / 100) * this.#equity;
  }

  /** One of the two is 1, and changes nothing. */
  #termOf(value: number): number {
    return (value * this.#margin) / this.#leverage;
  }

  #isOneTooMany(book: number, most: number): boolean {
    const { quantity } = this.#memory.books;
    if (quantity[book] !== 0) return false;
    let open = 0;
    for (const held of quantity) if (held !== 0) open++;
    return open >= most;
  }

  #take(): void {
    const { instruments, books } = this.#memory;
    let value = 0;
    let used = 0;
    for (let book = 0; book < books.count; book++) {
      const held = books.quantity[book]!;
      if (held === 0) continue;
      const symbol = Math.floor(book / books.strategies);
      const price = this.#priceOf(symbol);
      const { multiplier } = instruments[symbol]!;
      value += held * multiplier * price;
      used += this.#termOf(Math.abs(held) * multiplier * price);
    }
    this.#equity = books.cash + value;
    this.#used = used;
    this.#isTaken = true;
  }

  /** The open of this step, or the last close. */
  #priceOf(symbol: number): number {
    const { store, cursors } = this.#memory;
    const bars = store.columns(symbol);
    const index = cursors.index[symbol]!;
    return bars.time[index] === this.#time ? bars.open[index]! : bars.close[index]!;
  }

  /** Of one symbol, or of all. */
  #exposure(symbol: number | null): number {
    const { instruments, books } = this.#memory;
    let exposure = 0;
    for (let book = 0; book < books.count; book++) {
      const held = books.quantity[book]!;
      const of = Math.floor(book / books.strategies);
      if (held === 0 || (symbol !== null && of !== symbol)) continue;
      exposure += Math.abs(held) * instruments[of]!.multiplier * this.#priceOf(of);
    }
    return exposure;
  }

  #openRisk(): number {
    const { instruments, books } = this.#memory;
    let risk = 0;
    for (let book = 0; book < books.count; book++) {
      const held = books.quantity[book]!;
      if (held === 0) continue;
      risk +=
        Math.abs(held) *
        instruments[Math.floor(book / books.strategies)]!.multiplier *
        books.riskPerUnit[book]!;
    }
    return risk;
  }
}
