import type { OperatorConfig, ProviderEndpoint } from '@surety/config';
import {
  collateralLedgerAbi,
  collateralVaultAbi,
  journalSlots,
  keccak256,
  parseJournalCountWord,
  replicaSlots,
} from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  type JournalPosition,
  ZERO_WORD,
  bytes32,
  bytesToHex,
  concatBytes,
  foldJournal,
  hexToBytes,
} from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { type Hex, type PublicClient, decodeFunctionData } from 'viem';
import { operatorError } from '../errors.js';
import { openReader } from '../open-sender.js';
import { chainEntries } from '../relay/chain-entries.js';
import type { RelayedEdge } from '../relay/relayed-edges.js';

/** One end of an edge: where it stands, and its entries from the first one on. */
export interface EdgeEnd {
  readonly position: JournalPosition;
  /** As far as somebody gives them: they lead to the position, or there are none. */
  readonly packed: Uint8Array | undefined;
}

/** Both ends of an edge, each as its own chain shows it. */
export interface EdgeEnds {
  readonly edge: RelayedEdge;
  readonly journal: EdgeEnd;
  readonly replica: EdgeEnd;
}

/** What both ends need to be read. */
export interface EdgeReading {
  readonly config: Pick<OperatorConfig, 'endpoints'>;
  readonly edge: RelayedEdge;
  readonly clock: Clock;
}

const NONE = new Uint8Array();
const NO_BATCH = { from: 0n, packed: NONE } as const;

/**
 * Reads both ends of an edge: the journal final by the provider quorum and folded from its logs, the replica as every provider of
 * its chain answers. Its entries are the journal's, or, where the two parted, those of the batches that it applied.
 * @throws NO_PROVIDER; MIGRATION_REFUSED if providers differ; what `OriginChain` throws.
 */
export async function readEdgeEnds({ config, edge, clock }: EdgeReading): Promise<EdgeEnds> {
  const endpointsOf = (id: number): readonly ProviderEndpoint[] => config.endpoints.get(id) ?? [];
  const origin = endpointsOf(edge.origin.chainId);
  const destination = endpointsOf(edge.destination.chainId);
  const { edgeId } = edge.journal;
  const at = { journal: journalSlots(edgeId), replica: replicaSlots(edgeId) };
  const replica = await readStored(edge.destination, destination, edge.journal.edge.replica, at.replica);
  const stands = await readStored(edge.origin, origin, edge.journal.contract, at.journal);
  if (stands === undefined) {
    const { name } = edge.origin;
    throw operatorError('MIGRATION_REFUSED', `${edge.journal.contract} on ${name} holds no journal ${edgeId}`);
  }
  const entries = chainEntries(edge, origin, clock);
  const packed = await entries.readEntries(edgeId, 0n, stands.count);
  const journal = foldJournal({ count: 0n, head: edgeId }, packed, keccak256);
  const position = replica ?? { count: 0n, head: edgeId };
  const shared = prefixTo(edgeId, packed, position);
  return {
    edge,
    journal: { position: journal, packed },
    replica: { position, packed: shared ?? (await readApplied(edge, destination, position)) },
  };
}

/** Gives the head of an end at a count, if its entries are known. */
export function headAt({ packed }: EdgeEnd, edge: Bytes32, count: bigint): Bytes32 | undefined {
  if (count === 0n) return edge;
  if (packed === undefined || BigInt(packed.length / ENTRY_BYTES) < count) return undefined;
  return foldJournal({ count: 0n, head: edge }, packed.subarray(0, Number(count) * ENTRY_BYTES), keccak256).head;
}

/** Gives the entries of an end between two counts, packed. */
export function entriesBetween({ packed = NONE }: EdgeEnd, from: bigint, to: bigint): Hex {
  return bytesToHex(packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES));
}

/** Reads a head and its count as each provider of a chain answers; undefined where there is none. */
async function readStored(
  chain: RelayedEdge['origin'],
  endpoints: readonly ProviderEndpoint[],
  contract: Hex,
  slots: { readonly head: Bytes32; readonly count: Bytes32 },
): Promise<JournalPosition | undefined> {
  const readers =
    endpoints.length === 0
      ? [openReader({ chain, endpoints })]
      : endpoints.map((one) => openReader({ chain, endpoints: [one] }));
  const answers = await Promise.all(
    readers.map(async (reader) => {
      const [head = ZERO_WORD, word = ZERO_WORD] = await Promise.all(
        [slots.head, slots.count].map((slot) => reader.getStorageAt({ address: contract, slot })),
      );
      return { head: bytes32(head), count: parseJournalCountWord(BigInt(word)).count };
    }),
  );
  const [first] = answers;
  const other = answers.find(({ head, count }) => head !== first?.head || count !== first.count);
  if (other !== undefined) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `providers of ${chain.name} answer ${first?.count} (${first?.head}) and ${other.count} (${other.head}) of ${contract}; expected one answer: try again once the chain is quiet`,
    );
  }
  return first === undefined || first.head === ZERO_WORD ? undefined : first;
}

function prefixTo(edge: Bytes32, packed: Uint8Array, { count, head }: JournalPosition): Uint8Array | undefined {
  if (BigInt(packed.length / ENTRY_BYTES) < count) return undefined;
  const prefix = packed.subarray(0, Number(count) * ENTRY_BYTES);
  return foldJournal({ count: 0n, head: edge }, prefix, keccak256).head === head ? prefix : undefined;
}

/** Collects what a replica applied from the calldata of its batches; undefined unless it leads to where the replica stands. */
async function readApplied(
  { journal, destination, direction, replicaFromBlock }: RelayedEdge,
  endpoints: readonly ProviderEndpoint[],
  position: JournalPosition,
): Promise<Uint8Array | undefined> {
  const reader = openReader({ chain: destination, endpoints });
  const abi = direction === 'to-ledger' ? collateralLedgerAbi : collateralVaultAbi;
  const address = journal.edge.replica;
  const span = BigInt(destination.limits.logRangeMax);
  const tip = await reader.getBlockNumber();
  let applied: Uint8Array = NONE;
  for (let from = replicaFromBlock; from <= tip; from += span) {
    const toBlock = from + span - 1n < tip ? from + span - 1n : tip;
    const logs = await reader.getContractEvents({ address, abi, eventName: 'Applied', fromBlock: from, toBlock });
    for (const log of logs) {
      const { edge } = log.args as { readonly edge?: Hex };
      if (edge === journal.edgeId) applied = append(applied, await readBatch(reader, log.transactionHash, abi));
    }
  }
  return prefixTo(journal.edgeId, applied, position);
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
async function readBatch(
  reader: PublicClient,
  hash: Hex,
  abi: typeof collateralLedgerAbi | typeof collateralVaultAbi,
): Promise<AppliedBatch> {
  const { input } = await reader.getTransaction({ hash });
  try {
    const { functionName, args } = decodeFunctionData({ abi, data: input });
    const at = functionName === 'applyEntries' ? 2 : functionName === 'applyReleases' ? 1 : undefined;
    if (at === undefined) return NO_BATCH;
    const [from, entries] = (args as readonly unknown[]).slice(at - 1) as [bigint, Hex];
    return { from, packed: hexToBytes(entries) };
  } catch {
    return NO_BATCH;
  }
}
