import type { Bytes32, JournalPosition, Keccak256 } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { CollateralState } from './collateral-state.js';
import type { KnownEdge } from './known-edge.js';
import { followError } from './entry-supply.js';
import { type NamedPosition, type ReleasedRun, digestOf, findBatchGap, judgeReleased } from './judge-facts.js';
import type { LedgerFact, SourceListedFact } from './ledger-fact.js';
import type { FactRange, FactTransaction, SettlementReader } from './settlement-reader.js';

/** Facts of a range of blocks that lead to what the chain proves at its end. */
export interface ProvenFacts extends FactRange {
  /** First block of the range. */
  readonly from: bigint;
  /** What the ledger's journals gained in the range. */
  readonly released: readonly ReleasedRun[];
  /** True if the proof shows entries of an edge that no log has listed: a listing in an earlier range was left out. */
  readonly lacksListing: boolean;
}

/** What facts are judged from: where replicas and journals stand before the range. */
interface KnownPositions {
  readonly replicas: readonly NamedPosition[];
  readonly journals: readonly NamedPosition[];
}

/** Reads facts that lead every replica and journal from where the fold stands to where the chain proves it. */
export class ProvenFactReader {
  readonly #reader: SettlementReader;
  readonly #keccak256: Keccak256;
  /** Facts that were found wrong after they had passed every proof: whoever gives them again is not believed. */
  #rejected = new Set<string>();

  constructor(reader: SettlementReader, keccak256: Keccak256) {
    this.#reader = reader;
    this.#keccak256 = keccak256;
  }

  /**
   * Reads the facts of a range. The edges of the configuration are judged whether listed or not: a listing is one provider's word,
   * and an edge without one must prove that nothing was applied. @throws the reader's errors; FOLD_MISMATCH (retryable).
   */
  async read(
    range: {
      from: bigint;
      end: FinalBlock;
      termsToo: boolean;
      state: CollateralState;
      configured: readonly KnownEdge[];
    },
    signal: AbortSignal | undefined,
  ): Promise<ProvenFacts> {
    const { from, end, termsToo, state, configured } = range;
    const unlisted = unlistedOf(configured, state);
    const known = {
      replicas: [...state.replicas, ...unlisted.replicas],
      journals: [...state.journals, ...unlisted.journals],
    };
    const proven = await this.#readPositions(known, end, signal);
    const refuse = (transactions: readonly FactTransaction[]): string | undefined => {
      const facts = factsOf(transactions);
      const gap = findBatchGap(facts, known.replicas, proven.replicas);
      if (gap !== undefined) return gap;
      const runs = judgeReleased(facts, known.journals, proven.journals, this.#keccak256);
      if (typeof runs === 'string') return runs;
      const isRejected = this.#rejected.size > 0 && this.#rejected.has(digestOf([from, transactions], this.#keccak256));
      return isRejected ? 'the logs are those that led to other sums than the ledger has' : undefined;
    };
    const read = await this.#reader.readFacts({ from, to: end.height, termsToo, refuse }, signal);
    const facts = factsOf(read.transactions);
    const runs = judgeReleased(facts, known.journals, proven.journals, this.#keccak256);
    const fresh = await this.#judgeListed(facts, known, end, signal);
    const lacksListing = facts.some(
      (fact) =>
        fact.kind === 'applied' &&
        unlisted.replicas.some(({ edge }) => edge === fact.edge) &&
        !facts.some((one) => one.kind === 'source-listed' && one.edge === fact.edge),
    );
    return { ...read, from, released: [...requireRuns(runs), ...fresh], lacksListing };
  }

  /** An edge that is not listed yet has an empty word where a listed one that is empty has its own name. */
  async #readPositions(
    known: KnownPositions,
    end: FinalBlock,
    signal: AbortSignal | undefined,
  ): ReturnType<SettlementReader['readPositions']> {
    const { replicas, journals } = await this.#reader.readPositions(namesOf(known), end, signal);
    const named = (positions: readonly JournalPosition[], names: readonly NamedPosition[]): JournalPosition[] =>
      positions.map((one, at) => ({
        count: one.count,
        head: one.count === 0n ? (names[at]?.edge ?? one.head) : one.head,
      }));
    return { replicas: named(replicas, known.replicas), journals: named(journals, known.journals) };
  }

  /** Remembers facts that do not lead to what the ledger has: the next read refuses them, and another provider is asked. */
  reject(range: ProvenFacts): void {
    this.#rejected = new Set(
      [...this.#rejected, digestOf([range.from, range.transactions], this.#keccak256)].slice(-16),
    );
  }

  /** Edges that the range itself lists, and no configuration names, are proven after it was read. */
  async #judgeListed(
    facts: readonly LedgerFact[],
    known: KnownPositions,
    end: FinalBlock,
    signal: AbortSignal | undefined,
  ): Promise<ReleasedRun[]> {
    const listed = facts.filter((fact): fact is SourceListedFact => fact.kind === 'source-listed');
    const isNew = (edge: Bytes32, held: readonly NamedPosition[]): boolean => held.every((one) => one.edge !== edge);
    const replicas = listed.filter(({ edge }) => isNew(edge, known.replicas)).map(({ edge }) => startOf(edge));
    const journals = listed
      .filter(({ outboundEdge }) => isNew(outboundEdge, known.journals))
      .map(({ outboundEdge }) => startOf(outboundEdge));
    if (replicas.length + journals.length === 0) return [];
    const proven = await this.#readPositions({ replicas, journals }, end, signal);
    const gap = findBatchGap(facts, replicas, proven.replicas);
    if (gap !== undefined) throw followError('FOLD_MISMATCH', `${gap}; another provider is asked next`);
    return requireRuns(judgeReleased(facts, journals, proven.journals, this.#keccak256));
  }
}

function requireRuns(runs: string | ReleasedRun[]): ReleasedRun[] {
  if (typeof runs === 'string') throw followError('FOLD_MISMATCH', `${runs}; another provider is asked next`);
  return runs;
}

function factsOf(transactions: readonly FactTransaction[]): LedgerFact[] {
  return transactions.flatMap((transaction) => transaction.facts);
}

/** The edges of the configuration that the fold has met no listing of: nothing may have happened on them. */
function unlistedOf(configured: readonly KnownEdge[], state: CollateralState): KnownPositions {
  const lacks = (direction: KnownEdge['direction'], held: readonly { readonly edge: Bytes32 }[]): NamedPosition[] =>
    configured
      .filter((known) => known.direction === direction && held.every(({ edge }) => edge !== known.edgeId))
      .map((known) => startOf(known.edgeId));
  return { replicas: lacks('to-ledger', state.replicas), journals: lacks('to-vault', state.journals) };
}

function startOf(edge: Bytes32): NamedPosition {
  return { edge, count: 0n, head: edge };
}

function namesOf(known: KnownPositions): { replicas: Bytes32[]; journals: Bytes32[] } {
  return { replicas: known.replicas.map((one) => one.edge), journals: known.journals.map((one) => one.edge) };
}
