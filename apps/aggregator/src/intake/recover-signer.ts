import { AppError } from '@surety/domain';
import { loadSecp256k1, recoverSigner } from '@surety/keys/recovery';
import type { RecoverSigner } from '@surety/workflows';
import { aggregatorError } from '../errors.js';

/**
 * Creates the function that recovers signers natively. Loads the binding at once, so a slow or wrong one stops the
 * start.
 * @throws NATIVE_MISSING, SIGNER_BINDING_POISONED.
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
