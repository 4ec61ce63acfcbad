/**
 * The one seam to time on the wall, for durations that people read: progress and how long a run took. Nothing that decides
 * anything in a run may come from here, and no file that a run writes holds a date.
 *
 * The original is taken when this module is loaded, which is before any strategy is. A guard replaces the
 * globals while strategy code runs, and it must not change what we measure.
 */
const monotonicNow = performance.now.bind(performance); // ambient-ok

/** Milliseconds since some fixed moment, with fractions. Never goes back. */
export function monotonicMs(): number {
  return monotonicNow();
}
