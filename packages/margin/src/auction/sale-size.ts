import { WAD, mulDivUp } from '@surety/domain';
import type { SaleLine } from './sale-line.js';

/** Goal of a sale on behalf of one protocol. */
export interface SaleNeed {
  /** H: what the account lacks to its exit grade, with the slack for rounding; WAD, above 0. */
  readonly missingWad: bigint;
  /** Q_p: what relieving all of the protocol's burden takes off the requirement; WAD. */
  readonly requirementWad: bigint;
  /** C: the gross value of lines that pay for all of that burden; WAD, above 0. */
  readonly costWad: bigint;
}

/**
 * Returns the least gross value of lines in the order of sale, WAD, whose sale brings an account to its exit grade; undefined if none
 * does. It is the least G with (G/C)·Q_p − W(G) ≥ H, W(G) being the exit value of the lines that are sold. With G0 and W0 the gross
 * and exit values of the lines before it and w = ceil(exit·1e18/gross), it lies in the first line with
 *
 *     Q_p·1e18 > C·w   and   x = ceil(((H + W0)·C − G0·Q_p)⁺·1e18/(Q_p·1e18 − C·w)) ≤ gross;      G = G0 + x
 *
 * Rounded up: the account reaches its exit grade.
 */
export function leastSaleOf(
  ordered: readonly SaleLine[],
  { missingWad, requirementWad, costWad }: SaleNeed,
): bigint | undefined {
  let [soldWad, countedWad] = [0n, 0n];
  for (const { grossWad, exitWad } of ordered) {
    if (grossWad === 0n) continue;
    const gain = requirementWad * WAD - costWad * mulDivUp(exitWad, WAD, grossWad);
    if (gain > 0n) {
      const needed = (missingWad + countedWad) * costWad - soldWad * requirementWad;
      const part = needed > 0n ? mulDivUp(needed, WAD, gain) : 0n;
      if (part <= grossWad) return soldWad + part;
    }
    soldWad += grossWad;
    countedWad += exitWad;
  }
  return undefined;
}
