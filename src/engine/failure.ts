/**
 * How a run ends early: a strategy threw, a thread died, or somebody stopped it.
 *
 * A throw is known by where it happened, (step, phase, symbol, strategy), and of several at one step the smallest is raised: so the error
 * of a run is the same on any number of threads.
 */
export interface StrategyFailure {
  readonly step: number;
  /** As in the record; `AFTER_END` for onEnd, which comes after all last notices. */
  readonly phase: number;
  /** Index; −1 for the portfolio strategy. */
  readonly symbol: number;
  readonly strategy: number;
  readonly message: string;
  readonly stack: string;
}

/** Beyond every phase of the record. */
export const AFTER_END = 8;

/** Why a barrier was aborted. */
export const ABORT = { failure: 1, death: 2, interrupt: 3 } as const;

/** Thrown on the conductor to end its loop: what the threads reported is raised on the main thread. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
}

/** A strategy threw. The message names it, its symbol and its minute; the stack is the strategy's own. */
export class StrategyError extends Error {
  override readonly name = 'StrategyError';
  readonly failure: StrategyFailure;
  constructor(message: string, failure: StrategyFailure) {
    super(message);
    this.failure = failure;
    this.stack = failure.stack;
  }
}

/** A worker thread ended without having been asked to. */
export class WorkerDiedError extends Error {
  override readonly name = 'WorkerDiedError';
}

/** Ctrl-C, or whoever held the signal. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  constructor() {
    super('interrupted: nothing was written');
  }
}

export function compareFailures(a: StrategyFailure, b: StrategyFailure): number {
  return a.step - b.step || a.phase - b.phase || a.symbol - b.symbol || a.strategy - b.strategy;
}
