/**
 * A bracket's parent and children: where the children go when the parent fills, and how they grow with it.
 *
 *     level      stop (always on the losing side)     target (on the winning side)
 *     price      as given                             as given
 *     offset     fill ∓ distance                      fill ± distance
 *     percent    fill ∓ fill × percent / 100          fill ± fill × percent / 100
 *     multiple                                        fill ± multiple × |fill − stop|
 *     trailing   as offset or percent, and from then on behind the best price since the fill
 *
 * Levels are found once, at the first fill that opens, from its price after slippage. A parent that fills in parts adds to its children
 * what each part opened, unless the strategy has given them a quantity of their own.
 */
import { assert } from '../kernel/assert.ts';
import type { BrokerMemory } from './broker.ts';
import { LIMIT, SELL, TRAILING } from './matching.ts';
import { stretchOf } from './order-check.ts';
import * as Order from './order-table.ts';
import { type OrderTable, setMark } from './order-table.ts';
import { Grain, roundPrice } from './rounding.ts';
import { trailLevel } from './trailing.ts';

export class Family {
  readonly #memory: BrokerMemory;
  readonly #ticks: readonly Grain[];

  constructor(memory: BrokerMemory) {
    this.#memory = memory;
    this.#ticks = memory.instruments.map((instrument) => new Grain(instrument.tick));
  }

  /** From a fill at `price` to the stop that would follow from it, 0 without one. Nothing is written: the gate may yet refuse. */
  distance(table: OrderTable, row: number, price: number): number {
    const stop = table.firstChild(row);
    if (stop < 0 || !isAliveStop(table.cells, stop)) return 0;
    return Math.abs(price - this.#levelOf(table.cells, stop, price, NaN));
  }

  /** Wakes or grows what has not ended of an order's children. Returns whether it has any. */
  grow(table: OrderTable, row: number, opened: number, price: number, lot: Grain): boolean {
    const { cells } = table;
    const total = cells[row + Order.OPENED]!;
    const before = lot.nearest(total - opened);
    let stopDistance = NaN;
    let hasAny = false;
    for (let child = table.firstChild(row); child >= 0; child = table.nextChild(child)) {
      hasAny = true;
      if (cells[child + Order.LIFE] === Order.DORMANT) {
        const level = this.#levelOf(cells, child, price, stopDistance);
        if (cells[child + Order.TYPE] !== LIMIT) stopDistance = Math.abs(price - level);
        this.#wake(cells, child, level, price);
        if (cells[child + Order.SIZED] === 0)
          cells[child + Order.QUANTITY] = shareOf(cells, child, total, lot);
      } else if (cells[child + Order.LIFE] === Order.LIVE && cells[child + Order.SIZED] === 0) {
        const more = shareOf(cells, child, total, lot) - shareOf(cells, child, before, lot);
        cells[child + Order.QUANTITY] = lot.nearest(cells[child + Order.QUANTITY]! + more);
      }
    }
    return hasAny;
  }

  /** Gives a trailing stop the best price of the bar on which it was woken. */
  follow(cells: Float64Array, row: number, best: number): void {
    if (cells[row + Order.TYPE] !== TRAILING) return;
    const isSell = cells[row + Order.SIDE] === SELL;
    const water = cells[row + Order.WATER]!;
    if (isSell ? best > water : best < water) setMark(cells, row, best, this.#tickOf(cells, row));
  }

  #wake(cells: Float64Array, child: number, level: number, fill: number): void {
    cells[child + Order.LIFE] = Order.LIVE;
    cells[child + Order.PRICE] = level;
    cells[child + Order.WATER] = fill;
    cells[child + Order.WATER_BAR] = this.#memory.cursors.index[cells[child + Order.SYMBOL]!]!;
  }

  #levelOf(cells: Float64Array, child: number, fill: number, stopDistance: number): number {
    const level = cells[child + Order.LEVEL]!;
    if (level === Order.LEVEL_PRICE || cells[child + Order.LIFE] === Order.LIVE)
      return cells[child + Order.PRICE]!;
    const side = cells[child + Order.SIDE]!;
    const given = cells[child + Order.DISTANCE]!;
    const tick = this.#tickOf(cells, child);
    const isPercent = level === Order.LEVEL_PERCENT;
    if (cells[child + Order.TYPE] === TRAILING) return trailLevel(fill, side, isPercent, given, tick);
    const isMultiple = level === Order.LEVEL_MULTIPLE;
    assert(!isMultiple || !Number.isNaN(stopDistance), 'a multiple has its stop');
    const distance = isPercent ? (fill * given) / 100 : isMultiple ? given * stopDistance : given;
    const isLimit = cells[child + Order.TYPE] === LIMIT;
    return roundPrice((side === SELL) === isLimit ? fill + distance : fill - distance, isLimit, side, tick);
  }

  #tickOf(cells: Float64Array, row: number): Grain {
    return this.#ticks[cells[row + Order.SYMBOL]!]!;
  }
}

function shareOf(cells: Float64Array, child: number, whole: number, lot: Grain): number {
  return stretchOf(whole, cells[child + Order.PORTION_FROM]!, cells[child + Order.PORTION_TO]!, lot);
}

function isAliveStop(cells: Float64Array, row: number): boolean {
  return cells[row + Order.LIFE] !== Order.DONE && cells[row + Order.TYPE] !== LIMIT;
}
