import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of signers and keystores; those of the history are workflows' `AttestErrorCode`. */
export type AttestationErrorCode =
  /** The native secp256k1 binding is missing; its JavaScript fallback is refused. */
  | 'SIGNER_SLOW_FALLBACK'
  /** The private key is no valid secp256k1 key. */
  | 'SIGNER_KEY_INVALID'
  /** A key in the environment is refused outside the development profile. */
  | 'SIGNER_KEY_NOT_ALLOWED'
  /** The keystore file is missing, unreadable or malformed. */
  | 'KEYSTORE_INVALID'
  /** The password does not open the keystore. */
  | 'KEYSTORE_PASSWORD_WRONG';

/** Builds an error of a signer or keystore; none passes by itself. Its message and context never hold a key or password. */
export function attestationError(
  code: AttestationErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<AttestationErrorCode> {
  return new AppError({ code, message, context, cause });
}
