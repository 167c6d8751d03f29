import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of remote and environment signers; keystores and the library have `KeyErrorCode`, the history workflows' `AttestErrorCode`. */
export type AttestationErrorCode =
  /** The remote signer gave no signature in time. */
  | 'SIGNER_UNAVAILABLE'
  /** The remote signer refuses, does not hold the key, or is not set up as expected. */
  | 'SIGNER_REFUSED'
  /** The remote signer's answer is not the key's signature over the preimage. */
  | 'SIGNER_WRONG_SIGNATURE'
  /** A key in the environment is refused outside the development profile. */
  | 'SIGNER_KEY_NOT_ALLOWED';

/** Builds an error of a signer; only an absent remote signer is worth another try. Its message and context never hold a key or password. */
export function attestationError(
  code: AttestationErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<AttestationErrorCode> {
  return new AppError({ code, message, context, retryable: code === 'SIGNER_UNAVAILABLE', cause });
}
