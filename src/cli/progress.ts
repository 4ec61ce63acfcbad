/**
 * How far a command is, on stderr: one line that is written over where stderr is a terminal, else a sentence every few
 * seconds. What takes less than that says nothing where nobody watches.
 */
import { monotonicMs } from '../kernel/clock.ts';

const LINE_MS = 100;
const SENTENCE_MS = 3_000;
/** Back to the first column, and empty to the end of the line. */
const CLEAR = '\r\u001b[K';

export interface Progress {
  /** Cheap to call often: `text` is asked for only when it is time to show it. */
  show(text: () => string): void;
  /** Takes the line away, before anything else is written. */
  clear(): void;
}

export const SILENT: Progress = { show: () => undefined, clear: () => undefined };

export function progressOn(stream: NodeJS.WriteStream): Progress {
  const isLine = stream.isTTY;
  const everyMs = isLine ? LINE_MS : SENTENCE_MS;
  let last = isLine ? Number.NEGATIVE_INFINITY : monotonicMs();
  let isShown = false;
  return {
    show(text) {
      const now = monotonicMs();
      if (now - last < everyMs) return;
      last = now;
      isShown = true;
      stream.write(isLine ? CLEAR + text().slice(0, stream.columns - 1) : `${text()}\n`);
    },
    clear() {
      if (isLine && isShown) stream.write(CLEAR);
      isShown = false;
    },
  };
}

/** `42 % of 40,320 steps, 210,000 a second, 3 s left`, from a call a while after the start. */
export function paceOf(step: number, steps: number, elapsedMs: number): string {
  const share = `${Math.floor((100 * step) / steps)} % of ${steps.toLocaleString('en-US')} steps`;
  if (step === 0 || elapsedMs <= 0) return share;
  const perSecond = Math.round((1_000 * step) / elapsedMs);
  const leftSeconds = Math.ceil(((steps - step) * elapsedMs) / step / 1_000);
  const left = leftSeconds < 90 ? `${leftSeconds} s` : `${Math.round(leftSeconds / 60)} min`;
  return `${share}, ${perSecond.toLocaleString('en-US')} a second, ${left} left`;
}
