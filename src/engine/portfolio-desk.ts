/**
 * The portfolio strategy and its orders: one instance on the conductor, after all symbols of a step are done.
 *
 * Its orders stay here for life. After each of its turns they are tested against the next bar of their symbol, which may
 * lie any number of steps ahead: until then nobody but itself can change them, and it is asked again at every step.
 */
import type { OrderTable } from '../broker/order-table.ts';
import type { LimitTouch } from '../broker/policies.ts';
import type { Grain } from '../broker/rounding.ts';
import type { BarStore } from '../market/bar-store.ts';
import type { Cursors } from '../market/cursors.ts';
import type { PortfolioStrategy } from '../strategy/portfolio-strategy.ts';
import type { UniverseContext } from './contexts.ts';
import type { Teller } from './instance.ts';
import { type NoticeQueue, STRIDE as NOTICE_STRIDE } from './notices.ts';

export class PortfolioDesk {
  readonly #make: () => PortfolioStrategy;
  readonly #context: UniverseContext;
  #strategy: PortfolioStrategy | null = null;
  readonly #store: BarStore;
  readonly #table: OrderTable;
  readonly #queue: NoticeQueue;
  readonly #teller: Teller;
  readonly #limitTouch: LimitTouch;
  readonly #ticks: readonly Grain[];

  constructor(
    make: () => PortfolioStrategy,
    context: UniverseContext,
    store: BarStore,
    table: OrderTable,
    queue: NoticeQueue,
    teller: Teller,
    limitTouch: LimitTouch,
    ticks: readonly Grain[],
  ) {
    this.#make = make;
    this.#context = context;
    this.#store = store;
    this.#table = table;
    this.#queue = queue;
    this.#teller = teller;
    this.#limitTouch = limitTouch;
    this.#ticks = ticks;
  }

  start(): void {
    this.#strategy = this.#make();
    this.#strategy.onStart(this.#context);
  }

  play(cursors: Cursors): void {
    this.tellRest();
    this.#strategy!.onStep(this.#context);
    for (let symbol = 0; symbol < cursors.index.length; symbol++) {
      if (this.#table.head(symbol) < 0) continue;
      this.#table.testNextBar(
        symbol,
        this.#store.columns(symbol),
        cursors.index[symbol]! + 1,
        this.#limitTouch,
        this.#ticks[symbol]!,
      );
    }
  }

  tellRest(): void {
    const { count } = this.#queue;
    if (count === 0) return;
    const notices = this.#queue.refresh();
    for (let i = 0; i < count; i++)
      this.#teller.tell(this.#strategy!, this.#context, notices, i * NOTICE_STRIDE);
  }

  end(): void {
    this.#strategy!.onEnd(this.#context);
  }
}
