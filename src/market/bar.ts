/** A candle, and the words for lengths of time that candles come in. */
import { InputError } from '../kernel/input-error.ts';

/** One candle of one symbol. Known only at `time + interval`. */
export interface Bar {
  /** When it opened: epoch milliseconds, UTC. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** The columns of a bar, in the order in which they lie in memory. */
export const BAR_FIELDS = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
export type BarField = (typeof BAR_FIELDS)[number];

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** As far as a Date reaches. */
const DURATION_MAX = 8.64e15;

/** `90s`, `5m`, `4h` or `1d` in milliseconds. Throws InputError at anything else. */
export function parseDuration(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text.trim().toLowerCase());
  const ms = match ? Number(match[1]) * UNIT_MS[match[2]!]! : 0;
  if (!(ms > 0 && ms <= DURATION_MAX))
    throw new InputError(`"${text}" is not a duration; write a number and s, m, h or d, as in 5m`);
  return ms;
}

/** The shortest such text: 300000 is `5m`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    if (ms % UNIT_MS[unit]! === 0) return `${ms / UNIT_MS[unit]!}${unit}`;
  }
  return `${ms}ms`;
}
