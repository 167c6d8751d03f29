import type { ProviderEndpoint } from '@surety/config';
import { keccak256, parseReplicaCountWord, replicaSlots, rewindSlots } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_BYTES,
  type JournalPosition,
  ZERO_WORD,
  blockHeight,
  bytes32,
  foldJournal,
  frameAtOrBelow,
} from '@surety/domain';
import { type Clock, type VerifiedFrame, readWholeJournal } from '@surety/workflows';
import { operatorError } from '../errors.js';
import { openAgreed } from '../chains/open-agreed.js';
import type { Reach } from '../chains/open-config.js';
import { openReader } from '../chains/open-sender.js';
import type { ReadingPlace } from '../chains/read-ledger.js';
import { openFinalChain } from '../relay/open-final-chain.js';
import { type RelayedEdge, wayOf } from '../relay/relayed-edges.js';
import { readEntriesFiles } from './entries-file.js';
import type { UnknownEntries } from './fold-applied.js';
import { prefixTo, readApplied } from './read-applied.js';

/** The reader's end of an edge. */
export interface ReplicaEnd {
  readonly position: JournalPosition;
  /** Name that statements carry now. */
  readonly name: Bytes32;
  /** Number of rewinds. */
  readonly generation: number;
  /** Name that it takes at the end of the rewind that runs; none while none runs. */
  readonly next: Bytes32 | undefined;
  /** Its entries from the first one on: they lead to the position, or up to the first that is unknown. None if they lead elsewhere. */
  readonly packed: Uint8Array | undefined;
  /** Those of them that no source supplies. */
  readonly unknown: readonly UnknownEntries[];
  /** The entries unwound by the last rewind, each once, as far as a source supplies them. */
  readonly unwound: Uint8Array;
  readonly unwoundUnknown: readonly UnknownEntries[];
}

/** Both ends of an edge, each as its own chain shows it. */
export interface EdgeContracts {
  readonly edge: RelayedEdge;
  /** The journal whole, at a final frame. */
  readonly journal: VerifiedFrame;
  readonly replica: ReplicaEnd;
  /** The replica's chain at the block at which it was read, as two thirds of the providers answer. */
  readonly agreed: ReadingPlace;
}

export interface EdgeReading {
  readonly config: Pick<Reach, 'endpoints'>;
  readonly edge: RelayedEdge;
  readonly clock: Clock;
  /** The frame at which the journal is read; the newest final one if left out. */
  readonly height?: bigint | undefined;
  /** Files of entries that the replica applied. */
  readonly entries?: readonly string[] | undefined;
}

/**
 * Reads both ends of an edge: the journal, final by the provider quorum and folded from its logs; the replica, as two
 * thirds of the providers of its chain answer. Its entries are the journal's or, after the two parted, those of the batches that it
 * applied.
 * @throws NO_PROVIDER; PROVIDER_FAILED and NO_QUORUM (try again); BAD_USE for a height that is not a frame; NOT_JSON for
 * a file; MIGRATION_REFUSED if no provider's logs lead to the replica, or for entries of a file that it did not apply; the
 * errors of `OriginChain`.
 */
export async function readEdgeEnds({ config, edge, clock, height, entries = [] }: EdgeReading): Promise<EdgeContracts> {
  const endpointsOf = (id: number): readonly ProviderEndpoint[] => config.endpoints.get(id) ?? [];
  const { edgeId } = edge.journal;
  const files = readEntriesFiles(entries, edgeId);
  const origin = await openFinalChain(edge.origin, endpointsOf(edge.origin.chainId), clock);
  const frameLength = BigInt(edge.origin.frameLength);
  const newest = frameAtOrBelow((await origin.readFinalTip()).height, frameLength);
  const frame = height ?? newest;
  if (frame % frameLength !== 0n || frame > newest) {
    throw operatorError(
      'BAD_USE',
      `--block is ${frame}; expected a final multiple of ${frameLength}, the newest of ${edge.origin.name} is ${newest}`,
    );
  }
  const journal = await readWholeJournal(origin, wayOf(edge, await origin.readFinalBlock(blockHeight(frame))));
  const chain = edge.destination;
  const endpoints = endpointsOf(chain.chainId);
  const agreed = await openAgreed({ chain, endpoints, clock });
  const stands = await readReplica(edge, agreed);
  const own = prefixTo(edgeId, journal.entries.packed, stands.position);
  if (own !== undefined && stands.generation === 0 && files.length === 0) {
    const nothing = { unknown: [], unwound: new Uint8Array(), unwoundUnknown: [] };
    return { edge, journal, replica: { ...stands, packed: own, ...nothing }, agreed };
  }
  const readers = endpoints.map((one) => openReader({ chain, endpoints: [one], clock }));
  const at = { ...stands, readers, block: agreed.block };
  const applied = await readApplied(edge, at, { journal: journal.entries.packed, files });
  const shown = applied.unknown.length > 0 ? applied.packed : prefixTo(edgeId, applied.packed, stands.position);
  const packed = own ?? shown;
  return { edge, journal, replica: { ...stands, ...applied, packed }, agreed };
}

/** Returns the head at a count of entries that follow an edge's beginning; undefined if there are fewer entries. */
export function headAt(packed: Uint8Array | undefined, edge: Bytes32, count: bigint): Bytes32 | undefined {
  if (count === 0n) return edge;
  const length = Number(count) * ENTRY_BYTES;
  if (packed === undefined || packed.length < length) return undefined;
  return foldJournal({ count: 0n, head: edge }, packed.subarray(0, length), keccak256).head;
}

/** Reads where a replica stands. */
async function readReplica(
  { journal, destination }: RelayedEdge,
  { reader, block: blockNumber }: ReadingPlace,
): Promise<Pick<ReplicaEnd, 'position' | 'name' | 'generation' | 'next'>> {
  const { edgeId } = journal;
  const [slots, rewind] = [replicaSlots(edgeId), rewindSlots(edgeId)];
  const read = async (slot: Bytes32): Promise<Bytes32> =>
    bytes32((await reader.getStorageAt({ address: journal.edge.replica, slot, blockNumber })) ?? ZERO_WORD);
  const [head, word, name, next] = await Promise.all([
    read(slots.head),
    read(slots.count),
    read(rewind.name),
    read(rewind.next),
  ]);
  if (head === ZERO_WORD) {
    throw operatorError(
      'MIGRATION_REFUSED',
      `${journal.edge.replica} on ${destination.name} holds no replica ${edgeId}; expected the reader of that edge`,
    );
  }
  const { count, generation } = parseReplicaCountWord(BigInt(word));
  return {
    position: { count, head },
    name: generation === 0 ? edgeId : name,
    generation,
    next: next === ZERO_WORD ? undefined : next,
  };
}
