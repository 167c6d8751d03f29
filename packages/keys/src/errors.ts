import { AppError } from '@surety/domain';

/** Codes of keys, keystores and the native library; none passes with time. */
export type KeyErrorCode =
  /** The native secp256k1 binding is missing; its JavaScript fallback is refused. */
  | 'SIGNER_SLOW_FALLBACK'
  /** The secp256k1 binding is not the native addon, or gives wrong answers. */
  | 'SIGNER_BINDING_POISONED'
  /** The private key is not a valid secp256k1 key. */
  | 'SIGNER_KEY_INVALID'
  /** The keystore file is missing, unreadable or malformed. */
  | 'KEYSTORE_INVALID'
  /** The password does not open the keystore. */
  | 'KEYSTORE_PASSWORD_WRONG';

/** Builds an error of a key or keystore. Its message never holds a key or password. */
export function keyError(code: KeyErrorCode, message: string, cause?: unknown): AppError<KeyErrorCode> {
  return new AppError({ code, message, cause });
}
