import type { Bytes32, JournalPosition } from '@surety/domain';
import type { Asset, CachedPrice, Source } from '@surety/margin';
import type { ChainCondition, FinalBlock, LocatedEntries } from '../ports/origin-chain.js';
import type { AttesterEpoch } from './attester-epochs.js';
import type { BlockName } from './fact-store.js';
import type { KnownEdge } from './known-edge.js';
import type { LedgerFact } from './ledger-fact.js';

/** The facts of one transaction, in order. */
export interface FactTransaction {
  readonly block: BlockName;
  readonly facts: readonly LedgerFact[];
}

/** What the logs of a range of final blocks say. */
export interface FactRange {
  /** In the order of the chain. */
  readonly transactions: readonly FactTransaction[];
  /** True if weights, states, prices or freshness may have changed. */
  readonly termsChanged: boolean;
  /** True if an attester set was added or a member suspended. */
  readonly epochsChanged: boolean;
}

/** What an asset's lines are weighed with at one block. */
export interface AssetTerms {
  readonly assetId: number;
  /** Index of the source. */
  readonly sourceIndex: number;
  readonly asset: Asset;
  readonly source: Source;
  /** The underlying's price, and the asset's own if it has one. */
  readonly prices: readonly CachedPrice[];
}

/** The eight figures of `marginOf`. */
export interface MarginSums {
  readonly initial: bigint;
  readonly initialRequirement: bigint;
  readonly exit: bigint;
  readonly exitRequirement: bigint;
  readonly maintenance: bigint;
  readonly maintenanceRequirement: bigint;
  readonly status: bigint;
  readonly oldestAsOf: bigint;
}

/** A replica's count at the newest block of one provider; not final, for display only. */
export interface NewestReplicas {
  readonly block: BlockName;
  readonly counts: ReadonlyMap<Bytes32, bigint>;
}

/** The settlement chain as the fold reads it: events and views at final blocks, and a glance at the newest one. */
export interface SettlementReader {
  readonly chainId: number;
  condition(): ChainCondition;
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  readFinalBlock(height: bigint, signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads what ledger, risk manager and attester set said in final blocks, both ends included. A provider whose facts
   * `refuse` finds a fault in counts as lying, and another one is asked.
   */
  readFacts(
    range: {
      from: bigint;
      to: bigint;
      /** False skips the risk manager's logs: the caller reads its prices anyway. */
      termsToo: boolean;
      refuse: (transactions: readonly FactTransaction[]) => string | undefined;
    },
    signal?: AbortSignal,
  ): Promise<FactRange>;
  /** Reads replicas by storage proof. */
  readPositions(
    edges: readonly Bytes32[],
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<readonly JournalPosition[]>;
  /** Reads with what the assets count at a block, as a quorum of providers answers. */
  readTerms(
    assets: readonly {
      readonly assetId: number;
      readonly source: number;
      readonly underlying: number;
      readonly ownPrice: number;
    }[],
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<readonly AssetTerms[]>;
  /** Reads all attester sets written so far, as a quorum of providers answers. */
  readEpochs(block: FinalBlock, signal?: AbortSignal): Promise<readonly AttesterEpoch[]>;
  /** Asks the ledger for margins at a block; one provider answers, or a quorum if `agreed`. */
  readMargins(
    request: { accounts: readonly Bytes32[]; block: FinalBlock; agreed: boolean },
    signal?: AbortSignal,
  ): Promise<readonly MarginSums[]>;
  readNewest(edges: readonly KnownEdge[], signal?: AbortSignal): Promise<NewestReplicas>;
}

/** Which entries of a journal are wanted. */
export interface EntriesWanted {
  readonly known: KnownEdge;
  readonly position: JournalPosition;
  /** Count up to which they are wanted now; entries past it may come too. */
  readonly to: bigint;
  /** A position at or below it at which the journal stood at the end of a block, by the word of a poster. */
  readonly anchor: { readonly position: JournalPosition; readonly block: bigint } | undefined;
}

/** Entries read from their origin chain itself: what a rebuild needs when no watcher hands them in. */
export interface EntrySource {
  /**
   * Gives entries of the journal, verified to belong to it, that reach past `position` and up to `to`, or none. Never
   * rejects for a chain's fault.
   */
  readEntriesAfter(wanted: EntriesWanted, signal?: AbortSignal): Promise<LocatedEntries | undefined>;
  /** Forgets what it kept while the fold caught up. */
  release(): void;
}
