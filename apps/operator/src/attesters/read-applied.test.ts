import { collateralLedgerAbi } from '@surety/contracts';
import { type Hex, ZERO_WORD, address, bytes32, bytesToHex } from '@surety/domain';
import { type PublicClient, encodeFunctionData } from 'viem';
import { describe, expect, it } from 'vitest';
import { LETTERED_EDGE, entriesOf, headOf, lettersOf } from '../testing/lettered-entries.js';
import { readApplied } from './read-applied.js';

const NEXT = bytes32(`0x${'e2'.repeat(32)}`);
const edge = {
  direction: 'to-ledger',
  source: 1,
  journal: { edgeId: LETTERED_EDGE, edge: { replica: address(`0x${'aa'.repeat(20)}`) } },
  destination: { name: 'settlement', limits: { logRangeMax: 1_000 } },
  replicaFromBlock: 5n,
};

/** The calldata of a batch of the given letters after so many entries. */
function batch(from: bigint, letters: string): Hex {
  const words = { count: 0n, tip: 0n, blockNumber: 0n, asOf: 0n, epoch: 1 };
  const statement = { edge: LETTERED_EDGE, head: ZERO_WORD, blockHash: ZERO_WORD, ...words };
  const args = [1, from, bytesToHex(entriesOf(letters)), [], statement, '0x', ZERO_WORD] as const;
  return encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'applyEntries', args });
}

const inputs: Record<string, Hex> = { '0x01': batch(0n, 'ab'), '0x02': batch(2n, 'cd'), '0x03': batch(4n, 'e') };
const applied = (transactionHash: string, letters: string) => ({
  eventName: 'Applied',
  args: { edge: LETTERED_EDGE, to: BigInt(letters.length), head: headOf(letters) },
  transactionHash,
});
/** It applied five entries and went back to the second of them. */
const logs = [
  applied('0x01', 'ab'),
  applied('0x02', 'abcd'),
  applied('0x03', 'abcde'),
  {
    eventName: 'Rewinding',
    args: { source: 1, edge: LETTERED_EDGE, count: 2n, head: headOf('ab') },
    transactionHash: '0x04',
  },
  { eventName: 'EdgeOpened', args: { source: 1, edge: NEXT }, transactionHash: '0x05' },
];

/** A provider that tells the logs except those of some transactions. */
const teller = (...without: string[]): PublicClient =>
  ({
    getLogs: async () => logs.filter(({ transactionHash }) => !without.includes(transactionHash)),
    getTransaction: async ({ hash }: { hash: string }) => ({ input: inputs[hash] }),
  }) as never;
const silent = { getLogs: () => Promise.reject(new Error('no answer')) } as never;

async function read(...readers: PublicClient[]): Promise<readonly string[]> {
  const stands = { position: { count: 2n, head: headOf('ab') }, generation: 1, block: 100n };
  const { packed, unwound } = await readApplied(
    edge as never,
    { ...stands, readers },
    { journal: entriesOf('ab'), files: [] },
  );
  return [lettersOf(packed), lettersOf(unwound)];
}

describe('what a replica applied, as its providers tell it', () => {
  it('is told by whoever shows each rewind that the replica counts', async () => {
    expect(await read(teller())).toEqual(['ab', 'cde']);
    expect(await read(teller('0x04', '0x05'), silent, teller())).toEqual(['ab', 'cde']);
    expect(await read(teller('0x02'), teller())).toEqual(['ab', 'cde']);
  });

  it('is all that was unwound, though one leaves the last of it out', async () => {
    expect(await read(teller('0x03'), teller())).toEqual(['ab', 'cde']);
  });

  it('is not known where nobody’s logs lead to where it stands', async () => {
    await expect(read(teller('0x05'), silent)).rejects.toMatchObject({
      code: 'MIGRATION_REFUSED',
      message: expect.stringMatching(
        /^1 of 2 providers do not tell the logs of .* lead to count 2, .* after 1 rewinds at block 100; expected one that tells all of them from block 5 on$/,
      ),
    });
  });
});
