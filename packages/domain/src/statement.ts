import { domainError } from './errors.js';
import { type Keccak256, asciiToBytes, bytesToHex, concatBytes, hexToBytes, uintToBytes } from './hex.js';
import { type Address, type BlockHash, type Bytes32, type ChainId, bytes32 } from './units.js';

/** The statement that attesters sign about one journal at one frame block. @source PROTOCOL section 5 */
export interface JournalHead {
  readonly edge: Bytes32;
  readonly count: bigint;
  /** The journal's count at the block; `count` = `tip` for the block's own head, `count` < `tip` at a cut. */
  readonly tip: bigint;
  readonly head: Bytes32;
  readonly blockNumber: bigint;
  readonly blockHash: BlockHash;
  /** The block's timestamp in seconds. */
  readonly asOf: bigint;
  readonly epoch: number;
}

/** A statement's claim about a journal's length at one block. */
export type StatedTip = Pick<JournalHead, 'tip' | 'blockNumber' | 'asOf'>;

/**
 * True if one of two statements about an edge denies entries that the earlier one knew, which is evidence against a member that
 * signed both. A journal only grows, times never fall with heights, and blocks of one second are ordered by height, so two final
 * blocks of one chain never differ like this.
 * @source IAttesterSet.prove
 */
export function isTipHidden(one: StatedTip, other: StatedTip): boolean {
  const [longer, shorter] = one.tip > other.tip ? [one, other] : [other, one];
  if (longer.tip === shorter.tip || longer.asOf > shorter.asOf) return false;
  return longer.asOf < shorter.asOf || longer.blockNumber <= shorter.blockNumber;
}

/** The EIP-712 domain of a statement: the attester set of the destination chain. */
export interface StatementDomain {
  readonly chainId: ChainId | bigint;
  readonly verifyingContract: Address;
}

/** The EIP-712 type of {@link JournalHead}. */
export const JOURNAL_HEAD_TYPE =
  'JournalHead(bytes32 edge,uint64 count,uint64 tip,bytes32 head,uint64 blockNumber,bytes32 blockHash,uint64 asOf,uint32 epoch)';

/** The EIP-712 type of entries that a watcher posts before their head is signed. No contract accepts it. */
export const POSTED_ENTRIES_TYPE = 'PostedEntries(bytes32 edge,uint64 from,bytes32 entries,bool verified)';

/** The EIP-712 type of {@link Halt}. @source Statements.sol, HALT_TYPE */
export const HALT_TYPE = 'Halt(bytes32 edge,uint64 nonce,uint32 epoch)';

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';

// Written once: every digest hashes them.
const DOMAIN_TYPE_BYTES = asciiToBytes(DOMAIN_TYPE);
const NAME_BYTES = asciiToBytes('Surety');
const VERSION_BYTES = asciiToBytes('1');
const JOURNAL_HEAD_TYPE_BYTES = asciiToBytes(JOURNAL_HEAD_TYPE);
const POSTED_ENTRIES_TYPE_BYTES = asciiToBytes(POSTED_ENTRIES_TYPE);
const HALT_TYPE_BYTES = asciiToBytes(HALT_TYPE);

/** Returns the EIP-712 separator of one destination verifier: name "Surety", version "1". */
export function domainSeparator(domain: StatementDomain, keccak256: Keccak256): Uint8Array {
  return keccak256(
    concatBytes(
      keccak256(DOMAIN_TYPE_BYTES),
      keccak256(NAME_BYTES),
      keccak256(VERSION_BYTES),
      uintToBytes(BigInt(domain.chainId), 32),
      new Uint8Array(12),
      hexToBytes(domain.verifyingContract, 20),
    ),
  );
}

/** Returns the EIP-712 struct hash of a statement. @throws OUT_OF_RANGE, BAD_HEX, BAD_LENGTH. */
export function journalHeadStructHash(statement: JournalHead, keccak256: Keccak256): Bytes32 {
  return bytes32(
    bytesToHex(
      keccak256(
        concatBytes(
          keccak256(JOURNAL_HEAD_TYPE_BYTES),
          hexToBytes(statement.edge, 32),
          word(statement.count, 8),
          word(statement.tip, 8),
          hexToBytes(statement.head, 32),
          word(statement.blockNumber, 8),
          hexToBytes(statement.blockHash, 32),
          word(statement.asOf, 8),
          word(BigInt(statement.epoch), 4),
        ),
      ),
    ),
  );
}

