import { type Bytes32, ENTRY_BYTES, type Keccak256, postedEntriesDigest } from '@surety/domain';
import type { SignedStatement } from '../ports/attester.js';
import type { AttesterEpoch } from '../ports/epochs.js';
import type { LocatedEntries } from '../ports/origin-chain.js';
import { isSuspendedAt, unexpiredEpochsOf } from './attester-epochs.js';
import { accountOfEntry } from './entry-bytes.js';
import { sameBytes } from './entry-pool.js';
import type { CandidateFact, EntryFact } from './intake-store.js';
import type { KnownEdge } from './known-edge.js';
import { ENTRIES_PER_CALL_MAX } from './limits.js';
import { type RecoverSigner, type Refusal, refuse, refuseUnread } from './judge-statement.js';

/** A posted batch: the entries after the first `from` ones. */
export interface PostedBatch {
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly entries: LocatedEntries;
  readonly stage: 'seen' | 'final';
  readonly poster: SignedStatement['signer'];
  readonly signature: SignedStatement['signature'];
}

/** Context for judging a posted batch. */
export interface PostedContext {
  readonly known: KnownEdge;
  /** Attester sets of the edge's verifier. */
  readonly epochs: readonly AttesterEpoch[];
  /** Seconds. */
  readonly nowS: bigint;
  readonly keccak256: Keccak256;
  readonly recoverSigner: RecoverSigner;
}

/**
 * Validates a batch: its shape, its signature and its poster, in this order. Entries of unknown kinds are accepted,
 * since only a head decides.
 */
export function judgePosted(batch: PostedBatch, context: PostedContext): Refusal | undefined {
  const { edge, from, entries, poster } = batch;
  const count = Math.floor(entries.packed.length / ENTRY_BYTES);
  const fewest = batch.stage === 'seen' ? 0 : 1;
  if (count < fewest || count * ENTRY_BYTES !== entries.packed.length || count > ENTRIES_PER_CALL_MAX) {
    return refuse(
      'BAD_LENGTH',
      `packed entries have ${entries.packed.length} bytes; expected ${fewest} to ${ENTRIES_PER_CALL_MAX} times ${ENTRY_BYTES}`,
    );
  }
  if (entries.locations.length !== count || entries.locations.some((one, at) => one.index !== from + BigInt(at + 1))) {
    return refuse(
      'BAD_LENGTH',
      `${entries.locations.length} locations for ${count} entries; expected one each, from ${from + 1n} on`,
    );
  }
  const digest = postedEntriesDigest(
    { edge, from, packed: entries.packed, stage: batch.stage },
    context.known.domain,
    context.keccak256,
  );
  const signer = context.recoverSigner(digest, batch.signature);
  if (signer === undefined || signer !== poster) {
    return refuse(
      'BAD_SIGNATURE',
      `the signature over ${digest} is ${signer ?? 'nobody'}'s; expected ${poster}'s, low-s`,
    );
  }
  if (context.epochs.length === 0) return refuseUnread(context.known.domain.verifyingContract);
  if (unexpiredEpochsOf(context.epochs, poster, context.nowS).length === 0) {
    return refuse('NOT_A_MEMBER', `${poster} is a member of no epoch that is still accepted`);
  }
  if (isSuspendedAt(context.epochs, poster, context.nowS)) {
    return refuse('SIGNER_SUSPENDED', `${poster} is suspended in every epoch of it that is still accepted`);
  }
  return undefined;
}

/** Returns the candidate for one entry of a batch. */
export function candidateOf(batch: PostedBatch, at: number, index: bigint): CandidateFact {
  const packed = batch.entries.packed.slice(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES);
  const location = batch.entries.locations[at];
  return {
    edge: batch.edge,
    poster: batch.poster,
    index,
    packed,
    stage: batch.stage,
    ...(location ? { location } : {}),
  };
}

/** Builds a confirmed entry from its parts. */
export function entryFact(
  parts: Omit<EntryFact, 'account' | 'location'> & { location: EntryFact['location'] | undefined },
): EntryFact {
  const { edge, index, packed, head, location } = parts;
  return { edge, index, packed, head, account: accountOfEntry(packed), ...(location ? { location } : {}) };
}

/** True if a poster holds different bytes at an index. */
export function differs(candidate: CandidateFact, held: CandidateFact | undefined): boolean {
  return held !== undefined && !sameBytes(held.packed, candidate.packed);
}

/** True if a candidate adds something to what its poster holds at its index. */
export function isNews(candidate: CandidateFact, held: CandidateFact | undefined): boolean {
  if (held === undefined || differs(candidate, held)) return true;
  return (
    held.stage === 'seen' && (candidate.stage === 'final' || held.location?.blockHash !== candidate.location?.blockHash)
  );
}
