/** The table of orders and the books of positions, walked at random against plain objects. */
import { describe, expect, test } from 'vitest';
import { Books } from '../../src/broker/books.ts';
import { BUY, LIMIT, MARKET, SELL } from '../../src/broker/matching.ts';
import * as Order from '../../src/broker/order-table.ts';
import { OrderTable, STRIDE } from '../../src/broker/order-table.ts';
import { Grain } from '../../src/broker/rounding.ts';
import { BarStore, type BarViews } from '../../src/market/bar-store.ts';
import { seeded } from '../support/random.ts';
import { at } from '../worlds/scene.ts';
import { marketOf } from './scene.ts';

const NO_TICK = new Grain(0);
const bars: BarViews = BarStore.create(marketOf({ A: [at(100), [100, 110, 90, 100]] })).columns(0);

function listOf(table: OrderTable, symbol: number): number[] {
  const sequences: number[] = [];
  for (let slot = table.head(symbol); slot >= 0; slot = table.cells[slot * STRIDE + Order.NEXT]!)
    sequences.push(table.cells[slot * STRIDE + Order.SEQUENCE]!);
  return sequences;
}

function addLive(table: OrderTable, symbol: number, sequence: number, type = MARKET, price = NaN): number {
  const row = table.add(symbol, 0, sequence) * STRIDE;
  table.cells[row + Order.LIFE] = Order.LIVE;
  table.cells[row + Order.SIDE] = BUY;
  table.cells[row + Order.TYPE] = type;
  table.cells[row + Order.PRICE] = price;
  return row;
}

describe('a table of orders', () => {
  test('keeps an order that has ended until the sweep, and finds it no more', () => {
    const table = OrderTable.create(1);
    const row = addLive(table, 0, 1);
    addLive(table, 0, 2);
    table.cells[row + Order.LIFE] = Order.DONE;
    expect(listOf(table, 0)).toEqual([1, 2]);
    expect(table.find(0, 0, 1)).toBe(-1);
    table.testNextBar(0, bars, 1, 'touch', NO_TICK);
    expect(listOf(table, 0)).toEqual([2]);
  });

  test('gives a slot out again with all fields 0', () => {
    const table = OrderTable.create(2);
    const row = addLive(table, 0, 1, LIMIT, 95);
    table.cells.fill(9, row + Order.REDUCE_ONLY, row + STRIDE);
    table.cells[row + Order.LIFE] = Order.DONE;
    table.testNextBar(0, bars, 1, 'touch', NO_TICK);
    const again = table.add(1, 0, 7) * STRIDE;
    expect(again).toBe(row);
    const filled = [...table.cells.subarray(row, row + STRIDE)].flatMap((cell, field) =>
      cell === 0 ? [] : [field],
    );
    expect(filled).toEqual([Order.SEQUENCE, Order.SYMBOL, Order.NEXT]);
  });

  test('tells orders of several strategies with one sequence apart', () => {
    const table = OrderTable.create(1);
    const slots = [0, 1].map((strategy) => table.add(0, strategy, 5));
    for (const slot of slots) table.cells[slot * STRIDE + Order.LIFE] = Order.DORMANT;
    expect([table.find(0, 0, 5), table.find(0, 1, 5), table.find(0, 2, 5)]).toEqual([...slots, -1]);
  });

  test('marks what the next bar reaches, and nothing when there is no next bar', () => {
    const table = OrderTable.create(1);
    const rows = [addLive(table, 0, 1, LIMIT, 95), addLive(table, 0, 2, LIMIT, 80), addLive(table, 0, 3)];
    const asleep = addLive(table, 0, 4, LIMIT, 95);
    table.cells[asleep + Order.LIFE] = Order.DORMANT;
    const marks = () => [...rows, asleep].map((row) => table.cells[row + Order.REACHED]);
    table.testNextBar(0, bars, 1, 'touch', NO_TICK);
    expect([marks(), table.reachedCount(0)]).toEqual([[1, 0, 1, 0], 2]);
    table.testNextBar(0, bars, 2, 'touch', NO_TICK);
    expect([marks(), table.reachedCount(0)]).toEqual([[0, 0, 0, 0], 0]);
  });

  test('is seen by a second view as it grows', () => {
    const owner = OrderTable.create(1);
    const settlement = new OrderTable(owner.memory);
    for (let sequence = 1; sequence <= 1_000; sequence++) addLive(owner, 0, sequence);
    settlement.refresh();
    expect(listOf(settlement, 0)).toEqual(listOf(owner, 0));
  });

  test('is the lists of plain arrays on a random walk, seed 13', () => {
    const random = seeded(13);
    const symbols = 5;
    const table = OrderTable.create(symbols);
    const lists: { sequence: number; row: number; isDone: boolean }[][] = Array.from(
      { length: symbols },
      () => [],
    );
    let sequence = 0;
    let most = 0;
    for (let step = 0; step < 5_000; step++) {
      const symbol = Math.floor(random() * symbols);
      const list = lists[symbol]!;
      const dice = random();
      if (dice < 0.5) {
        list.push({ sequence: ++sequence, row: addLive(table, symbol, sequence), isDone: false });
      } else if (dice < 0.9) {
        const order = list[Math.floor(random() * list.length)];
        if (order === undefined) continue;
        order.isDone = true;
        table.cells[order.row + Order.LIFE] = Order.DONE;
      } else {
        table.testNextBar(symbol, bars, 1, 'touch', NO_TICK);
        lists[symbol] = list.filter(({ isDone }) => !isDone);
        expect(table.reachedCount(symbol), `step ${step}`).toBe(lists[symbol]!.length);
      }
      const known = lists.flat();
      most = Math.max(most, known.length);
      for (const [index, orders] of lists.entries())
        expect(listOf(table, index), `step ${step}`).toEqual(orders.map((order) => order.sequence));
      const asked = known[Math.floor(random() * known.length)];
      if (asked === undefined) continue;
      const owner = lists.findIndex((orders) => orders.includes(asked));
      expect(table.find(owner, 0, asked.sequence), `step ${step}`).toBe(
        asked.isDone ? -1 : asked.row / STRIDE,
      );
      expect(new Set(known.map(({ row }) => row)).size, `step ${step}`).toBe(known.length); // No slot twice.
    }
    expect(most).toBeGreaterThan(50);
  });
});

