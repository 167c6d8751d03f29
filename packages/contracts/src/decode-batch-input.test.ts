import { ENTRY_BYTES, ZERO_WORD, bytesToHex } from '@surety/domain';
import { type Hex, encodeFunctionData } from 'viem';
import { expect, it } from 'vitest';
import { decodeBatchInput } from './decode-batch-input.js';
import { collateralLedgerAbi, collateralVaultAbi } from './generated/index.js';

const packed = new Uint8Array(2 * ENTRY_BYTES).fill(7);
const words = { count: 0n, tip: 0n, blockNumber: 0n, asOf: 0n, epoch: 1 };
const statement = { edge: ZERO_WORD, head: ZERO_WORD, blockHash: ZERO_WORD, ...words };

const toLedger = (entries: Hex): Hex =>
  encodeFunctionData({
    abi: collateralLedgerAbi,
    functionName: 'applyEntries',
    args: [1, 5n, entries, [], statement, '0x', ZERO_WORD],
  });

it('reads the entries of a batch for a ledger and for a vault, with where they begin', () => {
  expect(decodeBatchInput(toLedger(bytesToHex(packed)))).toEqual({ from: 5n, packed });
  const args = [9n, bytesToHex(packed), [], statement, '0x'] as const;
  const toVault = encodeFunctionData({ abi: collateralVaultAbi, functionName: 'applyReleases', args });
  expect(decodeBatchInput(toVault)).toEqual({ from: 9n, packed });
});

it('reads nothing of another call, of half an entry, or of bytes that are no call', () => {
  const other = encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'refresh', args: [[], []] });
  expect([other, toLedger('0x07'), '0x12345678' as const].map(decodeBatchInput)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
