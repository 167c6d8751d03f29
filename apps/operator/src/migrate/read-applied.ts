import type { ProviderEndpoint } from '@surety/config';
import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  type Hex,
  type JournalPosition,
  concatBytes,
  foldJournal,
  hexToBytes,
} from '@surety/domain';
import { type Abi, type PublicClient, decodeFunctionData } from 'viem';
import { openReader } from '../open-sender.js';
import type { RelayedEdge } from '../relay/relayed-edges.js';

/** What a replica applied and still holds, and what its last rewind unwound. */
export interface AppliedEntries {
  readonly packed: Uint8Array;
  readonly unwound: Uint8Array;
}

const NONE: Uint8Array = new Uint8Array();
/** Events that say what a replica holds. */
const TELLING: ReadonlySet<string> = new Set(['Applied', 'Rewinding', 'EdgeOpened']);

/** Collects what a replica applied from the calldata of its batches, through its rewinds. A batch that a contract handed in shows none. */
export async function readApplied(
  { journal, source, destination, direction, replicaFromBlock }: RelayedEdge,
  endpoints: readonly ProviderEndpoint[],
): Promise<AppliedEntries> {
  const reader = openReader({ chain: destination, endpoints });
  const abi = direction === 'to-ledger' ? collateralLedgerAbi : collateralVaultAbi;
  const events = (abi as Abi).filter((item) => item.type === 'event').filter(({ name }) => TELLING.has(name));
  const address = journal.edge.replica;
  const span = BigInt(destination.limits.logRangeMax);
  const tip = await reader.getBlockNumber();
  const names = new Set<string>([journal.edgeId]);
  let [packed, unwound, point]: [Uint8Array, Uint8Array, number] = [NONE, NONE, 0];
  for (let from = replicaFromBlock; from <= tip; from += span) {
    const toBlock = from + span - 1n < tip ? from + span - 1n : tip;
    const logs = await reader.getLogs({ address, events, fromBlock: from, toBlock });
    for (const log of logs) {
      const told = log.args as { readonly source?: number; readonly edge?: Hex; readonly count?: bigint };
      // A ledger tells of every source's replica.
      const isOwn = told.source === undefined || told.source === source;
      if (log.eventName === 'Applied' && told.edge !== undefined && names.has(told.edge)) {
        packed = append(packed, await readBatch(reader, log.transactionHash, abi));
      } else if (log.eventName === 'Rewinding' && isOwn) {
        point = Number(told.count ?? 0n) * ENTRY_BYTES;
      } else if (log.eventName === 'EdgeOpened' && isOwn && told.edge !== undefined) {
        names.add(told.edge);
        [packed, unwound] = [packed.subarray(0, point), packed.subarray(point)];
      }
    }
  }
  return { packed, unwound };
}

/** Gives the entries that lead to a position; undefined if these do not. */
export function prefixTo(edge: Bytes32, packed: Uint8Array, { count, head }: JournalPosition): Uint8Array | undefined {
  if (BigInt(packed.length / ENTRY_BYTES) < count) return undefined;
  const prefix = packed.subarray(0, Number(count) * ENTRY_BYTES);
  return foldJournal({ count: 0n, head: edge }, prefix, keccak256).head === head ? prefix : undefined;
}

/** The entries of one batch and the count before the first of them. */
interface AppliedBatch {
  readonly from: bigint;
  readonly packed: Uint8Array;
}

/** Appends what of a batch is new: one may begin below the replica's count, and what lies there has no effect. */
function append(applied: Uint8Array, { from, packed }: AppliedBatch): Uint8Array {
  const known = applied.length - Number(from) * ENTRY_BYTES;
  return known < 0 ? applied : concatBytes(applied, packed.subarray(known));
}

/** Gives the entries of a batch that was handed in directly; none if a contract did it. */
async function readBatch(reader: PublicClient, hash: Hex, abi: Abi): Promise<AppliedBatch> {
  const none = { from: 0n, packed: NONE };
  const { input } = await reader.getTransaction({ hash });
  try {
    const { functionName, args } = decodeFunctionData({ abi, data: input });
    const at = functionName === 'applyEntries' ? 2 : functionName === 'applyReleases' ? 1 : undefined;
    if (at === undefined) return none;
    const [from, entries] = (args as readonly unknown[]).slice(at - 1) as [bigint, Hex];
    return { from, packed: hexToBytes(entries) };
  } catch {
    return none;
  }
}
