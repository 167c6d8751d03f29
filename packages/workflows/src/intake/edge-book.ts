import { type Address, type Bytes32, CUT_LENGTH, type JournalHead, type JournalPosition } from '@surety/domain';
import { AttesterLead, type PresentSet } from './attester-lead.js';
import { EntryPool } from './entry-pool.js';
import type { AttestedGap, AttesterMark, EdgeFacts, RewoundFact } from './intake-store.js';
import { type KnownEdge, isLocalEdge } from './known-edge.js';
import { OPEN_STATEMENTS_MAX } from './limits.js';

/** Stands for the epoch of a head that the replica has applied: it outranks every signed one. */
export const APPLIED = Number.POSITIVE_INFINITY;

/** Entries above `from` up to `count`. */
export interface Growth {
  readonly from: bigint;
  readonly count: bigint;
}

/**
 * The known state of one edge in memory: mirrors the store, and is rebuilt from it at each start and when its replica is
 * rewound. Signatures under a former name of the edge are not included.
 *
 *   position    entries to which a signed or applied head folds
 *   attested    highest count with k signatures; 0 on a local edge, which nobody signs
 *   reachable   count to which these signatures can bring the replica: no step is longer than one cut
 *   applied     the replica's count, at a final block and at the newest one
 */
export class EdgeBook {
  readonly known: KnownEdge;
  readonly pool: EntryPool;
  /** Highest epoch whose heads no longer count. */
  readonly endedThrough: number;
  /** Members whose signatures were dropped for their suspension, by epoch. */
  readonly suspended = new Map<number, readonly Address[]>();
  readonly #rewinds: readonly RewoundFact[];
  readonly #goals = new Map<bigint, Bytes32>();
  /** Epochs that signed the goals, by count; {@link APPLIED} for those that the replica applied. */
  readonly #goalEpochs = new Map<bigint, number>();
  readonly #attesters = new Map<Address, AttesterMark>();
  #position: JournalPosition;
  #attestedCount: bigint;
  /** Consecutive attested counts more than one cut apart, ascending. */
  #gaps: AttestedGap[];
  #appliedCount = 0n;
  #folded: JournalPosition | undefined;
  #seenCount: bigint;
  readonly #lead: AttesterLead;
  readonly #open = new Map<Address, number>();

  /** `endedThrough`: the highest epoch whose statements the facts leave out. */
  constructor(known: KnownEdge, facts: EdgeFacts, openedAtMs: number, endedThrough = 0) {
    this.known = known;
    this.endedThrough = endedThrough;
    this.pool = new EntryPool(facts.candidates);
    this.#rewinds = facts.rewinds;
    this.#position = facts.position;
    // Entries to the ledger are held only under a signed or applied head; those of its own chain are proven without one.
    const point = facts.rewinds.at(-1)?.point.count ?? 0n;
    const isSigned = known.direction === 'to-ledger' && !isLocalEdge(known);
    const confirmed = isSigned && facts.position.count > point ? facts.position.count : point;
    this.#attestedCount = facts.attestedCount > confirmed ? facts.attestedCount : confirmed;
    this.#gaps = [...facts.attestedGaps];
    if (confirmed > facts.attestedCount) this.#stretch(facts.attestedCount, confirmed);
    this.#seenCount = facts.position.count;
    for (const goal of facts.goals) this.noteGoal(goal, goal.epoch);
    for (const mark of facts.attesters) this.#attesters.set(mark.address, mark);
    this.#lead = new AttesterLead(facts.attesters, openedAtMs);
  }

  /** Present name of the edge. */
  get name(): Bytes32 {
    return this.#rewinds.at(-1)?.name ?? this.known.edgeId;
  }

