import { type Fraction, absolute, add, minimum, negate, positivePart, sum } from '@surety/margin';

/** Options of one strike, calls and puts apart, in signed contracts. */
export interface StrikePosition {
  readonly netCalls: Fraction;
  readonly netPuts: Fraction;
}

/** Returns the short contracts strike by strike, calls and puts added; a long strike offsets no other. */
export function netShortOptionsOf(strikes: readonly StrikePosition[]): Fraction {
  return sum(strikes.map(({ netCalls, netPuts }) => positivePart(negate(add(netCalls, netPuts)))));
}

/** Returns the matched part of long and short futures. @source Deribit, futures contingency */
export function matchedFuturesOf(positions: readonly Fraction[]): Fraction {
  const longs = sum(positions.filter(({ n }) => n > 0n));
  const shorts = sum(positions.filter(({ n }) => n < 0n).map(absolute));
  return minimum(longs, shorts);
}
