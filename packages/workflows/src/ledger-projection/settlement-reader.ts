import type { Address, Bytes32, JournalPosition, StatementDomain, TxHash } from '@surety/domain';
import type { Asset, CachedPrice, Source } from '@surety/margin';
import type { EpochReader } from '../following/epoch-refresh.js';
import type { ProvenReplica } from '../following/find-replica-gap.js';
import type { BatchInput } from '../following/journal-entry-source.js';
import type { BlockName } from '../intake/intake-store.js';
import type { KnownEdge } from '../intake/known-edge.js';
import type { ChainCondition, FinalBlock, LocatedEntries } from '../ports/origin-chain.js';
import type { AssetFact, AssetSumsFact, CoverageFact, LineFact, SourceListing } from './collateral-rows.js';
import type { LedgerFact } from './ledger-fact.js';

/** The facts of one transaction, in order. */
export interface FactTransaction {
  readonly block: BlockName;
  /** By one provider's word. */
  readonly txHash?: TxHash;
  readonly facts: readonly LedgerFact[];
}

/** The logs of a range of final blocks. */
export interface FactRange {
  /** In the order of the chain. */
  readonly transactions: readonly FactTransaction[];
  /** True if weights, states, prices or freshness may have changed. */
  readonly termsChanged: boolean;
  /** True if an attester set was added or a member suspended. */
  readonly epochsChanged: boolean;
}

/** The terms that weigh an asset's lines at one block. */
export interface AssetTerms {
  readonly assetId: number;
  /** Index of the source. */
  readonly sourceIndex: number;
  readonly asset: Asset;
  readonly source: Source;
  /**
   * True if the asset is impaired or unsettled: its source's frozen maintenance weight is then that of the block, and
   * falls without a log.
   */
  readonly isStanding: boolean;
  /** The underlying's price, and the asset's own if it has one. */
  readonly prices: readonly CachedPrice[];
}

/** The eight figures returned by `marginOf`. */
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

/** Accounts whose margins are read at a block. */
export interface MarginsAt {
  readonly accounts: readonly Bytes32[];
  readonly block: FinalBlock;
}

/** A replica's newest position and name, unproven. */
export interface NewestReplica {
  readonly name: Bytes32;
  readonly count: bigint;
}

/** The ledger at the newest block of one provider. Not final; for display only. */
export interface NewestLedger {
  readonly block: BlockName;
  /** Positions of replicas, by the first name of their edge. */
  readonly replicas: ReadonlyMap<Bytes32, NewestReplica>;
  /** Entries of the ledger's journals after the given block, by the name of their edge. */
  readonly released: ReadonlyMap<Bytes32, LocatedEntries>;
}

/** The ledger's own sums of one asset. */
export type LedgerSums = Pick<AssetSumsFact, 'assetId' | 'lines' | 'parked'>;

/** The ledger's own coverage figures of an asset. */
export type CoverageFigures = Omit<CoverageFact, 'saidSeq'>;

/** The lines and protocols that count in an account's margin, as the ledger lists them. */
export interface AccountMembership {
  /** Assets whose lines count, in no order. */
  readonly enabled: readonly number[];
  /** Protocols that may require margin, in no order. */
  readonly protocols: readonly Address[];
}

/** The ledger's own figures of a line. */
export type LineFigures = Pick<LineFact, 'amount' | 'unseasoned' | 'seasonEnd'>;

/** A release to check. */
export interface WantedRelease {
  readonly account: Bytes32;
  readonly assetId: number;
  /** Token units, including the fee. */
  readonly amount: bigint;
  readonly recipient: Bytes32;
  readonly fee: bigint;
}

/** The ledger's verdict on a release at one block. */
export type ReleaseVerdict =
  | { readonly kind: 'allowed' }
  | {
      readonly kind: 'refused';
      /** Name of the ledger's error. */
      readonly code: string;
      readonly detail: string;
      /** The error's arguments in their order, by the names that the interface gives them. */
      readonly values: readonly { readonly name: string; readonly value: string }[];
    };

