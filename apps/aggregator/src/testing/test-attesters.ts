import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type Entry,
  type Hex,
  type JournalHead,
  type JournalPosition,
  type TxHash,
  ZERO_WORD,
  address,
  bytes32,
  bytesToHex,
  chainId,
  concatBytes,
  edgeBetween,
  edgeId,
  edgeName,
  foldHeads,
  hexToBytes,
  packEntry,
  postedEntriesDigest,
  statementDigest,
  tokenUnits,
  uintToBytes,
} from '@surety/domain';
import type { AttesterEpoch, KnownEdge, LocatedEntries, PostedBatch, SignedStatement } from '@surety/workflows';
import secp256k1 from 'secp256k1';

/** A key for tests, with the address it signs for. */
export interface TestKey {
  readonly address: Address;
  sign(digest: Bytes32): Hex;
}

/** Makes the n-th key for tests. */
export function testKey(n: number): TestKey {
  const key = keccak256(uintToBytes(BigInt(n), 32));
  const publicKey = secp256k1.publicKeyCreate(key, false);
  return {
    address: address(bytesToHex(keccak256(publicKey.subarray(1)).subarray(12))),
    sign(digest) {
      const { signature, recid } = secp256k1.ecdsaSign(hexToBytes(digest, 32), key);
      return bytesToHex(concatBytes(signature, Uint8Array.of(27 + recid)));
    },
  };
}

/** Returns an edge from a vault on chain 31 + n to a ledger on chain 99. */
export function testEdge(source = 1): KnownEdge {
  const edge = {
    originChainId: chainId(30 + source),
    journal: address(`0x${'a1'.repeat(20)}`),
    destinationChainId: chainId(99),
    replica: address(`0x${'b2'.repeat(20)}`),
  };
  const domain = { chainId: chainId(99), verifyingContract: address(`0x${'c3'.repeat(20)}`) };
  return { edgeId: edgeId(edge, keccak256), edge, direction: 'to-ledger', source, domain };
}

/** Returns the edge from the ledger's journal to the vault of a source. */
export function testEdgeToVault(source = 1): KnownEdge {
  const inbound = testEdge(source);
  const { originChainId: vaultChainId, journal: vault, destinationChainId: settlementChainId, replica } = inbound.edge;
  const edge = edgeBetween({ settlementChainId, ledger: replica, vaultChainId, vault }, 'to-vault');
  const domain = { chainId: chainId(30 + source), verifyingContract: address(`0x${'d4'.repeat(20)}`) };
  return { edgeId: edgeId(edge, keccak256), edge, direction: 'to-vault', source, domain };
}

/** Returns one epoch of these keys that never expires. */
export function testEpoch(keys: readonly TestKey[], epoch = 1, activeFrom = 0n): AttesterEpoch {
  const members = keys.map((key) => key.address).sort();
  const quorum = Math.floor((2 * keys.length) / 3) + 1;
  return { epoch, members, quorum, activeFrom, expires: 2n ** 40n - 1n, suspended: [] };
}

/** Returns an account for tests: owner n, home 0, sub-account 0. */
export function testAccount(n: number): Bytes32 {
  return bytes32(`0x${n.toString(16).padStart(40, '0')}${'0'.repeat(24)}`);
}

/** Returns a lock of some amount for an account. */
export function testLock(account: Bytes32, amount: bigint, asset = 1, fee = 0n): Entry {
  return { kind: 'LOCK', asset, amount: tokenUnits(amount), account, party: ZERO_WORD, fee: tokenUnits(fee) };
}

/** A journal that a test appends to and signs. */
export class TestJournal {
  readonly known: KnownEdge;
  readonly entries: Entry[] = [];
  readonly #heads: Bytes32[] = [];

  constructor(known: KnownEdge) {
    this.known = known;
  }

  /** Appends entries. */
  append(...entries: Entry[]): this {
    this.entries.push(...entries);
    return this;
  }

  /** Packed entries `from` < n ≤ `to`. */
  packed(from = 0, to = this.entries.length): Uint8Array {
    return concatBytes(...this.entries.slice(from, to).map(packEntry));
  }

  /** The position at a count, as the entries were when it was first asked for. */
  position(count = this.entries.length): JournalPosition {
    const held = this.#heads.length;
    if (count > held) {
      const from = { count: BigInt(held), head: this.#heads.at(-1) ?? this.known.edgeId };
      const packed = concatBytes(...this.entries.slice(held, count).map(packEntry));
      this.#heads.push(...foldHeads(from, packed, keccak256));
    }
    return { count: BigInt(count), head: this.#heads[count - 1] ?? this.known.edgeId };
  }

  /** The name that the edge takes when its reader is rewound to a count. */
  nameAfter(count: number, generation = 1): Bytes32 {
    return edgeName(this.known.edge, { generation, previousHead: this.position(count).head }, keccak256);
  }

  /** Entries with made-up places. */
  located(from = 0, to = this.entries.length): LocatedEntries {
    const locations = Array.from({ length: to - from }, (_, at) => ({
      index: BigInt(from + at + 1),
      blockHeight: BigInt(100 + from + at) as BlockHeight,
      blockHash: word(100 + from + at) as Hex as BlockHash,
      txHash: word(900 + from + at) as Hex as TxHash,
      logIndex: at,
    }));
    return { packed: this.packed(from, to), locations };
  }

  /** The statement of a count at a block. */
  statement(count = this.entries.length, change: Partial<JournalHead> = {}): JournalHead {
    const position = this.position(count);
    return {
      edge: this.known.edgeId,
      ...position,
      tip: position.count,
      // A longer journal is a higher block's.
      blockNumber: 200n + position.count,
      blockHash: word(200) as Hex as BlockHash,
      asOf: 1_700_000_000n,
      epoch: 1,
      ...change,
    };
  }

  /** A statement signed by a key. */
  signed(key: TestKey, statement: JournalHead = this.statement()): SignedStatement {
    return {
      statement,
      signer: key.address,
      signature: key.sign(statementDigest(statement, this.known.domain, keccak256)),
    };
  }

  /** Entries as a poster hands them in. */
  posted(key: TestKey, range: { from?: number; to?: number; stage?: 'seen' | 'final' } = {}): PostedBatch {
    const { from = 0, to = this.entries.length, stage = 'final' } = range;
    const entries = this.located(from, to);
    const digest = postedEntriesDigest(
      { edge: this.known.edgeId, from: BigInt(from), packed: entries.packed, stage },
      this.known.domain,
      keccak256,
    );
    return {
      edge: this.known.edgeId,
      from: BigInt(from),
      entries,
      stage,
      poster: key.address,
      signature: key.sign(digest),
    };
  }
}

/** A 32-byte word that tells tests apart. */
export function word(n: number): Bytes32 {
  return bytes32(`0x${n.toString(16).padStart(64, '0')}`);
}
