import { keccak256, recoverCanonical } from '@surety/contracts';
import {
  type Address,
  type AppError,
  type JournalPosition,
  type StatementDomain,
  bytesToHex,
  foldJournal,
  hexToBytes,
  quorumOf,
  statementDigest,
} from '@surety/domain';
import type { CompleteStatement } from './aggregator-client.js';
import { type ClientErrorCode, clientError } from './errors.js';

/** The attester set of one epoch, read from the destination's verifier. */
export interface VerifierEpoch {
  readonly epoch: number;
  readonly members: readonly Address[];
  readonly domain: StatementDomain;
}

/**
 * Checks that at least k members of one epoch signed a statement, so that the aggregator need not be trusted for that. It checks
 * signatures alone: whether a member is suspended, the epoch has ended or the edge is halted, `verifyHead` of
 * {@link suretyActions} asks the chain.
 * @throws FORGED_STATEMENT naming what is wrong: another epoch, a signature that is no member's, or too many or too few of them.
 */
export async function verifyStatement(complete: CompleteStatement, by: VerifierEpoch): Promise<void> {
  const { statement, signatures } = complete;
  if (statement.epoch !== by.epoch) throw forged(`it is of epoch ${statement.epoch}; expected ${by.epoch}`);
  const bytes = hexToBytes(signatures);
  if (bytes.length % 65 !== 0) throw forged(`its signatures have ${bytes.length} bytes; expected 65 each`);
  const [count, most] = [bytes.length / 65, by.members.length];
  // A recovery takes milliseconds, and nothing else runs meanwhile: whoever serves a statement must not choose how many there are.
  if (count > most)
    throw forged(`it has ${count} signatures; expected at most ${most}, one of each member of epoch ${by.epoch}`);
  const digest = statementDigest(statement, by.domain, keccak256);
  const signers = new Set<Address>();
  for (let at = 0; at < bytes.length; at += 65) {
    // Not by `@surety/keys`: that needs a native module, and this package must run in a browser.
    const signer = await recoverCanonical(digest, bytesToHex(bytes.subarray(at, at + 65)));
    if (signer === undefined || !by.members.includes(signer)) {
      throw forged(`signature ${at / 65} is by ${signer ?? 'nobody'}; expected a member of epoch ${by.epoch}`);
    }
    if (signers.has(signer)) throw forged(`signature ${at / 65} is by ${signer} again; expected each member once`);
    signers.add(signer);
  }
  const quorum = quorumOf(by.members.length);
  if (signers.size < quorum) throw forged(`${signers.size} members signed it; expected at least ${quorum}`);
}

/**
 * Checks that entries lead from a position to a statement's head, and returns the position they reach.
 * @throws FORGED_ENTRIES if they do not; BAD_LENGTH unless each has 95 bytes.
 */
export function verifyEntries(
  from: JournalPosition,
  packed: Uint8Array,
  statement: CompleteStatement['statement'],
): JournalPosition {
  const reached = foldJournal(from, packed, keccak256);
  if (reached.count === statement.count && reached.head === statement.head) return reached;
  throw clientError({
    code: 'FORGED_ENTRIES',
    message: `entries lead from count ${from.count} to ${reached.count} with head ${reached.head}; expected ${statement.count} with head ${statement.head}; use another aggregator`,
    retryable: false,
  });
}

function forged(what: string): AppError<ClientErrorCode> {
  return clientError({
    code: 'FORGED_STATEMENT',
    message: `a statement is not what it claims: ${what}; use another aggregator`,
    retryable: false,
  });
}
