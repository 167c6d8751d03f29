import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  ENTRY_BYTES,
  type EdgeDirection,
  type JournalPosition,
  bytes32,
  concatBytes,
  edgeId,
  foldJournal,
  packEntry,
} from '@surety/domain';
import type { Hex } from 'viem';
import { operatorError } from '../errors.js';
import { readJournalLogs } from '../chains/journal-logs.js';
import type { LocalPlace } from './local-place.js';

/** Entries that one journal of the settlement chain has and its replica beside it lacks. */
export interface PendingEntries {
  readonly after: JournalPosition;
  readonly tip: JournalPosition;
  /** 95 bytes each. */
  readonly packed: Uint8Array;
}

/**
 * Reads, at the newest block of one provider, what a replica lacks. The logs must lead to the journal's own head, and the
 * contracts compare again.
 * @throws PROVIDER_FAILED if they do not.
 */
export async function readPending(place: LocalPlace, direction: EdgeDirection): Promise<PendingEntries> {
  const { client, chain, settlement, vault } = place;
  const blockNumber = await client.getBlockNumber({ cacheTime: 0 });
  const { after, tip } = await readEnds(place, direction, blockNumber);
  const edge = place.edges.of(direction);
  const logs = {
    client,
    journal: edge.journal,
    edgeId: edgeId(edge, keccak256),
    direction,
    fromBlock: BigInt((direction === 'to-ledger' ? vault : settlement).fromBlock),
    span: BigInt(chain.limits.logRangeMax),
  };
  const entries = await readJournalLogs(logs, { after: after.count, tip: tip.count, blockNumber });
  const packed = concatBytes(...entries.map(packEntry));
  const reached = foldJournal(after, packed, keccak256);
  if (reached.count !== tip.count || reached.head !== tip.head) {
    throw operatorError(
      'PROVIDER_FAILED',
      `the logs of ${chain.name} lead to ${reached.head} at entry ${reached.count}; expected ${tip.head} at ${tip.count}: ask another provider`,
    );
  }
  return { after, tip, packed };
}

/** Splits packed entries into one string each. */
export function splitPacked(packed: Uint8Array): Uint8Array[] {
  return Array.from({ length: packed.length / ENTRY_BYTES }, (_, at) =>
    packed.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES),
  );
}

async function readEnds(
  { client, settlement, vault }: LocalPlace,
  direction: EdgeDirection,
  blockNumber: bigint,
): Promise<{ after: JournalPosition; tip: JournalPosition }> {
  const ledger = { address: settlement.ledger as Hex, abi: collateralLedgerAbi, blockNumber } as const;
  const own = { address: vault.address as Hex, abi: collateralVaultAbi, blockNumber } as const;
  const [[, count, head], [, tipCount, tipHead]] = await Promise.all(
    direction === 'to-ledger'
      ? [
          client.readContract({ ...ledger, functionName: 'replicaOf', args: [0] }),
          client.readContract({ ...own, functionName: 'journalHead' }),
        ]
      : [
          client.readContract({ ...own, functionName: 'replicaState' }),
          client.readContract({ ...ledger, functionName: 'journalHead', args: [0] }),
        ],
  );
  return { after: { count, head: bytes32(head) }, tip: { count: tipCount, head: bytes32(tipHead) } };
}
