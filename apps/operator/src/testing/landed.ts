import { blockHeight, txHash } from '@surety/domain';
import type { LandOutcome } from '@surety/workflows';

/** A call that landed. */
export const LANDED: LandOutcome = {
  kind: 'landed',
  txHash: txHash(`0x${'7a'.repeat(32)}`),
  height: blockHeight(1n),
  gasUsed: 1n,
  feeWei: 1n,
};
