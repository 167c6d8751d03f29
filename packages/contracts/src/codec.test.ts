import { readFileSync } from 'node:fs';
import {
  bytesToHex,
  concatBytes,
  edgeName,
  foldHeads,
  hexToBytes,
  packEntries,
  parseJournalCase,
  statementDigest,
  uintToBytes,
  unpackEntries,
} from '@surety/domain';
import { describe, expect, test } from 'vitest';
import { keccak256 } from './hash.js';
import {
  auctionNextSlot,
  parseAuctionNextWord,
  journalSlots,
  namespaceRoot,
  parseJournalCountWord,
  parseAssetTermsWord,
  parseReplicaCountWord,
  parseRewindCountsWord,
  parseSourcePlaceWord,
  replicaSlots,
  rewindSlots,
  sourceSlots,
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

  test('of a source are where the compiler puts its record', () => {
    const { CollateralLedger } = JSON.parse(
      readFileSync(new URL('../storage-layout.json', import.meta.url), 'utf8'),
    ) as Record<string, { variables: Record<string, string>; structs: Record<string, Record<string, string>> }>;
    expect(CollateralLedger?.variables['slot 8 byte 0']).toMatch(/SourceRecord\) _sources$/);
    expect(CollateralLedger?.structs['struct LedgerStorage.SourceRecord']).toMatchObject({
      'slot 1 byte 0': 'bytes32 edge',
      'slot 2 byte 0': 'bytes32 outboundEdge',
      'slot 3 byte 0': 'address vault',
      'slot 3 byte 20': 'uint64 originChainId',
    });
    const base = BigInt(bytesToHex(keccak256(concatBytes(uintToBytes(3n, 32), uintToBytes(8n, 32)))));
    const { edge, outboundEdge, place } = sourceSlots(3);
    expect([edge, outboundEdge, place].map(BigInt)).toEqual([base + 1n, base + 2n, base + 3n]);
  });

  test('of the auction that was set last is where the compiler puts it, and read from the lowest bit up', () => {
    const { CollateralLedger } = JSON.parse(
      readFileSync(new URL('../storage-layout.json', import.meta.url), 'utf8'),
    ) as Record<string, { variables: Record<string, string> }>;
    const slot = `slot ${BigInt(auctionNextSlot())}`;
    const variables = [0, 20].map((byte) => CollateralLedger?.variables[`${slot} byte ${byte}`]);
    expect(variables).toEqual(['address _auctionNext', 'uint40 _auctionNextAt']);
    const next = `0x${'a1'.repeat(20)}`;
    expect(parseAuctionNextWord((9n << 200n) | (31n << 160n) | BigInt(next))).toEqual({ next, from: 31 });
    expect(parseAuctionNextWord(0n).from).toBe(0);
  });

  test('read a source’s vault and chain below its orphans', () => {
    const vault = `0x${'a1'.repeat(20)}`;
    const place = (9n << 224n) | (31n << 160n) | BigInt(vault);
    expect(parseSourcePlaceWord(place)).toEqual({ vault, originChainId: 31 });
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
