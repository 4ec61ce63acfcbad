/**
 * The symbols that one thread owns, and what happens to them in the parallel phase of a step.
 *
 * For each symbol that has a bar, in canonical order, and each of its instances in turn: what became of its orders, the
 * candles that closed, the bar. Then the symbol's orders are tested against its next bar. Nothing here touches another
 * shard's state, and money is only read.
 */
import type { OrderTable } from '../broker/order-table.ts';
import type { LimitTouch } from '../broker/policies.ts';
import type { Grain } from '../broker/rounding.ts';
import { assert } from '../kernel/assert.ts';
import type { HasData } from '../kernel/has-data.ts';
import type { BarStore, BarViews } from '../market/bar-store.ts';
import type { CandleView } from '../market/candles.ts';
import type { StepTimes } from '../market/timeline.ts';
import { SYMBOL_STRATEGY, type Strategy } from '../strategy/strategy.ts';
import type { Movement, SymbolContext } from './contexts.ts';
import { definesHook, type Teller } from './instance.ts';
import { type NoticeQueue, STRIDE as NOTICE_STRIDE } from './notices.ts';
import { moveBar } from './sight.ts';

/** A strategy on a symbol, to be made when the run starts. */
export interface Instance {
  readonly symbol: number;
  readonly strategyIndex: number;
  readonly context: SymbolContext;
  readonly movement: Movement;
  /** The author's code: it may throw. */
  readonly make: () => Strategy;
}

/** An instance as the loop needs it. */
interface Player extends Instance {
  readonly strategy: Strategy;
  readonly hasTick: boolean;
  /** Called with each candle that closes; null if it asked for none. */
  readonly onClose: ((candle: CandleView) => void) | null;
  /** Its notices of this step: first and last in the queue, chained; −1 for none. */
  firstNotice: number;
  lastNotice: number;
  /** Rows of notices of steps at which its symbol had no bar; null for none. */
  kept: number[] | null;
}

interface OwnedSymbol {
  readonly symbol: number;
  readonly bars: BarViews;
  readonly players: readonly Player[];
  /** Place of its last bar. */
  index: number;
}

export class Shard {
  /** Whom the code belongs to that runs now: for the message when it throws. */
  currentSymbol = -1;
  currentStrategy = -1;
  ticks = 0;
  readonly #store: BarStore;
  readonly #instances: readonly Instance[];
  #owned: readonly OwnedSymbol[] = [];
  readonly #players = new Map<number, Player>();
  readonly #strategies: number;
  readonly #table: OrderTable;
  readonly #queue: NoticeQueue;
  readonly #teller: Teller;
  readonly #hasData: HasData;
  readonly #limitTouch: LimitTouch;
  readonly #ticks: readonly Grain[];
  readonly #times: StepTimes;
  #next = new Int32Array(64);
  /** Instances with notices of steps at which their symbol had no bar. */
  #keptCount = 0;

  constructor(
    store: BarStore,
    instances: readonly Instance[],
    strategies: number,
    table: OrderTable,
    queue: NoticeQueue,
    teller: Teller,
    hasData: HasData,
    limitTouch: LimitTouch,
    ticks: readonly Grain[],
    times: StepTimes,
  ) {
    this.#times = times;
    this.#strategies = strategies;
    this.#table = table;
    this.#queue = queue;
    this.#teller = teller;
    this.#hasData = hasData;
    this.#limitTouch = limitTouch;
    this.#ticks = ticks;
    this.#store = store;
    this.#instances = instances;
  }

