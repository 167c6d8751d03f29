import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  type Hex,
  type JournalPosition,
  bytes32,
  foldJournal,
  hexToBytes,
} from '@surety/domain';
import { type Abi, type PublicClient, decodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import { type SpendingChain, openReader } from '../open-sender.js';
import type { RelayedEdge } from '../relay/relayed-edges.js';
import type { NamedRun } from './entries-file.js';
import { type AppliedEntries, AppliedFold, type EntryRun } from './fold-applied.js';

/** Events that say what a replica holds. */
const TELLING: ReadonlySet<string> = new Set(['Applied', 'Rewinding', 'EdgeOpened']);

/** Sources of entries besides the calldata of a replica's batches. */
export interface ShownEntries {
  /** The journal's own, from its first one on. */
  readonly journal: Uint8Array;
  /** Files written by people. */
  readonly files: readonly NamedRun[];
}

/** One event of a replica. */
interface Told {
  readonly source?: number;
  readonly edge?: Hex;
  readonly count?: bigint;
  readonly to?: bigint;
  readonly head?: Hex;
}

/**
 * Collects the entries that a replica applied, through its rewinds: from the calldata of its batches, from the journal where the
 * two agree, and from files. Each batch is checked against the head that the replica logged.
 * @throws MIGRATION_REFUSED if a file holds entries that the replica did not take.
 */
export async function readApplied(
  { journal, source, destination, direction, replicaFromBlock }: RelayedEdge,
  { endpoints, clock }: Pick<SpendingChain, 'endpoints' | 'clock'>,
  shown: ShownEntries,
): Promise<AppliedEntries> {
  const reader = openReader({ chain: destination, endpoints, clock });
  const abi = direction === 'to-ledger' ? collateralLedgerAbi : collateralVaultAbi;
  const events = (abi as Abi).filter((item) => item.type === 'event').filter(({ name }) => TELLING.has(name));
  const address = journal.edge.replica;
  const span = BigInt(destination.limits.logRangeMax);
  const tip = await reader.getBlockNumber();
  const names = new Set<string>([journal.edgeId]);
  const fold = new AppliedFold(journal.edgeId, [{ from: 0n, packed: shown.journal }, ...shown.files]);
  for (let from = replicaFromBlock; from <= tip; from += span) {
    const toBlock = from + span - 1n < tip ? from + span - 1n : tip;
    const logs = await reader.getLogs({ address, events, fromBlock: from, toBlock });
    for (const { eventName, args, transactionHash } of logs) {
      const { edge, to = 0n, count = 0n, head = journal.edgeId, ...told } = args as Told;
      // A ledger logs every source's replica.
      const isOwn = told.source === undefined || told.source === source;
      if (eventName === 'Applied' && edge !== undefined && names.has(edge)) {
        const batch = { to, head: bytes32(head), transaction: transactionHash };
        fold.apply(batch, await readBatch(reader, transactionHash, abi));
      } else if (eventName === 'Rewinding' && isOwn) {
        fold.rewind({ count, head: bytes32(head) });
      } else if (eventName === 'EdgeOpened' && isOwn && edge !== undefined) {
        names.add(edge);
        fold.open();
      }
    }
  }
  const problems = shown.files.flatMap((run) => {
    const problem = fold.problemOf(run);
    return problem === undefined ? [] : [`${run.name}: ${problem}`];
  });
  if (problems.length > 0) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `${problems.join('; ')}; expected entries that lead to the heads of the replica at ${address} on ${destination.name}`,
    );
  }
  return fold.result();
}

/** Returns the entries that lead to a position; undefined if these do not. */
export function prefixTo(edge: Bytes32, packed: Uint8Array, { count, head }: JournalPosition): Uint8Array | undefined {
  if (BigInt(packed.length / ENTRY_BYTES) < count) return undefined;
  const prefix = packed.subarray(0, Number(count) * ENTRY_BYTES);
  return foldJournal({ count: 0n, head: edge }, prefix, keccak256).head === head ? prefix : undefined;
}

/** Returns the entries of a batch in a direct call; undefined if another contract called. */
async function readBatch(reader: PublicClient, hash: Hex, abi: Abi): Promise<EntryRun | undefined> {
  const { input } = await reader.getTransaction({ hash });
  try {
    const { functionName, args } = decodeFunctionData({ abi, data: input });
    const at = functionName === 'applyEntries' ? 2 : functionName === 'applyReleases' ? 1 : undefined;
    if (at === undefined) return undefined;
    const [from, entries] = (args as readonly unknown[]).slice(at - 1) as [bigint, Hex];
    return { from, packed: hexToBytes(entries) };
  } catch {
    return undefined;
  }
}
