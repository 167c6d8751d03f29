import { type Address, type Bytes32, type Hex, address, isCanonicalSignature } from '@surety/domain';
import { recoverAddress } from 'viem';

/**
 * Returns the address that signed a digest; undefined unless the signature is canonical and recovers. Needs no native
 * module, so it runs in a browser; `recoverSigner` of `@surety/keys/recovery` does the same much faster.
 */
export async function recoverCanonical(digest: Bytes32, signature: Hex): Promise<Address | undefined> {
  if (!isCanonicalSignature(signature)) return undefined;
  return recoverAddress({ hash: digest, signature }).then(address, () => undefined);
}
