/** Whether a symbol has a bar at a step, in a made-up market: any thread can work it out anew. */
export function isPresent(step: number, symbol: number): boolean {
  let hash = Math.imul(step + 1, 0x9e3779b1) ^ Math.imul(symbol + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return (hash & 0x30000) !== 0; // Three in four.
}
