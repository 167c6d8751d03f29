import { keccak256 } from '@surety/contracts';
import { type Address, type Hex, bytesToHex } from '@surety/domain';
import { addressOf } from './address-of.js';
import { keyError } from './errors.js';
import { type Secp256k1Binding, loadSecp256k1 } from './load-secp256k1.js';

/** A signer whose key lies in this process. */
export interface LocalSigner {
  readonly address: Address;
  /** Signs keccak256 of a preimage: r ‖ s ‖ v, 65 bytes, low-s, v 27 or 28. */
  sign(preimage: Uint8Array): Promise<Hex>;
}

/**
 * Makes a signer of a private key of 32 bytes. The key is copied, stays in the closure and cannot be read. Signatures
 * are deterministic (RFC 6979) and low-s: equal preimages give equal bytes.
 * @throws SIGNER_KEY_INVALID, SIGNER_SLOW_FALLBACK, SIGNER_BINDING_POISONED.
 */
export function createLocalSigner(privateKey: Uint8Array, binding: Secp256k1Binding = loadSecp256k1()): LocalSigner {
  if (privateKey.length !== 32 || !binding.privateKeyVerify(privateKey)) {
    throw keyError(
      'SIGNER_KEY_INVALID',
      `a private key of ${privateKey.length} bytes is no secp256k1 key; expected 32 bytes between 1 and the curve's order`,
    );
  }
  const key = Uint8Array.from(privateKey);
  const signerAddress = addressOf(binding.publicKeyCreate(key, false));
  return {
    address: signerAddress,
    async sign(preimage: Uint8Array): Promise<Hex> {
      const { signature, recid } = binding.ecdsaSign(keccak256(preimage), key);
      return `${bytesToHex(signature)}${(27 + recid).toString(16)}` as Hex;
    },
  };
}
