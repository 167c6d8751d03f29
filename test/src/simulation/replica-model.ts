import { keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  type Edge,
  type Hex,
  type JournalHead,
  type StatementDomain,
  ZERO_WORD,
  edgeName,
} from '@surety/domain';
import { nextHead } from './journal-model.js';
import type { CallPlace } from './modelled-chain.js';
import type { PlantName } from './plants.js';
import { type ModelEpoch, judgeSignatures } from './verifier-model.js';

/** One entry that a replica has taken, with the head after it. */
export interface TrailLine {
  readonly packed: Uint8Array;
  readonly head: Bytes32;
}

/** A copy of a journal's position, as a ledger or a vault keeps it. */
export interface ReplicaModel {
  /** First name of the edge. */
  readonly edge: Bytes32;
  /** Name that statements carry now. */
  readonly name: Bytes32;
  /** Number of its rewinds, and the head of the last one. */
  readonly generation: number;
  readonly previousHead: Bytes32;
  /** The rewind that runs: entries past `count` are unwound. */
  readonly way: WayModel | undefined;
  /** Count to which the last rewind that is over went, 0 before. */
  readonly rewoundTo: number;
  readonly count: number;
  readonly head: Bytes32;
  readonly asOf: number;
  /** Count up to which a witness has confirmed it. */
  readonly confirmed: number;
  /** Block time until which it takes nothing, since it was handed an entry that it refused. */
  readonly heldUntilS: number;
  /** True if that has happened under its present name. */
  readonly hasRefused: boolean;
  /** `asOf` of the first statement that found it at the journal's tip under its present name, 0 before. */
  readonly heardAt: number;
  /** All that it has taken: every count is as good as marked. */
  readonly trail: readonly TrailLine[];
}

/** Progress of a rewind. */
export interface WayModel {
  readonly next: Bytes32;
  readonly point: number;
  readonly count: number;
}

/** A replica that holds nothing and was never rewound. */
export function emptyReplica(edge: Bytes32): ReplicaModel {
  const named = { edge, name: edge, generation: 0, previousHead: ZERO_WORD, way: undefined, rewoundTo: 0 };
  const held = { confirmed: 0, heldUntilS: 0, hasRefused: false };
  return { ...named, ...held, count: 0, head: edge, asOf: 0, heardAt: 0, trail: [] };
}

/** Entries with the statement that reaches past them. */
export interface BatchCall {
  readonly from: bigint;
  readonly packed: Uint8Array;
  readonly statement: JournalHead;
  readonly signatures: Hex;
}

/** The governor's act: a replica goes back to a point that a quorum signed under the next name. */
export interface RewindCall {
  readonly point: JournalHead;
  readonly signatures: Hex;
}

/** Entries that lead from a head to where a rewind has come. */
export interface UnwindCall {
  readonly headBefore: Bytes32;
  readonly packed: Uint8Array;
}

/** Knowledge of a verifying contract. */
export interface VerifierModel {
  readonly domain: StatementDomain;
  readonly epochs: readonly ModelEpoch[];
  readonly plant: PlantName | undefined;
  /** True if refunds of a vault wait until a witness confirms their releases. */
  readonly isWitnessed: boolean;
}

/** A batch that was taken: its new entries, and the replica after them. */
export type ReplayOutcome =
  | { readonly kind: 'taken'; readonly entries: readonly Uint8Array[]; readonly replica: ReplicaModel }
  | { readonly kind: 'refused'; readonly name: string };

const ENTRY = 95;
/** Seconds that a refused entry holds its edge, 72 hours in earnest. */
const QUARANTINE_S = 60;
/** Seconds after which a point is too old to go back to, 45 days in earnest: the slowest finality takes four minutes here. */
const POINT_MAX_S = 300;

/** Replays a batch on a replica by the rules of section 3 and 5, written anew from the protocol. */
export function replayBatch(
  replica: ReplicaModel,
  batch: BatchCall,
  place: CallPlace,
  verifier: VerifierModel,
): ReplayOutcome {
  const { statement } = batch;
  const count = Number(statement.count);
  const takesAny = verifier.plant === 'former-name-taken' && replica.generation > 0;
  if (statement.edge !== replica.name && !takesAny) return refused('EdgeMismatch');
  if (replica.way !== undefined) return refused('EdgeClosed');
  if (place.timestampS < replica.heldUntilS) return refused('EdgeQuarantined');
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
  const trail = replica.trail.slice(0, Number(batch.from) + skip);
  for (const packed of entries) trail.push({ packed, head: nextHead(trail.at(-1)?.head ?? replica.edge, packed) });
  const head = verifier.plant === 'replay-applied-batch' ? statement.head : (trail.at(-1)?.head ?? replica.edge);
  if (head !== statement.head && verifier.plant !== 'skip-head-comparison') return refused('HeadMismatch');
  const taken = { ...replica, count, head, trail };
  return { kind: 'taken', entries, replica: statement.count === statement.tip ? heard(taken, statement) : taken };
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
  if (statement.edge !== replica.name || !isOwn || replica.way !== undefined) return 'NotAtReplica';
  if (place.timestampS < replica.heldUntilS) return 'EdgeQuarantined';
  if (Number(statement.asOf) < replica.asOf) return 'AsOfFell';
  if (Number(statement.asOf) > place.timestampS + 120) return 'AsOfAhead';
  const wrong = judgeSignatures(statement, signatures, { ...verifier, timestampS: place.timestampS });
  return wrong ?? heard(replica, statement);
}

