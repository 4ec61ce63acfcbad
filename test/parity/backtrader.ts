/**
 * Plays a script of order actions under the backtrader preset and compares what comes of it with the ledger that backtrader wrote.
 *
 * The strategy sends each action at its step, and keeps of its orders only what a trader could: which have been told to have ended,
 * and which its own cancels have ended. Orders are numbered from 0 in the ledger and from 1 here.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { OrderOptions } from '../../src/broker/order.ts';
import type { BacktraderSettings } from '../../src/broker/presets/backtrader.ts';
import { PortfolioStrategy } from '../../src/index.ts';
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import { DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import type { EventOf, RunEvent } from '../../src/record/records.ts';
import type { Cancellation, Expiry, Fill, PortfolioContext, Rejection } from '../../src/strategy/context.ts';
import { play } from '../support/play.ts';
import type { Compared, ParityEntry } from './entry.ts';

interface Action {
  readonly t: number;
  readonly s: number;
  readonly kind: string;
  readonly side: 1 | -1;
  readonly size: number;
  readonly price?: number;
  readonly plimit?: number;
  readonly valid?: number;
  readonly trail?: number;
  readonly entry?: 'market' | 'limit' | 'stop';
  readonly sl?: number;
  readonly tp?: number;
  readonly n?: number;
}

/** What is told at a step, in its order: the fills of one execution, or the end of an order by a word of the ledger. */
type Told = { readonly id: number; readonly parts: Fill[] } | { readonly id: number; readonly end: string };
type Line = readonly (string | number)[];

const MINUTE = 60_000;

export async function compare(entry: ParityEntry, root: string): Promise<Compared> {
  const settings = entry.settings as unknown as BacktraderSettings;
  // Symbols stand in the order of their names here, and of the files there.
  const names = entry.bars.map(
    (file, index) => `${String(index).padStart(3, '0')}-${basename(file, '.csv')}`,
  );
  const bars = Object.fromEntries(
    names.map((name, index) => [name, readBars(join(root, entry.bars[index]!))]),
  );
  const script = JSON.parse(readFileSync(join(root, entry.actions), 'utf8')) as Action[];
  const actor = new Actor(script, entry.grid, settings.checkSubmit);
  const plan: Plan = {
    strategies: [{ source: { strategyClass: strategyOf(actor) }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: settings.cash, fills: { preset: 'backtrader', settings } },
    instruments: Object.fromEntries(names.map((name) => [name, { ...DEFAULT_INSTRUMENT, lot: 0 }])),
    seed: 0,
    warmupSteps: 0,
    grid: null,
    deterministic: false,
  };
  const { events } = await play({ interval: entry.grid.stepMs, bars }, plan);
  const expected = readLedger(join(root, entry.ledger));
  const lines = linesOf(actor, events, settings);
  return compareLines(entry.prefix === true ? lines.slice(0, expected.length) : lines, expected);
}

function readBars(file: string): Bar[] {
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [time, ...numbers] = row.split(',');
    const [open, high, low, close, volume] = numbers.map(Number) as [number, number, number, number, number];
    return { time: Date.parse(time!), open, high, low, close, volume };
  });
}

function readLedger(file: string): string[][] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
}

interface SentOrder {
  readonly id: number;
  readonly step: number;
  /** The orders that end when it is cancelled, itself included. */
  readonly family: readonly number[];
  rest: number;
}

/** Does what the script says, and writes down what it is told. */
class Actor {
  readonly told: Told[][] = [];
  /** By step, once every symbol has had a bar: the minute, and the positions before the actions. */
  readonly minutes: number[] = [];
  readonly positions: (readonly number[])[] = [];
  readonly #byMinute = new Map<number, Action[]>();
  readonly #start: number;
  readonly #stepMs: number;
  readonly #acceptsLater: boolean;
  /** All that are alive, oldest first. */
  readonly #alive = new Map<number, SentOrder>();
  #hasBegun = false;
  #lastStep = -1;

  constructor(script: readonly Action[], { start, stepMs }: ParityEntry['grid'], acceptsLater: boolean) {
    this.#start = Date.parse(start);
    this.#stepMs = stepMs;
    this.#acceptsLater = acceptsLater;
    for (const action of script) {
      const list = this.#byMinute.get(action.t);
      if (list === undefined) this.#byMinute.set(action.t, [action]);
      else list.push(action);
    }
  }

