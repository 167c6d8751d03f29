/** All of a fast limit, in basis points. */
export const FAST_SHARE_WHOLE_BP = 10_000;
const FLOOR_BP = 2_500;

/**
 * Gives the share of a fast limit, in basis points and rounded down, that the ledger leaves while `counting` witnesses
 * count of the `needed` that must confirm: all with as many, a quarter with none, even steps between. @source FastShare.sol
 */
export function fastShareOnChainBp(counting: number, needed: number): number {
  if (counting >= needed) return FAST_SHARE_WHOLE_BP;
  return FLOOR_BP + Math.floor(((FAST_SHARE_WHOLE_BP - FLOOR_BP) * counting) / needed);
}
