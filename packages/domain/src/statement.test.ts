import { createKeccak } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import {
  type JournalHead,
  address,
  blockHash,
  bytes32,
  chainId,
  haltDigest,
  haltQuorumOf,
  isTipHidden,
  postedEntriesDigest,
  quorumOf,
  statementDigest,
} from './index.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');

const statement: JournalHead = {
  edge: bytes32(`0x${'01'.repeat(32)}`),
  count: 2n,
  tip: 3n,
  head: bytes32(`0x${'02'.repeat(32)}`),
  blockNumber: 4n,
  blockHash: blockHash(`0x${'03'.repeat(32)}`),
  asOf: 5n,
  epoch: 6,
};
const verifier = { chainId: chainId(7), verifyingContract: address(`0x${'04'.repeat(20)}`) };

describe('a hidden tip', () => {
  const at = (tip: bigint, blockNumber: bigint, asOf: bigint) => ({ tip, blockNumber, asOf });

  it('shows in a lower tip of a later second, of the same block, and of a higher block in the same second', () => {
    for (const later of [at(4n, 90n, 11n), at(4n, 100n, 10n), at(4n, 101n, 10n)]) {
      expect(isTipHidden(at(5n, 100n, 10n), later)).toBe(true);
      expect(isTipHidden(later, at(5n, 100n, 10n))).toBe(true);
    }
  });

  it('does not occur in a journal that grows, also within one second, nor between equal tips', () => {
    for (const later of [at(5n, 101n, 11n), at(6n, 101n, 10n), at(5n, 90n, 11n), at(6n, 200n, 90n)]) {
      expect(isTipHidden(at(5n, 100n, 10n), later)).toBe(false);
      expect(isTipHidden(later, at(5n, 100n, 10n))).toBe(false);
    }
  });
});

describe('a statement’s digest', () => {
  it('refuses a count above 64 bits and an epoch above 32 bits', () => {
    expect(() => statementDigest({ ...statement, count: 2n ** 64n }, verifier, keccak256)).toThrow(
      /does not fit 8 bytes/,
    );
    expect(() => statementDigest({ ...statement, epoch: 2 ** 32 }, verifier, keccak256)).toThrow(
      /does not fit 4 bytes/,
    );
  });

  it('differs when any field of the statement or of its verifier does (T15)', () => {
    const other = bytes32(`0x${'0f'.repeat(32)}`);
    const statements: JournalHead[] = [
      statement,
      { ...statement, edge: other },
      { ...statement, count: 9n },
      { ...statement, tip: 9n },
      { ...statement, head: other },
      { ...statement, blockNumber: 9n },
      { ...statement, blockHash: blockHash(other) },
      { ...statement, asOf: 9n },
      { ...statement, epoch: 9 },
    ];
    const digests = [
      ...statements.map((one) => statementDigest(one, verifier, keccak256)),
      statementDigest(statement, { ...verifier, chainId: chainId(8) }, keccak256),
      statementDigest(statement, { ...verifier, verifyingContract: address(`0x${'05'.repeat(20)}`) }, keccak256),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('of a halt is its own, names edge, nonce and epoch, and asks for one more than may lie', () => {
    const halt = { edge: statement.edge, nonce: 2n, epoch: 1 };
    const digests = [
      statementDigest(statement, verifier, keccak256),
      haltDigest(halt, verifier, keccak256),
      haltDigest({ ...halt, nonce: 3n }, verifier, keccak256),
      haltDigest({ ...halt, epoch: 2 }, verifier, keccak256),
      haltDigest({ ...halt, edge: bytes32(`0x${'02'.repeat(32)}`) }, verifier, keccak256),
      haltDigest(halt, { ...verifier, chainId: chainId(77) }, keccak256),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect([4, 7, 10, 31].map(haltQuorumOf)).toEqual([2, 3, 4, 11]);
  });

  it('is never that of posted entries, which authenticate a poster and claim nothing', () => {
    const posted = { edge: statement.edge, from: 2n, packed: new Uint8Array(95), stage: 'final' } as const;
    expect(postedEntriesDigest(posted, verifier, keccak256)).not.toBe(statementDigest(statement, verifier, keccak256));
    expect(postedEntriesDigest({ ...posted, from: 3n }, verifier, keccak256)).not.toBe(
      postedEntriesDigest(posted, verifier, keccak256),
    );
    expect(postedEntriesDigest({ ...posted, stage: 'seen' }, verifier, keccak256)).not.toBe(
      postedEntriesDigest(posted, verifier, keccak256),
    );
  });
});

describe('the quorum', () => {
  it('refuses sets below 4 and above 31', () => {
    expect(() => quorumOf(3)).toThrowErrorMatchingInlineSnapshot(
      `[AppError: an attester set of 3 is refused; expected 4 to 31 members]`,
    );
    expect(() => quorumOf(32)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => quorumOf(4.5)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('is more than two thirds of every set (I6)', () => {
    for (let count = 4; count <= 31; count++) expect(3 * quorumOf(count) > 2 * count).toBe(true);
    expect([4, 7, 13, 31].map(quorumOf)).toEqual([3, 5, 9, 21]);
  });
});
