import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { ENTRY_BYTES, type Hex, hexToBytes } from '@surety/domain';
import type { BatchInput } from '@surety/workflows';
import { decodeFunctionData } from 'viem';

/** Reads the entries in a transaction's call to a replica. Undefined if it is not a batch, or if a contract made the call. */
export function decodeBatchInput(input: Hex): BatchInput | undefined {
  const batch = decodeApplyEntries(input) ?? decodeApplyReleases(input);
  if (batch === undefined) return undefined;
  const packed = hexToBytes(batch.entries);
  return packed.length % ENTRY_BYTES === 0 ? { from: batch.from, packed } : undefined;
}

interface PackedBatch {
  readonly from: bigint;
  readonly entries: Hex;
}

function decodeApplyEntries(data: Hex): PackedBatch | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: collateralLedgerAbi, data });
    return functionName === 'applyEntries' ? { from: args[1], entries: args[2] } : undefined;
  } catch {
    return undefined;
  }
}

function decodeApplyReleases(data: Hex): PackedBatch | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: collateralVaultAbi, data });
    return functionName === 'applyReleases' ? { from: args[0], entries: args[1] } : undefined;
  } catch {
    return undefined;
  }
}
