import { AppError, type Bytes32, type Keccak256 } from '@surety/domain';
import { type ReplicaStart, digestOf, findReplicaGap, namesAfter } from '../following/find-replica-gap.js';
import { followError } from '../following/fold-errors.js';
import type { KnownEdge } from '../intake/known-edge.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { SourceListing } from './collateral-rows.js';
import type { CollateralState } from './collateral-state.js';
import { type NamedPosition, type ReleasedRun, judgeReleased } from './judge-released.js';
import type { LedgerFact, SourceListedFact } from './ledger-fact.js';
import type { FactRange, FactTransaction, SettlementReader } from './settlement-reader.js';

/** Facts of a range of blocks that lead to the proven state at its end. */
export interface ProvenFacts extends FactRange {
  /** First block of the range. */
  readonly from: bigint;
  /** Growth of the ledger's journals in the range. */
  readonly released: readonly ReleasedRun[];
}

/** The positions of replicas and journals before the range. */
interface KnownPositions {
  readonly replicas: readonly ReplicaStart[];
  readonly journals: readonly NamedPosition[];
}

/** Reads facts that lead every replica and journal from the folded position to the proven one. */
export class ProvenFactReader {
  readonly #reader: SettlementReader;
  readonly #keccak256: Keccak256;
  readonly #edgesOf: (source: SourceListedFact) => readonly KnownEdge[];
  /** Facts that proved wrong after passing every check. A provider that repeats them is refused. */
  #rejected = new Set<string>();

  constructor(
    reader: SettlementReader,
    keccak256: Keccak256,
    edgesOf: (source: SourceListedFact) => readonly KnownEdge[],
  ) {
    this.#reader = reader;
    this.#keccak256 = keccak256;
    this.#edgesOf = edgesOf;
  }

  /**
   * Reads the facts of a range. All configured edges are checked, listed or not: a listing rests on one provider's
   * word, so an edge without one must prove that nothing was applied.
   * @throws the reader's errors; FOLD_MISMATCH (retryable).
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
    const proven = withNames(await this.#reader.readPositions(namesOf(known), end, signal), known);
    const nameAfter = namesAfter(configured, this.#keccak256);
    const refuse = (transactions: readonly FactTransaction[]): string | undefined => {
      const facts = factsOf(transactions);
      const gap = findReplicaGap(facts, known.replicas, proven.replicas, nameAfter);
      if (gap !== undefined) return gap;
      const runs = judgeReleased(facts, known.journals, proven.journals, this.#keccak256);
      if (typeof runs === 'string') return runs;
      const isRejected = this.#rejected.size > 0 && this.#rejected.has(digestOf([from, transactions], this.#keccak256));
      return isRejected ? 'the logs are those that led to other sums than the ledger has' : undefined;
    };
    const read = await this.#reader.readFacts({ from, to: end.height, termsToo, refuse }, signal);
    const facts = factsOf(read.transactions);
    const runs = judgeReleased(facts, known.journals, proven.journals, this.#keccak256);
    const fresh = await this.#judgeListed(facts, known, end, signal).catch((cause: unknown) => {
      // A reader that fails says nothing against the logs.
      const isLie = cause instanceof AppError && cause.code === 'FOLD_MISMATCH';
      if (isLie) this.reject({ from, transactions: read.transactions });
      throw cause;
    });
    return { ...read, from, released: [...requireRuns(runs), ...fresh] };
  }

  /** Remembers facts that do not lead to the ledger's state: the next read refuses them and asks another provider. */
  reject(range: Pick<ProvenFacts, 'from' | 'transactions'>): void {
    this.#rejected = new Set(
      [...this.#rejected, digestOf([range.from, range.transactions], this.#keccak256)].slice(-16),
    );
  }

  /**
   * Listings in the range are compared with the ledger's own records after it was read. Edges that it lists and that are
   * not configured are proven then, too.
   */
  async #judgeListed(
    facts: readonly LedgerFact[],
    known: KnownPositions,
    end: FinalBlock,
    signal: AbortSignal | undefined,
  ): Promise<ReleasedRun[]> {
    const listed = facts.flatMap((fact) => (fact.kind === 'source-listed' ? [fact] : []));
    if (listed.length === 0) return [];
    await this.#requireListed(listed, end, signal);
    const freshOf = (edges: readonly Bytes32[], held: readonly { readonly edge: Bytes32 }[]): NamedPosition[] =>
      edges.filter((edge) => held.every((one) => one.edge !== edge)).map(startOf);
    const fresh = {
      replicas: freshOf(
        listed.map(({ edge }) => edge),
        known.replicas,
      ),
      journals: freshOf(
        listed.map(({ outboundEdge }) => outboundEdge),
        known.journals,
      ),
    };
    if (fresh.replicas.length + fresh.journals.length === 0) return [];
    const proven = withNames(await this.#reader.readPositions(namesOf(fresh), end, signal), fresh);
    const nameAfter = namesAfter(listed.flatMap(this.#edgesOf), this.#keccak256);
    const gap = findReplicaGap(facts, fresh.replicas, proven.replicas, nameAfter);
    if (gap !== undefined) throw followError('FOLD_MISMATCH', `${gap}; another provider is asked next`);
    return requireRuns(judgeReleased(facts, fresh.journals, proven.journals, this.#keccak256));
  }

  /** @throws FOLD_MISMATCH if a storage proof says otherwise of a listed source. */
  async #requireListed(
    listed: readonly SourceListing[],
    end: FinalBlock,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const sources = listed.map(({ source }) => source);
    const proven = await this.#reader.readSources(sources, end, signal);
    const at = listed.findIndex((one, n) => !isSameSource(one, proven[n]));
    if (at === -1) return;
    const show = (one: SourceListing | undefined): string => LISTED.map((name) => `${name} ${one?.[name]}`).join(', ');
    throw followError(
      'FOLD_MISMATCH',
      `the logs list a source with ${show(listed[at])}; its proof at block ${end.height} says ${show(proven[at])}; another provider is asked next`,
    );
  }
}

/** The fields of a listing. They never change. */
const LISTED = ['source', 'edge', 'outboundEdge', 'originChainId', 'vault'] as const;

function isSameSource(one: SourceListing, other: SourceListing | undefined): boolean {
  return LISTED.every((name) => one[name] === other?.[name]);
}

/** Proven positions of some edges, in the order of their names. */
type ProvenPositions = Awaited<ReturnType<SettlementReader['readPositions']>>;

/** A journal that is not listed yet has an empty head, a listed one without entries has its own name as head. */
function withNames({ replicas, journals }: ProvenPositions, known: KnownPositions): ProvenPositions {
  const named = journals.map(({ count, head }, at) => ({
    count,
    head: count === 0n ? (known.journals[at]?.edge ?? head) : head,
  }));
  return { replicas, journals: named };
}

function requireRuns(runs: string | ReleasedRun[]): ReleasedRun[] {
  if (typeof runs === 'string') throw followError('FOLD_MISMATCH', `${runs}; another provider is asked next`);
  return runs;
}

function factsOf(transactions: readonly FactTransaction[]): LedgerFact[] {
  return transactions.flatMap((transaction) => transaction.facts);
}

/** Configured edges without a known listing: nothing may have happened on them. */
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