  /** Makes each instance and starts it, before the next is made: so whose code throws first is the same for any shards. */
  start(): void {
    const bySymbol = new Map<number, Player[]>();
    for (const instance of this.#instances) {
      const { symbol, strategyIndex, context, movement } = instance;
      this.#enter(instance);
      const strategy = instance.make();
      strategy.onStart(context);
      const hasTick = definesHook(strategy, 'onTick', SYMBOL_STRATEGY);
      const hasCandles = movement.candles.size > 0;
      const onClose = hasCandles ? (candle: CandleView): void => strategy.onCandle(candle, context) : null;
      const player: Player = {
        ...instance,
        strategy,
        hasTick,
        onClose,
        firstNotice: -1,
        lastNotice: -1,
        kept: null,
      };
      this.#players.set(symbol * this.#strategies + strategyIndex, player);
      const players = bySymbol.get(symbol);
      if (players === undefined) bySymbol.set(symbol, [player]);
      else players.push(player);
    }
    this.#owned = [...bySymbol].map(([symbol, players]) => {
      return { symbol, bars: this.#store.columns(symbol), players, index: -1 };
    });
  }

  /** The parallel phase. */
  play(step: number): void {
    const hasNotices = this.#queue.count > 0;
    const notices = hasNotices ? this.#link() : NO_NOTICES;
    const hasData = this.#hasData;
    const times = this.#times;
    const all = this.#owned;
    for (let place = 0; place < all.length; place++) {
      const owned = all[place]!;
      if (!hasData.has(step, owned.symbol)) continue;
      const { bars, players } = owned;
      const index = ++owned.index;
      assert(bars.time[index] === times[step], 'a symbol that is present has a bar at the time of the step');
      for (let strategy = 0; strategy < players.length; strategy++) {
        const player = players[strategy]!;
        const { context, movement } = player;
        this.#enter(player);
        moveBar(movement.bar, index);
        if (this.#keptCount > 0 && player.kept !== null) this.#tellKept(player);
        if (hasNotices && player.firstNotice >= 0) this.#tell(player, notices);
        if (player.onClose !== null) movement.candles.update(movement.bar, player.onClose);
        if (movement.guard.isOn) movement.guard.act(bars.close[index]!);
        if (player.hasTick) player.strategy.onTick(movement.bar, context);
      }
      this.ticks += players.length;
      this.#table.testNextBar(owned.symbol, bars, index + 1, this.#limitTouch, this.#ticks[owned.symbol]!);
    }
    if (hasNotices) this.#keepRest(notices);
  }

  /** The last notices, whether or not there was a bar. */
  tellRest(): void {
    const notices = this.#queue.count === 0 ? NO_NOTICES : this.#link();
    for (const player of this.#players.values()) {
      this.#enter(player);
      if (player.kept !== null) this.#tellKept(player);
      if (player.firstNotice >= 0) this.#tell(player, notices);
    }
  }

  end(): void {
    for (const player of this.#players.values()) {
      this.#enter(player);
      player.strategy.onEnd(player.context);
    }
  }

  #enter(instance: Instance): void {
    this.currentSymbol = instance.symbol;
    this.currentStrategy = instance.strategyIndex;
  }

  /** Sorts the queue by instance, keeping its order: one chain of places each. */
  #link(): Float64Array {
    const notices = this.#queue.refresh();
    const { count } = this.#queue;
    if (this.#next.length < count) this.#next = new Int32Array(count * 2);
    for (let i = 0; i < count; i++) {
      const player = this.#players.get(this.#teller.bookOf(notices, i * NOTICE_STRIDE, this.#strategies))!;
      this.#next[i] = -1;
      if (player.firstNotice < 0) player.firstNotice = i;
      else this.#next[player.lastNotice] = i;
      player.lastNotice = i;
    }
    return notices;
  }

  /** Notices of symbols without a bar: the queue will be used again before they have one. */
  #keepRest(notices: Float64Array): void {
    for (const player of this.#players.values()) {
      for (let i = player.firstNotice; i >= 0; i = this.#next[i]!) {
        if (player.kept === null) this.#keptCount++;
        player.kept ??= [];
        const at = i * NOTICE_STRIDE;
        player.kept.push(...notices.subarray(at, at + NOTICE_STRIDE));
      }
      player.firstNotice = -1;
    }
  }

  #tellKept(player: Player): void {
    const notices = Float64Array.from(player.kept!);
    player.kept = null;
    this.#keptCount--;
    for (let at = 0; at < notices.length; at += NOTICE_STRIDE)
      this.#teller.tell(player.strategy, player.context, notices, at);
  }

  #tell(player: Player, notices: Float64Array): void {
    let i = player.firstNotice;
    player.firstNotice = -1;
    for (; i >= 0; i = this.#next[i]!) {
      this.#teller.tell(player.strategy, player.context, notices, i * NOTICE_STRIDE);
    }
  }
}

const NO_NOTICES = new Float64Array(0);
