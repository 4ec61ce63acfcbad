/**
 * The one seam to time on the wall. Nothing that decides anything in a run may come from here: progress, log
 * lines and the manifest's timestamps do.
 *
 * The originals are taken when this module is loaded, which is before any strategy is. A guard replaces the
 * globals while strategy code runs, and it must not change what we measure.
 */
const OriginalDate = Date;
const wallNow = Date.now; // ambient-ok
const monotonicNow = performance.now.bind(performance); // ambient-ok

/** Milliseconds since some fixed moment, with fractions. Never goes back: for durations. */
export function monotonicMs(): number {
  return monotonicNow();
}

/** Epoch milliseconds UTC, as the machine believes. May jump: for timestamps only. */
export function wallClockMs(): number {
  return wallNow();
}

/** The present moment as `2026-01-31T12:00:00.000Z`. */
export function isoNow(): string {
  return new OriginalDate(wallNow()).toISOString();
}
