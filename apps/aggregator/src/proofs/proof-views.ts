import type { AccountProofView, StateHashView } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, type CommittedTrees, type SumLeaf, SumTree, commitmentOf } from '@surety/domain';
import type { Store } from '@surety/store';
import { LedgerFollower, type LineFact } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '../problem.js';
import { StatusViews } from '../status/status-views.js';
import { TOKENS } from '../tokens.js';

/** Lines read at once. */
const LINES_PER_PAGE = 2_000;

/** Number of times that the trees are built again because the state changed meanwhile. */
const BUILDS_MAX = 3;

interface AssetLeaves {
  readonly tree: SumTree;
  /** Ascending by account. */
  readonly leaves: readonly SumLeaf[];
}

interface Forest extends CommittedTrees {
  readonly commitment: Bytes32;
  readonly assets: ReadonlyMap<number, AssetLeaves>;
}

/** Shows that an account's lines are in the sums of all lines, by Merkle sum trees that are built once for each state hash. */
@Injectable()
export class ProofViews {
  #kept: { readonly key: Bytes32; readonly forest: Promise<Forest> } | undefined;

  constructor(
    @Inject(StatusViews) private readonly status: StatusViews,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.store) private readonly store: Store,
  ) {}

  /** Returns the proof of an account's lines. @throws Problem 503 before the first final block, or while the state changes too fast. */
  async accountProof(account: Bytes32): Promise<AccountProofView> {
    const { block, stateHash, trees, commitment, assets } = await this.#forest();
    const lines = trees.flatMap(({ assetId }) => {
      const { tree, leaves = [] } = assets.get(assetId) ?? {};
      const index = indexOf(leaves, account);
      const leaf = leaves[index];
      if (tree === undefined || leaf?.account !== account) return [];
      return [{ assetId, amount: leaf.amount, index: BigInt(index), siblings: tree.branchOf(index) }];
    });
    return { account, block, stateHash, trees, commitment, lines };
  }

  async #forest(): Promise<Forest> {
    for (let builds = 0; builds < BUILDS_MAX; builds++) {
      const state = await this.status.stateHash();
      if (state === null) throw notReady('no final block of the settlement chain is folded yet');
      const key = state.hash;
      if (this.#kept?.key !== key) this.#kept = { key, forest: this.#build(state) };
      const forest = await this.#kept.forest.catch((cause: unknown) => {
        this.#kept = undefined;
        throw cause;
      });
      // A fold that ended meanwhile may have changed lines that were read before it.
      if ((await this.status.stateHash())?.hash === key) return forest;
      this.#kept = undefined;
    }
    throw notReady(`the ledger changed during each of ${BUILDS_MAX} readings of its lines`);
  }

  async #build({ hash: stateHash, chains }: StateHashView): Promise<Forest> {
    const block = chains.find(({ chainId }) => chainId === this.follower.cursor?.chainId);
    if (block === undefined) throw notReady('the settlement chain is not followed');
    const assets = new Map(
      [...(await this.#leaves())].map(([id, leaves]) => [id, { leaves, tree: new SumTree(leaves, keccak256) }]),
    );
    const trees = [...assets]
      .map(([assetId, { tree }]) => ({ assetId, count: tree.count, ...tree.root }))
      .sort((left, right) => left.assetId - right.assetId);
    const committed = { block, stateHash, trees };
    return { ...committed, commitment: commitmentOf(committed, keccak256), assets };
  }

  async #leaves(): Promise<Map<number, SumLeaf[]>> {
    const leaves = new Map<number, SumLeaf[]>();
    for (let last: LineFact | undefined; ;) {
      const page: readonly LineFact[] = await this.store.collateral.loadLinesAfter(last, LINES_PER_PAGE);
      for (const { account, assetId, amount } of page) {
        if (amount === 0n) continue;
        const own = leaves.get(assetId) ?? [];
        if (own.push({ account, assetId, amount }) === 1) leaves.set(assetId, own);
      }
      last = page.at(-1);
      if (page.length < LINES_PER_PAGE) return leaves;
    }
  }
}

/** Returns the index of the first leaf that is not below an account. */
function indexOf(leaves: readonly SumLeaf[], account: Bytes32): number {
  let [low, high] = [0, leaves.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((leaves[middle]?.account ?? '') < account) low = middle + 1;
    else high = middle;
  }
  return low;
}

function notReady(why: string): Problem {
  return new Problem({ status: 503, detail: `no proof can be given: ${why}; ask again` });
}
