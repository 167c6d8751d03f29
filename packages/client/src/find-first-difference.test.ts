import type { TreeNodeView } from '@surety/api';
import { keccak256 } from '@surety/contracts';
import { type SumLeaf, SumTree, ZERO_WORD, bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type TreeNodeReader, findFirstDifference } from './find-first-difference.js';

const ASSET = 4;
const leafOf = (account: number, amount = 1n): SumLeaf => {
  return { account: bytes32(`0x${account.toString(16).padStart(64, '0')}`), assetId: ASSET, amount };
};
const listOf = (count: number): SumLeaf[] => Array.from({ length: count }, (_, at) => leafOf(at + 1));

const shown = ({ account, amount }: SumLeaf) => ({ account, amount });

/** Reads the nodes of leaves as an aggregator would show them; without leaves there is no tree. */
function readerOf(leaves: readonly SumLeaf[], asked: string[] = []): TreeNodeReader {
  const tree = leaves.length === 0 ? undefined : SumTree.of(leaves, keccak256);
  return async ({ assetId, height, index }): Promise<TreeNodeView | undefined> => {
    asked.push(`${height} ${index}`);
    const node = assetId === ASSET ? tree?.at(height, index) : undefined;
    if (tree === undefined || node === undefined) return undefined;
    const own = height === 0 ? leaves[index] : undefined;
    const leaf = own === undefined ? null : shown(own);
    return { stateHash: ZERO_WORD, tree: { assetId, count: tree.count, ...tree.root }, ...node, leaf };
  };
}

const find = (left: readonly SumLeaf[], right: readonly SumLeaf[]) =>
  findFirstDifference(ASSET, [readerOf(left), readerOf(right)]);

/** Every list of so many of the values. */
function everyWay(count: number, values: readonly bigint[]): bigint[][] {
  if (count === 0) return [[]];
  return everyWay(count - 1, values).flatMap((before) => values.map((value) => [...before, value]));
}

describe('the first difference of two trees', () => {
  it.each<[string, SumLeaf[], SumLeaf[], number | undefined]>([
    ['is none of the same leaves', listOf(7), listOf(7), undefined],
    ['is none of no leaves', [], [], undefined],
    ['is an amount', listOf(5), listOf(5).with(3, leafOf(4, 2n)), 3],
    ['is the first leaf of a tree where the other has none', listOf(3), [], 0],
    ['is the leaf behind the end of a full tree', listOf(4), listOf(5), 4],
    ['is the leaf behind a tree of one', listOf(1), listOf(9), 1],
    ['is a leaf that one of them lacks', listOf(6), listOf(6).toSpliced(2, 1), 2],
    ['is the first of two', listOf(8).with(1, leafOf(2, 9n)), listOf(8).with(6, leafOf(7, 9n)), 1],
  ])('%s', async (_name, left, right, index) => {
    const at = (leaves: readonly SumLeaf[], place: number) =>
      leaves[place] === undefined ? null : shown(leaves[place]);
    const expected = index === undefined ? undefined : { index, left: at(left, index), right: at(right, index) };
    expect(await find(left, right)).toEqual(expected);
    const turned = expected && { index: expected.index, left: expected.right, right: expected.left };
    expect(await find(right, left)).toEqual(turned);
  });

  it.each<[string, number, readonly bigint[]]>([
    ['seven accounts that have a line or none', 7, [0n, 1n]],
    ['four accounts with one of two amounts or none', 4, [0n, 1n, 2n]],
  ])('is what a walk along all leaves finds in any two trees of %s', async (_name, accounts, amounts) => {
    const all = everyWay(accounts, amounts).map((drawn) =>
      drawn.map((amount, at) => leafOf(at + 1, amount)).filter(({ amount }) => amount > 0n),
    );
    const trees = all.map((leaves) => ({ leaves, reader: readerOf(leaves) }));
    const wrong: string[] = [];
    for (const left of trees)
      for (const right of trees) {
        const isOther = (_: unknown, at: number): boolean => {
          const [one, other] = [left.leaves[at], right.leaves[at]];
          return one?.account !== other?.account || one?.amount !== other?.amount;
        };
        const walked = Array.from({ length: accounts }).findIndex(isOther);
        const found = await findFirstDifference(ASSET, [left.reader, right.reader]);
        if ((found?.index ?? -1) !== walked) wrong.push(`${left.leaves.length} ${right.leaves.length} ${walked}`);
      }
    expect(wrong).toEqual([]);
  });

  it('costs two reads of each tree for each height', async () => {
    const asked: string[] = [];
    const many = listOf(100_000);
    await findFirstDifference(ASSET, [readerOf(many, asked), readerOf(many.with(77_777, leafOf(77_778, 5n)))]);
    expect(asked.length).toBeLessThanOrEqual(20);
  });
});
