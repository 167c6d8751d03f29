import type { Address, Bytes32, StatementDomain } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { AttesterEpoch } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import { isSuspendedAt } from './attester-epochs.js';
import { APPLIED, EdgeBook } from './edge-book.js';
import type { EdgeFacts, IntakeStore } from './intake-store.js';
import { isLocalEdge } from './known-edge.js';

/** Ports of {@link refitBooks}. */
export interface RefitPorts {
  readonly store: IntakeStore;
  readonly observer: Observer;
  readonly clock: Clock;
}

/** The sets of a verifier to which books are fitted. */
export interface VerifierSets {
  readonly verifier: StatementDomain;
  readonly epochs: readonly AttesterEpoch[];
  /** Highest epoch that has ended, 0 if none has. */
  readonly endedThrough: number;
}

/**
 * Fits the edges of a verifier to its sets. Signatures of suspended members are dropped, because the verifier refuses a
 * whole batch for one of them, and so are the entries that only they posted; heads of ended epochs no longer count: it refuses those too, and keys that were
 * replaced may be a thief's. An edge that this changes is reopened. Returns the books of the verifier, and the reopened ones.
 */
export async function refitBooks(
  ports: RefitPorts,
  books: Map<Bytes32, EdgeBook>,
  { verifier, epochs, endedThrough }: VerifierSets,
): Promise<{ readonly fitted: readonly EdgeBook[]; readonly reopened: readonly EdgeBook[] }> {
  const [fitted, reopened]: [EdgeBook[], EdgeBook[]] = [[], []];
  for (const [edge, book] of books) {
    const { domain } = book.known;
    if (domain.chainId !== verifier.chainId || domain.verifyingContract !== verifier.verifyingContract) continue;
    await dropCandidatesOfSuspended(ports, book, epochs);
    const dropped = await dropNewlySuspended(ports.store, book, epochs);
    if (dropped > 0) ports.observer.observe({ name: 'signatures-dropped', level: 'warn', fields: { edge, dropped } });
    const hasEnded = endedThrough > book.endedThrough;
    const isReopened = dropped > 0 || hasEnded;
    const kept = isReopened ? await reopen(ports, book, hasEnded ? endedThrough : undefined) : book;
    books.set(edge, kept);
    fitted.push(kept);
    if (isReopened) reopened.push(kept);
  }
  return { fitted, reopened };
}

/**
 * Drops the signatures of members that were not suspended when the book was last fitted; intake takes none of those that are.
 * Returns how many went. The sets are read each minute, and the store looks through all statements of the edge.
 */
async function dropNewlySuspended(
  store: IntakeStore,
  book: EdgeBook,
  epochs: readonly AttesterEpoch[],
): Promise<number> {
  let dropped = 0;
  for (const { epoch, suspended } of epochs) {
    const before = book.suspended.get(epoch) ?? [];
    const signers = suspended.filter((member) => !before.includes(member));
    if (signers.length > 0) dropped += await store.dropSignatures({ edge: book.name, epoch, signers });
    book.suspended.set(epoch, suspended);
  }
  return dropped;
}

/** Drops the candidates of suspended posters: a member could fill the pool with made-up ones before. */
async function dropCandidatesOfSuspended(
  { store, clock }: RefitPorts,
  book: EdgeBook,
  epochs: readonly AttesterEpoch[],
): Promise<void> {
  const nowS = BigInt(Math.floor(clock.nowMs() / 1_000));
  const { pool } = book;
  const edge = book.known.edgeId;
  const isSuspended = (poster: Address): boolean => isSuspendedAt(epochs, poster, nowS);
  const others = pool.posters.filter((poster) => !isSuspended(poster));
  for (const poster of pool.posters.filter(isSuspended)) {
    const twins = pool.twinsOf(poster, others);
    for (const other of others) {
      const candidates = twins.filter((twin) => twin.poster === other);
      if (candidates.length > 0) await store.saveCandidates({ edge, poster: other, candidates });
    }
    await store.saveCandidates({ edge, poster, dropFrom: 0n, candidates: [] });
    pool.dropFrom(poster, 0n);
    book.forgetSeen();
  }
}

async function reopen(
  { store, observer, clock }: RefitPorts,
  book: EdgeBook,
  ended: number | undefined,
): Promise<EdgeBook> {
  const { known, folded } = book;
  const { edgeId: edge } = known;
  const endedThrough = ended ?? book.endedThrough;
  let facts = await store.loadEdge(edge, endedThrough);
  if (ended !== undefined) {
    const count = await trustedCount(book, facts, store);
    const attested = [count, facts.attestedCount, folded?.count ?? 0n].reduce(higher);
    await store.dropUnvouched({ edge, entries: count, attested });
    if (count < facts.position.count) {
      const fields = { edge, epoch: endedThrough, count, dropped: facts.position.count - count };
      observer.observe({ name: 'entries-unvouched', level: 'warn', fields });
      facts = await store.loadEdge(edge, endedThrough);
    }
  }
  const fresh = new EdgeBook(known, facts, clock.elapsedMs(), endedThrough);
  for (const [epoch, members] of book.suspended) fresh.suspended.set(epoch, members);
  fresh.noteApplied(book.appliedCount);
  if (folded !== undefined) {
    fresh.noteFolded(folded);
    fresh.noteGoal(folded, APPLIED);
  }
  return fresh;
}

/**
 * Returns the count up to which entries stand without the heads of ended epochs: the chain proves them, the replica
 * applied them, or an epoch that has not ended signed a head over them.
 */
async function trustedCount(book: EdgeBook, facts: EdgeFacts, store: IntakeStore): Promise<bigint> {
  const { position, rewinds, vouchedCount } = facts;
  if (book.known.direction === 'to-vault' || isLocalEdge(book.known)) return position.count;
  const point = rewinds.at(-1)?.point.count ?? 0n;
  const trusted = [point, vouchedCount, await appliedCount(book, facts, store)].reduce(higher);
  return trusted < position.count ? trusted : position.count;
}

/** Returns the count up to which the entries are those that the replica applied. */
async function appliedCount({ known, folded }: EdgeBook, facts: EdgeFacts, store: IntakeStore): Promise<bigint> {
  if (folded === undefined) return 0n;
  const { edgeId: edge } = known;
  const [held] = await store.loadEntriesAt(edge, [folded.count]);
  if (held?.head === folded.head) return folded.count;
  // What the replica applied and the edge's own entries lack or contradict is stored apart.
  const range = { edge, generation: facts.rewinds.length, from: 0n, to: folded.count };
  const [first] = await store.loadReplicaEntries(range);
  return first === undefined ? folded.count : first.index - 1n;
}

function higher(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