  /** An execution that closes and opens is told in two fills. */
  tellFill(step: number, fill: Fill): void {
    const last = this.told[step]?.at(-1);
    if (last !== undefined && 'parts' in last && last.id === fill.id) last.parts.push(fill);
    else (this.told[step] ??= []).push({ id: fill.id, parts: [fill] });
  }

  /** What is told after the last step's actions is in no ledger. */
  tellEnd(step: number, id: number, end: string): void {
    if (this.#lastStep === step) return;
    (this.told[step] ??= []).push({ id, end });
  }

  act(ctx: PortfolioContext): void {
    const { step, universe } = ctx;
    this.#lastStep = step;
    if (universe.some(({ bar }) => Number.isNaN(bar.time))) return;
    const minute = (ctx.time - this.#start) / this.#stepMs;
    this.minutes[step] = minute;
    this.positions[step] = universe.map(({ position }) => position.quantity);
    for (const told of this.told[step] ?? []) this.#follow(told);
    for (const action of this.#byMinute.get(minute) ?? []) {
      this.#hasBegun ||= action.kind === 'market';
      if (this.#hasBegun) this.#do(action, ctx);
    }
  }

  #follow(told: Told): void {
    const order = this.#alive.get(told.id);
    if (order !== undefined && 'parts' in told)
      order.rest -= told.parts.reduce((sum, { quantity }) => sum + quantity, 0);
    if ('end' in told || order?.rest === 0) this.#alive.delete(told.id);
  }

  #do(action: Action, ctx: PortfolioContext): void {
    const { kind, side, size, n = 0 } = action;
    const { name, bar } = ctx.universe[action.s]!;
    const send = (options: OrderOptions): number =>
      side === 1 ? ctx.buy(name, size, options) : ctx.sell(name, size, options);
    if (kind === 'cancel') {
      this.#cancel(n, ctx);
    } else if (kind === 'flatten') {
      const { quantity } = ctx.universe[action.s]!.position;
      const id = ctx.close(name);
      if (id > 0) this.#remember(ctx.step, [id], Math.abs(quantity));
    } else if (kind === 'oco') {
      const { sl, tp } = action as Required<Action>;
      const exit = { side: side === 1 ? 'sell' : 'buy', quantity: size } as const;
      this.#remember(ctx.step, ctx.oco(name, { ...exit, stop: sl }, { ...exit, limit: tp }), size);
    } else {
      const id = send(optionsOf(action, bar.time));
      this.#remember(ctx.step, kind === 'bracket' ? [id, id + 1, id + 2] : [id], size);
    }
  }

  #remember(step: number, family: readonly number[], rest: number): void {
    for (const id of family) this.#alive.set(id, { id, step, family, rest });
  }

