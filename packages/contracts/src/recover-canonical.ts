import { type Address, type Bytes32, type Hex, address, isCanonicalSignature } from '@surety/domain';
import { recoverAddress } from 'viem';

/**
 * Gives who signed a digest, or undefined for bytes that are not in the one form that verifiers take, or recover to nobody.
 * It needs no native module, so a browser can run it; `@surety/keys/recovery` does the same much faster.
 */
export async function recoverCanonical(digest: Bytes32, signature: Hex): Promise<Address | undefined> {
  if (!isCanonicalSignature(signature)) return undefined;
  return recoverAddress({ hash: digest, signature }).then(address, () => undefined);
}