/** Begins to rewind a replica; gives it, or the error's name. @source PROTOCOL 9.1 */
export function beginRewind(
  replica: ReplicaModel,
  { point, signatures }: RewindCall,
  edge: Edge,
  at: { readonly place: CallPlace; readonly verifier: VerifierModel },
): ReplicaModel | string {
  const { place, verifier } = at;
  const count = Number(point.count);
  const next = edgeName(edge, { generation: replica.generation + 1, previousHead: point.head }, keccak256);
  if (replica.way !== undefined) return 'RewindRunning';
  if (point.edge !== next) return 'EdgeMismatch';
  if (point.count > point.tip) return 'PointPastTip';
  if (Number(point.asOf) + POINT_MAX_S < place.timestampS && verifier.plant !== 'old-point-taken') return 'PointTooOld';
  const held = count === 0 ? replica.edge : replica.trail[count - 1]?.head;
  if ((held !== point.head && verifier.plant !== 'rewind-to-any-point') || count > replica.count) return 'PointUnknown';
  const wrong = judgeSignatures(point, signatures, { ...verifier, timestampS: place.timestampS });
  return wrong ?? { ...replica, way: { next, point: count, count: replica.count } };
}

/** Takes the last entries of what is left past the point; gives them with the number before the first, or the error's name. */
export function retreat(
  replica: ReplicaModel,
  { headBefore, packed }: UnwindCall,
): { readonly replica: ReplicaModel; readonly before: number; readonly entries: readonly Uint8Array[] } | string {
  const { way } = replica;
  if (way === undefined) return 'RewindNotRunning';
  if (packed.length % ENTRY !== 0) return 'EntriesNotWhole';
  const entries = Array.from({ length: packed.length / ENTRY }, (_, at) => packed.slice(at * ENTRY, (at + 1) * ENTRY));
  const before = way.count - entries.length;
  if (before < way.point) return 'StepPastPoint';
  const reached = way.count === 0 ? replica.edge : replica.trail[way.count - 1]?.head;
  if (entries.reduce(nextHead, headBefore) !== reached) return 'PointUnknown';
  return { replica: { ...replica, way: { ...way, count: before } }, before, entries };
}

/** True if a replica takes statements now. */
export function isAccepting({ way, heldUntilS }: ReplicaModel, { timestampS }: CallPlace): boolean {
  return way === undefined && timestampS >= heldUntilS;
}

/** Holds a replica that was handed an entry which it refused: once under each name. @source PROTOCOL 3.1 */
export function quarantined(replica: ReplicaModel, { timestampS }: CallPlace, { plant }: VerifierModel): ReplicaModel {
  if (replica.hasRefused && plant !== 'quarantine-each-time') return replica;
  return { ...replica, hasRefused: true, heldUntilS: timestampS + QUARANTINE_S };
}

/** Takes a witness's word of a head; gives the replica after it, or the error's name. */
export function confirmReplica(
  replica: ReplicaModel,
  { count, head }: { readonly count: number; readonly head: Bytes32 },
): ReplicaModel | string {
  if (replica.way !== undefined) return 'EdgeClosed';
  if (count <= replica.confirmed) return 'NothingNew';
  if (replica.trail[count - 1]?.head !== head) return 'RecordDiffers';
  return { ...replica, confirmed: count };
}

/** Returns the replica under its next name once its rewind has come to the point. */
export function opened(replica: ReplicaModel, { plant }: VerifierModel): ReplicaModel | undefined {
  const { way, trail } = replica;
  if (way === undefined || way.count !== way.point) return undefined;
  const head = trail[way.point - 1]?.head ?? replica.edge;
  const name = plant === 'keep-former-name' ? replica.name : way.next;
  const named = { name, generation: replica.generation + 1, previousHead: head, way: undefined, rewoundTo: way.point };
  const heardAt = plant === 'keep-time-heard' ? replica.heardAt : 0;
  const anew = { confirmed: way.point, hasRefused: false, heardAt };
  return { ...replica, ...named, ...anew, count: way.point, head, trail: trail.slice(0, way.point) };
}

function heard(replica: ReplicaModel, { asOf }: JournalHead): ReplicaModel {
  const heardAt = replica.generation > 0 && replica.heardAt === 0 ? Number(asOf) : replica.heardAt;
  return { ...replica, asOf: Number(asOf), heardAt };
}

function refused(name: string): ReplayOutcome {
  return { kind: 'refused', name };
}
