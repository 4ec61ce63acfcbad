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
    sound: 'this.#table.testNextBar(owned.symbol, bars, index + 1, this.#limitTouch);',
    faulty: 'this.#table.testNextBar(owned.symbol, bars, index, this.#limitTouch);',
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
    sound: 'this.#gate.admit(symbol, quantity, price, commission);',
    faulty: '',
  },
  {
    name: 'does not cancel the rivals of an entry',
    file: 'broker/execution.ts',
    sound: 'this.#cancelGroup(table, row);\n    this.#wakeChildren(table, row, quantity);',
    faulty: 'this.#wakeChildren(table, row, quantity);',
  },
  {
    name: 'closes more than there is',
    file: 'broker/execution.ts',
    sound: 'const quantity = Math.min(cells[row + Order.QUANTITY]!, Math.abs(held));',
    faulty: 'const quantity = cells[row + Order.QUANTITY]!;',
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
      'this.#settlement.settle(step, this.#present, presentCount, this.#enterPass);\n    this.#settlement.mark();',
    faulty:
      'this.#settlement.mark();\n    this.#settlement.settle(step, this.#present, presentCount, this.#enterPass);',
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
    sound: 'cells[row + Order.FEE_PAID] = 1;',
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
    sound: 'cells[row + Order.SUBMITTED] = this.#step;\n    const at',
    faulty: 'const at',
  },
];
