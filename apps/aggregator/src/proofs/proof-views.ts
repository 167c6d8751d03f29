import type { AccountProofView, StateHashView, TreeNodeView } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, type CommittedTrees, type SumLeaf, SumTree, commitmentOf } from '@surety/domain';
import { type Store, type StoreSnapshot, nextTurn } from '@surety/store';
import { type Clock, LedgerFollower } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { PacedPass } from '../paced-pass.js';
import { Problem } from '../problem.js';
import { pagesOfLines } from '../projections/pages-of-lines.js';
import { StatusViews } from '../status/status-views.js';
import { TOKENS } from '../tokens.js';

interface AssetLeaves {
  readonly tree: SumTree;
  /** Ascending by account. */
  readonly leaves: readonly SumLeaf[];
}

interface Forest extends CommittedTrees {
  readonly state: StateHashView;
  readonly commitment: Bytes32;
  readonly assets: ReadonlyMap<number, AssetLeaves>;
}

/** Shows that an account's lines are in the sums of all lines, by Merkle sum trees that are built once for each state. */
@Injectable()
export class ProofViews {
  readonly #forests: PacedPass<Forest>;

  constructor(
    @Inject(StatusViews) private readonly status: StatusViews,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.store) store: Store,
    @Inject(TOKENS.clock) clock: Clock,
  ) {
    this.#forests = new PacedPass(clock, () => store.readSnapshot((snapshot) => this.#build(snapshot)));
  }

  /** Returns the proof of an account's lines. @throws Problem 503 before the first final block. */
  async accountProof(account: Bytes32): Promise<AccountProofView> {
    const { block, stateHash, trees, commitment, assets } = await this.#forests.read(({ state }) =>
      this.status.isCurrent(state),
    );
    const lines = trees.flatMap(({ assetId }) => {
      const { tree, leaves = [] } = assets.get(assetId) ?? {};
      const index = indexOf(leaves, account);
      const leaf = leaves[index];
      if (tree === undefined || leaf?.account !== account) return [];
      return [{ assetId, amount: leaf.amount, index: BigInt(index), siblings: tree.branchOf(index) }];
    });
    return { account, block, stateHash, trees, commitment, lines };
  }

  /** Returns one node of an asset's tree, so that two readers find where their trees part. @throws Problem 404, 503. */
  async treeNode(assetId: number, height: number, index: number): Promise<TreeNodeView> {
    const { stateHash, trees, assets } = await this.#forests.read(({ state }) => this.status.isCurrent(state));
    const [tree, kept] = [trees.find((one) => one.assetId === assetId), assets.get(assetId)];
    const node = kept?.tree.at(height, index);
    if (tree === undefined || kept === undefined || node === undefined) {
      const has = tree === undefined ? 'no lines' : `${tree.count} lines`;
      throw new Problem({
        status: 404,
        code: 'UNKNOWN_NODE',
        detail: `asset ${assetId} has ${has}, and no node ${index} at height ${height}`,
      });
    }
    const { account, amount } = kept.leaves[index] ?? {};
    const leaf = height > 0 || account === undefined || amount === undefined ? null : { account, amount };
    return { stateHash, tree, ...node, leaf };
  }

  async #build(snapshot: StoreSnapshot): Promise<Forest> {
    const state = await this.status.hashOf(snapshot);
    if (state === null) throw notReady('no final block of the settlement chain is folded yet');
    const { hash: stateHash, chains } = state;
    const block = chains.find(({ chainId }) => chainId === this.follower.cursor?.chainId);
    if (block === undefined) throw notReady('the settlement chain is not followed');
    const assets = new Map<number, AssetLeaves>();
    for (const [id, leaves] of await leavesOf(snapshot)) assets.set(id, { leaves, tree: await treeOf(leaves) });
    const trees = [...assets]
      .map(([assetId, { tree }]) => ({ assetId, count: tree.count, ...tree.root }))
      .sort((left, right) => left.assetId - right.assetId);
    const committed = { block, stateHash, trees };
    return { ...committed, state, commitment: commitmentOf(committed, keccak256), assets };
  }
}

/** Builds a tree between other work. */
async function treeOf(leaves: readonly SumLeaf[]): Promise<SumTree> {
  const steps = SumTree.inSteps(leaves, keccak256);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** Returns the lines that hold anything, by asset. */
async function leavesOf({ collateral }: StoreSnapshot): Promise<Map<number, SumLeaf[]>> {
  const leaves = new Map<number, SumLeaf[]>();
  for await (const page of pagesOfLines(collateral))
    for (const { account, assetId, amount } of page) {
      if (amount === 0n) continue;
      const own = leaves.get(assetId) ?? [];
      if (own.push({ account, assetId, amount }) === 1) leaves.set(assetId, own);
    }
  return leaves;
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
