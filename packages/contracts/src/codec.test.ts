import { readFileSync } from 'node:fs';
import {
  bytesToHex,
  edgeName,
  foldHeads,
  hexToBytes,
  packEntries,
  parseJournalCase,
  statementDigest,
  unpackEntries,
} from '@surety/domain';
import { describe, expect, test } from 'vitest';
import { keccak256 } from './hash.js';
import {
  journalSlots,
  namespaceRoot,
  parseJournalCountWord,
  parseAssetTermsWord,
  parseReplicaCountWord,
  parseRewindCountsWord,
  replicaSlots,
  rewindSlots,
} from './slots.js';

interface Worked {
  readonly id: string;
  readonly input: unknown;
  readonly expected: { readonly packed: string; readonly heads: readonly string[]; readonly digest: string };
}

interface SlotCase {
  readonly edge: string;
  readonly journal: Readonly<Record<string, string>>;
  readonly replica: Readonly<Record<string, string>>;
  readonly rewind: Readonly<Record<string, string>>;
}

function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as unknown;
}

const { cases } = readVectors('journal.json') as { cases: readonly Worked[] };

describe.each(cases)('$id', ({ input, expected }) => {
  const { edge, entries, domain, statement } = parseJournalCase(input);

  test('packs its entries to the bytes that Solidity packs', () => {
    expect(bytesToHex(packEntries(entries))).toBe(expected.packed);
    expect(unpackEntries(hexToBytes(expected.packed))).toEqual(entries);
  });

  test('folds to every head', () => {
    const start = { count: 0n, head: edgeName(edge, edge, keccak256) };
    expect([start.head, ...foldHeads(start, hexToBytes(expected.packed), keccak256)]).toEqual(expected.heads);
  });

  test('has the digest that the verifier computes', () => {
    expect(statementDigest(statement, domain, keccak256)).toBe(expected.digest);
  });
});

describe('storage slots', () => {
  const slots = readVectors('slots.json') as { namespaces: Record<string, string>; cases: readonly SlotCase[] };

  test('have the roots that the libraries state', () => {
    for (const [name, root] of Object.entries(slots.namespaces)) expect(namespaceRoot(name)).toBe(root);
  });

  test.each(slots.cases)('of edge $edge are those of the contracts', ({ edge, journal, replica, rewind }) => {
    const id = edge as Parameters<typeof journalSlots>[0];
    expect(journalSlots(id)).toEqual(journal);
    expect(replicaSlots(id)).toMatchObject(replica);
    expect(rewindSlots(id)).toMatchObject(rewind);
  });

  test('read a journal’s second word from the lowest bit up', () => {
    expect(parseJournalCountWord((7n << 64n) | 5n)).toEqual({ count: 5n, lastAppend: 7n });
  });

  test('read an asset’s terms between its weights', () => {
    const terms = (7n << 224n) | (6n << 48n) | (3n << 32n) | (2n << 16n) | 1n;
    const weights = (9_500n << 240n) | (0xffn << 56n) | (9_800n << 64n);
    const told = { source: 1, vaultAsset: 2, underlying: 3, decimals: 6, ownPrice: 7 };
    expect(parseAssetTermsWord(terms | weights)).toEqual(told);
  });

  test('read a rewind’s count and point below its times', () => {
    const counts = (9n << 128n) | (3n << 64n) | 5n;
    expect(parseRewindCountsWord(counts)).toEqual({ count: 5n, point: 3n });
  });

  test('read a replica’s count and generation between its other fields', () => {
    const full = (1n << 216n) - 1n - ((1n << 64n) - 1n);
    expect(parseReplicaCountWord((2n << 216n) | full | 5n)).toEqual({ count: 5n, generation: 2 });
  });
});
