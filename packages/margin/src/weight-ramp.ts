import { mulDivDown } from '@surety/domain';

/** The fall of a maintenance weight: a straight line between two times in seconds. @source ILedgerTerms */
export interface WeightRamp {
  readonly fromBps: number;
  readonly toBps: number;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Returns a ramp's weight in basis points at a time in seconds, rounded up to a whole one; its target from the end on. The
 * same integer as the word that the ledger weighs. @source WeightRamp.sol
 */
export function rampedWeightOf(ramp: WeightRamp, at: bigint): number {
  if (at >= ramp.end) return ramp.toBps;
  if (at <= ramp.start) return ramp.fromBps;
  const fall = BigInt(ramp.fromBps - ramp.toBps);
  return ramp.fromBps - Number(mulDivDown(fall, at - ramp.start, ramp.end - ramp.start));
}
