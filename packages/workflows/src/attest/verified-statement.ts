import type { ChainId, JournalHead } from '@surety/domain';
import type { VerifiedStatement } from '../ports/attester.js';

const known = new WeakSet<object>();

/** True if a value was made from a verified frame in this process; false for a copy of one. */
export function isVerifiedStatement(value: object): value is VerifiedStatement {
  return known.has(value);
}

/** Marks a statement as verified. Not exported by the package: only `statementsOf` calls it. */
export function markVerified(originChainId: ChainId, statement: JournalHead): VerifiedStatement {
  const made = Object.freeze({ originChainId, statement: Object.freeze({ ...statement }) }) as VerifiedStatement;
  known.add(made);
  return made;
}
