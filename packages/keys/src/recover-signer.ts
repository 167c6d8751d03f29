import { type Address, type Bytes32, type Hex, bytesToHex, hexToBytes, isCanonicalSignature } from '@surety/domain';
import { addressOf } from './address-of.js';
import { type Secp256k1Binding, loadSecp256k1 } from './load-secp256k1.js';

/**
 * Returns the address that signed a digest; undefined unless the signature is canonical and recovers.
 * @throws SIGNER_SLOW_FALLBACK, SIGNER_BINDING_POISONED if no binding is passed and the native one cannot be used.
 */
export function recoverSigner(
  digest: Bytes32,
  signature: Hex,
  binding: Secp256k1Binding = loadSecp256k1(),
): Address | undefined {
  if (!isCanonicalSignature(signature)) return undefined;
  const bytes = hexToBytes(signature, 65);
  try {
    return addressOf(binding.ecdsaRecover(bytes.subarray(0, 64), (bytes[64] ?? 0) - 27, hexToBytes(digest, 32), false));
  } catch {
    return undefined;
  }
}

/**
 * Converts a 65-byte signature in hex to the one accepted form: low-s, v 27 or 28; undefined for other bytes. Does not
 * check that it recovers.
 */
export function canonicalSignature(text: string, binding: Secp256k1Binding = loadSecp256k1()): Hex | undefined {
  if (!/^0x[0-9a-f]{128}(1b|1c|00|01)$/i.test(text)) return undefined;
  const bytes = hexToBytes(text, 65);
  const compact = bytes.slice(0, 64);
  const parity = ((bytes[64] ?? 0) % 27) & 1;
  try {
    const normal = binding.signatureNormalize(Uint8Array.from(compact));
    const flipped = bytesToHex(normal) === bytesToHex(compact) ? 0 : 1;
    return `${bytesToHex(normal)}${(27 + (parity ^ flipped)).toString(16)}` as Hex;
  } catch {
    return undefined;
  }
}