describe('a book', () => {
  const lot = new Grain(0.1);

  test('averages what it opens, price and risk, and keeps both while it shrinks', () => {
    const books = Books.create(1, 1, 0);
    books.open(0, 10, 100, 5, lot);
    books.open(0, 30, 104, 1, lot);
    expect([books.quantity[0], books.averagePrice[0], books.riskPerUnit[0]]).toEqual([40, 103, 2]);
    books.carriedFees[0] = 8;
    expect(books.close(0, 10, lot)).toBe(2);
    expect([books.quantity[0], books.averagePrice[0], books.riskPerUnit[0], books.carriedFees[0]]).toEqual([
      30, 103, 2, 6,
    ]);
    expect(books.close(0, 30, lot)).toBe(6);
    expect([books.quantity[0], books.averagePrice[0], books.riskPerUnit[0], books.carriedFees[0]]).toEqual([
      0,
      NaN,
      0,
      0,
    ]);
  });

  test('of a short has a quantity below 0 and an average above', () => {
    const books = Books.create(1, 1, 0);
    books.open(0, -10, 100, 0, lot);
    books.open(0, -10, 90, 0, lot);
    books.close(0, 5, lot);
    expect([books.quantity[0], books.averagePrice[0]]).toEqual([-15, 95]);
  });

  test('is flat after three tenths less three times a tenth', () => {
    const books = Books.create(1, 1, 0);
    books.open(0, 0.3, 100, 0, lot);
    for (let i = 0; i < 3; i++) books.close(0, 0.1, lot);
    expect(Object.is(books.quantity[0], 0)).toBe(true);
  });

  test('is one of many in shared memory, and the account beside them is everyone’s', () => {
    const books = Books.create(2, 3, 500);
    const other = new Books(books.memory);
    books.open(4, SELL * 2, 50, 0, lot);
    books.cash = 600;
    expect([...other.quantity]).toEqual([0, 0, 0, 0, -2, 0]);
    expect([other.cash, other.equity, other.gross]).toEqual([600, 500, 0]);
  });

  test('holds whole lots and all fees on a random walk, seed 17', () => {
    const random = seeded(17);
    const books = Books.create(1, 1, 0);
    let tenths = 0;
    let cost = 0; // Of what is held, in exact tenths times whole prices.
    let fees = 0;
    for (let i = 0; i < 5_000; i++) {
      const held = Math.abs(tenths);
      if (held === 0 || random() < 0.5) {
        const side = held === 0 ? (random() < 0.5 ? 1 : -1) : Math.sign(tenths);
        const count = 1 + Math.floor(random() * 50);
        const price = 50 + Math.floor(random() * 100);
        books.open(0, side * (count / 10), price, 0, lot);
        books.carriedFees[0]! += 1;
        fees += 1;
        tenths += side * count;
        cost += count * price;
      } else {
        const count = 1 + Math.floor(random() * held);
        fees -= books.close(0, count / 10, lot);
        cost -= (cost * count) / held;
        tenths -= Math.sign(tenths) * count;
      }
      expect(books.quantity[0], `trade ${i}`).toBe(tenths / 10);
      expect(books.carriedFees[0], `trade ${i}`).toBeCloseTo(fees, 9);
      if (tenths === 0) expect(books.averagePrice[0], `trade ${i}`).toBeNaN();
      else expect(books.averagePrice[0], `trade ${i}`).toBeCloseTo(cost / Math.abs(tenths), 8);
    }
  });
});