/** The settlement chain as the fold reads it: events and views at final blocks, and an unproven view of the newest one. */
export interface SettlementReader extends EpochReader {
  readonly chainId: number;
  /** The domain of statements for the ledger. */
  readonly verifier: StatementDomain;
  condition(): ChainCondition;
  readFinalTip(signal?: AbortSignal): Promise<FinalBlock>;
  readFinalBlock(height: bigint, signal?: AbortSignal): Promise<FinalBlock>;
  /**
   * Reads the events of ledger, risk manager and attester set in final blocks, both ends included. If `refuse` finds a
   * fault in a provider's facts, that provider counts as lying and the next is asked.
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
  /** Reads replicas and the ledger's own journals by one storage proof, by the edges' first names and in the given orders. */
  readPositions(
    edges: { readonly replicas: readonly Bytes32[]; readonly journals: readonly Bytes32[] },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<{ readonly replicas: readonly ProvenReplica[]; readonly journals: readonly JournalPosition[] }>;
  /** Reads the listings of sources by storage proof, in the given order; all fields but `source` are 0 if one is not listed. */
  readSources(sources: readonly number[], block: FinalBlock, signal?: AbortSignal): Promise<readonly SourceListing[]>;
  /** Reads by storage proof how many assets the ledger lists; it numbers them from 1 on. */
  readAssetCount(block: FinalBlock, signal?: AbortSignal): Promise<number>;
  /** Reads the terms of assets by storage proof, in the given order; source, decimals and prices are 0 if one is not listed. */
  readAssets(assetIds: readonly number[], block: FinalBlock, signal?: AbortSignal): Promise<readonly AssetFact[]>;
  /** Reads the ledger's own sums per asset, by a quorum of providers. */
  readSums(assetIds: readonly number[], block: FinalBlock, signal?: AbortSignal): Promise<readonly LedgerSums[]>;
  /** Reads the ledger's coverages of some assets, in the given order, by a quorum of providers. */
  readCoverages(
    assets: readonly Pick<CoverageFact, 'source' | 'vaultAsset'>[],
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<readonly CoverageFigures[]>;
  /** Reads by quorum the lines with effect and the protocols of an account, which otherwise only events show. */
  readMembership(account: Bytes32, block: FinalBlock, signal?: AbortSignal): Promise<AccountMembership>;
  /** Reads the figures of one line from the ledger's view, by a quorum of providers. */
  readLine(
    key: { readonly account: Bytes32; readonly assetId: number },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<LineFigures>;
  /**
   * Reads the time in seconds from which a parked credit may be unparked, by a quorum of providers; 0 if the ledger
   * names none.
   */
  readParkedDate(
    credit: { readonly source: number; readonly index: bigint },
    block: FinalBlock,
    signal?: AbortSignal,
  ): Promise<bigint | undefined>;
  /** Reads the terms of the assets at a block, by a quorum of providers. */
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
  /** Reads margins at a block from one provider, in the given order. */
  readMargins(request: MarginsAt, signal?: AbortSignal): Promise<readonly MarginSums[]>;
  /**
   * Reads margins at a block by a quorum of providers. Leaves out an account on which they do not agree while they agree on others: what
   * its protocols require runs their own code, which may answer each node differently. @throws NO_QUORUM (retryable) if they agree on none.
   */
  readAgreedMargins(request: MarginsAt, signal?: AbortSignal): Promise<ReadonlyMap<Bytes32, MarginSums>>;
  /** Reads which protocols the ledger lists at a block, in the given order, by a quorum of providers. */
  readListed(protocols: readonly Address[], block: FinalBlock, signal?: AbortSignal): Promise<readonly boolean[]>;
  /** Checks by quorum how the ledger would respond to the owner's request at a block. */
  tryRelease(release: WantedRelease, block: FinalBlock, signal?: AbortSignal): Promise<ReleaseVerdict>;
  /** Reads the entries in a transaction's call to the ledger; undefined if it called another function. */
  readBatchInput(txHash: TxHash, signal?: AbortSignal): Promise<BatchInput | undefined>;
  /** Reads the newest block of one provider: replicas of these edges, and releases after a block. */
  readNewest(
    request: { readonly edges: readonly KnownEdge[]; readonly after: bigint },
    signal?: AbortSignal,
  ): Promise<NewestLedger>;
}
