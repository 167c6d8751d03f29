import fc from 'fast-check';
import { createKeccak } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import { type Keccak256, bytesToHex, concatBytes, uintToBytes } from '../hex.js';
import { type Bytes32, bytes32 } from '../units.js';
import { encodeRlpList, encodeRlpString } from './rlp.js';
import { EMPTY_TRIE_ROOT, verifyTrieProof } from './trie-proof.js';

const hasher = await createKeccak(256);
const keccak256: Keccak256 = (bytes) => hasher.init().update(bytes).digest('binary');

function pick<Item>(list: readonly Item[], at: number): Item {
  const item = list[at];
  if (item === undefined) throw new Error(`nothing is at ${at}`);
  return item;
}

/** A key of 64 nibbles and the bytes stored under it. */
interface TrieEntry {
  readonly path: readonly number[];
  readonly value: Uint8Array;
}

interface Built {
  readonly encoded: Uint8Array;
  /** Returns the hash-referenced nodes below this one on a path, top down. */
  readonly below: (path: readonly number[]) => Uint8Array[];
}

/** Builds a Merkle-Patricia trie from full paths, so that tests can place leaves where hashed keys hardly ever lie. */
function buildTrie(
  entries: readonly TrieEntry[],
  hash: Keccak256,
): { root: Bytes32; proofOf: (path: readonly number[]) => Uint8Array[] } {
  const top = build(entries, 0, hash);
  return {
    root: bytes32(bytesToHex(hash(top.encoded))),
    proofOf: (path) => [top.encoded, ...top.below(path)],
  };
}

function build(entries: readonly TrieEntry[], depth: number, hash: Keccak256): Built {
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
    const child = build(entries, depth + shared, hash);
    const encoded = encodeRlpList([
      encodeRlpString(hexPrefix(first.path.slice(depth, depth + shared), false)),
      reference(child, hash),
    ]);
    const follows = (path: readonly number[]): boolean =>
      first.path.slice(depth, depth + shared).every((nibble, at) => path[depth + at] === nibble);
    return { encoded, below: (path) => (follows(path) ? step(child, path) : []) };
  }
  const children = Array.from({ length: 16 }, (_, nibble) => {
    const group = entries.filter(({ path }) => path[depth] === nibble);
    return group.length === 0 ? undefined : build(group, depth + 1, hash);
  });
  const encoded = encodeRlpList([
    ...children.map((child) => (child === undefined ? Uint8Array.of(0x80) : reference(child, hash))),
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

function reference(child: Built, hash: Keccak256): Uint8Array {
  return child.encoded.length < 32 ? child.encoded : encodeRlpString(hash(child.encoded));
}

function hexPrefix(nibbles: readonly number[], leaf: boolean): Uint8Array {
  const odd = nibbles.length % 2;
  const all = [(leaf ? 2 : 0) + odd, ...(odd === 1 ? [] : [0]), ...nibbles];
  return Uint8Array.from({ length: all.length / 2 }, (_, at) => (all[2 * at] ?? 0) * 16 + (all[2 * at + 1] ?? 0));
}

/** A key that spells out its own path: real keys are hashed, so real tries hardly ever contain a node below 32 bytes. */
const keyOf = (path: readonly number[]): Uint8Array =>
  concatBytes(
    Uint8Array.of(0xff),
    Uint8Array.from({ length: 32 }, (_, at) => (path[2 * at] ?? 0) * 16 + (path[2 * at + 1] ?? 0)),
  );

const statedPath: Keccak256 = (bytes) => (bytes.length === 33 && bytes[0] === 0xff ? bytes.slice(1) : keccak256(bytes));

const verify = (root: Bytes32, path: readonly number[], nodes: readonly Uint8Array[]): Uint8Array | undefined =>
  verifyTrieProof({ root, key: keyOf(path), nodes }, statedPath);

/**
 * Paths that differ only near their end or only near their start, so that branches, extensions and inlined nodes all
 * occur.
 */
const paths = fc
  .tuple(
    fc.constantFrom(0, 1, 30, 58, 60, 62),
    fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 64, maxLength: 64 }),
  )
  .map(([shared, nibbles]) => nibbles.map((nibble, at) => (at < shared ? 7 : nibble % (at > 61 ? 4 : 16))));

const entries = fc.uniqueArray(fc.record({ path: paths, value: fc.uint8Array({ minLength: 1, maxLength: 40 }) }), {
  minLength: 1,
  maxLength: 40,
  selector: ({ path }) => path.join(),
});

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : bytesToHex(bytes);

