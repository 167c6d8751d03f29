import {
  type Address,
  type Bytes32,
  type JournalPosition,
  type Keccak256,
  concatBytes,
  foldHeads,
} from '@surety/domain';
import type { CandidateFact } from './intake-store.js';

/** Consecutive candidates that fold from a position to a signed or applied head. */
export interface ConfirmedRun {
  readonly candidates: readonly CandidateFact[];
  /** The head after each candidate. */
  readonly heads: readonly Bytes32[];
}

/**
 * Candidates of one edge, by poster, past the edge's confirmed position. They have no authority: a run of candidates becomes
 * entries only by folding to a confirmed head.
 */
export class EntryPool {
  readonly #posters = new Map<Address, Map<bigint, CandidateFact>>();
  /** Known stretches without a gap, so that none is walked again at each post: thousands of entries may be made up. */
  readonly #stretches = new Map<CandidateFact['stage'], { readonly from: bigint; readonly count: bigint }>();

  constructor(candidates: readonly CandidateFact[] = []) {
    this.put(candidates);
  }

  /** Number of candidates held. */
  get size(): number {
    let size = 0;
    for (const held of this.#posters.values()) size += held.size;
    return size;
  }

  /** Returns a poster's candidate at an index. */
  find(poster: Address, index: bigint): CandidateFact | undefined {
    return this.#posters.get(poster)?.get(index);
  }

  /** True if another poster posted the same entry as final. One copy is enough. */
  isHeldElsewhere({ poster, index, packed, stage }: CandidateFact): boolean {
    if (stage !== 'final') return false;
    for (const [other, held] of this.#posters) {
      const twin = other === poster ? undefined : held.get(index);
      if (twin?.stage === 'final' && sameBytes(twin.packed, packed)) return true;
    }
    return false;
  }

  /** Addresses that posted any of these candidates. */
  get posters(): readonly Address[] {
    return [...this.#posters].flatMap(([poster, held]) => (held.size > 0 ? [poster] : []));
  }

  /** Returns the final candidates of others that are the same entries as a poster's: of these, only one copy was stored. */
  twinsOf(poster: Address, others: readonly Address[]): readonly CandidateFact[] {
    const twins: CandidateFact[] = [];
    for (const { index, packed, stage } of this.#posters.get(poster)?.values() ?? []) {
      const same = others.flatMap((other) => this.find(other, index) ?? []);
      const twin = same.find((one) => stage === 'final' && one.stage === 'final' && sameBytes(one.packed, packed));
      if (twin !== undefined) twins.push(twin);
    }
    return twins;
  }

  /** Adds candidates, replacing those of the same poster and index. */
  put(candidates: readonly CandidateFact[]): void {
    for (const candidate of candidates) {
      let held = this.#posters.get(candidate.poster);
      if (held === undefined) this.#posters.set(candidate.poster, (held = new Map()));
      if (held.has(candidate.index)) this.#cutStretches(candidate.index);
      held.set(candidate.index, candidate);
    }
  }

  /** Drops a poster's candidates from an index on, because its chain was reorganised. */
  dropFrom(poster: Address, index: bigint): void {
    this.#cutStretches(index);
    const held = this.#posters.get(poster);
    for (const at of held === undefined ? [] : held.keys()) if (at >= index) held?.delete(at);
  }

  /** Returns the lowest index above `from` and above all that the poster verified at which it holds a merely seen entry. */
  lowestSeenPast(poster: Address, from: bigint): bigint | undefined {
    let floor = from;
    let lowest: bigint | undefined;
    const held = this.#posters.get(poster) ?? new Map<bigint, CandidateFact>();
    for (const [index, { stage }] of held) if (stage === 'final' && index > floor) floor = index;
    for (const index of held.keys()) if (index > floor && (lowest === undefined || index < lowest)) lowest = index;
    return lowest;
  }

  /** Drops everything up to a count, because those entries are confirmed. */
  dropUpTo(count: bigint): void {
    this.#stretches.clear();
    for (const held of this.#posters.values()) for (const at of held.keys()) if (at <= count) held.delete(at);
  }

  /** Drops everything. */
  clear(): void {
    this.#stretches.clear();
    this.#posters.clear();
  }

  /** Returns the count up to which some poster holds every entry above `from`, at this stage or a later one. */
  contiguousCount(from: bigint, stage: 'seen' | 'final'): bigint {
    const known = this.#stretches.get(stage);
    let count = known?.from === from ? known.count : from;
    while (this.#holdsAt(count + 1n, stage)) count += 1n;
    this.#stretches.set(stage, { from, count });
    return count;
  }

  /**
   * Finds the longest run from `position` that folds to one of the goals. Each poster in turn takes precedence where
   * posters differ; the others fill its gaps. Folds nothing past the highest goal, and nothing at all while entries up
   * to the lowest goal are missing: one member can hold thousands of made-up ones there.
   */
  findRun(
    position: JournalPosition,
    goals: ReadonlyMap<bigint, Bytes32>,
    keccak256: Keccak256,
  ): ConfirmedRun | undefined {
    const ahead = [...goals.keys()].filter((count) => count > position.count);
    const lowest = ahead.reduce<bigint | undefined>(
      (low, one) => (low === undefined || one < low ? one : low),
      undefined,
    );
    if (lowest === undefined || this.contiguousCount(position.count, 'seen') < lowest) return undefined;
    const upTo = ahead.reduce((high, one) => (one > high ? one : high), lowest);
    let best: ConfirmedRun | undefined;
    for (const poster of this.#posters.keys()) {
      const run = this.#confirm(position, this.#runOf({ from: position.count, upTo }, poster), goals, keccak256);
      if (run !== undefined && run.heads.length > (best?.heads.length ?? 0)) best = run;
    }
    return best;
  }

  #holdsAt(index: bigint, stage: 'seen' | 'final'): boolean {
    for (const held of this.#posters.values()) {
      const candidate = held.get(index);
      if (candidate !== undefined && (stage === 'seen' || candidate.stage === 'final')) return true;
    }
    return false;
  }

  /** Shortens the known stretches to end before an index, since what is held there may change. */
  #cutStretches(index: bigint): void {
    for (const [stage, { from, count }] of this.#stretches) {
      if (index <= from) this.#stretches.delete(stage);
      else if (index <= count) this.#stretches.set(stage, { from, count: index - 1n });
    }
  }

  #runOf({ from, upTo }: { from: bigint; upTo: bigint }, preferred: Address): CandidateFact[] {
    const run: CandidateFact[] = [];
    for (let index = from + 1n; index <= upTo; index += 1n) {
      const next = this.#posters.get(preferred)?.get(index) ?? this.#anyAt(index);
      if (next === undefined) return run;
      run.push(next);
    }
    return run;
  }

  #anyAt(index: bigint): CandidateFact | undefined {
    let found: CandidateFact | undefined;
    for (const held of this.#posters.values()) {
      const candidate = held.get(index);
      if (candidate !== undefined && (found === undefined || candidate.stage === 'final')) found = candidate;
    }
    return found;
  }

  #confirm(
    position: JournalPosition,
    run: readonly CandidateFact[],
    goals: ReadonlyMap<bigint, Bytes32>,
    keccak256: Keccak256,
  ): ConfirmedRun | undefined {
    const heads = foldHeads(position, concatBytes(...run.map((candidate) => candidate.packed)), keccak256);
    for (let length = heads.length; length > 0; length--) {
      if (goals.get(position.count + BigInt(length)) === heads[length - 1]) {
        return { candidates: run.slice(0, length), heads: heads.slice(0, length) };
      }
    }
    return undefined;
  }
}

/** True if two entries are the same bytes. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