  /** Former names of the edge, the first one first. */
  get formerNames(): readonly Bytes32[] {
    return [this.known.edgeId, ...this.#rewinds.map(({ name }) => name)].slice(0, -1);
  }

  /** Number of rewinds of the replica. */
  get generation(): number {
    return this.#rewinds.length;
  }

  get position(): JournalPosition {
    return this.#position;
  }

  get attestedCount(): bigint {
    return this.#attestedCount;
  }

  /**
   * Count that the replica can reach step by step. Watchers state every cut, so a longer step means that statements
   * were lost here, and relayers would wait until the next day's restatement.
   */
  get reachableCount(): bigint {
    let reached = this.#appliedCount;
    for (const { from, to } of this.#gaps) {
      if (to <= reached) continue;
      const start = from > reached ? from : reached;
      if (to - start > CUT_LENGTH) return start;
      reached = to;
    }
    return this.#attestedCount > reached ? this.#attestedCount : reached;
  }

  /** The replica's count at the newest known block. */
  get appliedCount(): bigint {
    return this.#appliedCount;
  }

  /** The newest position that the replica applied at a final block, under the present name; undefined if unknown. */
  get folded(): JournalPosition | undefined {
    return this.#folded;
  }

  /** Number of entries seen at the newest block. */
  get seenCount(): bigint {
    return this.#seenCount;
  }

  /** Number of entries held without a gap, confirmed or posted as final. */
  get entryCount(): bigint {
    return this.pool.contiguousCount(this.#position.count, 'final');
  }

  /** Heads above the position that wait for their entries. */
  get goals(): ReadonlyMap<bigint, Bytes32> {
    return this.#goals;
  }

  /** Highest statement about this edge of each member, former ones included. */
  get attesters(): readonly AttesterMark[] {
    return [...this.#attesters.values()];
  }

  /** Upper bound on a member's statements that wait for other members; completed ones may be included. */
  openStatements(signer: Address): number {
    return this.#open.get(signer) ?? OPEN_STATEMENTS_MAX;
  }

  /** Sets the number of a member's statements that wait for other members. */
  setOpenStatements(signer: Address, count: number): void {
    this.#open.set(signer, count);
  }

  /** Records that entries up to a count were seen at the newest block. Returns the growth, if the count is new. */
  noteSeen(count: bigint): Growth | undefined {
    const from = this.#seenCount;
    if (count <= from) return undefined;
    this.#seenCount = count;
    return { from, count };
  }

  /** Records a member's statement, and when it came, by the process's elapsed time; without a present set it leads nobody. */
  noteStatement(
    { signer, statement }: { readonly signer: Address; readonly statement: JournalHead },
    set: PresentSet | undefined,
    atMs: number,
  ): void {
    const held = this.#attesters.get(signer);
    const mark = {
      address: signer,
      count: held !== undefined && held.count > statement.count ? held.count : statement.count,
      asOf: held !== undefined && held.asOf > statement.asOf ? held.asOf : statement.asOf,
    };
    this.#attesters.set(signer, mark);
    if (set !== undefined) this.#lead.note(mark, set, atMs);
  }

  /**
   * Returns the milliseconds for which n - k + 1 of the present set have signed what a member has not; 0 if there is nothing.
   * `since` is when it became a member, in seconds.
   */
  behindMs(member: Address, nowMs: number, of: { readonly set: PresentSet; readonly since: bigint }): number {
    return this.#lead.behindMs(this.#attesters.get(member) ?? { address: member, count: 0n, asOf: 0n }, nowMs, of);
  }

  /**
   * Records a head that k members of an epoch signed, or that was applied. Returns true if it is above every attested
   * count so far.
   */
  noteAttested(goal: JournalPosition, epoch: number): boolean {
    this.noteGoal(goal, epoch);
    if (goal.count <= this.#attestedCount) {
      this.#narrow(goal.count);
      return false;
    }
    this.#stretch(this.#attestedCount, goal.count);
    this.#attestedCount = goal.count;
    return true;
  }

  /**
   * Records a signed or applied head: entries that fold to it belong to the edge. Of a count, the head of the newest epoch
   * is kept, an applied one before all: keys of an older epoch may have been stolen since.
   */
  noteGoal({ count, head }: JournalPosition, epoch: number): void {
    if (count <= this.#position.count || epoch <= (this.#goalEpochs.get(count) ?? -1)) return;
    this.#goals.set(count, head);
    this.#goalEpochs.set(count, epoch);
  }

  /** Records a position that the replica applied at a final block. */
  noteFolded(position: JournalPosition): void {
    if (this.#folded === undefined || position.count > this.#folded.count) this.#folded = position;
  }

  /** Moves the position to where entries are confirmed. */
  advance(position: JournalPosition): void {
    this.#position = position;
    this.pool.dropUpTo(position.count);
    for (const count of this.#goals.keys()) {
      if (count > position.count) continue;
      this.#goals.delete(count);
      this.#goalEpochs.delete(count);
    }
  }

  /** Sets the replica's count; it may fall when the destination's newest blocks are reorganised. */
  noteApplied(count: bigint): void {
    this.#appliedCount = count;
  }

  /** Lowers the seen count to the entries still held, after a reorganisation withdrew some. */
  forgetSeen(): void {
    this.#seenCount = this.pool.contiguousCount(this.#position.count, 'seen');
  }

  /** Returns the growth of the seen count since the last call. */
  takeSeenGrowth(): Growth | undefined {
    return this.noteSeen(this.pool.contiguousCount(this.#position.count, 'seen'));
  }

  #stretch(from: bigint, to: bigint): void {
    if (to - from > CUT_LENGTH) this.#gaps.push({ from, to });
  }

  /** Splits the gap that contains an attested count into at most two smaller ones. */
  #narrow(count: bigint): void {
    this.#gaps = this.#gaps.flatMap((gap) => {
      if (count <= gap.from || count >= gap.to) return [gap];
      const halves = [
        { from: gap.from, to: count },
        { from: count, to: gap.to },
      ];
      return halves.filter(({ from, to }) => to - from > CUT_LENGTH);
    });
  }
}
