/**
 * Position rules: declared once, and acted on as if the strategy itself had called.
 *
 *     stop, trail, target   the bracket of every order of the instance that may open and has none of its own
 *     maxBars               at the tick of the n-th bar after the one of the entry: out at the next open
 *     breakevenAtR          at the first close that is so many times the entry's risk ahead: fixed stops move to the average price
 *
 * The last two look at a close, so they act from the next bar on, never at an earlier price of the same bar.
 */
import { BUY, LIMIT, SELL, TRAILING } from '../broker/matching.ts';
import { checkNames, checkPositive } from '../broker/checks.ts';
import { checkBracket } from '../broker/order-check.ts';
import { type Bracket, OrderError, type PositionRules } from '../broker/order.ts';
import * as Order from '../broker/order-table.ts';
import { STRIDE } from '../broker/order-table.ts';
import { Grain } from '../broker/rounding.ts';
import type { Quote } from '../broker/sizing.ts';
import type { Dealings } from './dealings.ts';

const NAMES = ['stop', 'trail', 'target', 'maxBars', 'breakevenAtR'];
/** Distances are checked before there is a price: none of them needs one. */
const NO_TICK = new Grain(0);
const NO_QUOTE: Quote = { lastClose: NaN, multiplier: 1, equity: 0, atr: () => 1 };

/** The rules of one instance on its symbol. */
export class Guard {
  readonly #symbol: number;
  readonly #dealings: Dealings;
  #rules: PositionRules | null = null;
  /** Which entry is being counted, bars since it, and the order that takes it out. */
  #entrySequence = 0;
  #entryStep = NaN;
  #bars = 0;
  #exit = 0;

  constructor(symbol: number, dealings: Dealings) {
    this.#symbol = symbol;
    this.#dealings = dealings;
  }

  get isOn(): boolean {
    return this.#rules !== null;
  }

  /** What an order is sent with that has no bracket of its own. */
  get bracket(): Bracket | undefined {
    return this.#rules === null ? undefined : bracketOf(this.#rules);
  }

  /** Takes the rules from the next order on; null for none. Throws OrderError for what is no rule. */
  declare(rules: PositionRules | null): void {
    if (rules !== null) {
      checkNames(rules, NAMES, 'position rules');
      const { stop, target, maxBars, breakevenAtR } = rules;
      for (const level of [stop, target]) {
        if (typeof level === 'object' && level !== null && 'price' in level)
          throw new OrderError(
            'position rules hold for every entry: give an offset or a percent, not a price',
          );
      }
      const bracket = bracketOf(rules);
      if (bracket !== undefined) checkBracket(bracket, BUY, NO_TICK, NaN, NO_QUOTE);
      if (maxBars !== undefined && (!Number.isInteger(maxBars) || maxBars < 1))
        throw new OrderError(`maxBars is a whole number from 1, was ${maxBars}`);
      if (breakevenAtR !== undefined) checkPositive('breakevenAtR', breakevenAtR);
    }
    this.#rules = rules;
  }

  /** Before `onTick`, at a bar of the symbol. */
  act(close: number): void {
    const { books } = this.#dealings.sight;
    const book = this.#symbol * books.strategies + this.#dealings.strategy;
    const held = books.quantity[book]!;
    if (held === 0 || this.#rules === null) return;
    const { maxBars, breakevenAtR } = this.#rules;
    this.#count(books.entrySequence[book]!, books.entryStep[book]!);
    if (maxBars !== undefined && this.#bars >= maxBars && !this.#dealings.isAlive(this.#symbol, this.#exit)) {
      const side = held > 0 ? SELL : BUY;
      this.#exit = this.#dealings.submit(this.#symbol, side, Math.abs(held), { reduceOnly: true }, 'time');
    }
    if (breakevenAtR === undefined) return;
    const average = books.averagePrice[book]!;
    const risk = books.riskPerUnit[book]!;
    const gain = held > 0 ? close - average : average - close;
    if (risk > 0 && gain >= breakevenAtR * risk) this.#moveStops(average);
  }

  #count(sequence: number, step: number): void {
    if (sequence === this.#entrySequence && step === this.#entryStep) {
      this.#bars++;
      return;
    }
    this.#entrySequence = sequence;
    this.#entryStep = step;
    this.#bars = 0;
  }

  #moveStops(price: number): void {
    const { table, desk } = this.#dealings;
    const { cells } = table;
    for (let slot = table.head(this.#symbol); slot >= 0; slot = cells[slot * STRIDE + Order.NEXT]!) {
      const row = slot * STRIDE;
      const isFixedStop =
        cells[row + Order.STRATEGY] === this.#dealings.strategy &&
        cells[row + Order.LIFE] === Order.LIVE &&
        cells[row + Order.PARENT] !== 0 &&
        cells[row + Order.TYPE] !== LIMIT &&
        cells[row + Order.TYPE] !== TRAILING;
      if (isFixedStop) desk.tighten(row, price);
    }
  }
}

function bracketOf({ stop, trail, target }: PositionRules): Bracket | undefined {
  if (stop === undefined && trail === undefined && target === undefined) return undefined;
  return {
    ...(stop !== undefined && { stop }),
    ...(trail !== undefined && { trail }),
    ...(target !== undefined && { target }),
  };
}
