import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, address, bytesToHex, hexToBytes } from '@surety/domain';
import type { TypedDataSigner } from '@surety/workflows';
import { attestationError } from './errors.js';
import { type Secp256k1Binding, loadSecp256k1 } from './load-secp256k1.js';

/**
 * Makes a signer of a private key of 32 bytes. The key is copied, stays in the closure and can be read from nowhere.
 * Signatures are deterministic (RFC 6979) and low-s: equal preimages give equal bytes.
 * @throws SIGNER_KEY_INVALID, SIGNER_SLOW_FALLBACK.
 */
export function createLocalSigner(
  privateKey: Uint8Array,
  binding: Secp256k1Binding = loadSecp256k1(),
): TypedDataSigner {
  if (privateKey.length !== 32 || !binding.privateKeyVerify(privateKey)) {
    throw attestationError(
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

/**
 * Gives the address that signed a digest, or undefined for bytes that are no signature in the one form that is accepted:
 * 65 bytes, low-s, v 27 or 28.
 */
export function recoverSigner(
  digest: Bytes32,
  signature: Hex,
  binding: Secp256k1Binding = loadSecp256k1(),
): Address | undefined {
  if (!/^0x[0-9a-f]{128}1[bc]$/i.test(signature)) return undefined;
  const bytes = hexToBytes(signature, 65);
  const compact = bytes.slice(0, 64);
  const normal = binding.signatureNormalize(Uint8Array.from(compact));
  if (bytesToHex(normal) !== bytesToHex(compact)) return undefined;
  try {
    return addressOf(binding.ecdsaRecover(compact, (bytes[64] ?? 0) - 27, hexToBytes(digest, 32), false));
  } catch {
    return undefined;
  }
}

/**
 * Brings a signature of 65 bytes in hex to the one form that is accepted: low-s, v 27 or 28; undefined for other bytes.
 * What it gives still has to be recovered.
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

function addressOf(publicKey: Uint8Array): Address {
  return address(bytesToHex(keccak256(publicKey.subarray(1)).subarray(12)));
}
