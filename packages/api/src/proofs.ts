import { blockView } from './blocks.js';
import { type View, list, record, u16, u256, u64, word } from './values.js';

const sumNodeView = record({ hash: word, sum: u256 }).meta({ id: 'SumNode' });

const assetTreeView = record({
  assetId: u16,
  count: u64.describe('Number of leaves.'),
  sum: u256.describe('Units of all lines of the asset.'),
  hash: word.describe('Root of the asset’s tree.'),
}).meta({ id: 'AssetTree' });

const provenLineView = record({
  assetId: u16,
  amount: u256.describe('Token units.'),
  index: u64.describe('Index of the leaf in its asset’s tree.'),
  siblings: list(sumNodeView).describe('From the leaf up.'),
}).meta({ id: 'ProvenLine' });

/** Answer of `GET /v1/accounts/:account/proof`. */
export const accountProofView = record({
  account: word,
  block: blockView.describe('Block of the settlement chain that last changed what the state hash covers there.'),
  stateHash: word,
  trees: list(assetTreeView).describe('Ascending by asset; an asset without lines has none.'),
  commitment: word.describe('Hash over block, state hash and trees: two readers at one state see the same one.'),
  lines: list(provenLineView).describe('The account’s lines, ascending by asset.'),
}).meta({
  id: 'AccountProof',
  description: 'Shows that an account’s lines are in the sums of all lines. docs/PROOFS.md has the bytes.',
});
/** Answer of `GET /v1/accounts/:account/proof`. */
export type AccountProofView = View<typeof accountProofView>;

/** Answer of `GET /v1/trees/:asset/:height/:index`. */
export const treeNodeView = record({
  stateHash: word.describe('Of the state that the tree belongs to.'),
  tree: assetTreeView,
  hash: word,
  sum: u256.describe('Units of all leaves below it.'),
  leaf: record({ account: word, amount: u256.describe('Token units.') })
    .nullable()
    .describe('The line itself; null above the leaves.'),
}).meta({
  id: 'TreeNode',
  description: 'One node of an asset’s tree. Its children are one height lower, at twice its index and the one after.',
});
/** Answer of `GET /v1/trees/:asset/:height/:index`. */
export type TreeNodeView = View<typeof treeNodeView>;