  /** One that was sent at this step is not in the queue yet, unless orders are accepted at once: its cancel does nothing. */
  #cancel(n: number, ctx: PortfolioContext): void {
    const order = [...this.#alive.values()][n % this.#alive.size];
    if (order === undefined) return;
    ctx.cancel(order.id);
    if (this.#acceptsLater && order.step === ctx.step) return;
    for (const id of order.family) this.#alive.delete(id);
  }
}

function optionsOf(action: Action, barTime: number): OrderOptions {
  const { kind, price, plimit, trail, entry, sl, tp, valid } = action as Required<Action>;
  const lifetime = action.valid === undefined ? {} : { goodUntil: barTime + valid * MINUTE };
  switch (kind) {
    case 'market':
      return {};
    case 'close':
      return { onClose: true };
    case 'limit':
      return { limit: price, ...lifetime };
    case 'stop':
      return { stop: price, ...lifetime };
    case 'stoplimit':
      return { stop: price, limit: plimit, ...lifetime };
    case 'trail':
      return { trail: { offset: trail } };
    case 'trailpct':
      return { trail: { percent: percentOf(trail) } };
    case 'bracket':
      return {
        ...(entry === 'market' ? {} : { [entry]: price }),
        bracket: { stop: { price: sl }, target: { price: tp } },
      };
    default:
      throw new Error(`an action of the script is of no known kind: ${kind}`);
  }
}

/** The decimal moved by two places. */
function percentOf(fraction: number): number {
  const [digits, exponent = '0'] = String(fraction).split('e');
  return Number(`${digits}e${Number(exponent) + 2}`);
}

function strategyOf(actor: Actor) {
  return class Scripted extends PortfolioStrategy {
    override onFill(fill: Fill, { step }: PortfolioContext) {
      actor.tellFill(step, { ...fill });
    }
    override onCancel({ id }: Cancellation, { step }: PortfolioContext) {
      actor.tellEnd(step, id, 'Canceled');
    }
    override onReject({ id, reason }: Rejection, { step }: PortfolioContext) {
      actor.tellEnd(step, id, reason === 'BRACKET' ? 'Rejected' : 'Margin');
    }
    override onExpire({ id }: Expiry, { step }: PortfolioContext) {
      actor.tellEnd(step, id, 'Expired');
    }
    override onStep(ctx: PortfolioContext) {
      actor.act(ctx);
    }
  };
}

/** The ledger of the run: told and settled at each step, in this order. */
function linesOf(actor: Actor, events: readonly RunEvent[], settings: BacktraderSettings): Line[] {
  const trades = new Map<string, EventOf<'trade'>>();
  const equity = new Map<number, EventOf<'equity'>>();
  for (const event of events) {
    if (event.kind === 'trade') trades.set(`${event.step} ${event.exit}`, event);
    if (event.kind === 'equity') equity.set(event.step, event);
  }
  const lines: Line[] = [];
  for (const [step, minute] of actor.minutes.entries()) {
    if (minute === undefined) continue;
    for (const one of actor.told[step] ?? []) {
      if ('end' in one) lines.push(['X', minute, one.id - 1, one.end]);
      else lines.push(fillLine(minute, one.parts, trades.get(`${step} ${one.id}`), settings));
    }
    const { cash, equity: value } = equity.get(step)!;
    lines.push(['V', minute, cash, value, ...actor.positions[step]!]);
  }
  return lines;
}

/** An execution that closes and opens is one line: commissions and values are added. */
function fillLine(
  minute: number,
  parts: readonly Fill[],
  trade: EventOf<'trade'> | undefined,
  { commission, shortCash }: BacktraderSettings,
): Line {
  const { id, symbol, side, price } = parts[0]!;
  const sign = side === 'buy' ? 1 : -1;
  const worth = (size: number, at: number): number => {
    if (commission.kind === 'perContract') return Math.abs(size) * commission.margin;
    return (shortCash ? size : Math.abs(size)) * at;
  };
  const closed = parts.find(({ effect }) => effect === 'close');
  const opened = parts.find(({ effect }) => effect === 'open');
  const size = (closed?.quantity ?? 0) + (opened?.quantity ?? 0);
  const closedValue = closed === undefined ? 0 : worth(trade!.quantity, trade!.entryPrice);
  const openedValue = opened === undefined ? 0 : worth(sign * opened.quantity, price);
  return [
    'F',
    minute,
    id - 1,
    symbol.slice(symbol.indexOf('-') + 1),
    sign * size,
    price,
    (closed?.commission ?? 0) + (opened?.commission ?? 0),
    closed === undefined ? 0 : trade!.pnl,
    closedValue + openedValue,
  ];
}

function compareLines(lines: readonly Line[], expected: readonly (readonly string[])[]): Compared {
  let equal = 0;
  let firstDifference: string | null = null;
  const count = Math.max(lines.length, expected.length);
  for (let i = 0; i < count; i++) {
    const [ours, theirs] = [lines[i] ?? [], expected[i] ?? []];
    if (ours.length === theirs.length && ours.every((field, at) => isSame(field, theirs[at]!))) equal++;
    else firstDifference ??= `line ${i + 1}: expected "${theirs.join(' ')}", was "${ours.join(' ')}"`;
  }
  return { lines: expected.length, equal, firstDifference };
}

function isSame(ours: string | number, theirs: string): boolean {
  return typeof ours === 'string' ? ours === theirs : ours === Number(theirs);
}
