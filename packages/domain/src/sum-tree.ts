import { domainError } from './errors.js';
import { type Keccak256, asciiToBytes, bytesToHex, concatBytes, hexToBytes, uintToBytes } from './hex.js';
import { type BlockHash, type Bytes32, bytes32 } from './units.js';

/** One line of one account, as a leaf of its asset's tree. */
export interface SumLeaf {
  readonly account: Bytes32;
  readonly assetId: number;
  /** Token units. */
  readonly amount: bigint;
}

/** A node of a tree: its hash, and the units of all leaves below it. */
export interface SumNode {
  readonly hash: Bytes32;
  readonly sum: bigint;
}

/** The root of one asset's tree. An asset without lines has no tree. */
export interface AssetTree extends SumNode {
  readonly assetId: number;
  /** Number of leaves. */
  readonly count: bigint;
}

/** Content of a commitment: the trees of all assets, and the state that they were read from. */
export interface CommittedTrees {
  readonly block: { readonly chainId: number; readonly height: bigint; readonly hash: BlockHash };
  readonly stateHash: Bytes32;
  /** Ascending by asset. */
  readonly trees: readonly AssetTree[];
}

// Leaf, inner node and commitment are told apart by their first bytes, so none can be taken for another.
const LEAF = asciiToBytes('SuretyLeaf1');
const NODE = asciiToBytes('SuretyNode1');
const ROOT = asciiToBytes('SuretyRoot1');

/** Hashes of one step: about three milliseconds. */
const HASHES_PER_STEP = 1_000;

interface Level {
  readonly hashes: Uint8Array;
  readonly sums: readonly bigint[];
}

/** A Merkle sum tree over the lines of one asset, kept so that each leaf's branch can be read. */
export class SumTree {
  readonly #levels: readonly Level[];

  private constructor(levels: readonly Level[]) {
    this.#levels = levels;
  }

  /**
   * Builds the tree of at least one leaf.
   * @param leaves of one asset, in the order of their indexes
   * @throws BAD_LENGTH without a leaf; OUT_OF_RANGE for a sum above 2^256 - 1.
   */
  static of(leaves: readonly SumLeaf[], keccak256: Keccak256): SumTree {
    const steps = SumTree.inSteps(leaves, keccak256);
    for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
  }

  /** Builds the same tree and yields after every thousand hashes, so that a process can do something else in between. @throws as `of` does. */
  static *inSteps(leaves: readonly SumLeaf[], keccak256: Keccak256): Generator<void, SumTree> {
    if (leaves.length === 0) throw domainError('BAD_LENGTH', 'a tree has 0 leaves; expected at least 1');
    const hashes = new Uint8Array(32 * leaves.length);
    for (const [at, leaf] of leaves.entries()) {
      hashes.set(keccak256(leafBytes(leaf)), 32 * at);
      if (at % HASHES_PER_STEP === HASHES_PER_STEP - 1) yield;
    }
    const levels: Level[] = [{ hashes, sums: leaves.map(({ amount }) => amount) }];
    for (let level = levels[0]; level !== undefined && level.sums.length > 1;) {
      level = yield* levelAbove(level, keccak256);
      levels.push(level);
    }
    return new SumTree(levels);
  }

  /** The root. */
  get root(): SumNode {
    return nodeAt(this.#levels.at(-1), 0);
  }

  /** Number of leaves. */
  get count(): bigint {
    return BigInt(this.#levels[0]?.sums.length ?? 0);
  }

  /** Returns a node by its height above the leaves and its place from the left; undefined where there is none. */
  at(height: number, index: number): SumNode | undefined {
    const level = this.#levels[height];
    return level === undefined || index >= level.sums.length ? undefined : nodeAt(level, index);
  }

  /** Returns the siblings on the way from a leaf to the root, lowest first. A node without a sibling goes up unchanged. */
  branchOf(index: number): SumNode[] {
    return this.#levels.slice(0, -1).flatMap((level, height) => {
      const sibling = Math.floor(index / 2 ** height) ^ 1;
      return sibling < level.sums.length ? [nodeAt(level, sibling)] : [];
    });
  }
}

