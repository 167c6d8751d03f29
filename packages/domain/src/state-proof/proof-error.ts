import { AppError } from '../errors.js';

/** Codes of a proof that is refused; `BLOCKS_APART`: its blocks are of different times. */
export type ProofErrorCode = 'BAD_HEADER' | 'BAD_PROOF' | 'BAD_RLP' | 'BLOCKS_APART';

/** Builds the error for bytes that prove nothing. Retryable, since another source may have the proof. */
export function proofError(code: ProofErrorCode, message: string): AppError<ProofErrorCode> {
  return new AppError({ code, message, retryable: true });
}
