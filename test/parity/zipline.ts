/**
 * Plays a script of order actions under the zipline preset and compares what comes of it with the ledger that zipline wrote.
 *
 * The strategy sends each action at its session. Of its orders it keeps what a trader knows: which it has sent, what of each has been
 * told to be filled, and which have ended. The ledger numbers them from 0, without those whose amount is 0.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { OrderOptions } from '../../src/broker/order.ts';
import { wholeAmount, type ZiplineSettings } from '../../src/broker/presets/zipline.ts';
import { type PortfolioContext, PortfolioStrategy } from '../../src/index.ts';
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_RULES, type Plan } from '../../src/record/plan.ts';
import type { EventOf, RunEvent } from '../../src/record/records.ts';
import type { Fill } from '../../src/strategy/context.ts';
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
  readonly n?: number;
}

/** An execution as it is told: the closing and the opening part of one are one here. */
interface Execution {
  readonly step: number;
  readonly id: number;
  readonly symbol: string;
  readonly price: number;
  amount: number;
  commission: number;
}

type Line = readonly (string | number)[];

/** Amounts of the script are multiplied by this, so that they meet the caps on volume. */
const UNITS = 3;

export async function compare(entry: ParityEntry, root: string): Promise<Compared> {
  const settings = entry.settings as unknown as ZiplineSettings;
  const { start, stepMs, count } = entry.grid;
  // Symbols stand in the order of their names here, and of the files there.
  const names = entry.bars.map(
    (file, index) => `${String(index).padStart(3, '0')}-${basename(file, '.csv')}`,
  );
  const bars = Object.fromEntries(
    names.map((name, index) => [name, readBars(join(root, entry.bars[index]!))]),
  );
  const trader = new Trader(JSON.parse(readFileSync(join(root, entry.actions), 'utf8')) as Action[], names);
  const plan: Plan = {
    strategies: [{ source: { strategyClass: strategyOf(trader) }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: settings.cash, fills: { preset: 'zipline', settings } },
    instruments: {},
    seed: 0,
    warmupSteps: 0,
    grid: { start: Date.parse(start), stepMs, count },
    deterministic: false,
  };
  const { events } = await play({ interval: stepMs, bars }, plan);
  const expected = readLedger(join(root, entry.ledger));
  const lines = linesOf(trader, events, names);
  return compareLines(entry.prefix === true ? lines.slice(0, expected.length) : lines, expected);
}

/** Does what the script says, and writes down what it is told. */
class Trader {
  readonly executions: Execution[] = [];
  /** Of the ledger, by the id that an order has here. */
  readonly sequences = new Map<number, number>();
  readonly #names: readonly string[];
  readonly #byStep = new Map<number, Action[]>();
  /** What is left of each open order, oldest first. */
  readonly #left = new Map<number, number>();

  constructor(script: readonly Action[], names: readonly string[]) {
    this.#names = names;
    for (const action of script) this.#byStep.set(action.t, [...(this.#byStep.get(action.t) ?? []), action]);
  }

  act(ctx: PortfolioContext): void {
    for (const action of this.#byStep.get(ctx.step) ?? []) this.#do(action, ctx);
  }

  filled({ id, symbol, side, quantity, price, commission }: Fill, step: number): void {
    const amount = side === 'buy' ? quantity : -quantity;
    const last = this.executions.at(-1);
    if (last !== undefined && last.step === step && last.id === id) {
      last.amount += amount;
      last.commission += commission;
    } else {
      this.executions.push({ step, id, symbol, price, amount, commission });
    }
    const left = this.#left.get(id)! - quantity;
    if (left === 0) this.#left.delete(id);
    else this.#left.set(id, left);
  }

  ended(id: number): void {
    this.#left.delete(id);
  }

  #do({ kind, s, side, size, price, plimit, n }: Action, ctx: PortfolioContext): void {
    const symbol = this.#names[s]!;
    const amount = UNITS * side * size;
    switch (kind) {
      case 'market':
      case 'bracket':
        return this.#send(ctx, symbol, amount, {});
      case 'trail':
        return this.#send(ctx, symbol, amount + 0.99995, {});
      case 'close':
        return this.#send(ctx, symbol, amount + 0.5, {});
      case 'limit':
        return this.#send(ctx, symbol, amount, { limit: price! });
      case 'stop':
        return this.#send(ctx, symbol, amount, { stop: price! });
      case 'stoplimit':
        return this.#send(ctx, symbol, amount, { stop: price!, limit: plimit! });
      case 'flatten':
        return this.#send(ctx, symbol, -ctx.view(symbol).position.quantity, {});
      case 'cancel': {
        const open = [...this.#left.keys()];
        if (open.length === 0) return;
        const id = open[n! % open.length]!;
        expectTrue(ctx.cancel(id), `order ${id} is alive`);
        return this.ended(id);
      }
      case 'trailpct':
      case 'oco':
        return;
      default:
        throw new Error(`the script has an action of kind "${kind}"`);
    }
  }

  #send(ctx: PortfolioContext, symbol: string, amount: number, options: OrderOptions): void {
    if (amount === 0) return;
    const id = amount > 0 ? ctx.buy(symbol, amount, options) : ctx.sell(symbol, -amount, options);
    const whole = wholeAmount(Math.abs(amount));
    if (whole === 0) return;
    this.sequences.set(id, this.sequences.size);
    this.#left.set(id, whole);
  }
}

function strategyOf(trader: Trader) {
  return class Scripted extends PortfolioStrategy {
    override onStep(ctx: PortfolioContext): void {
      trader.act(ctx);
    }
    override onFill(fill: Fill, ctx: PortfolioContext): void {
      trader.filled(fill, ctx.step);
    }
    override onCancel({ id }: { readonly id: number }): void {
      trader.ended(id);
    }
  };
}

/** The tool's ledger. Order among symbols is that in which fills are told: the record goes by symbol. */
function linesOf(
  { executions, sequences }: Trader,
  events: readonly RunEvent[],
  names: readonly string[],
): Line[] {
  const cashAfter = new Map<string, number>();
  for (const { step, sequence, cash } of of(events, 'fill')) cashAfter.set(`${step} ${sequence}`, cash);
  const byStep = Map.groupBy(executions, ({ step }) => step);
  const positions = names.map(() => 0);
  const lines: Line[] = [];
  for (const { step, cash, equity } of of(events, 'equity')) {
    const ofStep = byStep.get(step) ?? [];
    let running = NaN;
    for (const { id, symbol, amount, price } of ofStep) {
      const asset = names.indexOf(symbol);
      running = cashAfter.get(`${step} ${id}`)!;
      positions[asset]! += amount;
      lines.push(['F', step, asset, sequences.get(id)!, amount, price, running]);
    }
    for (const { symbol, commission } of ofStep) {
      if (!(commission > 0)) continue;
      running += -commission;
      lines.push(['C', step, names.indexOf(symbol), commission, running]);
    }
    lines.push(['V', step, cash, equity, ...positions]);
  }
  return lines;
}

function of<Kind extends RunEvent['kind']>(events: readonly RunEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> & RunEvent => event.kind === kind);
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

/** All fields of all lines, in order: words as they are, everything else as a double. */
function compareLines(lines: readonly Line[], expected: readonly string[][]): Compared {
  let equal = 0;
  let firstDifference: string | null = null;
  const count = Math.max(lines.length, expected.length);
  for (let i = 0; i < count; i++) {
    const [line, given] = [lines[i] ?? [], expected[i] ?? []];
    const isEqual = line.length === given.length && line.every((field, k) => isSame(field, given[k]!));
    if (isEqual) equal++;
    else firstDifference ??= `line ${i + 1}: ${line.join(' ')} in the place of ${given.join(' ')}`;
  }
  return { lines: count, equal, firstDifference };
}

function isSame(field: string | number, given: string): boolean {
  return typeof field === 'string' ? field === given : field === Number(given);
}

function expectTrue(fact: boolean, claim: string): void {
  if (!fact) throw new Error(`not so: ${claim}`);
}
