/**
 * A bracket's children on the bar on which their parent opened the position, as far as the bar tells.
 *
 * R is the parent's price before slippage; it stands where the open stands on other bars.
 *
 *     a stop that R has already passed      filled at R, before all else, under every policy; counted
 *     parent filled at the open             stop and targets are tested on the whole bar
 *     parent filled within the bar          pessimistic: the stop, on the whole bar
 *                                           optimistic: both, on the whole bar
 *                                           path: both, on what is left of the path after the fill
 *     parent filled on the close            nothing is left of the bar
 *     stop and a target reached             pessimistic the stop, optimistic the targets, path the earlier
 *
 * A trailing stop is tested where it stands at the fill. Then it follows what certainly came after the fill: the bar's extreme if
 * the parent filled at the open, else its close.
 *
 * What is unrealistic about it: after a fill within the bar, the whole-bar tests may use a high or low from before it. That is why
 * the default lets it hurt and never lets it help.
 */
import type { Execution } from './execution.ts';
import type { Alternatives } from './alternatives.ts';
import {
  type BarPath,
  isPassedBy,
  isReached,
  LIMIT,
  rawPrice,
  STOP,
  TRAILING,
  waitsAbove,
} from './matching.ts';
import * as Order from './order-table.ts';
import type { OrderTable } from './order-table.ts';
import type { IntrabarPolicy, LimitTouch } from './policies.ts';
import { markAfter } from './trailing.ts';

/** How a parent was filled: remembered from pass (ii) to the end of (iii). */
export interface EntryFill {
  readonly table: OrderTable;
  readonly row: number;
  readonly raw: number;
  readonly isAtOpen: boolean;
  readonly isAtClose: boolean;
  /** The parent's price as an order, and whether it waited above: where on the path it was filled. */
  readonly level: number;
  readonly upwards: boolean;
  readonly isLimit: boolean;
}

export class EntryBar {
  readonly #execution: Execution;
  readonly #policy: IntrabarPolicy;
  readonly #limitTouch: LimitTouch;
  readonly #path: BarPath;
  readonly #alternatives: Alternatives;
  readonly #children: number[] = [];

  constructor(execution: Execution, path: BarPath, alternatives: Alternatives) {
    this.#execution = execution;
    this.#policy = execution.memory.rules.intrabar;
    this.#limitTouch = execution.memory.rules.limitTouch;
    this.#path = path;
    this.#alternatives = alternatives;
  }

  /** Fills what the bar reaches of a parent's children. Returns whether the policy may have decided something. */
  settle(fill: EntryFill): boolean {
    const { table, raw, isAtClose } = fill;
    const { cells } = table;
    this.#gatherChildren(fill);
    const stop = this.#children.length > 0 ? this.#stopOf(cells) : -1;
    if (stop >= 0 && this.#isPassed(cells, stop, raw)) {
      this.#execution.counts.stopsPassedAtEntry++;
      this.#execution.close(table, stop, raw);
      return false;
    }
    let isAmbiguous = false;
    if (!isAtClose && this.#children.length > 0) {
      isAmbiguous = this.#isAmbiguous(fill, stop);
      if (isAmbiguous)
        this.#alternatives.atEntry(table, fill.raw, (policy) => this.#choose(fill, stop, policy));
      for (const child of this.#choose(fill, stop, this.#policy)) {
        if (cells[child + Order.LIFE] === Order.LIVE) this.#fill(table, child, raw);
      }
    }
    this.#follow(fill, stop);
    return isAmbiguous;
  }

  /** The children that a policy fills on this bar, in the order in which it does: one may end those behind it. */
  #choose(fill: EntryFill, stop: number, policy: IntrabarPolicy): readonly number[] {
    const { cells } = fill.table;
    if (policy === 'path') return this.#chooseOnPath(fill);
    const stops = stop >= 0 && this.#isOnBar(cells, stop) ? [stop] : [];
    const targets = fill.isAtOpen || policy === 'optimistic' ? this.#reachedTargets(cells) : [];
    return policy === 'optimistic' ? [...targets, ...stops] : [...stops, ...targets];
  }

  /** By time on what is left of the path after the fill. */
  #chooseOnPath(fill: EntryFill): readonly number[] {
    const { cells } = fill.table;
    const path = this.#path;
    const bars = this.#execution.barsOf(cells, fill.row);
    const index = this.#execution.barIndex(cells, fill.row);
    path.set(bars.open[index]!, bars.high[index]!, bars.low[index]!, bars.close[index]!);
    const isStrict = fill.isLimit && this.#limitTouch === 'through';
    const entryLeg = fill.isAtOpen || !path.find(fill.level, fill.upwards, isStrict) ? 0 : path.leg;
    const reached: { child: number; leg: number; distance: number }[] = [];
    for (const child of this.#children) {
      if (!this.#find(cells, child, entryLeg, fill.raw)) continue;
      reached.push({ child, leg: path.leg, distance: path.distance });
    }
    reached.sort((a, b) => a.leg - b.leg || a.distance - b.distance); // Stable: equal times by sequence.
    return reached.map(({ child }) => child);
  }

  #isAmbiguous(fill: EntryFill, stop: number): boolean {
    const { cells } = fill.table;
    const isStopReached = stop >= 0 && this.#isOnBar(cells, stop);
    const isTargetReached = this.#reachedTargets(cells).length > 0;
    return fill.isAtOpen ? isStopReached && isTargetReached : isStopReached || isTargetReached;
  }

  #reachedTargets(cells: Float64Array): number[] {
    return this.#children.filter(
      (child) => cells[child + Order.TYPE] === LIMIT && this.#isOnBar(cells, child),
    );
  }

  #gatherChildren({ table, row }: EntryFill): void {
    const { cells } = table;
    this.#children.length = 0;
    for (let child = table.firstChild(row); child >= 0; child = table.nextChild(child)) {
      if (cells[child + Order.LIFE] === Order.LIVE && cells[child + Order.QUANTITY]! > 0)
        this.#children.push(child);
    }
  }

  #stopOf(cells: Float64Array): number {
    const first = this.#children[0]!;
    return cells[first + Order.TYPE] === LIMIT ? -1 : first;
  }

  #isPassed(cells: Float64Array, stop: number, raw: number): boolean {
    return isPassedBy(raw, STOP, cells[stop + Order.SIDE]!, cells[stop + Order.PRICE]!, this.#limitTouch);
  }

  #follow({ table, row, raw, isAtOpen, isAtClose }: EntryFill, stop: number): void {
    const { cells } = table;
    if (stop < 0 || isAtClose || cells[stop + Order.LIFE] !== Order.LIVE) return;
    if (cells[stop + Order.TYPE] !== TRAILING) return;
    const bars = this.#execution.barsOf(cells, row);
    const index = this.#execution.barIndex(cells, row);
    const best = isAtOpen ? markAfter(raw, cells[stop + Order.SIDE]!, bars, index) : bars.close[index]!;
    this.#execution.family.follow(cells, stop, best);
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
    const side = cells[row + Order.SIDE]!;
    const price = cells[row + Order.PRICE]!;
    this.#execution.close(table, row, rawPrice(cells[row + Order.TYPE]!, side, price, raw, NaN));
  }
}
