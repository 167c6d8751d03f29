import type { LandOutcome } from '../ports/transactions.js';

/** Returns what a landed transaction took, as events name it. */
export function spentOf({ txHash, gasUsed, feeWei }: Extract<LandOutcome, { readonly kind: 'landed' }>): {
  readonly tx_hash: string;
  readonly gas_used: bigint;
  readonly fee_wei: bigint;
} {
  return { tx_hash: txHash, gas_used: gasUsed, fee_wei: feeWei };
}
