/**
 * A bracket's children on the bar on which their parent opened the position, as far as the bar tells.
 *
 * R is the parent's price before slippage; it stands where the open stands on other bars.
 *
 *     a stop that R has already passed      filled at R, before all else, under every policy; counted
 *     parent filled at the open             stop and target are tested on the whole bar
 *     parent filled within the bar          pessimistic: the stop, on the whole bar
 *                                           optimistic: both, on the whole bar
 *                                           path: both, on what is left of the path after the fill
 *     both reached                          pessimistic the stop, optimistic the target, path the earlier
 *
 * What is unrealistic about it: after a fill within the bar, the whole-bar tests may use a high or low from before it. That is why
 * the default lets it hurt and never lets it help.
 */
import type { Execution } from './execution.ts';
import { type BarPath, isPassedBy, isReached, LIMIT, rawPrice, STOP, waitsAbove } from './matching.ts';
import * as Order from './order-table.ts';
import type { OrderTable } from './order-table.ts';
import type { IntrabarPolicy, LimitTouch } from './policies.ts';

/** How a parent was filled: remembered from pass (ii) to the end of (iii). */
export interface EntryFill {
  readonly table: OrderTable;
  readonly row: number;
  readonly raw: number;
  readonly isAtOpen: boolean;
}

export class EntryBar {
  readonly #execution: Execution;
  readonly #policy: IntrabarPolicy;
  readonly #limitTouch: LimitTouch;
  readonly #path: BarPath;

  constructor(execution: Execution, path: BarPath) {
    this.#execution = execution;
    this.#policy = execution.memory.rules.intrabar;
    this.#limitTouch = execution.memory.rules.limitTouch;
    this.#path = path;
  }

  /** Fills at most one of a parent's children. Returns whether the policy may have decided something. */
  settle(fill: EntryFill): boolean {
    const { table, row, raw, isAtOpen } = fill;
    const { cells } = table;
    const stop = this.#liveRow(cells, row, Order.STOP_CHILD);
    const target = this.#liveRow(cells, row, Order.TARGET_CHILD);
    if (stop < 0 && target < 0) return false;

    if (
      stop >= 0 &&
      isPassedBy(raw, STOP, cells[stop + Order.SIDE]!, cells[stop + Order.PRICE]!, this.#limitTouch)
    ) {
      this.#execution.counts.stopsPassedAtEntry++;
      this.#execution.close(table, stop, raw);
      return false;
    }
    const isStopOnBar = stop >= 0 && this.#isOnBar(cells, stop);
    const isTargetOnBar = target >= 0 && this.#isOnBar(cells, target);
    const first = this.#policy === 'path' ? this.#firstOnPath(fill, stop, target) : -1;
    if (this.#policy === 'path') {
      if (first >= 0) this.#fill(table, first, raw);
    } else {
      const mayTarget = isTargetOnBar && (isAtOpen || this.#policy === 'optimistic');
      const takesTarget = mayTarget && (!isStopOnBar || this.#policy === 'optimistic');
      if (takesTarget) this.#fill(table, target, raw);
      else if (isStopOnBar) this.#fill(table, stop, raw);
    }
    return isAtOpen ? isStopOnBar && isTargetOnBar : isStopOnBar || isTargetOnBar;
  }

  /** The child that the rest of the path reaches first, or −1. */
  #firstOnPath(fill: EntryFill, stop: number, target: number): number {
    const { cells } = fill.table;
    const { row } = fill;
    const path = this.#path;
    const bars = this.#execution.barsOf(cells, row);
    const index = this.#execution.barIndex(cells, row);
    path.set(bars.open[index]!, bars.high[index]!, bars.low[index]!, bars.close[index]!);
    const entryLeg = fill.isAtOpen || !this.#find(cells, row, 0, 0) ? 0 : path.leg;

    if (stop < 0 || !this.#find(cells, stop, entryLeg, fill.raw)) {
      return target >= 0 && this.#find(cells, target, entryLeg, fill.raw) ? target : -1;
    }
    const { leg, distance } = path;
    const isTargetEarlier =
      target >= 0 &&
      this.#find(cells, target, entryLeg, fill.raw) &&
      (path.leg - leg || path.distance - distance) < 0;
    return isTargetEarlier ? target : stop;
  }

  #find(cells: Float64Array, row: number, leg: number, from: number): boolean {
    const type = cells[row + Order.TYPE]!;
    const isStrict = type === LIMIT && this.#limitTouch === 'through';
    const upwards = waitsAbove(type, cells[row + Order.SIDE]!);
    return this.#path.findAfter(leg, from, cells[row + Order.PRICE]!, upwards, isStrict);
  }

  #isOnBar(cells: Float64Array, row: number): boolean {
    const bars = this.#execution.barsOf(cells, row);
    const index = this.#execution.barIndex(cells, row);
    const price = cells[row + Order.PRICE]!;
    return isReached(
      cells[row + Order.TYPE]!,
      cells[row + Order.SIDE]!,
      price,
      bars.high[index]!,
      bars.low[index]!,
      this.#limitTouch,
    );
  }

  #fill(table: OrderTable, row: number, raw: number): void {
    const { cells } = table;
    const price = rawPrice(
      cells[row + Order.TYPE]!,
      cells[row + Order.SIDE]!,
      cells[row + Order.PRICE]!,
      raw,
    );
    this.#execution.close(table, row, price);
  }

  #liveRow(
    cells: Float64Array,
    parent: number,
    field: typeof Order.STOP_CHILD | typeof Order.TARGET_CHILD,
  ): number {
    const row = this.#execution.childRow(cells, parent, field);
    return row >= 0 && cells[row + Order.LIFE] === Order.LIVE && cells[row + Order.QUANTITY]! > 0 ? row : -1;
  }
}
