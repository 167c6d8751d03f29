import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of signers and keystores; those of the history are workflows' `AttestErrorCode`. */
export type AttestationErrorCode =
  /** The native secp256k1 binding is missing; its JavaScript fallback is refused. */
  | 'SIGNER_SLOW_FALLBACK'
  /** The secp256k1 binding is not the native addon, or gives wrong answers. */
  | 'SIGNER_BINDING_POISONED'
  /** The remote signer gave no signature in time: there is none. */
  | 'SIGNER_UNAVAILABLE'
  /** The remote signer refuses, does not hold the key, or is not set up as expected. */
  | 'SIGNER_REFUSED'
  /** What the remote signer gave is no signature of the key over what it was handed. */
  | 'SIGNER_WRONG_SIGNATURE'
  /** The private key is no valid secp256k1 key. */
  | 'SIGNER_KEY_INVALID'
  /** A key in the environment is refused outside the development profile. */
  | 'SIGNER_KEY_NOT_ALLOWED'
  /** The keystore file is missing, unreadable or malformed. */
  | 'KEYSTORE_INVALID'
  /** The password does not open the keystore. */
  | 'KEYSTORE_PASSWORD_WRONG';

/** Builds an error of a signer or keystore; only an absent remote signer passes by itself. Its message and context never hold a key or password. */
export function attestationError(
  code: AttestationErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<AttestationErrorCode> {
  return new AppError({ code, message, context, retryable: code === 'SIGNER_UNAVAILABLE', cause });
}
