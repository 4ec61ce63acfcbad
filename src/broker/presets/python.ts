/** Arithmetic of Python's floats where JavaScript's differs, to the last bit. */

/** `a // b` for b > 0: from the exact remainder, so it can differ from Math.floor(a / b). */
export function floorDivide(a: number, b: number): number {
  const remainder = a % b;
  let quotient = (a - remainder) / b;
  if (remainder < 0) quotient -= 1; // Python's remainder has the sign of b.
  const whole = Math.floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}
