import type { TreeNodeView } from '@surety/api';

/** A node's place in the tree of one asset's lines. */
export interface TreePlace {
  /** The ledger's asset id. */
  readonly assetId: number;
  /** Height above the leaves, which have 0. */
  readonly height: number;
  /** Place from the left, from 0. */
  readonly index: number;
}

/** Reads nodes of one reader's trees; undefined where there is none. */
export type TreeNodeReader = (place: TreePlace) => Promise<TreeNodeView | undefined>;

/** One line of one account. */
type TreeLeaf = NonNullable<TreeNodeView['leaf']>;

/** The first leaf from the left about which two trees differ; null for a tree that ends before it. */
export interface FirstDifference {
  readonly index: number;
  readonly left: TreeLeaf | null;
  readonly right: TreeLeaf | null;
}

/** More lines than an index of 48 bits names. */
const HEIGHT_MAX = 48;

/**
 * Finds the first leaf about which two trees of one asset differ, in two reads at each a height: nodes at one place cover the leaves at one
 * place. Undefined if the trees are the same.
 * @throws the readers' errors.
 */
export async function findFirstDifference(
  assetId: number,
  [left, right]: readonly [TreeNodeReader, TreeNodeReader],
): Promise<FirstDifference | undefined> {
  const readBoth = (height: number, index: number) =>
    Promise.all([left({ assetId, height, index }), right({ assetId, height, index })]);
  const top = Math.min(
    HEIGHT_MAX,
    Math.max(...(await readBoth(0, 0)).map((first) => heightOf(first?.tree.count ?? 0n))),
  );
  let index = 0;
  for (let height = top; ; height--) {
    const [one, other] = await readBoth(height, index);
    if (one?.hash === other?.hash && one?.sum === other?.sum) {
      // At the top nothing differs; below it the other half does.
      if (height === top) return undefined;
      index += 1;
    }
    if (height === 0) {
      const [l, r] = await readBoth(0, index);
      return { index, left: l?.leaf ?? null, right: r?.leaf ?? null };
    }
    index *= 2;
  }
}

/** Returns the height of the root above so many leaves. */
function heightOf(count: bigint): number {
  return count <= 1n ? 0 : (count - 1n).toString(2).length;
}
