import { type Fraction, fraction, multiply } from '@surety/margin';

/** Returns `count` equidistant moves from −maxMove to +maxMove, ascending; the count is odd, so that 0 is among them. */
export function uniformMoves(maxMove: Fraction, count: number): readonly Fraction[] {
  const steps = BigInt(count - 1);
  return Array.from({ length: count }, (_, at) => multiply(maxMove, fraction(2n * BigInt(at) - steps, steps)));
}
