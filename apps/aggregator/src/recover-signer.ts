import { type Bytes32, type Hex, address, bytesToHex, bytesToUint, hexToBytes } from '@surety/domain';
import { keccak256 } from '@surety/contracts';
import type { RecoverSigner } from '@surety/workflows';
import secp256k1 from 'secp256k1';

/** Half of the order of secp256k1: a signature with a larger s has a twin, so only the lower one counts. @source EIP-2 */
const S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Recovers the signer of a digest from r ‖ s ‖ v, natively. Undefined if the bytes are no signature or its s is high. */
export const recoverSigner: RecoverSigner = (digest: Bytes32, signature: Hex) => {
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature)) return undefined;
  const bytes = hexToBytes(signature, 65);
  const v = bytes[64];
  if ((v !== 27 && v !== 28) || bytesToUint(bytes.subarray(32, 64)) > S_MAX) return undefined;
  try {
    const key = secp256k1.ecdsaRecover(bytes.subarray(0, 64), v - 27, hexToBytes(digest, 32), false);
    return address(bytesToHex(keccak256(key.subarray(1)).subarray(12)));
  } catch {
    return undefined;
  }
};
