/**
 * Equity as it is marked, step by step: the deepest drawdown, the last mark of each day, the exposure.
 *
 * The peak begins at the starting equity, so a run that only ever loses has a drawdown from its first step on. A day is
 * one of UTC and its equity the last mark in it. Memory: a number a day.
 */

const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday; days since then, plus 4, modulo 7: 0 is Sunday, 6 is Saturday. */
const EPOCH_WEEKDAY = 4;

export class EquityCurve {
  readonly startEquity: number;
  /** The last mark of each UTC day that has one, in order. */
  readonly daily: number[] = [];
  cash: number;
  equity: number;
  /** Smallest of equity / its peak so far − 1, at every step: ≤ 0. NaN if there was no money to lose. */
  maxDrawdown: number;
  /** Times of the first and the last mark; NaN before there is one. */
  firstTime = NaN;
  lastTime = NaN;
  /** Marks, and those with a position open. */
  marks = 0;
  exposedMarks = 0;
  /** Whether there was a mark on a Saturday or Sunday, UTC. */
  hasWeekends = false;
  #peak: number;
  #day = NaN;

  constructor(startEquity: number) {
    this.startEquity = startEquity;
    this.cash = startEquity;
    this.equity = startEquity;
    this.#peak = startEquity;
    this.maxDrawdown = startEquity > 0 ? 0 : NaN;
  }

  add(time: number, cash: number, equity: number, isExposed: boolean): void {
    if (this.marks === 0) this.firstTime = time;
    this.lastTime = time;
    this.cash = cash;
    this.equity = equity;
    this.marks++;
    if (isExposed) this.exposedMarks++;
    if (equity > this.#peak) this.#peak = equity;
    const drawdown = equity / this.#peak - 1;
    if (drawdown < this.maxDrawdown) this.maxDrawdown = drawdown;
    this.#addDay(Math.floor(time / DAY_MS), equity);
  }

  #addDay(day: number, equity: number): void {
    if (day === this.#day) {
      this.daily[this.daily.length - 1] = equity;
      return;
    }
    this.#day = day;
    this.daily.push(equity);
    const weekday = (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
    if (weekday === 0 || weekday === 6) this.hasWeekends = true;
  }
}
