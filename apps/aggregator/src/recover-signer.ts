import { AppError } from '@surety/domain';
import { loadSecp256k1, recoverSigner } from '@surety/keys/recovery';
import type { RecoverSigner } from '@surety/workflows';
import { aggregatorError } from './errors.js';

/**
 * Makes the function that recovers signers natively: undefined for bytes that are no signature in the form that verifiers take.
 * @throws NATIVE_MISSING, SIGNER_BINDING_POISONED: a process that starts recovers at full speed, and rightly.
 */
export function createRecoverSigner(load: typeof loadSecp256k1 = loadSecp256k1): RecoverSigner {
  const binding = open(load);
  return (digest, signature) => recoverSigner(digest, signature, binding);
}

function open(load: typeof loadSecp256k1): ReturnType<typeof loadSecp256k1> {
  try {
    return load();
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'SIGNER_SLOW_FALLBACK') throw cause;
    throw aggregatorError('NATIVE_MISSING', cause.message, cause);
  }
}
