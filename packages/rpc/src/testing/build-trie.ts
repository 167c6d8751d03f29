import { type Bytes32, type Keccak256, bytes32, bytesToHex } from '@surety/domain';
import { encodeRlpList, encodeRlpString } from '../proof/rlp.js';

/** A key of 64 nibbles and the bytes stored under it. */
export interface TrieEntry {
  readonly path: readonly number[];
  readonly value: Uint8Array;
}

interface Built {
  readonly encoded: Uint8Array;
  /** Returns the hash-referenced nodes below this one on a path, top down. */
  readonly below: (path: readonly number[]) => Uint8Array[];
}

/** Builds a Merkle-Patricia trie from full paths, so that tests can place leaves where hashed keys hardly ever lie. */
export function buildTrie(
  entries: readonly TrieEntry[],
  keccak256: Keccak256,
): { root: Bytes32; proofOf: (path: readonly number[]) => Uint8Array[] } {
  const top = build(entries, 0, keccak256);
  return {
    root: bytes32(bytesToHex(keccak256(top.encoded))),
    proofOf: (path) => [top.encoded, ...top.below(path)],
  };
}

function build(entries: readonly TrieEntry[], depth: number, keccak256: Keccak256): Built {
  const [first] = entries;
  if (first === undefined) throw new Error('a trie needs an entry');
  if (entries.length === 1) {
    const encoded = encodeRlpList([
      encodeRlpString(hexPrefix(first.path.slice(depth), true)),
      encodeRlpString(first.value),
    ]);
    return { encoded, below: () => [] };
  }
  let shared = 0;
  while (entries.every(({ path }) => path[depth + shared] === first.path[depth + shared])) shared += 1;
  if (shared > 0) {
    const child = build(entries, depth + shared, keccak256);
    const encoded = encodeRlpList([
      encodeRlpString(hexPrefix(first.path.slice(depth, depth + shared), false)),
      reference(child, keccak256),
    ]);
    const follows = (path: readonly number[]): boolean =>
      first.path.slice(depth, depth + shared).every((nibble, at) => path[depth + at] === nibble);
    return { encoded, below: (path) => (follows(path) ? step(child, path) : []) };
  }
  const children = Array.from({ length: 16 }, (_, nibble) => {
    const group = entries.filter(({ path }) => path[depth] === nibble);
    return group.length === 0 ? undefined : build(group, depth + 1, keccak256);
  });
  const encoded = encodeRlpList([
    ...children.map((child) => (child === undefined ? Uint8Array.of(0x80) : reference(child, keccak256))),
    Uint8Array.of(0x80),
  ]);
  return {
    encoded,
    below: (path) => {
      const child = children[path[depth] ?? 0];
      return child === undefined ? [] : step(child, path);
    },
  };
}

function step(child: Built, path: readonly number[]): Uint8Array[] {
  return child.encoded.length < 32 ? child.below(path) : [child.encoded, ...child.below(path)];
}

function reference(child: Built, keccak256: Keccak256): Uint8Array {
  return child.encoded.length < 32 ? child.encoded : encodeRlpString(keccak256(child.encoded));
}

function hexPrefix(nibbles: readonly number[], leaf: boolean): Uint8Array {
  const odd = nibbles.length % 2;
  const all = [(leaf ? 2 : 0) + odd, ...(odd === 1 ? [] : [0]), ...nibbles];
  return Uint8Array.from({ length: all.length / 2 }, (_, at) => (all[2 * at] ?? 0) * 16 + (all[2 * at + 1] ?? 0));
}
