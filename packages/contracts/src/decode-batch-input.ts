import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import { ENTRY_BYTES, type Hex, hexToBytes } from '@surety/domain';
import type { BatchInput } from '@surety/workflows';
import { decodeFunctionData, getAbiItem } from 'viem';

/** Reads the entries in a transaction's call to a replica. Undefined if it is not a batch, or if a contract made the call. */
export function decodeBatchInput(data: Hex): BatchInput | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: BATCHES, data });
    const [from, entries] = functionName === 'applyEntries' ? [args[1], args[2]] : [args[0], args[1]];
    const packed = hexToBytes(entries);
    return packed.length % ENTRY_BYTES === 0 ? { from, packed } : undefined;
  } catch {
    return undefined;
  }
}

/** The call that brings entries to the ledger, and the one to a vault. */
const BATCHES = [
  getAbiItem({ abi: collateralLedgerAbi, name: 'applyEntries' }),
  getAbiItem({ abi: collateralVaultAbi, name: 'applyReleases' }),
] as const;