/**
 * Returns the root that a leaf and its branch lead to.
 * @throws BAD_LENGTH if the branch has another number of nodes than this index has in a tree of `count` leaves; OUT_OF_RANGE
 * for an index that is none of them, or a sum above 2^256 - 1.
 */
export function foldBranch(
  branch: {
    readonly leaf: SumLeaf;
    readonly index: bigint;
    readonly count: bigint;
    readonly siblings: readonly SumNode[];
  },
  keccak256: Keccak256,
): SumNode {
  const { leaf, siblings } = branch;
  let [at, width, used] = [branch.index, branch.count, 0];
  if (at < 0n || at >= width)
    throw domainError('OUT_OF_RANGE', `leaf ${at} of a tree of ${width}; expected one of them`);
  let node: SumNode = { hash: hashHex(keccak256(leafBytes(leaf))), sum: leaf.amount };
  for (; width > 1n; [at, width] = [at >> 1n, (width + 1n) >> 1n]) {
    if ((at ^ 1n) >= width) continue;
    const sibling = siblings[used++];
    if (sibling === undefined) break;
    const [left, right] = at % 2n === 0n ? [node, sibling] : [sibling, node];
    node = { hash: hashHex(keccak256(nodeBytes(bytesOfNode(left), bytesOfNode(right)))), sum: left.sum + right.sum };
  }
  if (width > 1n || used !== siblings.length)
    throw domainError(
      'BAD_LENGTH',
      `the branch has ${siblings.length} nodes; expected those of leaf ${branch.index} of ${branch.count}`,
    );
  return node;
}

/** Returns the one hash that commits to all trees, to the block and to the state hash that they belong to. */
export function commitmentOf({ block, stateHash, trees }: CommittedTrees, keccak256: Keccak256): Bytes32 {
  const rows = trees.map(({ assetId, count, sum, hash }) =>
    concatBytes(uintToBytes(BigInt(assetId), 2), uintToBytes(count, 8), uintToBytes(sum, 32), hexToBytes(hash, 32)),
  );
  const head = [ROOT, uintToBytes(BigInt(block.chainId), 8), uintToBytes(block.height, 8)];
  return hashHex(keccak256(concatBytes(...head, hexToBytes(block.hash, 32), hexToBytes(stateHash, 32), ...rows)));
}

function* levelAbove(level: Level, keccak256: Keccak256): Generator<void, Level> {
  const width = (level.sums.length + 1) >> 1;
  const [hashes, sums]: [Uint8Array, bigint[]] = [new Uint8Array(32 * width), []];
  const hashAt = (at: number): Uint8Array => level.hashes.subarray(32 * at, 32 * at + 32);
  for (let at = 0; at < width; at++) {
    const [left, right] = [level.sums[2 * at] ?? 0n, level.sums[2 * at + 1]];
    const isAlone = right === undefined;
    const hash = hashAt(2 * at);
    hashes.set(isAlone ? hash : keccak256(nodeBytes([hash, left], [hashAt(2 * at + 1), right])), 32 * at);
    sums.push(left + (right ?? 0n));
    if (at % HASHES_PER_STEP === HASHES_PER_STEP - 1) yield;
  }
  return { hashes, sums };
}

function nodeAt(level: Level | undefined, at: number): SumNode {
  return {
    hash: hashHex(level?.hashes.subarray(32 * at, 32 * at + 32) ?? new Uint8Array()),
    sum: level?.sums[at] ?? 0n,
  };
}

function leafBytes({ account, assetId, amount }: SumLeaf): Uint8Array {
  return concatBytes(LEAF, hexToBytes(account, 32), uintToBytes(BigInt(assetId), 2), uintToBytes(amount, 32));
}

function nodeBytes(...children: readonly (readonly [hash: Uint8Array, sum: bigint])[]): Uint8Array {
  return concatBytes(NODE, ...children.flatMap(([hash, sum]) => [hash, uintToBytes(sum, 32)]));
}

function bytesOfNode({ hash, sum }: SumNode): readonly [Uint8Array, bigint] {
  return [hexToBytes(hash, 32), sum];
}

function hashHex(bytes: Uint8Array): Bytes32 {
  return bytes32(bytesToHex(bytes));
}
