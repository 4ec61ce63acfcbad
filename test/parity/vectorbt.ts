/**
 * Plays a set of signals under the rules of vectorbt, and puts the record into the lines of the tool's own ledger.
 *
 * Signals are sent by a symbol strategy, each at the tick of its own row. Where columns are filled in another order than their own, a
 * portfolio strategy sends them: it is told of fills in the order in which they happened, which the record does not keep across symbols.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { VectorbtSettings } from '../../src/broker/presets/vectorbt.ts';
import { add } from '../../src/broker/presets/vectorbt/order.ts';
import { type Context, type Fill, PortfolioStrategy, Strategy } from '../../src/index.ts';
import type { Bar } from '../../src/market/bar.ts';
import { DEFAULT_INSTRUMENT } from '../../src/market/instrument.ts';
import { DEFAULT_RULES, type Plan, type StrategySource } from '../../src/record/plan.ts';
import type { EventOf, RunEvent } from '../../src/record/records.ts';
import type { PortfolioContext } from '../../src/strategy/context.ts';
import { play } from '../support/play.ts';
import type { Compared, ParityEntry } from './entry.ts';

/** By row and column: long and short entries and exits, and sizes or targets. */
interface Actions {
  readonly e: readonly (readonly boolean[])[];
  readonly x: readonly (readonly boolean[])[];
  readonly se: readonly (readonly boolean[])[];
  readonly sx: readonly (readonly boolean[])[];
  readonly tgt: readonly (readonly (number | null)[])[];
}

/** An order of the tool: side 0 buys, 1 sells. */
interface Order {
  readonly row: number;
  readonly column: number;
  readonly side: number;
  size: number;
  readonly price: number;
  fees: number;
  readonly id: number;
}

interface Run {
  readonly orders: readonly Order[];
  /** Cash and value of each row. */
  readonly points: readonly (readonly [number, number])[];
  readonly final: number;
}

type Lines = (readonly (string | number)[])[];

export async function compare(entry: ParityEntry, root: string): Promise<Compared> {
  const bars = entry.bars.map((file) => readBars(join(root, file)));
  const actions = JSON.parse(readText(join(root, entry.actions))) as Actions;
  const settings = entry.settings as unknown as VectorbtSettings;
  const all = bars.map((_, column) => column);
  const groups = settings.cashSharing ? [all] : all.map((column) => [column]);
  const runs: Run[] = [];
  for (const columns of groups) runs.push(await runOf(columns, bars, actions, entry, settings));
  const expected = readText(join(root, entry.ledger)).trim().split('\n');
  return compareLines(expected, linesOf(runs, entry.prefix === true));
}

/** @param columns that share their cash */
async function runOf(
  columns: readonly number[],
  bars: readonly (readonly Bar[])[],
  actions: Actions,
  { grid }: ParityEntry,
  settings: VectorbtSettings,
): Promise<Run> {
  const isSorted = settings.callSequence !== 'default' || settings.source === 'orders';
  const told: Fill['id'][] = [];
  const strategyClass = isSorted ? portfolioOf(actions, settings, told) : strategyOf(actions, settings);
  const plan: Plan = {
    strategies: [{ source: { strategyClass }, params: {}, symbolParams: {} }],
    rules: { ...DEFAULT_RULES, cash: settings.initCash, fills: { preset: 'vectorbt', settings } },
    instruments: Object.fromEntries(
      columns.map((column) => [nameOf(column), { ...DEFAULT_INSTRUMENT, lot: 0 }]),
    ),
    seed: 1,
    warmupSteps: 0,
    grid: { start: Date.parse(grid.start), stepMs: grid.stepMs, count: grid.count },
    deterministic: false,
  };
  const named = Object.fromEntries(columns.map((column) => [nameOf(column), bars[column]!]));
  const { events } = await play({ interval: grid.stepMs, bars: named }, plan);
  const orders = ordersOf(events);
  const place = new Map(told.map((id, index) => [id, index]));
  if (isSorted) orders.sort((a, b) => a.row - b.row || place.get(a.id)! - place.get(b.id)!);
  const points = events
    .filter((event): event is EventOf<'equity'> => event.kind === 'equity')
    .map(({ cash, equity }) => [cash, equity] as const);
  return { orders, points, final: finalValue(orders, columns, bars, settings.initCash) };
}

function strategyOf(actions: Actions, settings: VectorbtSettings): SymbolClass {
  return class extends Strategy {
    override onTick(_: Bar, ctx: Context): void {
      const column = columnOf(ctx.symbol);
      const { step } = ctx;
      if (actions.e[step]![column]) ctx.buy(1);
      if (actions.x[step]![column]) ctx.sell(1, { reduceOnly: true });
      if (!settings.longShort) return;
      if (actions.se[step]![column]) ctx.sell(1);
      if (actions.sx[step]![column]) ctx.buy(1, { reduceOnly: true });
    }
  };
}

