import { type Keccak256, bytesToHex, hexToBytes } from '../hex.js';
import type { Bytes32 } from '../units.js';
import { proofError } from './proof-error.js';
import { type RlpItem, decodeRlp } from './rlp.js';

/** keccak256 of the RLP of an empty string: the root of a trie without entries. @source Ethereum Yellow Paper, section 4.1 */
export const EMPTY_TRIE_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421' as Bytes32;

const KEY_NIBBLES = 64;

/**
 * Verifies a Merkle-Patricia proof along keccak256(key) and returns the stored bytes, or undefined if the proof shows
 * that the key is absent. Every node is canonical RLP and hashes to the word that its parent names; children below 32
 * bytes are walked in place; the path has exactly 64 nibbles; an unused node is refused. So one value, or its absence,
 * has exactly one accepted proof.
 * @throws BAD_PROOF, BAD_RLP.
 * @source Ethereum Yellow Paper, appendix D
 */
export function verifyTrieProof(
  proof: { root: Bytes32; key: Uint8Array; nodes: readonly Uint8Array[] },
  keccak256: Keccak256,
): Uint8Array | undefined {
  const { root, nodes } = proof;
  if (root === EMPTY_TRIE_ROOT) {
    if (nodes.length > 1 || (nodes.length === 1 && bytesToHex(nodes[0] ?? new Uint8Array()) !== '0x80')) {
      throw refused('an empty trie has nodes');
    }
    return undefined;
  }
  const walk = new Walk(nodes, keccak256);
  const path = nibblesOf(keccak256(proof.key));
  let node = walk.take(hexToBytes(root, 32), true);
  let at = 0;
  for (;;) {
    if (node.length === 17) {
      const nibble = path[at];
      if (nibble === undefined) throw refused('a branch lies below the last nibble');
      if (!isEmpty(node[16])) throw refused('a branch holds a value');
      at += 1;
      const child = node[nibble];
      if (child === undefined || isEmpty(child)) return walk.absent();
      node = walk.follow(child);
      continue;
    }
    const { leaf, nibbles } = readPath(node[0]);
    if (at + nibbles.length > KEY_NIBBLES || (leaf && at + nibbles.length !== KEY_NIBBLES)) {
      throw refused('a path does not fill 64 nibbles');
    }
    const matches = nibbles.every((nibble, offset) => path[at + offset] === nibble);
    if (!matches) return walk.absent();
    at += nibbles.length;
    const child = node[1];
    if (child === undefined) throw refused('a node has no child');
    if (leaf) return walk.present(child);
    node = walk.follow(child);
    if (node.length !== 17) throw refused('an extension leads to no branch');
  }
}

type TrieNode = readonly RlpItem[];

/** Iterates over the proof's nodes in order, each used once. */
class Walk {
  readonly #nodes: readonly Uint8Array[];
  readonly #keccak256: Keccak256;
  #used = 0;

  constructor(nodes: readonly Uint8Array[], keccak256: Keccak256) {
    this.#nodes = nodes;
    this.#keccak256 = keccak256;
  }

  /** Returns the next node, whose hash must equal `hash`. */
  take(hash: Uint8Array, isRoot: boolean): TrieNode {
    const bytes = this.#nodes[this.#used];
    if (bytes === undefined) throw refused(`node ${this.#used + 1} is missing`);
    if (!isRoot && bytes.length < 32) throw refused('a node below 32 bytes is named by its hash');
    if (!equalBytes(this.#keccak256(bytes), hash))
      throw refused(`node ${this.#used + 1} does not hash to what its parent names`);
    this.#used += 1;
    return asNode(decodeRlp(bytes));
  }

  /** Returns a child node: decoded in place if it is inlined, otherwise the next node of the proof. */
  follow(child: RlpItem): TrieNode {
    if (child.kind === 'list') {
      if (child.raw.length >= 32) throw refused('a node of 32 bytes or more is inlined');
      return asNode(child);
    }
    if (child.payload.length !== 32) throw refused('a child is neither a hash nor a node');
    return this.take(child.payload, false);
  }

  absent(): undefined {
    this.#finish();
    return undefined;
  }

  present(value: RlpItem): Uint8Array {
    if (value.kind !== 'string' || value.payload.length === 0) throw refused('a leaf holds no value');
    this.#finish();
    return value.payload;
  }

  #finish(): void {
    if (this.#used !== this.#nodes.length) throw refused(`${this.#nodes.length - this.#used} nodes are not used`);
  }
}

function asNode(item: RlpItem): TrieNode {
  if (item.kind !== 'list' || (item.items.length !== 2 && item.items.length !== 17)) {
    throw refused('a node has neither 2 nor 17 items');
  }
  return item.items;
}

/** Decodes a hex-prefix path. @source Ethereum Yellow Paper, appendix C */
function readPath(item: RlpItem | undefined): { leaf: boolean; nibbles: readonly number[] } {
  if (item?.kind !== 'string') throw refused('a path is no string');
  const [first] = item.payload;
  if (first === undefined || first >= 0x40) throw refused('a path has no valid prefix');
  const leaf = (first & 0x20) !== 0;
  const odd = (first & 0x10) !== 0;
  if (!odd && (first & 0x0f) !== 0) throw refused('a path has a stray nibble');
  const nibbles = nibblesOf(item.payload).slice(odd ? 1 : 2);
  if (!leaf && nibbles.length === 0) throw refused('an extension has no path');
  return { leaf, nibbles };
}

function nibblesOf(bytes: Uint8Array): number[] {
  const nibbles: number[] = [];
  for (const byte of bytes) nibbles.push(byte >> 4, byte & 0x0f);
  return nibbles;
}

function isEmpty(item: RlpItem | undefined): boolean {
  return item?.kind === 'string' && item.payload.length === 0;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

function refused(what: string): Error {
  return proofError('BAD_PROOF', `the proof is refused: ${what}`);
}
