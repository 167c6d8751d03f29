import type { Address } from '@surety/domain';
import type { BatchOutcome, LandOutcome } from '@surety/workflows';
import { type Abi, parseEventLogs } from 'viem';
import type { ChainReads } from './chain-reads.js';

/**
 * Adds to a landed batch with marks whether it recorded a conflict instead of being applied, from its logs. A batch
 * without marks is compared with nothing.
 * @throws as `ChainReads.readLogs`; the caller then reads the replica again.
 */
export async function judgeMarked(
  reads: ChainReads,
  landed: LandOutcome,
  of: { readonly marks: readonly bigint[]; readonly contract: Address; readonly abi: Abi },
  signal?: AbortSignal,
): Promise<BatchOutcome> {
  if (landed.kind !== 'landed' || of.marks.length === 0) return landed;
  const own = (await reads.readLogs(landed.txHash, signal)).filter(({ address }) => address === of.contract);
  const conflicts = parseEventLogs({ abi: of.abi, eventName: 'Conflict', logs: own as never });
  return { ...landed, contradicted: conflicts.length > 0 };
}
