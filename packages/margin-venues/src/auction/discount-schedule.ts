import { type Fraction, ONE, ZERO, add, fraction, multiply, subtract } from '@surety/margin';

/** A price that falls linearly, first fast from start to cutoff, then slowly from cutoff to 0. Times are in seconds. */
export interface DiscountSchedule {
  readonly startPercent: Fraction;
  readonly cutoffPercent: Fraction;
  readonly fastSeconds: bigint;
  readonly slowSeconds: bigint;
}

/** Returns the share of value that is paid after a time; 0 from the end on. @source Derive, Dutch auction */
export function bidPercentAt(schedule: DiscountSchedule, elapsedSeconds: bigint): Fraction {
  const { startPercent, cutoffPercent, fastSeconds, slowSeconds } = schedule;
  if (elapsedSeconds < fastSeconds) {
    const passed = fraction(elapsedSeconds, fastSeconds);
    return add(startPercent, multiply(subtract(cutoffPercent, startPercent), passed));
  }
  const slowElapsed = elapsedSeconds - fastSeconds;
  if (slowElapsed >= slowSeconds) return ZERO;
  return multiply(cutoffPercent, subtract(ONE, fraction(slowElapsed, slowSeconds)));
}
