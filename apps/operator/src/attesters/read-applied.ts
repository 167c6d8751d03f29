import { collateralLedgerAbi, collateralVaultAbi, decodeBatchInput, keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  type Hex,
  type JournalPosition,
  bytes32,
  bytesToHex,
  concatBytes,
  foldJournal,
} from '@surety/domain';
import type { Abi, PublicClient } from 'viem';
import { operatorError } from '../errors.js';
import type { RelayedEdge } from '../relay/relayed-edges.js';
import type { NamedRun } from './entries-file.js';
import { type AppliedEntries, AppliedFold, type ReplicaStand } from './fold-applied.js';

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

/** The replica as a quorum shows it, and those who may tell how it came there. */
interface ToldReplica extends ReplicaStand {
  /** One for each provider of its chain. */
  readonly readers: readonly PublicClient[];
  /** Block at which it stands there. */
  readonly block: bigint;
}

/**
 * Collects the entries that a replica applied, through its rewinds: from the calldata of its batches, from the journal where the
 * two agree, and from files. Each batch is checked against the head that the replica logged. Every provider is asked by itself,
 * and those count whose logs lead to where the replica stands after as many rewinds: one that leaves logs out is passed over.
 * @throws MIGRATION_REFUSED if no provider's logs lead there, or if a file holds entries that the replica did not take.
 */
export async function readApplied(edge: RelayedEdge, at: ToldReplica, shown: ShownEntries): Promise<AppliedEntries> {
  const asked = await Promise.allSettled(
    at.readers.map((reader) => foldLogs(edge, { reader, block: at.block }, shown)),
  );
  const folds = asked
    .flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    .filter((fold) => fold.leadsTo(at));
  const [first, ...more] = folds;
  const where = `the replica at ${edge.journal.edge.replica} on ${edge.destination.name}`;
  if (first === undefined) {
    const silent = asked.filter((one) => one.status === 'rejected');
    const { count, head } = at.position;
    throw operatorError(
      'MIGRATION_REFUSED',
      `${silent.length} of ${asked.length} providers do not tell the logs of ${where}, and those of no other lead to count ${count}, head ${head}, after ${at.generation} rewinds at block ${at.block}; expected one that tells all of them from block ${edge.replicaFromBlock} on`,
      silent[0]?.reason,
    );
  }
  const problems = shown.files.flatMap((run) => {
    const problem = first.problemOf(run);
    return problem === undefined || more.some((fold) => fold.problemOf(run) === undefined)
      ? []
      : [`${run.name}: ${problem}`];
  });
  if (problems.length > 0) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `${problems.join('; ')}; expected entries that lead to the heads of ${where}`,
    );
  }
  return joinTold([first.result(), ...more.map((fold) => fold.result())]);
}

/** Follows a replica through the logs of one provider. */
async function foldLogs(
  { journal, source, destination, direction, replicaFromBlock }: RelayedEdge,
  { reader, block }: { readonly reader: PublicClient; readonly block: bigint },
  shown: ShownEntries,
): Promise<AppliedFold> {
  const abi = direction === 'to-ledger' ? collateralLedgerAbi : collateralVaultAbi;
  const events = (abi as Abi).filter((item) => item.type === 'event').filter(({ name }) => TELLING.has(name));
  const address = journal.edge.replica;
  const span = BigInt(destination.limits.logRangeMax);
  const names = new Set<string>([journal.edgeId]);
  const fold = new AppliedFold(journal.edgeId, [{ from: 0n, packed: shown.journal }, ...shown.files]);
  for (let from = replicaFromBlock; from <= block; from += span) {
    const toBlock = from + span - 1n < block ? from + span - 1n : block;
    const logs = await reader.getLogs({ address, events, fromBlock: from, toBlock });
    for (const { eventName, args, transactionHash } of logs) {
      const { edge, to = 0n, count = 0n, head = journal.edgeId, ...told } = args as Told;
      // A ledger logs every source's replica.
      const isOwn = told.source === undefined || told.source === source;
      if (eventName === 'Applied' && edge !== undefined && names.has(edge)) {
        const batch = { to, head: bytes32(head), transaction: transactionHash };
        const { input } = await reader.getTransaction({ hash: transactionHash });
        fold.apply(batch, decodeBatchInput(input));
      } else if (eventName === 'Rewinding' && isOwn) {
        fold.rewind({ count, head: bytes32(head) });
      } else if (eventName === 'EdgeOpened' && isOwn && edge !== undefined) {
        names.add(edge);
        fold.open();
      }
    }
  }
  return fold;
}

/**
 * Joins what several providers tell of one replica. What was unwound is not held any more, so it is all that any of them shows:
 * the ledger itself says which of it waits.
 */
function joinTold(told: readonly [AppliedEntries, ...AppliedEntries[]]): AppliedEntries {
  const fewest = (list: 'unknown' | 'unwoundUnknown'): AppliedEntries =>
    told.reduce((best, one) => (one[list].length < best[list].length ? one : best));
  const { packed, unknown } = fewest('unknown');
  const unwound = new Map(told.flatMap((one) => splitEntries(one.unwound)).map((entry) => [bytesToHex(entry), entry]));
  const { unwoundUnknown } = fewest('unwoundUnknown');
  return { packed, unknown, unwound: concatBytes(...unwound.values()), unwoundUnknown };
}

/** Divides packed entries. */
export function splitEntries(packed: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: packed.length / ENTRY_BYTES }, (_, at) =>
    packed.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES),
  );
}

/** Returns the entries that lead to a position; undefined if these do not. */
export function prefixTo(edge: Bytes32, packed: Uint8Array, { count, head }: JournalPosition): Uint8Array | undefined {
  if (BigInt(packed.length / ENTRY_BYTES) < count) return undefined;
  const prefix = packed.subarray(0, Number(count) * ENTRY_BYTES);
  return foldJournal({ count: 0n, head: edge }, prefix, keccak256).head === head ? prefix : undefined;
}
