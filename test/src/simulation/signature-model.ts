import { keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  type JournalHead,
  type StatementDomain,
  asciiToBytes,
  bytesToHex,
  statementDigest,
} from '@surety/domain';

/** Who may sign as whom: only this module makes marks, so nobody in the world forges one. */
const SECRET = 'held by the simulator';

/** Gives an address's signature of a digest: 65 bytes that name the signer, deterministic and unforgeable in this world. */
export function signAsModel(digest: Bytes32, signer: Address): Hex {
  return `${signer}${markOf(digest, signer)}${'0'.repeat(24)}1b` as Hex;
}

/** Returns the address that signed a digest, or nothing for bytes that are no signature. */
export function recoverModelSigner(digest: Bytes32, signature: Hex): Address | undefined {
  const signer = signature.slice(0, 42) as Address;
  return signature === signAsModel(digest, signer) ? signer : undefined;
}

/** Returns the n-th address of a kind. */
export function addressOf(kind: string, number: number): Address {
  return bytesToHex(keccak256(asciiToBytes(`${kind} ${number}`)).subarray(12)) as Address;
}

const marks = new Map<string, string>();

function markOf(digest: Bytes32, signer: Address): string {
  const key = `${digest}${signer}`;
  let mark = marks.get(key);
  if (mark === undefined) {
    if (marks.size > 100_000) marks.clear();
    mark = bytesToHex(keccak256(asciiToBytes(`${SECRET}:${key}`))).slice(2);
    marks.set(key, mark);
  }
  return mark;
}

const digests = new Map<string, Bytes32>();

/** Gives a statement's digest, remembering those of before: the same few are asked for again and again. */
export function digestOf(statement: JournalHead, domain: StatementDomain): Bytes32 {
  const { edge, count, tip, head, blockNumber, blockHash, asOf, epoch } = statement;
  const key = `${edge}${count}:${tip}${head}${blockNumber}${blockHash}${asOf}:${epoch}${domain.verifyingContract}`;
  let digest = digests.get(key);
  if (digest === undefined) {
    if (digests.size > 50_000) digests.clear();
    digest = statementDigest(statement, domain, keccak256);
    digests.set(key, digest);
  }
  return digest;
}
