import { type Bytes32, type Hex, type JournalHead, type StatementDomain, ZERO_WORD } from '@surety/domain';
import { nextHead } from './journal-model.js';
import type { CallPlace } from './modelled-chain.js';
import type { PlantName } from './plants.js';
import { type ModelEpoch, judgeSignatures } from './verifier-model.js';

/** A copy of a journal's position, as a ledger or a vault keeps it. */
export interface ReplicaModel {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Name that statements carry now. */
  readonly name: Bytes32;
  /** How often it was rewound, and to which head the last time. */
  readonly generation: number;
  readonly previousHead: Bytes32;
  /** Name that it takes at the end of the rewind that runs. */
  readonly next: Bytes32 | undefined;
  readonly count: number;
  readonly head: Bytes32;
  readonly asOf: number;
}

/** A replica that holds nothing and was never rewound. */
export function emptyReplica(edge: Bytes32): ReplicaModel {
  const named = { edge, name: edge, generation: 0, previousHead: ZERO_WORD, next: undefined };
  return { ...named, count: 0, head: edge, asOf: 0 };
}

/** Entries with the statement that reaches past them. */
export interface BatchCall {
  readonly from: bigint;
  readonly packed: Uint8Array;
  readonly statement: JournalHead;
  readonly signatures: Hex;
}

/** What a verifying contract knows. */
export interface VerifierModel {
  readonly domain: StatementDomain;
  readonly epochs: readonly ModelEpoch[];
  readonly plant: PlantName | undefined;
}

/** A batch that was taken: its new entries, and the replica after them. */
export type ReplayOutcome =
  | { readonly kind: 'taken'; readonly entries: readonly Uint8Array[]; readonly replica: ReplicaModel }
  | { readonly kind: 'refused'; readonly name: string };

const ENTRY = 95;

/** Replays a batch on a replica by the rules of section 3 and 5, written anew from the protocol. */
export function replayBatch(
  replica: ReplicaModel,
  batch: BatchCall,
  place: CallPlace,
  verifier: VerifierModel,
): ReplayOutcome {
  const { statement } = batch;
  const count = Number(statement.count);
  if (statement.edge !== replica.name) return refused('EdgeMismatch');
  if (statement.count !== statement.tip && (count % 64 !== 0 || statement.count > statement.tip))
    return refused('CountNeitherTipNorCut');
  if (batch.packed.length % ENTRY !== 0) return refused('EntriesNotWhole');
  if (Number(batch.from) > replica.count) return refused('EntriesMissing');
  if (count <= replica.count && verifier.plant !== 'replay-applied-batch') return refused('NothingNew');
  if (Number(batch.from) + batch.packed.length / ENTRY !== count) return refused('EntriesEndElsewhere');
  if (Number(statement.asOf) > place.timestampS + 120) return refused('AsOfAhead');
  if (Number(statement.asOf) < replica.asOf) return refused('AsOfFell');
  const wrong = judgeSignatures(statement, batch.signatures, { ...verifier, timestampS: place.timestampS });
  if (wrong !== undefined) return refused(wrong);
  const skip = verifier.plant === 'replay-applied-batch' ? 0 : replica.count - Number(batch.from);
  const entries: Uint8Array[] = [];
  for (let at = skip * ENTRY; at < batch.packed.length; at += ENTRY) entries.push(batch.packed.slice(at, at + ENTRY));
  const head = verifier.plant === 'replay-applied-batch' ? statement.head : entries.reduce(nextHead, replica.head);
  if (head !== statement.head && verifier.plant !== 'skip-head-comparison') return refused('HeadMismatch');
  const asOf = statement.count === statement.tip ? Number(statement.asOf) : replica.asOf;
  return { kind: 'taken', entries, replica: { ...replica, count, head, asOf } };
}

/** Takes a newer statement of the replica's own position; gives the replica after it, or the error's name. */
export function refreshReplica(
  replica: ReplicaModel,
  { statement, signatures }: Pick<BatchCall, 'statement' | 'signatures'>,
  place: CallPlace,
  verifier: VerifierModel,
): ReplicaModel | string {
  const isOwn =
    Number(statement.count) === replica.count && statement.head === replica.head && statement.count === statement.tip;
  if (statement.edge !== replica.name || !isOwn) return 'NotAtReplica';
  if (Number(statement.asOf) < replica.asOf) return 'AsOfFell';
  if (Number(statement.asOf) > place.timestampS + 120) return 'AsOfAhead';
  const wrong = judgeSignatures(statement, signatures, { ...verifier, timestampS: place.timestampS });
  return wrong ?? { ...replica, asOf: Number(statement.asOf) };
}

function refused(name: string): ReplayOutcome {
  return { kind: 'refused', name };
}
