import { createRequire } from 'node:module';
import { keccak256 } from '@surety/contracts';
import { type Bytes32, type Hex, address, bytesToHex, bytesToUint, hexToBytes } from '@surety/domain';
import type { RecoverSigner } from '@surety/workflows';
import { aggregatorError } from './errors.js';

/** Half of the order of secp256k1: a signature with a larger s has a twin, so only the lower one counts. @source EIP-2 */
const S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

type Binding = Pick<typeof import('secp256k1'), 'ecdsaRecover'>;

/**
 * Makes the function that recovers signers natively: undefined if the bytes are no signature, or its s is high.
 * @throws NATIVE_MISSING: the package's own door would fall back to JavaScript in silence.
 */
export function createRecoverSigner(load: (name: string) => unknown = createRequire(import.meta.url)): RecoverSigner {
  let binding: Binding;
  try {
    binding = load('secp256k1/bindings.js') as Binding;
  } catch (cause) {
    const where = `${process.platform}-${process.arch}`;
    throw aggregatorError(
      'NATIVE_MISSING',
      `the native secp256k1 binding does not load on ${where}; install its build`,
      cause,
    );
  }
  return (digest, signature) => recover(binding, digest, signature);
}

function recover(binding: Binding, digest: Bytes32, signature: Hex): ReturnType<RecoverSigner> {
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature)) return undefined;
  const bytes = hexToBytes(signature, 65);
  const v = bytes[64];
  if ((v !== 27 && v !== 28) || bytesToUint(bytes.subarray(32, 64)) > S_MAX) return undefined;
  try {
    const key = binding.ecdsaRecover(bytes.subarray(0, 64), v - 27, hexToBytes(digest, 32), false);
    return address(bytesToHex(keccak256(key.subarray(1)).subarray(12)));
  } catch {
    return undefined;
  }
}
