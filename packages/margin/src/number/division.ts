import { marginError } from '../errors.js';

/** Rounding of a quotient: `floor` to −∞, `ceil` to +∞, `truncate` to 0, `halfUp` to the nearest with ties away from 0. */
export type Rounding = 'floor' | 'ceil' | 'truncate' | 'halfUp';

/** Returns n/d rounded as named, for any signs. @throws UNDEFINED_RESULT for a divisor of 0. */
export function divide(n: bigint, d: bigint, rounding: Rounding): bigint {
  if (d === 0n) throw marginError('UNDEFINED_RESULT', 'a divisor is 0');
  const quotient = n / d;
  const rest = n - quotient * d;
  if (rest === 0n || rounding === 'truncate') return quotient;
  const negative = rest < 0n !== d < 0n;
  switch (rounding) {
    case 'floor':
      return negative ? quotient - 1n : quotient;
    case 'ceil':
      return negative ? quotient : quotient + 1n;
    case 'halfUp':
      return magnitude(rest) * 2n < magnitude(d) ? quotient : quotient + (negative ? -1n : 1n);
  }
}

/** Returns the greatest common divisor, positive unless both are 0. */
export function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [magnitude(left), magnitude(right)];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** The root of so many bits is known to less than 1 from floating point. */
const ESTIMATED_BITS = 104;

/** Returns floor(√n). @throws UNDEFINED_RESULT below 0. */
export function squareRootFloor(n: bigint): bigint {
  if (n < 0n) throw marginError('UNDEFINED_RESULT', 'the square root of a negative number');
  if (n < 2n) return n;
  // Newton from above, starting with the 51 bits of floating point: the first step that does not fall is at the root.
  const beyond = Math.max(0, n.toString(16).length * 4 - ESTIMATED_BITS);
  const halfBeyond = BigInt((beyond + 1) >> 1);
  let root = (BigInt(Math.floor(Math.sqrt(Number(n >> (2n * halfBeyond))))) + 2n) << halfBeyond;
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Returns |n|. */
export function magnitude(n: bigint): bigint {
  return n < 0n ? -n : n;
}
