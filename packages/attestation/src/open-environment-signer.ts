import { hexToBytes } from '@surety/domain';
import { createLocalSigner, keyError } from '@surety/keys';
import type { TypedDataSigner } from '@surety/workflows';
import { attestationError } from './errors.js';

/**
 * Creates a signer from a key in the environment, for development only.
 * @throws SIGNER_KEY_NOT_ALLOWED outside the development profile, SIGNER_KEY_INVALID, SIGNER_SLOW_FALLBACK.
 */
export function openEnvironmentSigner(options: {
  readonly key: string;
  readonly profile: 'development' | 'production';
}): TypedDataSigner {
  if (options.profile !== 'development') {
    throw attestationError(
      'SIGNER_KEY_NOT_ALLOWED',
      `a key in the environment is refused in the ${options.profile} profile; expected an encrypted keystore file: ` +
        'set SURETY_ATTESTER_KEYSTORE_FILE and SURETY_ATTESTER_PASSWORD_FILE',
    );
  }
  if (!/^0x[0-9a-fA-F]{64}$/.test(options.key)) {
    throw keyError('SIGNER_KEY_INVALID', 'the key in the environment is no key; expected 0x and 64 hex digits');
  }
  return createLocalSigner(hexToBytes(options.key, 32));
}
