/**
 * What only worker 0 does: the serial phase of a step, the portfolio phase, presence of the next step, and the end.
 *
 * In the serial phase everyone else waits, so it reads and writes all shared state with plain loads and stores. It uses
 * cursors of its own to know which symbols have a bar, never the presence page that it fills for the others.
 */
import type { Broker, BrokerMemory, Counts, Settlement } from '../broker/broker.ts';
import type { Books } from '../broker/books.ts';
import type { OrderTable } from '../broker/order-table.ts';
import type { HasData } from '../kernel/has-data.ts';
import { Cursors } from '../market/cursors.ts';
import type { StepTimes } from '../market/timeline.ts';
import { KIND, type RecordLog } from '../record/record-log.ts';
import { PHASE } from '../record/records.ts';
import { SettlementJournal } from './journal.ts';
import type { NoticeQueue } from './notices.ts';
import type { PortfolioDesk } from './portfolio-desk.ts';

const PHASE_OF_PASS = { 1: PHASE.closeAtOpen, 2: PHASE.enter, 3: PHASE.close } as const;

export class Conductor {
  readonly portfolio: PortfolioDesk | null;
  readonly #times: StepTimes;
  readonly #warmupSteps: number;
  readonly #log: RecordLog;
  readonly #books: Books;
  readonly #settlement: Settlement;
  readonly #queues: readonly NoticeQueue[];
  readonly #cursors: Cursors;
  readonly #hasData: HasData;
  /** Places of the symbols one step ahead, for the presence page. */
  readonly #ahead: Cursors;
  readonly #present: Int32Array;
  readonly #isSameStep: boolean;
  #step = 0;
  #presentCount = 0;
  readonly #enterPass = (pass: 1 | 2 | 3): void => this.#log.at(this.#step, PHASE_OF_PASS[pass]);

  constructor(
    broker: Broker,
    memory: Omit<BrokerMemory, 'cursors' | 'times'>,
    times: StepTimes,
    warmupSteps: number,
    log: RecordLog,
    queues: ReadonlyMap<OrderTable, NoticeQueue>,
    hasData: HasData,
    portfolio: PortfolioDesk | null,
  ) {
    this.portfolio = portfolio;
    this.#times = times;
    this.#warmupSteps = warmupSteps;
    this.#log = log;
    this.#books = memory.books;
    this.#cursors = new Cursors(memory.store);
    this.#ahead = new Cursors(memory.store);
    this.#present = new Int32Array(memory.store.symbols.length);
    this.#queues = [...queues.values()];
    this.#hasData = hasData;
    this.#isSameStep = broker.isSameStep;
    const whole = { ...memory, times, cursors: this.#cursors };
    this.#settlement = broker.settlement(whole, new SettlementJournal(log, whole, queues));
  }

  get counts(): Counts {
    return this.#settlement.counts;
  }

  /** Settlement, mark, equity point, and the flip of presence. The release that follows lets the others see it. */
  playSerial(step: number): void {
    this.#step = step;
    this.#presentCount = this.#advance(step);
    if (!this.#isSameStep) this.#settle(step);
    this.#hasData.flip(step);
  }

  /** For rules that fill on the bar of the decision: the settlement of a step after its portfolio phase. */
  playSameStep(step: number): void {
    if (this.#isSameStep) this.#settle(step);
  }

  #settle(step: number): void {
    this.#clearNotices();
    this.#settlement.settle(step, this.#present, this.#presentCount, this.#enterPass);
    this.#log.at(step, PHASE.mark);
    this.#settlement.mark();
    if (step >= this.#warmupSteps) this.#writeEquity(step);
  }

  /** Fills the presence page of a step to come, while the others read that of the step before. */
  preparePresence(step: number): void {
    if (step >= this.#times.length) return;
    const time = this.#times[step]!;
    const hasData = this.#hasData;
    const ahead = this.#ahead;
    hasData.clearPage(step);
    for (let symbol = 0; symbol < ahead.index.length; symbol++) {
      if (ahead.advance(symbol, time)) hasData.set(step, symbol);
    }
  }

  playPortfolio(): void {
    this.portfolio?.play(this.#cursors);
  }

  /** Ends what is still alive, at the last step. */
  finish(): void {
    if (!this.#isSameStep) this.#clearNotices(); // Those of its last settlement have not been told yet.
    this.#log.at(this.#times.length - 1, PHASE.end);
    this.#settlement.finish();
  }

  #clearNotices(): void {
    const queues = this.#queues;
    for (let owner = 0; owner < queues.length; owner++) if (queues[owner]!.count > 0) queues[owner]!.clear();
  }

  #advance(step: number): number {
    const time = this.#times[step]!;
    const cursors = this.#cursors;
    const present = this.#present;
    let count = 0;
    for (let symbol = 0; symbol < present.length; symbol++) {
      if (cursors.advance(symbol, time)) present[count++] = symbol;
    }
    return count;
  }

  #writeEquity(step: number): void {
    const log = this.#log;
    const at = log.beginShared(KIND.equity);
    const fields = log.cells(KIND.equity);
    fields[at] = this.#times[step]!;
    fields[at + 1] = this.#books.cash;
    fields[at + 2] = this.#books.equity;
  }
}
