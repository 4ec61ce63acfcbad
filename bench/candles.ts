/** Seeded candles for benchmarks: random walks of minutes, some of them missing. */
import { RandomStream } from '../src/kernel/random.ts';
import { BarColumnsBuilder, BarStore } from '../src/market/bar-store.ts';

const MINUTE = 60_000;
const START = 1_704_067_200_000; // 2024-01-01, UTC.

/** @param missing share of the minutes without a bar. */
export function walks(symbols: number, minutes: number, missing: number): BarStore {
  const columns = Array.from({ length: symbols }, (_, symbol) => {
    const random = new RandomStream(2026, symbol, 'walk');
    const builder = new BarColumnsBuilder(`S${String(symbol).padStart(3, '0')}`, minutes);
    let close = 100 + symbol;
    for (let minute = 0; minute < minutes; minute++) {
      if (random.next() < missing) continue;
      const open = close;
      close = open * (1 + (random.next() - 0.5) * 0.002);
      const reach = open * random.next() * 0.0005;
      const high = Math.max(open, close) + reach;
      const low = Math.min(open, close) - reach;
      builder.append(START + minute * MINUTE, open, high, low, close, Math.floor(random.next() * 1_000));
    }
    return builder.slice();
  });
  return BarStore.of(MINUTE, columns);
}
