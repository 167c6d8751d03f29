import { AppError, type ErrorContext } from '@surety/domain';

/**
 * Codes of remote and environment signers. Keystores and the library use `KeyErrorCode`, the history uses the
 * `AttestErrorCode` of workflows.
 */
export type AttestationErrorCode =
  /** The remote signer returned no signature in time. */
  | 'SIGNER_UNAVAILABLE'
  /** The remote signer refuses, does not hold the key, or is not configured as expected. */
  | 'SIGNER_REFUSED'
  /** The remote signer's response is not the key's signature over the preimage. */
  | 'SIGNER_WRONG_SIGNATURE'
  /** A key in the environment is refused outside the development profile. */
  | 'SIGNER_KEY_NOT_ALLOWED';

/**
 * Builds a signer error; only an unavailable remote signer is retryable. The message and context must never contain a
 * key or password.
 */
export function attestationError(
  code: AttestationErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<AttestationErrorCode> {
  return new AppError({ code, message, context, retryable: code === 'SIGNER_UNAVAILABLE', cause });
}