/** Returns the digest an attester signs for a statement. @source EIP-712 */
export function statementDigest(statement: JournalHead, domain: StatementDomain, keccak256: Keccak256): Bytes32 {
  return bytes32(bytesToHex(keccak256(statementPreimage(statement, domain, keccak256))));
}

/** Returns the 66 bytes whose hash is a statement's digest: 0x1901 ‖ domain separator ‖ struct hash. @source EIP-712 */
export function statementPreimage(statement: JournalHead, domain: StatementDomain, keccak256: Keccak256): Uint8Array {
  return typedPreimage(hexToBytes(journalHeadStructHash(statement, keccak256), 32), domain, keccak256);
}

/** Entries that one attester posts before they are attested. `from` entries precede them. */
export interface PostedEntries {
  readonly edge: Bytes32;
  readonly from: bigint;
  /** Packed entries, 95 bytes each. */
  readonly packed: Uint8Array;
  /** `final` if the attester verified them at a final block. Signed, so that nobody can change one into the other. */
  readonly stage: 'seen' | 'final';
}

/**
 * Returns the digest that a watcher signs to post entries. Its type differs from a statement's, so neither passes for the other.
 */
export function postedEntriesDigest(posted: PostedEntries, domain: StatementDomain, keccak256: Keccak256): Bytes32 {
  return bytes32(bytesToHex(keccak256(postedEntriesPreimage(posted, domain, keccak256))));
}

/** Returns the 66 bytes whose hash is the digest of posted entries. @source EIP-712 */
export function postedEntriesPreimage(
  posted: PostedEntries,
  domain: StatementDomain,
  keccak256: Keccak256,
): Uint8Array {
  const structHash = keccak256(
    concatBytes(
      keccak256(POSTED_ENTRIES_TYPE_BYTES),
      hexToBytes(posted.edge, 32),
      word(posted.from, 8),
      keccak256(posted.packed),
      word(posted.stage === 'final' ? 1n : 0n, 1),
    ),
  );
  return typedPreimage(structHash, domain, keccak256);
}

/**
 * The message that n − k + 1 attesters sign to stop an edge, for example after a break of its origin's finality.
 * @source PROTOCOL section 5
 */
export interface Halt {
  readonly edge: Bytes32;
  /** Number of halts of this edge that its verifier has cleared. A cleared halt is void. */
  readonly nonce: bigint;
  /** The attester set that is active when it is submitted. */
  readonly epoch: number;
}

/** Returns the 66 bytes whose hash is a halt's digest. @source EIP-712 */
export function haltPreimage(halt: Halt, domain: StatementDomain, keccak256: Keccak256): Uint8Array {
  const structHash = keccak256(
    concatBytes(
      keccak256(HALT_TYPE_BYTES),
      hexToBytes(halt.edge, 32),
      word(halt.nonce, 8),
      word(BigInt(halt.epoch), 4),
    ),
  );
  return typedPreimage(structHash, domain, keccak256);
}

/** Returns the digest an attester signs for a halt. It can never be taken for a statement: its type differs. */
export function haltDigest(halt: Halt, domain: StatementDomain, keccak256: Keccak256): Bytes32 {
  return bytes32(bytesToHex(keccak256(haltPreimage(halt, domain, keccak256))));
}

/**
 * Returns how many signatures halt an edge: n − k + 1, one more than the number of members that may be dishonest.
 * @throws OUT_OF_RANGE.
 */
export function haltQuorumOf(memberCount: number): number {
  return memberCount - quorumOf(memberCount) + 1;
}

/** Returns the smallest quorum of an attester set: k = ⌊2n/3⌋ + 1. @throws OUT_OF_RANGE unless 4 ≤ n ≤ 31. */
export function quorumOf(memberCount: number): number {
  if (!Number.isInteger(memberCount) || memberCount < 4 || memberCount > 31) {
    throw domainError('OUT_OF_RANGE', `an attester set of ${memberCount} is refused; expected 4 to 31 members`);
  }
  return Math.floor((2 * memberCount) / 3) + 1;
}

function typedPreimage(structHash: Uint8Array, domain: StatementDomain, keccak256: Keccak256): Uint8Array {
  return concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(domain, keccak256), structHash);
}

function word(value: bigint, width: number): Uint8Array {
  return concatBytes(new Uint8Array(32 - width), uintToBytes(value, width));
}
