import { type Bytes32, type JournalPosition, type Keccak256, ZERO_WORD } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { CollateralState } from './collateral-state.js';
import type { KnownEdge } from './known-edge.js';
import { followError } from './entry-supply.js';
import { type NamedPosition, type ReleasedRun, digestOf, findBatchGap, judgeReleased } from './judge-facts.js';
import type { LedgerFact } from './ledger-fact.js';
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
    const raw = await this.#reader.readPositions(namesOf(known), end, signal);
    const proven = named(raw, known);
    const opened = openedOf(laterOf(unlisted, configured), known, raw);
    const refuse = (transactions: readonly FactTransaction[]): string | undefined => {
      const facts = factsOf(transactions);
      const astray = opened.find(({ edge, isOpen }) => opens(facts, edge) !== isOpen);
      if (astray !== undefined) return `the logs and the proof differ on whether generation ${astray.edge} was opened`;
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
    const fresh = await this.#judgeListed({ from, transactions: read.transactions }, known, end, signal);
    const lacksListing = facts.some(
      (fact) =>
        fact.kind === 'applied' &&
        unlisted.replicas.some(({ edge }) => edge === fact.edge) &&
        !facts.some((one) => one.kind === 'source-listed' && one.edge === fact.edge) &&
        !opens(facts, fact.edge),
    );
    return { ...read, from, released: [...requireRuns(runs), ...fresh], lacksListing };
  }

  /** Remembers facts that do not lead to what the ledger has: the next read refuses them, and another provider is asked. */
  reject(range: Pick<ProvenFacts, 'from' | 'transactions'>): void {
    this.#rejected = new Set(
      [...this.#rejected, digestOf([range.from, range.transactions], this.#keccak256)].slice(-16),
    );
  }

  /** Edges that the range itself lists or opens, and no configuration names, are proven after it was read. */
  async #judgeListed(
    range: Pick<ProvenFacts, 'from' | 'transactions'>,
    known: KnownPositions,
    end: FinalBlock,
    signal: AbortSignal | undefined,
  ): Promise<ReleasedRun[]> {
    const facts = factsOf(range.transactions);
    const isNew = (edge: Bytes32, held: readonly NamedPosition[]): boolean => held.every((one) => one.edge !== edge);
    const fresh = {
      replicas: facts.flatMap((fact) =>
        (fact.kind === 'source-listed' || fact.kind === 'edge-opened') && isNew(fact.edge, known.replicas)
          ? [startOf(fact.edge)]
          : [],
      ),
      journals: facts.flatMap((fact) => {
        if (fact.kind !== 'source-listed' && fact.kind !== 'generation-opened') return [];
        const edge = fact.kind === 'source-listed' ? fact.outboundEdge : fact.edge;
        return isNew(edge, known.journals) ? [startOf(edge)] : [];
      }),
    };
    if (fresh.replicas.length + fresh.journals.length === 0) return [];
    const raw = await this.#reader.readPositions(namesOf(fresh), end, signal);
    const invented = openedOf(fresh, fresh, raw).find(({ edge, isOpen }) => opens(facts, edge) && !isOpen);
    if (invented !== undefined) {
      this.reject(range);
      throw followError(
        'FOLD_MISMATCH',
        `the logs open generation ${invented.edge}, its proof shows none; another provider is asked next`,
      );
    }
    const proven = named(raw, fresh);
    const gap = findBatchGap(facts, fresh.replicas, proven.replicas);
    if (gap !== undefined) throw followError('FOLD_MISMATCH', `${gap}; another provider is asked next`);
    return requireRuns(judgeReleased(facts, fresh.journals, proven.journals, this.#keccak256));
  }
}

/** What a proof shows of some edges, in the order of their names. */
type ProvenPositions = Awaited<ReturnType<SettlementReader['readPositions']>>;

/** An edge that is not listed yet has an empty word where a listed one that is empty has its own name. */
function named(raw: ProvenPositions, known: KnownPositions): ProvenPositions {
  const withNames = (positions: readonly JournalPosition[], names: readonly NamedPosition[]): JournalPosition[] =>
    positions.map((one, at) => ({
      count: one.count,
      head: one.count === 0n ? (names[at]?.edge ?? one.head) : one.head,
    }));
  return {
    replicas: withNames(raw.replicas, known.replicas),
    journals: withNames(raw.journals, known.journals),
  };
}

/** Says of later generations among some edges whether a proof shows them. */
function openedOf(
  asked: KnownPositions,
  known: KnownPositions,
  raw: ProvenPositions,
): readonly { readonly edge: Bytes32; readonly isOpen: boolean }[] {
  const of = (kind: 'replicas' | 'journals') =>
    asked[kind].map(({ edge }) => {
      const at = known[kind].findIndex((one) => one.edge === edge);
      return { edge, isOpen: raw[kind][at]?.head !== ZERO_WORD };
    });
  return [...of('replicas'), ...of('journals')];
}

/** Says whether a fact opens an edge as a later generation. */
function opens(facts: readonly LedgerFact[], edge: Bytes32): boolean {
  return facts.some((fact) => (fact.kind === 'edge-opened' || fact.kind === 'generation-opened') && fact.edge === edge);
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

/** Those of some edges that are a later generation: nothing but its opening lists one. */
function laterOf(edges: KnownPositions, configured: readonly KnownEdge[]): KnownPositions {
  const isLater = ({ edge }: NamedPosition): boolean =>
    configured.some((known) => known.edgeId === edge && known.edge.generation > 0);
  return { replicas: edges.replicas.filter(isLater), journals: edges.journals.filter(isLater) };
}

function startOf(edge: Bytes32): NamedPosition {
  return { edge, count: 0n, head: edge };
}

function namesOf(known: KnownPositions): { replicas: Bytes32[]; journals: Bytes32[] } {
  return { replicas: known.replicas.map((one) => one.edge), journals: known.journals.map((one) => one.edge) };
}
