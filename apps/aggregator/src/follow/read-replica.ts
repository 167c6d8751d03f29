import { parseReplicaCountWord, parseRewindCountsWord, replicaSlots, rewindSlots } from '@surety/contracts';
import { type Bytes32, type Hex, ZERO_WORD, bytes32 } from '@surety/domain';
import type { ProvenReplica } from '@surety/workflows';

/** Slots that prove a replica's position and name, by the edge's first name. */
export function provenReplicaSlots(edge: Bytes32): readonly Bytes32[] {
  const { head, count } = replicaSlots(edge);
  const { name, next, counts } = rewindSlots(edge);
  return [head, count, name, next, counts];
}

/** Reads their values. */
export function provenReplicaOf(values: readonly Hex[]): ProvenReplica {
  const [head, count, name, next, counts] = values.map((value) => bytes32(value));
  return {
    head: head ?? ZERO_WORD,
    count: parseReplicaCountWord(BigInt(count ?? ZERO_WORD)).count,
    name: name ?? ZERO_WORD,
    next: next ?? ZERO_WORD,
    rewind: parseRewindCountsWord(BigInt(counts ?? ZERO_WORD)),
  };
}
