/**
 * The gate: what an entry must pass at its turn. One that does not is rejected with a code, never shrunk.
 *
 *     cash          a sell that opens                                        NO_SHORT
 *     cash          quantity × multiplier × price + commission > cash        INSUFFICIENT_CASH
 *     leverage n    U + quantity × multiplier × price / n + commission > E   INSUFFICIENT_MARGIN
 *     both          open risk with it > maxOpenRiskPercent / 100 × E         OPEN_RISK
 *
 * E is equity and U = Σ |quantity| × multiplier × price / n the margin in use, both at the opens of this step (last close where a
 * symbol has no bar), taken once after the exits at the open. An entry that passes lowers E by its commission and
 * raises U by its term: its own mark does not count before the step is over. Open risk is Σ |quantity| × multiplier × risk a unit, the
 * distance from fill to stop that was fixed when the position was opened.
 */
import type { BrokerMemory } from './broker.ts';
import { SELL } from './matching.ts';
import type { RejectionCode } from './order.ts';

export class Gate {
  readonly #memory: BrokerMemory;
  readonly #isCash: boolean;
  readonly #leverage: number;
  #time = 0;
  #isTaken = false;
  #equity = 0;
  #used = 0;

  constructor(memory: BrokerMemory) {
    const { account } = memory.rules;
    this.#memory = memory;
    this.#isCash = account.kind === 'cash';
    this.#leverage = account.kind === 'cash' ? 1 : account.leverage;
  }

  /** Begins pass (ii) of the step at `time`. E and U are taken at the first entry: until then nothing changes them. */
  open(time: number): void {
    this.#time = time;
    this.#isTaken = false;
  }

  /** Null if the entry may be filled. @param distance from its fill to its stop; 0 without a stop. */
  refusal(
    symbol: number,
    side: number,
    quantity: number,
    price: number,
    commission: number,
    openRiskMax: number,
    distance: number,
  ): RejectionCode | null {
    const { multiplier } = this.#memory.instruments[symbol]!;
    if (!this.#isTaken) this.#take();
    if (this.#isCash) {
      if (side === SELL) return 'NO_SHORT';
      if (!(quantity * multiplier * price + commission <= this.#memory.books.cash))
        return 'INSUFFICIENT_CASH';
    } else {
      const term = (quantity * multiplier * price) / this.#leverage;
      if (!(this.#used + term + commission <= this.#equity)) return 'INSUFFICIENT_MARGIN';
    }
    if (!Number.isNaN(openRiskMax)) {
      const risk = this.#openRisk() + quantity * multiplier * distance;
      if (!(risk <= (openRiskMax / 100) * this.#equity)) return 'OPEN_RISK';
    }
    return null;
  }

  /** After an entry has passed and before the next asks. */
  admit(symbol: number, quantity: number, price: number, commission: number): void {
    this.#equity -= commission;
    this.#used += (quantity * this.#memory.instruments[symbol]!.multiplier * price) / this.#leverage;
  }

  #take(): void {
    const { store, instruments, cursors, books } = this.#memory;
    let value = 0;
    let used = 0;
    for (let book = 0; book < books.count; book++) {
      const held = books.quantity[book]!;
      if (held === 0) continue;
      const symbol = Math.floor(book / books.strategies);
      const bars = store.columns(symbol);
      const index = cursors.index[symbol]!;
      const price = bars.time[index] === this.#time ? bars.open[index]! : bars.close[index]!;
      const { multiplier } = instruments[symbol]!;
      value += held * multiplier * price;
      used += (Math.abs(held) * multiplier * price) / this.#leverage;
    }
    this.#equity = books.cash + value;
    this.#used = used;
    this.#isTaken = true;
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