describe('a trie proof', () => {
  it('is refused if any bit of any node is changed', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), fc.nat(), (list, chosen, where, bit) => {
        const { root, proofOf } = buildTrie(list, keccak256);
        const { path } = pick(list, chosen % list.length);
        const nodes = proofOf(path).map((node) => node.slice());
        const node = pick(nodes, where % nodes.length);
        const at = bit % (node.length * 8);
        node[at >> 3] = (node[at >> 3] ?? 0) ^ (1 << (at & 7));
        expect(() => verify(root, path, nodes)).toThrow(/refused|RLP/);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused with a node too few or too many', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, chosen) => {
        const { root, proofOf } = buildTrie(list, keccak256);
        const { path } = pick(list, chosen % list.length);
        const nodes = proofOf(path);
        expect(() => verify(root, path, nodes.slice(0, -1))).toThrow(/is missing/);
        expect(() => verify(root, path, nodes.slice(1))).toThrow(/refused/);
        expect(() => verify(root, path, [...nodes, pick(nodes, 0)])).toThrow(/not used/);
      }),
    );
  });

  it('returns exactly what the trie holds, and proves the absence of everything else', () => {
    fc.assert(
      fc.property(entries, fc.array(paths, { maxLength: 10 }), (list, others) => {
        const { root, proofOf } = buildTrie(list, keccak256);
        for (const { path, value } of list) expect(text(verify(root, path, proofOf(path)))).toBe(text(value));
        for (const path of others) {
          const held = list.find((entry) => entry.path.join() === path.join());
          expect(text(verify(root, path, proofOf(path)))).toBe(text(held?.value));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('walks inlined nodes in place', () => {
    const path = (last: number): number[] => [...Array.from({ length: 63 }, () => 1), last];
    const list = [1, 2, 3].map((last) => ({ path: path(last), value: Uint8Array.of(last) }));
    const { root, proofOf } = buildTrie(list, keccak256);
    expect(proofOf(path(2))).toHaveLength(1);
    expect(text(verify(root, path(2), proofOf(path(2))))).toBe('0x02');
    expect(verify(root, path(9), proofOf(path(9)))).toBeUndefined();
  });

  it('proves absence in an empty trie with no node, or with the empty one', () => {
    const path = Array.from({ length: 64 }, () => 0);
    expect(verify(EMPTY_TRIE_ROOT, path, [])).toBeUndefined();
    expect(verify(EMPTY_TRIE_ROOT, path, [Uint8Array.of(0x80)])).toBeUndefined();
    expect(() => verify(EMPTY_TRIE_ROOT, path, [Uint8Array.of(0x81, 0x80)])).toThrow(/an empty trie has nodes/);
  });
});

describe('a node that no valid trie contains', () => {
  const path = Array.from({ length: 64 }, (_, at) => at % 16);
  const hashOf = (node: Uint8Array): Bytes32 => bytes32(bytesToHex(keccak256(node)));
  const prefixed = (prefix: number, bytes = 32): Uint8Array =>
    encodeRlpString(concatBytes(Uint8Array.of(prefix), keyOf(path).slice(1, 1 + bytes)));
  const value = encodeRlpString(uintToBytes(5n, 1));
  const empty = Uint8Array.of(0x80);
  const branch = (...items: Uint8Array[]): Uint8Array => encodeRlpList(items);

  it.each([
    ['a path with an unknown prefix', branch(prefixed(0x40), value), /no valid prefix/],
    ['an even path with a stray nibble', branch(prefixed(0x21), value), /stray nibble/],
    ['a leaf that ends too early', branch(prefixed(0x20, 31), value), /does not fill 64 nibbles/],
    [
      'a leaf that ends too late',
      branch(encodeRlpString(concatBytes(Uint8Array.of(0x20), keyOf(path).slice(1), Uint8Array.of(1))), value),
      /does not fill 64 nibbles/,
    ],
    ['a leaf without a value', branch(prefixed(0x20), empty), /holds no value/],
    ['a leaf that holds a list', branch(prefixed(0x20), encodeRlpList([value])), /holds no value/],
    ['an extension without a path', branch(Uint8Array.of(0), encodeRlpString(new Uint8Array(32))), /no path/],
    [
      'an extension to a leaf',
      branch(encodeRlpString(Uint8Array.of(0x10)), encodeRlpList([encodeRlpString(Uint8Array.of(0x20)), value])),
      /leads to no branch/,
    ],
    ['a node of three items', branch(value, value, value), /neither 2 nor 17/],
    ['a branch with a value', branch(...Array.from({ length: 16 }, () => empty), value), /branch holds a value/],
    ['a child that is no hash', branch(encodeRlpString(Uint8Array.of(0x10)), value), /neither a hash nor a node/],
  ])('is refused: %s', (_, node, reason) => {
    expect(() => verify(hashOf(node), path, [node])).toThrow(reason);
  });

  it('is refused: a child of 32 bytes or more that is inlined', () => {
    const child = branch(...Array.from({ length: 16 }, () => encodeRlpString(new Uint8Array(31))), empty);
    const node = branch(encodeRlpString(Uint8Array.of(0x10)), child);
    expect(() => verify(hashOf(node), path, [node])).toThrow(/inlined/);
  });

  it('is refused: a child below 32 bytes that is named by its hash', () => {
    const child = branch(...Array.from({ length: 17 }, () => empty));
    const node = branch(encodeRlpString(Uint8Array.of(0x10)), encodeRlpString(keccak256(child)));
    expect(() => verify(hashOf(node), path, [node, child])).toThrow(/below 32 bytes/);
  });
});
