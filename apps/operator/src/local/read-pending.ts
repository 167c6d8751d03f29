import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  ENTRY_BYTES,
  ENTRY_KINDS,
  type EdgeDirection,
  type Entry,
  type EntryKind,
  type JournalPosition,
  bytes32,
  concatBytes,
  edgeId,
  foldJournal,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import { type Hex, parseEventLogs } from 'viem';
import { operatorError } from '../errors.js';
import type { LocalPlace } from './local-place.js';

/** Entries that one journal of the settlement chain has and its replica beside it lacks. */
export interface PendingEntries {
  readonly after: JournalPosition;
  readonly tip: JournalPosition;
  /** 95 bytes each. */
  readonly packed: Uint8Array;
}

const ZERO = bytes32(`0x${'00'.repeat(32)}`);

/**
 * Reads, at the newest block of one provider, what a replica lacks. The logs must lead to the journal's own head, and the
 * contracts compare again.
 * @throws PROVIDER_FAILED if they do not.
 */
export async function readPending(place: LocalPlace, direction: EdgeDirection): Promise<PendingEntries> {
  const { client } = place;
  const blockNumber = await client.getBlockNumber({ cacheTime: 0 });
  const { after, tip } = await readEnds(place, direction, blockNumber);
  const missing = Number(tip.count - after.count);
  const entries = missing === 0 ? [] : await readEntries(place, { direction, after, missing, blockNumber });
  const packed = concatBytes(...entries.map(packEntry));
  const reached = foldJournal(after, packed, keccak256);
  if (reached.count !== tip.count || reached.head !== tip.head) {
    throw operatorError(
      'PROVIDER_FAILED',
      `the logs of ${place.chain.name} lead to ${reached.head} at entry ${reached.count}; expected ${tip.head} at ${tip.count}: ask another provider`,
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

/** Walks back from the newest block until every missing entry is found, or the contract's first block is passed. */
async function readEntries(
  { client, chain, settlement, vault, edges }: LocalPlace,
  wanted: { direction: EdgeDirection; after: JournalPosition; missing: number; blockNumber: bigint },
): Promise<Entry[]> {
  const { direction, after, missing, blockNumber } = wanted;
  const origin = direction === 'to-ledger' ? vault : settlement;
  const first = BigInt(origin.fromBlock);
  const span = BigInt(chain.limits.logRangeMax);
  const edge = edges.of(direction);
  const own = edgeId(edge, keccak256);
  const found = new Map<bigint, Entry>();
  for (let to = blockNumber; to >= first && found.size < missing; to -= span) {
    const from = to - span + 1n > first ? to - span + 1n : first;
    const logs = await client.getLogs({ address: edge.journal, fromBlock: from, toBlock: to });
    for (const { name, index, entry } of entriesOf(logs, direction))
      if (name === own && index > after.count) found.set(index, entry);
  }
  return Array.from({ length: missing }, (_, at) => found.get(after.count + BigInt(at) + 1n)).flatMap(
    (entry) => entry ?? [],
  );
}

/** One entry as its log tells it, with the name of its journal's edge. */
interface ToldEntry {
  readonly name: string;
  readonly index: bigint;
  readonly entry: Entry;
}

function entriesOf(logs: Parameters<typeof parseEventLogs>[0]['logs'], direction: EdgeDirection): ToldEntry[] {
  const abi = direction === 'to-ledger' ? collateralVaultAbi : collateralLedgerAbi;
  return parseEventLogs({ abi, logs }).flatMap(({ eventName, args }) => {
    if (eventName !== 'Locked' && eventName !== 'Released' && eventName !== 'Journaled') return [];
    const told = args as unknown as LoggedEntry;
    const kind = kindOf(eventName, told.kind);
    if (kind === undefined) return [];
    const { edge: name, index, amount, account } = told;
    const entry: Entry = {
      kind,
      asset: told.vaultAsset ?? told.asset ?? 0,
      amount: tokenUnits(amount),
      account: bytes32(account),
      party: bytes32(told.recipient ?? told.party ?? ZERO),
      fee: tokenUnits(told.fee ?? 0n),
    };
    return [{ name, index, entry }];
  });
}

/** Fields of the three events that announce entries. @source IVault.Locked, ILedgerAccounts.Released, IEdge.Journaled */
interface LoggedEntry {
  readonly edge: Hex;
  readonly index: bigint;
  readonly kind?: number;
  readonly asset?: number;
  readonly vaultAsset?: number;
  readonly amount: bigint;
  readonly account: Hex;
  readonly party?: Hex;
  readonly recipient?: Hex;
  readonly fee?: bigint;
}

function kindOf(event: 'Locked' | 'Released' | 'Journaled', kind: number | undefined): EntryKind | undefined {
  if (event !== 'Journaled') return event === 'Locked' ? 'LOCK' : 'RELEASE';
  const names = Object.keys(ENTRY_KINDS) as EntryKind[];
  return names.find((name) => ENTRY_KINDS[name] === kind);
}
