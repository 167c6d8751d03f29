import type { BlockView, ChainView, DeployedContract, StateHashView, StatusView } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import type { Bytes32 } from '@surety/domain';
import type { Store } from '@surety/store';
import {
  type ChainRows,
  Intake,
  LedgerFollower,
  type LineFact,
  type PaymentRow,
  SelfCheck,
  type VaultFollower,
  noRows,
  stateHash,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { EdgeViews } from '../entries/edge-views.js';
import { ReadinessService } from '../health/readiness.js';
import { type ChainViewPorts, type ListedChains, chainViews, contractViews } from './chain-views.js';

/** Lines read at once for the state hash. */
const LINES_PER_PAGE = 2_000;

/** Shows how the aggregator itself is. */
@Injectable()
export class StatusViews {
  readonly #chainPorts: ChainViewPorts;
  #counted: { key: string; rows: Promise<{ accounts: number; lines: number; parked: number }> } | undefined;
  #hashed: { key: string; hash: Promise<Bytes32> } | undefined;

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
  ) {
    const byChain = new Map([...vaults.values()].map((vault) => [vault.reader.chainId, vault]));
    this.#chainPorts = { ...listed, follower, vaults: byChain };
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
    for (;;) {
      const named = this.#namedBlocks();
      if (named.length === 0) return null;
      const key = keyOf(named);
      if (this.#hashed?.key !== key) this.#hashed = { key, hash: this.#hash(named) };
      const hash = await this.#hashed.hash.catch((cause: unknown) => {
        this.#hashed = undefined;
        throw cause;
      });
      // A fold that ended meanwhile may have changed rows that were read before it.
      if (keyOf(this.#namedBlocks()) === key) return { hash, chains: named };
      this.#hashed = undefined;
    }
  }

  /** The blocks that the state hash names, ascending by chain; a vault's once it has replayed a release. */
  #namedBlocks(): BlockView[] {
    const { follower, vaults } = this;
    if (follower.cursor === undefined) return [];
    const replaying = [...new Set(vaults.values())].filter(
      ({ replica }) => replica.count > 0n || replica.name !== undefined,
    );
    // The sort keeps the ledger before a vault that stands beside it.
    return [follower.cursor, ...replaying.flatMap((vault) => vault.cursor ?? [])]
      .map(({ chainId, changed }) => ({ chainId, ...changed }))
      .sort((left, right) => left.chainId - right.chainId);
  }

  #hash(named: readonly BlockView[]): Promise<Bytes32> {
    const { follower, vaults } = this;
    const home = named.find(({ chainId }) => chainId === follower.cursor?.chainId);
    const chains = named.map((block): ChainRows => {
      const { chainId, height, hash } = block;
      const at = { chainId, height, hash };
      if (block === home)
        return {
          ...at,
          lines: this.#lines(),
          replicas: follower.books.replicas,
          coverages: follower.books.coverages,
          payments: noRows(),
        };
      const own = [...new Set(vaults.values())].filter((vault) => vault.cursor?.chainId === chainId);
      const replicas = own.map((vault) => vault.replica);
      const payments = this.#payments(replicas.map(({ edge }) => edge));
      return { ...at, lines: noRows(), replicas, coverages: [], payments };
    });
    return stateHash(chains, keccak256);
  }

  async *#payments(edges: readonly Bytes32[]): AsyncGenerator<readonly PaymentRow[]> {
    for (const edge of [...edges].sort()) {
      for (let after = 0n; ;) {
        const page = await this.store.payments.loadPaymentsAfter(edge, after, LINES_PER_PAGE);
        if (page.length > 0) yield page;
        after = page.at(-1)?.seq ?? after;
        if (page.length < LINES_PER_PAGE) break;
      }
    }
  }

  async *#lines(): AsyncGenerator<readonly LineFact[]> {
    let last: LineFact | undefined;
    for (;;) {
      const page: readonly LineFact[] = await this.store.collateral.loadLinesAfter(last, LINES_PER_PAGE);
      if (page.length > 0) yield page;
      last = page.at(-1);
      if (page.length < LINES_PER_PAGE) return;
    }
  }
}

function keyOf(blocks: readonly BlockView[]): string {
  return blocks.map(({ chainId, height, hash }) => `${chainId}:${height}:${hash}`).join();
}
