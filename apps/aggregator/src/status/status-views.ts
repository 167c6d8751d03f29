import type { BlockView, ChainView, DeployedContract, StateHashView, StatusView } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import type { Store, StoreSnapshot } from '@surety/store';
import {
  type ChainRows,
  type Clock,
  type FoldCursor,
  Intake,
  LedgerFollower,
  type PaymentRow,
  type ReplicaFact,
  SelfCheck,
  type VaultFollower,
  noRows,
  stateHash,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { EdgeViews } from '../entries/edge-views.js';
import { ReadinessService } from '../health/readiness.js';
import { PacedPass } from '../paced-pass.js';
import { pagesOfLines } from '../projections/pages-of-lines.js';
import { type ChainViewPorts, type ListedChains, chainViews, contractViews } from './chain-views.js';

/** Payments read between two turns of the event loop for the state hash. */
const PAYMENTS_PER_PAGE = 500;

/** Shows how the aggregator itself is. */
@Injectable()
export class StatusViews {
  readonly #chainPorts: ChainViewPorts;
  #counted: { key: string; rows: Promise<{ accounts: number; lines: number; parked: number }> } | undefined;
  readonly #hashes: PacedPass<StateHashView | null>;

  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.vaults) private readonly vaults: ReadonlyMap<Bytes32, VaultFollower>,
    @Inject(Intake) private readonly intake: Intake,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(SelfCheck) private readonly selfCheck: SelfCheck,
    @Inject(EdgeViews) private readonly edges: EdgeViews,
    @Inject(ReadinessService) private readonly readiness: ReadinessService,
    @Inject(TOKENS.profile) private readonly profile: string,
    @Inject(TOKENS.listedChains) listed: ListedChains,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    const byChain = new Map([...vaults.values()].map((vault) => [vault.reader.chainId, vault]));
    this.#chainPorts = { ...listed, follower, vaults: byChain };
    this.#hashes = new PacedPass(clock, () => store.readSnapshot((snapshot) => this.hashOf(snapshot)));
  }

  /** Returns the chains. */
  chains(): ChainView[] {
    return chainViews(this.#chainPorts);
  }

  /** Returns the contracts that the configuration names. */
  contracts(): DeployedContract[] {
    return contractViews(this.#chainPorts);
  }

  /** Returns the whole status. */
  async status(): Promise<StatusView> {
    const { profile, selfCheck, edges, readiness } = this;
    const { outcome } = selfCheck;
    const block = outcome?.block;
    const counts = await this.#count();
    return {
      profile,
      ready: readiness.check().ready,
      chains: this.chains(),
      edges: edges.edges(),
      selfCheck: {
        block:
          block === undefined
            ? null
            : { chainId: block.chainId, height: block.height, hash: block.hash, timestamp: block.timestamp },
        comparedAccounts: outcome?.comparedAccounts ?? 0,
        differences: outcome?.differences ?? 0,
      },
      stateHash: await this.stateHash(),
      counts,
    };
  }

  /** Counting lines walks them all, so it is done once for each state. */
  async #count(): Promise<Readonly<Record<string, number>>> {
    const { follower, store, intake } = this;
    const key =
      follower.cursor === undefined ? 'none' : `${follower.cursor.changed.height}:${follower.cursor.changed.hash}`;
    if (this.#counted?.key !== key) this.#counted = { key, rows: store.collateral.countAccounts() };
    const rows = await this.#counted.rows.catch((cause: unknown) => {
      this.#counted = undefined;
      throw cause;
    });
    return {
      entries: intake.books.reduce((sum, book) => sum + Number(book.position.count), 0),
      candidates: intake.books.reduce((sum, book) => sum + book.pool.size, 0),
      contradictions: await store.views.countContradictions(),
      ...rows,
    };
  }

  /** Returns the state hash with the blocks that it names; null until the first final block is folded. */
  async stateHash(): Promise<StateHashView | null> {
    if (this.follower.cursor === undefined) return null;
    return this.#hashes.read((hashed) => hashed !== null && this.isCurrent(hashed));
  }

  /** True if nothing that a state hash covers has changed since its blocks. */
  isCurrent({ chains }: StateHashView): boolean {
    const { follower } = this;
    const replaying = this.#vaults().filter(({ replica }) => isReplaying(replica));
    return keyOf(chains) === keyOf(blocksOf([follower.cursor, ...replaying.map((vault) => vault.cursor)]));
  }

  /** Returns the state hash of a snapshot; null before the first final block. */
  async hashOf({ collateral, payments }: StoreSnapshot): Promise<StateHashView | null> {
    const { chainId } = this.follower.cursor ?? {};
    const home = chainId === undefined ? undefined : await collateral.loadCursor(chainId);
    if (home === undefined) return null;
    const vaults = await Promise.all(
      this.#vaults().map(async ({ reader }) => {
        const { edgeId } = reader.known;
        const replica = (await collateral.loadReplicas(reader.chainId)).find(({ edge }) => edge === edgeId);
        return { replica, cursor: await collateral.loadCursor(reader.chainId, edgeId) };
      }),
    );
    // The replica of a ledger's journal is that of a vault beside the ledger, though the configuration may no longer name it.
    const journals = await collateral.loadJournals();
    const own = new Set([
      ...journals.map(({ edge }) => edge),
      ...this.#vaults().map(({ reader }) => reader.known.edgeId),
    ]);
    const ledger: ChainRows = {
      ...blockOf(home),
      lines: pagesOfLines(collateral),
      replicas: (await collateral.loadReplicas(home.chainId)).filter(({ edge }) => !own.has(edge)),
      coverages: await collateral.loadCoverages(),
      payments: noRows(),
    };
    const sides = vaults.flatMap(({ replica, cursor }): ChainRows[] => {
      if (replica === undefined || cursor === undefined || !isReplaying(replica)) return [];
      const rows = {
        lines: noRows(),
        replicas: [replica],
        coverages: [],
        payments: paymentsOf(payments, replica.edge),
      };
      return [{ ...blockOf(cursor), ...rows }];
    });
    const chains = blocksOf([
      home,
      ...vaults.map(({ replica, cursor }) => (isReplaying(replica) ? cursor : undefined)),
    ]);
    return { hash: await stateHash([ledger, ...sides], keccak256), chains };
  }

  #vaults(): VaultFollower[] {
    return [...new Set(this.vaults.values())];
  }
}

/** True once a vault has replayed a release, or was rewound. */
function isReplaying(replica: Pick<ReplicaFact, 'count' | 'name'> | undefined): boolean {
  return replica !== undefined && (replica.count > 0n || replica.name !== undefined);
}

function blockOf({ chainId, changed: { height, hash } }: FoldCursor): BlockView {
  return { chainId, height, hash };
}

/** The blocks that a state hash names, ascending by chain; the sort keeps the ledger before a vault that stands beside it. */
function blocksOf(cursors: readonly (FoldCursor | undefined)[]): BlockView[] {
  return cursors
    .flatMap((cursor) => (cursor === undefined ? [] : [blockOf(cursor)]))
    .sort((left, right) => left.chainId - right.chainId);
}

async function* paymentsOf(store: StoreSnapshot['payments'], edge: Bytes32): AsyncGenerator<readonly PaymentRow[]> {
  for (let after = 0n; ;) {
    const page = await store.loadPaymentsAfter(edge, after, PAYMENTS_PER_PAGE);
    if (page.length > 0) yield page;
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAYMENTS_PER_PAGE) return;
  }
}

function keyOf(blocks: readonly BlockView[]): string {
  return blocks.map(({ chainId, height, hash }) => `${chainId}:${height}:${hash}`).join();
}
