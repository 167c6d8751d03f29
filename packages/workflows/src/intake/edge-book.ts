import { type Address, type Bytes32, CUT_LENGTH, type JournalHead, type JournalPosition } from '@surety/domain';
import { EntryPool } from './entry-pool.js';
import type { AttestedGap, AttesterMark, EdgeFacts, RewoundFact } from './intake-store.js';
import type { KnownEdge } from './known-edge.js';
import { OPEN_STATEMENTS_MAX } from './limits.js';

/**
 * What is known of one edge, in memory: a mirror of the store's facts, rebuilt from them at each start and when its replica is rewound.
 * What was signed under a former name of the edge is no part of it.
 *
 *   position    entries held that a signed or applied head folds over
 *   attested    highest count with k signatures
 *   reachable   count that the replica can be brought to by them: no step is longer than one cut
 *   applied     count the replica shows, at a final block and at the newest one
 */
export class EdgeBook {
  readonly known: KnownEdge;
  readonly pool: EntryPool;
  readonly #rewinds: readonly RewoundFact[];
  readonly #goals = new Map<bigint, Bytes32>();
  readonly #attesters = new Map<Address, AttesterMark>();
  #position: JournalPosition;
  #attestedCount: bigint;
  /** Pairs of attested counts that follow each other further apart than one cut, ascending. */
  #gaps: AttestedGap[];
  #appliedCount = 0n;
  #seenCount: bigint;
  readonly #open = new Map<Address, number>();

  constructor(known: KnownEdge, facts: EdgeFacts) {
    this.known = known;
    this.pool = new EntryPool(facts.candidates);
    this.#rewinds = facts.rewinds;
    this.#position = facts.position;
    // Entries to the ledger are held only under a signed or applied head; the ledger's own are proven without one.
    const point = facts.rewinds.at(-1)?.point.count ?? 0n;
    const confirmed = known.direction === 'to-ledger' && facts.position.count > point ? facts.position.count : point;
    this.#attestedCount = facts.attestedCount > confirmed ? facts.attestedCount : confirmed;
    this.#gaps = [...facts.attestedGaps];
    if (confirmed > facts.attestedCount) this.#stretch(facts.attestedCount, confirmed);
    this.#seenCount = facts.position.count;
    for (const goal of facts.goals) this.#goals.set(goal.count, goal.head);
    for (const mark of facts.attesters) this.#attesters.set(mark.address, mark);
  }

  /** Name that statements carry now. */
  get name(): Bytes32 {
    return this.#rewinds.at(-1)?.name ?? this.known.edgeId;
  }

  /** Names that statements carried before, the first one first. */
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
   * Count up to which the replica can be brought step by step. Watchers state every cut, so a longer step says that statements
   * were lost here: relayers would wait for them until the next day restates them.
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

  /** Count the replica has applied at the newest block that was looked at. */
  get appliedCount(): bigint {
    return this.#appliedCount;
  }

  /** Entries held without a gap, confirmed or posted as final. */
  get entryCount(): bigint {
    return this.pool.contiguousCount(this.#position.count, 'final');
  }

  /** Heads past the position that wait for their entries. */
  get goals(): ReadonlyMap<bigint, Bytes32> {
    return this.#goals;
  }

  /** The highest statement of each member about this edge. */
  get attesters(): readonly AttesterMark[] {
    return [...this.#attesters.values()];
  }

  /** Statements of a member that wait for other members, at most: completed ones may be counted too. */
  openStatements(signer: Address): number {
    return this.#open.get(signer) ?? OPEN_STATEMENTS_MAX;
  }

  /** Sets how many statements of a member wait for other members. */
  setOpenStatements(signer: Address, count: number): void {
    this.#open.set(signer, count);
  }

  /** Notes that entries up to a count were seen at the newest block. Gives true if that is news. */
  noteSeen(count: bigint): boolean {
    if (count <= this.#seenCount) return false;
    this.#seenCount = count;
    return true;
  }

  /** Notes a member's statement. */
  noteStatement(signer: Address, statement: JournalHead): void {
    const held = this.#attesters.get(signer);
    this.#attesters.set(signer, {
      address: signer,
      count: held !== undefined && held.count > statement.count ? held.count : statement.count,
      asOf: held !== undefined && held.asOf > statement.asOf ? held.asOf : statement.asOf,
    });
  }

  /** Notes a head that k members signed. Gives true if it lies past every attested count before. */
  noteAttested(goal: JournalPosition): boolean {
    this.noteGoal(goal);
    if (goal.count <= this.#attestedCount) {
      this.#narrow(goal.count);
      return false;
    }
    this.#stretch(this.#attestedCount, goal.count);
    this.#attestedCount = goal.count;
    return true;
  }

  /** Notes a head that was signed or applied: entries that fold to it are the edge's. The first head of a count stays. */
  noteGoal({ count, head }: JournalPosition): void {
    if (count > this.#position.count && !this.#goals.has(count)) this.#goals.set(count, head);
  }

  /** Moves the position to where entries were confirmed. */
  advance(position: JournalPosition): void {
    this.#position = position;
    this.pool.dropUpTo(position.count);
    for (const count of this.#goals.keys()) if (count <= position.count) this.#goals.delete(count);
  }

  /** Sets what the replica has applied; it may fall when the destination's newest blocks were reorganised. */
  noteApplied(count: bigint): void {
    this.#appliedCount = count;
  }

  /** Lowers what counts as seen to what is still held: entries were withdrawn after a reorganisation. */
  forgetSeen(): void {
    this.#seenCount = this.pool.contiguousCount(this.#position.count, 'seen');
  }

  /** Gives the count up to which entries were seen, if it grew since the last call. */
  takeSeenGrowth(): bigint | undefined {
    const count = this.pool.contiguousCount(this.#position.count, 'seen');
    if (count <= this.#seenCount) return undefined;
    this.#seenCount = count;
    return count;
  }

  #stretch(from: bigint, to: bigint): void {
    if (to - from > CUT_LENGTH) this.#gaps.push({ from, to });
  }

  /** An attested count within a gap leaves at most two smaller ones. */
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
