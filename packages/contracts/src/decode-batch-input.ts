import { ENTRY_BYTES, type Hex, hexToBytes } from '@surety/domain';
import { decodeFunctionData, getAbiItem } from 'viem';
import { collateralLedgerAbi, collateralVaultAbi } from './generated/index.js';

/**
 * The call that brings entries to the ledger, and the one to a vault. Nothing else is decoded: lists of bytes that a stranger wrote, all of
 * them pointing to one, take the library gigabytes.
 */
const BATCHES = [
  getAbiItem({ abi: collateralLedgerAbi, name: 'applyEntries' }),
  getAbiItem({ abi: collateralVaultAbi, name: 'applyReleases' }),
] as const;

/**
 * Reads the entries, and the index of the one before them, in a transaction's call to a replica. Undefined if it is not a batch, or if a
 * contract made the call.
 */
export function decodeBatchInput(data: Hex): { readonly from: bigint; readonly packed: Uint8Array } | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: BATCHES, data });
    const [from, entries] = functionName === 'applyEntries' ? [args[1], args[2]] : [args[0], args[1]];
    const packed = hexToBytes(entries);
    return packed.length % ENTRY_BYTES === 0 ? { from, packed } : undefined;
  } catch {
    return undefined;
  }
}
