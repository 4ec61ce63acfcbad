/**
 * Faults that an engine like ours could have, each as a replacement of one piece of its source. The comparison with the naive
 * simulator has to find every one: what it does not find, it does not guard.
 *
 * `sound` must occur exactly once in its file, so that the list cannot rot.
 */
export interface Mutation {
  readonly name: string;
  /** Below `src`. */
  readonly file: string;
  readonly sound: string;
  readonly faulty: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'fills on the bar of the signal',
    file: 'broker/execution.ts',
    sound: 'return this.memory.cursors.index[cells[row + Order.SYMBOL]!]!;',
    faulty: 'return Math.max(0, this.memory.cursors.index[cells[row + Order.SYMBOL]!]! - 1);',
  },
  {
    name: 'tests orders on the bar of the signal',
    file: 'engine/shard.ts',
    sound: 'this.#table.testNextBar(owned.symbol, bars, index + 1,',
    faulty: 'this.#table.testNextBar(owned.symbol, bars, index,',
  },
  {
    name: 'loses the last tick',
    file: 'engine/step.ts',
    sound: 'thread.playShard(step);',
    faulty: 'if (step + 1 < times.length) thread.playShard(step);',
  },
  {
    name: 'shows the presence of the step before',
    file: 'engine/sight.ts',
    sound: 'return this.step >= 0 && this.#hasData.has(this.step, symbol);',
    faulty:
      'const known = this.lastIndex(symbol); return known > 0 && this.store.columns(symbol).time[known - 1] === this.time;',
  },
  {
    name: 'prepares the presence of the step before',
    file: 'engine/conductor.ts',
    sound: 'const time = this.#times[step]!;\n    const hasData',
    faulty: 'const time = this.#times[Math.max(0, step - 1)]!;\n    const hasData',
  },
  {
    name: 'lets entries come before exits at the open',
    file: 'broker/settlement.ts',
    sound: 'for (const candidate of candidates) this.#exitAtOpen(candidate);',
    faulty: '',
  },
  {
    name: 'shows of other symbols the bar to come',
    file: 'engine/sight.ts',
    sound: 'return this.#cursors.index[symbol]!;',
    faulty: 'return Math.min(this.store.columns(symbol).count - 1, this.#cursors.index[symbol]! + 1);',
  },
  {
    name: 'does not charge the gate',
    file: 'broker/settlement.ts',
    sound: 'this.#gate.admit(admitted);',
    faulty: '',
  },
  {
    name: 'does not cancel the rivals of an entry',
    file: 'broker/execution.ts',
    sound: 'this.#cancelGroup(table, row);\n    if (this.family.grow(',
    faulty: 'if (this.family.grow(',
  },
  {
    name: 'closes more than there is',
    file: 'broker/execution.ts',
    sound: 'const wanted = Math.min(cells[row + Order.QUANTITY]!, Math.abs(held));',
    faulty: 'const wanted = cells[row + Order.QUANTITY]!;',
  },
  {
    name: 'forgets to expire at the end',
    file: 'engine/conductor.ts',
    sound: 'this.#settlement.finish();',
    faulty: '',
  },
  {
    name: 'serves entries by symbol, not by step of submission',
    file: 'broker/settlement.ts',
    sound: '[Order.SUBMITTED, Order.SYMBOL, Order.STRATEGY, Order.SEQUENCE]',
    faulty: '[Order.SYMBOL, Order.STRATEGY, Order.SEQUENCE]',
  },
  {
    name: 'marks before it settles',
    file: 'engine/conductor.ts',
    sound:
      'this.#settlement.settle(step, this.#present, this.#presentCount, this.#enterPass);\n    this.#log.at(step, PHASE.mark);\n    this.#settlement.mark();',
    faulty:
      'this.#settlement.mark();\n    this.#settlement.settle(step, this.#present, this.#presentCount, this.#enterPass);\n    this.#log.at(step, PHASE.mark);',
  },
  {
    name: 'marks at a close to come',
    file: 'broker/settlement.ts',
    sound: 'const close = store.columns(symbol).close[cursors.index[symbol]!]!;',
    faulty:
      'const all = store.columns(symbol).close; const close = all[cursors.index[symbol]! + 1] ?? all[cursors.index[symbol]!]!;',
  },
  {
    name: 'fills a gap through a stop at the stop',
    file: 'broker/matching.ts',
    sound: 'return Math.max(price, open);',
    faulty: 'return price;',
  },
  {
    name: 'charges the fee per order with every fill',
    file: 'broker/execution.ts',
    sound: 'cells[row + Order.FILLED] = 1;',
    faulty: '',
  },
  {
    name: 'closes candles a bar late',
    file: 'market/candles.ts',
    sound: 'if (builder.end > end) continue;',
    faulty: 'if (builder.end >= end) continue;',
  },
  {
    name: 'leaves children of a rejected parent asleep for ever',
    file: 'broker/execution.ts',
    sound: 'this.#journal.reject(table, row, code, price);\n    this.#cancelChildren(table, row);',
    faulty: 'this.#journal.reject(table, row, code, price);',
  },
  {
    name: 'tells no notices',
    file: 'engine/shard.ts',
    sound: 'if (hasNotices && player.firstNotice >= 0) this.#tell(player, notices);',
    faulty: 'player.firstNotice = -1;',
  },
  {
    name: 'keeps the step of submission when an order is replaced',
    file: 'engine/order-desk.ts',
    sound:
      'cells[row + Order.SUBMITTED] = this.#step;\n    writeReplace(this.#log, cells, row);\n    return true;',
    faulty: 'writeReplace(this.#log, cells, row);\n    return true;',
  },
  {
    name: 'moves a trailing mark before its stop is tested',
    file: 'broker/order-table.ts',
    sound: 'follow(cells, row, bars, nextIndex - 1, tick);',
    faulty: 'follow(cells, row, bars, nextIndex, tick);',
  },
  {
    name: 'forgets what was filled of the volume',
    file: 'broker/execution.ts',
    sound: 'if (left !== Infinity) this.#volumeLeft[symbol] = this.#lots[symbol]!.nearest(left - quantity);',
    faulty: '',
  },
  {
    name: 'lets orders of one bar live on',
    file: 'broker/settlement.ts',
    sound: 'this.#candidates.endOrdersOfOneBar();',
    faulty: '',
  },
  {
    name: 'fills a part of what is filled whole or not at all',
    file: 'broker/execution.ts',
    sound:
      'if (cells[row + Order.TIME_IN_FORCE] !== FOK || this.available(cells, row) >= needed) return false;',
    faulty: 'if (needed > 0) return false;',
  },
  {
    name: 'leaves the stop whole when a target fills',
    file: 'broker/execution.ts',
    sound:
      'cells[other + Order.QUANTITY] = Math.max(0, lot.nearest(cells[other + Order.QUANTITY]! - quantity));',
    faulty: '',
  },
  {
    name: 'leaves the parent of a closed part alive',
    file: 'broker/execution.ts',
    sound: "this.cancel(table, parent, 'children');",
    faulty: 'void 0;',
  },
  {
    name: 'charges the minimum commission with every fill',
    file: 'broker/costs.ts',
    sound: 'return Math.min(Math.max(before + raw, this.#minimum), this.#maximum) - charged;',
    faulty: 'return before + charged >= 0 ? Math.min(Math.max(raw, this.#minimum), this.#maximum) : 0;',
  },
  {
    name: 'charges every symbol the costs of the run',
    file: 'broker/costs.ts',
    sound: 'costs[name]?.commission ?? commission',
    faulty: 'commission',
  },
  {
    name: 'forgets the spread in slippage',
    file: 'broker/costs.ts',
    sound: 'this.#fixed = price + spreads * spread;',
    faulty: 'this.#fixed = price + spreads * 0 * spread;',
  },
  {
    name: 'tests maintenance at the open',
    file: 'broker/liquidation.ts',
    sound: 'store.columns(symbol).close[',
    faulty: 'store.columns(symbol).open[',
  },
  {
    name: 'liquidates again what is on its way',
    file: 'broker/liquidation.ts',
    sound: 'if (isOnItsWay) return;',
    faulty: '',
  },
  {
    name: 'never halts in a drawdown',
    file: 'broker/gate.ts',
    sound: 'this.#isHalted = true;',
    faulty: 'this.#isHalted = false;',
  },
  {
    name: 'measures the loss of a day from the last mark',
    file: 'broker/gate.ts',
    sound: 'if (day !== this.#day) this.#dayStart = this.#lastMark;',
    faulty: 'this.#dayStart = this.#lastMark;',
  },
  {
    name: 'shrinks no entry to what can be paid',
    file: 'broker/settlement.ts',
    sound: 'const mayShrink = isFunds &&',
    faulty: 'const mayShrink = !isFunds &&',
  },
  {
    name: 'lets a day order live into the next day',
    file: 'engine/order-desk.ts',
    sound: '(Math.floor((this.#time + this.#interval) / DAY_MS) + 1) * DAY_MS',
    faulty: '(Math.floor((this.#time + this.#interval) / DAY_MS) + 2) * DAY_MS',
  },
  {
    name: 'fills an order on the bar that opens at its end',
    file: 'broker/order-table.ts',
    sound: 'if (time >= cells[row + UNTIL]!)',
    faulty: 'if (time > cells[row + UNTIL]!)',
  },
  {
    name: 'fills a stop-limit on a bar that reaches its stop inside',
    file: 'broker/candidates.ts',
    sound: 'return isAtOpen && isReached(',
    faulty: 'return isReached(',
  },
  {
    name: 'gives children nothing of the second part',
    file: 'broker/family.ts',
    sound: 'cells[child + Order.QUANTITY] = lot.nearest(cells[child + Order.QUANTITY]! + more);',
    faulty: 'void more;',
  },
  {
    name: 'breaks even at a high of the same bar',
    file: 'engine/shard.ts',
    sound: 'movement.guard.act(bars.close[index]!)',
    faulty: 'movement.guard.act(bars.high[index]!)',
  },
  {
    name: 'takes a time exit a bar late',
    file: 'engine/guard.ts',
    sound: 'this.#bars >= maxBars',
    faulty: 'this.#bars > maxBars',
  },
  {
    name: 'sizes a target without what is held',
    file: 'engine/order-desk.ts',
    sound: 'unitsOf(given, price, NaN, quote) - held;',
    faulty: 'unitsOf(given, price, NaN, quote);',
  },
  {
    name: 'sizes by risk as if the stop were at zero',
    file: 'broker/sizing.ts',
    sound: '(multiplier * riskPerUnit)',
    faulty: '(multiplier * price)',
  },
];
