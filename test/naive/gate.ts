/** What the account allows: every entry passes here [7]. */
import type * as asked from '../../src/broker/order.ts';
import { fill, goOn, reject } from './filling.ts';
import { DAY_MS, type Order, type Run, sumOf } from './kit.ts';
import { commissionOf, stopDistance } from './meeting.ts';

export function openGate(run: Run) {
  const priceOf = (symbol: string) => run.openOf(symbol);
  const used = run.worth(priceOf, (value) => run.initial(Math.abs(value)));
  run.gate = { equity: run.cash + run.worth(priceOf), used };
}

/** Why so much of an entry is refused; null if it is let in. */
function refusal(run: Run, order: Order, quantity: number, price: number): asked.RejectionCode | null {
  const { gate, rules, books } = run;
  const { limits } = rules;
  const isCash = rules.account.kind === 'cash';
  const value = quantity * run.multiplierOf(order) * price;
  const commission = commissionOf(run, order, quantity, price).charged;
  if (isCash && order.sign < 0) return 'NO_SHORT';
  if (isCash && !(value + commission <= run.cash)) return 'INSUFFICIENT_CASH';
  if (!isCash && !(gate.used + run.initial(value) + commission <= gate.equity)) return 'INSUFFICIENT_MARGIN';
  /** Above so many percent of E, if there is a limit. */
  const isOver = (amount: number, percent: number | null) =>
    percent !== null && amount > (percent / 100) * gate.equity;
  const risk = sumOf(books, (book) => Math.abs(book.quantity) * run.multiplierOf(book) * book.risk);
  const own = Number.isNaN(order.maxOpenRiskPercent) ? null : order.maxOpenRiskPercent;
  const riskAfter = risk + quantity * run.multiplierOf(order) * stopDistance(run, order, price);
  if (isOver(riskAfter, own) || isOver(riskAfter, limits.openRiskPercent)) return 'OPEN_RISK';
  if (isOver(value, limits.tradePercent)) return 'TRADE_SIZE';
  const isFlat = run.held(order) === 0;
  const open = books.filter((book) => book.quantity !== 0);
  if (limits.positions !== null && isFlat && open.length >= limits.positions) return 'POSITIONS';
  const exposure = (list: typeof books) =>
    sumOf(list, (book) => Math.abs(book.quantity) * run.multiplierOf(book) * run.openOf(book.symbol));
  const same = open.filter(({ symbol }) => symbol === order.symbol);
  if (isOver(exposure(same) + value, limits.symbolExposurePercent)) return 'SYMBOL_EXPOSURE';
  if (isOver(exposure(open) + value, limits.grossExposurePercent)) return 'GROSS_EXPOSURE';
  if (hasLostToday(run)) return 'DAILY_LOSS';
  return hasFallen(run) ? 'DRAWDOWN_HALT' : null;
}

/** Some mark of this UTC day was so far below the last one of the day before. */
function hasLostToday({ time, marks, rules }: Run): boolean {
  const percent = rules.limits.dailyLossPercent;
  if (percent === null) return false;
  const today = Math.floor(time / DAY_MS) * DAY_MS;
  const start = marks.findLast((mark) => mark.time < today)?.equity ?? rules.cash;
  return marks.some((mark) => mark.time >= today && mark.equity <= start * (1 - percent / 100));
}
/** Some mark was so far below the highest before it. */
function hasFallen({ marks, rules }: Run): boolean {
  const percent = rules.limits.drawdownPercent;
  if (percent === null) return false;
  let highest = rules.cash;
  for (const { equity } of marks) {
    if (equity <= highest * (1 - percent / 100)) return true;
    highest = Math.max(highest, equity);
  }
  return false;
}

function letIn(run: Run, order: Order, quantity: number, price: number) {
  const { gate } = run;
  const commission = commissionOf(run, order, quantity, price).charged;
  const margin = run.initial(quantity * run.multiplierOf(order) * price);
  run.gate = { equity: gate.equity - commission, used: gate.used + margin };
  fill(run, order, quantity, price);
}

/** Lets in what it can of an entry; whether that was anything. */
export function enter(run: Run, order: Order, price: number): boolean {
  const { symbol } = order;
  const asked = Math.min(order.quantity, run.volumeLeft(symbol));
  if (asked === 0) {
    goOn(order);
    return false;
  }
  const code = refusal(run, order, asked, price);
  if (code === null) {
    letIn(run, order, asked, price);
    return true;
  }
  const isMoney = code === 'INSUFFICIENT_CASH' || code === 'INSUFFICIENT_MARGIN';
  let part = 0;
  if (isMoney && order.allowPartial === 1 && order.timeInForce !== 'fok') {
    let high = asked;
    for (;;) {
      const middle = run.lots(symbol, (part + high) / 2);
      if (!(middle > part && middle < high)) break;
      if (refusal(run, order, middle, price) === null) part = middle;
      else high = middle;
    }
  }
  if (part > 0) letIn(run, order, part, price);
  reject(run, order, code, price);
  return part > 0;
}