/** @param told is given the ids of its orders as their fills are told */
function portfolioOf(actions: Actions, settings: VectorbtSettings, told: number[]): SymbolClass {
  const { source, longShort, sizeType } = settings;
  return class extends PortfolioStrategy {
    override onStep(ctx: PortfolioContext): void {
      for (const symbol of ctx.symbols) {
        if (source === 'orders') this.#size(symbol, ctx);
        else this.#signal(symbol, ctx);
      }
    }
    override onFill({ id }: Fill): void {
      if (told.at(-1) !== id) told.push(id);
    }
    #signal(symbol: string, ctx: PortfolioContext): void {
      const column = columnOf(symbol);
      const { step } = ctx;
      if (actions.e[step]![column]) ctx.buy(symbol, 1);
      if (actions.x[step]![column]) ctx.sell(symbol, 1, { reduceOnly: true });
      if (!longShort) return;
      if (actions.se[step]![column]) ctx.sell(symbol, 1);
      if (actions.sx[step]![column]) ctx.buy(symbol, 1, { reduceOnly: true });
    }
    #size(symbol: string, ctx: PortfolioContext): void {
      const size = actions.tgt[ctx.step]![columnOf(symbol)]!;
      if (size === null) return;
      if (sizeType.startsWith('target')) ctx.target(symbol, { quantity: size });
      else if (size > 0) ctx.buy(symbol, size);
      else if (size < 0) ctx.sell(symbol, -size);
    }
  };
}
type SymbolClass = Extract<StrategySource, { strategyClass: unknown }>['strategyClass'];

/** A reversal is one order of the tool, and a closing and an opening fill of one order in the record. */
function ordersOf(events: readonly RunEvent[]): Order[] {
  const orders: Order[] = [];
  for (const event of events) {
    if (event.kind !== 'fill') continue;
    const { step: row, symbol, sequence: id, side, quantity, price, commission } = event;
    const last = orders.at(-1);
    if (last?.row === row && last.column === columnOf(symbol)) {
      last.size += quantity;
      last.fees += commission;
      continue;
    }
    const column = columnOf(symbol);
    orders.push({ row, column, side: side === 'buy' ? 0 : 1, size: quantity, price, fees: commission, id });
  }
  return orders;
}

/** As the tool adds it up: the flows of each column, what it holds at the last close, the columns, and the initial cash. */
function finalValue(
  orders: readonly Order[],
  columns: readonly number[],
  bars: readonly (readonly Bar[])[],
  initCash: number,
): number {
  let profit = 0;
  for (const column of columns) {
    let cash = 0;
    let held = 0;
    for (const { column: of, side, size, price, fees } of orders) {
      if (of !== column) continue;
      held = add(held, side === 0 ? size : -size);
      cash = add(cash, side === 0 ? -(size * price + fees) : size * price - fees);
    }
    profit += cash + held * (bars[column]!.at(-1)?.close ?? 0);
  }
  return profit + initCash;
}

function linesOf(runs: readonly Run[], isPrefix: boolean): Lines {
  const orders = runs.flatMap((run) => run.orders);
  const lines: Lines = orders.map(({ row, column, side, size, price, fees }) => [
    'O',
    row,
    column,
    side,
    size,
    price,
    fees,
  ]);
  const rows = runs[0]!.points.length;
  for (let row = 0; row < rows; row++) {
    const cash = runs.map(({ points }) => points[row]![0]);
    lines.push(['V', row, ...cash, ...runs.map(({ points }) => points[row]![1])]);
  }
  if (!isPrefix) lines.push(['Z', ...runs.map(({ final }) => final)]);
  return lines;
}

/** Fields as numbers: any decimal of a double is that double. */
function compareLines(expected: readonly string[], actual: Lines): Compared {
  const count = Math.max(expected.length, actual.length);
  let equal = 0;
  let firstDifference: string | null = null;
  for (let i = 0; i < count; i++) {
    const [kind, ...fields] = (expected[i] ?? '').split(' ');
    const [actualKind, ...numbers] = actual[i] ?? [];
    const isEqual =
      kind === actualKind &&
      fields.length === numbers.length &&
      fields.every((field, place) => Number(field) === numbers[place]);
    if (isEqual) equal++;
    else
      firstDifference ??= `line ${i + 1}: ${expected[i] ?? 'nothing'} | here ${actual[i]?.join(' ') ?? 'nothing'}`;
  }
  return { lines: count, equal, firstDifference };
}

function readBars(file: string): Bar[] {
  const [, ...rows] = readText(file).trim().split('\n');
  return rows.map((row) => {
    const [timestamp, ...numbers] = row.split(',');
    const [open, high, low, close, volume] = numbers.map(Number) as [number, number, number, number, number];
    return { time: Date.parse(timestamp!), open, high, low, close, volume };
  });
}

function readText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** Names in the order of the columns. */
function nameOf(column: number): string {
  return `C${String(column).padStart(4, '0')}`;
}

function columnOf(symbol: string): number {
  return Number(symbol.slice(1));
}
